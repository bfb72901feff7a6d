//! What the reader promises.

use super::*;
use crate::domain::{FeedId, MsgType, Severity};

fn parse_at(url: &str, body: &str) -> Parsed {
    let bulletin = Bulletin::new(FeedId::new("test"), "", url, Timestamp::UNIX_EPOCH, body.as_bytes().to_vec());
    Qweather.parse(&bulletin)
}

/// One v7 warning with these fields besides.
fn warning(fields: &str) -> Parsed {
    let body = format!(
        "{{\"code\":\"200\",\"updateTime\":\"x\",\"fxLink\":\"x\",\"warning\":[{{\"id\":\"1\",\"sender\":\"气象台\",{fields}}}]}}"
    );
    assert!(Qweather.recognises(body.as_bytes()));
    parse_at("", &body)
}

#[track_caller]
fn check_severity(fields: &str, expected: Severity) {
    assert_eq!(warning(fields).hazards[0].severity, expected, "{fields}");
}

#[test]
fn severities() {
    check_severity("\"type\":\"1001\",\"severity\":\"Major\"", Severity::Severe);
    check_severity("\"type\":\"1001\",\"severity\":\"Standard\"", Severity::Minor);
    check_severity("\"type\":\"1001\",\"severity\":\"\",\"level\":\"红色\"", Severity::Extreme);
    check_severity("\"type\":\"1001\",\"severity\":\"Unknown\",\"severityColor\":\"Orange\"", Severity::Severe);
    check_severity("\"type\":\"1001\"", Severity::Unknown);
}

#[test]
fn green_is_no_warning_and_lifted_is_a_cancel() {
    assert!(warning("\"severity\":\"None\"").hazards.is_empty());
    assert!(warning("\"severityColor\":\"Green\"").hazards.is_empty());
    assert_eq!(warning("\"type\":\"1\",\"status\":\"cancel\"").hazards[0].msg, MsgType::Cancel);
    assert_eq!(warning("\"type\":\"1\",\"title\":\"解除大风预警\"").hazards[0].msg, MsgType::Cancel);
}

#[test]
fn nothing_to_tell_is_no_fault() {
    for body in [
        "{\"code\":\"200\",\"updateTime\":\"\",\"fxLink\":\"\",\"warning\":[]}",
        "{\"code\":\"204\",\"updateTime\":\"\",\"fxLink\":\"\"}",
        "{\"metadata\":{\"tag\":\"\",\"zeroResult\":true},\"alerts\":[]}",
        "{\"code\":\"200\",\"updateTime\":\"\",\"fxLink\":\"\",\"isActive\":\"0\",\"track\":[]}",
    ] {
        assert_eq!(parse_at("", body), Parsed::default(), "{body}");
    }
    assert!(parse_at("", "{\"code\":\"401\"}").faults[0].is_fatal);
    assert!(parse_at("", "{\"code\":\"200\"}").faults[0].is_fatal);
}

const FORECAST: &str = "{\"code\":\"200\",\"updateTime\":\"2021-07-27T03:00+00:00\",\"fxLink\":\"\",\
    \"forecast\":[{\"fxTime\":\"2021-07-27T20:00+08:00\",\"lat\":\"31.7\",\"lon\":\"118.4\",\"windSpeed\":\"18\"}]}";

#[test]
fn the_address_names_the_storm() {
    let hazard = parse_at("https://x/storm-forecast?stormid=NP_2106&key=k", FORECAST).hazards.remove(0);
    assert_eq!(hazard.id.as_str(), "qweather:NP_2106:QWEATHER");
    assert_eq!(hazard.aliases, ["number:202106", "cma:202106"]);
    let nameless = parse_at("", FORECAST);
    assert_eq!((nameless.hazards.len(), nameless.faults.len()), (1, 1));
}

#[test]
fn the_list_leads_to_running_storms() {
    let body = "{\"code\":\"200\",\"updateTime\":\"\",\"fxLink\":\"\",\"storm\":[\
        {\"id\":\"NP_2106\",\"isActive\":\"1\"},{\"id\":\"NP_2105\",\"isActive\":\"0\"},{\"id\":\"a b\",\"isActive\":\"1\"}]}";
    let parsed = parse_at("https://x/v7/tropical/storm-list?basin=NP&year=2021&key=k", body);
    assert_eq!(parsed.links, ["storm-track?stormid=NP_2106&key=k", "storm-forecast?stormid=NP_2106&key=k"]);
    assert_eq!((parsed.active.unwrap().keys, parsed.faults.len()), (vec!["qweather:NP_2106".to_owned()], 1));
}

#[test]
fn times_without_seconds() {
    let of = |text: &str| time(&Text(Some(text.to_owned().into()))).map(|time| time.to_string());
    assert_eq!(of("2024-05-14T20:34+08:00").as_deref(), Some("2024-05-14T12:34:00Z"));
    assert_eq!(of("2024-05-14T20:34Z").as_deref(), Some("2024-05-14T20:34:00Z"));
    assert_eq!(of("2024-05-14T20:34:10+08:00").as_deref(), Some("2024-05-14T12:34:10Z"));
    assert_eq!(of("soon"), None);
}
