//! Numbers that no storm can have go no further: one that is none would make every comparison false, and no record of it
//! reads back; one beyond all measure overflows into such a one.

use std::ops::RangeInclusive;

use crate::domain::{Fix, Hazard, WindRadii};

/// Generous bounds: records are 185 kt (Patricia 2015, NHC), 870 hPa and gales out to 1,100 km (Tip 1979, JTWC).
const VMAX_KT: RangeInclusive<f64> = 0.0..=400.0;
const PMIN_HPA: RangeInclusive<f64> = 700.0..=1100.0;
const REACH_KM: RangeInclusive<f64> = 0.0..=5000.0;
/// Half the way round the earth.
const CIRCLE_KM: RangeInclusive<f64> = 0.0..=20_040.0;

/// The hazard without what is no possible number; what is left out counts as unknown.
pub(super) fn sound(mut hazard: Hazard) -> Hazard {
    hazard.footprint.circles.retain(|circle| CIRCLE_KM.contains(&circle.radius_km));
    for fix in hazard.track.iter_mut().flat_map(|track| &mut track.fixes) {
        sound_fix(fix);
    }
    hazard
}

fn sound_fix(fix: &mut Fix) {
    fix.vmax_kt = fix.vmax_kt.filter(|kt| VMAX_KT.contains(kt));
    fix.pmin_hpa = fix.pmin_hpa.filter(|hpa| PMIN_HPA.contains(hpa));
    fix.rmw_km = fix.rmw_km.filter(|km| REACH_KM.contains(km));
    let is_sound =
        |radii: &WindRadii| [radii.ne_km, radii.se_km, radii.sw_km, radii.nw_km].iter().all(|km| REACH_KM.contains(km));
    fix.radii.retain(is_sound);
}
