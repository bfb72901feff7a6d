//! Sums of entries. Currencies are never mixed.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::entry::{Entry, Judgement};
use crate::domain::{AlertState, Level, Money};

/// Money of one currency. Only what people entered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MoneySum {
    /// What acting cost.
    pub spent: Decimal,
    /// What would have been lost without it.
    pub saved: Decimal,
    /// What was lost all the same.
    pub lost: Decimal,
    /// Saved less spent.
    pub net: Decimal,
}

/// What a dealer's, a manager's or all alerts come to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Sum {
    /// The dealer's or manager's id; empty for all, and for what is nobody's.
    pub who: String,
    /// Alerts.
    pub alerts: u32,
    /// Of them, those at warn or act.
    pub warned: u32,
    /// Those in which the dealer acted.
    pub acted: u32,
    /// Those in which the dealer refused.
    pub refused: u32,
    /// Those at warn or act that nobody answered.
    pub unanswered: u32,
    /// Those at warn or act of which it is known what came.
    pub known: u32,
    /// Of the known, those that came.
    pub hits: u32,
    /// Of the known, those that did not.
    pub false_alarms: u32,
    /// Of the false alarms, those in which acting was right: above break-even.
    pub false_but_right: u32,
    /// How many of the known were to come to nothing by the chances that were told: the sum of 1 - p. Only those with a
    /// chance count, which are `with_chance`.
    pub expected_false: f64,
    /// Of the known, those with a chance.
    pub with_chance: u32,
    /// The money, by currency.
    pub money: BTreeMap<String, MoneySum>,
}

impl Sum {
    /// Nothing yet.
    pub(super) fn new(who: &str) -> Self {
        Self { who: who.to_owned(), ..Self::default() }
    }

    /// One entry more.
    pub(super) fn add(&mut self, entry: &Entry) {
        let is_warned = entry.level >= Level::Warn;
        self.alerts += 1;
        self.warned += u32::from(is_warned);
        self.acted += u32::from(entry.is_acted());
        self.refused += u32::from(entry.answer == Some(AlertState::Refused));
        self.unanswered += u32::from(is_warned && entry.answer.is_none());
        if is_warned && entry.judgement != Judgement::Unknown {
            let is_hit = entry.judgement == Judgement::Hit;
            self.known += 1;
            self.hits += u32::from(is_hit);
            self.false_alarms += u32::from(!is_hit);
            self.false_but_right += u32::from(entry.judgement == Judgement::FalseButRight);
            self.with_chance += u32::from(entry.p_34kt.is_some());
            self.expected_false += entry.p_34kt.map_or(0.0, |p| 1.0 - p);
        }
        let found = &entry.found;
        self.pay(found.spent, |sum| &mut sum.spent);
        self.pay(found.saved, |sum| &mut sum.saved);
        self.pay(found.lost, |sum| &mut sum.lost);
    }

    /// Share (0..=1) of alarms that the chances told would come to nothing; `None` without a known one.
    #[must_use]
    pub fn expected_false_share(&self) -> Option<f64> {
        (self.with_chance > 0).then(|| self.expected_false / f64::from(self.with_chance))
    }

    fn pay(&mut self, amount: Option<Money>, of: impl Fn(&mut MoneySum) -> &mut Decimal) {
        let Some(amount) = amount else { return };
        let sum = self.money.entry(amount.currency.to_string()).or_default();
        let total = of(sum);
        *total = total.saturating_add(amount.amount);
        sum.net = sum.saved.saturating_sub(sum.spent);
    }
}
