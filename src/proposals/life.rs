//! From proposed to approved, declined, expired or withdrawn. Each change is one line of the audit trail.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::{
    Case, Cause, DealerId, Decision, DocumentHash, Entry, EventId, Matter, Money, Order, Proposal, ProposalId,
    ProposalState, Span, Switch, Timestamp, Vote, What,
};

/// Why a person's word changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has been decided, has expired or was withdrawn.
    #[error("nothing is left to decide")]
    Over,
    /// Its time is over.
    #[error("it came after the last instant at which it could help")]
    Late,
    /// It was proposed anew since the person looked.
    #[error("it was proposed anew with other numbers since")]
    Changed,
    /// The next signature is somebody else's.
    #[error("the next signature is not this person's")]
    NotTheirs,
    /// Quantities of goods that are not in the order, or below nought.
    #[error("the quantities do not fit the order")]
    Quantities,
}

/// An act-by or a departure that moved by less is no other proposal.
const ACT_BY_MOVED: Span = Span::from_hours(12);
/// An arrival that moved by less is no other proposal.
const ARRIVAL_MOVED: Span = Span::from_hours(24);
/// Numbers that moved by less than this share are no other proposal: a guess, below which nobody would sign otherwise.
const MOVED_SHARE: f64 = 0.5;
/// Nobody is asked anew sooner after the last time, however the numbers move: two bulletins. A guess.
const PACE: Span = Span::from_hours(12);

/// The id of a proposal: the same kind about the same subject in the same event.
#[must_use]
pub fn proposal_id(kind: &str, event: &EventId, subject: &str) -> ProposalId {
    let seed = format!("{kind}\0{event}\0{subject}");
    ProposalId::new(DocumentHash::of(seed.as_bytes()).digits().chars().take(16).collect::<String>())
}

/// What a proposal is about: the shipment, the lane, the dealer.
#[must_use]
pub fn subject<'a>(matter: &'a Matter, dealer: Option<&'a DealerId>) -> &'a str {
    match matter {
        Matter::Switch(switch) => switch.shipment.as_str(),
        Matter::Season(season) => season.planned.switch.lane.as_str(),
        Matter::Order(_) => dealer.map_or("", DealerId::as_str),
    }
}

/// The proposal with this case: new, or proposed anew when it says something else than before. `None` when nothing
/// changes: the same case again, one that somebody has said yes or no to, or one whose time is over already.
#[must_use]
pub fn propose(
    known: Option<&Proposal>,
    (id, event, dealer): (ProposalId, EventId, Option<DealerId>),
    case: Case,
    now: Timestamp,
) -> Option<Proposal> {
    if case.steps.is_empty() || case.act_by.is_some_and(|act_by| act_by <= now) {
        return None;
    }
    let Some(known) = known else {
        let entry = Entry { at: now, by: None, what: What::Proposed { case: Box::new(case), why: None } };
        return Proposal::of(id, event, dealer, vec![entry]);
    };
    // A season's plan is put before people by hand, and keeps no pace.
    let is_plan = matches!(case.matter, Matter::Season(_));
    let rested = |pace| is_plan || last_asked(known).duration_until(now) >= pace;
    let is_new = match known.state {
        ProposalState::Approved | ProposalState::Declined => false,
        ProposalState::Proposed => says_otherwise(&known.case, &case) && rested(PACE),
        // Who did not want to decide is not asked at once again.
        ProposalState::Expired | ProposalState::Withdrawn => rested(PACE * 2),
    };
    let why = Some(if is_plan { Cause::PlanChanged } else { Cause::NumbersMoved });
    is_new.then(|| added(known, None, now, What::Proposed { case: Box::new(case), why }))
}

/// The proposal after a person's word.
///
/// # Errors
/// When the word changes nothing; see [`Refused`].
pub fn decide(proposal: &Proposal, decision: &Decision) -> Result<Proposal, Refused> {
    let step = proposal.step().ok_or(Refused::Over)?;
    if proposal.case.act_by.is_some_and(|act_by| act_by < decision.at) {
        return Err(Refused::Late);
    }
    if decision.revision != proposal.revision {
        return Err(Refused::Changed);
    }
    if decision.person.as_ref().is_some_and(|person| !step.people.contains(person)) {
        return Err(Refused::NotTheirs);
    }
    let what = match decision.verdict {
        Vote::Decline => What::Declined { note: decision.note.clone() },
        Vote::Approve => {
            fits(&proposal.case.matter, &decision.quantities)?;
            let (role, note) = (step.role, decision.note.clone());
            What::Signed { role, note, quantities: decision.quantities.clone() }
        }
    };
    let mut next = proposal.clone();
    next.add(Entry { at: decision.at, by: decision.person.clone(), what });
    Ok(next)
}

/// The proposal when its time is over; `None` while it is not.
#[must_use]
pub fn expired(proposal: &Proposal, now: Timestamp) -> Option<Proposal> {
    let is_late = proposal.is_open() && proposal.case.act_by.is_some_and(|act_by| act_by < now);
    is_late.then(|| added(proposal, None, now, What::Expired))
}

/// The proposal when it is needed no more; `None` when nobody waits for an answer.
#[must_use]
pub fn withdrawn(proposal: &Proposal, why: Cause, now: Timestamp) -> Option<Proposal> {
    proposal.is_open().then(|| added(proposal, None, now, What::Withdrawn { why: Some(why) }))
}

fn added(proposal: &Proposal, by: Option<crate::domain::PersonId>, at: Timestamp, what: What) -> Proposal {
    let mut next = proposal.clone();
    next.add(Entry { at, by, what });
    next
}

fn fits(matter: &Matter, quantities: &BTreeMap<String, Decimal>) -> Result<(), Refused> {
    let Matter::Order(order) = matter else {
        return if quantities.is_empty() { Ok(()) } else { Err(Refused::Quantities) };
    };
    let is_known = |sku: &String| order.lines.iter().any(|line| line.sku == *sku);
    let is_sound = |(sku, quantity): (&String, &Decimal)| is_known(sku) && !quantity.is_sign_negative();
    if quantities.iter().all(is_sound) { Ok(()) } else { Err(Refused::Quantities) }
}

/// When it was last proposed.
fn last_asked(proposal: &Proposal) -> Timestamp {
    let mut newest = proposal.trail.iter().rev();
    newest.find(|entry| matches!(entry.what, What::Proposed { .. })).map_or(Timestamp::MIN, |entry| entry.at)
}

/// True when a case differs from another in what a person signs.
fn says_otherwise(old: &Case, new: &Case) -> bool {
    let is_order = matches!(new.matter, Matter::Order(_));
    old.steps != new.steps
        || (!is_order && has_moved(old.act_by, new.act_by, ACT_BY_MOVED))
        || match (&old.matter, &new.matter) {
            (Matter::Switch(old), Matter::Switch(new)) => switch_differs(old, new),
            (Matter::Order(old), Matter::Order(new)) => order_differs(old, new),
            (old, new) => old != new,
        }
}

fn switch_differs(old: &Switch, new: &Switch) -> bool {
    let (Some(a), Some(b)) = (old.ways.first(), new.ways.first()) else { return old.ways.len() != new.ways.len() };
    (a.kind, &a.lane) != (b.kind, &b.lane)
        || has_moved(a.leaves, b.leaves, ACT_BY_MOVED)
        || has_moved(a.arrives, b.arrives, ARRIVAL_MOVED)
        || costs_otherwise(a.added_cost, b.added_cost)
}

fn order_differs(old: &Order, new: &Order) -> bool {
    let units = |order: &Order| order.lines.iter().map(|line| number(line.quantity)).sum::<f64>();
    match (old.value(), new.value()) {
        (Some(a), Some(b)) if a.currency == b.currency => is_far(number(a.amount), number(b.amount)),
        _ => is_far(units(old), units(new)),
    }
}

fn has_moved(old: Option<Timestamp>, new: Option<Timestamp>, by: Span) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => old.duration_until(new).abs() >= by,
        (old, new) => old.is_some() != new.is_some(),
    }
}

fn costs_otherwise(old: Option<Money>, new: Option<Money>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => old.currency != new.currency || is_far(number(old.amount), number(new.amount)),
        (old, new) => old.is_some() != new.is_some(),
    }
}

fn number(amount: Decimal) -> f64 {
    use rust_decimal::prelude::ToPrimitive as _;
    amount.to_f64().unwrap_or_default()
}

fn is_far(old: f64, new: f64) -> bool {
    (old - new).abs() > MOVED_SHARE * old.abs().max(new.abs())
}
