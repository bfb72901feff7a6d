//! The alerts of the US National Weather Service as api.weather.gov gives them.
//!
//! In: a collection of alerts or one alert, as GeoJSON (`features`) or JSON-LD (`@graph`). Out: a hazard for each
//! alert; the next page of a long list as a link. The API's other answers (a point, a forecast, a zone) are recognised
//! and hold no warnings: a minor fault says so. An error (`application/problem+json`) is fatal, with the server's words.
//!
//! Conventions (api.weather.gov's own schema `Alert`; NWS Directive 10-1703 for VTEC):
//! * The words are CAP 1.2's. `expires` is when the message runs out, `ends` when the weather is over: `ends` is the
//!   hazard's end where there is one. Times bear their offset.
//! * `geometry` is often null: the alert then holds for whole zones, given as UGC and SAME codes
//!   (a fire alert's UGC codes are those of fire zones, which are other zones of the same numbers).
//! * What belongs together is told by the VTEC string (office, phenomenon, significance, number, year), and by the
//!   references, of which the parameter `expiredReferences` holds those that have run out. One VTEC event is told in
//!   several segments, each for its own zones and with its own times: they stand side by side, so that a hazard's
//!   key is the VTEC event and its zones. VTEC's CAN and UPG withdraw, whatever the message type says.
//!
//! Never: an alert made of a point's or forecast's answer; the shape of a zone, which is not in the alert.

mod alert;
mod shape;
mod vtec;

use serde::Deserialize;

use self::alert::Properties;
use self::shape::Shape;
use super::Source;
use super::cap::json::shown;
use super::formats::fault_log::FaultLog;
use super::formats::json::{self, List, Maybe, Text};
use super::formats::text;
use crate::domain::{Bulletin, Fault, Hazard, Parsed, Place};

/// Alerts of api.weather.gov. The format is `nws`.
#[derive(Debug)]
pub struct Nws;

const ID: &str = "nws";

impl Source for Nws {
    fn id(&self) -> &'static str {
        ID
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let head = json::head(body);
        let is_json = json::without_padding(&head).starts_with('{');
        let is_of_house = head.contains("api.weather.gov/") || head.contains("urn:oid:2.49.0.1.840.");
        let has = |keys: &[&str]| json::has_keys(body, keys);
        let is_empty = has(&["@context", "title", "updated"]) && (has(&["features"]) || has(&["@graph"]));
        is_json && (is_of_house || is_empty || has(&["@context", "features"]) || has(&["areaDesc", "messageType"]))
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let mut parsed = Parsed::default();
        match json::parse::<Document<'_>>(&text) {
            Ok(document) => {
                parsed.hazards = read_document(&document, &text, bulletin, &mut log);
                parsed.links.extend(document.pagination.0.as_ref().and_then(|page| page.next.owned()));
            }
            Err(fault) => log.push(fault),
        }
        parsed.faults = log.into_faults();
        parsed
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(rename = "@type")]
    ld_kind: Text<'a>,
    #[serde(rename = "messageType")]
    message_type: Text<'a>,
    features: Option<List<Feature<'a>>>,
    #[serde(rename = "@graph")]
    graph: Option<List<Properties<'a>>>,
    geometry: Shape<'a>,
    properties: Maybe<Properties<'a>>,
    pagination: Maybe<Pagination<'a>>,
    title: Text<'a>,
    detail: Text<'a>,
    status: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Feature<'a> {
    #[serde(borrow)]
    geometry: Shape<'a>,
    properties: Maybe<Properties<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pagination<'a> {
    #[serde(borrow)]
    next: Text<'a>,
}

fn read_document(document: &Document<'_>, text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut alerts = alert::Alerts::new(bulletin, log);
    if let Some(features) = &document.features {
        for (at, feature) in &features.items {
            let path = format!("features[{at}].properties");
            match &feature.properties.0 {
                Some(properties) => alerts.read(properties, &feature.geometry, &path),
                None => alerts.lost(&path, "the feature has no properties, so it is no alert"),
            }
        }
        alerts.odd(features.odd, "features");
    } else if let Some(graph) = &document.graph {
        for (at, properties) in &graph.items {
            alerts.read(properties, &properties.geometry, &format!("@graph[{at}]"));
        }
        alerts.odd(graph.odd, "@graph");
    } else if let Some(properties) = document.properties.0.as_ref().filter(|properties| properties.is_alert()) {
        alerts.read(properties, &document.geometry, "properties");
    } else if document.message_type.get().is_some() {
        match json::parse::<Properties<'_>>(text) {
            Ok(properties) => alerts.read(&properties, &properties.geometry, ""),
            Err(fault) => alerts.log.push(fault),
        }
    } else {
        alerts.log.push(not_alerts(document));
    }
    alerts.hazards
}

/// What the document is, when it holds no alerts: an error, another of the API's answers, or nothing that we know.
fn not_alerts(document: &Document<'_>) -> Fault {
    if let (Some(title), Some(status)) = (document.title.get(), document.status.get()) {
        let detail = document.detail.get().unwrap_or_default();
        let what = format!("api.weather.gov refused with {}: {}: {}", shown(status), shown(title), shown(detail));
        return Fault::fatal(Place::default().field("detail"), what)
            .hint("it answers for places in the United States and its waters alone");
    }
    let hint = "alerts are at /alerts/active?point=<lat>,<lon> or ?area=<state>";
    let inner = document.properties.0.as_ref().and_then(Properties::answer);
    let kind = inner.or_else(|| document.ld_kind.get().and_then(alert::answer_of));
    match kind.or_else(|| (document.kind.get() == Some("Feature")).then_some("an answer about a place")) {
        Some(kind) => Fault::minor(Place::default(), format!("this is {kind}: there are no warnings in it")).hint(hint),
        None => Fault::fatal(Place::default(), "there are no alerts of api.weather.gov in this document").hint(hint),
    }
}

#[cfg(test)]
mod tests;
