//! Whole answers of the API: what they become, and what is told of them.

use super::*;
use crate::domain::{FeedId, HazardKind, MsgType, Severity, Status, Timestamp};

fn parse(body: &str) -> Parsed {
    Nws.parse(&Bulletin::new(FeedId::new("test"), "", "alerts", Timestamp::UNIX_EPOCH, body.into()))
}

#[track_caller]
fn check(body: &str, hazards: usize, faults: usize, fatal: bool) -> Parsed {
    let parsed = parse(body);
    let is_fatal = parsed.faults.iter().any(|fault| fault.is_fatal);
    assert_eq!((parsed.hazards.len(), parsed.faults.len(), is_fatal), (hazards, faults, fatal), "{:?}", parsed.faults);
    parsed
}

const IDA: &str = include_str!("../../../tests/data/sources/nws/ida.json");
const GRAPH: &str = include_str!("../../../tests/data/sources/nws/graph.json");

#[test]
fn alerts_with_their_zones_and_chains() {
    let parsed = check(IDA, 4, 0, false);
    let [hurricane, craft, watch, test] = parsed.hazards.try_into().unwrap();
    assert!(hurricane.event.starts_with("KLIX.HU.W.1009.2021/"));
    assert_eq!(hurricane.aliases, ["vtec:KLIX.HU.W.1009.2021"]);
    assert_eq!(hurricane.areas[0].geocodes["UGC"], "LAZ070");
    assert_eq!(hurricane.cap.unwrap().referred().count(), 2);
    assert_eq!(hurricane.expires, Some("2021-08-29T11:15:00Z".parse().unwrap()));
    assert_eq!((craft.kind, craft.footprint.polygons.len()), (HazardKind::Wind, 1));
    assert_eq!(craft.expires, Some("2021-08-30T11:00:00Z".parse().unwrap()));
    assert_eq!((watch.msg, watch.kind), (MsgType::Cancel, HazardKind::Surge));
    assert_eq!(test.status, Status::Test);
    assert_eq!(parsed.links, ["https://api.weather.gov/alerts?cursor=eyJ0IjoxNjMwfQ%3D%3D"]);
}

#[test]
fn segments_of_one_event_stand_side_by_side() {
    let second = IDA.replace(
        "/O.NEW.KLIX.SC.Y.0044.210829T1100Z-210830T1100Z/",
        "/O.CON.KLIX.HU.W.1009.000000T0000Z-000000T0000Z/",
    );
    let hazards = check(&second, 4, 0, false).hazards;
    assert_ne!(hazards[0].id, hazards[1].id);
    assert_ne!(hazards[0].event, hazards[1].event);
    assert_eq!(hazards[0].aliases, hazards[1].aliases);
}

#[test]
fn the_next_message_about_the_same_zones_has_the_same_id() {
    let id = |body: &str| parse(body).hazards[0].id.clone();
    let next = IDA.replace("1da1.001.1", "1da9.003.1").replace("2021-08-28T22:11:00", "2021-08-29T04:11:00");
    assert_eq!(id(IDA), id(&next));
    let fewer = IDA.replace("\"UGC\": [\"LAZ070\"]", "\"UGC\": []");
    assert_eq!(parse(&fewer).hazards[0].areas[0].geocodes["UGC"], "LAZ070 LAZ068");
    assert_ne!(id(IDA), id(&fewer));
}

#[test]
fn repeats_keep_their_id_and_others_of_one_key_are_counted() {
    let feature = |words: &str| {
        format!(
            "{{\"properties\":{{\"id\":\"urn:oid:1\",\"sender\":\"s\",\"sent\":\"2030-01-01T00:00:00Z\",\"status\":\"Actual\",\
             \"messageType\":\"Alert\",\"event\":\"Gale Warning\",\"description\":\"{words}\"}}}}"
        )
    };
    let body = format!("{{\"features\":[{},{},{},{}]}}", feature("a"), feature("b"), feature("a"), feature("c"));
    let ids: Vec<_> = check(&body, 4, 0, false).hazards.iter().map(|hazard| hazard.id.as_str().to_owned()).collect();
    assert_eq!(ids[0], ids[2]);
    assert_eq!((ids[1].clone(), ids[3].clone()), (format!("{}#2", ids[0]), format!("{}#3", ids[0])));
}

#[test]
fn linked_data_has_its_shape_as_text() {
    let hazard = check(GRAPH, 1, 0, false).hazards.remove(0);
    assert_eq!((hazard.kind, hazard.severity), (HazardKind::Wind, Severity::Extreme));
    assert_eq!(hazard.footprint.polygons[0][0].len(), 4);
    let alone = GRAPH.replace("\"@graph\": [{", "").replace("}}],\n \"title\"", "},\n \"title\"");
    assert_eq!(check(&alone, 1, 0, false).hazards[0].event, hazard.event);
    assert!(Nws.recognises(alone.as_bytes()));
}

#[test]
fn one_feature() {
    let start = IDA.find("{\"id\": \"https://api.weather.gov/alerts/urn:oid:2.49.0.1.840.0.1da1.002.1\"").unwrap();
    let end = IDA.find(",\n    {\"id\": \"https://api.weather.gov/alerts/urn:oid:2.49.0.1.840.0.1da2").unwrap();
    let feature = IDA.get(start..end).unwrap();
    assert!(Nws.recognises(feature.as_bytes()));
    assert_eq!(check(feature, 1, 0, false).hazards[0].id, parse(IDA).hazards[1].id);
}

#[test]
fn the_other_answers_hold_no_warnings() {
    check(
        "{\"@context\":{},\"type\":\"FeatureCollection\",\"features\":[],\"title\":\"x\",\"updated\":\"y\"}",
        0,
        0,
        false,
    );
    check("{\"@context\":{},\"@graph\":[]}", 0, 0, false);
    check("{\"type\":\"Feature\",\"properties\":{\"@type\":\"wx:Point\",\"gridId\":\"HFO\"}}", 0, 1, false);
    check(
        "{\"type\":\"Feature\",\"properties\":{\"forecastGenerator\":\"BaselineForecastGenerator\",\"periods\":[]}}",
        0,
        1,
        false,
    );
    let zone = "{\"properties\":{\"@type\":\"wx:Zone\",\"id\":\"HIZ001\"}}";
    check(&format!("{{\"features\":[{zone},{zone}]}}"), 0, 1, false);
}

#[test]
fn refusals_speak() {
    let parsed = check(include_str!("../../../tests/data/sources/nws/refused.json"), 0, 1, true);
    assert!(
        parsed.faults[0].what.contains("404: Data Unavailable For Requested Point: Unable to provide"),
        "{:?}",
        parsed.faults
    );
}

#[test]
fn what_an_alert_lacks() {
    let alert = |inner: &str| format!("{{\"features\":[{{\"properties\":{{{inner}}}}}]}}");
    check(&alert("\"status\":\"Actual\",\"messageType\":\"Alert\",\"event\":\"Gale Warning\""), 1, 1, false);
    check(&alert("\"status\":\"Perhaps\",\"event\":\"Gale Warning\",\"id\":\"a\""), 0, 2, true);
    check(&alert("\"event\":\"Gale Warning\",\"id\":\"a\""), 0, 1, true);
    check(&alert("\"status\":\"Actual\",\"messageType\":\"Alert\",\"id\":\"a\""), 1, 1, true);
    check(&alert("\"status\":\"Actual\",\"event\":\"x\",\"id\":\"a\",\"sent\":\"date:now -5 seconds\""), 1, 1, true);
    check(&alert("\"colour\":\"red\""), 0, 1, true);
    check("{\"features\":[1,{}]}", 0, 2, true);
}
