//! A formation alert: the area where a storm may form within a day, or that none is expected any more.
//!
//! ```text
//! SUBJ/TROPICAL CYCLONE FORMATION ALERT (INVEST 91E) REISSUED//
//! 1. FORMATION OF A SIGNIFICANT TROPICAL CYCLONE IS POSSIBLE WITHIN
//! 160 NM EITHER SIDE OF A LINE FROM 9.1N 115.5W TO 15.1N 116.9W …
//! WINDS IN THE AREA ARE ESTIMATED TO BE 17 TO 22 KNOTS. METSAT
//! IMAGERY AT 220000Z INDICATES THAT A CIRCULATION CENTER IS LOCATED NEAR 9.3N 115.6W. …
//! 3. THIS ALERT WILL BE REISSUED, UPGRADED TO WARNING OR CANCELLED BY 230700Z.//
//! ```
//!
//! The area may be a circle instead (`WITHIN A 125 NM RADIUS OF 15.1S 111.0E`). What may form is possible, not observed.
//! A cancellation has the same id, so that it withdraws the alert.

use super::FORMAT;
use super::message::{Clock, Message, key_of as storm_key_of, subject};
use super::warning::prose_of;
use super::words::{after, flat, is_storm_code, knots_at_most, number, position, storm_code};
use crate::domain::{
    Averaging, Bulletin, Certainty, Circle, Fix, Footprint, Hazard, HazardText, MsgType, Position, Span, Technique,
    Timestamp,
};
use crate::sources::formats::cyclone::{Cyclone, km_of_nmi, sound_pressure};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::geometry::circles_along;
use crate::sources::formats::storm_key::{status, storm_of_code};

/// How long an alert holds when it does not say by when it is reissued or cancelled.
const VALID: Span = Span::from_hours(24);
/// The time of an image is at most this far from the alert's issue; beyond it is a mistyped day.
const IMAGE_WITHIN: Span = Span::from_hours(48);

pub(super) fn read(message: &Message<'_>, clock: Clock, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let text = flat(message.text);
    let subject = flat(subject(message.text));
    let is_cancelled = is_cancellation(&subject, &text);
    let footprint = if is_cancelled { Footprint::default() } else { area(&text) };
    let centre = centre(&text);
    if !is_cancelled && footprint.is_empty() {
        log.push(message.fatal("the formation alert gives no area that can be read").hint("fetch it again"));
        if centre.is_none() {
            return Vec::new();
        }
    }
    let at = centre.or_else(|| footprint.circles.first().map(|circle| circle.centre));
    let (key, number) = key_of(message, &subject, &text, at, clock, bulletin);
    let fix = centre.filter(|_| !is_cancelled).map(|at| fix(message, &text, at, clock, log));
    let cyclone = Cyclone {
        fixes: fix.into_iter().collect(),
        texts: vec![words(message, &subject)],
        footprint,
        status: status(&number),
        msg: if is_cancelled { MsgType::Cancel } else { MsgType::Alert },
        issued: Some(clock.issued),
        ..Cyclone::new(FORMAT, "jtwc", key, "TCFA", Technique::Analysis, Averaging::OneMinute)
    };
    vec![Hazard {
        onset: Some(clock.issued),
        expires: expires(&text, clock),
        certainty: Certainty::Possible,
        ..cyclone.into_hazard(bulletin)
    }]
}

/// `CANCELLED BY 230700Z`, else a day from the issue.
fn expires(text: &str, clock: Clock) -> Option<Timestamp> {
    let stated = after(text, "CANCELLED BY").and_then(|rest| clock.at(rest.split(' ').next()?));
    stated.filter(|expires| *expires > clock.issued).or_else(|| clock.issued.checked_add(VALID).ok())
}

/// The subject says so, or the first paragraph; each alert says that it may be "cancelled by" a time.
fn is_cancellation(subject: &str, text: &str) -> bool {
    let says = ["ALERT IS CANCELLED", "IS HEREBY CANCELLED", "HAS BEEN CANCELLED", "REF A IS CANCELLED"];
    subject.contains("CANCEL") || says.iter().any(|words| text.contains(words))
}

/// The area as circles: one, or some along a line.
fn area(text: &str) -> Footprint {
    let read = || -> Option<Vec<Circle>> {
        let within = after(text, "IS POSSIBLE WITHIN")?;
        let within = within.strip_prefix("A ").or_else(|| within.strip_prefix("AN ")).unwrap_or(within);
        let radius_km = km_of_nmi(number(within).filter(|nmi| (1.0..=1_000.0).contains(nmi))?);
        // The sentence ends before `WITHIN THE NEXT …`; a full stop may be a position's.
        let sentence = within.split("WITHIN").next()?;
        if let Some(line) = after(sentence, "LINE FROM") {
            let (from, to) = line.split_once(" TO ")?;
            return Some(circles_along(position(from)?, position(to)?, radius_km));
        }
        let centre = after(sentence, "RADIUS OF").or_else(|| after(sentence, "NM OF")).and_then(position)?;
        Some(vec![Circle { centre, radius_km }])
    };
    Footprint { polygons: Vec::new(), circles: read().unwrap_or_default() }
}

/// Where the centre is now.
fn centre(text: &str) -> Option<Position> {
    let phrases = ["CENTER IS LOCATED NEAR", "NOW LOCATED NEAR", "PERSISTED NEAR", "IS LOCATED NEAR"];
    phrases.iter().find_map(|phrase| after(text, phrase).and_then(position))
}

fn fix(message: &Message<'_>, text: &str, at: Position, clock: Clock, log: &mut FaultLog) -> Fix {
    let time = after(text, "IMAGERY AT").and_then(|rest| clock.at(rest.split(' ').next()?));
    let is_near = |time: &Timestamp| time.duration_since(clock.issued).unsigned_abs() <= IMAGE_WITHIN.unsigned_abs();
    let sound = time.filter(is_near);
    if time.is_some() && sound.is_none() {
        log.push(message.minor("the image is of another day than the alert; the alert's own time is taken"));
    }
    Fix {
        vmax_kt: after(text, "ARE ESTIMATED TO BE").and_then(knots_at_most),
        pmin_hpa: after(text, "ESTIMATED TO BE NEAR").and_then(number).and_then(sound_pressure),
        ..Fix::at(sound.unwrap_or(clock.issued), 0, at)
    }
}

/// The key of the disturbance and its number: as the subject has it, else the text, else its file's name; an alert that
/// names none is known by its heading, of which there is one for each alert in force.
fn key_of(
    message: &Message<'_>,
    subject: &str,
    text: &str,
    at: Option<Position>,
    clock: Clock,
    bulletin: &Bulletin,
) -> (String, String) {
    let code = storm_code(subject).or_else(|| storm_code(after(text, "(INVEST").unwrap_or_default()));
    let in_parentheses = || text.split('(').skip(1).find_map(|rest| rest.split(' ').take(3).find_map(code_of));
    let Some(code) = code.map(|(code, _)| code).or_else(in_parentheses) else {
        return (format!("jtwc:{}", message.heading.to_ascii_lowercase()), String::new());
    };
    match storm_of_code(code, at) {
        Some((basin, number)) => (storm_key_of(basin, number, clock.issued, bulletin), number.to_owned()),
        None => (format!("jtwc:{}", code.to_ascii_lowercase()), String::new()),
    }
}

fn code_of(word: &str) -> Option<&str> {
    let code = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    is_storm_code(code).then_some(code)
}

fn words(message: &Message<'_>, subject: &str) -> HazardText {
    HazardText {
        lang: "en".to_owned(),
        event: "Tropical cyclone formation alert".to_owned(),
        headline: (!subject.is_empty()).then(|| subject.to_owned()),
        description: after(message.text, "RMKS/").map(prose_of).filter(|text| !text.is_empty()),
        instruction: None,
    }
}
