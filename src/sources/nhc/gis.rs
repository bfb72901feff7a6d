//! NHC's map layers as GeoJSON: answers of its map server (field names in small letters) and its shapefiles converted
//! (in capitals).
//!
//! | layer | what comes out |
//! |---|---|
//! | forecast points | a track, technique `GIS`, standing guidance: the official forecast without radii, often older than the text |
//! | past points | a track, technique `BEST`, standing analysis; its hours are before the last point |
//! | cone | an area where the centre may go (two thirds of centres stay within), certainty possible |
//! | wind radii, now and forecast; wind swath | an area for each threshold |
//! | watch/warning lines (`TCWW`) | a warning for each code; a coast's line is an area without width |
//! | track lines | nothing: they have no times; a minor fault says so |
//!
//! Quirks: the point of hour 0 is the centre at the time of the advisory (`ADVDATE`), though `VALIDTIME` names the synoptic
//! time, and a forecast radius is for `SYNOPTIME` and `TAU`, whatever its `VALIDTIME` says after an intermediate advisory;
//! 9999 is not known; `lat` and `lon` of the map server are rounded, so that the geometry counts; layers of one
//! storm may be of several advisories; a cone across ±180 is cut in two. Radii in nautical miles, winds 1-minute in knots.

use std::collections::BTreeMap;

use super::layer::{Collection, Fields, issued, key, whole};
use super::{FORMAT, when};
use crate::domain::{
    Averaging, Bulletin, Certainty, Fault, Fix, Footprint, Hazard, HazardId, HazardKind, HazardText, Place, Position,
    Ring, Severity, Span, Technique, Timestamp, Urgency,
};
use crate::sources::formats::cyclone::{self, Cyclone};
use crate::sources::formats::dates;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::geometry::Geometry;
use crate::sources::formats::json::{self, Text};
use crate::sources::formats::storm_key;
use crate::sources::nhc_tcm::synoptic;

/// An area of wind holds until the next advisory is due (NHC: every six hours).
const ADVISORY: Span = Span::from_hours(6);

/// What one collection says of one storm.
#[derive(Debug, Default)]
struct Storm {
    name: Option<String>,
    kind: Option<String>,
    number: String,
    issued: Option<Timestamp>,
    advisory: Option<String>,
    points: Vec<Fix>,
    past: Vec<Fix>,
    cone: Footprint,
    hours: Option<f64>,
    winds: BTreeMap<u32, Wind>,
    warnings: BTreeMap<String, Footprint>,
}

/// The reach of one wind over its times.
#[derive(Debug, Default)]
struct Wind {
    area: Footprint,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    is_forecast: bool,
    is_past: bool,
}

pub(super) fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let collection: Collection<'_> = match json::parse(text) {
        Ok(collection) => collection,
        Err(fault) => {
            log.push(fault);
            return Vec::new();
        }
    };
    let layer = collection.name.get().unwrap_or_default();
    let mut storms: BTreeMap<String, Storm> = BTreeMap::new();
    let mut lines = 0;
    for (at, feature) in &collection.features.items {
        let Some(fields) = &feature.properties.0 else { continue };
        let Some((key, number)) = key(fields, layer) else {
            let place = Place::default().field(format!("features[{at}].properties"));
            log.push(Fault::minor(place, "a feature names no storm (basin, number and year); it is left out"));
            continue;
        };
        let storm = storms.entry(key).or_default();
        storm.hear(fields, number);
        match storm.add(fields, feature.geometry.0.as_ref()) {
            Added::Done => {}
            Added::Line => lines += 1,
            Added::Odd(what) => {
                log.push(Fault::minor(Place::default().field(format!("features[{at}]")), what));
            }
        }
    }
    if lines > 0 {
        let what = "track lines have no times; they are left out, the layer of points says more";
        log.push(Fault::minor(Place::default().field("features"), what));
    }
    storms.into_iter().flat_map(|(key, storm)| storm.into_hazards(&key, bulletin)).collect()
}

enum Added {
    Done,
    Line,
    Odd(&'static str),
}

impl Storm {
    fn hear(&mut self, fields: &Fields<'_>, number: String) {
        // `Hurricane Lala` in points, `Lala` in lines; past points begin with INVEST and end with the name.
        let called = fields.stormname.get().and_then(|name| name.split_whitespace().last());
        self.name = called.and_then(storm_key::real_name).or(self.name.take());
        self.kind = fields.stormtype.owned().or(self.kind.take());
        self.number = number;
        self.issued = issued(fields).or(self.issued);
        self.advisory = fields.advisnum.owned().or(self.advisory.take());
        self.hours = fields.fcstprd.within(1.0, 240.0).or(self.hours);
    }

    fn add(&mut self, fields: &Fields<'_>, geometry: Option<&Geometry<'_>>) -> Added {
        if let Some(code) = fields.tcww.get() {
            // A watch may have no line at all: it is in force all the same.
            let lines = geometry.map(Geometry::places).unwrap_or_default();
            let area = self.warnings.entry(code.to_ascii_uppercase()).or_default();
            area.polygons.extend(along(&lines).map(|ring| vec![ring]));
            return Added::Done;
        }
        let Some(geometry) = geometry else { return Added::Odd("a feature has no geometry; it is left out") };
        match geometry.kind.get() {
            Some("Point") => self.add_point(fields, geometry),
            Some("Polygon" | "MultiPolygon") => self.add_area(fields, geometry),
            Some("LineString" | "MultiLineString") => Added::Line,
            _ => Added::Odd("the geometry is neither point, line nor polygon; the feature is left out"),
        }
    }

    fn add_point(&mut self, fields: &Fields<'_>, geometry: &Geometry<'_>) -> Added {
        let Some(position) = geometry.places().first().copied().and_then(tidy) else {
            return Added::Odd("the point is no position; it is left out");
        };
        let pmin_hpa = fields.mslp.0.and_then(cyclone::sound_pressure);
        if let Some(time) = fields.dtg.get().and_then(dates::date_time_group) {
            let vmax_kt = fields.intensity.0.and_then(cyclone::sound_wind);
            self.past.push(Fix { vmax_kt, pmin_hpa, ..Fix::at(time, 0, position) });
            return Added::Done;
        }
        let (Some(tau), Some(issued)) = (fields.tau.within(0.0, 240.0), issued(fields)) else {
            return Added::Odd("the point has neither `DTG` nor `TAU` and `ADVDATE`; it is left out");
        };
        let tau_h = whole(tau);
        let valid = fields.validtime.get().and_then(|valid| when::day_and_time(valid, issued));
        let later = || synoptic(issued).checked_add(Span::from_hours(i64::from(tau_h))).ok();
        let time = if tau_h == 0 { Some(issued) } else { valid.or_else(later) };
        let Some(time) = time else { return Added::Odd("the point has no time; it is left out") };
        self.points.push(Fix {
            vmax_kt: fields.maxwind.0.and_then(cyclone::sound_wind),
            gust_kt: fields.gust.0.and_then(cyclone::sound_wind),
            pmin_hpa,
            ..Fix::at(time, tau_h, position)
        });
        Added::Done
    }

    fn add_area(&mut self, fields: &Fields<'_>, geometry: &Geometry<'_>) -> Added {
        let Some(kt) = fields.radii.within(1.0, 200.0) else {
            let odd = geometry.add_to(&mut self.cone);
            return if odd == 0 { Added::Done } else { Added::Odd("a ring of the cone is none; it is left out") };
        };
        let wind = self.winds.entry(whole(kt).unsigned_abs()).or_default();
        let time = |text: &Text<'_>| text.get().and_then(dates::date_time_group);
        let tau = i64::from(whole(fields.tau.within(0.0, 240.0).unwrap_or(0.0)));
        let later = || time(&fields.synoptime)?.checked_add(Span::from_hours(tau)).ok();
        let valid = later().filter(|_| tau > 0).or_else(|| time(&fields.validtime));
        let (from, to) = match (time(&fields.startdtg), time(&fields.enddtg)) {
            (None, None) => (valid, valid.and_then(|at| at.checked_add(ADVISORY).ok())),
            span => {
                wind.is_past = true;
                span
            }
        };
        wind.from = [wind.from, from].into_iter().flatten().min();
        wind.to = wind.to.max(to);
        wind.is_forecast |= fields.tau.0.is_some_and(|tau| tau > 0.0);
        let odd = geometry.add_to(&mut wind.area);
        if odd == 0 { Added::Done } else { Added::Odd("a ring of the wind's area is none; it is left out") }
    }

    fn into_hazards(mut self, key: &str, bulletin: &Bulletin) -> Vec<Hazard> {
        let mut hazards = Vec::new();
        let points = hours_of_points(std::mem::take(&mut self.points));
        if !points.is_empty() {
            hazards.push(self.track(key, "GIS", Technique::Guidance, points, bulletin));
        }
        let past = hours_of_past(std::mem::take(&mut self.past));
        if !past.is_empty() {
            hazards.push(self.track(key, "BEST", Technique::Analysis, past, bulletin));
        }
        if !self.cone.is_empty() {
            hazards.push(self.cone(key, bulletin));
        }
        hazards.extend(self.winds.iter().map(|(kt, wind)| self.wind(key, *kt, wind, bulletin)));
        hazards.extend(self.warnings.iter().map(|(code, area)| self.warning(key, code, area, bulletin)));
        hazards
    }

    fn track(&self, key: &str, technique: &str, standing: Technique, fixes: Vec<Fix>, bulletin: &Bulletin) -> Hazard {
        let last = fixes.iter().map(|fix| fix.time).max();
        let cyclone = Cyclone {
            issued: if standing == Technique::Analysis { last } else { self.issued.or(last) },
            name: self.name.clone(),
            fixes,
            status: storm_key::status(&self.number),
            texts: vec![self.text("Tropical cyclone")],
            ..Cyclone::new(FORMAT, "nhc", key, technique, standing, Averaging::OneMinute)
        };
        cyclone.into_hazard(bulletin)
    }

    fn text(&self, event: &str) -> HazardText {
        let headline = self.advisory.as_ref().map(|number| format!("Advisory number {number}"));
        HazardText { lang: "en".to_owned(), event: event.to_owned(), headline, ..HazardText::default() }
    }

    fn plain(&self, key: &str, part: &str, event: &str, bulletin: &Bulletin) -> Hazard {
        let id = HazardId::new(format!("atcf:{key}:{part}"));
        Hazard {
            name: self.name.clone(),
            issued: self.issued,
            status: storm_key::status(&self.number),
            texts: vec![self.text(event)],
            ..Hazard::new(id, "nhc", FORMAT, &bulletin.hash, key, HazardKind::TropicalCyclone)
        }
    }

    fn cone(&self, key: &str, bulletin: &Bulletin) -> Hazard {
        let hours = Span::from_hours(i64::from(whole(self.hours.unwrap_or(120.0))));
        Hazard {
            onset: self.issued,
            expires: self.issued.and_then(|issued| issued.checked_add(hours).ok()),
            severity: severity_of_kind(self.kind.as_deref()),
            urgency: Urgency::Expected,
            certainty: Certainty::Possible,
            footprint: self.cone.clone(),
            ..self.plain(key, "CONE", "Forecast cone of the storm's centre", bulletin)
        }
    }

    fn wind(&self, key: &str, kt: u32, wind: &Wind, bulletin: &Bulletin) -> Hazard {
        let severity = match kt {
            64.. => Severity::Extreme,
            50.. => Severity::Severe,
            _ => Severity::Moderate,
        };
        Hazard {
            issued: self.issued.or(wind.from),
            onset: wind.from,
            expires: wind.to,
            severity,
            urgency: match (wind.is_past, wind.is_forecast) {
                (true, _) => Urgency::Past,
                (false, true) => Urgency::Expected,
                (false, false) => Urgency::Immediate,
            },
            certainty: if wind.is_forecast { Certainty::Likely } else { Certainty::Observed },
            footprint: wind.area.clone(),
            ..self.plain(key, &format!("WIND{kt}"), &format!("Wind of {kt} kt and more"), bulletin)
        }
    }

    fn warning(&self, key: &str, code: &str, area: &Footprint, bulletin: &Bulletin) -> Hazard {
        let (event, severity) = match code {
            "HWR" => ("Hurricane Warning", Severity::Extreme),
            "HWA" => ("Hurricane Watch", Severity::Extreme),
            "TWR" => ("Tropical Storm Warning", Severity::Severe),
            "TWA" => ("Tropical Storm Watch", Severity::Severe),
            other => (other, Severity::Unknown),
        };
        let is_watch = code.ends_with('A');
        Hazard {
            onset: self.issued,
            severity,
            urgency: if is_watch { Urgency::Future } else { Urgency::Expected },
            certainty: if is_watch { Certainty::Possible } else { Certainty::Likely },
            footprint: area.clone(),
            ..self.plain(key, &format!("WW-{code}"), event, bulletin)
        }
    }
}

/// By the kind of storm, as of its winds: hurricane force extreme, gale force moderate.
fn severity_of_kind(kind: Option<&str>) -> Severity {
    match kind {
        Some("HU" | "MH" | "TY" | "STY") => Severity::Extreme,
        Some("TS" | "STS" | "SS") => Severity::Moderate,
        Some(_) => Severity::Minor,
        None => Severity::Unknown,
    }
}

/// Points in order, the first one's hours counted from where the others' are.
fn hours_of_points(points: Vec<Fix>) -> Vec<Fix> {
    let mut points = cyclone::in_order(points);
    let base = points
        .iter()
        .find(|fix| fix.tau_h > 0)
        .and_then(|fix| fix.time.checked_sub(Span::from_hours(i64::from(fix.tau_h))).ok());
    if let Some(first) = points.first_mut().filter(|first| first.tau_h == 0) {
        let base = base.filter(|base| *base <= first.time).unwrap_or_else(|| synoptic(first.time));
        first.tau_h = i32::try_from(first.time.duration_since(base).as_hours()).unwrap_or(0);
    }
    points
}

/// Past points in order, their hours before the last.
fn hours_of_past(past: Vec<Fix>) -> Vec<Fix> {
    let mut past = cyclone::in_order(past);
    let Some(last) = past.last().map(|fix| fix.time) else { return past };
    for fix in &mut past {
        fix.tau_h = i32::try_from(fix.time.duration_since(last).as_hours()).unwrap_or(0);
    }
    past
}

/// The map server's positions are tenths of a degree with a dust of 1e-10.
fn tidy(at: Position) -> Option<Position> {
    let round = |degrees: f64| (degrees * 1e4).round() / 1e4;
    Position::lat_lon(round(at.lat()), round(at.lon())).ok()
}

/// A line as an area without width: there and back.
pub(super) fn along(line: &[Position]) -> Option<Ring> {
    (line.len() > 1).then(|| line.iter().chain(line.iter().rev()).copied().collect())
}
