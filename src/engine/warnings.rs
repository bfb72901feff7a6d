//! A warning's area against sites and lanes.

use std::collections::BTreeMap;

use super::Scene;
use crate::domain::{
    Exposure, Footprint, Geocodes, Hazard, Lane, Portfolio, Site, Subject, SubjectKind, Surge, code_covers,
};
use crate::geo;

/// What a warning means for a site: nothing outside its area. One that names its area by code is matched by the site's
/// own codes and, where it draws no area itself, by the shapes that the portfolio gives the codes.
pub(super) fn on_site(hazard: &Hazard, site: &Site, scene: &Scene<'_>) -> Option<Exposure> {
    let by_code = || codes(hazard).any(|(system, code)| site.codes.iter().any(|own| code_covers(system, code, own)));
    let by_shape = || shapes(hazard, scene.geocodes).any(|shape| geo::covers(shape, site.position));
    if !geo::covers(&hazard.footprint, site.position) && !by_code() && !by_shape() {
        return None;
    }
    let subject = Subject { kind: SubjectKind::Site, id: site.id.to_string(), dealer: Some(site.dealer.clone()) };
    Some(exposure(hazard, subject, scene))
}

/// What a warning means for a lane: nothing unless it crosses the area.
pub(super) fn on_lane(hazard: &Hazard, lane: &Lane, scene: &Scene<'_>) -> Option<Exposure> {
    let by_shape = || shapes(hazard, scene.geocodes).any(|shape| geo::touches(shape, &lane.course));
    if !geo::touches(&hazard.footprint, &lane.course) && !by_shape() {
        return None;
    }
    let subject = Subject { kind: SubjectKind::Lane, id: lane.id.to_string(), dealer: None };
    Some(exposure(hazard, subject, scene))
}

/// The codes of a warning that draws no area of which nobody knows where they lie: no shape is given for them, and no
/// site has a code that they cover. Such a warning warns nobody, and somebody must be told that.
pub fn unplaced(hazard: &Hazard, portfolio: &Portfolio) -> Vec<String> {
    if !hazard.footprint.is_empty() || hazard.track.is_some() || hazard.forecast.is_some() {
        return Vec::new();
    }
    let is_known = |system: &str, code: &str| {
        let mut own = portfolio.sites.values().flat_map(|site| &site.codes);
        portfolio.geocodes.shape(system, code).is_some() || own.any(|own| code_covers(system, code, own))
    };
    let unknown = codes(hazard).filter(|(system, code)| !is_known(system, code));
    unknown.map(|(system, code)| format!("{system}:{code}")).collect()
}

fn codes(hazard: &Hazard) -> impl Iterator<Item = (&str, &str)> {
    let systems = hazard.areas.iter().flat_map(|area| &area.geocodes);
    systems.flat_map(|(system, codes)| codes.split_whitespace().map(move |code| (system.as_str(), code)))
}

fn shapes<'a>(hazard: &'a Hazard, geocodes: &'a Geocodes) -> impl Iterator<Item = &'a Footprint> {
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
        arrival: None,
        probability: None,
        surge: Surge::default(),
        loss: None,
        basis: BTreeMap::new(),
        agencies: Vec::new(),
    }
}
