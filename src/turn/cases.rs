//! What a ranking of transport and a reckoned order become when somebody must sign them.

use rust_decimal::Decimal;

use crate::domain::{
    Choice, ChoiceKind, GoodsLine, Matter, Order, OrderAhead, PortClosure, Portfolio, Ranking, ShipmentId, Span,
    Switch, Timestamp, Way, WayKind,
};

/// How long before a departure another one can still be arranged: booking, loading list, haulage. A guess.
const ARRANGE: Span = Span::from_hours(6);
/// How long before the ports close an order must be signed to be loaded: a guess.
const LOAD: Span = Span::from_hours(12);
/// A dealer is given at least so long to decide.
const DECIDE: Span = Span::from_hours(6);
/// Without a port that may close, an order is decided within three days: a guess.
const NO_HURRY: Span = Span::from_hours(72);
/// The most other ways that a mail shows beside the best.
const WAYS_MAX: usize = 5;

/// The switch that a ranking calls for, and the last instant at which yes still helps; `None` when the plan is the best,
/// or the ranking has nothing to compare it with.
pub(super) fn switch_case(ranking: &Ranking, shipment: &ShipmentId) -> Option<(Matter, Timestamp)> {
    let (best, keep) = (ranking.best()?, ranking.keep()?);
    if best.kind == ChoiceKind::Keep {
        return None;
    }
    let leaves = best.etd.min(keep.etd);
    let act_by = leaves.checked_sub(ARRANGE).ok()?;
    let ways = ranking.choices.iter().take(WAYS_MAX).map(way).collect();
    let switch = Switch {
        shipment: shipment.clone(),
        required_by: ranking.required_by,
        value: ranking.value,
        ways,
        planned: way(keep),
    };
    Some((Matter::Switch(switch), act_by))
}

fn way(choice: &Choice) -> Way {
    Way {
        kind: match choice.kind {
            ChoiceKind::Keep => WayKind::Keep,
            ChoiceKind::Wait { .. } => WayKind::Wait,
            ChoiceKind::Early { .. } => WayKind::Early,
            ChoiceKind::Lane { .. } | ChoiceKind::Mode { .. } | ChoiceKind::Port { .. } => WayKind::Switch,
        },
        lane: choice.lane.clone(),
        mode: choice.mode.clone(),
        leaves: Some(choice.etd),
        arrives: Some(choice.arrival.p50),
        arrives_late: Some(choice.arrival.p90),
        p_late: choice.p_late,
        p_danger: Some(choice.meeting.p_limit),
        added_cost: choice.added_cost,
        stock_out: choice.stock_out,
        total: choice.total,
    }
}

/// The order that a dealer is asked to sign, and until when; `None` when nothing need be ordered.
pub(super) fn order_case(
    order: &OrderAhead,
    closures: &[PortClosure],
    portfolio: &Portfolio,
    now: Timestamp,
) -> Option<(Matter, Timestamp)> {
    let lines: Vec<GoodsLine> = order
        .lines
        .iter()
        .filter(|line| line.quantity > Decimal::ZERO)
        .map(|line| GoodsLine {
            sku: line.sku.clone(),
            quantity: line.quantity,
            cover_days: line.days_of_cover.unwrap_or_default(),
            unit_value: unit_value(portfolio, order, &line.sku),
        })
        .collect();
    let shipment = order.shipments.iter().find_map(|id| portfolio.shipments.get(id))?;
    if lines.is_empty() {
        return None;
    }
    let lane = portfolio.lanes.get(&shipment.lane);
    let is_end = |closure: &&PortClosure| {
        lane.is_some_and(|lane| closure.port == lane.origin || closure.port == lane.destination)
    };
    let closes = closures.iter().filter(is_end).map(|closure| closure.from.p10).min();
    let until = closes.and_then(|at| at.checked_sub(LOAD).ok()).or_else(|| now.checked_add(NO_HURRY).ok())?;
    let act_by = until.max(now.checked_add(DECIDE).ok()?);
    Some((Matter::Order(Order { lane: shipment.lane.clone(), outage_days: order.outage_days, lines }), act_by))
}

fn unit_value(portfolio: &Portfolio, order: &OrderAhead, sku: &str) -> Option<(Decimal, crate::domain::Currency)> {
    portfolio.stock.iter().find(|line| line.dealer == order.dealer && line.sku == sku)?.unit_value
}
