//! What a ranking of transport and a reckoned order become when somebody must sign them.

use jiff::ToSpan as _;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::domain::{
    Choice, ChoiceKind, GoodsLine, Matter, Order, OrderAhead, Person, PlannedSwitch, PortClosure, Portfolio, Ranking,
    Role, SeasonSwitch, ShipmentId, Span, Switch, Timestamp, TransportParams, Way, WayKind,
};

/// How long before a departure another one can still be arranged: booking, loading list, haulage. A guess.
const ARRANGE: Span = Span::from_hours(6);
/// How long before the ports close an order must be signed to be loaded: a guess.
const LOAD: Span = Span::from_hours(12);
/// A dealer is given at least so long to decide.
const DECIDE: Span = Span::from_hours(6);
/// Without a port that may close, an order is decided within three days: a guess.
const NO_HURRY: Span = Span::from_hours(72);
/// A way that saves less than this share of the goods' value is not worth anybody's signature: a guess.
const WORTH: (i64, u32) = (3, 2);
/// Without comparable costs a way is worth it when it is late so much less often: a guess.
const LATE_LESS: f64 = 0.2;
/// When the last working day for a season's decision ends, in the zone of who signs first: a guess.
const DECIDED_BY: Time = Time::constant(18, 0, 0, 0);
/// The most other ways that a mail shows beside the best.
const WAYS_MAX: usize = 5;

/// The switch that a ranking calls for, and the last instant at which yes still helps; `None` when the plan is the best,
/// or as good as any. `proposed` is the way that lies before people already: it stays while nothing is worth more.
pub(super) fn switch_case(
    ranking: &Ranking,
    shipment: &ShipmentId,
    proposed: Option<&Way>,
) -> Option<(Matter, Timestamp)> {
    let (best, keep) = (ranking.best()?, ranking.keep()?);
    let is_proposed = |choice: &&Choice| {
        let choice = way(choice);
        proposed.is_some_and(|proposed| (proposed.kind, &proposed.lane) == (choice.kind, &choice.lane))
    };
    let before = ranking.choices.iter().find(is_proposed).filter(|before| !is_worth(best, before, ranking));
    let chosen = before.unwrap_or(best);
    if chosen.kind == ChoiceKind::Keep || !is_worth(chosen, keep, ranking) {
        return None;
    }
    let leaves = chosen.etd.min(keep.etd);
    let act_by = leaves.checked_sub(ARRANGE).ok()?;
    let others = ranking.choices.iter().filter(|choice| *choice != chosen);
    let ways = std::iter::once(chosen).chain(others).take(WAYS_MAX).map(way).collect();
    let switch = Switch {
        shipment: shipment.clone(),
        required_by: ranking.required_by,
        value: ranking.value,
        ways,
        planned: way(keep),
    };
    Some((Matter::Switch(switch), act_by))
}

/// True when one choice is so much better than another that somebody should sign it.
fn is_worth(better: &Choice, than: &Choice, ranking: &Ranking) -> bool {
    if let (Some(a), Some(b), Some(value)) = (better.total, than.total, ranking.value)
        && a.currency == b.currency
        && value.currency == a.currency
    {
        return b.amount - a.amount >= value.amount * Decimal::new(WORTH.0, WORTH.1);
    }
    match (better.p_late, than.p_late) {
        (Some(a), Some(b)) => b - a >= LATE_LESS,
        _ => false,
    }
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

/// A standing switch in the next year in which it can still be decided at `at`, and the last instant for that: the day
/// before its first day, less the days that its mode must be booked ahead (`rules/transport.toml`), at the end of work
/// where logistics is. `None` when no calendar has it.
#[must_use]
pub fn season_case(
    planned: &PlannedSwitch,
    transport: &TransportParams,
    portfolio: &Portfolio,
    at: Timestamp,
) -> Option<(SeasonSwitch, Timestamp)> {
    let signer = portfolio.people_with(Role::Logistics).next();
    let zone = signer.map_or(TimeZone::UTC, Person::zone);
    let year = at.to_zoned(zone.clone()).year();
    let lead = days(1.0 + transport.mode(&planned.switch.mode).season_lead_days);
    let in_year = |year: i16| {
        let switch = planned.in_year(year)?;
        let last_day = switch.from_day.checked_sub(lead.days()).ok()?;
        let act_by = zone.to_timestamp(last_day.to_datetime(DECIDED_BY)).ok()?;
        (act_by > at).then_some((switch, act_by))
    };
    // What must be decided in this year for the next one begins early in it.
    (year..=year.saturating_add(2)).find_map(in_year)
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to two years before the cast")]
fn days(count: f64) -> i64 {
    count.clamp(0.0, 731.0).ceil() as i64
}

fn unit_value(portfolio: &Portfolio, order: &OrderAhead, sku: &str) -> Option<(Decimal, crate::domain::Currency)> {
    portfolio.stock.iter().find(|line| line.dealer == order.dealer && line.sku == sku)?.unit_value
}
