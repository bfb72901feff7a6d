//! Holland's first profile of a storm's wind.
//!
//! Holland 1980 (Mon. Wea. Rev. 108:1212), the gradient wind of a pressure profile that is a rectangular hyperbola: with
//! x = (Rm/r)^B and f the Coriolis parameter, V(r) = √[(B/ρ) x Δp e^(−x) + (r f/2)²] − r f/2. Winds in metres a second,
//! distances in kilometres, pressure deficits in hectopascals, latitude in degrees.
//!
//! Its pressure serves the reasons of the surge; for the reach of winds others did better (`docs/wind.md`).

use std::f64::consts::E;

use super::coriolis_s;

/// The density of the air by the sea, kg/m³, as Holland has it.
pub const AIR_KG_M3: f64 = 1.15;
const PA_PER_HPA: f64 = 100.0;

/// The shape B of a storm whose gradient wind is at most `vmax_ms`: V² e ρ / Δp, within 1..2.5, the range that he found.
///
/// ```
/// let b = seawall::storm::holland_1980::b(40.0, 30.0);
/// assert!((b - 1.667_213).abs() < 1e-6);
/// ```
pub fn b(vmax_ms: f64, deficit_hpa: f64) -> f64 {
    (vmax_ms * vmax_ms * E * AIR_KG_M3 / (deficit_hpa * PA_PER_HPA)).clamp(1.0, 2.5)
}

/// The gradient wind at a distance.
pub fn wind_ms(r_km: f64, rmw_km: f64, b: f64, deficit_hpa: f64, lat: f64) -> f64 {
    if r_km <= 0.0 {
        return 0.0;
    }
    let x = (rmw_km / r_km).powf(b);
    let turning = r_km * 1000.0 * coriolis_s(lat) / 2.0;
    ((b / AIR_KG_M3) * x * deficit_hpa * PA_PER_HPA * (-x).exp() + turning * turning).sqrt() - turning
}

/// By how much the pressure at a distance is below that of the surroundings, hectopascals: Δp (1 − e^(−x)), the profile's own
/// pressure.
pub fn deficit_at_hpa(r_km: f64, rmw_km: f64, b: f64, deficit_hpa: f64) -> f64 {
    if r_km <= 0.0 { deficit_hpa } else { deficit_hpa * (1.0 - (-(rmw_km / r_km).powf(b)).exp()) }
}

/// [`wind_ms`] without the earth's turning, which near the middle is small.
pub fn cyclostrophic_ms(r_km: f64, rmw_km: f64, b: f64, deficit_hpa: f64) -> f64 {
    wind_ms(r_km, rmw_km, b, deficit_hpa, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of CLIMADA's unit tests.
    #[test]
    fn agrees_with_climada() {
        assert!((b(35.0, 15.0) - 2.5).abs() < 1e-12 && (b(40.0, 30.0) - 1.667_213).abs() < 5e-7);
        let rows = [(299.45, 11.28, 15.72), (291.07, 11.68, 16.04), (292.54, 11.61, 15.98), (40.665, 42.41, 43.13)];
        for (r_km, gradient, without_turning) in rows {
            let wind = wind_ms(r_km, 40.665, 1.486_076, 39.12, -14.089);
            assert!((wind - gradient).abs() < 0.02, "{r_km}: {wind} {gradient}");
            let wind = cyclostrophic_ms(r_km, 40.665, 1.486_076, 39.12);
            assert!((wind - without_turning).abs() < 0.02, "{r_km}: {wind} {without_turning}");
        }
        assert!(wind_ms(0.0, 40.0, 1.5, 30.0, 20.0).abs() < 1e-12);
    }

    #[test]
    fn the_pressure_rises_outwards() {
        // At the radius of maximum wind 1 − 1/e of the deficit is left.
        assert!((deficit_at_hpa(40.0, 40.0, 1.5, 60.0) - 37.93).abs() < 0.01);
        assert!(
            (deficit_at_hpa(0.0, 40.0, 1.5, 60.0) - 60.0).abs() < 1e-12
                && deficit_at_hpa(2000.0, 40.0, 1.5, 60.0) < 0.2
        );
    }
}
