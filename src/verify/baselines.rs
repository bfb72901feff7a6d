//! Simple rules that the chances have to beat. Each says yes or no.

use crate::domain::{ByThreshold, NMI_KM, Position, Span, Timestamp, TrackErrorRow};
use crate::geo;
use crate::storm::{Path, ensemble};

/// The mariner's 1-2-3 rule (NHC, "The Mariner's 1-2-3 Rule"): nautical miles added to the largest 34-kt radius of the forecast
/// at 24, 48 and 72 h, straight between. From the analysis on, which the rule does not name, it grows from 0; beyond 72 h it
/// stays at 300.
const RULE_123_NMI: [(f64, f64); 4] = [(0.0, 0.0), (24.0, 100.0), (48.0, 200.0), (72.0, 300.0)];

/// What the rules say of one forecast.
pub(super) struct Baselines {
    /// The centre and the radii (km) hour by hour.
    rings: Vec<(Position, Rings)>,
}

struct Rings {
    rule_123: f64,
    circle: ByThreshold<f64>,
}

impl Baselines {
    /// Of a forecast from an instant to another.
    ///
    /// The climatological circle reaches as far as the mean storm of the forecast's strength (Knaff et al. 2007), and the
    /// mean track error of the lead further; where the forecast is weaker than the wind there is none.
    pub(super) fn new(path: &Path, errors: &TrackErrorRow, (from, until): (Timestamp, Timestamp)) -> Self {
        let hourly = path.sampled(from, Span::from_hours(1)).into_iter().filter(|storm| storm.time <= until);
        let rings = hourly.map(|storm| {
            let [gale, ..] = storm.radii;
            let circle = |kt: u32| {
                let reach_km = ensemble::climatological_reach_km(f64::from(kt), storm.vmax_kt, storm.position.lat());
                if reach_km > 0.0 { reach_km + errors.track_error_km(storm.lead_h) } else { 0.0 }
            };
            let rule_123 = gale.into_iter().fold(0.0, f64::max) + added_km(storm.lead_h);
            (storm.position, Rings { rule_123, circle: ByThreshold::from_fn(circle) })
        });
        Self { rings: rings.collect() }
    }

    /// Whether the 1-2-3 rule has a place in the danger area, and whether the circle holds it at each wind.
    pub(super) fn at(&self, place: Position) -> (bool, ByThreshold<bool>) {
        let (mut rule_123, mut circle) = (false, ByThreshold::default());
        for (centre, rings) in &self.rings {
            let (east, north) = geo::plane_km(*centre, place);
            let r_km = east.hypot(north);
            rule_123 |= r_km < rings.rule_123;
            circle.gale |= r_km < rings.circle.gale;
            circle.storm |= r_km < rings.circle.storm;
            circle.typhoon |= r_km < rings.circle.typhoon;
        }
        (rule_123, circle)
    }
}

fn added_km(lead_h: f64) -> f64 {
    let after = RULE_123_NMI.iter().position(|(tau, _)| *tau > lead_h);
    let nmi = match after.map(|after| (RULE_123_NMI.get(after.saturating_sub(1)), RULE_123_NMI.get(after))) {
        Some((Some(a), Some(b))) => a.1 + (b.1 - a.1) * ((lead_h - a.0) / (b.0 - a.0)).clamp(0.0, 1.0),
        _ => RULE_123_NMI.last().map_or(0.0, |last| last.1),
    };
    nmi * NMI_KM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_grows_by_a_hundred_a_day() {
        for (lead_h, nmi) in [(0.0, 0.0), (12.0, 50.0), (24.0, 100.0), (60.0, 250.0), (72.0, 300.0), (120.0, 300.0)] {
            assert!((added_km(lead_h) - nmi * NMI_KM).abs() < 1e-9, "{lead_h}: {}", added_km(lead_h));
        }
    }
}
