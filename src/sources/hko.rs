//! The Hong Kong Observatory's tropical cyclones: the list of those it follows and the track of each.
//!
//! In: `tc_list.xml` or `hko_tctrack_<id>.xml` of `www.weather.gov.hk/wxinfo/currwx/`. Out: of the list the links to
//! the tracks and the storms that are active; of a track one hazard with past positions, analysis and forecast.
//!
//! Conventions, as the documents themselves and HKO's "Classification of tropical cyclones" state them:
//! - The wind is the highest 10-minute mean near the centre, in km/h with its unit behind it (`65km/h`); `--` is not
//!   known, which HKO writes for a low that is no tropical cyclone any more.
//! - Times bear an offset: the bulletin's is Hong Kong's (+08:00), those of the positions UTC. One without is read as
//!   Hong Kong's.
//! - Positions are degrees with a hemisphere: `8.10N`, `137.60E`.
//! - The id (`2102`) is HKO's own count of the year, which counts depressions that get no international number:
//!   Ragasa of 2025 was its 2528 and internationally 2518. It is never taken for the international number.
//! - Between the timed positions of a forecast stand others without a time, for drawing the curve; they are no fixes.
//!
//! The JSON of HKO's warnings is another kind, `hko-warning`; this source reads it too when it is told to.
//! Never: a name from the list put on a track (the list alone has the Chinese name), a storm ended because its
//! forecast is empty: HKO says no such thing.

use roxmltree::{Document, Node};

use super::formats::cyclone::{Cyclone, knots_of_kmh, sound_wind};
use super::formats::dates::{When, rfc_3339};
use super::formats::fault_log::FaultLog;
use super::formats::storm_key::real_name;
use super::formats::{text, xml};
use super::{Source, hko_warning};
use crate::domain::{
    ActiveStorms, Averaging, Bulletin, Fault, Fix, Hazard, HazardText, Parsed, Place, Position, Span, Technique,
    Timestamp,
};

/// HKO's list of tropical cyclones and their tracks. The format is `hko`.
#[derive(Debug)]
pub struct Hko;

const LIST: &str = "TropicalCycloneList";
const TRACK: &str = "TropicalCycloneTrack";
/// How far Hong Kong's clock is ahead of UTC; there has been no summer time since 1979.
const CLOCK: Span = Span::from_hours(8);
/// The storms that one list may name; there have never been ten at once.
const STORMS_MAX: usize = 200;

impl Source for Hko {
    fn id(&self) -> &'static str {
        "hko"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        xml::root_name(body).is_some_and(|root| root == LIST || root == TRACK)
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        if hko_warning::is_json(&bulletin.body) {
            return read_warnings(bulletin);
        }
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let mut parsed = match xml::parse(&text) {
            Ok(document) => read_document(&document, bulletin, &mut log),
            Err(fault) => {
                log.push(fault);
                Parsed::default()
            }
        };
        parsed.faults = log.into_faults();
        parsed
    }
}

/// HKO's warnings, read as this format; without any the document is nothing that this source knows.
fn read_warnings(bulletin: &Bulletin) -> Parsed {
    let mut parsed = hko_warning::read(bulletin, "hko");
    if parsed.hazards.is_empty() && parsed.faults.is_empty() {
        let fault = Fault::fatal(Place::default(), "the JSON is neither a list of tropical cyclones nor a track");
        parsed.faults.push(fault.hint("HKO's warnings are of the format `hko-warning`"));
    }
    parsed
}

fn read_document(document: &Document<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Parsed {
    let root = document.root_element();
    match root.tag_name().name() {
        LIST => read_list(root, log),
        TRACK => Parsed { hazards: read_track(root, bulletin, log).into_iter().collect(), ..Parsed::default() },
        name => {
            let shown: String = name.chars().take(40).collect();
            xml::fatal(log, root, &shown, format!("`{shown}` is neither HKO's list of tropical cyclones nor a track"));
            Parsed::default()
        }
    }
}

fn read_list(root: Node<'_, '_>, log: &mut FaultLog) -> Parsed {
    let mut active = ActiveStorms { agency: "hko".to_owned(), keys: Vec::new() };
    let mut links: Vec<String> = Vec::new();
    for storm in children(root, "TropicalCyclone").take(STORMS_MAX) {
        match child_text(storm, "TropicalCycloneID") {
            Some(id) => active.keys.push(format!("hko:{id}")),
            None => xml::fatal(log, storm, "TropicalCycloneID", "the storm has no id"),
        }
        match child_text(storm, "TropicalCycloneURL") {
            Some(link) if !links.contains(&link) => links.push(link),
            Some(_) => {}
            None => xml::fatal(log, storm, "TropicalCycloneURL", "the storm has no link to its track"),
        }
    }
    active.keys.sort();
    active.keys.dedup();
    Parsed { links, active: Some(active), ..Parsed::default() }
}

fn read_track(root: Node<'_, '_>, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
    let bulletin_time = find_text(root, "BulletinTime").and_then(|text| instant(&text));
    let mut fixes: Vec<(Fix, Option<String>)> = Vec::new();
    let mut analysis = None;
    for node in root.descendants().filter(Node::is_element) {
        let part = node.tag_name().name();
        if !matches!(part, "PastInformation" | "AnalysisInformation" | "ForecastInformation") {
            continue;
        }
        let Some(fix) = read_fix(node, part, log) else { continue };
        if part == "AnalysisInformation" {
            analysis = Some(fix.time);
        }
        fixes.push((fix, child_text(node, "Intensity")));
    }
    if fixes.is_empty() {
        xml::fatal(log, root, TRACK, "the track has no position that can be read");
        return None;
    }
    let last_past = fixes.iter().map(|(fix, _)| fix.time).filter(|time| bulletin_time.is_none_or(|b| *time <= b)).max();
    let reference = analysis.or(last_past).or(bulletin_time);
    let Some(key) = key_of(root, bulletin) else {
        xml::fatal(log, root, "tcid", "the track has no id of its storm");
        return None;
    };
    let mut cyclone = Cyclone::new("hko", "hko", key, "HKO", Technique::Official, Averaging::TenMinutes);
    cyclone.issued = bulletin_time.or(reference);
    let english = find_text(root, "TropicalCycloneName").or_else(|| find_text(root, "TropicalCycloneEnglishName"));
    cyclone.name = english.as_deref().and_then(real_name);
    cyclone.names.extend(find_text(root, "TropicalCycloneChineseName"));
    let now = fixes.iter().find(|(fix, _)| Some(fix.time) == reference).and_then(|(_, intensity)| intensity.clone());
    cyclone.texts.extend(now.map(|intensity| words(intensity, cyclone.name.as_deref())));
    cyclone.fixes = fixes.into_iter().map(|(fix, _)| timed(fix, reference)).collect();
    Some(cyclone.into_hazard(bulletin))
}

/// The intensity at the time of the analysis, in HKO's word, with the name behind it.
fn words(intensity: String, name: Option<&str>) -> HazardText {
    let headline = name.map(|name| format!("{intensity} {name}"));
    let lang = if intensity.is_ascii() { "en" } else { "zh-HK" };
    HazardText { lang: lang.to_owned(), event: intensity, headline, ..HazardText::default() }
}

/// The fix with its hours after the analysis.
fn timed(fix: Fix, reference: Option<Timestamp>) -> Fix {
    let hours = reference.map_or(0.0, |reference| crate::domain::hours_between(reference, fix.time).round());
    #[expect(clippy::cast_possible_truncation, reason = "a float is clamped to the range of the integer by `as`")]
    let tau_h = hours as i32;
    Fix { tau_h, ..fix }
}

fn read_fix(node: Node<'_, '_>, part: &str, log: &mut FaultLog) -> Option<Fix> {
    let Some(time) = child_text(node, "Time") else {
        if part != "ForecastInformation" {
            xml::minor(log, node, "Time", "the position has no time and is left out");
        }
        return None;
    };
    let Some(time) = instant(&time) else {
        xml::minor(log, node, "Time", "the time of the position cannot be read; the position is left out");
        return None;
    };
    let degrees = |name: &str, letters| child_text(node, name).and_then(|text| degrees(&text, letters));
    let place = degrees("Latitude", ['N', 'S']).zip(degrees("Longitude", ['E', 'W']));
    let Some(position) = place.and_then(|(lat, lon)| Position::lat_lon(lat, lon).ok()) else {
        xml::minor(log, node, "Latitude", "the place of the position cannot be read; the position is left out");
        return None;
    };
    let mut fix = Fix::at(time, 0, position);
    if let Some(wind) = child_text(node, "MaximumWind").filter(|wind| wind.chars().any(char::is_alphanumeric)) {
        fix.vmax_kt = knots(&wind);
        if fix.vmax_kt.is_none() {
            xml::minor(log, node, "MaximumWind", "the wind is not in km/h or cannot be; it counts as not known");
        }
    }
    Some(fix)
}

/// `65km/h` in knots.
fn knots(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let number = text.strip_suffix("km/h").or_else(|| text.strip_suffix("公里"))?.trim();
    number.parse().ok().map(knots_of_kmh).and_then(sound_wind)
}

/// `8.10N`, or a bare number, as degrees; the second of the letters is the negative side.
fn degrees(text: &str, [positive, negative]: [char; 2]) -> Option<f64> {
    let text = text.trim().to_ascii_uppercase();
    if let Some(number) = text.strip_suffix(negative) {
        return number.trim().parse::<f64>().ok().map(|degrees| -degrees);
    }
    text.strip_suffix(positive).unwrap_or(&text).trim().parse().ok()
}

fn instant(text: &str) -> Option<Timestamp> {
    match rfc_3339(text)? {
        When::At(instant) => Some(instant),
        When::WithoutOffset(instant) => instant.checked_sub(CLOCK).ok(),
    }
}

/// `hko:2102`, from the document or, failing that, from the end of its address.
fn key_of(root: Node<'_, '_>, bulletin: &Bulletin) -> Option<String> {
    let is_id = |id: &str| (1..=16).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let stated = root.attribute("tcid").map(str::trim).filter(|id| is_id(id)).map(str::to_owned);
    let stated = stated.or_else(|| find_text(root, "TropicalCycloneID").filter(|id| is_id(id)));
    let from_address = || {
        let (_, rest) = bulletin.url.rsplit_once("hko_tctrack_")?;
        let id = rest.split('.').next()?;
        is_id(id).then(|| id.to_owned())
    };
    stated.or_else(from_address).map(|id| format!("hko:{id}"))
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

fn child_text(node: Node<'_, '_>, name: &str) -> Option<String> {
    let child = node.children().find(|child| child.is_element() && child.tag_name().name() == name)?;
    xml::text_of(child).map(std::borrow::Cow::into_owned)
}

fn find_text(root: Node<'_, '_>, name: &str) -> Option<String> {
    let node = root.descendants().find(|node| node.is_element() && node.tag_name().name() == name)?;
    xml::text_of(node).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FeedId, Severity};

    fn parse(body: &str) -> Parsed {
        let url = "https://www.weather.gov.hk/wxinfo/currwx/hko_tctrack_2528.xml";
        Hko.parse(&Bulletin::new(FeedId::new("test"), "", url, Timestamp::UNIX_EPOCH, body.as_bytes().to_vec()))
    }

    const ANALYSIS: &str = "<AnalysisInformation><Intensity>Super Typhoon</Intensity><MaximumWind>230km/h</MaximumWind>
        <Time>2025-09-22T06:00:00+00:00</Time><Latitude>19.20N</Latitude><Longitude>122.00E</Longitude>
        </AnalysisInformation>";

    fn track(inner: &str) -> Parsed {
        parse(&format!(
            "<TropicalCycloneTrack><BulletinHeader><BulletinTime>2025-09-22T15:20:00+08:00</BulletinTime>
            </BulletinHeader><WeatherReport><TropicalCycloneName>RAGASA</TropicalCycloneName>{inner}
            </WeatherReport></TropicalCycloneTrack>"
        ))
    }

    /// Hours and winds of the fixes, and the number of faults.
    #[track_caller]
    fn check(inner: &str, fixes: &[(i32, Option<f64>)], faults: usize) {
        let parsed = track(inner);
        let found: Vec<_> = parsed.hazards.iter().filter_map(|hazard| hazard.track.as_ref()).collect();
        let found: Vec<_> = found.iter().flat_map(|t| &t.fixes).map(|fix| (fix.tau_h, fix.vmax_kt)).collect();
        assert_eq!((found.as_slice(), parsed.faults.len()), (fixes, faults), "{:?}", parsed.faults);
    }

    fn position(part: &str, time: &str, wind: &str) -> String {
        format!(
            "<{part}><MaximumWind>{wind}</MaximumWind><Time>{time}</Time><Latitude>20.1N</Latitude>
            <Longitude>119.3E</Longitude></{part}>"
        )
    }

    #[test]
    fn an_analysis_alone() {
        check(ANALYSIS, &[(0, Some(124.2))], 0);
        let hazard = &track(ANALYSIS).hazards[0];
        assert_eq!((hazard.id.as_str(), hazard.name.as_deref()), ("hko:2528:HKO", Some("RAGASA")));
        assert_eq!(hazard.issued.unwrap().to_string(), "2025-09-22T07:20:00Z");
        assert_eq!((hazard.severity, hazard.texts[0].event.as_str()), (Severity::Extreme, "Super Typhoon"));
    }

    #[test]
    fn points_of_the_curve_are_no_fixes() {
        let curve =
            "<ForecastInformation><Latitude>19.3N</Latitude><Longitude>121.8E</Longitude></ForecastInformation>";
        let day = position("ForecastInformation", "2025-09-23T06:00:00+00:00", "220km/h");
        check(&format!("{ANALYSIS}{curve}{curve}{day}"), &[(0, Some(124.2)), (24, Some(118.8))], 0);
    }

    #[test]
    fn winds_of_all_kinds() {
        for (wind, kt) in [("--", None), ("", None), ("65 km/h", Some(35.1)), (" 45km/h ", Some(24.3))] {
            check(
                &format!("{ANALYSIS}{}", position("PastInformation", "2025-09-22T00:00:00Z", wind)),
                &[(-6, kt), (0, Some(124.2))],
                0,
            );
        }
        for wind in ["fast", "9999km/h", "100kt"] {
            check(
                &format!("{ANALYSIS}{}", position("PastInformation", "2025-09-22T00:00:00Z", wind)),
                &[(-6, None), (0, Some(124.2))],
                1,
            );
        }
    }

    #[test]
    fn times_without_offset_are_hong_kongs() {
        let past = position("PastInformation", "2025-09-22T08:00:00", "100km/h");
        check(&format!("{ANALYSIS}{past}"), &[(-6, Some(54.0)), (0, Some(124.2))], 0);
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_told() {
        check(&format!("{ANALYSIS}{}", position("PastInformation", "yesterday", "100km/h")), &[(0, Some(124.2))], 1);
        check(&ANALYSIS.replace("19.20N", "unknown"), &[], 2);
        check("", &[], 1);
        assert!(track("").faults[0].is_fatal);
    }

    #[test]
    fn south_and_west() {
        assert_eq!(degrees("8.10S", ['N', 'S']), Some(-8.1));
        assert_eq!(degrees("178.5 W", ['E', 'W']), Some(-178.5));
        assert_eq!(degrees("121.5", ['E', 'W']), Some(121.5));
        assert_eq!(degrees("north", ['N', 'S']), None);
    }

    #[test]
    fn lists() {
        let empty = parse("<TropicalCycloneList/>");
        assert_eq!(empty.active, Some(ActiveStorms { agency: "hko".to_owned(), keys: vec![] }));
        assert!(empty.faults.is_empty() && empty.links.is_empty());
        let storm = "<TropicalCyclone><TropicalCycloneID>2528</TropicalCycloneID>
            <TropicalCycloneURL>http://h.example/hko_tctrack_2528.xml\n </TropicalCycloneURL></TropicalCyclone>";
        let two = parse(&format!("<TropicalCycloneList>{storm}{storm}</TropicalCycloneList>"));
        assert_eq!(two.links, ["http://h.example/hko_tctrack_2528.xml"]);
        assert_eq!(two.active.unwrap().keys, ["hko:2528"]);
        assert!(parse("<TropicalCycloneList><TropicalCyclone/></TropicalCycloneList>").faults[0].is_fatal);
    }
}
