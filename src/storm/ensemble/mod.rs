//! A thousand possible storms: how likely each wind is, and how early it could come.
//!
//! After `DeMaria` et al. 2009 (Wea. Forecasting 24:1573) and 2013 (Wea. Forecasting 28:586): members are drawn round the
//! official forecast with errors along and across the track, of the wind and of its reach, each hanging together in time
//! and as large as the agency's published statistics say; land weakens each member where *it* comes ashore. Where several
//! agencies forecast the storm, members are shared out between them. In: forecasts. Out: chances of 34, 50 and 64 kt, the
//! hours at which they begin, and arrivals at 10, 50 and 90 % of the members that bring them, anywhere.
//! `docs/probabilities.md` has the formulas and what became of them beside NHC's own numbers. The draws are the same for
//! each forecast, so that two forecasts differ by what they say and not by luck.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "members and grids are kept in single precision, which tells a metre; indices are clamped before the cast"
)]

mod direct;
mod field;
mod members;
mod moving;
mod official;
mod physics;
mod random;
mod summary;
#[cfg(test)]
mod tests;
pub(super) mod vortex;

use std::f64::consts::TAU;
use std::sync::LazyLock;

use self::field::{Counts, TIMED};
use self::members::Member;
pub use self::moving::Met;
use self::official::{BEARINGS, Hour};
pub use self::physics::Physics;
use self::summary::{Cell, Summary};
pub use self::vortex::reach_km as climatological_reach_km;
use super::land;
use super::path::{Path, Snapshot};
use crate::domain::{ByThreshold, Position, Span, Timestamp, Track, TrackErrorRow};
use crate::geo;

/// How many possible storms there are where nobody asks for fewer.
pub const MEMBERS: usize = 1_000;

/// The winds that are told apart, knots: the three thresholds, then the categories 2 to 5 of Saffir and Simpson.
const LEVELS_KT: [f64; 7] = [34.0, 50.0, 64.0, 83.0, 96.0, 113.0, 137.0];
const PERCENTILES: [f32; 3] = [0.1, 0.5, 0.9];

/// A degree of latitude on the sphere of the mean radius, kilometres.
const DEGREE_KM: f64 = 111.195;

/// Sine and cosine of each bearing of a shape.
static SECTORS: LazyLock<[(f32, f32); BEARINGS]> = LazyLock::new(|| {
    std::array::from_fn(|step| {
        let (sin, cos) = (step as f64 / BEARINGS as f64 * TAU).sin_cos();
        (sin as f32, cos as f32)
    })
});

/// One agency's forecast and how far such forecasts have missed.
#[derive(Debug, Clone, Copy)]
pub struct Forecast<'a> {
    /// As the agency gave it.
    pub track: &'a Track,
    /// The same, made ready.
    pub path: &'a Path,
    /// The statistics.
    pub errors: &'a TrackErrorRow,
}

/// When a wind comes, over the members that bring it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrivals {
    /// One in ten has it by then.
    pub p10: Timestamp,
    /// Half have.
    pub p50: Timestamp,
    /// Nine in ten have.
    pub p90: Timestamp,
}

/// What the possible storms bring to a place, or to the worst of several places.
#[derive(Debug, Clone, PartialEq)]
pub struct Likelihood {
    /// The probability of each wind, 0..=1; never higher for a stronger wind.
    pub probability: ByThreshold<f64>,
    /// When each comes; nothing where no member brings it.
    pub arrival: ByThreshold<Option<Arrivals>>,
    /// Shares of the members, adding up to 1, each with its highest 1-minute wind in knots.
    pub peaks_kt: Vec<(f64, f64)>,
}

/// The possible storms of a forecast.
#[derive(Debug)]
pub struct Ensemble {
    from: Timestamp,
    meridian: f64,
    groups: Vec<Vec<Hour>>,
    members: Vec<Member>,
}

/// Some of the members.
#[derive(Debug, Clone, Copy)]
pub struct Members<'a> {
    ensemble: &'a Ensemble,
    members: &'a [Member],
}

/// The chances everywhere round the track.
#[derive(Debug)]
pub struct Field {
    from: Timestamp,
    meridian: f64,
    members: usize,
    counts: Vec<Counts>,
    summaries: Vec<Summary>,
}

impl Ensemble {
    /// The possible storms from an instant on; `None` when every forecast has ended by then. `moved` are tracks that a
    /// model's ensemble would have in the place of the first forecast's, hourly from the same instant: as a group of its
    /// own they count as much as an agency.
    pub fn new(
        forecasts: &[Forecast<'_>],
        moved: &[Vec<Snapshot>],
        from: Timestamp,
        physics: &Physics,
    ) -> Option<Self> {
        // All are counted from one hour, at which each has begun.
        let from = forecasts.iter().map(|forecast| forecast.path.start()).fold(from, Timestamp::max);
        let mut groups: Vec<Vec<Hour>> =
            forecasts.iter().map(|forecast| official::hours(forecast, from, physics)).collect();
        let meridian = groups.iter().find_map(|hours| hours.first())?.lon;
        for hours in &mut groups {
            aligned(hours, meridian);
        }
        let mut offsets: Vec<Vec<(f64, f64)>> = Vec::new();
        if let Some(lead) = groups.first().filter(|lead| !lead.is_empty() && !moved.is_empty()).cloned() {
            offsets = moved.iter().map(|track| self::offsets(&lead, track)).collect();
            groups.push(lead);
        }
        // A forecast that has ended tells nothing.
        let alive: Vec<usize> =
            (0..groups.len()).filter(|group| groups.get(*group).is_some_and(|h| !h.is_empty())).collect();
        let mut members = Vec::with_capacity(physics.members);
        for (turn, group) in alive.iter().enumerate() {
            let numbers = (0..physics.members).filter(|number| number % alive.len() == turn);
            let hours = groups.get(*group).map(Vec::as_slice).unwrap_or_default();
            members.extend(numbers.enumerate().map(|(at, number)| {
                let moved = (*group == forecasts.len()).then(|| offsets.get(at % offsets.len().max(1)));
                let moved = moved.flatten().map(Vec::as_slice);
                members::member(number as u64, (*group, hours), moved, meridian, physics)
            }));
        }
        Some(Self { from, meridian, groups, members })
    }

    /// The first instant.
    pub fn start(&self) -> Timestamp {
        self.from
    }

    /// The last instant of the longest forecast.
    pub fn end(&self) -> Timestamp {
        let hours = self.groups.iter().map(Vec::len).max().unwrap_or_default().saturating_sub(1);
        let span = i64::try_from(hours).map_or(Span::ZERO, Span::from_hours);
        self.from.checked_add(span).unwrap_or(self.from)
    }

    /// The members of one forecast alone, by its place among those given; of all when there is none of that number.
    pub fn of_forecast(&self, group: Option<usize>) -> Members<'_> {
        let is_of = |member: &Member| group.is_none_or(|group| member.group == group);
        let from = self.members.iter().position(is_of).unwrap_or_default();
        let count = self.members.iter().filter(|member| is_of(member)).count();
        let members = self.members.get(from..from + count).filter(|part| !part.is_empty());
        Members { ensemble: self, members: members.unwrap_or(&self.members) }
    }

    /// The chances on a grid, reckoned by so many threads; the same for any number of them.
    pub fn field(&self, threads: usize) -> Field {
        self.of_forecast(None).field(threads)
    }

    /// The chance that at least one of some places has each wind, and when the first has. The places of a lane hang
    /// together: what one member brings to one of them it brings to its neighbour, so each member is asked about all.
    pub fn at_any_of(&self, places: &[Position]) -> Likelihood {
        self.of_forecast(None).at_any_of(places)
    }

    /// The share of members whose wind is at least each of some winds at each of some leads: rows as `leads_h`.
    pub fn strengths(&self, leads_h: &[f64], winds_kt: &[f64]) -> Vec<Vec<f64>> {
        let at = |member: &Member, lead_h: f64| {
            let hours = self.groups.get(member.group).map(Vec::as_slice).unwrap_or_default();
            let index = hours.partition_point(|hour| hour.lead_h < lead_h - 0.5);
            member.steps.get(index).map_or(0.0, |step| f64::from(step.vmax_kt))
        };
        let share = |lead_h: f64, kt: f64| {
            let strong = self.members.iter().filter(|member| at(member, lead_h) >= kt).count();
            strong as f64 / self.members.len().max(1) as f64
        };
        leads_h.iter().map(|lead| winds_kt.iter().map(|kt| share(*lead, *kt)).collect()).collect()
    }
}

impl Members<'_> {
    /// As [`Ensemble::field`].
    pub fn field(&self, threads: usize) -> Field {
        let Ensemble { from, meridian, groups, .. } = self.ensemble;
        let hours = groups.iter().map(Vec::len).max().unwrap_or_default();
        let share = self.members.len().div_ceil(threads.max(1)).max(1);
        let mut counts: Vec<Counts> = Vec::new();
        for (first, grid) in field::grids(self.members, groups) {
            let count = |members: &[Member]| {
                let mut counts = Counts::none(&grid, first, hours);
                counts.count(members, groups);
                counts
            };
            counts.push(std::thread::scope(|scope| {
                let (own, others) = self.members.split_at(share.min(self.members.len()));
                let others: Vec<_> = others.chunks(share).map(|part| scope.spawn(move || count(part))).collect();
                let mut total = count(own);
                for part in others {
                    match part.join() {
                        Ok(part) => total.add(&part),
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                }
                total
            }));
        }
        let summaries = counts.iter().map(|counts| Summary::new(counts, self.members.len())).collect();
        Field { from: *from, meridian: *meridian, members: self.members.len(), counts, summaries }
    }

    /// As [`Ensemble::at_any_of`].
    pub fn at_any_of(&self, places: &[Position]) -> Likelihood {
        direct::likelihood(self, places)
    }

    /// What each member brings to something that moves: `way` is where it is when, in order of time, an hour apart or
    /// less. One value a member, in the members' order; what is beyond the forecast's end brings nothing.
    pub fn met(&self, way: &[(Timestamp, Position)]) -> Vec<Met> {
        moving::met(self, way)
    }
}

impl Field {
    /// What the possible storms bring to a place, between the cells round it. Nothing outside of the grid.
    pub fn at(&self, place: Position) -> Likelihood {
        let lon = geo::shortest_lon(place.lon() - self.meridian);
        let cell = self.summaries.iter().find_map(|grid| grid.at(place.lat(), lon)).unwrap_or_default();
        self.likelihood(&cell)
    }

    /// The probabilities alone.
    pub fn probability(&self, place: Position) -> ByThreshold<f64> {
        let lon = geo::shortest_lon(place.lon() - self.meridian);
        let cell = self.summaries.iter().find_map(|grid| grid.at(place.lat(), lon)).unwrap_or_default();
        chances(&cell)
    }

    /// The probability that each wind begins at a place within each hour of the forecast; the first hour's is what is there
    /// at its beginning.
    pub fn onset_hourly(&self, place: Position) -> Vec<ByThreshold<f64>> {
        let lon = geo::shortest_lon(place.lon() - self.meridian);
        let found = self.counts.iter().find_map(|counts| Some((counts, counts.grid.corners(place.lat(), lon)?)));
        let Some((counts, corners)) = found else { return Vec::new() };
        let cells = counts.grid.cells();
        let onset = |level: usize, hour: usize| {
            let from = (level * counts.hours + hour) * cells;
            let count = |cell: usize| counts.onset.get(from + cell).copied().map_or(0.0, f64::from);
            corners.iter().map(|(cell, weight)| count(*cell) * f64::from(*weight)).sum::<f64>() / self.members as f64
        };
        let at = |hour| ByThreshold { gale: onset(0, hour), storm: onset(1, hour), typhoon: onset(2, hour) };
        (0..counts.hours).map(at).collect()
    }

    fn likelihood(&self, cell: &Cell) -> Likelihood {
        let [gale, storm, typhoon] = cell.arrival_h;
        let arrivals = |chance: f64, [p10, p50, p90]: [f32; 3]| {
            let at = |h: f32| self.from.checked_add(Span::from_secs((h * 60.0).floor() as i64 * 60)).ok();
            (chance > 0.0).then(|| Some(Arrivals { p10: at(p10)?, p50: at(p50)?, p90: at(p90)? })).flatten()
        };
        let probability = chances(cell);
        Likelihood {
            probability,
            arrival: ByThreshold {
                gale: arrivals(probability.gale, gale),
                storm: arrivals(probability.storm, storm),
                typhoon: arrivals(probability.typhoon, typhoon),
            },
            peaks_kt: peaks(cell),
        }
    }
}

fn chances(cell: &Cell) -> ByThreshold<f64> {
    let [gale, storm, typhoon, ..] = cell.chance.map(|chance| f64::from(chance).clamp(0.0, 1.0));
    ByThreshold { gale, storm: storm.min(gale), typhoon: typhoon.min(storm).min(gale) }
}

/// The shares between two levels, each with the wind midway.
fn peaks(cell: &Cell) -> Vec<(f64, f64)> {
    let mut peaks = Vec::with_capacity(LEVELS_KT.len() + 1);
    let (mut above, mut kt_before) = (1.0_f64, 20.0);
    for (chance, kt) in cell.chance.iter().zip(LEVELS_KT) {
        let chance = f64::from(*chance).clamp(0.0, above);
        peaks.push((above - chance, f64::midpoint(kt_before, kt)));
        (above, kt_before) = (chance, kt);
    }
    peaks.push((above, kt_before + 10.0));
    peaks.retain(|(share, _)| *share > 0.0);
    peaks
}

/// Longitudes of all groups on the same side of the 180° line.
fn aligned(hours: &mut [Hour], meridian: f64) {
    let Some(first) = hours.first().map(|hour| hour.lon) else { return };
    let turn = meridian + geo::shortest_lon(first - meridian) - first;
    for hour in hours {
        hour.lon += turn;
    }
}

/// How far each snapshot of a moved track lies from the forecast of its hour.
fn offsets(hours: &[Hour], track: &[Snapshot]) -> Vec<(f64, f64)> {
    hours.iter().zip(track).map(|(hour, storm)| hour.offset_km(storm.position)).collect()
}
