//! What a dealer has, how long it lasts, and what running out costs until a shipment comes.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use crate::domain::{Currency, Money, Portfolio, Shipment, StockLine};

/// The days of a month of the trend.
const MONTH_DAYS: f64 = 30.0;

/// One SKU with what comes before the shipment in question.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    pub(super) line: &'a StockLine,
    /// Units on hand and those of earlier shipments.
    pub(super) supply: f64,
}

/// The SKUs that a shipment brings more of.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelf<'a> {
    items: Vec<Item<'a>>,
}

/// What is lost while goods are out.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Shortage {
    /// A sum a currency, in whole units.
    pub(super) sums: Vec<Money>,
    /// The SKU that is out the longest, and its mean days.
    pub(super) longest: Option<(String, f64)>,
    /// True when a unit's value of something that runs out is not known.
    pub(super) has_unknown: bool,
}

impl<'a> Shelf<'a> {
    /// The goods that a dealer sells and has on order, `earlier` (0..=1) of which comes with earlier shipments.
    pub(super) fn new(shipment: &Shipment, earlier: f64, portfolio: &'a Portfolio) -> Self {
        let of_dealer = portfolio.stock.iter().filter(|line| line.dealer == shipment.dealer);
        let awaited = of_dealer.filter(|line| line.daily_sales > Decimal::ZERO && line.on_order > Decimal::ZERO);
        let item = |line: &'a StockLine| Item { line, supply: float(line.on_hand) + float(line.on_order) * earlier };
        Self { items: awaited.map(item).collect() }
    }

    /// True when nothing is known to wait for the shipment.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What is lost when the shipment comes at these hours from now, in the mean: units that would have been sold between
    /// running out and its coming, at a unit's value. That is turnover, not margin: the files give no margin.
    pub(super) fn shortage(&self, arrivals_h: &[f64]) -> Shortage {
        let share = 1.0 / arrivals_h.len().max(1) as f64;
        let mean = |of: &dyn Fn(f64) -> f64| arrivals_h.iter().map(|hour| of(hour / 24.0)).sum::<f64>() * share;
        let mut shortage = Shortage::default();
        let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
        for Item { line, supply } in &self.items {
            let units = mean(&|day| (demand(line, day) - supply).max(0.0));
            let out_from = lasts_days(line, *supply).unwrap_or(f64::INFINITY);
            let days = mean(&|day| (day - out_from).max(0.0));
            if days > 0.0 && shortage.longest.as_ref().is_none_or(|(_, longest)| days > *longest) {
                shortage.longest = Some((line.sku.clone(), days));
            }
            match line.unit_value {
                Some((value, currency)) => {
                    let lost = Decimal::from_f64(units).and_then(|units| units.checked_mul(value)).unwrap_or_default();
                    let sum = sums.entry(currency).or_default();
                    *sum = sum.checked_add(lost).unwrap_or(Decimal::MAX);
                }
                None => shortage.has_unknown |= units > 0.0,
            }
        }
        shortage.sums = sums.into_iter().map(|(currency, sum)| Money::new(sum.round(), currency)).collect();
        shortage
    }
}

/// The units sold within some days from now: s t + s g t² / 2 with the trend g a day, which ends where sales have fallen to
/// nothing.
pub(super) fn demand(line: &StockLine, days: f64) -> f64 {
    let (sales, growth) = (float(line.daily_sales), growth(line));
    let days = days.max(0.0);
    let days = if growth < 0.0 { days.min(-1.0 / growth) } else { days };
    sales * days * (1.0 + growth * days / 2.0)
}

/// The days that so many units last; `None` when they are never all sold.
pub(super) fn lasts_days(line: &StockLine, units: f64) -> Option<f64> {
    let (sales, growth) = (float(line.daily_sales), growth(line));
    if sales <= 0.0 {
        return None;
    }
    let plain = units.max(0.0) / sales;
    if growth.abs() < 1e-12 {
        return Some(plain);
    }
    // The root of g/2 t² + t − plain that is the first to come.
    let under = 1.0 + 2.0 * growth * plain;
    (under >= 0.0).then(|| (under.sqrt() - 1.0) / growth)
}

/// The trend as a share of today's sales a day.
fn growth(line: &StockLine) -> f64 {
    line.trend_pct_month.unwrap_or_default() / 100.0 / MONTH_DAYS
}

pub(super) fn float(amount: Decimal) -> f64 {
    amount.to_f64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DealerId;

    fn line(on_hand: i64, daily_sales: i64, trend: Option<f64>) -> StockLine {
        StockLine {
            dealer: DealerId::new("D"),
            sku: "FAN".to_owned(),
            on_hand: on_hand.into(),
            daily_sales: daily_sales.into(),
            on_order: 1200.into(),
            trend_pct_month: trend,
            unit_value: Some((85.into(), Currency::parse("CNY").expect("code"))),
        }
    }

    /// The table of `docs/decisions.md`.
    #[test]
    fn how_long_stock_lasts() {
        for (on_hand, sales, trend, want) in [
            (260, 90, None, Some(2.889)),
            (260, 90, Some(30.0), Some(2.848)),
            (260, 90, Some(-30.0), Some(2.932)),
            (1600, 90, Some(-100.0), None),
            (260, 0, None, None),
            (0, 90, None, Some(0.0)),
        ] {
            let lasts = lasts_days(&line(on_hand, sales, trend), on_hand as f64);
            let is_near = match (lasts, want) {
                (Some(lasts), Some(want)) => (lasts - want).abs() < 0.001,
                (lasts, want) => lasts == want,
            };
            assert!(is_near, "{on_hand} {sales} {trend:?}: {lasts:?}");
        }
    }

    #[test]
    fn what_lasts_so_long_is_sold_by_then() {
        for trend in [None, Some(40.0), Some(-40.0), Some(-100.0)] {
            let line = line(700, 90, trend);
            let days = lasts_days(&line, 700.0).expect("it runs out");
            assert!((demand(&line, days) - 700.0).abs() < 1e-6, "{trend:?}");
        }
        assert!((demand(&line(0, 90, Some(-100.0)), 1e6) - 1350.0).abs() < 1e-9);
    }

    /// 260 fans at 90 a day; the shipment comes after 3 or after 5 days: 10 or 190 are missed, 100 in the mean, at 85.
    #[test]
    fn running_out_costs_what_is_not_sold() {
        let line = line(260, 90, None);
        let shelf = Shelf { items: vec![Item { line: &line, supply: 260.0 }] };
        let shortage = shelf.shortage(&[72.0, 120.0]);
        assert_eq!(shortage.sums, [Money::new(8500.into(), Currency::parse("CNY").expect("code"))]);
        let (sku, days) = shortage.longest.expect("out");
        assert!(sku == "FAN" && (days - 1.111).abs() < 0.001, "{days}");
        assert!(shelf.shortage(&[48.0]).longest.is_none());
    }
}
