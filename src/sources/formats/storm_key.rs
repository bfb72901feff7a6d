//! How ATCF names a storm, which NHC's and JTWC's texts share: its key, its season, and what is no name.

use crate::domain::{Status, Timestamp};

/// Numbers 80 to 89 are kept for exercises (NRL, ATCF database format: "annual cyclone number").
pub(crate) fn status(number: &str) -> Status {
    match number.parse::<u8>() {
        Ok(80..=89) => Status::Exercise,
        _ => Status::Actual,
    }
}

/// The key of a storm, such as `wp162004`: basin, number and season.
pub(crate) fn event_key(basin: &str, number: &str, first: Timestamp) -> String {
    let year = season(basin, number, first);
    format!("{}{number:0>2}{year}", basin.to_ascii_lowercase(), number = number.to_ascii_lowercase())
}

/// The season of a storm that was first told of at `first`.
///
/// North of the equator a season is the calendar year; a storm that lives on into January keeps its number, and no
/// basin has ever reached its tenth storm by then, so that a number from 10 to 39 (more no basin has had) in the first
/// half of January is last year's. South of it
/// a season runs from July to June and bears the year of its end (NRL, ATCF database format: "SH … July to June").
fn season(basin: &str, number: &str, first: Timestamp) -> i16 {
    let date = first.to_zoned(jiff::tz::TimeZone::UTC).date();
    let is_southern = matches!(basin.to_ascii_uppercase().as_str(), "SH" | "SI" | "SP" | "AU");
    let is_late_number = matches!(number.parse::<u8>(), Ok(10..=39));
    match date.month() {
        7.. if is_southern => date.year() + 1,
        1 if !is_southern && is_late_number && date.day() <= 15 => date.year() - 1,
        _ => date.year(),
    }
}

/// The name that a deck gives, in capitals; `None` for `INVEST`, `NONAME`, a spelled-out number and the like.
pub(crate) fn real_name(text: &str) -> Option<String> {
    let name = text.trim().to_uppercase();
    let is_placeholder =
        matches!(name.as_str(), "" | "INVEST" | "NONAME" | "NOT NAMED" | "UNNAMED" | "UNKNOWN" | "MISSING" | "TEST");
    let is_code = name.bytes().any(|byte| byte.is_ascii_digit()) || name.starts_with("GENESIS");
    let is_word = name.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | ' ' | '\'' | '.'));
    (is_word && !is_placeholder && !is_code && !is_spelled_number(&name)).then_some(name)
}

const UNITS: [&str; 20] = [
    "",
    "ONE",
    "TWO",
    "THREE",
    "FOUR",
    "FIVE",
    "SIX",
    "SEVEN",
    "EIGHT",
    "NINE",
    "TEN",
    "ELEVEN",
    "TWELVE",
    "THIRTEEN",
    "FOURTEEN",
    "FIFTEEN",
    "SIXTEEN",
    "SEVENTEEN",
    "EIGHTEEN",
    "NINETEEN",
];
const TENS: [&str; 8] = ["TWENTY", "THIRTY", "FORTY", "FIFTY", "SIXTY", "SEVENTY", "EIGHTY", "NINETY"];
/// The name field of a deck holds ten characters; longer numbers are cut off there.
const NAME_WIDTH: usize = 10;

/// True for `TEN`, `TWENTY-ONE`, `TWENTYTHRE` (cut off) and `TWO-C` (with the letter of a basin).
fn is_spelled_number(name: &str) -> bool {
    let base = match name.rsplit_once('-') {
        Some((base, letter)) if letter.len() == 1 => base,
        _ => name,
    };
    let letters: String = base.chars().filter(|c| c.is_alphabetic()).collect();
    if UNITS.contains(&letters.as_str()) {
        return true;
    }
    TENS.iter().any(|ten| match letters.strip_prefix(ten) {
        Some(rest) if letters.len() >= NAME_WIDTH - 1 => UNITS.iter().take(10).any(|unit| unit.starts_with(rest)),
        Some(rest) => UNITS.iter().take(10).any(|unit| *unit == rest),
        None => false,
    })
}

/// The number that a storm without a name is called by: 13 for `THIRTEEN-E`, 21 for `TWENTY-ONE` or `TWENTYONE`.
pub(crate) fn spelled_number(name: &str) -> Option<u8> {
    let base = match name.rsplit_once('-') {
        Some((base, letter)) if letter.len() == 1 => base,
        _ => name,
    };
    let letters: String = base.chars().filter(|c| c.is_alphabetic()).collect();
    let unit = |text: &str| UNITS.iter().position(|unit| *unit == text).and_then(|at| u8::try_from(at).ok());
    let in_tens = |(at, ten): (u8, &&str)| Some((at + 2) * 10 + unit(letters.strip_prefix(*ten)?).filter(|u| *u < 10)?);
    let known = unit(&letters).or_else(|| (0..).zip(TENS.iter()).find_map(in_tens));
    known.filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_are_none() {
        for name in ["Rananim", "CHAN-HOM", "IN-FA", "ONETWO", "TWENTYMAN"] {
            assert_eq!(real_name(name), Some(name.to_uppercase()));
        }
        for none in ["INVEST", "NONAME", "", " ", "TEN", "TWENTY-ONE", "TWENTYTHRE", "TWENTYSEVE", "THIRTYONE", "TWO-C"]
        {
            assert_eq!(real_name(none), None, "{none}");
        }
        for none in ["GENESIS001", "17W", "ONE-E", "FORTY", "THIRTEEN-E"] {
            assert_eq!(real_name(none), None, "{none}");
        }
    }

    #[track_caller]
    fn check_key(basin: &str, number: &str, first: &str, expected: &str) {
        assert_eq!(event_key(basin, number, first.parse().unwrap()), expected);
    }

    #[test]
    fn keys_and_seasons() {
        check_key("WP", "16", "2004-08-07T00:00:00Z", "wp162004");
        check_key("WP", "1", "2004-02-07T00:00:00Z", "wp012004");
        check_key("WP", "23", "2015-01-01T00:00:00Z", "wp232014");
        check_key("WP", "44", "1996-01-31T18:00:00Z", "wp441996");
        check_key("WP", "01", "2019-01-01T00:00:00Z", "wp012019");
        check_key("AL", "90", "2022-01-15T00:00:00Z", "al902022");
        check_key("SH", "02", "2019-12-29T00:00:00Z", "sh022020");
        check_key("SH", "20", "2020-03-01T00:00:00Z", "sh202020");
        check_key("EP", "C1", "2021-07-30T00:00:00Z", "epc12021");
    }

    #[test]
    fn exercise_numbers() {
        assert_eq!(status("80"), Status::Exercise);
        assert_eq!(status("16"), Status::Actual);
        assert_eq!(status("91"), Status::Actual);
    }

    #[test]
    fn spelled_numbers() {
        for (name, number) in [("ONE", 1), ("THREE-C", 3), ("THIRTEEN-E", 13), ("TWENTY-ONE", 21), ("TWENTYONE", 21)] {
            assert_eq!(spelled_number(name), Some(number), "{name}");
        }
        for name in ["", "ANA", "CHAN-HOM", "TWENTYMAN", "-E"] {
            assert_eq!(spelled_number(name), None, "{name}");
        }
    }
}
