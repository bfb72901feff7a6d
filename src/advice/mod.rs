//! What to do, by when, at what cost.
//!
//! In: an exposure, its subject, a playbook, an instant. Out: ranked actions.
//! Never: sends or remembers.
//!
//! Act by: the danger's beginning, taken early, less the hours that the action takes, less a margin. Worth: the
//! loss avoided is above the cost (cost-loss: act when p > C/L; Regnier & Harr 2006, Weather and Forecasting 21:764).

mod cases;
mod playbook;

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

pub use playbook::{Action, Cost, Deadline, Playbook, Playbooks, Weighed};

use crate::domain::{Advice, AdvisedAction, Currency, Exposure, Fault, Feasibility, Money, Span, Timestamp, hours};
use crate::rules::{FactContext, Facts, Seen, SubjectView};

/// Advice, with what of the playbook could not be evaluated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Advised {
    /// The advice.
    pub advice: Advice,
    /// Actions left out because a condition or amount of theirs failed.
    pub faults: Vec<Fault>,
}

/// Act-by times are given in steps of this, always the earlier: nobody loads a lorry at 06:07.
const STEP: Span = Span::from_mins(10);

/// What a playbook advises for an exposure at an instant, best first: actions in time and worth their cost, by net
/// benefit and then the playbook's order; then those in time that do not pay; then those too late; then those refused.
///
/// An action whose cost or avoided loss is not known counts as worth it: nobody can say that it does not pay, and
/// a missed deadline is worse than a needless one.
#[must_use]
pub fn advise(exposure: &Exposure, view: &SubjectView<'_>, playbook: &Playbook, now: Timestamp) -> Advised {
    let facts = FactContext::of(&Facts::of(&Seen { exposure, view, now }));
    let mut ranked: Vec<(Rank, AdvisedAction)> = Vec::new();
    let mut faults = Vec::new();
    for action in &playbook.actions {
        match action.weigh(&facts) {
            Ok(Some(weighed)) => {
                let advised = advised(action, &weighed, exposure, currency(exposure, view), now);
                ranked.push((Rank::of(&advised, action.order), advised));
            }
            Ok(None) => {}
            Err(mut fault) => {
                fault.what = format!("`{}` of playbook `{}`: {}", action.id, playbook.id, fault.what);
                faults.push(fault);
            }
        }
    }
    ranked.sort_by(|(a, _), (b, _)| a.compare(b));
    let mut advice = Advice { actions: ranked.into_iter().map(|(_, action)| action).collect(), act_by: None };
    advice.act_by = advice.best().and_then(|best| best.act_by);
    Advised { advice, faults }
}

/// Where an action stands among the others.
struct Rank {
    group: u8,
    net: Decimal,
    order: u32,
}

impl Rank {
    fn of(action: &AdvisedAction, order: u32) -> Self {
        let group = match (&action.feasibility, action.is_worth) {
            (Feasibility::InTime, true) => 0,
            (Feasibility::InTime, false) => 1,
            (Feasibility::TooLate, _) => 2,
            (Feasibility::Refused { .. }, _) => 3,
        };
        let amount = |money: Option<Money>| money.map_or(Decimal::ZERO, |money| money.amount);
        let net = amount(action.loss_avoided).checked_sub(amount(action.cost)).unwrap_or_default();
        // What is not known is neither good nor bad: the playbook's order decides.
        let is_known = action.loss_avoided.is_some() && action.break_even_p.is_some() || action.cost.is_none();
        Self { group, net: if is_known && group == 0 { net } else { Decimal::ZERO }, order }
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.group.cmp(&other.group).then(other.net.cmp(&self.net)).then(self.order.cmp(&other.order))
    }
}

fn advised(
    action: &Action,
    weighed: &Weighed,
    exposure: &Exposure,
    currency: Option<Currency>,
    now: Timestamp,
) -> AdvisedAction {
    let cost = match weighed.cost {
        Cost::Known(cost) => money(cost, currency),
        Cost::Nothing | Cost::Unknown => None,
    };
    let loss = exposure.loss.as_ref().filter(|_| weighed.avoids > 0.0);
    let loss_avoided = loss.map(|loss| loss.expected().share(weighed.avoids));
    let before = match action.deadline {
        Deadline::Danger => exposure.danger_from(),
        Deadline::End => exposure.expires,
        Deadline::None => None,
    };
    let act_by = before.and_then(|before| latest_start(before, hours(weighed.lead_h + action.margin_h)));
    let feasibility = match (&weighed.refused, act_by) {
        (Some(because), _) => Feasibility::Refused { because: because.clone() },
        (None, Some(act_by)) if now > act_by => Feasibility::TooLate,
        (None, _) => Feasibility::InTime,
    };
    AdvisedAction {
        action: action.id.clone(),
        who: action.who.clone(),
        act_by,
        lead_h: weighed.lead_h,
        cost,
        loss_avoided,
        break_even_p: loss.and_then(|loss| break_even(cost?, weighed.avoids, loss.at_risk())),
        is_worth: is_worth(cost, loss_avoided),
        feasibility,
    }
}

/// The last step of time at which something of this length can begin and be over `before`.
fn latest_start(before: Timestamp, length: Span) -> Option<Timestamp> {
    let start = before.checked_sub(length).ok()?;
    let step_s = STEP.as_secs();
    Timestamp::from_second(start.as_second().div_euclid(step_s) * step_s).ok()
}

/// The chance of losing all of `at_risk` above which an action pays; `None` in two currencies or without a value.
///
/// Worked value: 10,000 to save all of 600,000 pays above 1.67 %.
fn break_even(cost: Money, avoids: f64, at_risk: Money) -> Option<f64> {
    let saved = at_risk.amount.to_f64()? * avoids;
    (cost.currency == at_risk.currency && saved > 0.0).then(|| cost.as_f64() / saved)
}

fn is_worth(cost: Option<Money>, loss_avoided: Option<Money>) -> bool {
    match (cost, loss_avoided) {
        (Some(cost), Some(avoided)) if cost.currency == avoided.currency => avoided.amount > cost.amount,
        _ => true,
    }
}

/// An amount in whole cents; `None` without a currency or beyond what a decimal holds.
fn money(amount: f64, currency: Option<Currency>) -> Option<Money> {
    Some(Money::new(Decimal::from_f64(amount)?.round_dp(2).normalize(), currency?))
}

/// The currency that a playbook's costs are in: that of the site's own records, else of its loss or the lane.
fn currency(exposure: &Exposure, view: &SubjectView<'_>) -> Option<Currency> {
    let site = view.site.and_then(|site| site.handling_cost.or(site.stock));
    let lane = || view.lane.and_then(|lane| lane.cost);
    site.map(|money| money.currency)
        .or(exposure.loss.as_ref().map(|loss| loss.currency))
        .or_else(|| Some(lane()?.currency))
}

#[cfg(test)]
mod tests;
