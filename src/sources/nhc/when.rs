//! Times as NHC's texts write them: `0300 UTC TUE OCT 27 2020`, `1900Z TUE JUN 05 2001`, `400 AM CDT Sun Aug 29 2021`,
//! `100 PM EST lunes 2 de noviembre de 2020`, and `29/0600Z` within a text.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::plain::Word;
use crate::domain::{Span, Timestamp};
use crate::sources::formats::dates;

/// Zones by the minutes that their clocks are ahead of UTC, as NWS abbreviates them (NWSI 10-1701, time zones), with
/// those of the islands that NHC writes for: Cabo Verde, the Azores, Newfoundland, Guam, Samoa.
const ZONES: [(&str, i32); 27] = [
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("WET", 0),
    ("BST", 60),
    ("CVT", -60),
    ("AZOT", -60),
    ("AZOST", 0),
    ("NST", -210),
    ("NDT", -150),
    ("AST", -240),
    ("ADT", -180),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
    ("HDT", -540),
    ("SST", -660),
    ("CHST", 600),
    ("GST", 600),
];
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const MONTHS_SPANISH: [&str; 12] = [
    "ENERO",
    "FEBRERO",
    "MARZO",
    "ABRIL",
    "MAYO",
    "JUNIO",
    "JULIO",
    "AGOSTO",
    "SEPTIEMBRE",
    "OCTUBRE",
    "NOVIEMBRE",
    "DICIEMBRE",
];

/// The first date and time of a text, and the number of words before it. Words in capitals.
pub(crate) fn first(words: &[Word<'_>]) -> Option<(usize, Timestamp)> {
    (0..words.len()).find_map(|at| {
        let (before, date) = english(words, at).or_else(|| spanish(words, at))?;
        // The weekday is often there and sometimes wrong.
        let before = if is_weekday(text(words, before.checked_sub(1)?)) { before - 1 } else { before };
        let (start, minutes) = clock(words, before)?;
        let midnight = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
        Some((start, midnight.checked_add(Span::from_mins(i64::from(minutes))).ok()?))
    })
}

/// The time of a text as one line gives it.
pub(crate) fn of_line(line: &str) -> Option<Timestamp> {
    let capitals = line.to_ascii_uppercase();
    first(&super::plain::words(&capitals)).map(|(_, at)| at)
}

/// `29/0600Z` or `29/0600`, the one nearest to a reference.
pub(crate) fn day_and_time(word: &str, reference: Timestamp) -> Option<Timestamp> {
    let (day, time) = word.split_once('/')?;
    let time = time.trim_end_matches('Z');
    let (hour, minute) = (time.get(..2)?, time.get(2..).filter(|minute| minute.len() == 2)?);
    dates::near(number(day)?, number(hour)?, number(minute)?, reference)
}

fn number(text: &str) -> Option<i8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn text<'a>(words: &[Word<'a>], at: usize) -> &'a str {
    words.get(at).map_or("", |word| word.text)
}

/// `OCT 27 2020` from here; where it begins, and the date.
fn english(words: &[Word<'_>], at: usize) -> Option<(usize, Date)> {
    let word = text(words, at);
    let month = MONTHS.iter().position(|name| word.starts_with(name) && word.len() <= 9)?;
    Some((at, date(text(words, at + 2), month, text(words, at + 1))?))
}

/// `2 DE NOVIEMBRE DE 2020` from here.
fn spanish(words: &[Word<'_>], at: usize) -> Option<(usize, Date)> {
    let month = MONTHS_SPANISH.iter().position(|name| text(words, at + 2) == *name)?;
    let is_date = text(words, at + 1) == "DE" && matches!(text(words, at + 3), "DE" | "DEL");
    Some((at, date(text(words, at + 4), month, text(words, at)).filter(|_| is_date)?))
}

fn date(year: &str, month: usize, day: &str) -> Option<Date> {
    let year = (year.len() == 4).then(|| year.parse::<i16>().ok())??;
    Date::new(year, i8::try_from(month).ok()? + 1, number(day)?).ok().filter(|date| date.year() >= 1900)
}

fn is_weekday(word: &str) -> bool {
    let names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "DOM", "LUN", "MAR", "MIE", "JUE", "VIE", "SAB"];
    names.iter().any(|name| word.starts_with(name)) && word.len() <= 10
}

/// The time of day that ends before a word: where it begins, and its minutes after 0 UTC of the date that follows.
fn clock(words: &[Word<'_>], end: usize) -> Option<(usize, i32)> {
    let last = text(words, end.checked_sub(1)?);
    if let Some(time) = last.strip_suffix('Z').filter(|time| !time.is_empty()) {
        return Some((end - 1, of_day(time)?));
    }
    let ahead = ZONES.iter().find(|(name, _)| *name == last)?.1;
    let before = text(words, end.checked_sub(2)?);
    let local = match before {
        "AM" | "PM" => {
            let time = of_day(text(words, end.checked_sub(3)?)).filter(|time| (60..13 * 60).contains(time))?;
            let in_half = time % (12 * 60);
            let shift = if before == "PM" { 12 * 60 } else { 0 };
            return Some((end - 3, in_half + shift - ahead));
        }
        "NOON" => 12 * 60,
        "MIDNIGHT" => 0,
        time => of_day(time)?,
    };
    Some((end - 2, local - ahead))
}

/// Minutes of `300`, `1100`, `0300` and, in old texts, `5`; with `11:00` as well.
fn of_day(time: &str) -> Option<i32> {
    let digits: String = time.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !(1..=4).contains(&digits.len()) {
        return None;
    }
    let value: i32 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() <= 2 { (value, 0) } else { (value / 100, value % 100) };
    (hours <= 24 && minutes < 60).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(of_line(line), Some(expected.parse().unwrap()), "{line}");
    }

    #[test]
    fn issue_lines_of_all_years() {
        check("0300 UTC TUE OCT 27 2020", "2020-10-27T03:00:00Z");
        check("1900Z TUE JUN 05 2001", "2001-06-05T19:00:00Z");
        check("400 AM CDT Sun Aug 29 2021", "2021-08-29T09:00:00Z");
        check("1100 PM AST Sun Jun 18 2017", "2017-06-19T03:00:00Z");
        check("800 PM CVT Fri Jul 31 2020", "2020-07-31T21:00:00Z");
        check("1200 AM HST Wed Aug 08 2018", "2018-08-08T10:00:00Z");
        check("1200 PM EDT Wed Aug 08 2018", "2018-08-08T16:00:00Z");
        check("5 PM EDT THU OCT 28 1999", "1999-10-28T21:00:00Z");
        check("12 NOON EDT THU OCT 28 1999", "1999-10-28T16:00:00Z");
        check("300 AM GMT Mon Oct 26 2020", "2020-10-26T03:00:00Z");
        check("100 PM EST lunes 2 de noviembre de 2020", "2020-11-02T18:00:00Z");
        check("404 AM CDT Sun Jul 7 2024", "2024-07-07T09:04:00Z");
        check("Issued at  1226 PM CDT SUN JUN 24 2012", "2012-06-24T17:26:00Z");
    }

    #[test]
    fn what_is_no_time() {
        for line in ["", "TUE OCT 27 2020", "0300 UTC TUE OCT 32 2020", "1300 PM EDT MON OCT 5 2020", "AT 5 PM EDT"] {
            assert_eq!(of_line(line), None, "{line}");
        }
    }

    #[test]
    fn days_within_a_text() {
        let issued = "2021-08-29T12:00:00Z".parse().unwrap();
        assert_eq!(day_and_time("01/0600Z", issued), Some("2021-09-01T06:00:00Z".parse().unwrap()));
        for word in ["29/06Z", "290600Z", "x/0600Z", "é/0600Z", "29/é0", "32/0600Z"] {
            assert_eq!(day_and_time(word, issued), None, "{word}");
        }
    }
}
