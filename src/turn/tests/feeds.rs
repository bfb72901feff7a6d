//! Feeds that fall silent, say nothing new, drop a storm: the operator hears of it, and nothing is cleared.

use super::super::Input;
use super::stage::{Stage, TAIZHOU, h, storm};
use crate::domain::*;

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.watches = vec![FeedWatch {
        feed: FeedId::new("jtwc"),
        url: "index".to_owned(),
        agency: "jtwc".to_owned(),
        silence_after: Span::from_hours(1),
        issues_every: Some(Span::from_hours(6)),
        since: h(-100),
    }];
    stage
}

/// The feed as it is after a good answer at that hour, with the newest issue of another.
fn well(hour: i64, issued: i64) -> FeedState {
    let new = FeedState::new(FeedId::new("jtwc"), "index");
    FeedState { ok_at: Some(h(hour)), issued: Some(h(issued)), ..new }
}

/// A turn at each hour; whether the feed answered well then, or nothing new is known of it. What the operator is told.
fn hours(
    stage: &mut Stage,
    hours: std::ops::RangeInclusive<i64>,
    feed: impl Fn(i64) -> Option<FeedState>,
) -> Vec<String> {
    let mut told = Vec::new();
    for hour in hours {
        let input = feed(hour).map(|feed| Input::Feed(Box::new(feed)));
        for mail in stage.turn(h(hour), input.into_iter().collect()) {
            if mail.person.as_str() == "desk" {
                told.push(format!("{hour} {}", mail.why.join(",")));
            }
        }
    }
    told
}

fn newest_to<'a>(stage: &'a Stage, person: &str) -> &'a Notice {
    stage.mails.iter().rev().find(|mail| mail.person.as_str() == person).expect("a mail")
}

fn begin() -> Stage {
    let mut stage = stage();
    assert_eq!(hours(&mut stage, 0..=0, |_| Some(well(0, 0))), [""; 0]);
    stage.hear(h(0), vec![storm("wp162004", 0, TAIZHOU, 72)]);
    assert!(stage.live() > 0);
    stage
}

#[test]
fn silence_is_told_once_said_in_the_next_mail_and_clears_nothing() {
    let mut stage = begin();
    let live = stage.live();
    let failing = |hour| FeedState { failures: 3, fault: Some(format!("500 at {hour}\nhint: x")), ..well(0, 0) };
    assert_eq!(hours(&mut stage, 1..=5, |hour| Some(failing(hour))), ["2 feed-silent"]);
    let mail = newest_to(&stage, "desk");
    assert!(mail.text.contains("No good answer from JTWC since Sun 8 Aug 03:00"), "{}", mail.text);
    assert!(mail.text.contains("What we see: 500 at 2\n"), "{}", mail.text);
    assert!(mail.text.contains(&format!("rest on this agency: {live}.")), "{}", mail.text);
    assert!(mail.html.contains("seawall feeds check jtwc"), "{}", mail.html);
    assert_eq!(stage.live(), live, "nothing is cleared by silence");

    let worse = storm("wp162004", 5, TAIZHOU, 24);
    stage.hear(h(5), vec![worse]);
    let mail = newest_to(&stage, "li");
    assert!(mail.text.contains("No news from JTWC since"), "{}", mail.text);

    // It speaks again, and that has to last; the mail is in the thread of the first.
    assert_eq!(hours(&mut stage, 6..=10, |hour| Some(well(hour, 5))), ["8 feed-over"]);
    let mails: Vec<&Notice> = stage.mails.iter().filter(|mail| mail.person.as_str() == "desk").collect();
    assert_eq!(
        (mails.len(), &mails[1].references, &mails[1].subject),
        (2, &vec![mails[0].message_id.clone()], &mails[0].subject)
    );
    assert_eq!(stage.live(), live);
}

#[test]
fn not_modified_for_ever_is_silence_once_the_next_bulletin_is_overdue() {
    let mut stage = begin();
    let live = stage.live();
    assert_eq!(hours(&mut stage, 1..=10, |hour| Some(well(hour, 0))), [""; 0], "late is not silent");
    assert_eq!(hours(&mut stage, 11..=14, |hour| Some(well(hour, 0))), ["11 feed-stale"]);
    assert!(newest_to(&stage, "desk").text.contains("said nothing newer since"), "{}", newest_to(&stage, "desk").text);
    stage.hear(h(14), vec![storm("wp162004", 14, TAIZHOU, 40)]);
    assert_eq!(hours(&mut stage, 15..=18, |hour| Some(well(hour, 14))), ["17 feed-over"]);
    assert_eq!(stage.live(), live);
}

#[test]
fn nothing_new_without_a_storm_is_no_silence() {
    let mut stage = stage();
    assert_eq!(hours(&mut stage, 0..=48, |hour| Some(well(hour, 0))), [""; 0]);
    let mut last = storm("wp162004", 0, TAIZHOU, 72);
    last.is_last = true;
    stage.hear(h(49), vec![last]);
    assert_eq!(hours(&mut stage, 49..=60, |hour| Some(well(hour, 0))), [""; 0], "the last word was had");
}

#[test]
fn a_storm_that_is_dropped_without_a_final_bulletin_is_told_and_stays() {
    let mut stage = begin();
    let live = stage.live();
    let list = |keys: &[&str]| {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Some(ActiveStorms { agency: "jtwc".to_owned(), keys })
    };
    let naming = |hour| FeedState { active: list(&["wp162004", "wp172004"]), ..well(hour, hour) };
    let dropping = |hour| FeedState { active: list(&["wp172004"]), ..well(hour, hour) };
    assert_eq!(hours(&mut stage, 1..=3, |hour| Some(naming(hour))), [""; 0]);
    assert_eq!(hours(&mut stage, 4..=8, |hour| Some(dropping(hour))), ["6 feed-unnamed"]);
    let mail = newest_to(&stage, "desk");
    assert!(mail.text.replace('\n', " ").contains("JTWC no longer names WP162004 since"), "{}", mail.text);
    stage.hear(h(8), vec![storm("wp162004", 8, TAIZHOU, 24)]);
    let mail = newest_to(&stage, "li");
    assert!(mail.text.replace("\n  ", " ").contains("JTWC no longer names this storm since"), "{}", mail.text);
    assert_eq!(stage.live(), live);
    assert_eq!(hours(&mut stage, 9..=12, |hour| Some(naming(hour))), ["11 feed-over"]);
}

#[test]
fn a_final_bulletin_explains_why_a_storm_is_no_longer_named() {
    let mut stage = begin();
    let list = |keys: &[&str]| {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Some(ActiveStorms { agency: "jtwc".to_owned(), keys })
    };
    hours(&mut stage, 1..=1, |hour| Some(FeedState { active: list(&["wp162004"]), ..well(hour, hour) }));
    hours(&mut stage, 2..=2, |hour| Some(FeedState { active: list(&[]), ..well(hour, hour) }));
    let mut last = storm("wp162004", 2, TAIZHOU, 72);
    last.is_last = true;
    stage.hear(h(2), vec![last]);
    let told = hours(&mut stage, 3..=9, |hour| Some(FeedState { active: list(&[]), ..well(hour, hour) }));
    assert_eq!(told, [""; 0]);
}

#[test]
fn what_is_odd_for_long_is_told_and_what_flickers_is_not() {
    let mut stage = begin();
    let odd = |hour| FeedState { fault: Some("an older copy".to_owned()), ..well(hour, hour) };
    assert_eq!(
        hours(&mut stage, 1..=8, |hour| Some(if hour % 2 == 0 { odd(hour) } else { well(hour, hour) })),
        [""; 0]
    );
    assert_eq!(hours(&mut stage, 9..=12, |hour| Some(odd(hour))), ["10 feed-odd"]);
}

#[test]
fn an_operator_sleeps_while_nothing_is_in_danger() {
    let mut stage = stage();
    let night = QuietHours { from: "00:00".parse().expect("a time"), to: "12:00".parse().expect("a time") };
    stage.portfolio.people.get_mut(&PersonId::new("desk")).expect("the desk").quiet = Some(night);
    // The hours begin at three in the morning, UTC.
    assert_eq!(hours(&mut stage, 0..=12, |hour| (hour == 0).then(|| well(0, 0))), ["9 feed-silent"]);
}
