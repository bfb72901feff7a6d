//! The strongest wind of a whole passage at each of very many places.
//!
//! As [`super::wind_kt`] says of each place and instant, but with all that belongs to an instant reckoned once, and with
//! places that are too far off left out before anything is reckoned.

use super::path::{Quadrants, Snapshot};
use super::wind::{OUTER_EXPONENT, reach_off_km};
use crate::domain::{Km, Position, THRESHOLDS_KT};
use crate::geo::{Plane, in_parallel};

/// A degree of latitude is nowhere shorter, in kilometres (110.574 at the equator of WGS84).
const DEGREE_KM_MIN: f64 = 110.57;

/// Places that a thread looks at before it takes the next ones.
const PART: usize = 2048;

/// A storm's way at some instants, ready to be asked about many places.
#[derive(Debug, Clone)]
pub struct Swath {
    reach_km: f64,
    /// Of each step, kept apart so that looking them through touches little memory.
    bounds: Vec<Bounds>,
    steps: Vec<Step>,
}

/// No place beyond so many degrees of the centre is within reach.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    lat: f64,
    lon: f64,
    far_lat: f64,
    far_lon: f64,
}

#[derive(Debug, Clone)]
struct Step {
    plane: Plane,
    /// The logarithm of the maximum in knots.
    vmax_ln: f64,
    rmw_km: f64,
    /// The logarithms of the winds that are weaker than it, the strongest first, and how far they reach.
    rings: [(f64, Quadrants); 3],
}

impl Swath {
    /// The storm at some instants; beyond `reach` of its centre no wind is looked at.
    pub fn new(track: &[Snapshot], reach: Km) -> Self {
        let bounds = track.iter().map(|storm| Bounds::new(storm.position, reach.0)).collect();
        Self { reach_km: reach.0, bounds, steps: track.iter().map(Step::new).collect() }
    }

    /// How many instants there are.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// The strongest 1-minute wind at a place in knots; 0 where the storm never comes within reach.
    pub fn strongest_kt(&self, place: Position) -> f64 {
        self.near(place).fold(f64::NEG_INFINITY, |strongest, (step, offset)| step.raised_ln(strongest, offset)).exp()
    }

    /// The same of many places, in their order, on up to so many threads.
    pub fn strongest_of_kt(&self, places: &[Position], threads: usize) -> Vec<f64> {
        let parts: Vec<&[Position]> = places.chunks(PART).collect();
        let of_part = |part: &&[Position]| part.iter().map(|place| self.strongest_kt(*place)).collect::<Vec<f64>>();
        in_parallel(&parts, threads, of_part).concat()
    }

    /// At how many instants the storm is within reach of a place.
    pub fn instants_near(&self, place: Position) -> usize {
        self.near(place).count()
    }

    #[inline]
    fn near(&self, place: Position) -> impl Iterator<Item = (&Step, (f64, f64))> {
        let reach = self.reach_km * self.reach_km;
        let steps = self.bounds.iter().zip(&self.steps).filter(move |(bounds, _)| bounds.may_hold(place));
        steps.filter_map(move |(_, step)| {
            let (east, north) = step.plane.offset_km(place);
            (east * east + north * north <= reach).then_some((step, (east, north)))
        })
    }
}

impl Bounds {
    fn new(centre: Position, reach_km: f64) -> Self {
        let far_lat = reach_km / DEGREE_KM_MIN;
        let lat = centre.lat().abs() + far_lat;
        // Round a pole every longitude is near.
        let far_lon = if lat < 85.0 { far_lat / lat.to_radians().cos() } else { 360.0 };
        Self { lat: centre.lat(), lon: centre.lon(), far_lat, far_lon }
    }

    #[inline]
    fn may_hold(&self, place: Position) -> bool {
        let right = (place.lon() - self.lon).abs();
        (place.lat() - self.lat).abs() <= self.far_lat && (right <= self.far_lon || 360.0 - right <= self.far_lon)
    }
}

impl Step {
    fn new(storm: &Snapshot) -> Self {
        let ln = |kt: f64| kt.max(f64::MIN_POSITIVE).ln();
        let [gale, storm_force, typhoon] = THRESHOLDS_KT.map(f64::from);
        // A wind that is no weaker than the maximum has no ring of its own.
        let ring = |kt: f64, quadrants: Quadrants| (ln(kt), if kt < storm.vmax_kt { quadrants } else { [0.0; 4] });
        let [r34, r50, r64] = storm.radii;
        Self {
            plane: Plane::new(storm.position),
            vmax_ln: ln(storm.vmax_kt),
            rmw_km: storm.rmw_km,
            rings: [ring(typhoon, r64), ring(storm_force, r50), ring(gale, r34)],
        }
    }

    /// The stronger of a wind and that at a place, so far east and north of the centre, both as logarithms: as
    /// [`super::wind::wind_off_kt`], but reckoned only where the wind can be the stronger one, and with squares in the place
    /// of roots.
    #[inline]
    fn raised_ln(&self, strongest: f64, (east, north): (f64, f64)) -> f64 {
        let square = east * east + north * north;
        let (mut inner, mut wind) = (self.rmw_km * self.rmw_km, self.vmax_ln);
        if square <= inner || wind <= strongest {
            return wind.max(strongest);
        }
        for (level, quadrants) in &self.rings {
            let reach = reach_off_km(quadrants, (east, north));
            let outer = reach * reach;
            if outer <= inner {
                continue;
            }
            if square <= outer {
                let share = (square / inner).ln() / (outer / inner).ln();
                return (wind + (level - wind) * share).max(strongest);
            }
            (inner, wind) = (outer, *level);
            if wind <= strongest {
                return strongest;
            }
        }
        (wind - OUTER_EXPONENT / 2.0 * (square / inner).ln()).max(strongest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Span;
    use crate::geo;
    use crate::storm::path::tests::{at, rananim};
    use crate::storm::{Path, wind_kt};

    proptest! {
        #[test]
        fn is_as_if_each_instant_were_asked(
            lat in -80.0..86.0_f64, lon in -180.0..180.0_f64, bearing in 0.0..360.0_f64, far in 0.0..600.0_f64,
        ) {
            let path = Path::new(&rananim()).expect("a path");
            let track: Vec<Snapshot> = path
                .sampled(path.start(), Span::from_hours(3))
                .into_iter()
                .zip(0_u32..)
                .map(|(storm, step)| {
                    let position = geo::destination(at(lat, lon), 300.0, Km(f64::from(step) * 60.0));
                    Snapshot { position, ..storm }
                })
                .collect();
            let place = geo::destination(track[2].position, bearing, Km(far));
            let swath = Swath::new(&track, Km(300.0));
            let near: Vec<&Snapshot> =
                track.iter().filter(|storm| geo::distance(storm.position, place).0 <= 299.9).collect();
            let nearly = track.iter().filter(|storm| geo::distance(storm.position, place).0 <= 300.1).count();
            prop_assert!((near.len()..=nearly).contains(&swath.instants_near(place)));
            let want = near.iter().map(|storm| wind_kt(storm, place)).fold(0.0, f64::max);
            prop_assert!(swath.strongest_kt(place) >= want - 1e-6, "{} {want}", swath.strongest_kt(place));
            if near.len() == nearly {
                prop_assert!((swath.strongest_kt(place) - want).abs() < 1e-6, "{} {want}", swath.strongest_kt(place));
            }
        }
    }
}
