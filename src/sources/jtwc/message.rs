//! One bulletin of a document: its heading, its kind, and the clock by which its days become dates.

use crate::domain::{Bulletin, Fault, Place, Span, Timestamp};
use crate::sources::formats::dates;
use crate::sources::formats::storm_key::event_key;

/// Those who send JTWC's bulletins: JTWC itself, and for the central and eastern Pacific the Navy's centre beside it.
const CENTRES: [&str; 2] = ["PGTW", "PHNC"];
/// A heading stands within this many lines of a document's beginning.
const HEAD_LINES: usize = 6;
/// A date that a bulletin states of itself or of the bulletin before is at most this far from its heading's day.
const STATED_WITHIN: Span = Span::from_hours(24 * 6);
/// When a bulletin can have been fetched at the earliest: earlier is a clock that nobody set.
const FETCHED_SINCE: Timestamp = Timestamp::constant(946_684_800, 0);
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// What a bulletin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Warning,
    Alert,
    Fix,
    Advisory,
    /// The reasoning behind a warning, for meteorologists; it tells nothing that the warning does not.
    Reasoning,
    Unknown,
}

/// One bulletin.
#[derive(Debug)]
pub(super) struct Message<'a> {
    /// Its heading's first word: `WTPN31`.
    pub(super) heading: &'a str,
    /// Day, hour and minute of its issue, as its heading has them: `221500`.
    issued: &'a str,
    pub(super) kind: Kind,
    /// All of it, from its heading on.
    pub(super) text: &'a str,
    /// The line at which it begins, from 1.
    line: u32,
}

impl Message<'_> {
    /// Its clock; `None` when neither the bulletin nor its address or fetching tells the month.
    pub(super) fn clock(&self, bulletin: &Bulletin) -> Option<Clock> {
        let reference = self.stated_date().or_else(|| {
            let fetched = Some(bulletin.fetched).filter(|fetched| *fetched >= FETCHED_SINCE);
            fetched.or_else(|| date_in_address(&bulletin.url))
        })?;
        self.issued_near(reference).map(|issued| Clock { issued })
    }

    /// When it was issued, nearest to a time.
    pub(super) fn issued_near(&self, about: Timestamp) -> Option<Timestamp> {
        day_time(self.issued).and_then(|day_time| near(day_time, about))
    }

    /// The first date in the bulletin that is about its heading's day.
    fn stated_date(&self) -> Option<Timestamp> {
        stated_dates(self.text).find(|date| {
            self.issued_near(*date)
                .is_some_and(|issued| issued.duration_since(*date).unsigned_abs() <= STATED_WITHIN.unsigned_abs())
        })
    }

    /// A fault of the whole bulletin.
    pub(super) fn fatal(&self, what: &str) -> Fault {
        Fault::fatal(Place::line(self.line).field(self.heading), what)
    }

    /// Something odd in it.
    pub(super) fn minor(&self, what: impl Into<String>) -> Fault {
        Fault::minor(Place::line(self.line).field(self.heading), what)
    }
}

/// Makes dates of a bulletin's days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// When it was issued.
    pub(super) issued: Timestamp,
}

impl Clock {
    /// `191200Z`, `191200`, `19/1200Z`, or `191200Z5` with a check digit; the date nearest to the issue.
    pub(super) fn at(self, text: &str) -> Option<Timestamp> {
        near(day_time(text)?, self.issued)
    }
}

/// The bulletins of a document. What stands before the first heading belongs to none.
pub(super) fn messages(text: &str) -> impl Iterator<Item = Message<'_>> {
    let mut starts = Vec::new();
    let mut at = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        if heading(line).is_some() {
            starts.push((at, number));
        }
        at += line.len();
    }
    let ends: Vec<_> = starts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]).collect();
    starts.into_iter().zip(ends).filter_map(move |((start, line), end)| {
        let text = text.get(start..end)?;
        let (heading, issued) = heading(text.lines().next()?)?;
        Some(Message { heading, issued, kind: kind_of(heading, text), text, line })
    })
}

/// True when one of the first lines is a heading of JTWC's, and the document is not one of its data files.
pub(super) fn is_first(head: &str) -> bool {
    let is_data = head.contains("ATCG MIL") || head.contains("ATCF MIL");
    !is_data && head.lines().take(HEAD_LINES).any(|line| heading(line).is_some())
}

/// `WTPN31 PGTW 221500`, perhaps with `COR` or `CCA` behind: its first word and its day and time.
fn heading(line: &str) -> Option<(&str, &str)> {
    let mut words = line.trim_start_matches('\u{FEFF}').split_whitespace();
    let (heading, centre, issued) = (words.next()?, words.next()?, words.next()?);
    let is_heading = heading.len() == 6
        && ["WT", "WD", "TP", "AB"].iter().any(|beginning| heading.starts_with(beginning))
        && heading.bytes().skip(2).take(2).all(|byte| byte.is_ascii_uppercase())
        && heading.bytes().skip(4).all(|byte| byte.is_ascii_digit());
    let is_time = issued.len() == 6 && issued.bytes().all(|byte| byte.is_ascii_digit());
    (is_heading && is_time && CENTRES.contains(&centre)).then_some((heading, issued))
}

fn kind_of(heading: &str, text: &str) -> Kind {
    match heading.get(..2) {
        Some("TP") => Kind::Fix,
        Some("AB") => Kind::Advisory,
        Some("WD") => Kind::Reasoning,
        _ if subject(text).contains("FORMATION ALERT") || text.contains("FORMATION OF A SIGNIFICANT") => Kind::Alert,
        _ if subject(text).contains("WARNING") || text.contains("WARNING POSITION") => Kind::Warning,
        _ => Kind::Unknown,
    }
}

/// The line or lines that say what a bulletin is about, without `SUBJ` and the slashes; blank when there is none.
pub(super) fn subject(text: &str) -> &str {
    let Some((_, rest)) = text.split_once("SUBJ") else { return "" };
    let rest = rest.trim_start_matches([':', '/', ' ']);
    let end = rest.find("//").or_else(|| rest.find('\n')).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().trim()
}

type DayTime = (i8, i8, i8);

fn day_time(text: &str) -> Option<DayTime> {
    let text = text.trim_end_matches([',', '.', ':']);
    let (text, check) = match text.find('Z') {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, ""),
    };
    let is_check = check.len() <= 1 && check.bytes().all(|byte| byte.is_ascii_digit());
    let mut digits = text.bytes().filter(|byte| *byte != b'/').map(|byte| byte.wrapping_sub(b'0'));
    let mut two = || -> Option<i8> {
        let (tens, units) = (digits.next()?, digits.next()?);
        (tens <= 9 && units <= 9).then(|| i8::try_from(tens * 10 + units).ok()).flatten()
    };
    let found = (two()?, two()?, two()?);
    (is_check && digits.next().is_none()).then_some(found)
}

fn near((day, hour, minute): DayTime, reference: Timestamp) -> Option<Timestamp> {
    dates::near(day, hour, minute, reference)
}

/// The dates that a text states, in its order: `19AUG26`, `190600ZAUG2026`, `262051Z APR 22`.
fn stated_dates(text: &str) -> impl Iterator<Item = Timestamp> {
    text.match_indices(|c: char| c.is_ascii_uppercase()).filter_map(move |(at, _)| {
        let month = MONTHS.iter().position(|month| text.get(at..at + 3) == Some(*month))?;
        let before = text.get(..at)?.trim_end_matches(' ').trim_end_matches('Z');
        let day_at = before.bytes().rev().take_while(u8::is_ascii_digit).take(7).count();
        let digits = before.get(before.len() - day_at..).filter(|digits| matches!(digits.len(), 2 | 6))?;
        let after = text.get(at + 3..)?.trim_start_matches(' ');
        let year_length = after.bytes().take_while(u8::is_ascii_digit).take(5).count();
        let year = after.get(..year_length)?.parse::<i16>().ok()?;
        let year = match year_length {
            2 => 2_000 + year,
            4 => year,
            _ => return None,
        };
        midday(year, i8::try_from(month + 1).ok()?, digits.get(..2)?.parse().ok()?)
    })
}

/// The last date in an address or a file's name: `wp9726web.2026-08-22T130000Z.txt`, `20260822.txt`.
pub(super) fn date_in_address(address: &str) -> Option<Timestamp> {
    let is_apart = |at: usize| !address.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let starts = address.char_indices().filter(|(at, c)| c.is_ascii_digit() && at.checked_sub(1).is_none_or(is_apart));
    let mut dates = starts.filter_map(|(at, _)| {
        let rest = address.get(at..)?;
        let digits: String = rest.chars().take(10).filter(char::is_ascii_digit).take(8).collect();
        let is_date = digits.len() == 8 && (rest.get(4..5) == Some("-") || rest.get(..8) == Some(digits.as_str()));
        let (year, rest) = digits.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        let year = year.parse().ok().filter(|year| is_date && (1_945..2_200).contains(year))?;
        midday(year, month.parse().ok()?, day.parse().ok()?)
    });
    dates.next_back()
}

/// The key of a storm that was first told of at `first`: its season is the one in the file's name, when that is of this
/// storm (`wp1726web.txt`), for a disturbance of December that lives on keeps the year of its number.
pub(super) fn key_of(basin: &str, number: &str, first: Timestamp, bulletin: &Bulletin) -> String {
    let named = bulletin.url.rsplit(['/', '#']).next().and_then(key_in_name);
    let key = event_key(basin, number, first);
    named.filter(|named| named.get(..4) == key.get(..4)).unwrap_or(key)
}

/// The storm of `wp1726web.txt`, `wp1726fix.2026-08-22.txt`, `wp1726.kmz`.
pub(super) fn key_in_name(name: &str) -> Option<String> {
    let (basin, rest) = name.split_at_checked(2)?;
    let (number, rest) = rest.split_at_checked(2)?;
    let (year, ending) = rest.split_at_checked(2)?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = is_digits(number) && is_digits(year) && ["web", "fix", "."].iter().any(|end| ending.starts_with(end));
    (is_name && matches!(basin, "wp" | "io" | "sh" | "cp" | "ep" | "al")).then(|| format!("{basin}{number}20{year}"))
}

fn midday(year: i16, month: i8, day: i8) -> Option<Timestamp> {
    let civil = jiff::civil::DateTime::new(year, month, day, 12, 0, 0, 0).ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings() {
        assert_eq!(heading("WTPN31 PGTW 221500"), Some(("WTPN31", "221500")));
        assert_eq!(heading("WTPN21 PGTW 081400 COR\r"), Some(("WTPN21", "081400")));
        assert_eq!(heading("TPPZ01 PHNC 191439 "), Some(("TPPZ01", "191439")));
        for none in ["WTPZ24 KNHC 080231", "WTPN31 PGTW", "SUBJ/TYPHOON 17W", "WTPN3 PGTW 221500", "WTPQ50 RJTD 221500"]
        {
            assert_eq!(heading(none), None, "{none}");
        }
    }

    #[track_caller]
    fn check_stated(text: &str, expected: &[&str]) {
        let found: Vec<_> = stated_dates(text).map(|date| date.to_string().get(..10).unwrap().to_owned()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn dates_in_a_text() {
        check_stated("191500Z POSITION NEAR 9.8N. 19AUG26. TROPICAL", &["2026-08-19"]);
        check_stated("REISSUED/181500Z-190600ZAUG2026//", &["2026-08-19"]);
        check_stated("HI/262051Z APR 22// HI/210651ZAUG2026//", &["2022-04-26", "2026-08-21"]);
        check_stated("AT 09AUG26 0000Z", &["2026-08-09"]);
        check_stated("10 MARCH 26 31FEB26 MAY 1AUG26 AUG SEPT 12DEC202 DECEMBER", &[]);
    }

    #[test]
    fn dates_in_an_address() {
        let found = |address: &str| date_in_address(address).map(|date| date.to_string());
        let expected = Some("2026-08-22T12:00:00Z".to_owned());
        assert_eq!(found("/a/2026-08/wp9726web.2026-08-22T130000Z.txt"), expected);
        assert_eq!(found("https://a.example/20260822/wp9726web.txt"), expected);
        for none in ["https://www.metoc.navy.mil/jtwc/products/wp9726web.txt", "test", "", "1234567890123", "2026-08"] {
            assert_eq!(found(none), None, "{none}");
        }
    }

    #[test]
    fn keys_in_names() {
        assert_eq!(key_in_name("wp1726web.txt"), Some("wp172026".to_owned()));
        assert_eq!(key_in_name("sh0327fix.2026-12-30T130000Z.txt"), Some("sh032027".to_owned()));
        for none in ["abpwweb.txt", "xx1726web.txt", "wp17é6web.txt", "wp172026.dat", "wp1726", "web.txt", ""] {
            assert_eq!(key_in_name(none), None, "{none}");
        }
        let first = "2026-01-02T06:00:00Z".parse().unwrap();
        let key = |url: &str| {
            let bulletin = Bulletin::new(crate::domain::FeedId::new("test"), "", url, first, Vec::new());
            key_of("WP", "95", first, &bulletin)
        };
        assert_eq!(key("https://a.example/wp9525web.txt"), "wp952025");
        assert_eq!(
            (key("https://a.example/wp9625web.txt"), key("test")),
            ("wp952026".to_owned(), "wp952026".to_owned())
        );
    }

    #[test]
    fn days_and_times() {
        for text in ["221530Z", "221530", "22/1530Z", "221530Z7", "221530Z,"] {
            assert_eq!(day_time(text), Some((22, 15, 30)), "{text}");
        }
        for none in ["", "2215", "22153", "2215300", "22153AZ", "221530Z77", "Z", "２２"] {
            assert_eq!(day_time(none), None, "{none}");
        }
    }
}
