//! A significant tropical weather advisory (`ABPW10`, `ABIO10`): every storm of half an ocean, and every area where one
//! might form, each in a numbered paragraph.
//!
//! ```text
//! (1) AT 09AUG26 0000Z, TYPHOON 12W (DOLPHIN) WAS LOCATED NEAR 27.8N 123.2E, …
//! MAXIMUM SUSTAINED SURFACE WINDS WERE ESTIMATED AT 70 KNOTS GUSTING TO 85 KNOTS. …
//! (1) THE AREA OF CONVECTION (INVEST 98W) PREVIOUSLY LOCATED NEAR 19.6N 150.5E IS NOW LOCATED NEAR 20.5N 152.3E, …
//! MAXIMUM SUSTAINED SURFACE WINDS ARE ESTIMATED AT 22 TO 27 KNOTS. MINIMUM SEA LEVEL PRESSURE IS ESTIMATED TO BE NEAR
//! 1004 MB. THE POTENTIAL FOR THE DEVELOPMENT OF A SIGNIFICANT TROPICAL CYCLONE WITHIN THE NEXT 24 HOURS REMAINS MEDIUM.
//! ```
//!
//! Each becomes a track of one place that holds as long as the advisory. Its technique is the advisory's (`ABPW`), so
//! that it never takes the place of a warning's forecast. How sure an area is follows JTWC's own words for its
//! potentials (metoc.navy.mil/jtwc, "Frequently asked questions"): low, "development is not expected within 24 hours",
//! is unlikely; medium, "longer than 24 hours", and high, "within 24 hours", are possible, as a formation alert is.
//! An area that has dissipated or is now in warning status is a cancel of its own earlier place.

use std::collections::HashSet;

use super::FORMAT;
use super::message::{Clock, Message, subject};
use super::words::{after, flat, knots_at_most, name, number, position, storm_code};
use crate::domain::{
    Averaging, Bulletin, Certainty, Fix, Hazard, HazardText, MsgType, Position, Span, Technique, Timestamp,
};
use crate::sources::formats::cyclone::{Cyclone, sound_pressure, sound_wind};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::storm_key::{event_key, status, storm_of_code};

/// How long an advisory holds when its subject does not say: they come once a day.
const VALID: Span = Span::from_hours(24);
/// Where an area is, the surest words first.
const PLACES: [&str; 4] = ["NOW LOCATED NEAR", "PERSISTED NEAR", "IS LOCATED NEAR", "WAS LOCATED NEAR"];

pub(super) fn read(message: &Message<'_>, clock: Clock, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let text = flat(message.text);
    let advisory = Advisory {
        technique: message.heading.get(..4).unwrap_or_default(),
        subject: flat(subject(message.text)),
        expires: end_of(&flat(subject(message.text)), clock).or_else(|| clock.issued.checked_add(VALID).ok()),
        clock,
    };
    let is_whole = message.text.trim_end().trim_end_matches("NNNN").trim_end().ends_with("//");
    if !is_whole {
        log.push(message.fatal("the advisory is cut off").hint("fetch it again"));
    }
    let mut hazards: Vec<Hazard> = Vec::new();
    for paragraph in paragraphs(&text) {
        match advisory.read(paragraph, bulletin) {
            Told::Hazard(hazard) => hazards.push(*hazard),
            Told::Nothing => {}
            Told::Unclear => log.push(message.minor(format!("a paragraph tells no place: `{}`", beginning(paragraph)))),
        }
    }
    without_needless_cancels(hazards)
}

struct Advisory<'a> {
    technique: &'a str,
    subject: String,
    expires: Option<Timestamp>,
    clock: Clock,
}

enum Told {
    Hazard(Box<Hazard>),
    Nothing,
    Unclear,
}

impl Advisory<'_> {
    fn read(&self, paragraph: &str, bulletin: &Bulletin) -> Told {
        if paragraph.starts_with("NO OTHER") {
            return Told::Nothing;
        }
        let is_storm = paragraph.starts_with("AT ");
        let is_over = !is_storm && is_over(paragraph);
        let place = PLACES.iter().find_map(|words| after(paragraph, words).and_then(position));
        let before = after(paragraph, "LOCATED NEAR").and_then(position);
        let Some(at) = place.or(before.filter(|_| is_over)) else { return Told::Unclear };
        let issued = self.clock.issued;
        let (key, name, number) = self.name_of(paragraph, at);
        let fix = self.fix(paragraph, at, is_storm);
        let cyclone = Cyclone {
            issued: Some(issued),
            name,
            fixes: if is_over { Vec::new() } else { vec![fix] },
            texts: vec![self.text(paragraph, is_storm)],
            status: status(&number),
            msg: if is_over { MsgType::Cancel } else { MsgType::Alert },
            ..Cyclone::new(FORMAT, "jtwc", key, self.technique, Technique::Analysis, Averaging::OneMinute)
        };
        let hazard = cyclone.into_hazard(bulletin);
        let certainty = match potential(paragraph) {
            _ if is_storm => hazard.certainty,
            Some("LOW") => Certainty::Unlikely,
            _ => Certainty::Possible,
        };
        Told::Hazard(Box::new(Hazard { expires: self.expires.or(hazard.expires), certainty, ..hazard }))
    }

    /// Key, name and number. An area without a number is known by its place, which is new in each advisory.
    fn name_of(&self, paragraph: &str, at: Position) -> (String, Option<String>, String) {
        let storm = storm_code(paragraph.split(" LOCATED NEAR").next().unwrap_or_default())
            .and_then(|(code, rest)| Some((storm_of_code(code, Some(at))?, rest)));
        match storm {
            Some(((basin, number), rest)) => {
                (event_key(basin, number, self.clock.issued), name(rest), number.to_owned())
            }
            None => (format!("jtwc:area:{:.1},{:.1}", at.lat(), at.lon()), None, String::new()),
        }
    }

    fn fix(&self, paragraph: &str, at: Position, is_storm: bool) -> Fix {
        // The year of the date is sometimes mistyped; day and time are enough.
        let stated = after(paragraph, "AT ").filter(|_| is_storm).and_then(|rest| {
            let (date, rest) = rest.split_once(' ')?;
            self.clock.at(&format!("{}{}", date.get(..2)?, rest.split(' ').next()?))
        });
        let winds = after(paragraph, "WERE ESTIMATED AT").or_else(|| {
            // Some areas tell of their winds twice; the last word stands with the pressure.
            paragraph.rsplit_once("WINDS ARE ESTIMATED AT").map(|(_, rest)| rest.trim_start())
        });
        Fix {
            vmax_kt: winds.and_then(knots_at_most),
            gust_kt: after(paragraph, "GUSTING TO").and_then(number).and_then(sound_wind),
            pmin_hpa: after(paragraph, "ESTIMATED TO BE NEAR").and_then(number).and_then(sound_pressure),
            ..Fix::at(stated.unwrap_or(self.clock.issued), 0, at)
        }
    }

    fn text(&self, paragraph: &str, is_storm: bool) -> HazardText {
        let event = match potential(paragraph) {
            _ if is_storm => "Tropical cyclone".to_owned(),
            Some(potential) => format!("Tropical disturbance, potential {}", potential.to_ascii_lowercase()),
            None => "Tropical disturbance".to_owned(),
        };
        HazardText {
            lang: "en".to_owned(),
            event,
            headline: Some(self.subject.clone()).filter(|subject| !subject.is_empty()),
            description: Some(paragraph.to_owned()),
            instruction: None,
        }
    }
}

/// True for an area that is none any more.
fn is_over(paragraph: &str) -> bool {
    let words =
        ["HAS DISSIPATED", "NO LONGER SUSPECT", "SUBJECT OF A TROPICAL CYCLONE WARNING", "HAS BEEN UPGRADED TO"];
    words.iter().any(|words| paragraph.contains(words))
}

/// JTWC's word for the chance that a storm forms.
fn potential(paragraph: &str) -> Option<&'static str> {
    let rest = after(paragraph, "THE POTENTIAL FOR")?;
    let words = rest.split([' ', '.']).take(30);
    words.filter_map(|word| ["LOW", "MEDIUM", "HIGH"].into_iter().find(|known| *known == word)).last()
}

/// The end of `…/181500Z-190600ZAUG2026`.
fn end_of(subject: &str, clock: Clock) -> Option<Timestamp> {
    let (_, end) = subject.rsplit_once("Z-")?;
    clock.at(end.get(..6)?).filter(|end| *end > clock.issued)
}

/// What follows each `(1)`, `(2)` … up to the next, or to the heading of the next part.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<_> = text.match_indices(" (").filter_map(|(at, _)| Some((at, number_end(text, at)?))).collect();
    let ends: Vec<_> = starts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]).collect();
    starts.into_iter().zip(ends).filter_map(|((_, start), end)| text.get(start..end)).map(without_headings)
}

/// Where the text behind ` (12) ` begins, when that is what stands there.
fn number_end(text: &str, at: usize) -> Option<usize> {
    let digits = text.bytes().skip(at + 2).take(3).take_while(u8::is_ascii_digit).count();
    let end = at + 2 + digits;
    (matches!(digits, 1..=2) && text.get(end..end + 2) == Some(") ")).then_some(end + 2)
}

/// A paragraph without the headings behind it.
fn without_headings(text: &str) -> &str {
    let headings =
        ["A. TROPICAL CYCLONE SUMMARY", "B. TROPICAL DISTURBANCE", "C. SUBTROPICAL", "2. SOUTH", "3. JUSTIFICATION"];
    let end = headings.iter().filter_map(|heading| text.find(heading)).min().unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches([' ', '/'])
}

fn beginning(paragraph: &str) -> String {
    paragraph.chars().take(60).collect()
}

/// An area that has grown into a storm of the same advisory is no cancel of it.
fn without_needless_cancels(hazards: Vec<Hazard>) -> Vec<Hazard> {
    let told: HashSet<_> =
        hazards.iter().filter(|hazard| hazard.msg != MsgType::Cancel).map(|hazard| hazard.id.clone()).collect();
    hazards.into_iter().filter(|hazard| hazard.msg != MsgType::Cancel || !told.contains(&hazard.id)).collect()
}
