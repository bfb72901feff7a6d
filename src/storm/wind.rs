//! The wind at a place, from the storm's radii.

use super::path::{Quadrants, Snapshot};
use crate::domain::{Position, THRESHOLDS_KT};
use crate::geo;

/// How fast the wind falls with distance beyond the outermost known radius: V ~ r^−0.6. Within the 0.4..0.6
/// of modified Rankine vortices (Hughes 1952); the steep end, as gales beyond the agency's own ring are rare.
const OUTER_EXPONENT: f64 = 0.6;

/// The 1-minute wind in knots at `place`, with the exact distance and bearing.
pub fn wind_kt(storm: &Snapshot, place: Position) -> f64 {
    let (distance, bearing) = geo::distance_and_bearing(storm.position, place);
    wind_at_kt(storm, distance.0, bearing)
}

/// The 1-minute wind in knots at a distance and bearing from the centre.
///
/// Between the radius of maximum wind and each given radius the wind falls on a power law; within the
/// radius of maximum wind it is the maximum (a calm eye is no comfort to a warehouse).
pub fn wind_at_kt(storm: &Snapshot, r_km: f64, bearing_deg: f64) -> f64 {
    let mut inner = (storm.rmw_km, storm.vmax_kt);
    if r_km <= inner.0 {
        return inner.1;
    }
    for (kt, quadrants) in THRESHOLDS_KT.into_iter().zip(&storm.radii).rev() {
        let outer = (reach_km(quadrants, bearing_deg), f64::from(kt));
        if outer.0 <= inner.0 || outer.1 >= inner.1 {
            continue;
        }
        if r_km <= outer.0 {
            let share = (r_km / inner.0).ln() / (outer.0 / inner.0).ln();
            return inner.1 * (outer.1 / inner.1).powf(share);
        }
        inner = outer;
    }
    inner.1 * (inner.0 / r_km).powf(OUTER_EXPONENT)
}

/// How far a wind reaches on a bearing: each quadrant's radius at its middle, smooth between them.
///
/// ```
/// let nw_heavy = [120.0, 100.0, 100.0, 140.0];
/// assert_eq!(seawall::storm::reach_km(&nw_heavy, 315.0), 140.0);
/// assert_eq!(seawall::storm::reach_km(&nw_heavy, 0.0), 130.0);
/// ```
pub fn reach_km(quadrants: &Quadrants, bearing_deg: f64) -> f64 {
    let turned = (bearing_deg - 45.0).rem_euclid(360.0) / 90.0;
    let share = turned.fract();
    let [ne, se, sw, nw] = *quadrants;
    let (a, b) = match turned {
        t if t < 1.0 => (ne, se),
        t if t < 2.0 => (se, sw),
        t if t < 3.0 => (sw, nw),
        _ => (nw, ne),
    };
    let smooth = (1.0 - (share * std::f64::consts::PI).cos()) / 2.0;
    a + (b - a) * smooth
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::NMI_KM;
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

    proptest! {
        #[test]
        fn falls_with_distance_and_is_never_nan(bearing in 0.0..360.0, r in 0.0..2000.0, further in 0.0..500.0) {
            let storm = at_landfall();
            let (near, far) = (wind_at_kt(&storm, r, bearing), wind_at_kt(&storm, r + further, bearing));
            prop_assert!(near.is_finite() && far <= near + 1e-9 && near <= storm.vmax_kt);
        }
    }
}
