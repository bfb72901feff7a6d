//! The damage region of a place, coarsely: which curve of Eberenz et al. 2021 its buildings follow.

use crate::domain::Position;

/// South, north, west, east edges in degrees, and the region. The first that fits counts. The boxes are
/// drawn by hand round each country's coast, a guess where borders are crooked; only the choice of a curve
/// hangs on them.
const BOXES: [(f64, f64, f64, f64, &str); 14] = [
    (21.8, 25.4, 119.9, 122.1, "WP4"),  // Taiwan
    (22.1, 22.6, 113.5, 114.5, "WP4"),  // Hong Kong, Macao
    (33.0, 38.6, 125.0, 130.0, "WP4"),  // South Korea
    (24.0, 46.0, 123.0, 154.0, "WP4"),  // Japan
    (4.5, 21.2, 116.9, 127.0, "WP2"),   // Philippines
    (8.0, 23.4, 102.1, 109.6, "WP1"),   // Viet Nam, Laos, Cambodia
    (5.6, 20.5, 97.3, 105.7, "WP1"),    // Thailand
    (-11.0, 7.4, 95.0, 141.0, "WP1"),   // Malaysia, Indonesia
    (18.0, 54.0, 73.5, 135.0, "WP3"),   // mainland China
    (5.0, 27.0, 60.0, 95.0, "NI"),      // North Indian
    (24.4, 60.0, -130.0, -52.0, "NA2"), // United States, Canada
    (7.0, 33.0, -118.0, -58.0, "NA1"),  // Mexico, Caribbean
    (-45.0, 0.0, 30.0, 105.0, "SI"),    // South Indian
    (-48.0, 0.0, 105.0, 180.0, "OC"),   // Oceania
];

/// The region's code, when one of the boxes holds the place.
pub(super) fn region(place: Position) -> Option<&'static str> {
    let (lat, lon) = (place.lat(), place.lon());
    let holds = |(south, north, west, east, _): &&(f64, f64, f64, f64, &str)| {
        (*south..=*north).contains(&lat) && (*west..=*east).contains(&lon)
    };
    BOXES.iter().find(holds).map(|(_, _, _, _, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_lie_where_they_should() {
        for (lat, lon, want) in [
            (28.66, 121.45, Some("WP3")),
            (25.13, 121.74, Some("WP4")),
            (22.3, 114.17, Some("WP4")),
            (35.1, 129.04, Some("WP4")),
            (14.6, 120.97, Some("WP2")),
            (20.85, 106.68, Some("WP1")),
            (29.76, -95.36, Some("NA2")),
            (64.1, -21.9, None),
        ] {
            assert_eq!(region(Position::lat_lon(lat, lon).expect("a position")), want, "{lat} {lon}");
        }
    }
}
