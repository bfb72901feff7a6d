//! Tropical cyclones of Taiwan's Central Weather Administration: dataset W-C0034-005 of opendata.cwa.gov.tw.
//!
//! In: the REST answer (`records`) or the file (`cwaopendata.dataset`), in today's names (`TropicalCyclones`,
//! `AnalysisData.Fix`) or those before 2025 (`tropicalCyclones`, `fixTime`, `coordinate: "lon,lat"`, `tau`); a lone cyclone
//! or fix may stand without its array. Out: one track for each cyclone, past and forecast in one, and the list of
//! all active storms: the dataset holds all that are (its note: 目前所有活動中熱帶氣旋).
//!
//! CWA's conventions: every number may be a string, `""` where it is not known; times bear +08:00; winds and gusts are
//! 10-minute means in m/s and become knots; radii are kilometres, of 15 m/s (29 kt) and 25 m/s (49 kt), by quadrant in
//! the analysis and one for all in the forecast; `Radius70PercentProbability` is the circle that holds the centre with
//! 70 %. `StateTransfer` and `MovingPrediction` are words and are kept as such.
//!
//! CWA numbers depressions and typhoons by its own count, which is not the international one (its 26 of 2026 is
//! the world's 27th): the key is `cwa:` with the year and the depression's number, which a storm keeps when it is named
//! (`cwa:2026TD30`).
//!
//! Never: an international number.

use std::borrow::Cow;

use serde::Deserialize;

use super::Source;
use super::formats::china::{self, tau_h};
use super::formats::cyclone::{Cyclone, radii, sound_pressure};
use super::formats::dates::When;
use super::formats::fault_log::FaultLog;
use super::formats::json::{List, Maybe, Num, Text};
use super::formats::{dates, json, text};
use crate::domain::{
    ActiveStorms, Averaging, Bulletin, Fault, Fix, Hazard, HazardText, Parsed, Place, Position, Technique, Timestamp,
    WindRadii, hours,
};

/// CWA's tropical cyclones. The format is `cwa`.
#[derive(Debug)]
pub struct Cwa;

/// 15 m/s and 25 m/s in whole knots.
const CIRCLE_15_KT: u32 = 29;
const CIRCLE_25_KT: u32 = 49;
/// Nobody forecasts a storm further than that.
const TAU_MAX_H: f64 = 384.0;

impl Source for Cwa {
    fn id(&self) -> &'static str {
        "cwa"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let head = json::head(body);
        let is_dataset = || head.contains("C0034-005");
        let has = |keys: &[&str]| json::has_keys(body, keys);
        has(&["TropicalCyclones"])
            || has(&["tropicalCyclones"])
            || (is_dataset() && (has(&["records"]) || has(&["cwaopendata"]) || has(&["cwbopendata"])))
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let mut parsed = Parsed::default();
        match json::parse::<Answer<'_>>(&text) {
            Ok(answer) => read(&answer, bulletin, &mut parsed, &mut log),
            Err(fault) => log.push(fault),
        }
        Parsed { faults: log.into_faults(), ..parsed }
    }
}

/// The REST answer, the file, or the records alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow)]
    success: Text<'a>,
    #[serde(borrow)]
    records: Option<Maybe<Records<'a>>>,
    #[serde(borrow, alias = "cwbopendata")]
    cwaopendata: Option<Maybe<File<'a>>>,
    #[serde(borrow, rename = "TropicalCyclones", alias = "tropicalCyclones")]
    cyclones: Option<Maybe<Cyclones<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File<'a> {
    #[serde(borrow, rename = "Dataset", alias = "dataset")]
    dataset: Maybe<Records<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Records<'a> {
    #[serde(borrow, rename = "TropicalCyclones", alias = "tropicalCyclones")]
    cyclones: Maybe<Cyclones<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cyclones<'a> {
    #[serde(borrow, rename = "TropicalCyclone", alias = "tropicalCyclone")]
    list: List<Told<'a>>,
}

/// A cyclone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told<'a> {
    #[serde(borrow, rename = "Year", alias = "year")]
    year: Text<'a>,
    #[serde(borrow, rename = "TyphoonName", alias = "typhoonName")]
    name: Text<'a>,
    #[serde(borrow, rename = "CwaTyphoonName", alias = "cwaTyphoonName", alias = "cwbTyphoonName")]
    chinese: Text<'a>,
    #[serde(borrow, rename = "CwaTdNo", alias = "cwaTdNo", alias = "cwbTdNo")]
    depression: Text<'a>,
    #[serde(borrow, rename = "CwaTyNo", alias = "cwaTyNo", alias = "cwbTyNo")]
    typhoon: Text<'a>,
    #[serde(borrow, rename = "AnalysisData", alias = "analysisData")]
    analysis: Maybe<Fixes<'a>>,
    #[serde(borrow, rename = "ForecastData", alias = "forecastData")]
    forecast: Maybe<Fixes<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fixes<'a> {
    #[serde(borrow, rename = "Fix", alias = "fix")]
    list: List<Point<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Point<'a> {
    #[serde(borrow, rename = "DateTime", alias = "fixTime")]
    time: Text<'a>,
    #[serde(borrow, rename = "InitialTime", alias = "initTime")]
    base: Text<'a>,
    #[serde(rename = "ForecastHour", alias = "tau")]
    hour: Num,
    #[serde(rename = "CoordinateLongitude")]
    lon: Num,
    #[serde(rename = "CoordinateLatitude")]
    lat: Num,
    #[serde(borrow)]
    coordinate: Text<'a>,
    #[serde(rename = "MaxWindSpeed", alias = "maxWindSpeed")]
    wind_ms: Num,
    #[serde(rename = "MaxGustSpeed", alias = "maxGustSpeed")]
    gust_ms: Num,
    #[serde(rename = "Pressure", alias = "pressure")]
    pressure: Num,
    #[serde(borrow, rename = "Circle15ms", alias = "Circle15Ms", alias = "circleOf15Ms")]
    circle_15: Maybe<Circle<'a>>,
    #[serde(borrow, rename = "Circle25ms", alias = "Circle25Ms", alias = "circleOf25Ms")]
    circle_25: Maybe<Circle<'a>>,
    #[serde(rename = "Radius70PercentProbability", alias = "radiusOf70PercentProbability")]
    circle_km: Num,
    #[serde(borrow, rename = "MovingPrediction", alias = "movingPrediction")]
    moving: List<Words<'a>>,
    #[serde(borrow, rename = "StateTransfer", alias = "stateTransfer", alias = "stateTransfers")]
    state: List<Words<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Circle<'a> {
    #[serde(rename = "Radius", alias = "radius")]
    km: Num,
    #[serde(borrow, rename = "QuadrantRadii", alias = "quadrantRadii")]
    quadrants: Maybe<Quadrants<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Quadrants<'a> {
    #[serde(borrow, rename = "Radius", alias = "radius")]
    list: List<Quadrant<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Quadrant<'a> {
    #[serde(alias = "Value")]
    value: Num,
    #[serde(borrow, alias = "Dir", alias = "direction")]
    dir: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Words<'a> {
    #[serde(borrow, alias = "Value")]
    value: Text<'a>,
    #[serde(borrow, alias = "Lang")]
    lang: Text<'a>,
}

fn read(answer: &Answer<'_>, bulletin: &Bulletin, parsed: &mut Parsed, log: &mut FaultLog) {
    if answer.success.get().is_some() && !answer.success.is_true() {
        let place = Place::default().field("success");
        log.push(Fault::fatal(place, "the service refused the question").hint("check the key in the address"));
        return;
    }
    let records = answer.records.as_ref().and_then(|records| records.0.as_ref());
    let file = answer.cwaopendata.as_ref().and_then(|file| file.0.as_ref());
    let cyclones = if let Some(cyclones) = &answer.cyclones {
        cyclones.0.as_ref()
    } else if let Some(records) = records {
        records.cyclones.0.as_ref()
    } else if let Some(file) = file {
        file.dataset.0.as_ref().and_then(|records| records.cyclones.0.as_ref())
    } else {
        let fault = Fault::fatal(Place::default().field("records"), "the document is not dataset W-C0034-005");
        return log.push(fault.hint("fetch `api/v1/rest/datastore/W-C0034-005`"));
    };
    let empty = List::default();
    let list = cyclones.map_or(&empty, |cyclones| &cyclones.list);
    let mut active = ActiveStorms { agency: "cwa".to_owned(), keys: Vec::new() };
    for (at, told) in &list.items {
        if let Some(hazard) = read_cyclone(*at, told, bulletin, log) {
            active.keys.push(hazard.event.clone());
            parsed.hazards.push(hazard);
        }
    }
    parsed.active = Some(active);
}

fn read_cyclone(at: usize, told: &Told<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
    let field = format!("TropicalCyclone[{at}]");
    let empty = List::default();
    let past = told.analysis.0.as_ref().map_or(&empty, |fixes| &fixes.list);
    let past = read_points(past, &format!("{field}.AnalysisData.Fix"), log, |point| time(&point.time));
    let ahead = told.forecast.0.as_ref().map_or(&empty, |fixes| &fixes.list);
    let ahead = read_points(ahead, &format!("{field}.ForecastData.Fix"), log, forecast_time);
    let bases = told.forecast.0.iter().flat_map(|fixes| fixes.list.iter()).filter_map(|point| time(&point.base));
    let Some(now) = past.iter().map(|fix| fix.time).max().or_else(|| bases.max()) else {
        log.push(Fault::fatal(Place::default().field(field), "the cyclone has no fix that could be read"));
        return None;
    };
    let Some(key) = told.key(past.first().or(ahead.first()).map_or(now, |fix| fix.time)) else {
        log.push(Fault::fatal(Place::default().field(field), "the cyclone has neither a number nor a name"));
        return None;
    };
    let mut fixes = past;
    fixes.extend(ahead.into_iter().filter(|fix| fix.time >= now));
    for fix in &mut fixes {
        fix.tau_h = tau_h(fix.time, now);
    }
    let cyclone = Cyclone {
        issued: Some(now),
        name: told.name.get().and_then(china::english_name),
        names: told.chinese.get().and_then(china::chinese_name).into_iter().collect(),
        texts: told.texts(),
        fixes,
        ..Cyclone::new("cwa", "cwa", key, "CWA", Technique::Official, Averaging::TenMinutes)
    };
    Some(cyclone.into_hazard(bulletin))
}

impl Told<'_> {
    /// The year and the depression's number; failing that the typhoon's, failing that the name.
    fn key(&self, first: Timestamp) -> Option<String> {
        let year = self
            .year
            .get()
            .map_or_else(|| first.to_zoned(jiff::tz::TimeZone::UTC).year().to_string().into(), Cow::Borrowed);
        let number = |text: &Text<'_>, word: &str| {
            let number: u32 = text.get()?.parse().ok().filter(|number| *number > 0)?;
            Some(format!("cwa:{year}{word}{number:02}"))
        };
        let by_name = || self.name.get().map(|name| format!("cwa:{year}-{}", name.to_uppercase()));
        number(&self.depression, "TD").or_else(|| number(&self.typhoon, "TY")).or_else(by_name)
    }

    /// How it moves now and what it will become, in each language of the document.
    fn texts(&self) -> Vec<HazardText> {
        let now = self.analysis.0.as_ref().and_then(|fixes| fixes.list.items.last());
        let moving = now.into_iter().flat_map(|(_, point)| point.moving.iter()).map(|words| (None, words));
        let ahead = self.forecast.0.iter().flat_map(|fixes| fixes.list.iter());
        let state = ahead.flat_map(|point| point.state.iter().map(|words| (point.hour.0, words)));
        let mut texts: Vec<HazardText> = Vec::new();
        for (hour, words) in moving.chain(state) {
            let Some(value) = words.value.get() else { continue };
            let line = hour.map_or_else(|| value.to_owned(), |hour| format!("+{hour} h: {value}"));
            let (lang, event) = match words.lang.get().unwrap_or_default().to_ascii_lowercase().as_str() {
                lang if lang.starts_with("en") => ("en-US", "Tropical cyclone"),
                _ => ("zh-TW", "熱帶氣旋"),
            };
            match texts.iter_mut().find(|text| text.lang == lang) {
                Some(text) => text.description.get_or_insert_default().extend(["\n", &line]),
                None => texts.push(HazardText {
                    lang: lang.to_owned(),
                    event: event.to_owned(),
                    description: Some(line),
                    ..HazardText::default()
                }),
            }
        }
        texts
    }
}

/// Points as fixes, yet without tau.
fn read_points(
    points: &List<Point<'_>>,
    field: &str,
    log: &mut FaultLog,
    time_of: impl Fn(&Point<'_>) -> Option<Timestamp>,
) -> Vec<Fix> {
    let mut fixes = Vec::with_capacity(points.items.len());
    for (at, point) in &points.items {
        let Some(fix) = time_of(point).and_then(|time| fix_of(point, time)) else {
            let place = Place::default().field(format!("{field}[{at}]"));
            log.push(Fault::minor(place, "a fix without a time or place is passed over"));
            continue;
        };
        fixes.push(fix);
    }
    fixes
}

fn fix_of(point: &Point<'_>, time: Timestamp) -> Option<Fix> {
    let circles = [(CIRCLE_15_KT, &point.circle_15), (CIRCLE_25_KT, &point.circle_25)];
    let circles = circles.into_iter().filter_map(|(kt, circle)| radii_of(kt, circle.0.as_ref()?));
    Some(Fix {
        vmax_kt: china::wind_kt(point.wind_ms),
        gust_kt: china::wind_kt(point.gust_ms),
        pmin_hpa: point.pressure.0.and_then(sound_pressure),
        circle_km: point.circle_km.within(1.0, 5_000.0),
        radii: circles.collect(),
        ..Fix::at(time, 0, position(point)?)
    })
}

/// Today's two numbers, or the pair of old: `"144.0,15.7"`, longitude first.
fn position(point: &Point<'_>) -> Option<Position> {
    let pair = || {
        let (lon, lat) = point.coordinate.get()?.split_once(',')?;
        Some((lon.trim().parse().ok()?, lat.trim().parse().ok()?))
    };
    let (lon, lat) = point.lon.0.zip(point.lat.0).or_else(pair)?;
    Position::lat_lon(lat, lon).ok()
}

/// A circle's radii: by quadrant where they are told, else the one for all.
fn radii_of(kt: u32, circle: &Circle<'_>) -> Option<WindRadii> {
    let quadrants = circle.quadrants.0.as_ref();
    let of = |dir: &str| {
        let mut list = quadrants.into_iter().flat_map(|quadrants| quadrants.list.iter());
        let told = list.find(|quadrant| quadrant.dir.get().is_some_and(|told| told.eq_ignore_ascii_case(dir)));
        told.and_then(|quadrant| quadrant.value.0).or(circle.km.0)
    };
    radii(kt, [of("NE")?, of("SE")?, of("SW")?, of("NW")?])
}

fn time(text: &Text<'_>) -> Option<Timestamp> {
    let text = text.get()?;
    match dates::rfc_3339(text) {
        Some(When::At(instant)) => Some(instant),
        // Without its offset it is Taipei's clock.
        _ => dates::civil(text, 8),
    }
}

fn forecast_time(point: &Point<'_>) -> Option<Timestamp> {
    let hour = point.hour.within(0.0, TAU_MAX_H)?;
    time(&point.base)?.checked_add(hours(hour)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeedId;

    fn parse(body: &str) -> Parsed {
        let bulletin = Bulletin::new(FeedId::new("test"), "", "", Timestamp::UNIX_EPOCH, body.as_bytes().to_vec());
        Cwa.parse(&bulletin)
    }

    const FIX: &str = "{\"DateTime\":\"2024-07-24T08:00:00+08:00\",\"CoordinateLongitude\":\"123.3\",\
        \"CoordinateLatitude\":\"22.8\",\"MaxWindSpeed\":\"48\"}";

    /// A cyclone with one fix and these fields besides.
    fn cyclone(fields: &str) -> Parsed {
        parse(&format!(
            "{{\"records\":{{\"TropicalCyclones\":{{\"TropicalCyclone\":{{{fields}\"AnalysisData\":{{\"Fix\":{FIX}}}}}}}}}}}"
        ))
    }

    #[track_caller]
    fn check_key(fields: &str, expected: Option<&str>) {
        let parsed = cyclone(fields);
        assert_eq!(parsed.hazards.first().map(|hazard| hazard.event.as_str()), expected, "{fields}");
        assert_eq!(parsed.faults.is_empty(), expected.is_some(), "{:?}", parsed.faults);
        assert!(parsed.hazards.iter().all(|hazard| hazard.aliases.is_empty()));
    }

    #[test]
    fn keys_are_cwas_own() {
        check_key("\"Year\":\"2024\",\"CwaTdNo\":\"05\",\"CwaTyNo\":\"03\",", Some("cwa:2024TD05"));
        check_key("\"year\":2024,\"cwaTdNo\":\"\",\"cwbTyNo\":3,", Some("cwa:2024TY03"));
        check_key("\"CwaTdNo\":\"5\",", Some("cwa:2024TD05"));
        check_key("\"TyphoonName\":\"Gaemi\",", Some("cwa:2024-GAEMI"));
        check_key("", None);
    }

    #[test]
    fn no_storms_are_no_fault() {
        for body in [
            "{\"success\":\"true\",\"records\":{\"dataid\":\"C0034-005\",\"TropicalCyclones\":{\"TropicalCyclone\":[]}}}",
            "{\"success\":\"true\",\"records\":{\"dataid\":\"C0034-005\",\"note\":\"\"}}",
            "{\"success\":\"true\",\"records\":{\"dataid\":\"C0034-005\",\"TropicalCyclones\":null}}",
            "{\"cwaopendata\":{\"dataid\":\"C0034-005\",\"Dataset\":{\"TropicalCyclones\":\"\"}}}",
        ] {
            assert!(Cwa.recognises(body.as_bytes()), "{body}");
            let parsed = parse(body);
            assert!(parsed.faults.is_empty() && parsed.hazards.is_empty(), "{body}: {:?}", parsed.faults);
            assert_eq!(parsed.active.unwrap().agency, "cwa");
        }
        assert!(parse("{\"success\":\"false\"}").faults[0].is_fatal);
    }

    #[test]
    fn the_file_has_the_same_within() {
        let body = format!(
            "{{\"cwaopendata\":{{\"dataset\":{{\"tropicalCyclones\":{{\"tropicalCyclone\":[{{\"cwaTdNo\":\"5\",\
             \"analysisData\":{{\"fix\":[{FIX}]}}}}]}}}}}}}}"
        );
        assert_eq!(parse(&body).hazards.len(), 1);
    }

    #[test]
    fn a_missing_quadrant_is_as_wide_as_the_circle() {
        let circle = "{\"Radius\":\"280\",\"QuadrantRadii\":{\"Radius\":[{\"value\":\"300\",\"dir\":\"NE\"}]}}";
        let radii = radii_of(29, &json::parse(circle).unwrap()).unwrap();
        assert_eq!(radii, WindRadii { kt: 29, ne_km: 300.0, se_km: 280.0, sw_km: 280.0, nw_km: 280.0 });
        assert!(radii_of(29, &json::parse("{\"Radius\":\"0\"}").unwrap()).is_none());
        assert!(radii_of(29, &json::parse("{\"Radius\":\"\"}").unwrap()).is_none());
    }
}
