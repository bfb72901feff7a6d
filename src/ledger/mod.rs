//! After the all-clear: what was warned, what the dealer answered, what it cost and saved, and whether acting was right.
//!
//! In: alerts, outcomes that people entered, a portfolio, a season. Out: rows and sums.
//! Never: guesses an outcome. What nobody entered is unknown, and in no sum.
//!
//! A false alarm is judged by break-even: acting at a chance of 15 % is right when 2 % would have paid, though it comes to
//! nothing six times in seven (cost-loss; Murphy 1977, Monthly Weather Review 105:803). `docs/decisions.md` has a worked season.

mod entry;
mod sum;

use std::collections::BTreeMap;

use serde::Serialize;

pub use entry::{Entry, Judgement, Said};
pub use sum::{MoneySum, Sum};

use crate::domain::{Alert, AlertId, Outcome, Portfolio};

/// One season's ledger.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Ledger {
    /// The calendar year, in UTC, in which the alerts were opened.
    pub season: i16,
    /// A row an alert, oldest first.
    pub entries: Vec<Entry>,
    /// Sums by dealer, in order of id; a lane's alerts are under no dealer.
    pub dealers: Vec<Sum>,
    /// Sums by account manager, in order of id.
    pub managers: Vec<Sum>,
    /// The sum of all.
    pub total: Sum,
}

/// The ledger of a season. Live alerts are in it too, marked by their state. An alert that goes on under another
/// event's name is counted there.
#[must_use]
pub fn ledger(alerts: &[Alert], outcomes: &[Outcome], portfolio: &Portfolio, season: i16) -> Ledger {
    let mut newest: BTreeMap<&AlertId, &Outcome> = BTreeMap::new();
    for outcome in outcomes {
        let known = newest.entry(&outcome.alert).or_insert(outcome);
        if (outcome.at, &outcome.id) > (known.at, &known.id) {
            *known = outcome;
        }
    }
    let is_of =
        |alert: &&Alert| alert.opened_at.to_zoned(jiff::tz::TimeZone::UTC).year() == season && alert.moved_to.is_none();
    let mut entries: Vec<Entry> =
        alerts.iter().filter(is_of).map(|alert| Entry::of(alert, newest.get(&alert.id).copied(), portfolio)).collect();
    entries.sort_by(|a, b| (a.opened_at, &a.alert).cmp(&(b.opened_at, &b.alert)));
    let dealers = sums(&entries, |entry| entry.dealer.as_ref().map_or("", |id| id.as_str()));
    let managers = sums(&entries, |entry| entry.manager.as_ref().map_or("", |id| id.as_str()));
    let mut total = Sum::new("");
    for entry in &entries {
        total.add(entry);
    }
    Ledger { season, entries, dealers, managers, total }
}

fn sums(entries: &[Entry], who: impl Fn(&Entry) -> &str) -> Vec<Sum> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for entry in entries {
        let who = who(entry);
        sums.entry(who).or_insert_with(|| Sum::new(who)).add(entry);
    }
    sums.into_values().collect()
}

#[cfg(test)]
mod tests;
