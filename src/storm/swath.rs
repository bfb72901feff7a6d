//! The strongest wind of a whole passage at each of very many places.
//!
//! As [`super::wind_kt`] says of each place and instant, but with all that belongs to an instant reckoned once, and with
//! places that are too far off left out before anything is reckoned.

use super::path::Snapshot;
use super::wind::wind_off_kt;
use crate::domain::{Km, Position};
use crate::geo::Plane;

/// A degree of latitude is nowhere shorter, in kilometres (110.574 at the equator of WGS84).
const DEGREE_KM_MIN: f64 = 110.57;

/// A storm's way at some instants, ready to be asked about many places.
#[derive(Debug, Clone)]
pub struct Swath {
    reach_km: f64,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
struct Step {
    plane: Plane,
    /// Degrees of latitude and of longitude beyond which no place is within reach.
    far_lat: f64,
    far_lon: f64,
    storm: Snapshot,
}

impl Swath {
    /// The storm at some instants; beyond `reach` of its centre no wind is looked at.
    pub fn new(track: &[Snapshot], reach: Km) -> Self {
        let steps = track.iter().map(|storm| Step::new(storm, reach.0)).collect();
        Self { reach_km: reach.0, steps }
    }

    /// How many instants there are.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// The strongest 1-minute wind at a place in knots; 0 where the storm never comes within reach.
    pub fn strongest_kt(&self, place: Position) -> f64 {
        self.near(place).fold(0.0, |strongest, (step, offset)| wind_off_kt(&step.storm, offset).max(strongest))
    }

    /// At how many instants the storm is within reach of a place.
    pub fn instants_near(&self, place: Position) -> usize {
        self.near(place).count()
    }

    fn near(&self, place: Position) -> impl Iterator<Item = (&Step, (f64, f64))> {
        self.steps.iter().filter_map(move |step| {
            let origin = step.plane.origin();
            if (place.lat() - origin.lat()).abs() > step.far_lat {
                return None;
            }
            let right = (place.lon() - origin.lon()).abs();
            if right > step.far_lon && 360.0 - right > step.far_lon {
                return None;
            }
            let (east, north) = step.plane.offset_km(place);
            (east * east + north * north <= self.reach_km * self.reach_km).then_some((step, (east, north)))
        })
    }
}

impl Step {
    fn new(storm: &Snapshot, reach_km: f64) -> Self {
        let far_lat = reach_km / DEGREE_KM_MIN;
        let lat = storm.position.lat().abs() + far_lat;
        // Round a pole every longitude is near.
        let far_lon = if lat < 85.0 { far_lat / lat.to_radians().cos() } else { 360.0 };
        Self { plane: Plane::new(storm.position), far_lat, far_lon, storm: storm.clone() }
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
            prop_assert!(swath.strongest_kt(place) >= want - 1e-9, "{} {want}", swath.strongest_kt(place));
            if near.len() == nearly {
                prop_assert!((swath.strongest_kt(place) - want).abs() < 1e-9);
            }
        }
    }
}
