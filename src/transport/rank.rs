//! The order of choices, always the same for the same choices.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use crate::domain::{Choice, Currency, RankedBy};

/// Puts the choices in order, the best first.
///
/// By the total where every choice has one in one currency, those that are late more likely than not after the others; else by
/// lateness (to the hour), exposure (to the hundredth) and
/// added cost. Equals: the less exposed, then the earlier, then by kind. Whatever the numbers, a choice that is dearer,
/// slower and more exposed than another is never first: then the next that is not comes to the front.
pub fn rank(choices: &mut [Choice]) {
    match ranked_by(choices) {
        RankedBy::Cost => choices.sort_by(|a, b| by_cost(a, b).then_with(|| equals(a, b))),
        RankedBy::Lateness => choices.sort_by(|a, b| by_lateness(a, b).then_with(|| equals(a, b))),
    }
    let is_dominated = |choice: &Choice| choices.iter().any(|other| is_worse_in_all(choice, other));
    let best = choices.iter().position(|choice| !is_dominated(choice));
    if let Some(front) = best.and_then(|best| choices.get_mut(..=best)) {
        front.rotate_right(1);
    }
}

/// What choices can be ranked by.
pub(super) fn ranked_by(choices: &[Choice]) -> RankedBy {
    let has_all = choices.iter().all(|choice| choice.total.is_some());
    if has_all && currencies(choices).len() <= 1 { RankedBy::Cost } else { RankedBy::Lateness }
}

/// The currencies of the totals, in order; nothing is nothing in any.
pub(super) fn currencies(choices: &[Choice]) -> Vec<Currency> {
    let totals = choices.iter().filter_map(|choice| choice.total);
    let mut currencies: Vec<Currency> =
        totals.filter(|total| !total.amount.is_zero()).map(|total| total.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    currencies
}

fn by_cost(a: &Choice, b: &Choice) -> Ordering {
    // Files put no price on coming after the time required by, so that it cannot be outweighed.
    let key = |choice: &Choice| (choice.p_late.is_some_and(|p| p > 0.5), choice.total.map(|total| total.amount));
    key(a).cmp(&key(b))
}

fn by_lateness(a: &Choice, b: &Choice) -> Ordering {
    let late = |choice: &Choice| choice.late_h_mean.round();
    let exposed = |choice: &Choice| (choice.meeting.p_limit * 100.0).round();
    // What is not known comes after what is. All that are known are in the currency of the lane as planned.
    let cost = |choice: &Choice| choice.added_cost.map_or((true, Decimal::ZERO), |cost| (false, cost.amount));
    let cost = cost(a).cmp(&cost(b));
    late(a).total_cmp(&late(b)).then_with(|| exposed(a).total_cmp(&exposed(b))).then(cost)
}

fn equals(a: &Choice, b: &Choice) -> Ordering {
    let exposed = |choice: &Choice| (choice.meeting.p_limit, choice.meeting.limit_h_mean);
    let ((p_a, hours_a), (p_b, hours_b)) = (exposed(a), exposed(b));
    let key = |choice: &Choice| (choice.arrival.p50, choice.arrival.p90, choice.kind.clone());
    p_a.total_cmp(&p_b).then_with(|| hours_a.total_cmp(&hours_b)).then_with(|| key(a).cmp(&key(b)))
}

/// Dearer, slower and more exposed at once.
fn is_worse_in_all(choice: &Choice, other: &Choice) -> bool {
    let costs = choice.added_cost.zip(other.added_cost);
    let is_dearer = costs.is_some_and(|(a, b)| a.currency == b.currency && a.amount > b.amount);
    let is_slower = choice.arrival.p50 > other.arrival.p50 && choice.arrival.p90 > other.arrival.p90;
    is_dearer && is_slower && choice.meeting.p_limit > other.meeting.p_limit
}
