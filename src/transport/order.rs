//! What a dealer should order ahead: days of cover against the days in which nothing may come.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::cases::{Case, Desk};
use super::gate::percentiles;
use super::shelf::{demand, float, lasts_days};
use super::storms::tenth;
use crate::domain::{Currency, DealerId, Freight, Money, OrderAhead, OrderLine, ShipmentId, StockLine};

/// Outages shorter than this are no reason to order, hours.
const OUTAGE_H: f64 = 1.0;

/// The orders of all dealers with a shipment in danger that may be late, in order of dealer; those with nothing to order are
/// left out.
pub(super) fn orders(desk: &Desk<'_>, cases: &[Case<'_>]) -> Vec<OrderAhead> {
    let mut of_dealers: BTreeMap<&DealerId, Vec<&Case<'_>>> = BTreeMap::new();
    for case in cases {
        if let Some(dealer) = case.dealer {
            of_dealers.entry(dealer).or_default().push(case);
        }
    }
    let order = |(dealer, cases): (&&DealerId, &Vec<&Case<'_>>)| order(desk, dealer, cases);
    of_dealers.iter().filter_map(order).collect()
}

fn order(desk: &Desk<'_>, dealer: &DealerId, cases: &[&Case<'_>]) -> Option<OrderAhead> {
    let is_late = |case: &Case<'_>| case.is_in_danger() && case.late_p90_h() >= OUTAGE_H;
    let comes_h = |case: &Case<'_>| percentiles(case.keep.arrivals_h.clone()).map_or(case.keep.eta_h, |[.., p90]| p90);
    // Shelves may be empty before each shipment that is late, whatever the later ones bring.
    let need = |outage_h: f64| {
        let in_time: f64 = cases.iter().filter(|case| comes_h(case) < outage_h).map(|case| case.brings).sum();
        Need { outage_days: outage_h / 24.0, safety_days: desk.params.safety_days, in_time }
    };
    let late = cases.iter().filter(|case| is_late(case)).map(|case| comes_h(case)).filter(|hours| *hours > 0.0);
    let needs: Vec<Need> = late.map(need).collect();
    let outage_h = needs.iter().map(|need| need.outage_days * 24.0).fold(0.0, f64::max);
    let sold = desk.portfolio.stock.iter().filter(|line| line.dealer == *dealer && line.daily_sales > Decimal::ZERO);
    let lines: Vec<OrderLine> = sold.filter_map(|line| self::line(line, &needs, desk)).collect();
    let is_needed = lines.iter().any(|line| line.quantity > Decimal::ZERO);
    let shipments = cases.iter().filter(|case| is_late(case)).filter_map(|case| shipment(case)).collect();
    is_needed.then(|| OrderAhead {
        dealer: dealer.clone(),
        at: desk.storms.now,
        outage_until: desk.storms.instant(outage_h),
        outage_days: tenth(outage_h / 24.0),
        safety_days: desk.params.safety_days,
        shipments,
        values: sums(&lines),
        lines,
    })
}

/// For how long goods must last, and the share (0..=1) of those on order that comes within it.
struct Need {
    outage_days: f64,
    safety_days: f64,
    in_time: f64,
}

/// The line with the largest need; of two alike the first. `None` without any.
fn line(line: &StockLine, needs: &[Need], desk: &Desk<'_>) -> Option<OrderLine> {
    let cover = lasts_days(line, float(line.on_hand));
    let larger = |a: (Decimal, Decimal), b: (Decimal, Decimal)| if b.0 > a.0 { b } else { a };
    let (quantity, in_time) = needs.iter().map(|need| quantity(line, need)).reduce(larger)?;
    let value = line.unit_value.and_then(|(value, currency)| Some(Money::new(quantity.checked_mul(value)?, currency)));
    Some(OrderLine {
        sku: line.sku.clone(),
        on_hand: line.on_hand,
        on_order_in_time: in_time,
        days_of_cover: cover.map(tenth),
        runs_out: cover.map(|days| desk.storms.instant(days * 24.0)),
        quantity,
        value,
    })
}

/// Units sold within the outage and the safety days, less those on hand and those that come in time: whole, 0 or more. And
/// the units that come in time, whole.
fn quantity(line: &StockLine, need: &Need) -> (Decimal, Decimal) {
    let in_time = Decimal::from_f64((float(line.on_order) * need.in_time + 1e-6).floor()).unwrap_or_default();
    let wanted = demand(line, need.outage_days + need.safety_days) - float(line.on_hand) - float(in_time);
    (Decimal::from_f64((wanted - 1e-6).ceil().max(0.0)).unwrap_or_default(), in_time)
}

fn shipment(case: &Case<'_>) -> Option<ShipmentId> {
    match &case.subject {
        Freight::Shipment(id) => Some(id.clone()),
        Freight::Lane(_) => None,
    }
}

/// A sum a currency; lines of unknown value are not in it.
fn sums(lines: &[OrderLine]) -> Vec<Money> {
    let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for value in lines.iter().filter(|line| line.quantity > Decimal::ZERO).filter_map(|line| line.value) {
        let sum = sums.entry(value.currency).or_default();
        *sum = sum.checked_add(value.amount).unwrap_or(Decimal::MAX);
    }
    sums.into_iter().map(|(currency, sum)| Money::new(sum, currency)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `docs/decisions.md`: 2.75 days of outage and 2 of safety.
    #[test]
    fn how_much_to_order() {
        for (on_hand, daily, on_order, in_time, trend, want) in [
            (260, 90, 1200, 0.0, None, 168),
            (260, 90, 1200, 0.1, None, 48),
            (260, 90, 1200, 1.0, None, 0),
            (75, 12, 90, 0.0, None, 0),
            (48, 14, 160, 0.0, None, 19),
            (260, 90, 1200, 0.0, Some(30.0), 178),
            (0, 0, 0, 0.0, None, 0),
        ] {
            let line = StockLine {
                dealer: DealerId::new("D"),
                sku: "X".to_owned(),
                on_hand: on_hand.into(),
                daily_sales: daily.into(),
                on_order: on_order.into(),
                trend_pct_month: trend,
                unit_value: None,
            };
            let need = Need { outage_days: 2.75, safety_days: 2.0, in_time };
            assert_eq!(quantity(&line, &need).0, Decimal::from(want), "{on_hand} {daily} {in_time} {trend:?}");
        }
    }
}
