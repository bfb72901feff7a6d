//! What can be seen in an answer though the server says that all is well: a page for people, a copy that is older than
//! what was had before, last year's storm, a clock that is wrong. Pure.

use std::time::Duration;

use crate::config::FeedConfig;
use crate::domain::{Hazard, Parsed, Span, Technique, Timestamp};

/// How far a server's clock may be from ours before it is said. HTTP dates have whole seconds, networks are slow, and
/// machines without a time service drift by minutes; our own choice.
const SKEW_MAX: Span = Span::from_mins(5);
/// How far ahead of our clock an issue time may be: some agencies date a bulletin to its nominal hour and send it
/// before (NHC: some 15 min before the hour); the rest is for clocks.
const AHEAD_MAX: Span = Span::from_mins(30);
/// An active storm whose newest issue is older than this is none, whatever the cadence: agencies issue at least every
/// 6 h, and a season's break in one storm (regeneration) does not outlast two days without a bulletin. A guess.
const OLD_MIN: Span = Span::from_hours(48);
/// How many times its expected age an issue must have to be called old.
const OLD_TIMES: i32 = 3;

/// What is odd about an answer that could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Odd {
    /// An earlier issue than one that came from the same address.
    #[error("an older copy: issued {newest}, though {known} was there before; the newer one stays in force")]
    OldCopy {
        /// Its newest issue time.
        newest: Timestamp,
        /// The newest issue time that was had.
        known: Timestamp,
    },
    /// A storm that is long over.
    #[error("an old storm: {event}, issued {newest}; nothing newer stands there")]
    OldStorm {
        /// The storm.
        event: String,
        /// Its newest issue time.
        newest: Timestamp,
    },
    /// An issue time in the future.
    #[error("an issue time ahead of our clock: {newest}")]
    Ahead {
        /// It.
        newest: Timestamp,
    },
    /// The server's clock, or ours, is wrong.
    #[error("the server's clock shows {clock}, ours {now}: one of them is wrong, or the answer is an old copy")]
    Clock {
        /// The server's.
        clock: Timestamp,
        /// Ours.
        now: Timestamp,
    },
}

/// The newest issue time of what a document says, those that lie ahead of our clock left out.
pub(super) fn newest(parsed: &Parsed, now: Timestamp) -> Option<Timestamp> {
    parsed.hazards.iter().filter_map(|hazard| hazard.issued).filter(|at| !is_ahead(*at, now)).max()
}

/// What is odd about a document; `known` is the newest issue time that its address has given.
pub(super) fn odd(parsed: &Parsed, known: Option<Timestamp>, feed: &FeedConfig, now: Timestamp) -> Option<Odd> {
    let ahead = parsed.hazards.iter().filter_map(|hazard| hazard.issued).find(|at| is_ahead(*at, now));
    if let Some(newest) = ahead {
        return Some(Odd::Ahead { newest });
    }
    let newest = newest(parsed, now)?;
    match known {
        Some(known) if newest < known => return Some(Odd::OldCopy { newest, known }),
        _ => {}
    }
    let storm = parsed.hazards.iter().find(|hazard| is_forecast(hazard) && hazard.issued == Some(newest))?;
    let is_old = now.duration_since(newest) > old_after(feed);
    is_old.then(|| Odd::OldStorm { event: storm.event.clone(), newest })
}

/// What is odd about the server's clock.
pub(super) fn odd_clock(clock: Option<Timestamp>, now: Timestamp) -> Option<Odd> {
    let clock = clock.filter(|clock| now.duration_since(*clock).abs() > SKEW_MAX)?;
    Some(Odd::Clock { clock, now })
}

/// How old the newest issue of an active storm may be before it is called old.
pub(super) fn old_after(feed: &FeedConfig) -> Span {
    let expected = feed.issues_every.unwrap_or(feed.silence_after);
    Span::try_from(expected).unwrap_or(OLD_MIN).saturating_mul(OLD_TIMES).max(OLD_MIN)
}

/// The title of a page for people, when the answer is one; empty when it has none. Which pages are also bulletins only
/// a reader can tell.
pub(super) fn page_title(body: &[u8]) -> Option<String> {
    const HEAD: usize = 4_096;
    const TITLE_MAX: usize = 80;
    let head = String::from_utf8_lossy(body.get(..HEAD).unwrap_or(body)).into_owned();
    let small = head.to_ascii_lowercase();
    let start = small.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let begins = ["<!doctype html", "<html", "<head", "<body", "<script"].iter().any(|tag| start.starts_with(tag));
    // An XHTML page begins as XML does.
    let is_page = begins || (start.starts_with("<?xml") && start.contains("<html"));
    if !is_page {
        return None;
    }
    let title = small.find("<title").and_then(|at| {
        let from = at + small.get(at..)?.find('>')? + 1;
        let to = from + small.get(from..)?.find('<')?;
        head.get(from..to)
    });
    let words: Vec<&str> = title.unwrap_or_default().split_whitespace().collect();
    Some(words.join(" ").chars().filter(|c| !c.is_control()).take(TITLE_MAX).collect())
}

fn is_ahead(issued: Timestamp, now: Timestamp) -> bool {
    issued.duration_since(now) > AHEAD_MAX
}

/// A storm that its agency holds active: with a forecast or analysis of its own, and not its last.
fn is_forecast(hazard: &Hazard) -> bool {
    let standing = hazard.track.as_ref().map(|track| track.standing);
    matches!(standing, Some(Technique::Official | Technique::Analysis)) && !hazard.is_last
}

/// A length of time as people say it: `40 s`, `25 min`, `7 h`, `13 d`.
pub(super) fn in_words(age: Span) -> String {
    let age = Duration::try_from(age).unwrap_or_default().as_secs();
    match age {
        0..=89 => format!("{age} s"),
        90..=5_399 => format!("{} min", (age + 30) / 60),
        5_400..=172_799 => format!("{} h", (age + 1_800) / 3_600),
        _ => format!("{} d", (age + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::feed_by_id;
    use crate::domain::{Averaging, DocumentHash, HazardId, HazardKind, Track};

    fn at(hour: i64) -> Timestamp {
        let start: Timestamp = "2004-08-12T00:00:00Z".parse().expect("a time");
        start + Span::from_hours(hour)
    }

    fn storm(issued: i64, is_last: bool) -> Parsed {
        let hash = DocumentHash::of(b"x");
        let track = Track {
            agency: "jtwc".to_owned(),
            technique: "JTWC".to_owned(),
            standing: Technique::Official,
            averaging: Averaging::OneMinute,
            fixes: Vec::new(),
        };
        let bare = Hazard::new(HazardId::new("h"), "jtwc", "atcf", &hash, "wp162004", HazardKind::TropicalCyclone);
        let hazard = Hazard { issued: Some(at(issued)), is_last, track: Some(track), ..bare };
        Parsed { hazards: vec![hazard], ..Parsed::default() }
    }

    fn check(parsed: &Parsed, known: Option<i64>, expected: Option<&str>) {
        let feed = feed_by_id("jtwc").expect("a feed");
        let said = odd(parsed, known.map(at), &feed, at(0)).map(|odd| odd.to_string());
        let begins = |said: &String| expected.is_some_and(|expected| said.starts_with(expected));
        assert!(said.as_ref().map_or(expected.is_none(), begins), "{said:?} for {expected:?}");
    }

    #[test]
    fn what_is_odd_and_what_is_not() {
        check(&storm(-3, false), None, None);
        check(&storm(-3, false), Some(-9), None);
        check(&storm(-3, false), Some(-3), None);
        check(&storm(-9, false), Some(-3), Some("an older copy: issued 2004-08-11T15:00:00Z"));
        check(&storm(-47, false), None, None);
        check(&storm(-49, false), None, Some("an old storm: wp162004"));
        check(&storm(-24 * 365, false), None, Some("an old storm"));
        check(&storm(-24 * 365, true), None, None);
        check(&storm(1, false), None, Some("an issue time ahead of our clock"));
        check(&Parsed::default(), Some(-3), None);
    }

    #[test]
    fn an_issue_time_ahead_is_not_the_newest() {
        assert_eq!(newest(&storm(1, false), at(0)), None);
        let half = Timestamp::from_second(at(0).as_second() + 1_800).expect("in range");
        assert_eq!(newest(&storm(1, false), half), Some(at(1)));
    }

    #[test]
    fn clocks() {
        for (clock, is_odd) in
            [(None, false), (Some(at(0) + SKEW_MAX), false), (Some(at(1)), true), (Some(at(-1)), true)]
        {
            assert_eq!(odd_clock(clock, at(0)).is_some(), is_odd, "{clock:?}");
        }
    }

    #[test]
    fn pages_for_people() {
        for (body, title) in [
            ("<!DOCTYPE html><html><head><title>Access\n Denied</title>", Some("Access Denied")),
            ("\u{feff}\n<HTML><body>no", Some("")),
            ("<?xml version=\"1.0\"?><!DOCTYPE html><html xmlns=\"x\"><title lang='en'>Log in</title>", Some("Log in")),
            ("<?xml version=\"1.0\"?><feed/>", None),
            ("{\"a\": \"<html>\"}", None),
            ("WP, 16, 2004081206", None),
            ("", None),
        ] {
            assert_eq!(page_title(body.as_bytes()).as_deref(), title, "{body}");
        }
    }

    #[test]
    fn ages_as_people_say_them() {
        for (seconds, words) in [(40, "40 s"), (100, "2 min"), (7_200, "2 h"), (200_000, "2 d"), (-5, "0 s")] {
            assert_eq!(in_words(Span::from_secs(seconds)), words);
        }
    }
}
