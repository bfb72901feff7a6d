//! Distance, bearing and destination on the WGS84 ellipsoid, and quick ones on the sphere.

use std::sync::LazyLock;

use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};

use crate::domain::{Km, Position};

static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// Mean earth radius R1 of WGS84 in kilometres, (2a + b) / 3 (Moritz 2000, J. Geodesy 74:128).
pub(super) const EARTH_KM: f64 = 6371.0088;

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

/// Where one comes to, and which way one then looks: going `distance` from `from` on `bearing_deg`, the position and the
/// bearing there, 0..360. Bearings turn along a geodesic, the faster the nearer to a pole.
pub fn destination_and_bearing(from: Position, bearing_deg: f64, distance: Km) -> (Position, f64) {
    let (lat, lon, bearing): (f64, f64, f64) = WGS84.direct(from.lat(), from.lon(), bearing_deg, distance.0 * 1000.0);
    Position::lat_lon(lat, lon).map_or((from, bearing_deg), |there| (there, bearing.rem_euclid(360.0)))
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

    /// `lat1 lon1 azi1 lat2 lon2 azi2 s12` (metres) of geodesics on WGS84, from `GeographicLib`'s own tests, which took
    /// them from Karney's published set (`GeodTest`, zenodo 32156); the first line is of the set itself.
    #[expect(clippy::excessive_precision, clippy::unreadable_literal, reason = "as published")]
    #[rustfmt::skip]
    const GEODESICS: [[f64; 7]; 21] = [
        [36.53004235504, 0.0, 176.125875162171, -48.16427077909776776, 5.76234469467651, 175.334308316285, 9398502.0434257800],
        [35.60777, -139.44815, 111.098748429560326, -11.17491, -69.95921, 129.289270889708762, 8935244.5604818305],
        [55.52454, 106.05087, 22.020059880982801, 77.03196, 197.18234, 109.112041110671519, 4105086.1713924406],
        [-21.97856, 142.59065, -32.44456876433189, 41.84138, 98.56635, -41.84359951440466, 8394328.894657671],
        [-66.99028, 112.2363, 173.73491240878403, -12.70631, 285.90344, 2.512956620913668, 11150344.2312080241],
        [-17.42761, 173.34268, -159.033557661192928, -15.84784, 5.93557, -20.787484651536988, 16076603.1631180673],
        [32.84994, 48.28919, 150.492927788121982, -56.28556, 202.29132, 48.113449399816759, 16727068.9438164461],
        [6.96833, 52.74123, 92.581585386317712, -7.39675, 206.17291, 90.721692165923907, 17102477.2496958388],
        [-50.56724, -16.30485, -105.439679907590164, -33.56571, -94.97412, -47.348547835650331, 6455670.5118668696],
        [-58.93002, -8.90775, 140.965397902500679, -8.91104, 133.13503, 19.255429433416599, 11756066.0219864627],
        [-68.82867, -74.28391, 93.774347763114881, -50.63005, -8.36685, 34.65564085411343, 3956936.926063544],
        [-10.62672, -32.0898, -86.426713286747751, 5.883, -134.31681, -80.473780971034875, 11470869.3864563009],
        [-21.76221, 166.90563, 29.319421206936428, 48.72884, 213.97627, 43.508671946410168, 9098627.3986554915],
        [-19.79938, -174.47484, 71.167275780171533, -11.99349, -154.35109, 65.589099775199228, 2319004.8601169389],
        [-11.95887, -116.94513, 92.712619830452549, 4.57352, 7.16501, 78.64960934409585, 13834722.5801401374],
        [-87.85331, 85.66836, -65.120313040242748, 66.48646, 16.09921, -4.888658719272296, 17286615.3147144645],
        [1.74708, 128.32011, -101.584843631173858, -11.16617, 11.87109, -86.325793296437476, 12942901.1241347408],
        [-25.72959, -144.90758, -153.647468693117198, -57.70581, -269.17879, -48.343983158876487, 9413446.7452453107],
        [-41.22777, 122.32875, 14.285113402275739, -7.57291, 130.37946, 10.805303085187369, 3812686.035106021],
        [11.01307, 138.25278, 79.43682622782374, 6.62726, 247.05981, 103.708090215522657, 11911190.819018408],
        [-29.47124, 95.14681, -163.779130441688382, -27.46601, -69.15955, -15.909335945554969, 13487015.8381145492],
    ];

    /// `lat1 lat2 lon12 s12`, to the millimetre that is published: nearly the far side of the earth, poles, a tiny way.
    #[expect(clippy::excessive_precision, clippy::unreadable_literal, reason = "as published")]
    #[rustfmt::skip]
    const AWKWARD: [[f64; 4]; 9] = [
        [88.202499451857, -88.202499451857, 179.981022032992859592, 20003898.214],
        [89.262080389218, -89.262080389218, 179.992207982775375662, 20003925.854],
        [89.333123580033, -89.333123580032997687, 179.99295812360148422, 20003926.881],
        [56.320923501171, -56.320923501171, 179.664747671772880215, 19993558.287],
        [52.784459512564, -52.784459512563990912, 179.634407464943777557, 19991596.095],
        [48.522876735459, -48.52287673545898293, 179.599720456223079643, 19989144.774],
        [36.493349428792, 36.49334942879201, 0.0000008, 0.072],
        [0.0, 0.0, 180.0, 20003931.459],
        [90.0, -90.0, 77.0, 20003931.459],
    ];

    /// A bearing wrong by so much misses by a millimetre after 20,000 km.
    const MILLIMETRE_DEG: f64 = 1e-3 / 6_371_000.0 * 180.0 / std::f64::consts::PI;

    #[test]
    fn agrees_with_geographiclib_to_a_millimetre() {
        for [lat1, lon1, azi1, lat2, lon2, azi2, s12] in GEODESICS {
            let (a, b) = (at(lat1, lon1), at(lat2, lon2));
            let (km, bearing) = distance_and_bearing(a, b);
            assert!((km.0 * 1e3 - s12).abs() < 1e-3 && (distance(a, b).0 * 1e3 - s12).abs() < 1e-3, "{s12}: {km:?}");
            assert!(shortest_lon(bearing - azi1).abs() < MILLIMETRE_DEG, "{azi1}: {bearing}");
            assert!(shortest_lon(bearing_deg(a, b) - azi1).abs() < MILLIMETRE_DEG, "{azi1}");
            let (there, looking) = destination_and_bearing(a, azi1, Km(s12 / 1e3));
            assert!(distance(there, b).0 * 1e3 < 1e-3, "{there:?}");
            assert!(distance(between(a, b, 1.0 - 1e-15), b).0 * 1e3 < 1e-3);
            // Next to a pole a hair's breadth turns the bearing.
            assert!(shortest_lon(looking - azi2).abs() < 1e-8, "{azi2}: {looking}");
            let (first, second) = (distance(a, between(a, b, 0.3)).0, distance(between(a, b, 0.3), b).0);
            assert!(((first + second) * 1e3 - s12).abs() < 1e-3, "{first} {second}");
        }
        for [lat1, lat2, lon12, s12] in AWKWARD {
            for lon in [0.0, 100.0, 179.99, -180.0] {
                let metres = distance(at(lat1, lon), at(lat2, shortest_lon(lon + lon12))).0 * 1e3;
                assert!((metres - s12).abs() < 1.5e-3, "{lat1} {lon12}: {metres}");
            }
        }
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
