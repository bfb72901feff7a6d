//! From a storm's central pressure to its wind.
//!
//! Holland 2008 (Mon. Wea. Rev. 136:3432): the shape at the surface by his equation 11,
//! `b_s` = −4.4·10⁻⁵ Δp² + 0.01 Δp + 0.03 ∂p/∂t − 0.014 |φ| + 0.15 Vt^x + 1 with x = 0.6 (1 − Δp/215), and the wind by
//! equation 7, √(`b_s` Δp / (ρ e)). Pressure deficits in hectopascals, the tendency in hectopascals an hour, latitude in
//! degrees, motion and wind in metres a second.

use std::f64::consts::E;

use super::holland_1980::AIR_KG_M3;

/// The shape at the surface; within 0.81..2.025, which is 0.9² times Holland's range of B (as CLIMADA bounds it).
pub fn b_s(deficit_hpa: f64, tendency_hpa_h: f64, lat: f64, motion_ms: f64) -> f64 {
    let x = 0.6 * (1.0 - deficit_hpa / 215.0);
    let b_s = -4.4e-5 * deficit_hpa * deficit_hpa + 0.01 * deficit_hpa + 0.03 * tendency_hpa_h - 0.014 * lat.abs()
        + 0.15 * motion_ms.max(0.0).powf(x)
        + 1.0;
    b_s.clamp(0.81, 2.025)
}

/// The highest wind of a storm of that shape.
///
/// ```
/// let vmax_ms = seawall::storm::holland_2008::vmax_ms(2.5, 15.0);
/// assert!((vmax_ms - 34.635_341).abs() < 1e-6);
/// ```
pub fn vmax_ms(b_s: f64, deficit_hpa: f64) -> f64 {
    (b_s * deficit_hpa.max(0.0) * 100.0 / (AIR_KG_M3 * E)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of CLIMADA's unit tests: the second B is rounded there.
    #[test]
    fn agrees_with_climada() {
        assert!((vmax_ms(2.5, 15.0) - 34.635_341).abs() < 5e-7, "{}", vmax_ms(2.5, 15.0));
        assert!((vmax_ms(1.67, 30.0) - 40.033_421).abs() < 5e-7, "{}", vmax_ms(1.67, 30.0));
        assert!(vmax_ms(1.5, -3.0).abs() < 1e-12);
    }

    #[test]
    fn the_shape_is_bounded_and_a_number() {
        // By hand: Δp 30 hPa, steady, 20 degrees, 5 m/s: −0.0396 + 0.3 − 0.28 + 0.15·5^0.5163 + 1.
        assert!((b_s(30.0, 0.0, 20.0, 5.0) - 1.3247).abs() < 5e-4, "{}", b_s(30.0, 0.0, 20.0, 5.0));
        assert!((b_s(30.0, 0.0, -20.0, 5.0) - b_s(30.0, 0.0, 20.0, 5.0)).abs() < 1e-12);
        for deficit in [0.0, 5.0, 60.0, 140.0, 300.0] {
            let b_s = b_s(deficit, 0.0, 60.0, 0.0);
            assert!((0.81..=2.025).contains(&b_s), "{b_s}");
        }
    }
}
