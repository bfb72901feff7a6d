//! What GDACS says of one event, in whichever document, on its way to become a hazard.

use crate::domain::{
    Area, Averaging, Bulletin, Certainty, Circle, Fix, Footprint, Hazard, HazardId, HazardKind, HazardText, Position,
    Severity, Technique, Timestamp, Urgency,
};
use crate::sources::formats::cyclone::Cyclone;
use crate::sources::formats::kind::kind_of;
use crate::sources::formats::storm_key::real_name;

/// The circle that GDACS draws round an earthquake, and within which it counts people ("100km").
const EARTHQUAKE_KM: f64 = 100.0;
/// The circle that GDACS draws round a volcano ("30Km").
const VOLCANO_KM: f64 = 30.0;

/// One event. What a document does not say is `None` or empty.
#[derive(Debug, Clone, Default)]
pub(super) struct Event {
    /// `TC`, `EQ`, `FL`, `VO`, `WF`, `DR`, `TS`.
    pub(super) kind: String,
    /// GDACS's number of it.
    pub(super) number: String,
    /// `SAUDEL-26`, `Mayon`.
    pub(super) name: Option<String>,
    pub(super) headline: Option<String>,
    pub(super) description: Option<String>,
    /// `Green`, `Orange`, `Red`.
    pub(super) level: Option<String>,
    pub(super) is_current: Option<bool>,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    pub(super) modified: Option<Timestamp>,
    pub(super) areas: Vec<Area>,
    pub(super) glide: Option<String>,
    pub(super) position: Option<Position>,
    /// Whose data GDACS relays: `JTWC`, `NOAA`, `RSMC`, `NEIC`.
    pub(super) source: Option<String>,
}

impl Event {
    /// `gdacs:TC1001150`.
    pub(super) fn key(&self) -> String {
        key(&self.kind, &self.number)
    }

    pub(super) fn is_storm(&self) -> bool {
        self.kind == "TC"
    }

    /// The hazard of the event as a whole: of a storm its last position, of others what its point stands for.
    pub(super) fn into_hazard(self, bulletin: &Bulletin) -> Hazard {
        let id = HazardId::new(self.key());
        if self.is_storm() {
            let time = self.to.or(self.from).or(self.modified);
            let fix = time.zip(self.position).map(|(time, position)| Fix::at(time, 0, position));
            let expires = self.end();
            let hazard = self.into_track(fix.into_iter().collect(), Footprint::default(), bulletin);
            return Hazard { id, expires, ..hazard };
        }
        let mut footprint = Footprint::default();
        let radius_km = match self.kind.as_str() {
            "EQ" => Some(EARTHQUAKE_KM),
            "VO" => Some(VOLCANO_KM),
            _ => None,
        };
        let circle = radius_km.zip(self.position).map(|(radius_km, centre)| Circle { centre, radius_km });
        footprint.circles.extend(circle);
        self.into_area(footprint, bulletin)
    }

    /// The hazard of an event that is no storm, in this area.
    pub(super) fn into_area(self, footprint: Footprint, bulletin: &Bulletin) -> Hazard {
        let key = self.key();
        let kind = hazard_kind(&self.kind, self.headline.as_deref());
        let mut hazard = Hazard::new(HazardId::new(&*key), "gdacs", "gdacs", &bulletin.hash, &key, kind);
        hazard.issued = self.issued();
        hazard.onset = self.from;
        hazard.expires = self.end();
        hazard.severity = severity(self.level.as_deref());
        hazard.urgency = match (self.kind.as_str(), self.is_current) {
            ("EQ", _) | (_, Some(false)) => Urgency::Past,
            (_, Some(true)) => Urgency::Immediate,
            (_, None) => Urgency::Unknown,
        };
        hazard.certainty = Certainty::Observed;
        hazard.texts.extend(self.text());
        hazard.aliases.extend(self.glide.map(|glide| format!("glide:{glide}")));
        hazard.areas = self.areas;
        hazard.footprint = footprint;
        hazard
    }

    /// The hazard of a storm with this track.
    pub(super) fn into_track(self, fixes: Vec<Fix>, footprint: Footprint, bulletin: &Bulletin) -> Hazard {
        let averaging = match self.source.as_deref() {
            Some("RSMC") => Averaging::TenMinutes,
            _ => Averaging::OneMinute,
        };
        let mut cyclone = Cyclone::new("gdacs", "gdacs", self.key(), "GDACS", Technique::Guidance, averaging);
        cyclone.issued = self.issued();
        cyclone.name = self.name.as_deref().and_then(storm_name);
        cyclone.aliases.extend(self.glide.as_ref().map(|glide| format!("glide:{glide}")));
        cyclone.texts.extend(self.text());
        cyclone.fixes = fixes;
        cyclone.footprint = footprint;
        let severity = severity(self.level.as_deref());
        Hazard { severity, areas: self.areas, ..cyclone.into_hazard(bulletin) }
    }

    fn issued(&self) -> Option<Timestamp> {
        self.modified.or(self.to).or(self.from)
    }

    /// The last analysis of an event that GDACS does not follow any more.
    fn end(&self) -> Option<Timestamp> {
        self.to.filter(|_| self.is_current == Some(false))
    }

    fn text(&self) -> Option<HazardText> {
        let event = match self.kind.as_str() {
            "TC" => "Tropical Cyclone",
            "EQ" => "Earthquake",
            "FL" => "Flood",
            "VO" => "Volcanic Eruption",
            "WF" => "Forest Fire",
            "DR" => "Drought",
            "TS" => "Tsunami",
            other => other,
        };
        let (headline, description) = (self.headline.clone(), self.description.clone());
        let is_empty = headline.is_none() && description.is_none();
        let (lang, event) = ("en".to_owned(), event.to_owned());
        (!is_empty).then_some(HazardText { lang, event, headline, description, instruction: None })
    }
}

/// `gdacs:TC1001150`.
pub(super) fn key(kind: &str, number: &str) -> String {
    format!("gdacs:{kind}{number}")
}

/// The humanitarian level as CAP's severity; see the module's head.
pub(super) fn severity(level: Option<&str>) -> Severity {
    match level.map(str::to_ascii_lowercase).as_deref() {
        Some("green") => Severity::Minor,
        Some("orange") => Severity::Severe,
        Some("red") => Severity::Extreme,
        _ => Severity::Unknown,
    }
}

fn hazard_kind(kind: &str, headline: Option<&str>) -> HazardKind {
    match kind {
        "TC" => HazardKind::TropicalCyclone,
        "EQ" | "VO" => HazardKind::Earthquake,
        "FL" => HazardKind::Flood,
        "WF" => HazardKind::Fire,
        "TS" => HazardKind::Tsunami,
        "DR" => HazardKind::Other,
        _ => headline.map_or(HazardKind::Other, kind_of),
    }
}

/// The name of a storm out of `SAUDEL-26` or `TYPHOON SAUDEL-26`; none of `TWENTYTHREE-26` and `12-20252026-26`.
pub(super) fn storm_name(text: &str) -> Option<String> {
    let text = text.trim();
    let name = match text.rsplit_once('-') {
        Some((name, year)) if year.len() == 2 && year.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => text,
    };
    let upper = name.to_uppercase();
    let mut rest = upper.trim();
    for kind in [
        "SUPER TYPHOON ",
        "TYPHOON ",
        "HURRICANE ",
        "TROPICAL STORM ",
        "TROPICAL DEPRESSION ",
        "TROPICAL CYCLONE ",
        "CYCLONE ",
    ] {
        rest = rest.strip_prefix(kind).unwrap_or(rest).trim_start();
    }
    real_name(rest)
}

/// A country with its ISO codes, where they are given.
pub(super) fn country(name: &str, codes: [Option<&str>; 2]) -> Area {
    let codes: Vec<&str> = codes.into_iter().flatten().collect();
    let codes = (!codes.is_empty()).then(|| ("ISO 3166-1".to_owned(), codes.join(" ")));
    Area { name: name.to_owned(), geocodes: codes.into_iter().collect() }
}
