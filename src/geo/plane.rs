//! A plane round a place, for many places near it: nearly as exact as the geodesic, at a hundredth of its price.

use super::distance::{distance_and_bearing, shortest_lon};
use crate::domain::Position;

/// WGS84: the equatorial radius in kilometres and the square of the first eccentricity (NIMA TR8350.2, tables 3.1, 3.3).
const EQUATOR_KM: f64 = 6378.137;
const E2: f64 = 6.694_379_990_14e-3;
/// Further off than this, in degrees of latitude and of longitude, the series end and the geodesic is asked.
const NEAR_DEG: (f64, f64) = (10.0, 15.0);
/// Nearer to a pole too.
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
    /// 0.002 % and 0.01 degrees, at 300 km by a fifth of that; where the series end, it is the geodesic itself, and as slow.
    ///
    /// Gauss' formulas of the mean latitude (Delambre's analogies) with the ellipsoid's radii of curvature there; sine and
    /// cosine by their series.
    #[inline]
    pub fn offset_km(&self, place: Position) -> (f64, f64) {
        let (up, right) = (place.lat() - self.origin.lat(), shortest(place.lon() - self.origin.lon()));
        if up.abs() > NEAR_DEG.0 || right.abs() > NEAR_DEG.1 || self.origin.lat().abs() > POLAR_DEG {
            return self.by_geodesic(place);
        }
        let (p, l) = (up.to_radians() / 2.0, right.to_radians() / 2.0);
        let (pp, ll) = (p * p, l * l);
        let (sin_p, cos_p) = (p * (1.0 - pp / 6.0), 1.0 - pp / 2.0 + pp * pp / 24.0);
        let (sin_l, cos_l) = (l * (1.0 - ll / 6.0 * (1.0 - ll / 20.0)), 1.0 - ll / 2.0 + ll * ll / 24.0);
        let (sin_m, cos_m) = (self.sin * cos_p + self.cos * sin_p, self.cos * cos_p - self.sin * sin_p);
        // Half the chord's sine, its two parts, and from it the arc.
        let (x, y) = (sin_l * cos_m, sin_p * cos_l);
        let arc = 2.0 + (x * x + y * y) / 3.0;
        let q = E2 * sin_m * sin_m;
        let normal = EQUATOR_KM * (1.0 + q / 2.0 + 0.375 * q * q);
        let meridian = EQUATOR_KM * (1.0 - E2) * (1.0 + 1.5 * q + 1.875 * q * q);
        let (east, north) = (x * arc * normal, y * arc * meridian);
        // The direction in the middle is turned to that at the origin.
        let turn = l * sin_m * (1.0 + pp / 2.0);
        let (sin_t, cos_t) = (turn * (1.0 - turn * turn / 6.0), 1.0 - turn * turn / 2.0);
        (east * cos_t - north * sin_t, north * cos_t + east * sin_t)
    }

    #[cold]
    fn by_geodesic(&self, place: Position) -> (f64, f64) {
        let (km, bearing) = distance_and_bearing(self.origin, place);
        let (sin, cos) = bearing.to_radians().sin_cos();
        (km.0 * sin, km.0 * cos)
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
            prop_assert!((east.hypot(north) - km).abs() <= km * 1e-4 + 1e-9, "{km} {}", east.hypot(north));
        }
    }
}
