//! What wind and sea do to goods, and when the sea may come in.

use crate::domain::{DamageParams, MS_PER_KNOT, THRESHOLDS_KT};

/// The share of value lost to a 1-minute wind: Emanuel 2011 (Wea. Climate Soc. 3:261, eq. 1), with the
/// threshold 25.7 m/s (50 kt) and `v_half` of Eberenz et al. 2021 (Nat. Hazards Earth Syst. Sci. 21:393).
///
/// ```
/// // v_half 80.2 m/s (China mainland): 8.14 % at 50 m/s.
/// let share = seawall::storm::wind_damage(50.0 / 0.514_444, 80.2);
/// assert!((share - 0.0814).abs() < 0.0005);
/// ```
pub fn wind_damage(wind_kt: f64, v_half_ms: f64) -> f64 {
    const V_THRESHOLD_MS: f64 = 25.7;
    let v = (wind_kt * MS_PER_KNOT - V_THRESHOLD_MS).max(0.0) / (v_half_ms - V_THRESHOLD_MS).max(1.0);
    v.powi(3) / (1.0 + v.powi(3))
}

/// The share of the stock lost when the sea comes in: none below gale force, `surge_share_max` from typhoon
/// force on, straight between. A guess, said so in `rules/damage.toml`: no curve for goods on a floor was found.
pub fn surge_damage(wind_kt: f64, params: &DamageParams) -> f64 {
    let [gale, _, typhoon] = THRESHOLDS_KT.map(f64::from);
    params.surge_share_max * ((wind_kt - gale) / (typhoon - gale)).clamp(0.0, 1.0)
}

/// True when the sea could reach a place this near and this low. What is unknown counts as reachable, but a
/// place of which nothing is known does not.
pub fn is_surge_zone(coast_m: Option<f64>, elevation_m: Option<f64>, params: &DamageParams) -> bool {
    coast_m.is_some_and(|m| m <= params.surge_coast_m) && elevation_m.is_none_or(|m| m <= params.surge_elevation_m)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn params() -> DamageParams {
        DamageParams {
            v_half_ms: BTreeMap::new(),
            default_v_half_ms: 74.7,
            surge_coast_m: 1000.0,
            surge_elevation_m: 10.0,
            surge_share_max: 0.8,
        }
    }

    /// The worked values of the region WP3: 33/40/50/60/70 m/s.
    #[test]
    fn wind_damage_of_the_published_curve() {
        for (ms, percent) in [(33.0, 0.24), (40.0, 1.77), (50.0, 8.14), (60.0, 19.95), (70.0, 34.94)] {
            let share = wind_damage(ms / MS_PER_KNOT, 80.2) * 100.0;
            assert!((share - percent).abs() < 0.01, "{ms}: {share}");
        }
        assert!(wind_damage(0.0, 80.2).abs() < 1e-12);
    }

    #[test]
    fn surge_ramps_from_gale_to_typhoon() {
        assert!(surge_damage(34.0, &params()).abs() < 1e-12);
        assert!((surge_damage(49.0, &params()) - 0.4).abs() < 1e-12);
        assert!((surge_damage(120.0, &params()) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn forty_metres_from_the_seawall_is_in_the_zone() {
        assert!(is_surge_zone(Some(40.0), Some(3.0), &params()));
        assert!(is_surge_zone(Some(40.0), None, &params()));
        assert!(!is_surge_zone(Some(40.0), Some(35.0), &params()));
        assert!(!is_surge_zone(Some(60_000.0), Some(3.0), &params()));
        assert!(!is_surge_zone(None, None, &params()));
    }
}
