//! `seawall demo`: needs nothing, is the same every time, and warns of Rananim in time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use seawall::domain::Timestamp;
use serde_json::Value;

use crate::harness::{Stage, mails_in, seawall};

/// The warehouse of the story, 40 m from the sea.
const HERO: &str = "TZ-01";
const MANAGER: &str = "li-wei";
const ABOVE: &str = "chen";
/// Reminders that the shipped rule counts before it climbs.
const CLIMB_AFTER: usize = 2;
/// Mails to any one person over the six days of the storm, two about a visit among them: less than four a day for who
/// looks after ten places in its way.
const MAILS_MAX: usize = 22;
/// What the story may take on a screen.
const STORY_LINES_MAX: usize = 44;

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
    climbs_after_reminders_and_by_refusal(&lines);
    is_left_alone_once_it_moves(&lines);
    all_clear_once_each(&lines);
    nobody_drowns_in_mail(&lines);
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
    let of_tz: Vec<&Value> = lines.iter().filter(|line| text(line, "/subject/id") == HERO).collect();
    let is_urgent = |line: &Value| matches!(text(line, "/level"), "warn" | "act");
    let is = |line: &Value, what: &str| text(line, "/what") == what;
    let alert = of_tz.iter().find(|line| is(line, "alert") && is_urgent(line)).expect("a warning for it");
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

/// Chen Jing hears of the warehouse when Li Wei was reminded in vain, and at once when the dealer refuses.
fn climbs_after_reminders_and_by_refusal(lines: &[Value]) {
    let told = told_of_hero(lines);
    let first = told.iter().find(|told| told.person == ABOVE).expect("it climbs");
    assert_eq!(first.why, "climbed");
    let before = told.iter().take_while(|told| told.person != ABOVE);
    let reminders = before.filter(|told| told.person == MANAGER && told.why == "unanswered");
    assert!(reminders.count() >= CLIMB_AFTER, "reminded before it climbs");
    let refused = answered_at(lines, "refused");
    let hears = told.iter().find(|told| told.person == ABOVE && told.why == "dealer-refused");
    assert_eq!(hears.map(|told| told.at), Some(refused), "told in the same turn");
}

/// From `moving` on nobody is reminded of the warehouse, and it climbs no further.
fn is_left_alone_once_it_moves(lines: &[Value]) {
    let moving = answered_at(lines, "moving");
    assert!(answered_at(lines, "done") > moving);
    for told in told_of_hero(lines).iter().filter(|told| told.at >= moving) {
        let nags = matches!(told.why, "unanswered" | "climbed" | "dealer-refused" | "level-rose");
        assert!(!nags, "{} hears {} at {}", told.person, told.why, told.at);
    }
}

/// Whoever was told of an alert hears once that it is over, and nobody else does.
fn all_clear_once_each(lines: &[Value]) {
    let mut told: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for told_now in all_told(lines) {
        let counts = told.entry((told_now.person, told_now.alert)).or_default();
        let is_end = matches!(told_now.why, "danger-over" | "expired" | "cancelled");
        *(if is_end { &mut counts.1 } else { &mut counts.0 }) += 1;
    }
    let reopened = |alert: &str| {
        let opens = |line: &&Value| text(line, "/id") == alert && text(line, "/reason/why") == "first-match";
        lines.iter().filter(opens).count() > 1
    };
    for ((person, alert), (mails, ends)) in told {
        assert!(mails > 0, "{person} hears only of the end of {alert}");
        assert!(ends == 1 || reopened(alert), "{person} hears {ends} times that {alert} is over");
    }
}

fn nobody_drowns_in_mail(lines: &[Value]) {
    let mut mails: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines.iter().filter(|line| text(line, "/what") == "notice") {
        *mails.entry(text(line, "/person")).or_default() += 1;
    }
    assert!(mails.values().all(|count| *count <= MAILS_MAX), "{mails:?}");
}

/// One line of one mail.
struct Told<'a> {
    at: Timestamp,
    person: &'a str,
    alert: &'a str,
    why: &'a str,
}

fn all_told(lines: &[Value]) -> Vec<Told<'_>> {
    let mut all = Vec::new();
    for line in lines.iter().filter(|line| text(line, "/what") == "notice") {
        for news in line.get("changed").and_then(Value::as_array).into_iter().flatten() {
            let (person, alert, why) = (text(line, "/person"), text(news, "/alert"), text(news, "/reason/why"));
            all.push(Told { at: time(line, "/at"), person, alert, why });
        }
    }
    all
}

fn told_of_hero(lines: &[Value]) -> Vec<Told<'_>> {
    all_told(lines).into_iter().filter(|told| told.alert.contains(HERO)).collect()
}

fn answered_at(lines: &[Value], kind: &str) -> Timestamp {
    let of_hero = |line: &&Value| text(line, "/what") == "ack" && text(line, "/id").contains(HERO);
    let answer = lines.iter().filter(of_hero).find(|line| text(line, "/as") == kind);
    time(answer.expect("an answer of that kind"), "/at")
}

/// The text at a JSON pointer, or an empty one.
fn text<'a>(line: &'a Value, pointer: &str) -> &'a str {
    line.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn time(line: &Value, pointer: &str) -> Timestamp {
    text(line, pointer).parse().expect("a time")
}
