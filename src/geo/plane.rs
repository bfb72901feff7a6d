//! A plane round a place, for many places near it: nearly as exact as the geodesic, at a hundredth of its price.

use super::distance::{EARTH_KM, distance_and_bearing, shortest_lon};
use crate::domain::Position;

/// WGS84: the equatorial radius in kilometres and the square of the first eccentricity (NIMA TR8350.2, tables 3.1, 3.3).
const EQUATOR_KM: f64 = 6378.137;
const E2: f64 = 6.694_379_990_14e-3;
/// Further off than this, in degrees of latitude and of longitude, the series end.
const NEAR_DEG: (f64, f64) = (10.0, 15.0);
/// Nearer to a pole than this the geodesic is asked.
const POLAR_DEG: f64 = 75.0;

/// A plane that touches the earth at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    origin: Position,
    sin: f64,
    cos: f64,
}

impl Plane {
    /// The plane at a place.
    pub fn new(origin: Position) -> Self {
        let (sin, cos) = origin.lat().to_radians().sin_cos();
        Self { origin, sin, cos }
    }

    /// The place that it touches.
    pub fn origin(&self) -> Position {
        self.origin
    }

    /// Kilometres east and north of the origin, as far and in the direction of the geodesic there. Within 700 km off by less than
    /// 0.002 % and 0.01 degrees, at 300 km by a fifth of that. Beyond 10 degrees of latitude or 15 of longitude, where the
    /// series end, it is the sphere (off by up to 0.6 %); near a pole it is the geodesic itself, and as slow.
    ///
    /// Gauss' formulas of the mean latitude (Delambre's analogies) with the ellipsoid's radii of curvature there; sine and
    /// cosine by their series.
    #[inline]
    pub fn offset_km(&self, place: Position) -> (f64, f64) {
        let (up, right) = (place.lat() - self.origin.lat(), shortest(place.lon() - self.origin.lon()));
        if up.abs() > NEAR_DEG.0 || right.abs() > NEAR_DEG.1 || self.origin.lat().abs() > POLAR_DEG {
            return self.far_km(place, right);
        }
        // Halves of both differences, their squares, sines and cosines; and those of the mean latitude.
        let (half_up, half_right) = (up.to_radians() / 2.0, right.to_radians() / 2.0);
        let (up_2, right_2) = (half_up * half_up, half_right * half_right);
        let (sin_up, cos_up) = (half_up * (1.0 - up_2 / 6.0), 1.0 - up_2 / 2.0 + up_2 * up_2 / 24.0);
        let sin_right = half_right * (1.0 - right_2 / 6.0 * (1.0 - right_2 / 20.0));
        let cos_right = 1.0 - right_2 / 2.0 + right_2 * right_2 / 24.0;
        let (sin_mean, cos_mean) = (self.sin * cos_up + self.cos * sin_up, self.cos * cos_up - self.sin * sin_up);
        // Half the chord's sine, its two parts, and from it the arc.
        let (x, y) = (sin_right * cos_mean, sin_up * cos_right);
        let arc = 2.0 + (x * x + y * y) / 3.0;
        let flat = E2 * sin_mean * sin_mean;
        let normal = EQUATOR_KM * (1.0 + flat / 2.0 + 0.375 * flat * flat);
        let meridian = EQUATOR_KM * (1.0 - E2) * (1.0 + 1.5 * flat + 1.875 * flat * flat);
        let (east, north) = (x * arc * normal, y * arc * meridian);
        // The direction in the middle is turned to that at the origin.
        let turn = half_right * sin_mean * (1.0 + up_2 / 2.0);
        let (sin_turn, cos_turn) = (turn * (1.0 - turn * turn / 6.0), 1.0 - turn * turn / 2.0);
        (east * cos_turn - north * sin_turn, north * cos_turn + east * sin_turn)
    }

    /// By the geodesic near the poles, else on the sphere.
    #[cold]
    fn far_km(&self, place: Position, right: f64) -> (f64, f64) {
        if self.origin.lat().abs() > POLAR_DEG {
            let (km, bearing) = distance_and_bearing(self.origin, place);
            let (sin, cos) = bearing.to_radians().sin_cos();
            return (km.0 * sin, km.0 * cos);
        }
        let ((sin, cos), (sin_l, cos_l)) = (place.lat().to_radians().sin_cos(), right.to_radians().sin_cos());
        // East and north of the great circle's beginning, times the sine of its arc.
        let (x, y) = (cos * sin_l, self.cos * sin - self.sin * cos * cos_l);
        let chord = x.hypot(y);
        let km = EARTH_KM * chord.atan2(self.sin * sin + self.cos * cos * cos_l);
        if chord > 0.0 { (km * x / chord, km * y / chord) } else { (0.0, km) }
    }
}

/// As [`shortest_lon`]; most differences are short already.
#[inline]
fn shortest(difference: f64) -> f64 {
    if difference.abs() <= 180.0 { difference } else { shortest_lon(difference) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Km;
    use crate::geo::destination;

    proptest! {
        #[test]
        fn is_as_the_geodesic_has_it(
            lat in -60.0..60.0_f64, lon in -180.0..180.0_f64, bearing in 0.0..360.0_f64, km in 1.0..700.0_f64,
        ) {
            let origin = Position::lat_lon(lat, lon).expect("a position");
            let (east, north) = Plane::new(origin).offset_km(destination(origin, bearing, Km(km)));
            prop_assert!((east.hypot(north) / km - 1.0).abs() < 2e-5, "{} of {km}", east.hypot(north));
            let turned = shortest_lon(east.atan2(north).to_degrees() - bearing);
            prop_assert!(turned.abs() < 0.01, "{turned} degrees");
        }

        #[test]
        fn far_away_and_at_the_poles_too(
            lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64, lat2 in -90.0..=90.0_f64, lon2 in -180.0..=180.0_f64,
        ) {
            let (a, b) = (Position::lat_lon(lat, lon).expect("a position"), Position::lat_lon(lat2, lon2).expect("one"));
            let (east, north) = Plane::new(a).offset_km(b);
            let km = super::super::distance(a, b).0;
            prop_assert!((east.hypot(north) - km).abs() <= km * if km < 1000.0 { 1e-4 } else { 6e-3 } + 1e-6, "{km} {}", east.hypot(north));
        }
    }
}
