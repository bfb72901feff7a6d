//! The days on which gales close each lane.

use std::collections::BTreeSet;

use crate::domain::{Km, Lane, Portfolio, Position, Span, hours};
use crate::geo::{self, CourseIndex, in_parallel};
use crate::storm::{Path, Snapshot, wind_at_kt};

/// The gale that closes a lane: 1-minute wind in knots.
const GALE_KT: f64 = 34.0;
/// How finely a storm's way is looked at. A gale that comes and goes within the hour is missed.
const STEP: Span = Span::from_hours(1);
/// How finely a lane is looked at, as in a warning.
const LANE_STEP: Km = Km(50.0);
/// Beyond every given radius the wind falls as V ~ r^−0.6 (`storm::wind_at_kt`): the gale's edge is no further out.
const OUTER_EXPONENT: f64 = 0.6;

/// A UTC day, counted from 1 January 1970.
pub(super) type Day = i64;

pub(super) const DAY_S: i64 = 86_400;

/// For each lane, in the portfolio's order, the UTC days on which a gale (34 kt, 1-minute) blows at any place of its
/// course; for ships also the days that begin within `port_tail_h` hours after a gale at one of its ends, while the port
/// works off its queue. A day counts once, however many storms close it.
pub(super) fn closed_days(
    portfolio: &Portfolio,
    storms: &[&Path],
    port_tail_h: f64,
    threads: usize,
) -> Vec<BTreeSet<Day>> {
    let lanes: Vec<Course<'_>> = portfolio.lanes.values().map(|lane| Course::new(lane, port_tail_h)).collect();
    let courses: Vec<&[Position]> = lanes.iter().map(|lane| lane.lane.course.as_slice()).collect();
    let index = CourseIndex::new(&courses, threads);
    let by_storm = in_parallel(storms, threads, |path| of_storm(path, &lanes, &index));
    let mut closed = vec![BTreeSet::new(); lanes.len()];
    for (lane, days) in by_storm.into_iter().flatten() {
        if let Some(known) = closed.get_mut(lane) {
            known.extend(days);
        }
    }
    closed
}

/// A lane ready to be asked.
struct Course<'a> {
    lane: &'a Lane,
    places: Vec<Position>,
    ends: Vec<Position>,
    tail: Span,
}

impl<'a> Course<'a> {
    fn new(lane: &'a Lane, port_tail_h: f64) -> Self {
        let is_ship = matches!(lane.mode.as_str(), "sea" | "barge");
        let ends = [lane.course.first(), lane.course.last()].into_iter().flatten().copied();
        Self {
            lane,
            places: geo::densify(&lane.course, LANE_STEP),
            ends: ends.filter(|_| is_ship && port_tail_h > 0.0).collect(),
            tail: hours(port_tail_h),
        }
    }
}

/// The lanes that one storm closes, by number, and when.
fn of_storm(path: &Path, lanes: &[Course<'_>], index: &CourseIndex) -> Vec<(usize, BTreeSet<Day>)> {
    // Coarsely first: most storms come near no lane.
    let coarse = path.sampled(path.start(), Span::from_hours(6));
    let furthest = coarse.iter().map(reach).fold(0.0, f64::max);
    let way: Vec<Position> = coarse.iter().map(|storm| storm.position).collect();
    // Between two samples no centre moves further than half the longest leg from the nearer one.
    let legs = way.iter().zip(way.iter().skip(1)).map(|(a, b)| away(*a, *b).0);
    let half_leg = legs.fold(0.0, f64::max) / 2.0;
    let near = index.near(&way, Km((furthest + half_leg) * 1.1));
    if near.is_empty() || furthest <= 0.0 {
        return Vec::new();
    }
    let fine = path.sampled(path.start(), STEP);
    let of_lane = near.into_iter().filter_map(|number| {
        let number = number as usize;
        Some((number, days(&fine, lanes.get(number)?)))
    });
    of_lane.filter(|(_, days)| !days.is_empty()).collect()
}

fn days(storm: &[Snapshot], lane: &Course<'_>) -> BTreeSet<Day> {
    let mut closed = BTreeSet::new();
    for now in storm {
        let reach = reach(now);
        if reach <= 0.0 {
            continue;
        }
        let blows = |places: &[Position]| places.iter().any(|place| is_gale(now, reach, *place));
        let at = now.time.as_second();
        let day = at.div_euclid(DAY_S);
        if !closed.contains(&day) && blows(&lane.places) {
            closed.insert(day);
        }
        if blows(&lane.ends) {
            closed.extend(day..=(at + lane.tail.as_secs()).div_euclid(DAY_S));
        }
    }
    closed
}

/// A distance beyond which the storm brings no gale, in kilometres; 0 when it brings none at all.
fn reach(storm: &Snapshot) -> f64 {
    if storm.vmax_kt < GALE_KT {
        return 0.0;
    }
    let [gale, ..] = &storm.radii;
    let given = gale.iter().copied().fold(0.0, f64::max);
    // Where a quadrant gives no gale, the wind of the innermost radius falls off by itself.
    let [_, strong, strongest] = &storm.radii;
    let own = [(storm.rmw_km, storm.vmax_kt)].into_iter();
    let rings = own.chain(strong.iter().map(|km| (*km, 50.0))).chain(strongest.iter().map(|km| (*km, 64.0)));
    let falling = rings.map(|(km, kt)| km * (kt / GALE_KT).powf(1.0 / OUTER_EXPONENT));
    given.max(falling.fold(0.0, f64::max))
}

fn is_gale(storm: &Snapshot, reach: f64, place: Position) -> bool {
    let (km, bearing_deg) = away(storm.position, place);
    km <= reach && wind_at_kt(storm, km, bearing_deg) >= GALE_KT
}

/// Distance in kilometres and bearing on the plane: half a per cent is nothing beside what a best track's radii may err.
fn away(from: Position, to: Position) -> (f64, f64) {
    let (east, north) = geo::plane_km(from, to);
    (east.hypot(north), east.atan2(north).to_degrees().rem_euclid(360.0))
}
