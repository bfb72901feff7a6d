//! How JMA says how far a wind reaches, and the four quadrants that it becomes.
//!
//! JMA draws an area of strong wind as a circle whose middle lies off the storm's centre: it gives the long radius with
//! its direction and the short one with the opposite (RSMC Tokyo, "Format of RSMC best track data": "direction of the
//! longest radius"). A quadrant that faces within 45° of the long direction has the long radius, one that faces within
//! 45° of the opposite the short one, and one at right angles to both has √(long · short), which is how far that
//! circle reaches there (the chord theorem). A long radius due south thus holds for SE and SW, the short one for NE
//! and NW: neither of the agency's figures is ever lessened towards its own side.

use crate::domain::{Position, WindRadii};
use crate::geo;
use crate::sources::formats::cyclone::{km_of_nmi, radii, tenth};

/// The area of strong wind (強風域): 30 kt, 15 m/s.
pub(in crate::sources) const GALE_KT: u32 = 30;
/// The area of storm wind (暴風域): 50 kt, 25 m/s.
pub(in crate::sources) const STORM_KT: u32 = 50;

/// The middles of the quadrants NE, SE, SW, NW, degrees clockwise from north.
const MIDDLES_DEG: [f64; 4] = [45.0, 135.0, 225.0, 315.0];

/// One radius of an area, and the direction in which it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::sources) struct Axis {
    /// Where it holds.
    pub(in crate::sources) toward: Toward,
    /// The radius in kilometres.
    pub(in crate::sources) km: f64,
}

/// A direction, or all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::sources) enum Toward {
    AllAround,
    /// Degrees clockwise from north.
    Deg(f64),
}

/// The direction that a word means; `None` for none that is known.
pub(in crate::sources) fn direction(word: &str) -> Option<Toward> {
    let deg = match word.trim() {
        "全域" | "All" | "ALL" | "all" => return Some(Toward::AllAround),
        "北" | "N" => 0.0,
        "北東" | "NE" => 45.0,
        "東" | "E" => 90.0,
        "南東" | "SE" => 135.0,
        "南" | "S" => 180.0,
        "南西" | "SW" => 225.0,
        "西" | "W" => 270.0,
        "北西" | "NW" => 315.0,
        _ => return None,
    };
    Some(Toward::Deg(deg))
}

/// A radius in kilometres, from nautical miles where they are given: JMA works in those, and rounds its kilometres
/// to fives and tens.
pub(in crate::sources) fn radius_km(nmi: Option<f64>, km: Option<f64>) -> Option<f64> {
    nmi.map(km_of_nmi).or(km).filter(|km| *km > 0.0)
}

/// The quadrants of an area that is given by its axes; `None` when it gives none.
pub(in crate::sources) fn quadrants(kt: u32, axes: &[Axis]) -> Option<WindRadii> {
    let long = axes.iter().copied().reduce(|long, axis| if axis.km > long.km { axis } else { long })?;
    let short_km = axes.iter().map(|axis| axis.km).fold(long.km, f64::min);
    match long.toward {
        Toward::Deg(toward_deg) => radii(kt, spread(long.km, short_km, toward_deg)),
        Toward::AllAround => radii(kt, [tenth(long.km); 4]),
    }
}

/// The quadrants of a circle around `middle` as seen from the storm's centre.
pub(in crate::sources) fn of_circle(kt: u32, centre: Position, middle: Position, km: f64) -> Option<WindRadii> {
    let (offset, toward_deg) = geo::distance_and_bearing(centre, middle);
    // Both positions are given to a tenth of a degree or so: closer ones are the same.
    if offset.0 < 2.0 {
        return radii(kt, [tenth(km); 4]);
    }
    let toward_deg = (toward_deg / 45.0).round() * 45.0;
    radii(kt, spread(km + offset.0, (km - offset.0).max(0.0), toward_deg))
}

fn spread(long_km: f64, short_km: f64, toward_deg: f64) -> [f64; 4] {
    MIDDLES_DEG.map(|middle| {
        let apart = ((middle - toward_deg + 180.0).rem_euclid(360.0) - 180.0).abs();
        tenth(match apart {
            apart if apart <= 46.0 => long_km,
            apart if apart >= 134.0 => short_km,
            _ => (long_km * short_km).sqrt(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(axes: &[(&str, f64)], expected: Option<[f64; 4]>) {
        let axes: Vec<_> = axes.iter().map(|(word, km)| Axis { toward: direction(word).unwrap(), km: *km }).collect();
        let found = quadrants(GALE_KT, &axes).map(|r| [r.ne_km, r.se_km, r.sw_km, r.nw_km]);
        assert_eq!(found, expected, "{axes:?}");
    }

    #[test]
    fn long_towards_one_side_and_short_to_the_other() {
        check(&[("南", 400.0), ("北", 225.0)], Some([225.0, 400.0, 400.0, 225.0]));
        check(&[("西", 225.0), ("東", 400.0)], Some([400.0, 400.0, 225.0, 225.0]));
        check(&[("北東", 400.0), ("南西", 225.0)], Some([400.0, 300.0, 225.0, 300.0]));
        check(&[("北西", 400.0), ("南東", 225.0)], Some([300.0, 225.0, 300.0, 400.0]));
        check(&[("全域", 165.0)], Some([165.0; 4]));
        check(&[], None);
    }

    #[test]
    fn a_circle_off_the_centre_says_the_same() {
        let at = |lat, lon| Position::lat_lon(lat, lon).unwrap();
        let around = of_circle(STORM_KT, at(20.0, 140.0), at(20.0, 140.0), 92.6).unwrap();
        assert_eq!((around.kt, around.ne_km, around.sw_km), (50, 92.6, 92.6));
        // 180 nmi to the south and 90 to the north of 20.8N: a circle of 135 nmi around 20.05N.
        let south = of_circle(GALE_KT, at(20.8, 145.2), at(20.05, 145.2), 250.02).unwrap();
        assert!((south.se_km - 333.1).abs() < 1.0 && (south.nw_km - 167.0).abs() < 1.0, "{south:?}");
    }

    #[test]
    fn no_direction_is_none() {
        assert_eq!(direction("南方"), None);
        assert_eq!(radius_km(Some(0.0), None), None);
        assert_eq!(radius_km(None, Some(95.0)), Some(95.0));
        assert_eq!(radius_km(Some(50.0), Some(95.0)), Some(92.6));
    }
}
