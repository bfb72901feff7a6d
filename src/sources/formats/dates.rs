//! Times as agencies write them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::domain::Timestamp;

/// How a date was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// With its offset from UTC, as CAP 1.2 section 3.3.2 demands.
    At(Timestamp),
    /// Without one; read as UTC.
    WithoutOffset(Timestamp),
}

impl When {
    /// The instant, however it was written.
    pub(crate) fn instant(self) -> Timestamp {
        match self {
            Self::At(instant) | Self::WithoutOffset(instant) => instant,
        }
    }
}

/// An RFC 3339 date such as `2004-08-11T14:00:00+08:00`; `None` when it is none.
pub(crate) fn rfc_3339(text: &str) -> Option<When> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(When::At(instant));
    }
    let civil: DateTime = text.parse().ok()?;
    let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
    Some(When::WithoutOffset(zoned.timestamp()))
}

/// ATCF's `YYYYMMDDHH`, in UTC; `None` when it is no such hour.
pub(crate) fn date_time_group(text: &str) -> Option<Timestamp> {
    if text.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let year = text.get(0..4)?.parse::<i16>().ok()?;
    let civil = DateTime::new(year, part(4, 6)?, part(6, 8)?, part(8, 10)?, 0, 0, 0).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// A civil time as websites write it: `2021/9/23 20:00:00`, `2026-08-21 21:00`, `202608212100`, `2026082121`, with or
/// without padding, seconds, or a `T`; `offset_h` is how far that clock is ahead of UTC.
pub(crate) fn civil(text: &str, offset_h: i8) -> Option<Timestamp> {
    let text = text.trim();
    let mut parts: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    if let [digits] = *parts.as_slice() {
        let cut = |from: usize, to: usize| digits.get(from..to.min(digits.len())).filter(|part| !part.is_empty());
        if !matches!(digits.len(), 8 | 10 | 12 | 14) {
            return None;
        }
        parts = [cut(0, 4), cut(4, 6), cut(6, 8), cut(8, 10), cut(10, 12), cut(12, 14)].into_iter().flatten().collect();
    }
    let number = |at: usize| parts.get(at).map_or(Some(0), |part| part.parse::<i8>().ok());
    let year = parts.first().filter(|year| year.len() == 4)?.parse::<i16>().ok()?;
    if parts.len() < 3 {
        return None;
    }
    let civil = DateTime::new(year, number(1)?, number(2)?, number(3)?, number(4)?, number(5)?, 0).ok()?;
    civil.to_zoned(jiff::tz::Offset::from_hours(offset_h).ok()?.to_time_zone()).ok().map(|zoned| zoned.timestamp())
}

/// The instant of a `DDHHMM` (UTC) that lies nearest to a reference: bulletins leave month and year out.
pub(crate) fn near(day: i8, hour: i8, minute: i8, reference: Timestamp) -> Option<Timestamp> {
    let month = reference.to_zoned(TimeZone::UTC).date().first_of_month();
    let shifted = |months: i64| month.checked_add(jiff::Span::new().months(months)).ok();
    let candidates = [shifted(-1), Some(month), shifted(1)].into_iter().flatten().filter_map(|month| {
        let civil = DateTime::new(month.year(), month.month(), day, hour, minute, 0, 0).ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    });
    candidates.min_by_key(|at| at.duration_since(reference).unsigned_abs())
}

/// A date of RFC 822 or 2822, as RSS has it (`Sat, 22 Aug 2026 06:00:00 GMT`); a year of two digits is this century's.
pub(crate) fn rfc_2822(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
        return Some(zoned.timestamp());
    }
    // The weekday is often wrong or cut, and the zone a name: read what counts.
    let rest = text.split_once(',').map_or(text, |(_, rest)| rest).trim();
    let mut words = rest.split_whitespace();
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let year = if year.len() == 2 { format!("20{year}") } else { year.to_owned() };
    let time = words.next().unwrap_or("00:00:00");
    let time = if time.matches(':').count() == 1 { format!("{time}:00") } else { time.to_owned() };
    let zone = match words.next() {
        None | Some("GMT" | "UTC" | "UT" | "Z") => "+0000",
        Some(zone) => zone,
    };
    jiff::fmt::rfc2822::parse(&format!("{day} {month} {year} {time} {zone}")).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<When>) {
        assert_eq!(rfc_3339(text), expected, "{text}");
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn offsets_of_all_kinds() {
        check("2004-08-11T14:00:00+08:00", Some(When::At(instant("2004-08-11T06:00:00Z"))));
        check(" 2012-05-02T23:21:04-00:00\n", Some(When::At(instant("2012-05-02T23:21:04Z"))));
        check("2012-05-02T23:21:04.5Z", Some(When::At(instant("2012-05-02T23:21:04.5Z"))));
    }

    #[test]
    fn no_offset_is_utc_and_known_as_such() {
        check("2004-08-11T14:00:00", Some(When::WithoutOffset(instant("2004-08-11T14:00:00Z"))));
    }

    #[test]
    fn nonsense_is_none() {
        for text in ["", "soon", "2004-13-11T14:00:00Z", "11/08/2004"] {
            check(text, None);
        }
    }

    #[test]
    fn date_time_groups() {
        assert_eq!(date_time_group("2004081106"), Some(instant("2004-08-11T06:00:00Z")));
        for text in ["2004081124", "2004023000", "200408110", "20040811 6", "２００４"] {
            assert_eq!(date_time_group(text), None, "{text}");
        }
    }

    #[test]
    fn civil_times_of_websites() {
        let expected = Some(instant("2021-09-23T12:00:00Z"));
        for text in ["2021/9/23 20:00:00", "2021-09-23 20:00", "2021-09-23T20:00:00", "202109232000", "2021092320"] {
            assert_eq!(civil(text, 8), expected, "{text}");
        }
        assert_eq!(civil("20210923", 0), Some(instant("2021-09-23T00:00:00Z")));
        for text in ["", "20:00", "2021/13/1 0:0", "21/9/23 20:00", "12345", "2021/9/23 200:00"] {
            assert_eq!(civil(text, 8), None, "{text}");
        }
    }

    #[test]
    fn day_hour_minute_is_the_nearest() {
        let reference = instant("2026-09-01T02:00:00Z");
        assert_eq!(near(31, 21, 0, reference), Some(instant("2026-08-31T21:00:00Z")));
        assert_eq!(near(1, 0, 30, reference), Some(instant("2026-09-01T00:30:00Z")));
        assert_eq!(near(31, 24, 0, reference), None);
        assert_eq!(near(1, 3, 0, instant("2026-12-31T20:00:00Z")), Some(instant("2027-01-01T03:00:00Z")));
    }

    #[test]
    fn dates_of_mail_and_rss() {
        let expected = Some(instant("2026-08-22T06:00:00Z"));
        for text in [
            "Sat, 22 Aug 2026 06:00:00 GMT",
            "Sat, 22 Aug 26 06:00:00 +0000",
            "22 Aug 2026 06:00 UTC",
            "Mon, 22 Aug 2026 14:00:00 +0800",
        ] {
            assert_eq!(rfc_2822(text), expected, "{text}");
        }
        for text in ["", "soon", "2026-08-22"] {
            assert_eq!(rfc_2822(text), None, "{text}");
        }
    }
}
