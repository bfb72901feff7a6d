//! What the reader promises.

use super::*;
use crate::domain::{Averaging, FeedId, Technique, Timestamp};

fn parse_at(url: &str, body: &str) -> Parsed {
    let bulletin = Bulletin::new(FeedId::new("test"), "", url, Timestamp::UNIX_EPOCH, body.as_bytes().to_vec());
    Nmc.parse(&bulletin)
}

fn parse(body: &str) -> Parsed {
    parse_at("http://typhoon.nmc.cn/weatherservice/typhoon/jsons/list_default", body)
}

/// A view of a storm with these points.
fn view(status: &str, points: &str) -> Parsed {
    parse(&format!(
        "typhoon_jsons_view_1({{\"typhoon\":[1,\"IN-FA\",\"烟花\",2106,2106,null,null,\"{status}\",[{points}]]}})"
    ))
}

fn point(label: &str, forecasts: &str) -> String {
    format!("[9,\"{label}\",null,\"TS\",119.2,31.3,982,20,\"W\",9,[],{forecasts},null]")
}

/// The hours of CMA's fixes.
#[track_caller]
fn check_hours(parsed: &Parsed, expected: &[i32]) {
    let cma = parsed.hazards.iter().find(|hazard| hazard.source == "cma").unwrap();
    let hours: Vec<i32> = cma.track.iter().flat_map(|track| &track.fixes).map(|fix| fix.tau_h).collect();
    assert_eq!(hours, expected, "{:?}", parsed.faults);
}

const FORECAST: &str = "{\"BABJ\":[[12,\"202107270000\",118.4,31.7,990,18,\"BABJ\",\"TS\"],\
    [24,\"202107270000\",117.4,32.5,992,15,\"BABJ\",\"TD\"]]}";

#[test]
fn the_forecast_of_an_earlier_point_counts_from_now() {
    let points = [point("202107270000", FORECAST), point("202107270300", "null")].join(",");
    check_hours(&view("start", &points), &[-3, 0, 9, 21]);
}

#[test]
fn a_storm_that_has_stopped_has_no_forecast_but_its_last_points() {
    let points = [point("202107270000", FORECAST), point("202107270300", "null")].join(",");
    let parsed = view("stop", &points);
    check_hours(&parsed, &[-3, 0]);
    assert!(parsed.hazards[0].is_last);
    check_hours(&view("stop", &point("202107270000", FORECAST)), &[0, 12, 24]);
}

#[test]
fn an_old_forecast_is_not_kept_alive() {
    let points = [point("202107270000", FORECAST), point("202107280600", "{}")].join(",");
    check_hours(&view("start", &points), &[-30, 0]);
}

#[test]
fn another_centre_is_guidance_in_its_own_averaging() {
    let forecast = FORECAST.replace("BABJ", "PGTW");
    let parsed = view("start", &point("202107270000", &forecast));
    let track = parsed.hazards[1].track.as_ref().unwrap();
    assert_eq!((track.technique.as_str(), track.standing), ("JTWC", Technique::Guidance));
    assert_eq!(track.averaging, Averaging::OneMinute);
    assert_eq!(parsed.hazards[1].id.as_str(), "nmc:1:JTWC");
}

#[test]
fn longitudes_run_past_180() {
    let parsed = view("start", "[9,\"202107270000\",1627344000000,\"TS\",181.5,20,980,20,\"W\",9,[],null,null]");
    let lon = parsed.hazards[0].track.as_ref().unwrap().fixes[0].position.lon();
    assert!((lon - -178.5).abs() < 1e-9);
}

#[test]
fn what_a_point_lacks_is_unknown() {
    let parsed =
        view("start", "[9,\"202107270000\",0,null,119.2,31.3,0,\"\",null,null,[[\"30KTS\",300,null,200,200,9]]]");
    let fix = &parsed.hazards[0].track.as_ref().unwrap().fixes[0];
    assert_eq!((fix.vmax_kt, fix.pmin_hpa, fix.radii.len()), (None, None, 0));
    assert!(parsed.faults.is_empty());
}

#[test]
fn odd_points_are_told_and_the_rest_is_read() {
    let parsed = view("start", &["7".to_owned(), "[]".to_owned(), point("202107270000", "null")].join(","));
    assert_eq!((parsed.hazards.len(), parsed.faults.len()), (1, 2));
    assert!(parsed.faults.iter().all(|fault| !fault.is_fatal));
    assert!(view("start", "7").faults.iter().any(|fault| fault.is_fatal));
    assert!(view("start", "").faults.iter().all(|fault| !fault.is_fatal));
    assert!(parse("typhoon_jsons_view_1({\"typhoon\":null})").faults[0].is_fatal);
}

#[test]
fn lists() {
    let list = |rows: &str| parse(&format!("typhoon_jsons_list_2021(({{\"typhoonList\":[{rows}]}}))"));
    let empty = list("");
    assert_eq!(empty.active.unwrap(), ActiveStorms { agency: "cma".to_owned(), keys: Vec::new() });
    assert!(empty.faults.is_empty());
    let rows: Vec<_> = (1..=9).map(|id| format!("[{id},\"X\",\"x\",\"21{id:02}\",null,null,null,\"stop\"]")).collect();
    let past = list(&rows.join(","));
    assert_eq!((past.links.len(), past.active.unwrap().keys.len()), (STOPPED_MAX, 0));
    let running = list("[3,\"A\",\"甲\n\",\"2101\",\"2101\",null,null,\"start\"],[\"../x\",\"B\"],[3]");
    assert_eq!(running.links, ["view_3"]);
    assert_eq!((running.active.unwrap().keys, running.faults.len()), (vec!["nmc:3".to_owned()], 1));
}

#[test]
fn wrappers_of_all_kinds() {
    for body in ["{\"typhoonList\":[]}", "cb({\"typhoonList\":[]});", "\u{FEFF}a.b( {\"typhoonList\" : []} ) ;\n"] {
        assert!(Nmc.recognises(body.as_bytes()), "{body}");
        let parsed = parse(body);
        assert!(parsed.active.is_some() && parsed.faults.is_empty(), "{body}");
    }
    assert_eq!(parse("a({\"year\":2021}) b({\"typhoonList\":[]}) <html>").faults.len(), 1);
}

#[test]
fn a_lone_point_is_known_by_its_address() {
    let body = point("202107270000", FORECAST);
    assert!(Nmc.recognises(body.as_bytes()));
    assert_eq!(parse_at("x/view_2721805_point.json", &body).hazards[0].event, "nmc:2721805");
    assert!(parse(&body).faults[0].is_fatal);
}
