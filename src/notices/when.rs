//! Instants and spans as people say them: local time with its city and offset, and UTC beside it.
//! Never an abbreviation such as CST, which means three things.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use minijinja::context;

use super::speaker::Speaker;
use crate::domain::Span;

/// A time zone with the name that it was asked for by.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    zone: TimeZone,
    iana: String,
}

impl Zone {
    /// The first of these IANA names that exists, else UTC.
    pub(super) fn first_of(names: &[&str]) -> Self {
        let found = names.iter().find_map(|name| {
            let zone = TimeZone::get(name.trim()).ok()?;
            Some(Self { zone, iana: name.trim().to_owned() })
        });
        found.unwrap_or(Self { zone: TimeZone::UTC, iana: "UTC".to_owned() })
    }

    /// True when both show the same clock at this instant.
    pub(super) fn shows_same(&self, other: &Self, at: Timestamp) -> bool {
        self.zone.to_offset(at) == other.zone.to_offset(at)
    }

    /// `2004-08`, by this clock.
    pub(super) fn month(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.zone.clone());
        format!("{:04}-{:02}", local.year(), local.month())
    }

    fn is_utc(&self) -> bool {
        matches!(self.iana.as_str(), "UTC" | "Etc/UTC" | "Z" | "Zulu")
    }

    /// `UTC+8`, `UTC+5:30`, `UTC−3`.
    fn offset(&self, at: Timestamp) -> String {
        let seconds = self.zone.to_offset(at).seconds();
        let sign = if seconds < 0 { '−' } else { '+' };
        let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() % 3600 / 60);
        if minutes == 0 { format!("UTC{sign}{hours}") } else { format!("UTC{sign}{hours}:{minutes:02}") }
    }
}

impl Speaker<'_> {
    /// `Wed 11 Aug 14:00 (Shanghai, UTC+8; 06:00 UTC)`.
    pub(super) fn full(&self, at: Timestamp, zone: &Zone) -> String {
        let local = at.to_zoned(zone.zone.clone());
        let utc = at.to_zoned(TimeZone::UTC);
        if zone.is_utc() {
            return self.say("time.utc", &context! { date => self.date(&utc), clock => clock(&utc) });
        }
        let beside = if local.date() == utc.date() { clock(&utc) } else { self.short_of(&utc) };
        let facts = context! {
            date => self.date(&local), clock => clock(&local), city => self.city(zone),
            offset => zone.offset(at), utc => beside,
        };
        self.say("time.full", &facts)
    }

    /// `Wed 11 Aug 14:00 (Shanghai, UTC+8)`.
    pub(super) fn local(&self, at: Timestamp, zone: &Zone) -> String {
        let local = at.to_zoned(zone.zone.clone());
        if zone.is_utc() {
            return self.full(at, zone);
        }
        let facts = context! {
            date => self.date(&local), clock => clock(&local), city => self.city(zone), offset => zone.offset(at),
        };
        self.say("time.local", &facts)
    }

    /// `Wed 11 Aug 14:00`, where the zone is said nearby.
    pub(super) fn short(&self, at: Timestamp, zone: &Zone) -> String {
        self.short_of(&at.to_zoned(zone.zone.clone()))
    }

    /// The clock alone when it is the day of `beside`, else as [`Self::short`].
    pub(super) fn shorter(&self, at: Timestamp, beside: Timestamp, zone: &Zone) -> String {
        let (at, beside) = (at.to_zoned(zone.zone.clone()), beside.to_zoned(zone.zone.clone()));
        if at.date() == beside.date() { clock(&at) } else { self.short_of(&at) }
    }

    /// `times: Shanghai, UTC+8`.
    pub(super) fn zone(&self, zone: &Zone, at: Timestamp) -> String {
        self.say("time.zone", &context! { city => self.city(zone), offset => zone.offset(at) })
    }

    /// How long, rounded down, so that nobody is promised a minute too many: `45 min`, `21 h`, `2 days 3 h`.
    pub(super) fn span(&self, span: Span) -> String {
        let minutes = span.as_mins().max(0);
        let hours = minutes / 60;
        if minutes < 120 && minutes != 60 {
            self.say("time.min", &context! { n => minutes })
        } else if hours < 48 {
            self.say("time.h", &context! { n => hours })
        } else {
            self.say("time.days", &context! { n => hours / 24, h => hours % 24 })
        }
    }

    /// `21 h left`.
    pub(super) fn left(&self, until: Timestamp, now: Timestamp) -> String {
        self.say("time.left", &context! { span => self.span(until.duration_since(now)) })
    }

    fn short_of(&self, at: &Zoned) -> String {
        self.say("time.short", &context! { date => self.date(at), clock => clock(at) })
    }

    /// As short as a map needs it: `Wed 14:00`, `11日14时`.
    pub(super) fn stamp(&self, at: Timestamp, zone: &Zone) -> String {
        let local = at.to_zoned(zone.zone.clone());
        let weekday = self.pick("form.weekdays", local.weekday().to_monday_zero_offset());
        let facts = context! { weekday, day => local.day(), clock => clock(&local), hour => local.hour() };
        self.say("picture.time", &facts)
    }

    fn pick(&self, key: &str, index: i8) -> String {
        let names = self.name(key).unwrap_or_default();
        names.split_whitespace().nth(usize::try_from(index).unwrap_or(0)).unwrap_or_default().to_owned()
    }

    fn date(&self, at: &Zoned) -> String {
        let facts = context! {
            weekday => self.pick("form.weekdays", at.weekday().to_monday_zero_offset()),
            day => at.day(), month => self.pick("form.months", at.month() - 1),
        };
        self.say("time.date", &facts)
    }

    fn city(&self, zone: &Zone) -> String {
        let last = zone.iana.rsplit('/').next().unwrap_or_default().replace('_', " ");
        self.name(&format!("zone.{}", zone.iana)).map_or(last, str::to_owned)
    }
}

fn clock(at: &Zoned) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::with_speaker;
    use super::*;
    use crate::domain::Language;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn local_time_names_its_city_and_utc() {
        let shanghai = Zone::first_of(&["Asia/Shanghai"]);
        with_speaker(Language::English, |en| {
            assert_eq!(en.full(at("2004-08-11T06:00:00Z"), &shanghai), "Wed 11 Aug 14:00 (Shanghai, UTC+8; 06:00 UTC)");
            assert_eq!(
                en.full(at("2004-08-10T22:00:00Z"), &shanghai),
                "Wed 11 Aug 06:00 (Shanghai, UTC+8; Tue 10 Aug 22:00 UTC)"
            );
            let nowhere = Zone::first_of(&["Mars/Olympus", ""]);
            assert_eq!(en.full(at("2004-08-10T22:00:00Z"), &nowhere), "Tue 10 Aug 22:00 UTC");
            let kolkata = Zone::first_of(&["Mars/Olympus", "Asia/Kolkata"]);
            assert_eq!(en.zone(&kolkata, at("2004-08-10T22:00:00Z")), "times: Kolkata, UTC+5:30");
            let new_york = Zone::first_of(&["America/New_York"]);
            assert_eq!(en.zone(&new_york, at("2004-08-10T22:00:00Z")), "times: New York, UTC−4");
        });
        with_speaker(Language::Chinese, |zh| {
            let text = zh.full(at("2004-08-11T06:00:00Z"), &shanghai);
            assert_eq!(text, "8月11日周三 14:00（北京时间，UTC+8；即UTC 06:00）");
        });
    }

    #[test]
    fn spans_round_down() {
        with_speaker(Language::English, |en| {
            assert_eq!(en.span(Span::from_mins(119)), "119 min");
            assert_eq!(en.span(Span::from_mins(60)), "1 h");
            assert_eq!(en.span(Span::from_mins(120)), "2 h");
            assert_eq!(en.span(Span::from_mins(21 * 60 + 59)), "21 h");
            assert_eq!(en.span(Span::from_hours(51)), "2 days 3 h");
            assert_eq!(en.span(Span::from_hours(-1)), "0 min");
        });
        with_speaker(Language::Chinese, |zh| assert_eq!(zh.span(Span::from_hours(51)), "2天3小时"));
    }
}
