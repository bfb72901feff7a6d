//! The weather alerts of Environment and Climate Change Canada as its web service `geomet` gives them in GeoJSON.
//!
//! In: `api.weather.gc.ca/collections/weather-alerts/items?f=json` (OGC API Features), the same layer over WFS, or one
//! feature of them: each is one alert in one forecast region. Out: a hazard for each feature with its words in English
//! and French and its polygon; the next page of a list as a link.
//!
//! Conventions: times are UTC (`…Z`); `event_end_datetime` is when the weather ends, `expiration_datetime` when the
//! bulletin runs out. A feature's id is the alert's and the region's (`1618115311375151707202603050503_fea1-1271`): it
//! stays while the alert is continued, so that the next bulletin replaces the one before; regions of one alert are
//! one event. Older WFS answers have no id: code, region and day stand for it.
//!
//! Severity by ECCC's colours (its colour-coded alerts since November 2025: yellow, orange, red for moderate, high
//! and extreme impact): moderate, severe, extreme. Without a colour by the kind of bulletin, which is our guess:
//! warning severe, watch and advisory moderate, statement minor. Certainty by its confidence: high is likely, lower
//! is possible; without one a warning is likely, others possible. `ended` and its like withdraw.
//! Never: a place guessed from the region's name.

use serde::Deserialize;

use super::Source;
use super::cap::json::{date, fatal, minor};
use super::formats::fault_log::FaultLog;
use super::formats::geometry::Geometry;
use super::formats::json::{self, List, Maybe, Text};
use super::formats::kind::kind_of;
use super::formats::text;
use crate::domain::{
    Area, Bulletin, Certainty, Fault, Footprint, Hazard, HazardId, HazardKind, HazardText, MsgType, Parsed, Place,
    Severity, Status, Timestamp, Urgency,
};

/// Alerts of Environment Canada. The format is `eccc`.
#[derive(Debug)]
pub struct Eccc;

const ID: &str = "eccc";
/// How far into a collection its first properties are looked for: a region's outline may stand before them.
const OUTLINE_MAX: usize = 1 << 20;

impl Source for Eccc {
    fn id(&self) -> &'static str {
        ID
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let head = json::head(body);
        let is_collection = json::without_padding(&head).starts_with('{') && head.contains("\"Feature");
        // Alerts of the United States have a context, ECCC's have none.
        if !is_collection || head.contains("@context") {
            return false;
        }
        let is_of_house = |text: &str| {
            text.contains("\"alert_name_en\"")
                || text.contains("\"alert_code\"")
                || text.contains("/collections/weather-alerts")
                || text.contains("\"Current-Alerts\"")
        };
        is_of_house(&head) || is_of_house(&String::from_utf8_lossy(body.get(..OUTLINE_MAX).unwrap_or(body)))
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let mut parsed = Parsed::default();
        match json::parse::<Document<'_>>(&text) {
            Ok(document) => {
                parsed.hazards = read_document(&document, bulletin, &mut log);
                let next = document.links.iter().find(|link| link.rel.get() == Some("next"));
                parsed.links.extend(next.and_then(|link| link.href.owned()));
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
    #[serde(borrow)]
    features: Option<List<Feature<'a>>>,
    links: List<Link<'a>>,
    id: Text<'a>,
    geometry: Maybe<Geometry<'a>>,
    properties: Maybe<Properties<'a>>,
    /// The server's refusal: an OGC exception.
    code: Text<'a>,
    description: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link<'a> {
    #[serde(borrow)]
    rel: Text<'a>,
    href: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Feature<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    geometry: Maybe<Geometry<'a>>,
    properties: Maybe<Properties<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Properties<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    alert_code: Text<'a>,
    alert_type: Text<'a>,
    alert_name_en: Text<'a>,
    alert_name_fr: Text<'a>,
    alert_short_name_en: Text<'a>,
    alert_short_name_fr: Text<'a>,
    alert_text_en: Text<'a>,
    alert_text_fr: Text<'a>,
    publication_datetime: Text<'a>,
    validity_datetime: Text<'a>,
    event_end_datetime: Text<'a>,
    expiration_datetime: Text<'a>,
    risk_colour_en: Text<'a>,
    confidence_en: Text<'a>,
    status_en: Text<'a>,
    feature_name_en: Text<'a>,
    feature_name_fr: Text<'a>,
    feature_id: Text<'a>,
    province: Text<'a>,
}

fn read_document(document: &Document<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    if let Some(features) = &document.features {
        for (at, feature) in &features.items {
            let path = format!("features[{at}].properties");
            match &feature.properties.0 {
                Some(its) => hazards.extend(read(its, &feature.id, &feature.geometry, &path, bulletin, log)),
                None => fatal(log, &path, "", || "the feature has no properties, so it is no alert".to_owned()),
            }
        }
        if features.odd > 0 {
            fatal(log, "features", "", || format!("{} elements are no alerts", features.odd));
        }
    } else if let Some(properties) = &document.properties.0 {
        hazards.extend(read(properties, &document.id, &document.geometry, "properties", bulletin, log));
    } else if let (Some(code), Some(description)) = (document.code.get(), document.description.get()) {
        log.push(Fault::fatal(
            Place::default().field("description"),
            format!("the server refused: {code}: {description}"),
        ));
    } else {
        let fault = Fault::fatal(
            Place::default().field("features"),
            "there are no alerts of Environment Canada in this document",
        );
        log.push(fault.hint("ask for /collections/weather-alerts/items?f=json"));
    }
    hazards
}

fn read(
    alert: &Properties<'_>,
    feature_id: &Text<'_>,
    geometry: &Maybe<Geometry<'_>>,
    path: &str,
    bulletin: &Bulletin,
    log: &mut FaultLog,
) -> Option<Hazard> {
    let texts = alert.texts();
    if texts.is_empty() {
        fatal(log, path, "alert_name_en", || "this is no alert: it has no name".to_owned());
        return None;
    }
    let mut footprint = Footprint::default();
    let odd = geometry.0.as_ref().map_or(0, |geometry| geometry.add_to(&mut footprint));
    if odd > 0 || footprint.is_empty() {
        let what = || "the region has no polygon, or one that cannot be read".to_owned();
        let tell = if footprint.is_empty() { fatal } else { minor };
        tell(log, path, "geometry", what);
    }
    let published = date(&alert.publication_datetime, path, "publication_datetime", log);
    let validity = date(&alert.validity_datetime, path, "validity_datetime", log);
    let end = date(&alert.event_end_datetime, path, "event_end_datetime", log);
    let expiration = date(&alert.expiration_datetime, path, "expiration_datetime", log);
    let (id, event) = alert.keys(feature_id, validity.or(published));
    let source = Some(bulletin.agency.as_str()).filter(|agency| !agency.is_empty()).unwrap_or(ID);
    Some(Hazard {
        issued: published.or(validity),
        onset: validity.or(published),
        expires: end.or(expiration),
        status: alert.status(),
        msg: alert.msg(),
        severity: alert.severity(),
        urgency: alert.urgency(published, validity),
        certainty: alert.certainty(),
        texts,
        areas: alert.areas(),
        footprint,
        ..Hazard::new(HazardId::new(id), source, ID, &bulletin.hash, &event, alert.kind())
    })
}

impl Properties<'_> {
    /// The hazard's id and its event: of this region, and of all regions of the alert.
    fn keys(&self, feature_id: &Text<'_>, begin: Option<Timestamp>) -> (String, String) {
        if let Some(id) = self.id.get().or_else(|| feature_id.get()) {
            let alert = id.split_once('_').map_or(id, |(alert, _)| alert);
            return (format!("eccc:{id}"), format!("eccc:{alert}"));
        }
        let code = self.alert_code.get().or_else(|| self.alert_name_en.get()).unwrap_or("alert");
        let region = self.feature_id.get().or_else(|| self.feature_name_en.get()).unwrap_or_default();
        let day = begin.map(|begin| begin.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
        (format!("eccc:{code}:{region}:{day}"), format!("eccc:{code}:{region}:{day}"))
    }

    fn texts(&self) -> Vec<HazardText> {
        let text = |lang: &str, name: &Text<'_>, short: &Text<'_>, words: &Text<'_>| {
            let event = name.owned().or_else(|| short.owned())?;
            let description = words.owned();
            Some(HazardText { lang: lang.to_owned(), event, description, ..HazardText::default() })
        };
        let english = text("en-CA", &self.alert_name_en, &self.alert_short_name_en, &self.alert_text_en);
        let french = text("fr-CA", &self.alert_name_fr, &self.alert_short_name_fr, &self.alert_text_fr);
        english.into_iter().chain(french).collect()
    }

    fn areas(&self) -> Vec<Area> {
        let Some(name) = self.feature_name_en.owned().or_else(|| self.feature_name_fr.owned()) else {
            return Vec::new();
        };
        let codes = [("feature_id", &self.feature_id), ("province", &self.province)];
        let geocodes = codes.into_iter().filter_map(|(system, code)| Some((system.to_owned(), code.owned()?)));
        vec![Area { name, geocodes: geocodes.collect() }]
    }

    fn status(&self) -> Status {
        match self.status_en.get().map(str::to_ascii_lowercase).as_deref() {
            Some("test") => Status::Test,
            Some("exercise") => Status::Exercise,
            _ => Status::Actual,
        }
    }

    fn msg(&self) -> MsgType {
        let has_ended =
            |word: &str| ["ended", "ending", "expired", "cancelled", "canceled", "changed_from"].contains(&word);
        let status = self.status_en.get().map(str::to_ascii_lowercase).unwrap_or_default();
        let kind = self.alert_type.get().map(str::to_ascii_lowercase).unwrap_or_default();
        match status.as_str() {
            status if has_ended(status) || has_ended(&kind) => MsgType::Cancel,
            "" | "issued" | "active" | "actual" | "new" => MsgType::Alert,
            _ => MsgType::Update,
        }
    }

    fn is_of_type(&self, kind: &str) -> bool {
        self.alert_type.get().is_some_and(|its| its.eq_ignore_ascii_case(kind))
    }

    fn severity(&self) -> Severity {
        match self.risk_colour_en.get().map(str::to_ascii_lowercase).as_deref() {
            Some("red") => Severity::Extreme,
            Some("orange") => Severity::Severe,
            Some("yellow") => Severity::Moderate,
            Some("green" | "grey" | "gray") => Severity::Minor,
            _ if self.is_of_type("warning") => Severity::Severe,
            _ if self.is_of_type("watch") || self.is_of_type("advisory") => Severity::Moderate,
            _ if self.is_of_type("statement") => Severity::Minor,
            _ => Severity::Unknown,
        }
    }

    fn certainty(&self) -> Certainty {
        match self.confidence_en.get().map(str::to_ascii_lowercase).as_deref() {
            Some("observed") => Certainty::Observed,
            Some("very high" | "high" | "likely") => Certainty::Likely,
            None if self.is_of_type("warning") => Certainty::Likely,
            _ => Certainty::Possible,
        }
    }

    /// Immediate once it has begun; a watch is for later.
    fn urgency(&self, published: Option<Timestamp>, validity: Option<Timestamp>) -> Urgency {
        match published.zip(validity) {
            Some((published, validity)) if validity <= published => Urgency::Immediate,
            _ if self.is_of_type("watch") => Urgency::Future,
            _ => Urgency::Expected,
        }
    }

    /// The kind by the alert's name; that of a statement by its first line.
    fn kind(&self) -> HazardKind {
        let first = self.alert_text_en.get().and_then(|text| text.lines().next());
        let words = [self.alert_name_en.get(), self.alert_short_name_en.get(), self.alert_name_fr.get(), first];
        let found = words.into_iter().flatten().map(kind_of).find(|kind| *kind != HazardKind::Other);
        found.unwrap_or(HazardKind::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeedId;

    const FIONA: &str = include_str!("../../tests/data/sources/eccc/fiona.json");

    #[track_caller]
    fn check(body: &str, hazards: usize, fatal: bool) -> Parsed {
        let parsed = Eccc.parse(&Bulletin::new(FeedId::new("test"), "", "items", Timestamp::UNIX_EPOCH, body.into()));
        let is_fatal = parsed.faults.iter().any(|fault| fault.is_fatal);
        assert_eq!((parsed.hazards.len(), is_fatal), (hazards, fatal), "{:?}", parsed.faults);
        parsed
    }

    #[test]
    fn regions_of_one_alert_are_one_event() {
        let parsed = check(FIONA, 3, false);
        let [north, south, ended] = parsed.hazards.try_into().unwrap();
        assert_eq!(north.event, south.event);
        assert_ne!(north.id, south.id);
        assert_eq!((north.kind, north.severity), (HazardKind::TropicalCyclone, Severity::Extreme));
        assert_eq!((north.msg, ended.msg), (MsgType::Update, MsgType::Cancel));
        assert_eq!(parsed.links.len(), 1);
    }

    #[test]
    fn levels() {
        let with = |from: &str, to: &str| check(&FIONA.replace(from, to), 3, false).hazards.remove(0);
        assert_eq!(with("\"red\"", "\"Orange\"").severity, Severity::Severe);
        assert_eq!(with("\"red\"", "null").severity, Severity::Severe);
        assert_eq!(with("\"High\"", "\"Low\"").certainty, Certainty::Possible);
        assert_eq!(with("\"continued\"", "\"test\"").status, Status::Test);
    }

    #[test]
    fn none_and_refusals() {
        let none = "{\"type\":\"FeatureCollection\",\"features\":[],\"numberMatched\":0,\"links\":[{\"rel\":\"self\",\
             \"href\":\"https://api.weather.gc.ca/collections/weather-alerts/items?f=json\"}]}";
        assert!(Eccc.recognises(none.as_bytes()) && check(none, 0, false).faults.is_empty());
        check("{\"code\":\"InvalidParameterValue\",\"description\":\"bbox\"}", 0, true);
        check("{\"features\":[{\"properties\":{\"name\":\"x\"}},7,{}]}", 0, true);
    }

    #[test]
    fn without_an_id_code_region_and_day_stand_for_it() {
        let feature = "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[-76,45],[-75,45],[-75,46]]]},\
             \"properties\":{\"alert_code\":\"WSW\",\"alert_type\":\"warning\",\"alert_name_fr\":\"avertissement de tempête hivernale\",\
             \"feature_name_fr\":\"Ottawa\",\"publication_datetime\":\"2025-02-05T20:00:00Z\"}}";
        let hazard = check(feature, 1, false).hazards.remove(0);
        assert_eq!(hazard.id.as_str(), "eccc:WSW::2025-02-05");
        assert_eq!((hazard.texts[0].lang.as_str(), hazard.severity), ("fr-CA", Severity::Severe));
        check(&feature.replace("Polygon", "Point"), 1, true);
    }

    #[test]
    fn properties_behind_a_long_outline_are_found() {
        let outline = "[-76.123456,45.123456],".repeat(2_000);
        let body = format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[{{\"geometry\":{{\"coordinates\":[[{outline}[-76,45]]]}},\
             \"properties\":{{\"alert_code\":\"WS\"}}}}]}}"
        );
        assert!(Eccc.recognises(body.as_bytes()));
        assert!(!Eccc.recognises(body.replace("alert_code", "code").as_bytes()));
    }
}
