//! What to do, by when, at what cost.
//!
//! In: an exposure, its subject, a playbook, an instant. Out: ranked actions.
//! Never: sends or remembers.
//!
//! Act by: the danger's beginning, taken early and at both ends of the road, less the hours that the action takes in
//! working time and on the road, less a margin. Worth: the loss avoided is above the cost (cost-loss: act when p > C/L).
//! `docs/decisions.md` works examples of both by hand.

mod calendar;
mod cases;
mod holidays;
mod playbook;
mod read;
mod shelter;
mod sun;
mod wait;

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

pub use calendar::{ActBy, Calendar, act_by, latest_start};
pub use holidays::{Country, Holidays};
pub use playbook::{Action, Cost, Deadline, Hours, Playbook, Playbooks, Weighed};
pub use shelter::shelter;
pub use wait::{CYCLE_H, Stakes, act_or_wait, fall};

use crate::domain::{Advice, AdvisedAction, Currency, Exposure, Fault, Feasibility, Money, Timestamp};
use crate::rules::{FactContext, Facts, Seen, SubjectView};

/// Advice, with what of the playbook could not be evaluated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Advised {
    /// The advice.
    pub advice: Advice,
    /// Actions left out because a condition or amount of theirs failed.
    pub faults: Vec<Fault>,
}

/// What one playbook is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// What threatens.
    pub exposure: &'a Exposure,
    /// Whom; its shelter with it.
    pub view: &'a SubjectView<'a>,
    /// Public holidays.
    pub holidays: &'a Holidays,
    /// Now.
    pub now: Timestamp,
}

/// What a playbook advises for an exposure at an instant, best first: actions in time and worth their cost, by net
/// benefit and then the playbook's order (those that need night work by now among them: a stock saved by night is saved);
/// then those in time that do not pay; then those too late; then those refused.
///
/// An action whose cost or avoided loss is not known counts as worth it: nobody can say that it does not pay, and
/// a missed deadline is worse than a needless one.
#[must_use]
pub fn advise(matter: &Matter<'_>, playbook: &Playbook) -> Advised {
    let Matter { exposure, view, now, .. } = *matter;
    let facts = FactContext::of(&Facts::of(&Seen { exposure, view, now }));
    let calendars = Calendars::of(matter);
    let mut ranked: Vec<(Rank, AdvisedAction)> = Vec::new();
    let mut faults = Vec::new();
    for action in &playbook.actions {
        match action.weigh(&facts) {
            Ok(Some(weighed)) => {
                let advised = advised(matter, action, &weighed, calendars.of_action(action));
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
    let mut advice = Advice { actions: ranked.into_iter().map(|(_, action)| action).collect(), ..Advice::default() };
    advice.act_by = advice.best().and_then(|best| best.act_by);
    advice.shelter = view.shelter.cloned();
    advice.notes = calendars.site.as_ref().zip(exposure.danger_from()).map_or(Vec::new(), |(c, at)| c.unknown(at));
    Advised { advice, faults }
}

/// The site's working time, and any hour.
struct Calendars<'a> {
    site: Option<Calendar<'a>>,
    any: Calendar<'a>,
}

impl<'a> Calendars<'a> {
    fn of(matter: &Matter<'a>) -> Self {
        let zone = matter.view.dealer.map_or("UTC", |dealer| dealer.time_zone.as_str());
        let site = matter.view.site.map(|site| Calendar::of(site, zone, matter.holidays));
        Self { site, any: Calendar::round_the_clock() }
    }

    fn of_action(&self, action: &Action) -> &Calendar<'a> {
        self.site.as_ref().filter(|_| action.hours == Hours::Site).unwrap_or(&self.any)
    }
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
            (Feasibility::InTime | Feasibility::Overtime, true) => 0,
            (Feasibility::InTime | Feasibility::Overtime, false) => 1,
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

fn advised(matter: &Matter<'_>, action: &Action, weighed: &Weighed, calendar: &Calendar<'_>) -> AdvisedAction {
    let Matter { exposure, now, .. } = *matter;
    let cost = match weighed.cost {
        Cost::Known(cost) => money(cost, currency(matter)),
        Cost::Nothing | Cost::Unknown => None,
    };
    let loss = exposure.loss.as_ref().filter(|_| weighed.avoids > 0.0);
    let loss_avoided = loss.map(|loss| loss.expected().share(weighed.avoids));
    let before = before(matter, action, weighed);
    let times = before.and_then(|before| act_by(before, weighed.lead_h, weighed.travel_h, action.margin_h, calendar));
    let feasibility = match (&weighed.refused, times) {
        (Some(because), _) => Feasibility::Refused { because: because.clone() },
        (None, Some(times)) if now > times.last_call => Feasibility::TooLate,
        (None, Some(times)) if now > times.start_by => Feasibility::Overtime,
        (None, _) => Feasibility::InTime,
    };
    let is_late = feasibility == Feasibility::TooLate;
    let act_or_wait = cost.zip(loss).and_then(|(cost, loss)| {
        let act_by =
            times.map(|times| if feasibility == Feasibility::Overtime { times.last_call } else { times.start_by });
        let (danger_from, issued) = (exposure.danger_from(), exposure.issued);
        act_or_wait(&Stakes { cost, loss, avoids: weighed.avoids, act_by, danger_from, issued, now })
    });
    AdvisedAction {
        action: action.id.clone(),
        who: action.who.clone(),
        act_by: times.map(|times| times.start_by),
        lead_h: weighed.lead_h,
        cost,
        loss_avoided,
        break_even_p: loss.and_then(|loss| break_even(cost?, weighed.avoids, loss.at_risk())),
        is_worth: is_worth(cost, loss_avoided),
        feasibility,
        travel_h: weighed.travel_h,
        last_call: times.filter(|times| times.last_call > times.start_by).map(|times| times.last_call),
        hours_left: times.filter(|_| is_late).map(|times| calendar.hours_between(now, times.finish_by).floor()),
        act_or_wait,
    }
}

/// What the action must be over before: with a road in it, the danger at its far end counts too.
fn before(matter: &Matter<'_>, action: &Action, weighed: &Weighed) -> Option<Timestamp> {
    let exposure = matter.exposure;
    match action.deadline {
        Deadline::Danger => {
            let there = matter.view.shelter.filter(|_| weighed.travel_h > 0.0).and_then(|shelter| shelter.danger_from);
            let here = exposure.danger_from()?;
            Some(there.map_or(here, |there| there.min(here)))
        }
        Deadline::End => exposure.expires,
        Deadline::None => None,
    }
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
fn currency(matter: &Matter<'_>) -> Option<Currency> {
    let Matter { exposure, view, .. } = *matter;
    let site = view.site.and_then(|site| site.handling_cost.or(site.stock));
    let lane = || view.lane.and_then(|lane| lane.cost);
    site.map(|money| money.currency)
        .or(exposure.loss.as_ref().map(|loss| loss.currency))
        .or_else(|| Some(lane()?.currency))
}

#[cfg(test)]
mod tests;
