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
    let notices = lines.iter().filter(|line| text(line, "/what") == "notice").count();
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
    let of_tz: Vec<&Value> = lines.iter().filter(|line| text(line, "/subject/id") == "TZ-01").collect();
    let is_urgent = |line: &Value| matches!(text(line, "/level"), "warn" | "act");
    let is = |line: &Value, what: &str| text(line, "/what") == what;
    let alert = of_tz.iter().find(|line| is(line, "alert") && is_urgent(line)).expect("a warning for TZ-01");
    let names_it = |line: &Value| {
        let ids = line.get("alerts").and_then(Value::as_array);
        ids.is_some_and(|ids| ids.iter().any(|id| id.as_str() == Some(text(alert, "/id"))))
    };
    let told = lines.iter().find(|line| is(line, "notice") && is_urgent(line) && names_it(line));
    let told = told.expect("a mail about it");
    // The forecast of the last alert before the wind is the best word on when it came.
    let last = of_tz.iter().rfind(|line| is(line, "alert") && !text(line, "/arrival_34kt/first").is_empty());
    let gale = time(last.expect("a forecast of the gale"), "/arrival_34kt/first");
    let (told_at, act_by) = (time(told, "/at"), time(alert, "/act_by"));
    let hours = |from: Timestamp, to: Timestamp| to.duration_since(from).as_hours();
    assert!(hours(told_at, gale) >= 48, "told at {told_at}, the gale came at {gale}");
    assert!(hours(act_by, gale) >= 12, "to be done by {act_by}, the gale came at {gale}");
}

/// The text at a JSON pointer, or an empty one.
fn text<'a>(line: &'a Value, pointer: &str) -> &'a str {
    line.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn time(line: &Value, pointer: &str) -> Timestamp {
    text(line, pointer).parse().expect("a time")
}
