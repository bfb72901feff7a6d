//! The plan before the season.
//!
//! In: best tracks of past years and the portfolio. Out: for each lane and month the days that gales close it, with
//! their uncertainty, what that does to shipments, shelves and sales, the switches that pay, and what each site lacks.
//! Never: forecasts, or sends.
//!
//! Formulas and a worked example stand in `docs/decisions.md`, section "Season plan"; a test holds them together.

mod archive;
mod buyers;
mod closures;
mod interval;
mod lateness;
mod sites;
#[cfg(test)]
mod tests;
mod weigh;

use std::collections::BTreeSet;

use rust_decimal::Decimal;

pub use archive::Archive;
pub use sites::site_findings;

use self::buyers::{Buyer, Lost};
use self::closures::{Day, closed_days};
use self::interval::{hundredth, rate};
use self::lateness::{Calendar, Tally};
use self::weigh::{Bout, Side};
use crate::domain::{
    ClosedDays, Currency, DamageParams, Lane, LaneId, LaneMonth, LaneSeason, Money, Portfolio, SeasonNote, SeasonPlan,
    Timestamp,
};
use crate::geo::in_parallel;
use crate::storm;

/// How the plan is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Years that are not over at this instant do not count.
    pub now: Timestamp,
    /// Every year counts, however few storms it has.
    pub is_all_years: bool,
    /// Hours that a port stays closed after the gale has passed it.
    pub port_tail_h: f64,
    /// Threads to work on; the plan is the same on any number.
    pub threads: usize,
}

/// A guess: half a day to inspect, and to work off the ships that waited.
pub const PORT_TAIL_H: f64 = 12.0;

/// The plan of a portfolio by an archive.
#[must_use]
pub fn plan(portfolio: &Portfolio, archive: &Archive, damage: &DamageParams, settings: &Settings) -> SeasonPlan {
    let years = archive.years(settings.now, settings.is_all_years);
    let closed = closed_days(portfolio, &archive.paths(), settings.port_tail_h, settings.threads);
    let lanes: Vec<(&Lane, &BTreeSet<Day>)> = portfolio.lanes.values().zip(&closed).collect();
    let of_lane = |(lane, closed): &(&Lane, &BTreeSet<Day>)| {
        let basin = basin_of(lane);
        let counted = years.iter().filter(|year| year.basin == basin && year.is_counted).map(|year| year.year);
        let counted: Vec<i16> = counted.collect();
        season_of((lane, closed), &lanes, portfolio, basin, counted)
    };
    let mut seasons = in_parallel(&lanes, settings.threads, of_lane);
    note_circles(&mut seasons);
    SeasonPlan { lanes: seasons, sites: site_findings(portfolio, damage), tracks: archive.count(), years }
}

/// The basin that the middle of a lane lies in.
fn basin_of(lane: &Lane) -> &'static str {
    lane.course.get(lane.course.len() / 2).map_or("wp", |middle| storm::basin("", *middle))
}

fn season_of(
    (lane, closed): (&Lane, &BTreeSet<Day>),
    lanes: &[(&Lane, &BTreeSet<Day>)],
    portfolio: &Portfolio,
    basin: &str,
    years: Vec<i16>,
) -> LaneSeason {
    let mut notes = unknowns(lane, &years);
    let (buyers, boxes) = buyers::of_lane(lane, portfolio, &mut notes);
    let calendar = Calendar::new(closed, &years);
    let ours = side(lane, &calendar, &buyers, years.len());
    let alternate = |id: &LaneId| {
        let (other, closed) = lanes.iter().find(|(other, _)| other.id == *id)?;
        Some(side(other, &Calendar::new(closed, &years), &buyers, years.len()))
    };
    let alternates: Vec<Side<'_>> = lane.alternates.iter().filter_map(alternate).collect();
    let currencies = buyers::currencies(&buyers);
    notes.extend(not_weighed(lane, &currencies));
    let bouts = alternates.iter().map(|other| Bout { lane: &ours, other, boxes, currencies: &currencies });
    let bouts: Vec<Bout<'_>> = bouts.collect();
    // Of equals the first in the file.
    let best = bouts.iter().enumerate().filter(|(_, bout)| bout.net() > Decimal::ZERO).rev();
    let best = best.max_by(|a, b| a.1.net().cmp(&b.1.net())).map(|(at, _)| at);
    LaneSeason {
        lane: lane.id.clone(),
        mode: lane.mode.clone(),
        basin: basin.to_owned(),
        transit_days: transit_days(lane),
        boxes_per_month: boxes,
        months: months(&calendar, &ours, !buyers.is_empty(), years.len()),
        year: closed_in(&calendar, None, years.len()),
        weighed: bouts.iter().enumerate().map(|(at, bout)| bout.weighed(best == Some(at))).collect(),
        proposals: best.and_then(|at| bouts.get(at)).map(Bout::proposals).unwrap_or_default(),
        notes,
        years,
    }
}

fn unknowns(lane: &Lane, years: &[i16]) -> Vec<SeasonNote> {
    let notes = [
        years.is_empty().then_some(SeasonNote::NoYears),
        lane.transit_h.is_none().then_some(SeasonNote::TransitUnknown),
        lane.alternates.is_empty().then_some(SeasonNote::NoAlternate),
    ];
    notes.into_iter().flatten().collect()
}

/// Sales in other currencies than the lane's cost stay out of the weighing.
fn not_weighed(lane: &Lane, currencies: &[Currency]) -> Vec<SeasonNote> {
    let Some(cost) = lane.cost else { return Vec::new() };
    let others = currencies.iter().filter(|currency| **currency != cost.currency);
    others.map(|currency| SeasonNote::NotWeighed { currency: *currency }).collect()
}

fn side<'a>(lane: &'a Lane, calendar: &Calendar, buyers: &[Buyer], years: usize) -> Side<'a> {
    let transit_days = transit_days(lane);
    let (closed, _) = calendar.runs(None);
    Side {
        lane,
        lost: Lost::of(buyers, calendar, transit_days, years),
        late: calendar.lateness(transit_days),
        closed_days: if years == 0 { 0.0 } else { hundredth(f64::from(closed.iter().sum::<u32>()) / years as f64) },
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=100 before the cast")]
fn transit_days(lane: &Lane) -> u32 {
    lane.transit_h.map_or(1, |hours| (hours / 24.0).ceil().clamp(1.0, 100.0) as u32)
}

fn closed_in(calendar: &Calendar, month: Option<u8>, years: usize) -> ClosedDays {
    let (all, _) = calendar.runs(None);
    let typical = if all.is_empty() { 1.0 } else { f64::from(all.iter().sum::<u32>()) / all.len() as f64 };
    let (lengths, with_any) = calendar.runs(month);
    rate(&lengths, typical, years, with_any)
}

fn months(calendar: &Calendar, side: &Side<'_>, are_buyers_known: bool, years: usize) -> Vec<LaneMonth> {
    let tallies = side.late.iter().zip(side.lost.empty_days.iter().zip(&side.lost.sales));
    let rows = (1_u8..=12).zip(tallies).map(|(month, (tally, (empty, sales)))| LaneMonth {
        month,
        closed: closed_in(calendar, Some(month), years),
        days_late: hundredth(mean(tally, tally.days_late)),
        p_late: (mean(tally, tally.late) * 1000.0).round() / 1000.0,
        empty_days: are_buyers_known.then(|| hundredth(*empty)),
        lost_sales: sales.iter().map(|(currency, amount)| Money::new(*amount, *currency)).collect(),
    });
    rows.collect()
}

fn mean(tally: &Tally, sum: f64) -> f64 {
    if tally.days > 0.0 { sum / tally.days } else { 0.0 }
}

/// Two lanes that are each to be left for the other in the same months: each is told, and a person decides.
fn note_circles(seasons: &mut [LaneSeason]) {
    let switches = seasons.iter().flat_map(|season| &season.proposals);
    let switches: Vec<(LaneId, LaneId, Vec<u8>)> =
        switches.map(|one| (one.lane.clone(), one.alternate.clone(), one.months().collect())).collect();
    for season in seasons {
        for proposal in &season.proposals {
            let is_back = |(lane, alternate, months): &(LaneId, LaneId, Vec<u8>)| {
                *lane == proposal.alternate
                    && *alternate == proposal.lane
                    && proposal.months().any(|m| months.contains(&m))
            };
            if switches.iter().any(is_back) {
                season.notes.push(SeasonNote::Circle { alternate: proposal.alternate.clone() });
            }
        }
    }
}
