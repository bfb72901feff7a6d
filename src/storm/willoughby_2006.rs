//! A storm's wind by distance where the agency gave no radii.
//!
//! Willoughby, Darling & Rahn 2006 (Mon. Wea. Rev. 134:1102), dual-exponential profile outside the radius
//! of maximum wind; coefficients as in their equations 10 and 11. Winds in metres a second, distances in
//! kilometres, latitude in degrees. Their winds are flight-level; here the profile's shape is scaled to the
//! agency's surface maximum, which is a simplification.

/// Radius of maximum wind: their equation 7a, 46.4 exp(−0.0155 V + 0.0169 φ).
///
/// ```
/// let rmw_km = seawall::storm::willoughby_2006::rmw_km(46.3, 26.4);
/// assert!((rmw_km - 35.4).abs() < 0.1);
/// ```
pub fn rmw_km(vmax_ms: f64, lat: f64) -> f64 {
    46.4 * (-0.0155 * vmax_ms + 0.0169 * lat.abs()).exp()
}

/// The wind at `r_km` outside the radius of maximum wind; the maximum within it.
pub fn wind_ms(r_km: f64, vmax_ms: f64, rmw_km: f64, lat: f64) -> f64 {
    const X2_KM: f64 = 25.0;
    if r_km <= rmw_km {
        return vmax_ms;
    }
    let x1_km = (317.1 - 2.026 * vmax_ms + 1.915 * lat.abs()).max(X2_KM);
    let a = (0.0696 + 0.0049 * vmax_ms - 0.0064 * lat.abs()).clamp(0.0, 1.0);
    let out = r_km - rmw_km;
    vmax_ms * ((1.0 - a) * (-out / x1_km).exp() + a * (-out / X2_KM).exp())
}

/// How far winds of `threshold_ms` reach; 0 when the maximum is below it. Never beyond 1,500 km.
///
/// ```
/// # use seawall::storm::willoughby_2006::{radius_km, wind_ms};
/// let r = radius_km(17.5, 46.3, 35.4, 26.4);
/// assert!((wind_ms(r, 46.3, 35.4, 26.4) - 17.5).abs() < 0.01 && (200.0..330.0).contains(&r));
/// assert_eq!(radius_km(17.5, 15.0, 40.0, 20.0), 0.0);
/// ```
pub fn radius_km(threshold_ms: f64, vmax_ms: f64, rmw_km: f64, lat: f64) -> f64 {
    if vmax_ms.is_nan() || vmax_ms < threshold_ms {
        return 0.0;
    }
    let (mut near, mut far) = (rmw_km, 1500.0);
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
