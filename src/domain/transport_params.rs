//! How transport stands up to wind, and what it takes to change it. Read from `rules/transport.toml`, where each number has
//! its source.

use std::collections::BTreeMap;

use super::ByThreshold;

/// A guess where a mode names no `season_lead_days`: the longest of the shipped modes.
pub const SEASON_LEAD_DAYS: f64 = 14.0;

/// One mode of transport.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModeParams {
    /// The 1-minute wind at which it stops and its ports close: 34, 50 or 64 kt.
    pub limit_kt: u32,
    /// Hours from the last such wind until a port or station works again.
    pub tail_h: f64,
    /// Kilometres an hour, waiting on the way counted, where a lane does not say how long it takes.
    pub speed_kmh: f64,
    /// Hours from the decision until goods can leave on a lane of this mode.
    pub switch_lead_h: f64,
    /// Days before its first day by which a standing switch to this mode must be booked.
    pub season_lead_days: f64,
    /// True when the mariner's 1-2-3 rule is for it.
    pub is_afloat: bool,
}

/// The parameters of shipments, ports, alternates and orders.
#[derive(Debug, Clone, PartialEq)]
pub struct TransportParams {
    /// By mode: `sea`, `barge`, `rail`, `road`.
    pub modes: BTreeMap<String, ModeParams>,
    /// The margins (km) round the 34-kt radius by forecast hour, in its order.
    pub margins_km: Vec<(f64, f64)>,
    /// Hours of queue for each hour that a port was closed.
    pub queue_h_per_closed_h: f64,
    /// From this chance of meeting its limit on, something is in danger.
    pub danger_p: f64,
    /// Hours between the departures at which a carrier that waits looks again.
    pub hold_step_h: f64,
    /// Hours between the departures that are tried for waiting and for going early.
    pub try_step_h: f64,
    /// The longest that goods are held on purpose, hours.
    pub wait_h_max: f64,
    /// Hours that loading takes when it goes early.
    pub early_lead_h: f64,
    /// The most hours that goods are ready before their time.
    pub early_h_max: f64,
    /// Hours ahead in which a lane's departures are looked at.
    pub lane_h: f64,
    /// Shares (0..=1) of the goods' value lost under way in each wind.
    pub loss_share: ByThreshold<f64>,
    /// Days of sales that an order keeps beyond the outage.
    pub safety_days: f64,
}

impl TransportParams {
    /// The parameters of a mode as a lane names it; of the sea where it names none that is known: the most careful.
    #[must_use]
    pub fn mode(&self, mode: &str) -> ModeParams {
        const CAREFUL: ModeParams = ModeParams {
            limit_kt: 34,
            tail_h: 12.0,
            speed_kmh: 20.0,
            switch_lead_h: 12.0,
            season_lead_days: SEASON_LEAD_DAYS,
            is_afloat: true,
        };
        self.modes.get(mode).or_else(|| self.modes.get("sea")).copied().unwrap_or(CAREFUL)
    }

    /// The margin round the 34-kt radius at a forecast hour, straight between the rows, from nothing at the analysis, the
    /// last held beyond it.
    #[must_use]
    pub fn margin_km(&self, lead_h: f64) -> f64 {
        let mut before = (0.0, 0.0);
        for (at, km) in &self.margins_km {
            if lead_h <= *at {
                return before.1 + (km - before.1) * ((lead_h - before.0) / (at - before.0).max(1e-9)).clamp(0.0, 1.0);
            }
            before = (*at, *km);
        }
        before.1
    }
}
