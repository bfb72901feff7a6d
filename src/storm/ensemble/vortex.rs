//! How far winds reach from the centre of a storm of which only latitude, strength and motion are known.
//!
//! The climatology of Knaff et al. 2007 (Wea. Forecasting 22:781): a modified Rankine vortex with one wave of asymmetry,
//! V(r, θ) = (Vm − a)(Rm/r)^x + a cos(θ − θ0) outside the radius of maximum wind. Winds in knots, distances in kilometres.

use crate::domain::NMI_KM;

/// Radius of maximum wind, nautical miles: 38.0 − 0.1167 Vm − 0.0040 (φ − 25). The paper's values for the Atlantic as
/// remembered, not checked against it; kept above 5.
pub(super) fn rmw_km(vmax_kt: f64, lat: f64) -> f64 {
    (38.0 - 0.1167 * vmax_kt - 0.0040 * (lat.abs() - 25.0)).max(5.0) * NMI_KM
}

/// How steeply the wind falls with distance: 0.4192 + 0.0020 Vm − 0.0028 (φ − 25); as remembered, like [`rmw_km`]. Within
/// 0.3..0.9.
pub(super) fn exponent(vmax_kt: f64, lat: f64) -> f64 {
    (0.4192 + 0.0020 * vmax_kt - 0.0028 * (lat.abs() - 25.0)).clamp(0.3, 0.9)
}

/// The wave's height in knots by the storm's motion in knots: 1.5 c^0.63 (Schwerdt, Ho & Watkins 1979, NOAA Technical Report
/// NWS 23, as remembered); kept below 20.
pub(in crate::storm) fn asymmetry_kt(motion_kt: f64) -> f64 {
    (1.5 * motion_kt.max(0.0).powf(0.63)).min(20.0)
}

/// How far `kt` reaches (km) in the mean storm of a strength and latitude, without asymmetry: Rm (Vm / k)^(1/x); 0 where the storm is weaker.
///
/// ```text
/// 100 kt at 25 N, 34 kt: 278 km
/// ```
pub fn reach_km(kt: f64, vmax_kt: f64, lat: f64) -> f64 {
    if vmax_kt.is_nan() || vmax_kt < kt {
        return 0.0;
    }
    rmw_km(vmax_kt, lat) * (vmax_kt / kt).powf(1.0 / exponent(vmax_kt, lat))
}

/// What asymmetry makes of that on a bearing counted from the strongest side: ((Vm − a) / Vm · k / (k − a cos))^(1/x), the
/// vortex' formula solved for the radius. A storm weaker than `kt` is taken to be just as strong.
pub(super) fn lopsided(kt: f64, (vmax_kt, lat): (f64, f64), asymmetry_kt: f64, from_strongest_rad: f64) -> f64 {
    let vmax_kt = vmax_kt.max(kt);
    let ratio =
        (vmax_kt - asymmetry_kt).max(1.0) / vmax_kt * kt / (kt - asymmetry_kt * from_strongest_rad.cos()).max(1.0);
    ratio.powf(1.0 / exponent(vmax_kt, lat))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_the_vortex() {
        for (vmax, motion, bearing) in [(60.0, 10.0, 0.0_f64), (100.0, 20.0, 1.0), (50.0, 5.0, 3.0), (130.0, 0.0, 2.0)]
        {
            let (asymmetry, lat) = (asymmetry_kt(motion), 25.0);
            let r = reach_km(34.0, vmax, lat) * lopsided(34.0, (vmax, lat), asymmetry, bearing);
            let wind =
                (vmax - asymmetry) * (rmw_km(vmax, lat) / r).powf(exponent(vmax, lat)) + asymmetry * bearing.cos();
            assert!((wind - 34.0).abs() < 1e-9, "{vmax}: {wind}");
        }
        assert!((reach_km(34.0, 100.0, 25.0) - 278.0).abs() < 1.0, "{}", reach_km(34.0, 100.0, 25.0));
        assert!(reach_km(64.0, 60.0, 25.0).abs() < 1e-12 && reach_km(34.0, f64::NAN, 25.0).abs() < 1e-12);
    }
}
