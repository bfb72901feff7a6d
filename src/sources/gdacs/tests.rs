//! What varies in GDACS's documents.

use super::event::storm_name;
use super::*;
use crate::domain::{FeedId, Hazard, Severity, Timestamp};

fn parse(body: &str) -> Parsed {
    Gdacs.parse(&Bulletin::new(FeedId::new("t"), "", "t", Timestamp::UNIX_EPOCH, body.as_bytes().to_vec()))
}

fn item(inner: &str) -> Parsed {
    parse(&format!(
        "<rss xmlns:gdacs='http://www.gdacs.org' xmlns:georss='http://www.georss.org/georss'><channel><item>
        <title>An alert</title><pubDate>Mon, 22 Sep 2025 06:00:00 GMT</pubDate><georss:point>19.3 121.9</georss:point>
        {inner}</item></channel></rss>"
    ))
}

fn feature(properties: &str, geometry: &str) -> String {
    format!("{{\"type\":\"Feature\",\"properties\":{{{properties}}},\"geometry\":{geometry}}}")
}

fn collection(features: &[String]) -> Parsed {
    parse(&format!("{{\"type\":\"FeatureCollection\",\"features\":[{}],\"bbox\":null}}", features.join(",")))
}

const POINT: &str = "{\"type\":\"Point\",\"coordinates\":[121.9,19.3]}";
const STORM: &str = "\"eventtype\":\"TC\",\"eventid\":1001212,\"alertlevel\":\"Green\",\"iscurrent\":\"true\",
    \"fromdate\":\"2025-12-30T12:00:00\",\"todate\":\"2026-01-01T00:00:00\",\"datemodified\":\"2026-01-01T02:00:00\"";

#[test]
fn names_of_storms() {
    for (text, name) in [
        ("SAUDEL-26", Some("SAUDEL")),
        ("TYPHOON SAUDEL-26", Some("SAUDEL")),
        ("FUNG-WONG-25", Some("FUNG-WONG")),
        ("Tropical Cyclone Narelle-26", Some("NARELLE")),
        ("RAGASA", Some("RAGASA")),
        ("TWENTYTHREE-26", None),
        ("TWO-C-26", None),
        ("12-20252026-26", None),
        ("", None),
    ] {
        assert_eq!(storm_name(text).as_deref(), name, "{text}");
    }
}

#[test]
fn levels_are_humanitarian() {
    for (level, severity) in [
        ("Green", Severity::Minor),
        ("orange", Severity::Severe),
        ("Red", Severity::Extreme),
        ("", Severity::Unknown),
        ("Purple", Severity::Unknown),
    ] {
        for kind in ["TC", "EQ", "FL", "VO", "WF", "DR", "XX"] {
            let parsed = item(&format!(
                "<gdacs:eventtype>{kind}</gdacs:eventtype><gdacs:eventid>7</gdacs:eventid>
                <gdacs:alertlevel>{level}</gdacs:alertlevel>"
            ));
            assert_eq!(parsed.hazards[0].severity, severity, "{kind} {level}");
            assert_eq!(parsed.hazards[0].event, format!("gdacs:{kind}7"));
        }
    }
}

#[test]
fn an_item_is_known_by_its_guid_too() {
    let parsed = item("<guid isPermaLink='false'>EQ1200043</guid>");
    assert_eq!(parsed.hazards[0].id.as_str(), "gdacs:EQ1200043");
    assert_eq!(parsed.hazards[0].footprint.circles.iter().map(|circle| circle.radius_km).collect::<Vec<_>>(), [100.0]);
    for lost in ["", "<guid>urn:x</guid>", "<gdacs:eventtype>TC</gdacs:eventtype><gdacs:eventid>x</gdacs:eventid>"] {
        let parsed = item(lost);
        assert!(parsed.hazards.is_empty() && parsed.faults[0].is_fatal, "{lost}");
    }
}

#[test]
fn links_of_what_is_not_over() {
    let linked = |state: &str, kind: &str| {
        item(&format!(
            "<gdacs:eventtype>{kind}</gdacs:eventtype><gdacs:eventid>7</gdacs:eventid>{state}
            <gdacs:cap>http://g.example/cap.xml</gdacs:cap><gdacs:resources>
            <gdacs:resource url='http://g.example/getgeometry?eventid=7'/></gdacs:resources>"
        ))
        .links
    };
    let current = "<gdacs:iscurrent>true</gdacs:iscurrent>";
    assert_eq!(linked(current, "TC"), ["http://g.example/getgeometry?eventid=7"]);
    assert_eq!(linked(current, "FL"), ["http://g.example/cap.xml"]);
    assert_eq!(linked("", "FL"), ["http://g.example/cap.xml"]);
    assert!(linked("<gdacs:iscurrent>false</gdacs:iscurrent>", "TC").is_empty());
}

#[test]
fn what_is_over_ends_with_its_last_analysis() {
    let parsed = collection(&[feature(&STORM.replace("\"true\"", "false"), POINT)]);
    assert_eq!(parsed.hazards[0].expires.unwrap().to_string(), "2026-01-01T00:00:00Z");
    let parsed = collection(&[feature(STORM, POINT)]);
    assert_eq!(parsed.hazards[0].expires, None);
}

#[test]
fn an_empty_list_says_nothing() {
    assert_eq!(collection(&[]), Parsed::default());
    let empty = "<rss xmlns:gdacs=\"http://www.gdacs.org\"><channel><title>GDACS</title></channel></rss>";
    assert!(Gdacs.recognises(empty.as_bytes()));
    assert_eq!(parse(empty), Parsed::default());
    for body in ["{\"type\":\"FeatureCollection\"}", "[]", "{\"features\":[{\"properties\":{}}]}"] {
        assert!(parse(body).faults.iter().any(|fault| fault.is_fatal), "{body}");
    }
}

#[test]
fn exposed_places_are_no_hazards() {
    let place = "\"title\":\"Hookena\",\"maxheight\":null,\"timemaxh\":null,\"latitude\":\"19.38\"";
    let parsed = collection(&[feature(place, POINT)]);
    assert_eq!(parsed, Parsed::default());
}

/// A small square about a centre, as the circle of a step.
fn centre(key: &str, lat: f64, lon: f64) -> String {
    let (s, n, w, e) = (lat - 0.03, lat + 0.03, lon - 0.03, lon + 0.03);
    let ring = format!("[[[{w:.4},{s:.4}],[{e:.4},{s:.4}],[{e:.4},{n:.4}],[{w:.4},{n:.4}],[{w:.4},{s:.4}]]]");
    let properties = format!("{STORM},\"Class\":\"Point_Polygon_Point_9\",\"featuretype\":\"PointRadii\",{key}");
    feature(&properties, &format!("{{\"type\":\"Polygon\",\"coordinates\":{ring}}}"))
}

fn track(hazard: &Hazard) -> Vec<(String, i32, f64, f64)> {
    let fixes = hazard.track.iter().flat_map(|track| &track.fixes);
    fixes.map(|fix| (fix.time.to_string(), fix.tau_h, fix.position.lat(), fix.position.lon())).collect()
}

#[test]
fn a_track_over_the_turn_of_the_year_and_the_date_line() {
    let centroid = feature(&format!("{STORM},\"Class\":\"Point_Centroid\""), POINT);
    let steps = [
        centre("\"key\":\"01011200\"", -15.2, 181.4),
        centre("\"polygonlabel\":\"31/12 12:00 UTC\"", -14.0, 179.0),
        centre("\"key\":\"01010000\"", -14.6, 179.99),
    ];
    let parsed = collection(&[vec![centroid], steps.to_vec()].concat());
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    let expected = [
        ("2025-12-31T12:00:00Z".to_owned(), -12, -14.0, 179.0),
        ("2026-01-01T00:00:00Z".to_owned(), 0, -14.6, 179.99),
        ("2026-01-01T12:00:00Z".to_owned(), 12, -15.2, -178.6),
    ];
    let found = track(&parsed.hazards[0]);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!((&found.0, found.1), (&expected.0, expected.1));
        assert!((found.2 - expected.2).abs() < 1e-6 && (found.3 - expected.3).abs() < 1e-6, "{found:?}");
    }
}

#[test]
fn a_step_without_a_time_is_told() {
    let parsed = collection(&[centre("\"key\":\"soon\"", 19.3, 121.9), centre("\"key\":\"01010000\"", 19.3, 121.9)]);
    assert_eq!((track(&parsed.hazards[0]).len(), parsed.faults.len()), (1, 1));
}

const CAP: &str = "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>GDACS_WF_7_2</identifier>
    <sender>info-gdacs@gdacs.org</sender><sent>2025-02-28T23:00:00-00:00</sent><status>Actual</status>
    <msgType>Alert</msgType><scope>Public</scope><info><category>Fire</category><event>Forest Fires</event>
    <urgency>Past</urgency><severity>Moderate</severity><certainty>Unknown</certainty>
    <parameter><valueName>eventid</valueName><value>7</value></parameter>
    <parameter><valueName>eventtype</valueName><value>WF</value></parameter>
    <parameter><valueName>alertlevel</valueName><value>Green</value></parameter>
    <parameter><valueName>todate</valueName><value>Sat, 01 Mar 2025 00:00:00 GMT</value></parameter>
    <area><areaDesc>Polygon</areaDesc><polygon>8.0,1.0 9.0,1.0 9.0,2.0 8.0),1.0 8.2,(1.2 8.4,1.2 8.4,1.4 8.2,1.2</polygon>
    </area></info></alert>";

#[test]
fn cap_bears_the_key_and_level_of_the_event() {
    assert!(Gdacs.recognises(CAP.as_bytes()));
    let parsed = parse(CAP);
    let hazard = &parsed.hazards[0];
    assert_eq!((hazard.id.as_str(), hazard.event.as_str()), ("gdacs:WF7:CAP", "gdacs:WF7"));
    assert_eq!((hazard.severity, hazard.format.as_str()), (Severity::Minor, "gdacs"));
    assert_eq!(hazard.footprint.polygons.len(), 2, "{:?}", parsed.faults);
    assert!(parsed.faults.iter().all(|fault| !fault.is_fatal), "{:?}", parsed.faults);
    let parsed = parse(&CAP.replace("01 Mar", "52 Mar"));
    assert!(parsed.faults.iter().any(|fault| fault.is_fatal && fault.what.contains("todate")));
}
