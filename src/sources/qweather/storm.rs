//! `QWeather`'s storms.

use serde::Deserialize;

use super::{Answer, time};
use crate::domain::{ActiveStorms, Averaging, Bulletin, Fault, Fix, Hazard, Parsed, Place, Technique, Timestamp};
use crate::sources::formats::china::{self, tau_h};
use crate::sources::formats::cyclone::{Cyclone, sound_pressure};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::json::{List, Maybe, Num, Text};

/// Storms of a list that are followed: more never ran at one time.
const RUNNING_MAX: usize = 100;

/// A storm of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Listed<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, rename = "isActive")]
    is_active: Text<'a>,
}

/// Where a storm was, is or will be.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Point<'a> {
    /// Of the past.
    #[serde(borrow)]
    time: Text<'a>,
    /// Of now.
    #[serde(borrow, rename = "pubTime")]
    published: Text<'a>,
    /// Of the forecast.
    #[serde(borrow, rename = "fxTime")]
    forecast_for: Text<'a>,
    lat: Num,
    lon: Num,
    pressure: Num,
    #[serde(rename = "windSpeed")]
    wind_ms: Num,
    #[serde(rename = "windRadius30")]
    radius_30: Maybe<Radii>,
    #[serde(rename = "windRadius50")]
    radius_50: Maybe<Radii>,
    #[serde(rename = "windRadius64")]
    radius_64: Maybe<Radii>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Radii {
    #[serde(rename = "neRadius")]
    ne: Num,
    #[serde(rename = "seRadius")]
    se: Num,
    #[serde(rename = "swRadius")]
    sw: Num,
    #[serde(rename = "nwRadius")]
    nw: Num,
}

/// The list of a basin's storms: links to each running storm's track and forecast.
pub(super) fn read_list(storms: &List<Listed<'_>>, bulletin: &Bulletin, parsed: &mut Parsed, log: &mut FaultLog) {
    let mut active = ActiveStorms { agency: "qweather".to_owned(), keys: Vec::new() };
    for (at, storm) in &storms.items {
        let Some(id) = storm.id.get().filter(|id| is_id(id)) else {
            let place = Place::default().field(format!("storm[{at}].id"));
            log.push(Fault::minor(place, "a storm without an id is passed over"));
            continue;
        };
        let key = format!("qweather:{id}");
        if !storm.is_active.is_true() || active.keys.contains(&key) || active.keys.len() == RUNNING_MAX {
            continue;
        }
        active.keys.push(key);
        // What else the address asks with (a key) goes along.
        let rest = others(&bulletin.url);
        parsed.links.push(format!("storm-track?stormid={id}{rest}"));
        parsed.links.push(format!("storm-forecast?stormid={id}{rest}"));
    }
    parsed.active = Some(active);
}

/// The parameters of an address but for those of the list itself.
fn others(url: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or_default());
    let is_other =
        |part: &&str| !part.is_empty() && !["basin=", "year=", "stormid="].iter().any(|own| part.starts_with(own));
    query.split('&').filter(is_other).flat_map(|part| ["&", part]).collect()
}

fn is_id(id: &str) -> bool {
    id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A storm's past track, and where it is now.
pub(super) fn read_track(answer: &Answer<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
    let past = answer.track.as_ref().map(|track| fixes_of(track, "track", log)).unwrap_or_default();
    let now = answer.now.0.as_ref().and_then(fix_of);
    let fixes: Vec<Fix> = past.into_iter().chain(now).collect();
    let newest = fixes.iter().map(|fix| fix.time).max();
    let Some((newest, first)) = newest.zip(fixes.iter().min_by_key(|fix| fix.time)) else {
        // A storm of which nothing is told yet.
        let has_some = answer.track.as_ref().is_some_and(|track| !track.items.is_empty()) || answer.now.0.is_some();
        if has_some {
            log.push(Fault::fatal(Place::default().field("track"), "no point of the track could be read"));
        }
        return None;
    };
    let key = key(bulletin, first);
    let is_last = answer.is_active.get() == Some("0");
    let cyclone = Cyclone { is_last, issued: Some(newest), ..cyclone(key, "BEST", Technique::Analysis) };
    Some(finish(Cyclone { aliases: aliases(bulletin), ..cyclone }, fixes, newest, bulletin))
}

/// A storm's forecast.
pub(super) fn read_forecast(
    forecast: &List<Point<'_>>,
    answer: &Answer<'_>,
    bulletin: &Bulletin,
    log: &mut FaultLog,
) -> Option<Hazard> {
    let fixes = fixes_of(forecast, "forecast", log);
    let Some(first) = fixes.iter().min_by_key(|fix| fix.time) else {
        if !forecast.items.is_empty() {
            log.push(Fault::fatal(Place::default().field("forecast"), "no point of the forecast could be read"));
        }
        return None;
    };
    if storm_id(bulletin).is_none() {
        let what = "the document does not say of which storm it is, nor does its address";
        log.push(Fault::minor(Place::default(), what).hint("keep `stormid=…` in the address"));
    }
    let issued = time(&answer.updated).unwrap_or(first.time);
    let cyclone = cyclone(key(bulletin, first), "QWEATHER", Technique::Guidance);
    let cyclone = Cyclone { issued: Some(issued), aliases: aliases(bulletin), ..cyclone };
    Some(finish(cyclone, fixes, issued, bulletin))
}

fn cyclone(key: String, technique: &str, standing: Technique) -> Cyclone {
    Cyclone::new("qweather", "qweather", key, technique, standing, Averaging::TwoMinutes)
}

/// The hazard, its fixes counted from the analysis.
fn finish(cyclone: Cyclone, mut fixes: Vec<Fix>, analysis: Timestamp, bulletin: &Bulletin) -> Hazard {
    for fix in &mut fixes {
        fix.tau_h = tau_h(fix.time, analysis);
    }
    Cyclone { fixes, ..cyclone }.into_hazard(bulletin)
}

/// `NP_2106` of `…?stormid=NP_2106&key=…`.
fn storm_id(bulletin: &Bulletin) -> Option<&str> {
    let (_, rest) = bulletin.url.rsplit_once("stormid=")?;
    rest.split(['&', '#']).next().filter(|id| !id.is_empty() && is_id(id))
}

fn key(bulletin: &Bulletin, first: &Fix) -> String {
    let by_first = || {
        let time = first.time.strftime("%Y%m%dT%H%M");
        format!("qweather:{time}-{:.1}-{:.1}", first.position.lat(), first.position.lon())
    };
    storm_id(bulletin).map_or_else(by_first, |id| format!("qweather:{id}"))
}

/// `NP_2106` is storm 06 of 2021 of the north-west Pacific: the list gives CMA's names and numbers.
fn aliases(bulletin: &Bulletin) -> Vec<String> {
    let number = storm_id(bulletin).and_then(|id| id.strip_prefix("NP"));
    number.map(|number| china::number_aliases(number.trim_start_matches('_'))).unwrap_or_default()
}

fn fixes_of(points: &List<Point<'_>>, list: &str, log: &mut FaultLog) -> Vec<Fix> {
    let mut fixes = Vec::with_capacity(points.items.len());
    for (at, point) in &points.items {
        let Some(fix) = fix_of(point) else {
            let place = Place::default().field(format!("{list}[{at}]"));
            log.push(Fault::minor(place, "a point without a time or place is passed over"));
            continue;
        };
        fixes.push(fix);
    }
    fixes
}

fn fix_of(point: &Point<'_>) -> Option<Fix> {
    let time = [&point.time, &point.published, &point.forecast_for].into_iter().find_map(time)?;
    let circles = [(30.0, &point.radius_30), (50.0, &point.radius_50), (64.0, &point.radius_64)];
    let circles = circles.into_iter().filter_map(|(kt, radii)| {
        let radii = radii.0.as_ref()?;
        china::circle(kt, [radii.ne.0, radii.se.0, radii.sw.0, radii.nw.0])
    });
    Some(Fix {
        vmax_kt: china::wind_kt(point.wind_ms),
        pmin_hpa: point.pressure.0.and_then(sound_pressure),
        radii: circles.collect(),
        ..Fix::at(time, 0, china::position(point.lat, point.lon)?)
    })
}
