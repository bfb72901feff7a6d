//! The lines of a deck become tracks.

use std::borrow::Cow;
use std::collections::HashMap;

use super::other_decks::CIRCLES;
use super::row::{Deck, LastDate, Row, Unread, read as read_row};
use super::told::Told;
use crate::domain::{Bulletin, Fault, Fix, Footprint, Hazard, Place, Span, Timestamp};
use crate::sources::formats::cyclone::{add_fix, in_order};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::storm_key::real_name;

/// A storm's lines are at most six hours apart; the same number after such a pause is another season's storm.
const PAUSE_MAX: Span = Span::from_hours(60 * 24);

/// Seasons in which a number is looked for, newest first; more in one file is no archive that we know.
const SEASONS_MAX: usize = 64;

/// Reads a whole deck, in time that grows with its length.
pub(super) fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut tracks = Tracks::default();
    let mut last = LastDate::default();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match read_row(line, &mut last) {
            Ok(row) => tracks.add(row),
            Err(Unread::NoPosition) => tracks.without_position += 1,
            Err(Unread::Chance) => tracks.chances += 1,
            Err(Unread::NoCentre) => tracks.without_centre += 1,
            Err(Unread::Bad(field, what)) => log.add(false, || Fault::minor(Place::line(number).field(field), what)),
        }
    }
    tracks.tell(log);
    tracks.into_hazards(bulletin)
}

/// One storm of one season.
struct Storm<'a> {
    basin: &'a str,
    number: &'a str,
    first: Timestamp,
    last: Timestamp,
    /// The last name that is one, and the last text of the field, so that a text is judged once.
    name: Option<String>,
    name_text: &'a str,
}

impl<'a> Storm<'a> {
    fn new(row: &Row<'a>) -> Self {
        Self { basin: row.basin, number: row.number, first: row.dtg, last: row.dtg, name: None, name_text: "" }
    }
}

/// What a track is known by: the storm, the kind, the technique, and the date-time group; a best track and fixes have
/// none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key<'a> {
    storm: usize,
    deck: Deck,
    technique: &'a str,
    dtg: Option<Timestamp>,
}

/// One track.
struct Group<'a> {
    key: Key<'a>,
    fixes: Vec<Fix>,
}

/// The tracks met so far.
#[derive(Default)]
struct Tracks<'a> {
    storms: Vec<Storm<'a>>,
    storms_by_number: HashMap<(&'a str, &'a str), Vec<usize>>,
    groups: Vec<Group<'a>>,
    groups_by_key: HashMap<Key<'a>, usize>,
    without_position: usize,
    without_centre: usize,
    chances: usize,
    odd_codes: usize,
}

impl<'a> Tracks<'a> {
    fn add(&mut self, row: Row<'a>) {
        self.odd_codes += usize::from(row.odd_code.is_some());
        let storm = self.storm_of(&row);
        let dtg = matches!(row.deck, Deck::Forecast | Deck::Circles).then_some(row.dtg);
        let key = Key { storm, deck: row.deck, technique: row.technique, dtg };
        // Lines of one track follow one another, so that the last group is nearly always the one.
        let at = match self.groups.last() {
            Some(last) if last.key == key => self.groups.len() - 1,
            _ => *self.groups_by_key.entry(key).or_insert_with(|| {
                self.groups.push(Group { key, fixes: Vec::new() });
                self.groups.len() - 1
            }),
        };
        if let Some(group) = self.groups.get_mut(at) {
            add_fix(&mut group.fixes, fix_of(row));
        }
    }

    /// The storm of a line, and what the line tells of it.
    fn storm_of(&mut self, row: &Row<'a>) -> usize {
        let is_it = |storm: &Storm<'_>| {
            let is_near =
                row.dtg.duration_since(storm.last) <= PAUSE_MAX && storm.first.duration_since(row.dtg) <= PAUSE_MAX;
            is_near && storm.number == row.number && storm.basin == row.basin
        };
        let last = self.groups.last().map(|group| group.key.storm);
        let at = last.filter(|at| self.storms.get(*at).is_some_and(is_it)).unwrap_or_else(|| {
            let known = self.storms_by_number.entry((row.basin, row.number)).or_default();
            let mut newest = known.iter().rev().take(SEASONS_MAX).copied();
            newest.find(|at| self.storms.get(*at).is_some_and(is_it)).unwrap_or_else(|| {
                known.push(self.storms.len());
                self.storms.push(Storm::new(row));
                self.storms.len() - 1
            })
        });
        if let Some(storm) = self.storms.get_mut(at) {
            storm.first = storm.first.min(row.dtg);
            storm.last = storm.last.max(row.dtg);
            if row.name != storm.name_text && !row.name.is_empty() {
                storm.name_text = row.name;
                storm.name = real_name(row.name).or_else(|| storm.name.take());
            }
        }
        at
    }

    /// Says what was passed over.
    fn tell(&self, log: &mut FaultLog) {
        if self.chances > 0 {
            let what = format!("{} e-deck lines give chances of no place and are passed over", self.chances);
            log.push(Fault::minor(Place::default(), what));
        }
        if self.without_centre > 0 {
            let what = format!("{} f-deck lines fix no centre and are passed over", self.without_centre);
            log.push(Fault::minor(Place::default(), what));
        }
        if self.odd_codes > 0 {
            let what =
                format!("{} lines have wind radii with an unknown quadrant code; those are left out", self.odd_codes);
            log.push(Fault::minor(Place::default().field("code"), what).hint("known are AAA, NEQ, SEQ, SWQ and NWQ"));
        }
        let told_nothing = self.chances + self.without_position + self.without_centre;
        if self.groups.is_empty() && told_nothing == 0 {
            log.push(Fault::fatal(Place::default(), "there is no line of an ATCF deck in this document"));
        }
    }

    fn into_hazards(self, bulletin: &Bulletin) -> Vec<Hazard> {
        let storms = self.storms;
        let told = self.groups.into_iter().filter_map(|Group { key, fixes }| {
            let storm = storms.get(key.storm)?;
            let fixes = in_order(fixes);
            let issued = key.dtg.or_else(|| fixes.last().map(|fix| fix.time))?;
            let technique = match key.deck {
                Deck::Circles => Cow::Owned(format!("{}{CIRCLES}", key.technique)),
                _ => Cow::Borrowed(key.technique),
            };
            Some(Told {
                basin: storm.basin,
                number: storm.number,
                first: storm.first,
                technique,
                issued,
                name: storm.name.clone(),
                fixes,
                texts: Vec::new(),
                footprint: Footprint::default(),
                is_last: false,
            })
        });
        told.map(|told| told.into_hazard(bulletin)).collect()
    }
}

fn fix_of(row: Row<'_>) -> Fix {
    Fix {
        vmax_kt: row.vmax_kt,
        pmin_hpa: row.pmin_hpa,
        rmw_km: row.rmw_km,
        circle_km: row.circle_km,
        is_extratropical: row.is_extratropical,
        radii: row.radii.into_iter().collect(),
        ..Fix::at(row.time, row.tau_h, row.position)
    }
}
