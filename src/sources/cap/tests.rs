//! Whole alerts: what they become, and what is told of bad ones.

use super::*;
use crate::domain::{FeedId, HazardKind, MsgType, Severity, Status, Timestamp};

fn parse(body: &str) -> Parsed {
    Cap.parse(&Bulletin::new(FeedId::new("test"), "", "alert.xml", Timestamp::UNIX_EPOCH, body.as_bytes().to_vec()))
}

const GALE: &str = include_str!("../../../tests/data/sources/cap/gale-two-languages.xml");
const CANCEL: &str = include_str!("../../../tests/data/sources/cap/cancel.xml");
const FIRES: &str = include_str!("../../../tests/data/sources/cap/two-fires.xml");

#[test]
fn two_languages_are_one_hazard() {
    let parsed = parse(GALE);
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    let [hazard] = parsed.hazards.as_slice() else { panic!("{parsed:?}") };
    assert_eq!(hazard.texts.iter().map(|text| text.lang.as_str()).collect::<Vec<_>>(), ["zh-CN", "en-US"]);
    assert_eq!(hazard.texts[0].description.as_deref(), Some("预计今天中午起沿海有9级大风。<br/>请注意防范。"));
}

#[test]
fn a_cancel_without_info_replaces_what_it_refers_to() {
    let parsed = parse(CANCEL);
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    let [hazard] = parsed.hazards.as_slice() else { panic!("{parsed:?}") };
    assert_eq!(hazard.msg, MsgType::Cancel);
    assert_eq!(hazard.id, parse(GALE).hazards[0].id);
    assert_eq!(hazard.source, "weather.example");
    assert_eq!(hazard.onset, hazard.issued);
}

#[test]
fn two_of_one_language_are_two_hazards() {
    let parsed = parse(FIRES);
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    let ids: Vec<_> = parsed.hazards.iter().map(|hazard| hazard.id.as_str()).collect();
    assert_eq!(ids, ["cap:fires.example,fires-1", "cap:fires.example,fires-1#2"]);
    assert!(parsed.hazards.iter().all(|hazard| hazard.status == Status::Test && hazard.kind == HazardKind::Fire));
    assert_eq!(parsed.hazards[0].texts[0].lang, "en-US");
}

#[test]
fn a_web_address_as_sender_gives_its_domain() {
    let swapped = FIRES.replace("<sender>fires.example<", "<sender>http://www.Fires.example/alerts/<");
    assert_eq!(parse(&swapped).hazards[0].source, "www.fires.example");
}

#[test]
fn the_order_of_references_does_not_matter() {
    let swapped = GALE.replace(
        "duty@weather.example,gale-2,2030-08-12T06:00:00+08:00 duty@weather.example,gale-1,2030-08-12T03:00:00+08:00",
        "duty@weather.example,gale-1,2030-08-12T03:00:00+08:00\n duty@weather.example,gale-2,2030-08-12T06:00:00+08:00",
    );
    assert_ne!(swapped, GALE);
    assert_eq!(parse(&swapped).hazards[0].id.as_str(), "cap:duty@weather.example,gale-1");
}

#[test]
fn the_configured_agency_is_the_source() {
    let mut bulletin =
        Bulletin::new(FeedId::new("test"), "cma", "alert.xml", Timestamp::UNIX_EPOCH, GALE.as_bytes().to_vec());
    assert_eq!(Cap.parse(&bulletin).hazards[0].source, "cma");
    bulletin.agency = String::new();
    assert_eq!(Cap.parse(&bulletin).hazards[0].source, "weather.example");
}

/// Changes a text of the gale's alert; how many hazards are left, and whether each fault is fatal.
#[track_caller]
fn check(from: &str, to: &str, hazards: usize, faults: &[bool]) -> Parsed {
    let body = GALE.replacen(from, to, 1);
    assert_ne!(body, GALE);
    let parsed = parse(&body);
    assert_eq!(parsed.hazards.len(), hazards, "{:?}", parsed.faults);
    let fatal: Vec<_> = parsed.faults.iter().map(|fault| fault.is_fatal).collect();
    assert_eq!(fatal, faults, "{:?}", parsed.faults);
    parsed
}

#[test]
fn what_is_missing_is_named() {
    let parsed = check("<scope>Public</scope>", "", 1, &[true]);
    assert_eq!(
        parsed.faults[0].to_string(),
        ":2:1: the required element `scope` of `alert` is missing or empty (in `scope`)"
    );
    check("<sender>duty@weather.example</sender>", "<sender/>", 0, &[true]);
    check("<identifier>gale-3</identifier>", "", 0, &[true]);
    check("<msgType>Update</msgType>", "", 1, &[true]);
    check("<sent>2030-08-12T09:00:00+08:00</sent>", "", 1, &[true]);
    check("<severity>Severe</severity>", "", 1, &[true]);
    check("<event>Gale</event>", "<event> </event>", 1, &[true]);
}

#[test]
fn an_update_must_refer_to_something() {
    let (_, after) = GALE.split_once("<references>").unwrap();
    let (references, _) = after.split_once("</references>").unwrap();
    let parsed = check(references, "", 1, &[true]);
    assert_eq!(parsed.hazards[0].event, "gale-3");
    assert!(parsed.faults[0].what.contains("must name the message"));
}

#[test]
fn an_unknown_status_is_not_taken_for_actual() {
    check("<status>Actual</status>", "<status>Active</status>", 0, &[true]);
    check("<status>Actual</status>", "<status>ACTUAL</status>", 1, &[]);
}

#[test]
fn odd_words_and_dates_are_told_and_read_on() {
    let parsed = check("<severity>Severe</severity>", "<severity>Red</severity>", 1, &[false]);
    assert_eq!(parsed.hazards[0].severity, Severity::Severe);
    check("<msgType>Update</msgType>", "<msgType>Again</msgType>", 1, &[false]);
    let parsed = check("<onset>2030-08-12T12:00:00+08:00<", "<onset>2030-08-12T02:00:00<", 1, &[false]);
    assert_eq!(parsed.hazards[0].onset, Some("2030-08-12T02:00:00Z".parse().unwrap()));
    check("<onset>2030-08-12T12:00:00+08:00<", "<onset>noon<", 1, &[false]);
}

#[test]
fn an_alert_repeated_in_one_document_is_one() {
    let alert = GALE.split_once("?>").unwrap().1;
    assert_eq!(parse(&format!("<alerts>{alert}{alert}</alerts>")).hazards.len(), 1);
}

#[test]
fn no_alert_is_fatal() {
    let parsed = parse("<html><body>404</body></html>");
    assert!(parsed.faults[0].is_fatal);
    assert!(!Cap.recognises(b"<html>"));
    assert!(Cap.recognises(GALE.as_bytes()) && Cap.recognises(FIRES.as_bytes()));
}

#[test]
fn the_encoding_of_the_declaration_is_heeded() {
    let (text, _, had_errors) = encoding_rs::GBK.encode(GALE);
    assert!(!had_errors);
    let mut body = text.into_owned();
    let declared = b"encoding=\"UTF-8\"";
    let at = body.windows(declared.len()).position(|window| window == declared).unwrap();
    body.splice(at..at + declared.len(), b"encoding='gb2312'".iter().copied());
    let bulletin = Bulletin::new(FeedId::new("test"), "", "alert.xml", Timestamp::UNIX_EPOCH, body);
    assert_eq!(Cap.parse(&bulletin).hazards[0].texts[0].event, "大风");
}
