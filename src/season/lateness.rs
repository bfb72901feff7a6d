//! What closed days do to shipments and shelves.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::closures::{DAY_S, Day};
use crate::domain::Timestamp;

/// Days before the first year from which the shelves are followed, so that they begin as they stand in quiet times.
const WARM_UP: i64 = 60;
/// Days after the last year in which late shipments can still arrive.
const RUN_OUT: i64 = 200;

/// The days of the years counted, with the open ones in order.
#[derive(Debug)]
pub(super) struct Calendar {
    years: Vec<i16>,
    /// Closed days of the years counted.
    closed: BTreeSet<Day>,
    /// Open days from `WARM_UP` before the first year on.
    open: Vec<Day>,
}

/// Sums over the years counted, by month.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Tally {
    /// Days of the month.
    pub(super) days: f64,
    /// Shipments, one a day, that leave in it and arrive late.
    pub(super) late: f64,
    /// The days that all of them are late.
    pub(super) days_late: f64,
}

impl Calendar {
    /// Closed days outside of the years counted are unknown and taken as open.
    pub(super) fn new(closed: &BTreeSet<Day>, years: &[i16]) -> Self {
        let counted = |day: &&Day| years.contains(&date(**day).year());
        let closed: BTreeSet<Day> = closed.iter().filter(counted).copied().collect();
        let (first, last) = (years.iter().min(), years.iter().max());
        let span = first.zip(last).map(|(first, last)| first_day(*first) - WARM_UP..first_day(last + 1) + RUN_OUT);
        let open = span.into_iter().flatten().filter(|day| !closed.contains(day)).collect();
        Self { years: years.to_vec(), closed, open }
    }

    /// The closed days of each month, as the lengths of unbroken runs within it, and the years that have any.
    pub(super) fn runs(&self, month: Option<u8>) -> (Vec<u32>, u32) {
        let is_in = |day: &&Day| month.is_none_or(|month| month_of(**day) == month);
        let mut lengths: Vec<u32> = Vec::new();
        let mut years = BTreeSet::new();
        let mut last = None;
        for day in self.closed.iter().filter(is_in) {
            years.insert(date(*day).year());
            match lengths.last_mut() {
                Some(length) if last == Some(day - 1) => *length += 1,
                _ => lengths.push(1),
            }
            last = Some(*day);
        }
        (lengths, u32::try_from(years.len()).unwrap_or(u32::MAX))
    }

    /// The day on which what leaves on `from` and needs so many open days arrives.
    fn arrival(&self, from: Day, transit_days: u32) -> Option<Day> {
        let first = self.open.partition_point(|open| *open < from);
        self.open.get(first + transit_days.max(1) as usize - 1).copied()
    }

    fn days(&self) -> impl Iterator<Item = Day> {
        self.years.iter().flat_map(|year| first_day(*year)..first_day(year + 1))
    }

    /// How late shipments are, as if one left on every day: on closed days it waits wherever it is.
    pub(super) fn lateness(&self, transit_days: u32) -> [Tally; 12] {
        let mut tallies = [Tally::default(); 12];
        for day in self.days() {
            let Some(tally) = tallies.get_mut(usize::from(month_of(day)) - 1) else { continue };
            tally.days += 1.0;
            let due = day + i64::from(transit_days.max(1)) - 1;
            let late = self.arrival(day, transit_days).map_or(0, |arrival| arrival - due);
            tally.late += if late > 0 { 1.0 } else { 0.0 };
            tally.days_late += late as f64;
        }
        tallies
    }

    /// Days without goods in each month, summed over the years: shelves that hold `slack_days` of sales at most, from
    /// which one day's are sold each day, and to which one day's leave each day. What was not sold for want of goods is
    /// lost; what arrives beyond the shelves' measure makes up for nothing.
    pub(super) fn empty_days(&self, transit_days: u32, slack_days: f64) -> [f64; 12] {
        let mut empty = [0.0; 12];
        let Some(last) = self.years.iter().max().map(|last| first_day(last + 1)) else { return empty };
        let Some(first) = self.years.iter().min().map(|first| first_day(*first) - WARM_UP) else { return empty };
        let mut arriving: BTreeMap<Day, f64> = BTreeMap::new();
        for day in first..last {
            if let Some(arrival) = self.arrival(day, transit_days) {
                *arriving.entry(arrival).or_default() += 1.0;
            }
        }
        // What is under way on the first day left before it.
        for step in 0..i64::from(transit_days.max(1)) - 1 {
            *arriving.entry(first + step).or_default() += 1.0;
        }
        let mut stock = slack_days;
        for day in first..last {
            stock += arriving.get(&day).copied().unwrap_or(0.0);
            let sold = stock.min(1.0);
            if let Some(month) = empty.get_mut(usize::from(month_of(day)) - 1)
                && self.years.contains(&date(day).year())
            {
                *month += 1.0 - sold;
            }
            stock = (stock - sold).min(slack_days);
        }
        empty
    }
}

fn date(day: Day) -> Date {
    let at = Timestamp::from_second(day * DAY_S).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn month_of(day: Day) -> u8 {
    date(day).month().unsigned_abs().clamp(1, 12)
}

/// 1 January of a year.
fn first_day(year: i16) -> Day {
    let first = Date::new(year, 1, 1).and_then(|first| first.to_zoned(jiff::tz::TimeZone::UTC));
    first.map_or(0, |first| first.timestamp().as_second().div_euclid(DAY_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed days of 2001, counted from 1 January.
    fn closed(days: &[i64]) -> Calendar {
        Calendar::new(&days.iter().map(|day| first_day(2001) + day - 1).collect(), &[2001])
    }

    #[track_caller]
    fn check(days: &[i64], transit_days: u32, slack_days: f64, late: f64, empty: f64) {
        let calendar = closed(days);
        let sum_late: f64 = calendar.lateness(transit_days).iter().map(|tally| tally.days_late).sum();
        let sum_empty: f64 = calendar.empty_days(transit_days, slack_days).iter().sum();
        assert!((sum_late - late).abs() < 1e-9, "late {sum_late}, not {late}");
        assert!((sum_empty - empty).abs() < 1e-9, "empty {sum_empty}, not {empty}");
    }

    #[test]
    fn nothing_closed_nothing_late() {
        check(&[], 3, 0.0, 0.0, 0.0);
    }

    /// Three days closed, 40 to 42. What would leave and arrive on them is 3, 2 and 1 days late.
    #[test]
    fn one_day_of_transit() {
        check(&[40, 41, 42], 1, 0.0, 6.0, 3.0);
        check(&[40, 41, 42], 1, 1.0, 6.0, 2.0);
        check(&[40, 41, 42], 1, 1.5, 6.0, 1.5);
        check(&[40, 41, 42], 1, 3.0, 6.0, 0.0);
    }

    /// With three days of transit what left on the two days before is 3 days late as well; the shelves are as empty.
    #[test]
    fn three_days_of_transit() {
        check(&[40, 41, 42], 3, 1.0, 12.0, 2.0);
    }

    /// A second closure before the shelves are full again finds nothing on them.
    #[test]
    fn shelves_fill_again() {
        check(&[40, 42], 1, 1.0, 2.0, 0.0);
        check(&[40, 42], 3, 1.0, 7.0, 1.0);
        check(&[40, 60], 3, 1.0, 6.0, 0.0);
    }

    #[test]
    fn runs_are_cut_at_the_month() {
        // 31 January, 1 and 2 February; 10 February.
        let calendar = closed(&[31, 32, 33, 41]);
        assert_eq!(calendar.runs(Some(1)), (vec![1], 1));
        assert_eq!(calendar.runs(Some(2)), (vec![2, 1], 1));
        assert_eq!(calendar.runs(None), (vec![3, 1], 1));
    }
}
