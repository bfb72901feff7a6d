//! The members asked about some places one by one, without the grid.

use super::members::{Member, Step};
use super::official::{BEARINGS, Hour};
use super::{Arrivals, DEGREE_KM, LEVELS_KT, Likelihood, Members, PERCENTILES, TIMED};
use crate::domain::{ByThreshold, Position, Span, Timestamp};
use crate::geo;

/// What one member brings.
struct Brought {
    /// Hours to each threshold.
    arrival_h: [Option<f32>; TIMED],
    peak_kt: f32,
}

pub(super) fn likelihood(members: &Members<'_>, places: &[Position]) -> Likelihood {
    let Members { ensemble, members } = *members;
    let places: Vec<(f32, f32)> = places
        .iter()
        .map(|place| (place.lat() as f32, geo::shortest_lon(place.lon() - ensemble.meridian) as f32))
        .collect();
    let Some(bounds) = Bounds::of(&places) else { return nothing(members.len()) };
    let share = 1.0 / members.len().max(1) as f64;
    let brought: Vec<Brought> = members
        .iter()
        .map(|member| {
            let hours = ensemble.groups.get(member.group).map(Vec::as_slice).unwrap_or_default();
            brought(member, hours, &places, &bounds)
        })
        .collect();
    let arrivals = |level: usize| {
        let mut hours: Vec<f32> =
            brought.iter().filter_map(|member| member.arrival_h.get(level).copied().flatten()).collect();
        hours.sort_by(f32::total_cmp);
        hours
    };
    let of: Vec<Vec<f32>> = (0..TIMED).map(arrivals).collect();
    let level = |kt: u32| LEVELS_KT.iter().position(|level| (*level - f64::from(kt)).abs() < 0.5).unwrap_or_default();
    let hours = |kt: u32| of.get(level(kt)).map(Vec::as_slice).unwrap_or_default();
    Likelihood {
        probability: ByThreshold::from_fn(|kt| hours(kt).len() as f64 * share),
        arrival: ByThreshold::from_fn(|kt| percentiles(hours(kt), ensemble.from)),
        peaks_kt: brought.iter().map(|member| (share, f64::from(member.peak_kt))).collect(),
    }
}

/// The box round all places, degrees.
struct Bounds {
    lat: (f32, f32),
    lon: (f32, f32),
}

impl Bounds {
    fn of(places: &[(f32, f32)]) -> Option<Self> {
        let (lat, lon) = *places.first()?;
        let around = |(least, most): (f32, f32), value: f32| (least.min(value), most.max(value));
        Some(places.iter().fold(Self { lat: (lat, lat), lon: (lon, lon) }, |bounds, (lat, lon)| Self {
            lat: around(bounds.lat, *lat),
            lon: around(bounds.lon, *lon),
        }))
    }

    /// True when no gale reaches into the box, nor would within the hour's way of the fastest storm (130 km).
    fn is_beyond(&self, step: &Step, hour: &Hour) -> bool {
        let [gale_km, ..] = step.reach_km;
        let far = (gale_km * hour.furthest + 130.0) / DEGREE_KM as f32;
        let wide = far / (step.lat.abs() + far).min(80.0).to_radians().cos();
        let within =
            |value: f32, (least, most): (f32, f32), margin: f32| value > least - margin && value < most + margin;
        gale_km <= 0.0 || !within(step.lat, self.lat, far) || !within(step.lon, self.lon, wide)
    }
}

/// What there is at no place at all.
fn nothing(members: usize) -> Likelihood {
    let peaks_kt = if members == 0 { Vec::new() } else { vec![(1.0, 0.0)] };
    Likelihood { probability: ByThreshold::default(), arrival: ByThreshold::default(), peaks_kt }
}

fn brought(member: &Member, hours: &[Hour], places: &[(f32, f32)], bounds: &Bounds) -> Brought {
    let mut brought = Brought { arrival_h: [None; TIMED], peak_kt: 0.0 };
    let mut before: Option<&Step> = None;
    for (at, (step, hour)) in member.steps.iter().zip(hours).enumerate() {
        let was_far = before.is_none_or(|before| bounds.is_beyond(before, hour));
        if was_far && bounds.is_beyond(step, hour) {
            before = Some(step);
            continue;
        }
        let parts = before.map_or(1, |before| parts(before, step));
        for part in 1..=parts {
            let share = f32::from(part) / f32::from(parts);
            let between = before.map_or(*step, |before| before.towards(step, share));
            let wind_kt = places.iter().map(|place| between.wind_kt(hour, *place)).fold(0.0, f32::max);
            brought.peak_kt = brought.peak_kt.max(wind_kt);
            // Half a part earlier, in the mean: it came within the part.
            let hour = if at == 0 { 0.0 } else { at as f32 - 1.0 + share - 0.5 / f32::from(parts) };
            for (arrival, kt) in brought.arrival_h.iter_mut().zip(LEVELS_KT) {
                if arrival.is_none() && wind_kt >= kt as f32 {
                    *arrival = Some(hour);
                }
            }
        }
        before = Some(step);
    }
    brought
}

/// How many parts an hour's way is looked at in: each not longer than a third of the gale's reach.
fn parts(before: &Step, step: &Step) -> u16 {
    let [gale, ..] = step.reach_km;
    let (north, east) = (step.lat - before.lat, (step.lon - before.lon) * step.lat.to_radians().cos());
    let way_km = north.hypot(east) * DEGREE_KM as f32;
    (way_km / (gale / 3.0).max(20.0)).ceil().clamp(1.0, 6.0) as u16
}

impl Step {
    /// The member so far on its way to its next hour.
    pub(super) fn towards(&self, next: &Self, share: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * share;
        let mut mixed = *next;
        (mixed.lat, mixed.lon) = (mix(self.lat, next.lat), mix(self.lon, next.lon));
        mixed.vmax_kt = mix(self.vmax_kt, next.vmax_kt);
        for (km, from) in mixed.reach_km.iter_mut().zip(self.reach_km) {
            // A wind that has just begun to blow has no reach to grow from.
            *km = if from > 0.0 && *km > 0.0 { mix(from, *km) } else { *km };
        }
        mixed
    }

    /// The 1-minute wind at a place: between two levels' reaches on a power law, within the innermost the maximum; 0 below a
    /// gale, which nobody asks about.
    pub(super) fn wind_kt(&self, hour: &Hour, (lat, lon): (f32, f32)) -> f32 {
        let [gale_km, ..] = self.reach_km;
        let far_km = gale_km * hour.furthest;
        let north = (lat - self.lat) * DEGREE_KM as f32;
        // Far off, the cosine is not worth its cost.
        if gale_km <= 0.0 || north.abs() > far_km {
            return 0.0;
        }
        let east = (lon - self.lon) * DEGREE_KM as f32 * f32::midpoint(lat, self.lat).to_radians().cos();
        let r = north.hypot(east);
        if r > far_km {
            return 0.0;
        }
        let sector = east.atan2(north).rem_euclid(std::f32::consts::TAU) / std::f32::consts::TAU * BEARINGS as f32;
        let (left, share) = (sector as usize % BEARINGS, sector.fract());
        let mut outer = None;
        for ((reach, kt), shape) in self.reach_km.iter().zip(LEVELS_KT).zip(&hour.shape) {
            let (a, b) = (shape.get(left), shape.get((left + 1) % BEARINGS));
            let ratio = a.zip(b).map_or(1.0, |(a, b)| a + (b - a) * share);
            let reach = if reach * ratio < self.calm_km(kt) { 0.0 } else { reach * ratio };
            let here = (reach, kt as f32);
            if here.0 < r || here.0 <= 0.0 {
                return between(outer, here, r, self.vmax_kt);
            }
            outer = Some(here);
        }
        self.vmax_kt
    }
}

/// The wind between the level that still blows here (if any) and the one that does not.
fn between(outer: Option<(f32, f32)>, inner: (f32, f32), r: f32, vmax_kt: f32) -> f32 {
    match outer {
        None => 0.0,
        Some(outer) if inner.0 > 0.0 && inner.0 < outer.0 => {
            let share = (r / inner.0).ln() / (outer.0 / inner.0).ln();
            inner.1 * (outer.1 / inner.1).powf(share.clamp(0.0, 1.0))
        }
        Some(outer) => {
            // The stronger level does not blow here: from the weaker one at its reach to the maximum at the middle, but below
            // the stronger.
            (vmax_kt + (outer.1 - vmax_kt) * (r / outer.0).clamp(0.0, 1.0)).min(inner.1 * 0.99)
        }
    }
}

fn percentiles(sorted_h: &[f32], from: Timestamp) -> Option<Arrivals> {
    let at = |share: f32| {
        let index = (share * sorted_h.len() as f32) as usize;
        let hour = sorted_h.get(index.min(sorted_h.len().checked_sub(1)?))?;
        from.checked_add(Span::from_secs((hour * 60.0).floor() as i64 * 60)).ok()
    };
    let [p10, p50, p90] = PERCENTILES.map(at);
    Some(Arrivals { p10: p10?, p50: p50?, p90: p90? })
}
