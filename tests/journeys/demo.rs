//! `seawall demo`: needs nothing, is the same every time, and warns of Rananim in time.

use std::fs;
use std::path::Path;

use seawall::domain::Timestamp;
use serde_json::Value;

use crate::harness::{Stage, mails_in, seawall};

/// What the story may take on a screen.
const STORY_LINES_MAX: usize = 40;

#[test]
fn the_rananim_days() {
    let stage = Stage::new("demo");
    let (first, second) = (stage.path("first"), stage.path("second"));
    let story = demo(&first);
    demo(&second);
    assert!((5..=STORY_LINES_MAX).contains(&story.lines().count()), "a short story, not\n{story}");
    let timeline = fs::read(first.join("timeline.ndjson")).expect("a timeline");
    assert!(timeline == fs::read(second.join("timeline.ndjson")).expect("a timeline"), "the same bytes every time");
    let lines: Vec<Value> = String::from_utf8(timeline)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let mails = mails_in(&first.join("mail"));
    let notices = lines.iter().filter(|line| line["what"] == "notice").count();
    assert_eq!(mails.len(), notices, "a mail for each notice");
    for mail in &mails {
        assert!(!mail.subject.is_empty() && !mail.text.trim().is_empty() && mail.to.contains('@'), "{}", mail.file);
    }
    in_time(&lines);
}

fn demo(out: &Path) -> String {
    let output = seawall(&["demo", "--no-serve", "--out", out.to_str().expect("UTF-8")]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {talk}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The account manager learns of the warehouse at the seawall two days before the gale, with a deadline that
/// leaves half a day.
fn in_time(lines: &[Value]) {
    let of_tz: Vec<&Value> = lines.iter().filter(|line| line["subject"]["id"] == "TZ-01").collect();
    let urgent = |line: &&&Value| line["what"] == "alert" && (line["level"] == "warn" || line["level"] == "act");
    let alert = of_tz.iter().find(urgent).expect("a warning for TZ-01");
    let told = lines
        .iter()
        .find(|line| {
            let names = line["alerts"].as_array().is_some_and(|ids| ids.contains(&alert["id"]));
            line["what"] == "notice" && names && (line["level"] == "warn" || line["level"] == "act")
        })
        .expect("a mail about it");
    // The forecast of the last alert before the wind is the best word on when it came.
    let last = of_tz.iter().rfind(|line| line["what"] == "alert" && line["arrival_34kt"]["first"].is_string());
    let gale = time(&last.expect("a forecast of the gale")["arrival_34kt"]["first"]);
    let (told_at, act_by) = (time(&told["at"]), time(&alert["act_by"]));
    let hours = |from: Timestamp, to: Timestamp| to.duration_since(from).as_hours();
    assert!(hours(told_at, gale) >= 48, "told at {told_at}, the gale came at {gale}");
    assert!(hours(act_by, gale) >= 12, "to be done by {act_by}, the gale came at {gale}");
}

fn time(value: &Value) -> Timestamp {
    value.as_str().and_then(|text| text.parse().ok()).expect("a time")
}
