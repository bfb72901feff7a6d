//! What one bulletin says threatens. The JSON of [`Hazard`] is the public contract.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Averaging, DocumentHash, HazardId, Position, Timestamp};

/// One threat, as one bulletin tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hazard {
    /// What this hazard replaces and is replaced by; the newest `issued` with one id is in force.
    pub id: HazardId,
    /// The agency, or the feed when the agency is not known: `jtwc`, `cma`.
    pub source: String,
    /// The format it was read as: `cap`, `atcf`.
    pub format: String,
    /// The document it came from.
    pub bulletin: DocumentHash,
    /// The agency's own name of the real-world event: `wp162004`, or a CAP identifier.
    pub event: String,
    /// What kind of threat.
    pub kind: HazardKind,
    /// The storm's name in capitals, when it has one.
    pub name: Option<String>,
    /// Every other spelling of the name that the document gives, in any language: `烟花`, `IN-FA`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// What the document says that others call the event, each with whose word it is: `atcf:wp172026`,
    /// `number:202617` (the international number), `jma:TC2624`, `nmc:3304099`, `gdacs:TC1001150`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// When the agency issued it.
    pub issued: Option<Timestamp>,
    /// When it begins.
    pub onset: Option<Timestamp>,
    /// When it ends, or the bulletin stops being valid.
    pub expires: Option<Timestamp>,
    /// CAP status. Only `actual` may alert.
    pub status: Status,
    /// CAP msgType; `cancel` withdraws the hazard.
    pub msg: MsgType,
    /// The agency says that this is its last word on the event: a final warning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not", rename = "last")]
    pub is_last: bool,
    /// CAP severity.
    pub severity: Severity,
    /// CAP urgency.
    pub urgency: Urgency,
    /// CAP certainty.
    pub certainty: Certainty,
    /// The agency's words, one per language.
    pub texts: Vec<HazardText>,
    /// Named areas with their codes.
    pub areas: Vec<Area>,
    /// Polygons and circles on the ground. Serialises to a GeoJSON `MultiPolygon` in `geometry`, with `circles` beside.
    #[serde(flatten)]
    pub footprint: Footprint,
    /// The storm's track, when it is one.
    pub track: Option<Track>,
    /// Published chances of a wind at named places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probabilities: Vec<PlaceProbability>,
    /// A forecast of the weather at one point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<PointForecast>,
    /// What only CAP has.
    pub cap: Option<CapFacts>,
}

impl Hazard {
    /// Whose word it is: the agency of the track, else the source.
    #[must_use]
    pub fn agency(&self) -> &str {
        self.track.as_ref().map_or(&self.source, |track| &track.agency)
    }

    /// A hazard of which nothing but its names is known: actual, an alert, everything else unknown or empty.
    #[must_use]
    pub fn new(
        id: HazardId,
        source: &str,
        format: &str,
        bulletin: &DocumentHash,
        event: &str,
        kind: HazardKind,
    ) -> Self {
        Self {
            id,
            source: source.to_owned(),
            format: format.to_owned(),
            bulletin: bulletin.clone(),
            event: event.to_owned(),
            kind,
            name: None,
            names: Vec::new(),
            aliases: Vec::new(),
            issued: None,
            onset: None,
            expires: None,
            status: Status::Actual,
            msg: MsgType::Alert,
            is_last: false,
            severity: Severity::Unknown,
            urgency: Urgency::Unknown,
            certainty: Certainty::Unknown,
            texts: Vec::new(),
            areas: Vec::new(),
            footprint: Footprint::default(),
            track: None,
            probabilities: Vec::new(),
            forecast: None,
            cap: None,
        }
    }
}

/// What kind of threat a hazard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HazardKind {
    /// A tropical storm or typhoon.
    TropicalCyclone,
    /// Gale, wind, gust.
    Wind,
    /// Storm surge, high waves, coastal flood.
    Surge,
    /// Rain, flood, landslide.
    Flood,
    /// Snow, ice, blizzard.
    Winter,
    /// Thunderstorm, hail, tornado.
    Thunderstorm,
    /// Tsunami.
    Tsunami,
    /// Earthquake or volcano.
    Earthquake,
    /// Fire.
    Fire,
    /// Anything else.
    Other,
}

/// CAP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "CAP 1.2 section 3.2.1 defines each")]
pub enum Status {
    Actual,
    Exercise,
    System,
    Test,
    Draft,
}

/// CAP msgType.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "CAP 1.2 section 3.2.1 defines each")]
pub enum MsgType {
    Alert,
    Update,
    Cancel,
    Ack,
    Error,
}

/// CAP severity, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "CAP 1.2 section 3.2.2 defines each")]
pub enum Severity {
    Unknown,
    Minor,
    Moderate,
    Severe,
    Extreme,
}

/// CAP urgency, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "CAP 1.2 section 3.2.2 defines each")]
pub enum Urgency {
    Unknown,
    Past,
    Future,
    Expected,
    Immediate,
}

/// CAP certainty, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "CAP 1.2 section 3.2.2 defines each")]
pub enum Certainty {
    Unknown,
    Unlikely,
    Possible,
    Likely,
    Observed,
}

/// The agency's words in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HazardText {
    /// RFC 5646 tag; CAP's default is `en-US`.
    pub lang: String,
    /// CAP event: `Typhoon Warning`.
    pub event: String,
    /// CAP headline.
    pub headline: Option<String>,
    /// CAP description.
    pub description: Option<String>,
    /// CAP instruction.
    pub instruction: Option<String>,
}

/// A named area.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// CAP areaDesc.
    pub name: String,
    /// CAP geocodes: several values of one system are joined by a blank.
    pub geocodes: BTreeMap<String, String>,
}

/// A closed ring of positions; the first is repeated at the end.
pub type Ring = Vec<Position>;

/// A circle on the ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Circle {
    /// Its centre.
    #[serde(flatten)]
    pub centre: Position,
    /// Its radius in kilometres.
    pub radius_km: f64,
}

/// Polygons (each an outer ring and its holes) and circles.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "WireFootprint", try_from = "WireFootprint")]
pub struct Footprint {
    /// Each polygon: outer ring first, then holes.
    pub polygons: Vec<Vec<Ring>>,
    /// The circles.
    pub circles: Vec<Circle>,
}

impl Footprint {
    /// True when there is neither polygon nor circle.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.polygons.is_empty() && self.circles.is_empty()
    }
}

#[derive(Serialize, Deserialize)]
struct WireFootprint {
    geometry: Option<WireGeometry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    circles: Vec<Circle>,
}

#[derive(Serialize, Deserialize)]
struct WireGeometry {
    r#type: String,
    coordinates: Vec<Vec<Vec<[f64; 2]>>>,
}

impl From<Footprint> for WireFootprint {
    fn from(footprint: Footprint) -> Self {
        let ring = |r: &Ring| r.iter().map(|p| [p.lon(), p.lat()]).collect();
        let coordinates: Vec<Vec<_>> =
            footprint.polygons.iter().map(|polygon| polygon.iter().map(ring).collect()).collect();
        let geometry =
            (!coordinates.is_empty()).then(|| WireGeometry { r#type: "MultiPolygon".to_owned(), coordinates });
        Self { geometry, circles: footprint.circles }
    }
}

impl TryFrom<WireFootprint> for Footprint {
    type Error = super::PositionError;

    fn try_from(wire: WireFootprint) -> Result<Self, Self::Error> {
        let ring = |r: Vec<[f64; 2]>| r.into_iter().map(|[lon, lat]| Position::lat_lon(lat, lon)).collect();
        let polygons = wire.geometry.map_or(Ok(Vec::new()), |geometry| {
            geometry.coordinates.into_iter().map(|polygon| polygon.into_iter().map(ring).collect()).collect()
        })?;
        Ok(Self { polygons, circles: wire.circles })
    }
}

/// Whose word a track is, what counts most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Technique {
    /// An agency's official forecast.
    Official,
    /// An agency's analysis or best track: what has happened.
    Analysis,
    /// A model or consensus: guidance, never alerts by itself while an official forecast exists.
    Guidance,
    /// One member of an ensemble: only many together say something.
    Member,
}

/// A storm's past or forecast track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// The agency or model centre: `jtwc`, `nhc`.
    pub agency: String,
    /// The technique as the document names it: `JTWC`, `OFCL`, `BEST`, `AVNO`.
    pub technique: String,
    /// Whose word it is.
    pub standing: Technique,
    /// The averaging period of its winds.
    #[serde(rename = "averaging_min")]
    pub averaging: Averaging,
    /// Its fixes in order of time, no two at one time.
    pub fixes: Vec<Fix>,
}

/// The storm at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// The valid time.
    pub time: Timestamp,
    /// Hours after the analysis; 0 for the analysis itself, negative for earlier positions.
    pub tau_h: i32,
    /// The centre.
    #[serde(flatten)]
    pub position: Position,
    /// The highest sustained wind in knots, on the track's averaging period.
    pub vmax_kt: Option<f64>,
    /// The central pressure in hectopascals.
    pub pmin_hpa: Option<f64>,
    /// The radius of maximum wind in kilometres.
    pub rmw_km: Option<f64>,
    /// The highest gust in knots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gust_kt: Option<f64>,
    /// The radius in kilometres of the circle in which the agency expects the centre with 70 % (JMA, CWA) or what
    /// else the source's documentation says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circle_km: Option<f64>,
    /// The document says that it is no tropical cyclone any more (or not yet), but an extratropical one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not", rename = "extratropical")]
    pub is_extratropical: bool,
    /// Wind radii, lowest threshold first. A threshold that the agency did not give is absent.
    pub radii: Vec<WindRadii>,
}

impl Fix {
    /// A fix of which the place alone is known.
    #[must_use]
    pub fn at(time: Timestamp, tau_h: i32, position: Position) -> Self {
        Self {
            time,
            tau_h,
            position,
            vmax_kt: None,
            pmin_hpa: None,
            rmw_km: None,
            gust_kt: None,
            circle_km: None,
            is_extratropical: false,
            radii: Vec::new(),
        }
    }
}

/// How far winds of at least `kt` reach in each quadrant. 0 means that quadrant has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the four quadrants, in kilometres")]
pub struct WindRadii {
    /// The threshold in knots: 34, 50, 64 (or an agency's own).
    pub kt: u32,
    pub ne_km: f64,
    pub se_km: f64,
    pub sw_km: f64,
    pub nw_km: f64,
}

impl WindRadii {
    /// The largest of the four.
    #[must_use]
    pub fn max_km(&self) -> f64 {
        self.ne_km.max(self.se_km).max(self.sw_km).max(self.nw_km)
    }
}

/// The published chances of one wind threshold at one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlaceProbability {
    /// The place as the bulletin names it: `NEW ORLEANS LA`, `20N 120W`.
    pub place: String,
    /// Where it is, when the bulletin itself says so.
    pub position: Option<Position>,
    /// The threshold in knots: 34, 50, 64.
    pub kt: u32,
    /// The chances by period, in order of its end.
    pub periods: Vec<PeriodProbability>,
}

/// The chance of a wind within one period. A chance is 0..=1; `X` (below one in a hundred) counts as 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PeriodProbability {
    /// The end of the period, in hours after the analysis.
    pub tau_h: i32,
    /// That it begins within this period.
    pub onset: f64,
    /// That it comes at any time up to the end of this period.
    pub cumulative: f64,
}

/// A model's forecast for one point, step by step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointForecast {
    /// The point that the model answers for: the middle of its grid cell.
    pub position: Position,
    /// The model, when it is named.
    pub model: Option<String>,
    /// The steps in order of time.
    pub steps: Vec<PointStep>,
}

/// The weather at one point and time. `None` is what the model does not say: never nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointStep {
    /// The valid time.
    pub time: Timestamp,
    /// The sustained wind at 10 m, in knots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wind_kt: Option<f64>,
    /// The highest gust of the hour before, in knots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gust_kt: Option<f64>,
    /// Where the wind comes from, degrees clockwise from north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_deg: Option<f64>,
    /// Rain, snow and showers of the step, in millimetres of water.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rain_mm: Option<f64>,
    /// The significant height of waves, in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave_m: Option<f64>,
}

/// What only CAP has, kept as it stood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CapFacts {
    /// CAP identifier.
    pub identifier: String,
    /// CAP sender.
    pub sender: String,
    /// CAP sent, as it stood.
    pub sent: String,
    /// CAP msgType, as it stood.
    pub msg_type: String,
    /// CAP scope, as it stood.
    pub scope: String,
    /// Each reference as it stood: `sender,identifier,sent`.
    pub references: Vec<String>,
}

impl CapFacts {
    /// The identifiers of the messages that this one refers to. A reference is `sender,identifier,sent`.
    pub fn referred(&self) -> impl Iterator<Item = &str> {
        self.references.iter().filter_map(|reference| reference.split(',').nth(1))
    }
}
