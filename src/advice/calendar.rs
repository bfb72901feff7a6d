//! Working time, and the latest start of work that must be over before the danger.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use super::holidays::{Country, Holidays};
use super::sun::{Daylight, daylight};
use crate::domain::{Exposure, Position, Site, Span, Timestamp, WorkTime, hours, hours_between};

/// How far back from a deadline work is looked for. What takes more working time than there is in so many days
/// should have begun long before any forecast.
const DAYS_BACK: i32 = 60;
/// Hours between the end of moving the stock and the gale, where a level is judged by it: the playbooks' own margin.
const LEVEL_MARGIN_H: f64 = 2.0;
/// Act-by times are given in steps of this, always the earlier: nobody loads a lorry at 06:07.
const STEP_S: i64 = 600;

/// When people can work at a place.
#[derive(Debug, Clone)]
pub struct Calendar<'a> {
    work: &'a WorkTime,
    zone: TimeZone,
    place: Option<Position>,
    country: Option<&'a Country>,
}

/// The latest start of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActBy {
    /// The latest start for which the hours of work fit into working time.
    pub start_by: Timestamp,
    /// The latest start when people work round the clock; never before `start_by`.
    pub last_call: Timestamp,
    /// When work at the site must be over: the arrival, less the margin and the hours on the road.
    pub finish_by: Timestamp,
}

/// The latest start such that `work_h` hours of working time, then `travel_h` on the road at any hour, are over
/// `margin_h` before `arrival`. `None` beyond what a timestamp holds.
///
/// Worked values stand in `docs/decisions.md`.
#[must_use]
pub fn act_by(arrival: Timestamp, work_h: f64, travel_h: f64, margin_h: f64, calendar: &Calendar<'_>) -> Option<ActBy> {
    let finish_by = arrival.checked_sub(hours(travel_h.max(0.0) + margin_h.max(0.0))).ok()?;
    let work = hours(work_h.max(0.0));
    let last_call = stepped(finish_by.checked_sub(work).ok()?)?;
    let start_by = stepped(calendar.latest_start(finish_by, work)?)?.min(last_call);
    Some(ActBy { start_by, last_call, finish_by })
}

/// The last start of moving a site's stock: `handling_h` hours of its working time, over two hours before the earliest
/// reasonable gale; where the stock goes, and the road there, are not known to who only asks how near the danger is.
/// `None` where nothing is known of the working time, or of the hours that moving takes.
#[must_use]
pub fn latest_start(exposure: &Exposure, site: &Site, time_zone: &str, holidays: &Holidays) -> Option<Timestamp> {
    site.work.as_ref()?;
    let gale = exposure.gale()?;
    let calendar = Calendar::of(site, time_zone, holidays);
    act_by(gale.early.or(gale.first)?, site.handling_h?, 0.0, LEVEL_MARGIN_H, &calendar).map(|times| times.start_by)
}

fn stepped(at: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(at.as_second().div_euclid(STEP_S) * STEP_S).ok()
}

/// Nothing known, nothing asked: any hour will do.
static ANY: WorkTime = WorkTime { hours: None, weekdays: None, country: None, daylight: None };

impl<'a> Calendar<'a> {
    /// Any hour of any day.
    #[must_use]
    pub fn round_the_clock() -> Self {
        Self { work: &ANY, zone: TimeZone::UTC, place: None, country: None }
    }

    /// A site's calendar. Its zone is its dealer's; its country the file's, else the one that has that zone.
    #[must_use]
    pub fn of(site: &'a Site, time_zone: &str, holidays: &'a Holidays) -> Self {
        let work = site.work.as_deref().unwrap_or(&ANY);
        let country = holidays.of(work.country.as_deref(), time_zone);
        // A site that says nothing of its days works on all of them.
        let keeps_holidays = work.weekdays.is_some() || work.country.is_some();
        Self {
            work,
            zone: TimeZone::get(time_zone).unwrap_or(TimeZone::UTC),
            place: Some(site.position),
            country: country.filter(|_| keeps_holidays),
        }
    }

    /// What is not known of it, as text keys.
    #[must_use]
    pub fn unknown(&self, around: Timestamp) -> Vec<String> {
        let mut notes = Vec::new();
        if self.work.hours.is_none() && self.work.weekdays.is_none() {
            notes.push("hours-unknown".to_owned());
        }
        let year = around.to_zoned(self.zone.clone()).year();
        let keeps = self.work.weekdays.is_some() || self.work.country.is_some();
        if keeps && !self.country.is_some_and(|country| country.knows(year)) {
            notes.push("holidays-unknown".to_owned());
        }
        notes
    }

    /// Working hours between two instants, the first no more than 60 days before the last.
    #[must_use]
    pub fn hours_between(&self, from: Timestamp, to: Timestamp) -> f64 {
        if self.is_always_open() {
            return hours_between(from, to).max(0.0);
        }
        let mut open = Span::ZERO;
        for (start, end) in self.back_from(to) {
            if end <= from {
                break;
            }
            open = open.saturating_add(end.duration_since(start.max(from)));
        }
        open.as_secs_f64() / 3600.0
    }

    /// The latest instant from which this much working time is left before `to`; with less than that in 60 days,
    /// the first instant of those days.
    fn latest_start(&self, to: Timestamp, work: Span) -> Option<Timestamp> {
        if work.is_zero() || self.is_always_open() {
            return to.checked_sub(work).ok();
        }
        let mut left = work;
        for (start, end) in self.back_from(to) {
            let length = end.duration_since(start);
            if length >= left {
                return end.checked_sub(left).ok();
            }
            left = left.checked_sub(length)?;
        }
        to.checked_sub(Span::from_hours(24 * i64::from(DAYS_BACK))).ok()
    }

    /// The open stretches before an instant, the last first. They do not overlap.
    fn back_from(&self, to: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let last = to.to_zoned(self.zone.clone()).date();
        let days = (0..=DAYS_BACK).filter_map(move |back| last.checked_sub(jiff::Span::new().days(back)).ok());
        days.flat_map(move |day| self.open_on(day))
            .map(move |(start, end)| (start, end.min(to)))
            .filter(|(start, end)| start < end)
    }

    /// What is open of the working day that begins on this date, the last stretch first.
    fn open_on(&self, date: Date) -> Vec<(Timestamp, Timestamp)> {
        if !self.is_working_day(date) {
            return Vec::new();
        }
        let (from, to) = self.work.hours.unwrap_or((Time::midnight(), Time::midnight()));
        let next = date.tomorrow().unwrap_or(date);
        let at = |date: Date, time: Time| self.zone.to_timestamp(date.to_datetime(time)).ok();
        let ends = if to <= from { at(next, to) } else { at(date, to) };
        let Some((start, end)) = at(date, from).zip(ends) else { return Vec::new() };
        if self.work.daylight != Some(true) {
            return vec![(start, end)];
        }
        let days = [next, date].into_iter().filter_map(|day| daylight(day, &self.zone, self.place?));
        let lit = days.filter_map(|light| match light {
            Daylight::Between(dawn, dusk) => Some((start.max(dawn), end.min(dusk))),
            Daylight::Always => Some((start, end)),
            Daylight::Never => None,
        });
        let mut lit: Vec<_> = lit.filter(|(start, end)| start < end).collect();
        lit.dedup();
        lit
    }

    fn is_always_open(&self) -> bool {
        let work = self.work;
        work.hours.is_none() && work.weekdays.is_none() && self.country.is_none() && work.daylight != Some(true)
    }

    fn is_working_day(&self, date: Date) -> bool {
        let is_weekday = |days: &Vec<Weekday>| days.contains(&date.weekday());
        self.work.weekdays.as_ref().is_none_or(is_weekday)
            && !self.country.is_some_and(|country| country.is_holiday(date))
    }
}

#[cfg(test)]
mod tests;
