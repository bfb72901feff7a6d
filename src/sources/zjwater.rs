//! Typhoons as the water authority of Zhejiang tells them: `TyphoonInfo/ID`, `TyphoonList/YYYY` and `TyhoonActivity`
//! (so spelt) of typhoon.slt.zj.gov.cn, in JSONP or bare.
//!
//! In: an array of one storm (or the storm alone) with every past point and, at each, the forecasts that stood then; or
//! an array of storms without points. Out: of a storm, CMA's track and the latest forecast of every other agency; of a
//! list, links and which storms are active.
//!
//! The site's conventions: every number is a string, `""` where it is not known; times are UTC+8 without padding
//! (`2021/9/23 20:00:00`); winds are m/s; `radius7`, `radius10` and `radius12` are kilometres in the order NE, SE,
//! **NW, SW** (so labelled by sites that show the same figures; radii of storms that move to the north-east agree:
//! `400|280|400|250` is wide in the north).
//!
//! Whose word it is: past points and 中国 are CMA's, in 2-minute winds. The others are each agency's official forecast,
//! in its own averaging period (JMA, HKO, CWA and KMA 10 minutes, JTWC 1): figures of the site agree with those
//! agencies' to the rounding, so that they are not converted. An agency that we do not know is guidance. The key
//! is the site's own (`zjwater:202116`), so that nothing here takes the place of what an agency's own feed says.
//!
//! Never: a forecast older than a day joined to CMA's track, or one of a storm that has stopped, unless the last point
//! bears it. `land` may hold no landfall (the genesis point): only what names a place is told.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Source;
use super::formats::china::{self, Centre, tau_h};
use super::formats::cyclone::{Cyclone, radii, sound_pressure};
use super::formats::fault_log::FaultLog;
use super::formats::json::{List, Num, Text};
use super::formats::{dates, json, text};
use crate::domain::{
    ActiveStorms, Bulletin, Fault, Fix, Hazard, HazardText, Parsed, Place, Span, Technique, Timestamp, WindRadii,
};

/// Zhejiang's typhoons. The format is `zjwater`.
#[derive(Debug)]
pub struct Zjwater;

/// The site's clock.
const HOURS_AHEAD: i8 = 8;
/// What the site calls CMA.
const CMA: &str = "中国";
/// How old CMA's latest forecast may be, counted from the latest point: a guess, as it is renewed every 3 to 6 hours.
const FORECAST_AGE_MAX: Span = Span::from_hours(24);
/// Of a list's storms that have stopped, how many of the latest are followed, for their last word.
const STOPPED_MAX: usize = 5;
/// A list of more running storms is not followed to its end.
const RUNNING_MAX: usize = 100;

impl Source for Zjwater {
    fn id(&self) -> &'static str {
        "zjwater"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        json::has_keys(body, &["enname", "isactive"])
            || json::has_keys(body, &["tfid", "enname"])
            || json::has_keys(body, &["forecastpoints", "tm"])
            || json::has_keys(body, &["centerlat", "centerlng", "enname"])
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let text = china::mend_strings(&text);
        let mut parsed = Parsed::default();
        match json::parse::<List<Storm<'_>>>(&text) {
            Ok(storms) => read_storms(&storms, bulletin, &mut parsed, &mut log),
            Err(fault) => log.push(fault),
        }
        Parsed { faults: log.into_faults(), ..parsed }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Storm<'a> {
    #[serde(borrow)]
    tfid: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    enname: Text<'a>,
    #[serde(borrow)]
    isactive: Text<'a>,
    #[serde(borrow)]
    points: Option<List<Point<'a>>>,
    #[serde(borrow)]
    land: List<Landfall<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Point<'a> {
    #[serde(borrow)]
    time: Text<'a>,
    lat: Num,
    lng: Num,
    pressure: Num,
    speed: Num,
    #[serde(borrow)]
    radius7: Text<'a>,
    #[serde(borrow)]
    radius10: Text<'a>,
    #[serde(borrow)]
    radius12: Text<'a>,
    #[serde(borrow)]
    forecast: List<Forecast<'a>>,
    /// Where it is, in words.
    #[serde(borrow)]
    ckposition: Text<'a>,
    /// How far it is from the province, in words.
    #[serde(borrow)]
    jl: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Forecast<'a> {
    #[serde(borrow)]
    tm: Text<'a>,
    #[serde(borrow)]
    forecastpoints: List<Step<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Step<'a> {
    #[serde(borrow)]
    time: Text<'a>,
    lat: Num,
    lng: Num,
    pressure: Num,
    speed: Num,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Landfall<'a> {
    #[serde(borrow)]
    info: Text<'a>,
    #[serde(borrow)]
    landaddress: Text<'a>,
    #[serde(borrow)]
    landtime: Text<'a>,
    #[serde(borrow)]
    strong: Text<'a>,
}

impl Storm<'_> {
    /// A list gives `isactive`; the page of current storms lists none but these.
    fn is_running(&self) -> bool {
        self.isactive.get().is_none_or(|active| active == "1" || active.eq_ignore_ascii_case("true"))
    }

    /// The site's number, which is CMA's: `202116`.
    fn id<'b>(&'b self, bulletin: &'b Bulletin) -> Option<&'b str> {
        let is_sound = |id: &&str| id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let of_address = || china::digits_after(&bulletin.url, "TyphoonInfo/");
        self.tfid.get().filter(is_sound).or_else(of_address)
    }
}

fn read_storms(storms: &List<Storm<'_>>, bulletin: &Bulletin, parsed: &mut Parsed, log: &mut FaultLog) {
    if storms.odd > 0 {
        log.push(Fault::minor(Place::default(), format!("{} entries that are no storms are passed over", storms.odd)));
    }
    let is_list_address = bulletin.url.contains("TyphoonList") || bulletin.url.contains("TyhoonActivity");
    let is_view = |storm: &Storm<'_>| storm.points.is_some();
    if storms.items.is_empty() && storms.odd == 0 && is_list_address {
        parsed.active = Some(ActiveStorms { agency: "cma".to_owned(), keys: Vec::new() });
    } else if storms.iter().any(is_view) {
        for (at, storm) in storms.items.iter().filter(|(_, storm)| is_view(storm)) {
            parsed.hazards.extend(read_storm(*at, storm, bulletin, log));
        }
    } else if storms.iter().any(|storm| storm.tfid.get().is_some()) {
        read_list(storms, bulletin, parsed, log);
    } else {
        let fault = Fault::fatal(Place::default(), "the document is neither a storm nor a list of storms");
        log.push(fault.hint("fetch `Api/TyphoonInfo/ID` or `Api/TyphoonList/YYYY`"));
    }
}

/// A list, the oldest storm first.
fn read_list(storms: &List<Storm<'_>>, bulletin: &Bulletin, parsed: &mut Parsed, log: &mut FaultLog) {
    let mut links = Vec::new();
    let mut keys = Vec::new();
    let (mut running, mut stopped) = (0, 0);
    for (at, storm) in storms.items.iter().rev() {
        let Some(id) = storm.id(bulletin) else {
            let place = Place::default().field(format!("[{at}].tfid"));
            log.push(Fault::minor(place, "a storm without its number is passed over"));
            continue;
        };
        let is_running = storm.is_running();
        let count = if is_running { &mut running } else { &mut stopped };
        *count += 1;
        let link = format!("../TyphoonInfo/{id}");
        if *count > if is_running { RUNNING_MAX } else { STOPPED_MAX } || links.contains(&link) {
            continue;
        }
        links.push(link);
        if is_running {
            keys.push(format!("zjwater:{id}"));
        }
    }
    links.reverse();
    keys.reverse();
    parsed.links = links;
    parsed.active = Some(ActiveStorms { agency: "cma".to_owned(), keys });
}

/// The latest forecast of one agency.
struct Latest<'a> {
    place: String,
    is_on_last_point: bool,
    forecast: &'a Forecast<'a>,
}

fn read_storm(at: usize, storm: &Storm<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let Some(id) = storm.id(bulletin) else {
        let place = Place::default().field(format!("[{at}].tfid"));
        log.push(Fault::fatal(place, "the storm has no number").hint("keep the whole answer, or its address"));
        return Vec::new();
    };
    let (fixes, latest) = read_points(at, storm, log);
    let told = Told { storm, id, bulletin };
    let mut hazards = Vec::new();
    if let Some(now) = fixes.iter().map(|fix| fix.time).max() {
        hazards.push(told.of_cma(fixes, now, latest.get(CMA), log));
    } else {
        let place = Place::default().field(format!("[{at}].points"));
        let has_some = storm.points.as_ref().is_some_and(|points| !points.items.is_empty() || points.odd > 0);
        let fault = if has_some { Fault::fatal } else { Fault::minor };
        log.push(fault(place, "the storm has no point that could be read".to_owned()));
    }
    for (name, latest) in latest.iter().filter(|(name, _)| **name != CMA) {
        hazards.extend(told.of_another(name, latest, log));
    }
    hazards
}

/// The points as fixes, yet without tau, and each agency's latest forecast: points stand in order of time.
fn read_points<'a>(at: usize, storm: &'a Storm<'a>, log: &mut FaultLog) -> (Vec<Fix>, BTreeMap<&'a str, Latest<'a>>) {
    let mut fixes = Vec::new();
    let mut latest = BTreeMap::new();
    let points = storm.points.as_ref().map_or(&[][..], |points| &points.items);
    let last = points.last().map_or(0, |(index, _)| *index);
    for (index, point) in points {
        let place = format!("[{at}].points[{index}]");
        if let Some(fix) = fix_of(point) {
            fixes.push(fix);
        } else {
            let place = Place::default().field(&*place);
            log.push(Fault::minor(place, "a point without a time or place is passed over"));
        }
        for (number, forecast) in &point.forecast.items {
            let Some(name) = forecast.tm.get().filter(|_| !forecast.forecastpoints.items.is_empty()) else { continue };
            let place = format!("{place}.forecast[{number}]");
            latest.insert(name, Latest { place, is_on_last_point: *index == last, forecast });
        }
    }
    (fixes, latest)
}

/// What one document says of one storm.
struct Told<'a> {
    storm: &'a Storm<'a>,
    id: &'a str,
    bulletin: &'a Bulletin,
}

impl Told<'_> {
    fn of_cma(&self, mut fixes: Vec<Fix>, now: Timestamp, latest: Option<&Latest<'_>>, log: &mut FaultLog) -> Hazard {
        for fix in &mut fixes {
            fix.tau_h = tau_h(fix.time, now);
        }
        if let Some(latest) = latest {
            let steps = steps_of(latest, Some(now), log);
            let is_fresh = steps.first().is_some_and(|first| now.duration_since(first.time) <= FORECAST_AGE_MAX);
            if latest.is_on_last_point || (self.storm.is_running() && is_fresh) {
                fixes.extend(steps.into_iter().filter(|fix| fix.time > now));
            }
        }
        let cyclone = self.cyclone(&Centre::named(CMA), Technique::Official, now, fixes);
        Cyclone { texts: self.texts(), is_last: !self.storm.is_running(), ..cyclone }.into_hazard(self.bulletin)
    }

    /// Another agency's forecast; its first point is the analysis.
    fn of_another(&self, name: &str, latest: &Latest<'_>, log: &mut FaultLog) -> Option<Hazard> {
        let fixes = steps_of(latest, None, log);
        let issued = fixes.iter().map(|fix| fix.time).min()?;
        let centre = Centre::named(name);
        let standing = if centre.is_known { Technique::Official } else { Technique::Guidance };
        Some(self.cyclone(&centre, standing, issued, fixes).into_hazard(self.bulletin))
    }

    fn cyclone(&self, centre: &Centre, standing: Technique, issued: Timestamp, fixes: Vec<Fix>) -> Cyclone {
        let key = format!("zjwater:{}", self.id);
        Cyclone {
            issued: Some(issued),
            name: self.storm.enname.get().and_then(china::english_name),
            names: self.storm.name.get().and_then(china::chinese_name).into_iter().collect(),
            aliases: china::number_aliases(self.id),
            fixes,
            ..Cyclone::new("zjwater", &centre.agency, key, &centre.technique, standing, centre.averaging)
        }
    }

    /// Where the storm is and where it made landfall, in the site's words.
    fn texts(&self) -> Vec<HazardText> {
        let last = self.storm.points.as_ref().and_then(|points| points.items.last());
        let mut lines: Vec<String> = Vec::new();
        if let Some((_, point)) = last {
            lines.extend([&point.ckposition, &point.jl].into_iter().filter_map(Text::owned));
        }
        lines.extend(self.storm.land.iter().filter_map(landfall_in_words));
        let description = Some(lines.join("\n")).filter(|text| !text.is_empty());
        let event = "台风".to_owned();
        let text = HazardText { lang: "zh-CN".to_owned(), event, description, ..HazardText::default() };
        text.description.is_some().then_some(text).into_iter().collect()
    }
}

fn landfall_in_words(landfall: &Landfall<'_>) -> Option<String> {
    if let Some(info) = landfall.info.owned() {
        return Some(info);
    }
    let place = landfall.landaddress.get()?;
    let strength = landfall.strong.get().map(|strength| format!("（{strength}）")).unwrap_or_default();
    let time = landfall.landtime.get().map(|time| format!("北京时间{time}")).unwrap_or_default();
    Some(format!("{time}登陆{place}{strength}"))
}

fn fix_of(point: &Point<'_>) -> Option<Fix> {
    let radii = [&point.radius7, &point.radius10, &point.radius12].into_iter().zip(china::CIRCLES_KT);
    Some(Fix {
        vmax_kt: china::wind_kt(point.speed),
        pmin_hpa: point.pressure.0.and_then(sound_pressure),
        radii: radii.filter_map(|(text, kt)| radii_of(kt, text.get()?)).collect(),
        ..Fix::at(time(&point.time)?, 0, china::position(point.lat, point.lng)?)
    })
}

/// The steps of a forecast as fixes, counted from `analysis` or, without one, from their first.
fn steps_of(latest: &Latest<'_>, analysis: Option<Timestamp>, log: &mut FaultLog) -> Vec<Fix> {
    let steps = &latest.forecast.forecastpoints;
    let first = steps.iter().filter_map(|step| time(&step.time)).min();
    let analysis = analysis.or(first).unwrap_or_default();
    let mut fixes = Vec::with_capacity(steps.items.len());
    for (at, step) in &steps.items {
        let Some(fix) = step_of(step, analysis) else {
            let place = Place::default().field(format!("{}.forecastpoints[{at}]", latest.place));
            log.push(Fault::minor(place, "a step of the forecast without a time or place is passed over"));
            continue;
        };
        fixes.push(fix);
    }
    fixes
}

fn step_of(step: &Step<'_>, analysis: Timestamp) -> Option<Fix> {
    let time = time(&step.time)?;
    Some(Fix {
        vmax_kt: china::wind_kt(step.speed),
        pmin_hpa: step.pressure.0.and_then(sound_pressure),
        ..Fix::at(time, tau_h(time, analysis), china::position(step.lat, step.lng)?)
    })
}

fn time(text: &Text<'_>) -> Option<Timestamp> {
    dates::civil(text.get()?, HOURS_AHEAD)
}

/// `NE|SE|NW|SW` in kilometres; older records have one radius for all.
fn radii_of(kt: u32, text: &str) -> Option<WindRadii> {
    let numbers: Vec<Option<f64>> = text.split('|').take(5).map(|part| part.trim().parse().ok()).collect();
    match *numbers.as_slice() {
        [Some(ne), Some(se), Some(nw), Some(sw)] => radii(kt, [ne, se, sw, nw]),
        [Some(all)] => radii(kt, [all; 4]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeedId;

    fn parse(url: &str, body: &str) -> Parsed {
        let bulletin = Bulletin::new(FeedId::new("test"), "", url, Timestamp::UNIX_EPOCH, body.as_bytes().to_vec());
        Zjwater.parse(&bulletin)
    }

    /// A running storm with these fields besides its names.
    fn storm(fields: &str) -> Parsed {
        storm_that("1", fields)
    }

    fn stopped(fields: &str) -> Parsed {
        storm_that("0", fields)
    }

    fn storm_that(is_active: &str, fields: &str) -> Parsed {
        let body = format!("{{\"enname\":\"IN-FA\",\"isactive\":\"{is_active}\",\"name\":\"烟花\",{fields}}}");
        assert!(Zjwater.recognises(body.as_bytes()));
        parse("http://x/Api/TyphoonInfo/202106", &body)
    }

    const POINT: &str = "{\"time\":\"2021/7/27 8:00:00\",\"lat\":\"31.3\",\"lng\":\"119.2\",\"speed\":\"20\"";

    #[test]
    fn a_lone_object_is_known_by_its_address() {
        let parsed = storm(&format!("\"points\":[{POINT}}}]"));
        assert_eq!((parsed.hazards.len(), parsed.faults.len()), (1, 0));
        assert_eq!(parsed.hazards[0].id.as_str(), "zjwater:202106:CMA");
        assert!(parse("", &format!("{{\"points\":[{POINT}}}]}}")).faults[0].is_fatal);
    }

    #[track_caller]
    fn check_radii(text: &str, expected: Option<[f64; 4]>) {
        let radii = radii_of(28, text).map(|radii| [radii.ne_km, radii.se_km, radii.sw_km, radii.nw_km]);
        assert_eq!(radii, expected, "{text}");
    }

    #[test]
    fn radii_stand_as_ne_se_nw_sw() {
        check_radii("400|280|390|250", Some([400.0, 280.0, 250.0, 390.0]));
        check_radii("250", Some([250.0; 4]));
        for none in ["", "0|0|0|0", "1|2|3", "a|b|c|d", "1|2|3|4|5"] {
            check_radii(none, None);
        }
    }

    #[test]
    fn forecasts_of_a_stopped_storm_count_on_its_last_point_alone() {
        let step = "{\"time\":\"2021/7/28 8:00:00\",\"lat\":\"32\",\"lng\":\"118\"}";
        let with = format!("{POINT},\"forecast\":[{{\"tm\":\"中国\",\"forecastpoints\":[{step}]}}]}}");
        let fixes = |parsed: Parsed| parsed.hazards[0].track.as_ref().unwrap().fixes.len();
        let later = POINT.replace(" 8:00", " 11:00");
        let both = format!("\"points\":[{with},{later}}}]");
        assert_eq!(fixes(storm(&both)), 3);
        assert_eq!(fixes(stopped(&both)), 2);
        let last = stopped(&format!("\"points\":[{with}]"));
        assert!(last.hazards[0].is_last);
        assert_eq!(fixes(last), 2);
        assert!(storm("\"points\":[7]").faults[0].is_fatal);
        assert!(!storm("\"points\":[]").faults[0].is_fatal);
    }

    #[test]
    fn lists_and_none() {
        let none = parse("http://x/Api/TyphoonList/2021", "[]");
        assert_eq!((none.active.unwrap().keys.len(), none.faults.len()), (0, 0));
        assert!(parse("http://x/Api/TyphoonInfo/1", "[]").faults[0].is_fatal);
        let activity = "[{\"enname\":\"IN-FA\",\"tfid\":\"202106\",\"time\":\"2021/7/27 8:00:00\",\"radius7\":\"\"}]";
        assert!(Zjwater.recognises(activity.as_bytes()));
        let parsed = parse("http://x/Api/TyhoonActivity", activity);
        assert_eq!((parsed.links, parsed.hazards.len()), (vec!["../TyphoonInfo/202106".to_owned()], 0));
        assert_eq!(parsed.active.unwrap().keys, ["zjwater:202106"]);
    }
}
