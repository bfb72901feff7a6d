//! Shipments and lanes in space and time, and what could be done instead.
//!
//! In: a portfolio, the storms of the day, the parameters of `rules/transport.toml`, an instant. Out: for each shipment and
//! lane in danger its choices, the best first; the ports that may close; the orders to place ahead. `docs/decisions.md` has the
//! formulas with worked examples. Never: knows a level or a person, changes anything.
//!
//! Inside, times are hours from now; the possible storms are asked one by one, so that waiting, closed ports, queues and
//! empty shelves of one storm go together.

mod cases;
mod choices;
mod gate;
mod order;
mod plan;
mod rank;
mod shelf;
mod storms;
#[cfg(test)]
mod tests;
mod voyage;

pub use rank::rank;
pub use voyage::{Course, Voyage};

use self::cases::Desk;
use self::storms::Storms;
use crate::domain::{OrderAhead, PortClosure, Portfolio, Ranking, ShipmentId, Timestamp, TransportParams};
use crate::storm::Path;
use crate::storm::ensemble::Ensemble;

/// One storm: the leading agency's track and the possible storms, both from the instant of the judgement on.
#[derive(Debug, Clone, Copy)]
pub struct Threat<'a> {
    /// The official track.
    pub path: &'a Path,
    /// The possible storms.
    pub possible: &'a Ensemble,
}

/// What the storms mean for transport.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outlook {
    /// Shipments in danger, then lanes in danger, each in order of id.
    pub rankings: Vec<Ranking>,
    /// Ports that may close, in order of name and mode.
    pub closures: Vec<PortClosure>,
    /// Orders to place ahead, in order of dealer.
    pub orders: Vec<OrderAhead>,
    /// Shipments that nothing can be said of: neither departure nor arrival is known.
    pub untimed: Vec<ShipmentId>,
}

/// What the storms mean for all shipments and stock of a portfolio at `now`.
#[must_use]
pub fn outlook(portfolio: &Portfolio, params: &TransportParams, threats: &[Threat<'_>], now: Timestamp) -> Outlook {
    let Some(storms) = Storms::new(threats, now) else { return Outlook::default() };
    let desk = Desk::new(portfolio, params, &storms);
    let (shipments, untimed) = desk.shipments();
    let orders = order::orders(&desk, &shipments);
    let rankings = shipments.iter().filter(|case| case.is_in_danger()).map(|case| desk.ranking(case));
    Outlook { rankings: rankings.collect(), closures: desk.closures(), orders, untimed }
}

/// The same, and each lane in danger at the worst departure of the next days.
#[must_use]
pub fn outlook_with_lanes(
    portfolio: &Portfolio,
    params: &TransportParams,
    threats: &[Threat<'_>],
    now: Timestamp,
) -> Outlook {
    let Some(storms) = Storms::new(threats, now) else { return Outlook::default() };
    let desk = Desk::new(portfolio, params, &storms);
    let lanes = portfolio.lanes.values().filter_map(|lane| desk.lane(lane)).map(|case| desk.ranking(&case));
    let lanes: Vec<Ranking> = lanes.collect();
    let mut outlook = outlook(portfolio, params, threats, now);
    outlook.rankings.extend(lanes);
    outlook
}
