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
}
