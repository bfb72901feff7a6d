//! Who waits for what goes by a lane, how long they can wait, and what a day without goods costs them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::lateness::Calendar;
use crate::domain::{Currency, DealerId, Lane, Portfolio, SeasonNote, Shipment, hours_between};

/// Days in a month, on average over four years.
const MONTH_DAYS: f64 = 365.25 / 12.0;
/// Shipments a month when the file does not tell: one a week, a guess.
const WEEKLY: f64 = MONTH_DAYS / 7.0;

/// A dealer supplied by a lane.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Buyer {
    /// How many days late a shipment may be before the shelves are empty.
    slack_days: f64,
    /// What is sold a day of the goods that come by this lane, by currency.
    sales: BTreeMap<Currency, Decimal>,
}

/// The buyers of a lane and its shipments a month, with what is not known of them.
pub(super) fn of_lane(lane: &Lane, portfolio: &Portfolio, notes: &mut Vec<SeasonNote>) -> (Vec<Buyer>, Decimal) {
    let shipments: Vec<&Shipment> = portfolio.shipments.values().filter(|one| one.lane == lane.id).collect();
    let mut dealers: Vec<&DealerId> = shipments.iter().map(|one| &one.dealer).collect();
    dealers.sort();
    dealers.dedup();
    if dealers.is_empty() {
        notes.push(SeasonNote::NobodyWaits);
    }
    let buyers = dealers.into_iter().filter_map(|dealer| buyer(dealer, &shipments, portfolio, notes)).collect();
    let boxes = boxes_per_month(&shipments).unwrap_or_else(|| {
        notes.push(SeasonNote::ShipmentsUnknown);
        WEEKLY
    });
    (buyers, Decimal::from_f64(boxes).unwrap_or_default().round_dp(1).normalize())
}

fn buyer(
    dealer: &DealerId,
    on_lane: &[&Shipment],
    portfolio: &Portfolio,
    notes: &mut Vec<SeasonNote>,
) -> Option<Buyer> {
    let ours: Vec<&&Shipment> = on_lane.iter().filter(|one| one.dealer == *dealer).collect();
    let all = portfolio.shipments.values().filter(|one| one.dealer == *dealer).count();
    // Of a dealer who is supplied by several lanes, each brings its share of the shipments.
    let share = Decimal::from(ours.len()).checked_div(Decimal::from(all)).unwrap_or(Decimal::ONE);
    let mut sales: BTreeMap<Currency, Decimal> = BTreeMap::new();
    let (mut worth, mut sold) = (Decimal::ZERO, Decimal::ZERO);
    for line in portfolio.stock.iter().filter(|line| line.dealer == *dealer) {
        let Some((value, currency)) = line.unit_value else { continue };
        let a_day = line.daily_sales.checked_mul(value).unwrap_or_default();
        worth += line.on_hand.checked_mul(value).unwrap_or_default();
        sold += a_day;
        *sales.entry(currency).or_default() += a_day.checked_mul(share).unwrap_or_default();
    }
    sales.retain(|_, a_day| !a_day.is_zero());
    if sales.is_empty() {
        notes.push(SeasonNote::SalesUnknown { dealer: dealer.clone() });
        return None;
    }
    let slack = ours.iter().filter_map(|one| Some(hours_between(one.eta?, one.required_by?).max(0.0) / 24.0));
    let slack: Vec<f64> = slack.collect();
    let cover = || worth.checked_div(sold).and_then(|days| days.to_f64());
    let slack_days = if slack.is_empty() { cover() } else { Some(slack.iter().sum::<f64>() / slack.len() as f64) };
    let Some(slack_days) = slack_days else {
        notes.push(SeasonNote::SlackUnknown { dealer: dealer.clone() });
        return None;
    };
    Some(Buyer { slack_days, sales })
}

/// By the days between the first and the last `etd`; `None` with fewer than two days of departure.
fn boxes_per_month(shipments: &[&Shipment]) -> Option<f64> {
    let departures = || shipments.iter().filter_map(|one| one.etd);
    let days = hours_between(departures().min()?, departures().max()?) / 24.0;
    (days > 0.0).then(|| (departures().count() - 1) as f64 / days * MONTH_DAYS)
}

/// What a lane's closed days cost its buyers, a year, by month.
#[derive(Debug, Clone, Default)]
pub(super) struct Lost {
    /// Days without goods of all buyers together.
    pub(super) empty_days: [f64; 12],
    /// The sales lost, in whole units of each currency.
    pub(super) sales: [BTreeMap<Currency, Decimal>; 12],
}

impl Lost {
    pub(super) fn of(buyers: &[Buyer], calendar: &Calendar, transit_days: u32, years: usize) -> Self {
        let mut lost = Self::default();
        for buyer in buyers.iter().filter(|_| years > 0) {
            let empty = calendar.empty_days(transit_days, buyer.slack_days);
            let months = empty.into_iter().zip(lost.empty_days.iter_mut().zip(&mut lost.sales));
            for (days, (all, sales)) in months {
                let days = days / years as f64;
                *all += days;
                let share = Decimal::from_f64(days).unwrap_or_default();
                for (currency, a_day) in &buyer.sales {
                    let sum: &mut Decimal = sales.entry(*currency).or_default();
                    *sum += a_day.checked_mul(share).unwrap_or_default();
                }
            }
        }
        for amount in lost.sales.iter_mut().flat_map(BTreeMap::values_mut) {
            *amount = amount.round();
        }
        lost
    }

    /// The sales lost in a month (from 0) in a currency.
    pub(super) fn in_month(&self, month: usize, currency: Currency) -> Decimal {
        self.sales.get(month).and_then(|sales| sales.get(&currency)).copied().unwrap_or_default()
    }
}

/// The currencies that buyers sell in.
pub(super) fn currencies(buyers: &[Buyer]) -> Vec<Currency> {
    let mut all: Vec<Currency> = buyers.iter().flat_map(|buyer| buyer.sales.keys().copied()).collect();
    all.sort();
    all.dedup();
    all
}
