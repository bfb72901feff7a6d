//! The inner wind of a storm from its angular momentum.
//!
//! Emanuel & Rotunno 2011 (J. Atmos. Sci. 68:2236), equation 36 with equal coefficients of drag and of heat:
//! M(r) = Mm 2 (r/Rm)² / (1 + (r/Rm)²), where M = r V + f r²/2 and Mm is that at the radius of maximum wind. It holds where the
//! storm convects, some times the radius of maximum wind; further out the wind falls more slowly than it says (Chavas, Lin &
//! Emanuel 2015, J. Atmos. Sci. 72:3647). Winds in metres a second, distances in kilometres, latitude in degrees.

use super::coriolis_s;

/// Absolute angular momentum in square metres a second.
pub fn momentum_m2_s(r_km: f64, vmax_ms: f64, rmw_km: f64, lat: f64) -> f64 {
    let rmw = rmw_km * 1000.0;
    let greatest = rmw * vmax_ms + 0.5 * coriolis_s(lat) * rmw * rmw;
    let square = (r_km / rmw_km).powi(2);
    greatest * 2.0 * square / (1.0 + square)
}

/// The wind at a distance, that of the earth's turning taken off; never below 0.
///
/// ```
/// let wind_ms = seawall::storm::er11::wind_ms(75.0, 35.0, 75.0, 20.0);
/// assert!((wind_ms - 35.0).abs() < 1e-9);
/// ```
pub fn wind_ms(r_km: f64, vmax_ms: f64, rmw_km: f64, lat: f64) -> f64 {
    if r_km <= 0.0 {
        return 0.0;
    }
    let r = r_km * 1000.0;
    (momentum_m2_s(r_km, vmax_ms, rmw_km, lat) / r - 0.5 * coriolis_s(lat) * r).max(0.0)
}

/// How far winds of `threshold_ms` reach beyond the maximum, by halving; 0 when the maximum is below it.
pub fn radius_km(threshold_ms: f64, vmax_ms: f64, rmw_km: f64, lat: f64) -> f64 {
    if vmax_ms.is_nan() || vmax_ms < threshold_ms {
        return 0.0;
    }
    let (mut near, mut far) = (rmw_km, rmw_km + 1500.0);
    for _ in 0..40 {
        let middle = f64::midpoint(near, far);
        if wind_ms(middle, vmax_ms, rmw_km, lat) >= threshold_ms {
            near = middle;
        } else {
            far = middle;
        }
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of CLIMADA's unit tests, which divide the momentum by the distance and leave the earth's turning in.
    #[test]
    fn agrees_with_climada() {
        for (r_km, want) in [(35.0, 28.258_025), (70.0, 36.782_418), (75.0, 36.869_995), (220.0, 22.521_237)] {
            let wind = momentum_m2_s(r_km, 35.0, 75.0, 20.0) / (r_km * 1000.0);
            assert!((wind - want).abs() < 5e-5, "{r_km}: {wind} {want}");
        }
    }

    #[test]
    fn reaches_as_far_as_it_blows() {
        let km = radius_km(25.7, 46.3, 35.0, 26.0);
        assert!((wind_ms(km, 46.3, 35.0, 26.0) - 25.7).abs() < 0.01 && (80.0..120.0).contains(&km), "{km}");
        assert!(radius_km(25.7, 20.0, 35.0, 26.0).abs() < 1e-12);
        assert!(wind_ms(0.0, 46.3, 35.0, 26.0).abs() < 1e-12 && wind_ms(1e5, 46.3, 35.0, 26.0).abs() < 1e-12);
    }
}
