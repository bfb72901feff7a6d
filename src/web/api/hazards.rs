//! Hazards as GeoJSON: tracks, fixes, wind radii and warning areas.

use std::collections::BTreeMap;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;

use super::problem::Problem;
use super::shapes::{self, Feature, FeatureCollection};
use super::{FEATURES_MAX, GEOJSON, asked, sent_read};
use crate::domain::{EventId, Fix, Hazard, HazardId, State as Known, Technique, Track};
use crate::web::Web;
use crate::web::who::Guest;

/// Which hazards are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Of {
    /// Only of this event.
    event: Option<String>,
}

/// The hazards in force as a GeoJSON `FeatureCollection`. The property `part` says what a feature is: `track` (a line),
/// `fix` (a point, with wind radii as properties), `wind` (how far a wind reaches at a fix), `circle` (where the agency
/// expects the centre) or `area` (a warning area).
#[utoipa::path(
    get, path = "/hazards", params(Of), tag = "hazards",
    responses(
        (status = 200, description = "The features", body = FeatureCollection, content_type = "application/geo+json"),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 400, description = "A parameter is not understood", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(web): State<Web>,
    _guest: Guest,
    headers: HeaderMap,
    of: Result<Query<Of>, QueryRejection>,
) -> Result<Response, Problem> {
    let of = asked(of)?;
    sent_read(&web, &headers, GEOJSON, move |state, _| {
        let events = events_by_hazard(state);
        let leading = leading(state);
        let mut features = Vec::new();
        for hazard in state.hazards.values() {
            let event = events.get(&hazard.id).copied();
            if of.event.as_deref().is_none_or(|wanted| event.is_some_and(|event| event.as_str() == wanted)) {
                let is_leading = event.is_some_and(|event| leading.get(event) == Some(&&hazard.id));
                drawn(hazard, event, is_leading, &mut features);
            }
        }
        FeatureCollection::of(features, FEATURES_MAX)
    })
    .await
}

/// Which event each hazard speaks of.
fn events_by_hazard(state: &Known) -> BTreeMap<&HazardId, &EventId> {
    state.events.values().flat_map(|event| event.hazards.iter().map(move |hazard| (hazard, &event.id))).collect()
}

/// The hazard that leads each event: the one that its alerts go by, else the newest official track.
fn leading(state: &Known) -> BTreeMap<&EventId, &HazardId> {
    let mut leading: BTreeMap<&EventId, &HazardId> = BTreeMap::new();
    for event in state.events.values() {
        let hazards = event.hazards.iter().filter_map(|id| state.hazards.get(id));
        let official =
            hazards.filter(|hazard| hazard.track.as_ref().is_some_and(|t| t.standing == Technique::Official));
        leading.extend(official.max_by_key(|hazard| hazard.issued).map(|hazard| (&event.id, &hazard.id)));
    }
    for alert in state.alerts.values().filter(|alert| alert.is_live()) {
        if state.hazards.get(&alert.exposure.hazard).is_some_and(|hazard| hazard.track.is_some()) {
            leading.insert(&alert.event, &alert.exposure.hazard);
        }
    }
    leading
}

fn drawn(hazard: &Hazard, event: Option<&EventId>, is_leading: bool, features: &mut Vec<Feature>) {
    let common = json!({
        "event": event, "hazard": hazard.id, "agency": hazard.agency(), "kind": hazard.kind,
        "name": hazard.name, "issued": hazard.issued, "severity": hazard.severity, "leading": is_leading,
    });
    let Value::Object(common) = common else { return };
    let mut add = |part: &str, id: String, geometry: Value, more: Value| {
        let mut properties = common.clone();
        properties.insert("part".to_owned(), part.into());
        if let Value::Object(more) = more {
            properties.extend(more);
        }
        features.push(Feature::new(format!("{}/{id}", hazard.id), geometry, Value::Object(properties)));
    };
    if let Some(track) = &hazard.track {
        let course: Vec<_> = track.fixes.iter().map(|fix| fix.position).collect();
        if let Some(line) = shapes::line(&course) {
            add("track", part_id("track", track, None), line, json!({ "standing": track.standing }));
        }
        for fix in &track.fixes {
            drawn_fix(track, fix, &mut add);
        }
    }
    let mut areas = hazard.footprint.polygons.clone();
    areas.extend(hazard.footprint.circles.iter().map(|circle| vec![shapes::circle(circle)]));
    if let Some(shape) = shapes::polygons(&areas) {
        let text = hazard.texts.first();
        let names: Vec<&str> = hazard.areas.iter().map(|area| area.name.as_str()).take(20).collect();
        let more = json!({
            "onset": hazard.onset, "expires": hazard.expires, "areas": names.join("; "),
            "title": text.map(|text| text.headline.clone().unwrap_or_else(|| text.event.clone())),
        });
        add("area", "area".to_owned(), shape, more);
    }
}

fn drawn_fix(track: &Track, fix: &Fix, add: &mut impl FnMut(&str, String, Value, Value)) {
    let time = json!({ "time": fix.time, "tau_h": fix.tau_h, "standing": track.standing });
    let Value::Object(time) = time else { return };
    let with = |more: &[(&str, Value)]| {
        let mut all: Map<String, Value> = time.clone();
        all.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Object(all)
    };
    let mut facts = vec![
        ("vmax_kt", json!(fix.vmax_kt)),
        ("pmin_hpa", json!(fix.pmin_hpa)),
        ("averaging_min", json!(track.averaging)),
        ("circle_km", json!(fix.circle_km)),
    ];
    let named: Vec<(String, Value)> = fix
        .radii
        .iter()
        .flat_map(|radii| {
            let quadrants = [("ne", radii.ne_km), ("se", radii.se_km), ("sw", radii.sw_km), ("nw", radii.nw_km)];
            quadrants.map(|(quadrant, km)| (format!("r{}_{quadrant}_km", radii.kt), json!(km)))
        })
        .collect();
    facts.extend(named.iter().map(|(name, value)| (name.as_str(), value.clone())));
    add("fix", part_id("fix", track, Some(fix)), shapes::point(fix.position), with(&facts));
    for radii in &fix.radii {
        let shape = shapes::wind(fix.position, radii).and_then(|ring| shapes::polygons(&[vec![ring]]));
        if let Some(shape) = shape {
            let id = format!("{}/{}", part_id("wind", track, Some(fix)), radii.kt);
            add("wind", id, shape, with(&[("kt", json!(radii.kt))]));
        }
    }
    if let Some(radius_km) = fix.circle_km {
        let ring = shapes::circle(&crate::domain::Circle { centre: fix.position, radius_km });
        if let Some(shape) = shapes::polygons(&[vec![ring]]) {
            add("circle", part_id("circle", track, Some(fix)), shape, with(&[("radius_km", json!(radius_km))]));
        }
    }
}

fn part_id(part: &str, track: &Track, fix: Option<&Fix>) -> String {
    let time = fix.map(|fix| format!("/{}", fix.time)).unwrap_or_default();
    format!("{part}/{}{time}", track.technique)
}
