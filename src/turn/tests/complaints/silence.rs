//! Silence that is not safety.

use super::*;

/// A storm with alerts, and its feed.
fn threatened() -> Stage {
    let mut stage = watched();
    hours(&mut stage, 0..=0, |hour| well(hour, 0));
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 72)]);
    assert!(stage.live() > 0);
    stage
}

#[test]
fn complaint_07_nobody_can_tell_an_offline_provider_from_no_warnings() {
    let mut stage = watched();
    hours(&mut stage, 0..=0, |hour| well(hour, 0));
    edit(&mut stage, "li", |li| {
        li.digest = Some(DigestWish { at: "07:30".parse().expect("a time"), even_when_quiet: true });
    });
    hours(&mut stage, 1..=24, |hour| well(hour, 0));
    let quiet = stage.mails.iter().find(|mail| mail.person.as_str() == "li").expect("a word that all is quiet").clone();
    assert!(quiet.alerts.is_empty());
    let failing = |hour: i64| FeedState { failures: 4, fault: Some("refused".to_owned()), ..well(hour.min(24), 0) };
    hours(&mut stage, 25..=48, failing);
    let blind = stage.mails.iter().rev().find(|mail| mail.person.as_str() == "li").expect("the next day's word");
    assert_ne!(quiet.text, blind.text);
    assert_eq!(to(&stage, "desk"), ["feed-silent"]);
}

#[test]
fn complaint_08_a_stale_state_gives_false_security() {
    let mut stage = threatened();
    let live = stage.live();
    let failing = |_| FeedState { failures: 4, fault: Some("refused".to_owned()), ..well(0, 0) };
    hours(&mut stage, 1..=20, failing);
    assert_eq!(stage.live(), live, "what was known stays known");
    let mail = stage.mails.iter().rev().find(|mail| mail.person.as_str() == "li").expect("a reminder");
    assert!(mail.text.contains("No news from JTWC since"), "and it is said how old it is: {}", mail.text);
}

#[test]
fn complaint_09_alerts_silently_stop() {
    let mut stage = threatened();
    hours(&mut stage, 1..=6, |_| FeedState { failures: 9, fault: Some("gone".to_owned()), ..well(0, 0) });
    assert_eq!(to(&stage, "desk"), ["feed-silent"], "a mail says that something is broken, once");
}

#[test]
fn complaint_10_one_feed_has_it_and_the_other_does_not_yet() {
    let mut stage = Stage::new();
    // The same message by another feed, hours later and in other bytes.
    stage.hear(h(0), vec![gale("A1", 0, &[])]);
    let mut late = gale("A1", 0, &[]);
    late.source = "another-feed".to_owned();
    assert!(stage.hear(h(3), vec![late]).is_empty());
    assert_eq!((stage.state.events.len(), stage.state.alerts.len()), (1, 1));
}

#[test]
fn complaint_11_a_source_has_nothing_for_minutes_and_then_all_again() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![gale("A1", 0, &[])]);
    let before = stage.state.alerts.clone();
    stage.hear(h(1), vec![]);
    stage.hear(h(2), vec![gale("A1", 0, &[])]);
    assert_eq!(stage.state.alerts, before);
    assert_eq!(to(&stage, "li"), ["first-match"]);
}

#[test]
fn complaint_22_a_fence_that_expires_while_one_is_inside_never_ends() {
    let mut stage = Stage::new();
    let short = Hazard { expires: Some(h(5)), ..gale("A1", 0, &[]) };
    stage.hear(h(0), vec![short]);
    stage.ticks(1..=20);
    assert_eq!(stage.live(), 0);
    assert!(to(&stage, "li").contains(&"expired".to_owned()), "{:?}", to(&stage, "li"));
}

#[test]
fn complaint_29_a_feed_that_moved_or_died_is_noticed_by_nobody() {
    let mut stage = threatened();
    // It answers, and never with anything newer.
    hours(&mut stage, 1..=12, |hour| well(hour, 0));
    assert_eq!(to(&stage, "desk"), ["feed-stale"]);
    assert!(stage.live() > 0);
}
