//! What storm and sea do to goods. Read from `rules/damage.toml`, where each number has its source.

use std::collections::BTreeMap;

/// The parameters of the damage and surge models.
#[derive(Debug, Clone, PartialEq)]
pub struct DamageParams {
    /// The 1-minute wind (m/s) at which half the value is lost, by region: `WP3`, `NA2`.
    pub v_half_ms: BTreeMap<String, f64>,
    /// The same where no region is known (m/s).
    pub default_v_half_ms: f64,
    /// Sites nearer to the sea than this may flood (m).
    pub surge_coast_m: f64,
    /// And lower than this above mean sea level (m).
    pub surge_elevation_m: f64,
    /// Share (0..=1) of the stock on the floor that is lost when the sea comes in at typhoon force. A guess.
    pub surge_share_max: f64,
}
