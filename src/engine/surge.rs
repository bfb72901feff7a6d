//! Whether the sea may come in at a site, and why we think so. Never a metre of water.

use super::Models;
use crate::domain::{Exposure, Site, Surge};
use crate::storm::{self, Snapshot};

/// From this chance of gale on, a low site by the sea is flagged for surge. A guess: one in ten.
const SURGE_P_34KT: f64 = 0.1;
/// From this on, the wind from the sea and the fall of the pressure are worth a word: gale force; and some 10 cm of water by the
/// inverse barometer (1 cm/hPa).
const ONSHORE_KT: f64 = 34.0;
const DEFICIT_HPA: f64 = 10.0;

/// A low site by the sea is flagged when gales are likely enough. Where the forecast track brings no wind from the sea, that
/// is said, and the flag stays: the storm may pass on the other side.
pub(super) fn surge(site: &Site, exposure: &Exposure, track: &[Snapshot], models: &Models<'_>) -> Surge {
    let is_low = storm::is_surge_zone(site.coast_m, site.elevation_m, models.damage);
    if !is_low || exposure.p_34kt() < SURGE_P_34KT {
        return Surge::default();
    }
    let mut reasons = Vec::new();
    reasons.extend(site.coast_m.map(|m| format!("{m:.0} m from the sea")));
    reasons.push(match site.elevation_m {
        Some(m) => format!("{m:.0} m above the sea"),
        None => "height above the sea unknown".to_owned(),
    });
    let onshore = storm::sea_bearing_deg(site.position).map(|sea| storm::onshore_kt(track, site.position, sea));
    reasons.push(match onshore {
        Some(kt) if kt >= ONSHORE_KT => format!("onshore wind {kt:.0} kt"),
        Some(_) => "no gale from the sea on the forecast track".to_owned(),
        None => "direction of the coast unknown".to_owned(),
    });
    let deficit = storm::deficit_hpa(track, site.position).filter(|hpa| *hpa >= DEFICIT_HPA);
    reasons.extend(deficit.map(|hpa| format!("pressure deficit {hpa:.0} hPa")));
    reasons.push(format!("chance of gale {:.0} %", exposure.p_34kt() * 100.0));
    Surge { flag: true, reasons }
}
