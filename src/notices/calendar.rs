//! Calendar entries (RFC 5545, RFC 5546): one event a file, times in UTC, the same entry in the same bytes.
//!
//! Whatever stands in the texts, it stays text: control characters and line ends are taken out before the writer
//! escapes and folds, and a link or an address that is none is left out.

use icalendar::{Alarm, Calendar, CalendarDateTime, Component as _, Event, EventLike as _, EventStatus, Property};

use super::clean::clean;
use crate::domain::{Attachment, Span, Timestamp};

/// Who wrote it, as RFC 5545 3.7.3 asks.
const PRODUCT: &str = "-//Seawall//Storm warnings//EN";
/// The longest single line of a text, in characters.
const LINE_MAX: usize = 300;
/// The most lines of a description.
const LINES_MAX: usize = 40;

/// What the reader's calendar is to do with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Put it in, or change the one of the same uid: RFC 5546 3.2.2. It names an organizer and an attendee.
    Request,
    /// Offer it, with no answer wanted: RFC 5546 3.2.1.
    Publish,
    /// Take the one of the same uid out: RFC 5546 3.2.5.
    Cancel,
}

impl Method {
    /// `REQUEST`, `PUBLISH` or `CANCEL`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Publish => "PUBLISH",
            Self::Cancel => "CANCEL",
        }
    }
}

/// One entry of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same for ever for the same thing, so that a later entry changes an earlier one.
    pub uid: String,
    /// Higher than that of every earlier entry of this uid.
    pub sequence: u32,
    /// Put in, offered or taken out.
    pub method: Method,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends; not before it begins.
    pub end: Timestamp,
    /// Its title.
    pub summary: String,
    /// More words; line ends are kept, empty means none.
    pub description: String,
    /// Where.
    pub location: Option<String>,
    /// A page, `https://…`.
    pub url: Option<String>,
    /// The address it comes from.
    pub organizer: Option<String>,
    /// The address it is for. A `Publish` names none.
    pub attendee: Option<String>,
    /// When it was written: an argument, for the same entry must give the same bytes.
    pub stamp: Timestamp,
    /// How long before the start the calendar rings; `None` for never.
    pub alarm_before: Option<Span>,
}

impl Entry {
    /// The bytes of an `.ics` file: UTF-8, lines ended by CRLF and folded at 75 bytes.
    #[must_use]
    pub fn to_ics(&self) -> String {
        let mut event = Event::new();
        event
            .uid(&self.clean_uid())
            .sequence(self.sequence)
            .summary(&clean(&self.summary, LINE_MAX))
            .add_property("DTSTAMP", utc(self.stamp))
            .add_property("DTSTART", utc(self.start))
            .add_property("DTEND", utc(self.end.max(self.start)))
            // A deadline does not make its reader busy.
            .add_property("TRANSP", "TRANSPARENT")
            .status(if self.method == Method::Cancel { EventStatus::Cancelled } else { EventStatus::Confirmed });
        let description = lines(&self.description);
        if !description.is_empty() {
            event.description(&description);
        }
        if let Some(location) = self.location.as_deref().map(|text| clean(text, LINE_MAX)).filter(|t| !t.is_empty()) {
            event.add_property("LOCATION", location);
        }
        if let Some(url) = self.url.as_deref().filter(|url| is_web_address(url)) {
            event.url(url);
        }
        self.parties(&mut event);
        if let Some(alarm) = self.alarm() {
            event.alarm(alarm);
        }
        let mut calendar = Calendar::empty();
        for (name, value) in
            [("VERSION", "2.0"), ("PRODID", PRODUCT), ("CALSCALE", "GREGORIAN"), ("METHOD", self.method.as_str())]
        {
            calendar.append_property(Property::new(name, value));
        }
        calendar.push(event);
        calendar.to_string()
    }

    /// The entry as a mail carries it: `name` is the file's, without `.ics`.
    #[must_use]
    pub fn attachment(&self, name: &str) -> Attachment {
        Attachment {
            name: format!("{name}.ics"),
            media_type: format!("text/calendar; charset=utf-8; method={}", self.method.as_str()),
            content_id: None,
            bytes: self.to_ics().into_bytes(),
        }
    }

    /// Who sends it and whom it is for. No answer is asked for: a mail's own links take answers.
    fn parties(&self, event: &mut Event) {
        let address = |address: &Option<String>| address.clone().filter(|address| is_mail_address(address));
        if let Some(organizer) = address(&self.organizer) {
            event.add_property("ORGANIZER", format!("mailto:{organizer}"));
        }
        if let (Some(attendee), Method::Request | Method::Cancel) = (address(&self.attendee), self.method) {
            let mut property = Property::new("ATTENDEE", format!("mailto:{attendee}"));
            for (name, value) in [("ROLE", "REQ-PARTICIPANT"), ("PARTSTAT", "ACCEPTED"), ("RSVP", "FALSE")] {
                property.add_parameter(name, value);
            }
            event.append_multi_property(property);
        }
    }

    fn alarm(&self) -> Option<Alarm> {
        let minutes = self.alarm_before.map(|before| before.as_mins()).filter(|minutes| *minutes >= 0)?;
        if self.method == Method::Cancel {
            return None;
        }
        let start: CalendarDateTime = utc(self.start).parse().ok()?;
        let mut alarm = Alarm::display(&clean(&self.summary, LINE_MAX), start);
        // Relative to the start, for some calendars ring at no other. The writer would put the clock's time and a
        // random uid where it finds none.
        alarm
            .append_property(Property::new("TRIGGER", format!("-PT{minutes}M")))
            .add_property("DTSTAMP", utc(self.stamp))
            .uid(&format!("alarm-{}", self.clean_uid()));
        Some(alarm.done())
    }

    fn clean_uid(&self) -> String {
        self.uid.chars().filter(char::is_ascii_graphic).take(200).collect()
    }
}

/// `20040811T040000Z`. Years that the format cannot write are taken for the nearest that it can.
fn utc(at: Timestamp) -> String {
    at.max(Timestamp::UNIX_EPOCH).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The text line by line, each without what hides, reorders or breaks.
fn lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| clean(line, LINE_MAX)).take(LINES_MAX).collect();
    lines.join("\n").trim().to_owned()
}

fn is_web_address(url: &str) -> bool {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web && url.bytes().all(|b| b.is_ascii_graphic())
}

fn is_mail_address(address: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+-/=?^_`{|}~@".contains(&b);
    address.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty())
        && address.bytes().all(safe)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::at;
    use super::*;

    fn entry() -> Entry {
        Entry {
            uid: "li-wp162004@example.com".to_owned(),
            sequence: 2,
            method: Method::Request,
            start: at("2004-08-11T04:00:00Z"),
            end: at("2004-08-11T05:00:00Z"),
            summary: "最晚开始转移：TZ-01 椒江海堤仓库".to_owned(),
            description: "Gale: 93%, earliest 12 Aug; costs 10,000 CNY\nSecond line \\ with a backslash".to_owned(),
            location: Some("Jiaojiang Seawall Warehouse, 28.66, 121.45".to_owned()),
            url: Some("https://seawall.example/a/v1.abc".to_owned()),
            organizer: Some("alerts@example.com".to_owned()),
            attendee: Some("li@example.com".to_owned()),
            stamp: at("2004-08-10T14:00:00Z"),
            alarm_before: Some(Span::from_hours(2)),
        }
    }

    /// The lines as a reader unfolds them.
    fn unfolded(ics: &str) -> Vec<String> {
        ics.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn an_entry_reads_as_the_standard_has_it() {
        insta::assert_snapshot!(unfolded(&entry().to_ics()).join("\n"), @r"
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Seawall//Storm warnings//EN
        CALSCALE:GREGORIAN
        METHOD:REQUEST
        BEGIN:VEVENT
        DESCRIPTION:Gale: 93%\, earliest 12 Aug\; costs 10\,000 CNY\nSecond line \\ with a backslash
        DTEND:20040811T050000Z
        DTSTAMP:20040810T140000Z
        DTSTART:20040811T040000Z
        LOCATION:Jiaojiang Seawall Warehouse\, 28.66\, 121.45
        ORGANIZER:mailto:alerts@example.com
        SEQUENCE:2
        STATUS:CONFIRMED
        SUMMARY:最晚开始转移：TZ-01 椒江海堤仓库
        TRANSP:TRANSPARENT
        UID:li-wp162004@example.com
        URL:https://seawall.example/a/v1.abc
        ATTENDEE;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:li@example.com
        BEGIN:VALARM
        ACTION:DISPLAY
        DESCRIPTION:最晚开始转移：TZ-01 椒江海堤仓库
        DTSTAMP:20040810T140000Z
        TRIGGER:-PT120M
        UID:alarm-li-wp162004@example.com
        END:VALARM
        END:VEVENT
        END:VCALENDAR
        ");
    }

    #[test]
    fn a_cancelled_entry_says_so_twice_and_rings_no_more() {
        let lines = unfolded(&Entry { method: Method::Cancel, ..entry() }.to_ics());
        assert!(
            lines.iter().any(|line| line == "METHOD:CANCEL") && lines.iter().any(|line| line == "STATUS:CANCELLED")
        );
        assert!(!lines.iter().any(|line| line == "BEGIN:VALARM"));
        let published = unfolded(&Entry { method: Method::Publish, ..entry() }.to_ics());
        assert!(!published.iter().any(|line| line.starts_with("ATTENDEE")), "RFC 5546 3.2.1");
    }

    #[test]
    fn lines_are_folded_between_characters_and_ended_by_crlf() {
        let long = "台风“云娜”路径与大风范围，".repeat(60);
        let ics = Entry { summary: long.clone(), description: format!("{long}\n{long}"), ..entry() }.to_ics();
        assert!(ics.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
        assert!(ics.ends_with("END:VCALENDAR\r\n"));
        assert_eq!(ics, Entry { summary: long.clone(), description: format!("{long}\n{long}"), ..entry() }.to_ics());
    }

    #[test]
    fn hostile_text_adds_no_line() {
        let names = |entry: &Entry| -> Vec<String> {
            let name = |line: &String| line.split([':', ';']).next().unwrap_or_default().to_owned();
            unfolded(&entry.to_ics()).iter().map(name).collect()
        };
        let clean = names(&entry());
        for break_ in ["\r\n", "\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{0}", "\\n", "\u{202e}"] {
            let attack = format!("x{break_}ATTACH:https://evil.example/{break_}END:VEVENT{break_}");
            let hostile = Entry {
                uid: attack.clone(),
                summary: attack.clone(),
                description: attack.clone(),
                location: Some(attack.clone()),
                ..entry()
            };
            assert_eq!(names(&hostile), clean, "{break_:?}");
            let text = hostile.to_ics().replace("\r\n", "");
            assert!(!text.contains(|c: char| c.is_control() || c == '\u{2028}' || c == '\u{202e}'), "{break_:?}");
            let outside = Entry {
                url: Some(format!("https://a.example/{attack}")),
                organizer: Some(format!("{attack}@example.com")),
                attendee: Some(format!("a@b;X=\":{attack}")),
                ..entry()
            };
            let left: Vec<_> = names(&outside);
            assert!(!left.iter().any(|name| name == "ATTACH"), "{break_:?}");
        }
    }

    #[test]
    fn times_out_of_all_range_are_no_panic() {
        let ics = Entry { start: Timestamp::MAX, end: Timestamp::MIN, stamp: Timestamp::MIN, ..entry() }.to_ics();
        assert!(ics.contains("DTSTAMP:19700101T000000Z"));
        let never = Entry { alarm_before: Some(Span::from_hours(-1)), ..entry() };
        assert!(!never.to_ics().contains("VALARM"));
    }
}
