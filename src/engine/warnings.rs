//! A warning's area against sites and lanes.

use std::collections::BTreeMap;

use super::Scene;
use crate::domain::{
    Exposure, Footprint, Geocodes, Hazard, Lane, Portfolio, Site, Subject, SubjectKind, Surge, code_covers,
};

/// What a warning means for a site in its area. One that names its area by code is matched by the site's own codes and,
/// where it draws no area itself, by the shapes that the portfolio gives the codes.
pub(super) fn on_site(hazard: &Hazard, site: &Site, scene: &Scene<'_>) -> Exposure {
    let subject = Subject { kind: SubjectKind::Site, id: site.id.to_string(), dealer: Some(site.dealer.clone()) };
    exposure(hazard, subject, scene)
}

/// What a warning means for a lane that crosses its area.
pub(super) fn on_lane(hazard: &Hazard, lane: &Lane, scene: &Scene<'_>) -> Exposure {
    let subject = Subject { kind: SubjectKind::Lane, id: lane.id.to_string(), dealer: None };
    exposure(hazard, subject, scene)
}

/// The codes of a warning that draws no area of which nobody knows where they lie: no shape is given for them, and no
/// site has a code that they cover. Such a warning warns nobody, and somebody must be told that.
pub fn unplaced(hazard: &Hazard, portfolio: &Portfolio) -> Vec<String> {
    if !hazard.footprint.is_empty() || hazard.track.is_some() || hazard.forecast.is_some() {
        return Vec::new();
    }
    let is_known = |system: &str, code: &str| {
        let mut own = portfolio.sites.values().flat_map(|site| site.codes.iter());
        portfolio.geocodes.shape(system, code).is_some() || own.any(|own| code_covers(system, code, own))
    };
    let unknown = codes(hazard).filter(|(system, code)| !is_known(system, code));
    unknown.map(|(system, code)| format!("{system}:{code}")).collect()
}

/// Each code of a warning's areas, with its system.
pub(super) fn codes(hazard: &Hazard) -> impl Iterator<Item = (&str, &str)> {
    let systems = hazard.areas.iter().flat_map(|area| &area.geocodes);
    systems.flat_map(|(system, codes)| codes.split_whitespace().map(move |code| (system.as_str(), code)))
}

/// The shapes that the portfolio gives the codes of a warning that draws no area itself.
pub(super) fn shapes<'a>(hazard: &'a Hazard, geocodes: &'a Geocodes) -> impl Iterator<Item = &'a Footprint> {
    let draws_none = hazard.footprint.is_empty() && !geocodes.is_empty();
    codes(hazard).filter(move |_| draws_none).filter_map(|(system, code)| geocodes.shape(system, code))
}

fn exposure(hazard: &Hazard, subject: Subject, scene: &Scene<'_>) -> Exposure {
    Exposure {
        event: scene.event.clone(),
        hazard: hazard.id.clone(),
        kind: hazard.kind,
        subject,
        at: scene.now,
        issued: hazard.issued,
        inside: true,
        onset: hazard.onset,
        expires: hazard.expires,
        severity: hazard.severity,
        closest_km: None,
        closest_at: None,
        peak_kt: None,
        peak_at: None,
        peak_dir_deg: None,
        arrival: None,
        probability: None,
        surge: Surge::default(),
        loss: None,
        basis: BTreeMap::new(),
        agencies: Vec::new(),
    }
}
