//! The storms of China's National Meteorological Centre, as its typhoon site tells them: `list_default` or `list_YYYY`
//! and `view_ID`, JSON in a JSONP wrapper, one pair of parentheses or two.
//!
//! In: arrays whose elements mean something by their place (see [`model`]). Out: of a list, links to the storms and which
//! of them are active; of a view, CMA's track (past fixes and forecast in one) and one track for every other centre
//! whose forecast it shows. The site's small answers (year, centres, tip) are read and say nothing.
//!
//! CMA's conventions: winds are 2-minute means in m/s (GB/T 19201-2006) and become knots; distances are kilometres;
//! longitude stands before latitude; times are UTC, in the label as in the milliseconds (only the last array of a
//! point is Beijing's clock); radii are NE, SE, SW, NW of Beaufort 7, 10 and 12, labelled `30KTS`, `50KTS`, `64KTS`, and
//! become 28, 48 and 64 kt. `stop` is CMA's last word. Other centres' forecasts are relayed, thus guidance.
//!
//! Never: a forecast kept alive by us. CMA's latest forecast counts while the storm runs and it is a day old at
//! most (a guess: it is renewed every 3 to 6 hours); of a storm that has stopped only the last point's.

mod model;
mod storm;

use model::{Document, Point, StormRow};

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::json::Placed;
use super::formats::{china, json, text};
use crate::domain::{ActiveStorms, Bulletin, Fault, Parsed, Place};

/// NMC's storms. The format is `nmc`.
#[derive(Debug)]
pub struct Nmc;

/// Of the storms that have stopped, how many of the latest are followed from a list: what stopped since the last look
/// is read once more for its last word. A guess: no more than that stop within an hour.
const STOPPED_MAX: usize = 5;
/// More running storms than that no ocean has had; a list of more is not followed to its end.
const RUNNING_MAX: usize = 100;

impl Source for Nmc {
    fn id(&self) -> &'static str {
        "nmc"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let head = json::head(body);
        let start = head.trim_start_matches(['\u{FEFF}', ' ', '\n', '\r', '\t']);
        let array_after = |key: &str| {
            let rest = json::without_padding(start).strip_prefix('{')?.trim_start();
            rest.strip_prefix(key)?.trim_start().strip_prefix(':')?.trim_start().strip_prefix('[')
        };
        start.starts_with("typhoon_jsons_")
            || array_after("\"typhoonList\"").is_some()
            || array_after("\"typhoon\"").is_some()
            || is_lone_point(start)
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let text = china::mend_strings(&text);
        let mut parsed = Parsed::default();
        read_answers(&text, bulletin, &mut parsed, &mut log);
        Parsed { faults: log.into_faults(), ..parsed }
    }
}

/// True for a point of a view by itself: `[3308084, "202608212100", …`.
fn is_lone_point(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut places = text.strip_prefix('[').unwrap_or_default().split(',').map(str::trim);
    let (id, label) = (places.next().unwrap_or_default(), places.next().unwrap_or_default());
    let label = label.strip_prefix('"').and_then(|label| label.strip_suffix('"')).unwrap_or_default();
    is_digits(id) && label.len() == 12 && is_digits(label)
}

/// Reads one answer after the other: a file may hold several, each in its wrapper.
fn read_answers(text: &str, bulletin: &Bulletin, parsed: &mut Parsed, log: &mut FaultLog) {
    let mut rest = opened(text);
    loop {
        let end = if rest.starts_with('[') {
            read_one::<Placed<Point<'_>>>(rest, log).map(|(point, end)| {
                read_lone_point(point, bulletin, parsed, log);
                end
            })
        } else {
            read_one::<Document<'_>>(rest, log).map(|(document, end)| {
                read_document(document, bulletin, parsed, log);
                end
            })
        };
        let Some(after) = end.and_then(|end| rest.get(end..)) else { return };
        rest = opened(after.trim_start_matches([')', ';', ' ', '\r', '\n', '\t']));
        if rest.is_empty() {
            return;
        }
        if !rest.starts_with(['{', '[']) {
            log.push(Fault::minor(Place::default(), "text after the end of the answer is passed over"));
            return;
        }
    }
}

/// What stands inside a wrapper that opens here.
fn opened(text: &str) -> &str {
    let text = text.trim_start_matches(['\u{FEFF}', ' ', '\n', '\r', '\t']);
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.'));
    if rest.starts_with('(') { rest.trim_start_matches(['(', ' ', '\r', '\n', '\t']) } else { text }
}

/// The first value of a text, and where it ends.
fn read_one<'a, T: serde::Deserialize<'a>>(text: &'a str, log: &mut FaultLog) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    if let Some(Ok(value)) = values.next() {
        return Some((value, values.byte_offset()));
    }
    // Read once more for the words and the place of what is wrong.
    log.push(json::parse::<T>(text).err().unwrap_or_else(nothing_told));
    None
}

fn nothing_told() -> Fault {
    Fault::fatal(Place::default(), "the document is neither a list of storms nor a storm of typhoon.nmc.cn")
        .hint("fetch `list_default` or `view_ID`")
}

fn read_document(document: Document<'_>, bulletin: &Bulletin, parsed: &mut Parsed, log: &mut FaultLog) {
    if let Some(list) = document.list {
        read_list(list.0, parsed, log);
    } else if let Some(storm) = document.storm {
        match storm.0 {
            Some(row) => parsed.hazards.extend(storm::read(&row, bulletin, log)),
            None => log.push(Fault::fatal(Place::default().field("typhoon"), "the storm is no array")),
        }
    } else if !document.is_small_answer() {
        log.push(nothing_told());
    }
}

/// A list of storms, the newest first.
fn read_list(rows: Vec<Placed<StormRow<'_>>>, parsed: &mut Parsed, log: &mut FaultLog) {
    let mut keys = Vec::new();
    let (mut running, mut stopped) = (0, 0);
    for (at, row) in rows.into_iter().enumerate() {
        let id = row.0.as_ref().and_then(|row| row.id.get().map(|id| (id, row.is_stopped())));
        let Some((id, is_stopped)) = id.filter(|(id, _)| id.bytes().all(|byte| byte.is_ascii_digit())) else {
            let place = Place::default().field(format!("typhoonList[{at}]"));
            log.push(Fault::minor(place, "a storm without its id is passed over"));
            continue;
        };
        let count = if is_stopped { &mut stopped } else { &mut running };
        *count += 1;
        if *count > if is_stopped { STOPPED_MAX } else { RUNNING_MAX } {
            continue;
        }
        let link = format!("view_{id}");
        if !parsed.links.contains(&link) {
            parsed.links.push(link);
            if !is_stopped {
                keys.push(format!("nmc:{id}"));
            }
        }
    }
    parsed.active = Some(ActiveStorms { agency: "cma".to_owned(), keys });
}

/// A point of a view by itself. It does not say of which storm it is: its address may.
fn read_lone_point(point: Placed<Point<'_>>, bulletin: &Bulletin, parsed: &mut Parsed, log: &mut FaultLog) {
    let Some(point) = point.0 else { return log.push(nothing_told()) };
    let row = StormRow { points: json::Row(vec![Placed(Some(point))]), ..StormRow::default() };
    parsed.hazards.extend(storm::read(&row, bulletin, log));
}

#[cfg(test)]
mod tests;
