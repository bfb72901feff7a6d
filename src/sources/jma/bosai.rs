//! The JSON of JMA's typhoon page: the index of current storms, a storm's two documents, and banked ones.
//!
//! `targetTc.json` is an array with an object for each current storm (`tropicalCyclone`, `typhoonNumber`,
//! `category`, `issue`); `TCxxxx/forecast.json` (the map's geometry) and `TCxxxx/specifications.json` (the table) are
//! arrays of parts: a title, the analysis, and the forecasts.

use serde::Deserialize;

use super::advisory::{Advisory, read_advisory};
use super::names::{international_number, key_of};
use super::wire::{Arc, Moment, Words};
use crate::domain::{ActiveStorms, Bulletin, Fault, Hazard, Parsed, Place};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::json::{self, List, Maybe, Num, Row, Text};

/// Snapshots of one storm that are read: more than the advisories that a storm has had in its life (hourly for two
/// weeks).
const SNAPSHOTS_MAX: usize = 2_000;
/// Storms that are current at once; the world has never had twenty.
const STORMS_MAX: usize = 100;

/// A storm's documents, beside the index in its own folder; the table comes last, so that its word stands.
const DOCUMENTS: [&str; 2] = ["forecast", "specifications"];

/// One part of an advisory, in either document.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Part<'a> {
    #[serde(borrow, rename = "part")]
    pub(super) heading: Words<'a>,
    #[serde(borrow)]
    pub(super) issue: Moment<'a>,
    #[serde(borrow)]
    pub(super) typhoon_number: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Words<'a>,
    #[serde(borrow)]
    pub(super) category: Words<'a>,
    pub(super) advanced_hours: Num,
    #[serde(borrow, rename = "validtime")]
    pub(super) valid_time: Moment<'a>,
    pub(super) center: Row<Num>,
    pub(super) track: Maybe<Past>,
    pub(super) probability_circle: Maybe<Drawn>,
    pub(super) gale_warning_area: Maybe<Drawn>,
    pub(super) storm_warning_area: Maybe<Drawn>,
    pub(super) position: Maybe<Where>,
    pub(super) pressure: Num,
    pub(super) maximum_wind: Maybe<Winds>,
    #[serde(borrow)]
    pub(super) gale_warning: List<Side<'a>>,
    #[serde(borrow)]
    pub(super) storm_warning: List<Side<'a>>,
    pub(super) probability_circle_radius: Maybe<Length>,
    #[serde(borrow)]
    pub(super) location: Text<'a>,
}

/// Where the storm was: before it had its number, and since.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Past {
    pub(super) pre_typhoon: Row<Row<Num>>,
    pub(super) typhoon: Row<Row<Num>>,
}

/// A circle in metres, or stretches of circles.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Drawn {
    pub(super) center: Row<Num>,
    pub(super) radius: Num,
    pub(super) arc: Row<Arc>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Where {
    pub(super) deg: Row<Num>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Winds {
    pub(super) sustained: Maybe<Speed>,
    pub(super) gust: Maybe<Speed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Speed {
    pub(super) kt: Num,
    #[serde(rename = "m/s")]
    pub(super) ms: Num,
}

/// How far a wind reaches to one side.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Side<'a> {
    #[serde(borrow)]
    pub(super) area: Words<'a>,
    pub(super) range: Maybe<Length>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Length {
    pub(super) km: Num,
    pub(super) nm: Num,
}

/// A storm in the index.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Target<'a> {
    #[serde(borrow)]
    tropical_cyclone: Text<'a>,
    #[serde(borrow)]
    typhoon_number: Text<'a>,
}

/// Both documents of many issues of one storm.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Banked<'a> {
    #[serde(borrow)]
    tc_id: Text<'a>,
    #[serde(borrow)]
    snapshots: List<Snapshot<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Snapshot<'a> {
    #[serde(borrow)]
    issue: Moment<'a>,
    #[serde(borrow)]
    forecast: List<Part<'a>>,
    #[serde(borrow)]
    specifications: List<Part<'a>>,
}

/// True for any of these documents.
pub(super) fn is_bosai(body: &[u8]) -> bool {
    is_banked(body) || is_index(body) || is_parts(body)
}

fn is_banked(body: &[u8]) -> bool {
    json::has_keys(body, &["tcId", "snapshots"])
}

fn is_index(body: &[u8]) -> bool {
    json::has_keys(body, &["tropicalCyclone", "typhoonNumber"]) || json::has_keys(body, &["tropicalCyclone", "issue"])
}

fn is_parts(body: &[u8]) -> bool {
    json::has_keys(body, &["part", "issue", "typhoonNumber"]) || json::has_keys(body, &["part", "validtime"])
}

/// Reads whichever it is. An empty array is the index on a quiet day.
pub(super) fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Parsed {
    let read = if is_banked(text.as_bytes()) {
        json::parse(text).map(|banked| hazards_only(read_banked(&banked, bulletin, log)))
    } else if is_index(text.as_bytes()) || is_empty_array(text) {
        json::parse(text).map(|targets| read_index(&targets, log))
    } else {
        json::parse(text).map(|parts| hazards_only(read_parts(&parts, bulletin, log)))
    };
    read.unwrap_or_else(|fault| {
        log.push(fault);
        Parsed::default()
    })
}

fn hazards_only(hazards: Vec<Hazard>) -> Parsed {
    Parsed { hazards, ..Parsed::default() }
}

fn is_empty_array(text: &str) -> bool {
    let inside = json::without_padding(text).strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inside.is_some_and(|inside| inside.trim().is_empty())
}

fn read_index(targets: &List<Target<'_>>, log: &mut FaultLog) -> Parsed {
    let mut active = ActiveStorms { agency: "jma".to_owned(), keys: Vec::new() };
    let mut links = Vec::new();
    tell_odd("", targets.odd, log);
    for (at, target) in targets.items.iter().take(STORMS_MAX) {
        let tc = target.tropical_cyclone.get().filter(|tc| key_of(tc).is_some());
        if tc.is_none() {
            let place = Place::default().field(format!("[{at}].tropicalCyclone"));
            log.push(Fault::minor(place, "the storm has no key by which its documents could be found"));
        }
        let number = || target.typhoon_number.get().and_then(international_number);
        let key = tc.and_then(key_of).or_else(|| number().map(|number| format!("number:{number}")));
        if let Some(key) = key.filter(|key| !active.keys.contains(key)) {
            active.keys.push(key);
            links.extend(tc.into_iter().flat_map(|tc| DOCUMENTS.map(|name| format!("{tc}/{name}.json"))));
        }
    }
    if targets.items.len() > STORMS_MAX {
        let what = format!("the index names {} storms; the first {STORMS_MAX} are read", targets.items.len());
        log.push(Fault::fatal(Place::default(), what));
    }
    Parsed { links, active: Some(active), ..Parsed::default() }
}

fn read_banked(banked: &Banked<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let tc = banked.tc_id.get();
    tell_odd("snapshots", banked.snapshots.odd, log);
    if banked.snapshots.items.len() > SNAPSHOTS_MAX {
        let what = format!("there are more than {SNAPSHOTS_MAX} snapshots; only these are read");
        log.push(Fault::fatal(Place::default().field("snapshots"), what));
    }
    let mut hazards = Vec::new();
    for (at, snapshot) in banked.snapshots.items.iter().take(SNAPSHOTS_MAX) {
        let advisory = Advisory {
            tc,
            issued: snapshot.issue.instant(),
            forecast: &snapshot.forecast,
            table: &snapshot.specifications,
            path: format!("snapshots[{at}]."),
        };
        hazards.extend(read_advisory(&advisory, bulletin, log));
    }
    hazards.sort_by_key(|hazard| hazard.issued);
    hazards
}

/// A storm's one document or the other: the table is the one that tells of winds and pressures.
fn read_parts(parts: &List<Part<'_>>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let is_table = parts.iter().any(|part| part.position.0.is_some() || part.maximum_wind.0.is_some());
    let none = List::default();
    let (forecast, table) = if is_table { (&none, parts) } else { (parts, &none) };
    let tc = tc_in_address(&bulletin.url);
    let advisory = Advisory { tc, issued: None, forecast, table, path: String::new() };
    read_advisory(&advisory, bulletin, log).into_iter().collect()
}

/// The storm's own number, which its documents bear in their address alone: `…/data/TC2620/forecast.json`.
fn tc_in_address(url: &str) -> Option<&str> {
    let mut words = url.split(|c: char| !c.is_ascii_alphanumeric());
    words.find(|word| {
        let digits = word.strip_prefix("TC").unwrap_or_default();
        digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Tells of elements that are no objects.
pub(super) fn tell_odd(field: &str, odd: usize, log: &mut FaultLog) {
    if odd > 0 {
        let what = format!("{odd} elements are no objects and are passed over");
        log.push(Fault::minor(Place::default().field(field), what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_addresses() {
        let url = "https://www.jma.go.jp/bosai/typhoon/data/TC2620/forecast.json";
        assert_eq!(tc_in_address(url), Some("TC2620"));
        assert_eq!(tc_in_address("/data/namie_tc_TC2614.json"), Some("TC2614"));
        assert_eq!(tc_in_address("https://x.example/TC/forecast.json?tc=26"), None);
    }

    #[test]
    fn the_index() {
        let mut log = FaultLog::default();
        let text = r#"[{"tropicalCyclone":"TC2632","typhoonNumber":"2626","category":"TS","issue":"2026-09-20T21:45:00+09:00"},
            {"tropicalCyclone":"TC2633","typhoonNumber":"c","category":"TD"},{"tropicalCyclone":"TC2632"},
            {"tropicalCyclone":"../x","typhoonNumber":"2627"},{"typhoonNumber":"d"},7]"#;
        let parsed = read_index(&json::parse(text).unwrap(), &mut log);
        assert_eq!(
            parsed.links,
            [
                "TC2632/forecast.json",
                "TC2632/specifications.json",
                "TC2633/forecast.json",
                "TC2633/specifications.json"
            ]
        );
        assert_eq!(parsed.active.unwrap().keys, ["jma:TC2632", "jma:TC2633", "number:202627"]);
        let faults = log.into_faults();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults.iter().all(|fault| !fault.is_fatal));
    }
}
