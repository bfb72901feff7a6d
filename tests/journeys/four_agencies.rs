//! One storm as four agencies tell it, each in its own format: one event, one alert a site, and who said what.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::seawall;

/// The timeline of the archive over the sample portfolio.
fn replayed() -> Vec<Value> {
    let root = env!("CARGO_MANIFEST_DIR");
    let out = tempfile::tempdir().expect("a folder");
    let (portfolio, archive) =
        (format!("{root}/examples/rananim-2004/portfolio"), format!("{root}/tests/data/four-agencies/archive"));
    let to = out.path().display().to_string();
    let output = seawall(&["replay", "--portfolio", &portfolio, "--archive", &archive, "--out", &to]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{talk}");
    let timeline = std::fs::read_to_string(out.path().join("timeline.ndjson")).expect("a timeline");
    timeline.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn at<'v>(line: &'v Value, field: &str) -> &'v Value {
    line.get(field).unwrap_or(&Value::Null)
}

fn text<'v>(line: &'v Value, field: &str) -> &'v str {
    line.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn four_agencies_tell_of_one_storm() {
    let timeline = replayed();
    who_said_what_is_there(&timeline);
    nobody_is_told_twice(&timeline);
}

fn who_said_what_is_there(timeline: &[Value]) {
    let events: BTreeSet<&str> =
        timeline.iter().filter(|line| text(line, "what") == "event").map(|line| text(line, "id")).collect();
    assert_eq!(events.len(), 1, "one storm is one event: {events:?}");

    let mut alerts: BTreeMap<(String, &str), BTreeSet<&str>> = BTreeMap::new();
    for line in timeline.iter().filter(|line| text(line, "what") == "alert") {
        let subject = text(at(line, "subject"), "id");
        alerts.entry((subject.to_owned(), text(line, "rule"))).or_default().insert(text(line, "id"));
    }
    assert!(alerts.keys().any(|(subject, _)| subject == "TZ-01"), "{alerts:?}");
    for (of, ids) in &alerts {
        assert_eq!(ids.len(), 1, "one alert a rule and place: {of:?} {ids:?}");
    }

    // The journal has what changed an alert: the first agency alone opened TZ-01's at the highest level.
    let of_site = timeline
        .iter()
        .filter(|line| text(line, "what") == "alert" && ["TZ-01", "TZ-02"].contains(&text(at(line, "subject"), "id")));
    let words = of_site.filter_map(|line| line["agencies"].as_array()).max_by_key(|words| words.len());
    let words = words.expect("who said what").clone();
    let agencies: Vec<&str> = words.iter().map(|word| text(word, "agency")).collect();
    assert_eq!(agencies, ["jtwc", "cma", "jma", "hko"], "all four side by side, the leading one first");
    for word in &words {
        assert!(
            word["p_34kt"].as_f64().is_some() && word["closest_km"].as_f64().is_some_and(|km| km < 200.0),
            "{word}"
        );
    }

    let told_by: BTreeSet<&str> =
        timeline.iter().filter(|line| text(line, "state") == "told-by").map(|line| text(line, "agency")).collect();
    assert_eq!(told_by.len(), 3, "who joined is in the journal: {told_by:?}");
}

fn nobody_is_told_twice(timeline: &[Value]) {
    let mut firsts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in timeline.iter().filter(|line| text(line, "what") == "notice") {
        for change in line["changed"].as_array().into_iter().flatten() {
            if text(at(change, "reason"), "why") == "first-match" {
                let key = (text(line, "person").to_owned(), text(change, "alert").to_owned());
                *firsts.entry(key).or_default() += 1;
            }
        }
    }
    assert!(!firsts.is_empty());
    assert!(firsts.values().all(|count| *count == 1), "{firsts:?}");
}
