//! Numbers that are none go no further: they would make every comparison false, and no record of them reads back.

use crate::domain::{Fix, Hazard, WindRadii};

/// The hazard without what is no number; what is left out counts as unknown.
pub(super) fn sound(mut hazard: Hazard) -> Hazard {
    hazard.footprint.circles.retain(|circle| circle.radius_km.is_finite());
    for fix in hazard.track.iter_mut().flat_map(|track| &mut track.fixes) {
        sound_fix(fix);
    }
    hazard
}

fn sound_fix(fix: &mut Fix) {
    for number in [&mut fix.vmax_kt, &mut fix.pmin_hpa, &mut fix.rmw_km] {
        *number = number.filter(|number| number.is_finite());
    }
    let is_sound =
        |radii: &WindRadii| [radii.ne_km, radii.se_km, radii.sw_km, radii.nw_km].iter().all(|km| km.is_finite());
    fix.radii.retain(is_sound);
}
