//! Distance, bearing and destination on the WGS84 ellipsoid, and quick ones on the sphere.

use std::sync::LazyLock;

use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};

use crate::domain::{Km, Position};

static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// Mean earth radius R1 of WGS84 in kilometres, (2a + b) / 3 (Moritz 2000, J. Geodesy 74:128).
const EARTH_KM: f64 = 6371.0088;

/// The geodesic distance, to better than a micrometre (Karney 2013, J. Geodesy 87:43).
///
/// ```
/// # use seawall::{domain::Position, geo::distance};
/// let shanghai = Position::lat_lon(31.23, 121.47).unwrap();
/// let los_angeles = Position::lat_lon(34.05, -118.24).unwrap();
/// assert!((distance(shanghai, los_angeles).0 - 10_461.9).abs() < 25.0);
/// ```
pub fn distance(a: Position, b: Position) -> Km {
    let metres: f64 = WGS84.inverse(a.lat(), a.lon(), b.lat(), b.lon());
    Km(metres / 1000.0)
}

/// The distance and the bearing at `from`, both at the price of one.
pub fn distance_and_bearing(from: Position, to: Position) -> (Km, f64) {
    let (metres, azimuth, _, _): (f64, f64, f64, f64) = WGS84.inverse(from.lat(), from.lon(), to.lat(), to.lon());
    (Km(metres / 1000.0), azimuth.rem_euclid(360.0))
}

/// The bearing at `from` of the geodesic to `to`: degrees clockwise from north, 0..360.
pub fn bearing_deg(from: Position, to: Position) -> f64 {
    let (azimuth, _, _): (f64, f64, f64) = WGS84.inverse(from.lat(), from.lon(), to.lat(), to.lon());
    azimuth.rem_euclid(360.0)
}

/// Where one comes to, going `distance` from `from` on `bearing_deg`.
pub fn destination(from: Position, bearing_deg: f64, distance: Km) -> Position {
    let (lat, lon): (f64, f64) = WGS84.direct(from.lat(), from.lon(), bearing_deg, distance.0 * 1000.0);
    Position::lat_lon(lat, lon).unwrap_or(from)
}

/// The position at `share` (0..=1) of the geodesic from `a` to `b`; the shorter way round the earth.
pub fn between(a: Position, b: Position, share: f64) -> Position {
    if share <= 0.0 {
        return a;
    }
    if share >= 1.0 {
        return b;
    }
    let (metres, azimuth, _, _): (f64, f64, f64, f64) = WGS84.inverse(a.lat(), a.lon(), b.lat(), b.lon());
    destination(a, azimuth, Km(metres / 1000.0 * share))
}

/// A course with a position at least every `step`, its own positions kept.
pub fn densify(course: &[Position], step: Km) -> Vec<Position> {
    let mut dense: Vec<Position> = course.first().copied().into_iter().collect();
    for (a, b) in course.iter().zip(course.iter().skip(1)) {
        let pieces = pieces(distance(*a, *b), step);
        dense.extend((1..=pieces).map(|piece| between(*a, *b, f64::from(piece) / f64::from(pieces))));
    }
    dense
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=10,000 before the cast")]
fn pieces(length: Km, step: Km) -> u32 {
    (length.0 / step.0).ceil().clamp(1.0, 10_000.0) as u32
}

/// A place on a plane round `origin`: kilometres east and north. Equirectangular with the mean
/// latitude's cosine: within 0.5 % of the geodesic up to 1,000 km below 60 degrees. For members of an
/// ensemble and for pruning with a margin, never for a deadline.
pub fn plane_km(origin: Position, place: Position) -> (f64, f64) {
    let lon = shortest_lon(place.lon() - origin.lon());
    let mean_lat = f64::midpoint(origin.lat(), place.lat()).to_radians();
    let degree = EARTH_KM.to_radians();
    (lon * degree * mean_lat.cos(), (place.lat() - origin.lat()) * degree)
}

/// A difference of longitudes the short way round, −180..=180.
pub fn shortest_lon(difference: f64) -> f64 {
    (difference + 180.0).rem_euclid(360.0) - 180.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(lat: f64, lon: f64) -> Position {
        Position::lat_lon(lat, lon).expect("a position")
    }

    /// Karney's published test cases (`GeodTest`, zenodo 32156): a line of the set, to 1 mm.
    #[test]
    fn agrees_with_geodtest() {
        let metres = distance(at(36.530_042_355_04, 0.0), at(-48.164_270_779_097_77, 5.762_344_694_676_51)).0 * 1e3;
        assert!((metres - 9_398_502.043_425_78).abs() < 1e-3, "{metres}");
    }

    #[test]
    fn crosses_the_date_line_the_short_way() {
        let west = at(20.0, 179.0);
        let east = at(20.0, -179.0);
        assert!((distance(west, east).0 - 209.3).abs() < 0.5);
        assert!((bearing_deg(west, east) - 89.66).abs() < 0.1);
        let middle = between(west, east, 0.5);
        assert!(middle.lon().abs() > 179.99, "{middle:?}");
        let (x, y) = plane_km(west, east);
        assert!((x - 209.0).abs() < 0.7 && y.abs() < 1e-9);
    }

    #[test]
    fn densifies_keeping_its_corners() {
        let course = [at(31.0, 122.0), at(28.0, 122.0), at(24.0, 119.0)];
        let dense = densify(&course, Km(50.0));
        assert!(course.iter().all(|corner| dense.contains(corner)));
        assert!(dense.windows(2).all(|pair| distance(pair[0], pair[1]).0 <= 50.001));
    }

    proptest! {
        #[test]
        fn distance_is_symmetric(a in (-89.0..89.0, -180.0..180.0), b in (-89.0..89.0, -180.0..180.0)) {
            let (a, b) = (at(a.0, a.1), at(b.0, b.1));
            prop_assert!((distance(a, b).0 - distance(b, a).0).abs() < 1e-6);
        }

        #[test]
        fn the_plane_is_near_enough(lat in -55.0..55.0, lon in -180.0..180.0, bearing in 0.0..360.0, km in 1.0..700.0) {
            let origin = at(lat, lon);
            let (x, y) = plane_km(origin, destination(origin, bearing, Km(km)));
            prop_assert!((x.hypot(y) / km - 1.0).abs() < 0.012, "{}", x.hypot(y) / km);
        }
    }
}
