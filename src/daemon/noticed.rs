//! What can be seen in an answer though the server says that all is well: a page for people, a copy that is older than
//! what was had before, last year's storm, a clock that is wrong. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::FeedConfig;
use crate::domain::{Hazard, HazardId, Parsed, Span, Technique, Timestamp};

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

/// The newest issue time of each warning and storm that came from one address. It is not stored: after a start an old copy
/// is only told from those that came since; an alert rests on what is stored, and no older issue undoes that.
pub(super) type Heard = BTreeMap<HazardId, Timestamp>;

/// How long an issue time is remembered that did not come again.
const HEARD_FOR: Span = Span::from_hours(7 * 24);

/// What is odd about an answer that could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Odd {
    /// An earlier issue of something than came from the same address before, and nothing that is newer.
    #[error("an older copy: {what} of {issued}, though that of {known} was there before; the newer one stays in force")]
    OldCopy {
        /// What it is an issue of.
        what: HazardId,
        /// When it was issued.
        issued: Timestamp,
        /// The newest issue that was had.
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

/// Remembers what came, and forgets what is long past.
pub(super) fn remember(heard: &mut Heard, parsed: &Parsed, now: Timestamp) {
    heard.retain(|_, issued| now.duration_since(*issued) < HEARD_FOR);
    for (hazard, issued) in issues(parsed) {
        let known = heard.entry(hazard.clone()).or_insert(issued);
        *known = issued.max(*known);
    }
}

/// What is odd about a document from an address that has given `heard`.
pub(super) fn odd(parsed: &Parsed, heard: &Heard, feed: &FeedConfig, now: Timestamp) -> Option<Odd> {
    let ahead = parsed.hazards.iter().filter_map(|hazard| hazard.issued).find(|at| is_ahead(*at, now));
    if let Some(newest) = ahead {
        return Some(Odd::Ahead { newest });
    }
    if let Some(old) = old_copy(parsed, heard) {
        return Some(old);
    }
    let newest = newest(parsed, now)?;
    let storm = parsed.hazards.iter().find(|hazard| is_forecast(hazard) && hazard.issued == Some(newest))?;
    let is_old = now.duration_since(newest) > old_after(feed);
    is_old.then(|| Odd::OldStorm { event: storm.event.clone(), newest })
}

/// The newest of several things may end and leave the list; only an earlier issue of the same thing is an old copy.
fn old_copy(parsed: &Parsed, heard: &Heard) -> Option<Odd> {
    let known = |hazard: &HazardId| heard.get(hazard).copied();
    if issues(parsed).any(|(hazard, issued)| known(hazard).is_none_or(|known| issued > known)) {
        return None;
    }
    let mut newest: BTreeMap<&HazardId, Timestamp> = BTreeMap::new();
    for (hazard, issued) in issues(parsed) {
        let at = newest.entry(hazard).or_insert(issued);
        *at = issued.max(*at);
    }
    newest.into_iter().find_map(|(what, issued)| {
        let known = known(what).filter(|known| issued < *known)?;
        Some(Odd::OldCopy { what: what.clone(), issued, known })
    })
}

fn issues(parsed: &Parsed) -> impl Iterator<Item = (&HazardId, Timestamp)> {
    parsed.hazards.iter().filter_map(|hazard| Some((&hazard.id, hazard.issued?)))
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
        let heard: Heard = known.map(|known| (HazardId::new("h"), at(known))).into_iter().collect();
        let said = odd(parsed, &heard, &feed, at(0)).map(|odd| odd.to_string());
        let begins = |said: &String| expected.is_some_and(|expected| said.starts_with(expected));
        assert!(said.as_ref().map_or(expected.is_none(), begins), "{said:?} for {expected:?}");
    }

    #[test]
    fn what_is_odd_and_what_is_not() {
        check(&storm(-3, false), None, None);
        check(&storm(-3, false), Some(-9), None);
        check(&storm(-3, false), Some(-3), None);
        check(&storm(-9, false), Some(-3), Some("an older copy: h of 2004-08-11T15:00:00Z"));
        check(&storm(-47, false), None, None);
        check(&storm(-49, false), None, Some("an old storm: wp162004"));
        check(&storm(-24 * 365, false), None, Some("an old storm"));
        check(&storm(-24 * 365, true), None, None);
        check(&storm(1, false), None, Some("an issue time ahead of our clock"));
        check(&Parsed::default(), Some(-3), None);
    }

    #[test]
    fn a_list_whose_newest_has_ended_is_no_old_copy() {
        let of = |id: &str, issued| {
            let mut parsed = storm(issued, false);
            parsed.hazards[0].id = HazardId::new(id);
            parsed.hazards
        };
        let feed = feed_by_id("jtwc").expect("a feed");
        let mut heard = Heard::new();
        let both = Parsed { hazards: [of("a", -9), of("b", -3)].concat(), ..Parsed::default() };
        remember(&mut heard, &both, at(0));
        let one = Parsed { hazards: of("a", -9), ..Parsed::default() };
        assert_eq!(odd(&one, &heard, &feed, at(0)), None);
        let other = Parsed { hazards: [of("a", -15), of("c", -2)].concat(), ..Parsed::default() };
        assert_eq!(odd(&other, &heard, &feed, at(0)), None, "what is newer besides is news");
        let old = Parsed { hazards: of("a", -15), ..Parsed::default() };
        assert!(matches!(odd(&old, &heard, &feed, at(0)), Some(Odd::OldCopy { .. })));
        remember(&mut heard, &Parsed::default(), at(24 * 8));
        assert!(heard.is_empty(), "what is long past is forgotten");
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
