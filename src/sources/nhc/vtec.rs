//! Watches and warnings by zone (TCV), of the national centre and of the local offices.
//!
//! In: segments of zones (`TXZ437-071715-`), each with lines of the Valid Time Event Code
//! (`/O.CON.KHGX.SS.W.1002.000000T0000Z-000000T0000Z/`, NWSI 10-1703) and, of older texts, the ends of coastal stretches
//! (`SAVANNAH RIVER-GA  32.03N  80.85W`). Out: one hazard for each event of the code, with all zones where it is in
//! force; a cancel when it is in force in none. Its id is office, kind and number of the event, which NWS keeps for its life.
//!
//! | code | warning | severity | certainty |
//! |---|---|---|---|
//! | `HU.W`, `TY.W` | hurricane, typhoon warning | extreme | likely |
//! | `HU.A`, `TY.A` | watch | extreme | possible |
//! | `TR.W` | tropical storm warning | severe | likely |
//! | `TR.A` | watch | severe | possible |
//! | `SS.W`, `SS.A` | storm surge warning, watch: life-threatening by definition | extreme | likely, possible |
//!
//! Severity as NWS's own CAP messages have it for the warnings (Hurricane Warning: extreme; Tropical Storm Warning: severe).
//! Actions: `CAN`, `EXP` and `UPG` end it in those zones, all others keep it in force. The zones go into `areas` as `UGC`.
//! Never: the product's own expiry (`071715`) as the warning's: the code says `000000T0000Z`, until further notice.

use std::collections::BTreeMap;

use super::plain::{self, Word};
use super::product;
use super::{FORMAT, place};
use crate::domain::{
    Area, Bulletin, Certainty, Fault, Hazard, HazardId, HazardKind, HazardText, MsgType, Place, Position, Severity,
    Status, Timestamp, Urgency,
};
use crate::sources::formats::fault_log::FaultLog;

/// Zones that one segment may name; all of a coast are some 300.
const ZONES_MAX: usize = 2_000;

/// One line of the code.
#[derive(Debug, Clone, PartialEq)]
struct Code<'a> {
    class: &'a str,
    action: &'a str,
    office: &'a str,
    kind: &'a str,
    level: &'a str,
    number: &'a str,
    onset: Option<Timestamp>,
    end: Option<Timestamp>,
}

/// One event over all segments.
#[derive(Debug, Default)]
struct Event {
    areas: Vec<Area>,
    ended: Vec<Area>,
    onset: Option<Timestamp>,
    end: Option<Timestamp>,
    coast: Vec<Vec<Position>>,
    is_test: bool,
    words: Vec<String>,
}

pub(super) fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let capitals = text.to_ascii_uppercase();
    let words = plain::words(&capitals);
    let Some(heading) = product::heading(&words, None, bulletin, log) else {
        log.add(true, || Fault::fatal(Place::default().field("heading"), "the heading names no storm, or no time"));
        return Vec::new();
    };
    let mut events: BTreeMap<(String, String, String, String), Event> = BTreeMap::new();
    let mut segments = 0;
    for segment in segments_of(&capitals) {
        let mut zones = zones(&segment.zones);
        let first = segment.first_line;
        if zones.is_empty() && segment.codes.is_empty() {
            continue;
        }
        segments += 1;
        if zones.len() > ZONES_MAX {
            log.push(Fault::fatal(Place::line(first), format!("a segment of more than {ZONES_MAX} zones is cut off")));
            zones.truncate(ZONES_MAX);
        }
        for line in &segment.codes {
            let Some(code) = code(line) else {
                let shown: String = line.chars().take(60).collect();
                log.push(Fault::minor(Place::line(first), format!("the event code `{shown}` cannot be read")));
                continue;
            };
            if zones.is_empty() {
                log.push(Fault::fatal(Place::line(first).field("zones"), "a warning stands under no zone"));
            }
            let key = (code.office, code.kind, code.level, code.number);
            let key = (key.0.to_owned(), key.1.to_owned(), key.2.to_owned(), key.3.to_owned());
            add(events.entry(key).or_default(), &code, &zones, &segment, text);
        }
    }
    if segments == 0 {
        log.push(Fault::minor(Place::default(), "the text has no segment of zones: no watch or warning is in it"));
    }
    events.into_iter().map(|(key, event)| hazard(&key, event, &heading, bulletin)).collect()
}

fn add(event: &mut Event, code: &Code<'_>, zones: &[String], segment: &Segment<'_>, text: &str) {
    let names = names(text, segment.names);
    let area = Area { name: names, geocodes: BTreeMap::from([("UGC".to_owned(), zones.join(" "))]) };
    event.is_test |= code.class != "O";
    if matches!(code.action, "CAN" | "EXP" | "UPG") {
        event.ended.push(area);
        return;
    }
    event.onset = [event.onset, code.onset].into_iter().flatten().min();
    event.end = if event.areas.is_empty() { code.end } else { event.end.and_then(|end| Some(end.max(code.end?))) };
    event.areas.push(area);
    if segment.coast.len() > 1 {
        event.coast.push(segment.coast.clone());
    }
    event.words.extend(names_of_coast(text, segment));
}

/// The names of the zones, as the lines between the codes and the time give them.
fn names(text: &str, (from, to): (u32, u32)) -> String {
    let lines: Vec<&str> =
        text.lines().skip(from as usize).take(to.saturating_sub(from) as usize).map(str::trim).collect();
    let joined = lines.join(" ");
    let parts: Vec<&str> = joined.split('-').map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join(", ").chars().take(2_000).collect()
}

fn names_of_coast(text: &str, segment: &Segment<'_>) -> Vec<String> {
    let lines = text.lines().skip(segment.names.0 as usize).take(segment.lines as usize);
    lines.filter_map(|line| breakpoint(&line.to_ascii_uppercase()).map(|_| line.trim().to_owned())).take(20).collect()
}

fn hazard(
    (office, kind, level, number): &(String, String, String, String),
    event: Event,
    heading: &product::Heading,
    bulletin: &Bulletin,
) -> Hazard {
    let year = heading.issued.to_zoned(jiff::tz::TimeZone::UTC).year();
    let id = HazardId::new(format!("vtec:{office}.{kind}.{level}.{number}.{year}"));
    let is_over = event.areas.is_empty();
    let is_watch = level == "A";
    let (called, severity) = match kind.as_str() {
        "HU" => ("Hurricane", Severity::Extreme),
        "TY" => ("Typhoon", Severity::Extreme),
        "SS" => ("Storm Surge", Severity::Extreme),
        _ => ("Tropical Storm", Severity::Severe),
    };
    let word = if is_watch { "Watch" } else { "Warning" };
    let told = HazardText {
        lang: "en".to_owned(),
        event: format!("{called} {word}"),
        headline: Some(heading.title.clone()),
        description: (!event.words.is_empty()).then(|| event.words.join("\n")),
        instruction: None,
    };
    let hazard_kind = if kind == "SS" { HazardKind::Surge } else { HazardKind::TropicalCyclone };
    let mut hazard = Hazard::new(id, "nhc", FORMAT, &bulletin.hash, &heading.key, hazard_kind);
    hazard.name.clone_from(&heading.name);
    hazard.issued = Some(heading.issued);
    hazard.onset = event.onset;
    hazard.expires = event.end;
    hazard.status = if event.is_test { Status::Test } else { heading.status };
    hazard.msg = if is_over { MsgType::Cancel } else { MsgType::Alert };
    hazard.severity = severity;
    hazard.urgency = if is_watch { Urgency::Future } else { Urgency::Expected };
    hazard.certainty = if is_watch { Certainty::Possible } else { Certainty::Likely };
    hazard.texts = vec![told];
    hazard.footprint.polygons =
        event.coast.iter().filter_map(|line| super::gis::along(line)).map(|ring| vec![ring]).collect();
    hazard.areas = if is_over { event.ended } else { event.areas };
    hazard
}

/// A segment, up to its `$$`.
#[derive(Debug, Default)]
struct Segment<'a> {
    zones: Vec<&'a str>,
    codes: Vec<&'a str>,
    coast: Vec<Position>,
    /// The line of its first zone, from 1.
    first_line: u32,
    /// The lines of the zones' names: how many lines stand before, and where they end.
    names: (u32, u32),
    /// How many lines follow on the codes.
    lines: u32,
}

fn segments_of(text: &str) -> Vec<Segment<'_>> {
    let mut done = Vec::new();
    let mut now = Segment::default();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if line == "$$" || line == "&&" || line == "NNNN" {
            done.push(std::mem::take(&mut now));
        } else if now.codes.is_empty() && is_zones(line, !now.zones.is_empty()) {
            if now.zones.is_empty() {
                now.first_line = number;
            }
            now.zones.push(line);
        } else if line.starts_with('/') && line.ends_with('/') && line.len() > 2 {
            now.codes.push(line);
            now.names = (number, number);
            now.first_line = if now.first_line == 0 { number } else { now.first_line };
        } else if !now.codes.is_empty() {
            now.lines += 1;
            if line.ends_with('-') && now.names.1 + 1 == number {
                now.names.1 = number;
            }
            now.coast.extend(breakpoint(line));
        }
    }
    done.push(now);
    done
}

/// `TXZ437-071715-`, or a line that goes on with `439-615-071715-`.
fn is_zones(line: &str, goes_on: bool) -> bool {
    let Some(body) = line.strip_suffix('-') else { return false };
    let mut parts = body.split('-');
    let is_number = |part: &str| {
        matches!(part.len(), 3 | 6 | 7)
            && part.bytes().filter(u8::is_ascii_digit).count() + usize::from(part.contains('>')) == part.len()
    };
    let is_zone = |part: &str| {
        let (state, rest) = part.split_at_checked(3).unwrap_or(("", ""));
        let is_state = state.bytes().all(|byte| byte.is_ascii_uppercase()) && state.ends_with(['Z', 'C']);
        is_state && (is_number(rest) || rest == "ALL")
    };
    let first = parts.next().is_some_and(|part| is_zone(part) || (goes_on && is_number(part)));
    first && parts.all(|part| is_zone(part) || is_number(part))
}

/// The zones of such lines, one by one: `TXZ214-439` is TXZ214 and TXZ439, `TXZ001>003` three.
fn zones(lines: &[&str]) -> Vec<String> {
    let mut zones = Vec::new();
    let mut state = "";
    for part in lines.iter().flat_map(|line| line.split('-')) {
        let numbers = match part.split_at_checked(3) {
            Some((new, rest)) if new.bytes().all(|byte| byte.is_ascii_uppercase()) && !rest.is_empty() => {
                state = new;
                rest
            }
            _ => part,
        };
        let (from, to) = numbers.split_once('>').unwrap_or((numbers, numbers));
        let number = |text: &str| text.parse::<u16>().ok().filter(|_| text.len() == 3);
        // Six digits are the time when the product expires.
        if let (Some(from), Some(to)) = (number(from), number(to))
            && !state.is_empty()
        {
            zones.extend((from..=to).map(|number| format!("{state}{number:03}")));
        } else if numbers == "ALL" {
            zones.push(format!("{state}ALL"));
        }
    }
    zones
}

/// `SAVANNAH RIVER-GA              32.03N  80.85W`
fn breakpoint(line: &str) -> Option<Position> {
    let words: Vec<Word<'_>> = plain::words(line);
    let at = words.len().checked_sub(2).filter(|at| *at > 0)?;
    place::at(&words, at).map(|(position, _)| position)
}

/// `/O.CON.KHGX.SS.W.1002.000000T0000Z-000000T0000Z/`
fn code(line: &str) -> Option<Code<'_>> {
    let inner = line.trim_matches('/');
    let parts: Vec<&str> = inner.split('.').collect();
    let [class, action, office, kind, level, number, times] = *parts.as_slice() else { return None };
    let is_known = matches!(kind, "HU" | "TR" | "SS" | "TY") && matches!(level, "W" | "A");
    let (onset, end) = times.split_once('-')?;
    let is_word = |text: &str| (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_sound = is_known && [class, action, office, number].into_iter().all(is_word);
    is_sound.then(|| Code { class, action, office, kind, level, number, onset: code_time(onset), end: code_time(end) })
}

/// `160902T1555Z`; `000000T0000Z` is not known.
fn code_time(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 6 || time.len() != 4 {
        return None;
    }
    crate::sources::formats::dates::civil(&format!("20{date}{time}"), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_one_by_one() {
        assert_eq!(
            zones(&["LAZ073-074-", "TXZ214-439-615-010200-"]),
            ["LAZ073", "LAZ074", "TXZ214", "TXZ439", "TXZ615"]
        );
        assert_eq!(zones(&["FLZ001>003-071715-"]), ["FLZ001", "FLZ002", "FLZ003"]);
        assert!(zones(&["071715-", "437-"]).is_empty());
        assert!(
            is_zones("TXZ437-071715-", false)
                && is_zones("439-615-010200-", true)
                && is_zones("FLZ001>003-071715-", false)
        );
        for line in ["ACCOMACK-", "BRAZORIA ISLANDS-", "439-615-", "", "-", "$$"] {
            assert!(!is_zones(line, false), "{line}");
        }
    }

    #[test]
    fn codes() {
        let read = code("/O.NEW.KAKQ.TR.W.1009.160902T1555Z-000000T0000Z/").unwrap();
        assert_eq!((read.action, read.kind, read.level, read.number), ("NEW", "TR", "W", "1009"));
        assert_eq!((read.onset, read.end), (Some("2016-09-02T15:55:00Z".parse().unwrap()), None));
        for line in ["//", "/O.NEW.KAKQ.TO.W.0001.160902T1555Z-160902T1655Z/", "/O.NEW.KAKQ.TR.W.1009/", "/é/"] {
            assert_eq!(code(line), None, "{line}");
        }
    }

    #[test]
    fn ends_of_coasts() {
        assert!(breakpoint("SAVANNAH RIVER-GA              32.03N  80.85W").is_some());
        assert!(breakpoint("32.03N  80.85W").is_none());
        assert!(breakpoint("404 AM CDT SUN JUL 7 2024").is_none());
    }
}
