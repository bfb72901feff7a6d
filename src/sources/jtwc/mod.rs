//! JTWC's bulletins: what the Joint Typhoon Warning Center (Pearl Harbor) tells in words.
//!
//! In: the texts that its site and NOAA's gateway carry (warnings, formation alerts, satellite fixes, significant
//! tropical weather advisories; several in one document are read one after the other), its RSS, its KML, and lines of
//! NCEP's tcvitals. Its data files (`.tcw`) and decks are read as `atcf`.
//! Out:
//!
//! | document | hazards | id |
//! |---|---|---|
//! | warning (`WT…3n`) | the forecast track, official | `atcf:wp172026:JTWC`, as the `.tcw` file's |
//! | formation alert (`WT…2n`) | the area where a storm may form, and its present centre | `atcf:wp972026:TCFA`, as the `.tcw`'s |
//! | satellite fix (`TP…`) | what was seen, an analysis | `atcf:wp172026:FIX` |
//! | advisory (`ABPW10`, `ABIO10`) | one place for each storm and suspect area, an analysis | `atcf:wp942026:ABPW`, `…:ABIO` |
//! | KML | the forecast track with the past one, official | `atcf:wp172026:JTWC` |
//! | tcvitals | where the storm was, an analysis | `atcf:wp112026:VITALS` |
//! | RSS | none; links to the texts, and the storms that JTWC holds active | |
//!
//! The same storm has the same id whatever the document, so that the newest replaces the others; an advisory's single
//! place and a fix bear their own, for they must not take the place of a forecast.
//!
//! Conventions: winds are 1-minute means in knots ("max sustained winds based on one-minute average" in each warning),
//! radii in nautical miles by quadrant, times UTC as day, hour and minute: month and year are those that the bulletin
//! states anywhere, else the nearest to its fetching, else to a date in its address. A season in the south bears the year of its
//! end. Longitudes carry their hemisphere.
//! Never: a number that no document states, but one: a fix gives its wind as a Dvorak number, which is read by Dvorak's
//! table (see `fix`). Areas of an advisory tell no time of their own; they are of the advisory's.

mod advisory;
mod alert;
mod fix;
mod kml;
mod message;
mod rss;
mod vitals;
mod warning;
mod words;

pub(in crate::sources) use warning::Prose;

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::{text, xml};
use crate::domain::{Bulletin, Fault, Parsed, Place};
use message::{Kind, Message};

/// JTWC's texts, RSS, KML and tcvitals. The format is `jtwc`.
#[derive(Debug)]
pub struct Jtwc;

/// The format's id.
const FORMAT: &str = "jtwc";
/// How much of a document is looked at to recognise it.
const HEAD_BYTES: usize = 4_096;

impl Source for Jtwc {
    fn id(&self) -> &'static str {
        FORMAT
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let head = body.get(..HEAD_BYTES).unwrap_or(body);
        let head = String::from_utf8_lossy(head);
        if head.trim_start_matches(['\u{FEFF}', ' ', '\r', '\n']).starts_with('<') {
            return is_jtwc_xml(&head);
        }
        message::is_first(&head) || vitals::is_first(&head)
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let mut parsed = read(&text, bulletin, &mut log);
        parsed.faults = log.into_faults();
        parsed
    }
}

/// True for the RSS and the KML: both name JTWC in their first lines.
fn is_jtwc_xml(head: &str) -> bool {
    match xml::root_name(head.as_bytes()).as_deref() {
        Some("kml") => head.contains("JTWC"),
        Some("rss") => head.contains("JTWC TROPICAL CYCLONE") || head.contains("metoc.navy.mil/jtwc"),
        _ => false,
    }
}

fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Parsed {
    if text.trim_start().starts_with('<') {
        return match xml::parse(text) {
            Ok(document) if document.root_element().has_tag_name("rss") => rss::read(&document, log),
            Ok(document) => kml::read(&document, bulletin, log),
            Err(fault) => {
                log.push(fault);
                Parsed::default()
            }
        };
    }
    if vitals::is_first(text) {
        return Parsed { hazards: vitals::read(text, bulletin, log), ..Parsed::default() };
    }
    let mut parsed = Parsed::default();
    let mut is_any = false;
    for message in message::messages(text) {
        is_any = true;
        parsed.hazards.extend(read_message(&message, bulletin, log));
    }
    if !is_any {
        let fault = Fault::fatal(Place::default(), "there is no bulletin of JTWC in this document");
        log.push(fault.hint("one begins with a heading such as `WTPN31 PGTW 221500`"));
    }
    parsed
}

fn read_message(message: &Message<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<crate::domain::Hazard> {
    if message.kind == Kind::Reasoning {
        return Vec::new();
    }
    let Some(clock) = message.clock(bulletin) else {
        let what = "the bulletin names no month, and when it was fetched is not known";
        log.push(message.fatal(what).hint("put its date into the file's name, as in `wp9726web.2026-08-22.txt`"));
        return Vec::new();
    };
    match message.kind {
        Kind::Warning => warning::read(message, clock, bulletin, log),
        Kind::Alert => alert::read(message, clock, bulletin, log),
        Kind::Fix => fix::read(message, clock, bulletin, log),
        Kind::Advisory => advisory::read(message, clock, bulletin, log),
        Kind::Reasoning => Vec::new(),
        Kind::Unknown => {
            log.push(message.fatal("the bulletin is neither a warning nor an alert, a fix or an advisory"));
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests;
