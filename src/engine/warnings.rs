//! A warning's area against sites and lanes.

use std::collections::BTreeMap;

use super::Scene;
use crate::domain::{Exposure, Hazard, Lane, Site, Subject, SubjectKind, Surge};
use crate::geo;

/// What a warning means for a site: nothing outside its area. A warning with codes alone is matched by the
/// site's own codes.
pub(super) fn on_site(hazard: &Hazard, site: &Site, scene: &Scene<'_>) -> Option<Exposure> {
    let by_code =
        || hazard.areas.iter().any(|area| area.geocodes.values().any(|codes| shares_code(codes, &site.codes)));
    if !geo::covers(&hazard.footprint, site.position) && !by_code() {
        return None;
    }
    let subject = Subject { kind: SubjectKind::Site, id: site.id.to_string(), dealer: Some(site.dealer.clone()) };
    Some(exposure(hazard, subject, scene))
}

/// What a warning means for a lane: nothing unless it crosses the area.
pub(super) fn on_lane(hazard: &Hazard, lane: &Lane, scene: &Scene<'_>) -> Option<Exposure> {
    if !geo::touches(&hazard.footprint, &lane.course) {
        return None;
    }
    let subject = Subject { kind: SubjectKind::Lane, id: lane.id.to_string(), dealer: None };
    Some(exposure(hazard, subject, scene))
}

fn shares_code(codes: &str, of_site: &[String]) -> bool {
    codes.split_whitespace().any(|code| of_site.iter().any(|own| own == code))
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
