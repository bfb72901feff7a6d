//! The wind at a place, from the storm's radii: how strong, and from where.

use super::path::{Quadrants, Snapshot};
use crate::domain::{Position, THRESHOLDS_KT};
use crate::geo::Plane;

/// How fast the wind falls with distance beyond the outermost known radius: V ~ r^−0.6. Within the 0.4..0.6
/// of modified Rankine vortices (Hughes 1952); the steep end, as gales beyond the agency's own ring are rare.
pub(super) const OUTER_EXPONENT: f64 = 0.6;

/// The 1-minute wind in knots at `place`.
pub fn wind_kt(storm: &Snapshot, place: Position) -> f64 {
    wind_off_kt(storm, Plane::new(storm.position).offset_km(place))
}

/// The 1-minute wind in knots at a distance and bearing from the centre.
///
/// Between the radius of maximum wind and each given radius the wind falls on a power law; within the
/// radius of maximum wind it is the maximum (a calm eye is no comfort to a warehouse). Where no motion-dependent
/// asymmetry is in the agency's own radii, it is in those that fill them.
pub fn wind_at_kt(storm: &Snapshot, r_km: f64, bearing_deg: f64) -> f64 {
    let (sin, cos) = bearing_deg.to_radians().sin_cos();
    wind_off_kt(storm, (r_km * sin, r_km * cos))
}

/// The same so many kilometres east and north of the centre.
#[inline]
pub(super) fn wind_off_kt(storm: &Snapshot, (east, north): (f64, f64)) -> f64 {
    let r_km = (east * east + north * north).sqrt();
    let mut inner = (storm.rmw_km, storm.vmax_kt);
    if r_km <= inner.0 {
        return inner.1;
    }
    for (kt, quadrants) in THRESHOLDS_KT.into_iter().zip(&storm.radii).rev() {
        let outer = (reach_off_km(quadrants, (east, north)), f64::from(kt));
        if outer.0 <= inner.0 || outer.1 >= inner.1 {
            continue;
        }
        if r_km <= outer.0 {
            return on_the_way(r_km, inner, outer);
        }
        inner = outer;
    }
    inner.1 * (inner.0 / r_km).powf(OUTER_EXPONENT)
}

/// On the power law through two radii, each with its wind.
#[inline]
fn on_the_way(r_km: f64, inner: (f64, f64), outer: (f64, f64)) -> f64 {
    let share = (r_km / inner.0).ln() / (outer.0 / inner.0).ln();
    inner.1 * ((outer.1 / inner.1).ln() * share).exp()
}

/// How far a wind reaches on a bearing: each quadrant's radius at its middle, smooth between them and never beyond both.
///
/// ```
/// let nw_heavy = [120.0, 100.0, 100.0, 140.0];
/// assert!((seawall::storm::reach_km(&nw_heavy, 315.0) - 140.0).abs() < 1e-9);
/// assert!((seawall::storm::reach_km(&nw_heavy, 0.0) - 130.0).abs() < 1e-9);
/// ```
pub fn reach_km(quadrants: &Quadrants, bearing_deg: f64) -> f64 {
    let (sin, cos) = bearing_deg.to_radians().sin_cos();
    reach_off_km(quadrants, (sin, cos))
}

/// The same in the direction of a place so far east and north. Between two middles a and b it is a cos² φ + b sin² φ, φ being
/// the angle from a's: half a wave of the cosine, without a sine.
#[inline]
pub(super) fn reach_off_km([ne, se, sw, nw]: &Quadrants, (east, north): (f64, f64)) -> f64 {
    let (to_ne, to_se) = (north + east, east - north);
    let (along, across) = (to_ne * to_ne, to_se * to_se);
    let (a, b) = (if to_ne >= 0.0 { ne } else { sw }, if to_se >= 0.0 { se } else { nw });
    let sum = along + across;
    if sum > 0.0 { (a * along + b * across) / sum } else { a.max(*b) }
}

/// From where the wind blows at `place`, degrees clockwise from north, over the sea.
///
/// Round the centre, against the clock north of the equator and with it south of it, and inwards by 10° (1 + r/Rm) within the
/// radius of maximum wind, by 20° + 25° (r/Rm − 1) to 1.2 Rm and by 25° beyond (Phadke et al. 2003, Ocean Eng. 30:553, as the
/// R package `stormwindmodel` gives it). Over land it is some 20° more, which is left out: what counts is the sea.
pub fn wind_from_deg(storm: &Snapshot, place: Position) -> f64 {
    // Seen from the place: there the geodesic looks another way than at the centre.
    let (east, north) = Plane::new(place).offset_km(storm.position);
    let bearing = (-east).atan2(-north).to_degrees();
    let ratio = east.hypot(north) / storm.rmw_km;
    let inwards = match ratio {
        ratio if ratio < 1.0 => 10.0 * (1.0 + ratio),
        ratio if ratio < 1.2 => 20.0 + 25.0 * (ratio - 1.0),
        _ => 25.0,
    };
    let side = if storm.position.lat() < 0.0 { -1.0 } else { 1.0 };
    (bearing + side * (90.0 - inwards)).rem_euclid(360.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Km, NMI_KM};
    use crate::geo;
    use crate::storm::path::Path;
    use crate::storm::path::tests::{rananim, time};

    fn at_landfall() -> Snapshot {
        let path = Path::new(&rananim()).expect("a path");
        path.at(time("2004-08-12T12:00:00Z")).expect("within")
    }

    #[test]
    fn meets_the_radii_of_the_bulletin() {
        let storm = at_landfall();
        for (bearing, nmi, kt) in [(45.0, 120.0, 34.0), (45.0, 30.0, 50.0), (225.0, 20.0, 50.0), (315.0, 70.0, 34.0)] {
            let wind = wind_at_kt(&storm, nmi * NMI_KM, bearing);
            assert!((wind - kt).abs() < 0.01, "{bearing} {nmi}: {wind}");
        }
        assert!((wind_at_kt(&storm, 0.0, 0.0) - 85.0).abs() < 1e-9);
        assert!(wind_at_kt(&storm, 130.0 * NMI_KM, 45.0) < 34.0);
    }

    /// North of the equator the wind is southerly east of the centre, in the south northerly; and it blows inwards.
    #[test]
    fn blows_round_the_centre() {
        let mut storm = at_landfall();
        let at = |storm: &Snapshot, bearing: f64, km: f64| {
            wind_from_deg(storm, geo::destination(storm.position, bearing, Km(km)))
        };
        for (bearing, want) in [(90.0, 155.0), (0.0, 65.0), (180.0, 245.0), (270.0, 335.0)] {
            let from = at(&storm, bearing, 200.0);
            assert!(geo::shortest_lon(from - want).abs() < 1.5, "{bearing}: {from}");
        }
        assert!((at(&storm, 90.0, storm.rmw_km * 0.5) - 165.0).abs() < 1.0);
        storm.position = Position::lat_lon(-20.0, 121.3).expect("a position");
        assert!((at(&storm, 90.0, 200.0) - 25.0).abs() < 1.5);
        assert!(wind_from_deg(&storm, storm.position).is_finite());
    }

    proptest! {
        #[test]
        fn reaches_smoothly_between_its_neighbours(quadrants in prop::array::uniform4(0.0..500.0_f64), bearing in 0.0..360.0_f64) {
            let [ne, se, sw, nw] = quadrants;
            for (middle, km) in [(45.0, ne), (135.0, se), (225.0, sw), (315.0, nw)] {
                prop_assert!((reach_km(&quadrants, middle) - km).abs() < 1e-9);
            }
            let (a, b) = match bearing {
                b if b < 45.0 => (nw, ne),
                b if b < 135.0 => (ne, se),
                b if b < 225.0 => (se, sw),
                b if b < 315.0 => (sw, nw),
                _ => (nw, ne),
            };
            let km = reach_km(&quadrants, bearing);
            prop_assert!(km >= a.min(b) - 1e-9 && km <= a.max(b) + 1e-9);
            // No corner: the slope is nowhere steeper than half a wave's.
            let steepest = (a - b).abs().max((ne - se).abs()).max((se - sw).abs()).max((sw - nw).abs()).max((nw - ne).abs());
            prop_assert!((reach_km(&quadrants, bearing + 0.1) - km).abs() <= steepest * 0.1_f64.to_radians() * 1.01 + 1e-9);
        }

        #[test]
        fn falls_with_distance_and_is_never_nan(bearing in 0.0..360.0, r in 0.0..2000.0, further in 0.0..500.0) {
            let storm = at_landfall();
            let (near, far) = (wind_at_kt(&storm, r, bearing), wind_at_kt(&storm, r + further, bearing));
            prop_assert!(near.is_finite() && far <= near + 1e-9 && near <= storm.vmax_kt);
        }
    }
}
