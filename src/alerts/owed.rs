//! Who is owed a mail about an alert, now, and why.

use super::ladder::Ladder;
use crate::domain::{Alert, AlertState, Level, Person, PersonId, Portfolio, Reason, Span, Timestamp, Told, Transition};
use crate::rules::ClimbTo;

/// What one person is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The person.
    pub person: PersonId,
    /// Why.
    pub reason: Reason,
}

/// Everyone who is owed a mail about this alert at `now`, the audience first. Quiet hours are not looked at
/// here: what is owed in the night is still owed in the morning, if it is still true.
pub fn owed(alert: &Alert, audience: &[PersonId], portfolio: &Portfolio, ladder: &Ladder, now: Timestamp) -> Vec<Owed> {
    let mut owed: Vec<Owed> = Vec::new();
    let known = audience.iter().chain(alert.told.keys().filter(|person| !audience.contains(person)));
    for person in known {
        let reason = match alert.told.get(person) {
            None => alert.is_live().then_some(Reason::FirstMatch),
            Some(told) => again(alert, person, told, ladder, now),
        };
        owed.extend(reason.map(|reason| Owed { person: person.clone(), reason }));
    }
    owed.extend(climbs(alert, audience, portfolio, ladder, now));
    owed
}

/// What the alert remembers of having told a person.
pub fn tell(alert: &mut Alert, person: &PersonId, reason: &Reason, now: Timestamp) {
    let before = alert.told.get(person);
    let is_reminder = matches!(reason, Reason::Unanswered { .. });
    let reminders = before.map_or(0, |told| told.reminders) + u32::from(is_reminder);
    let told = Told {
        at: now,
        first_at: before.map_or(now, |told| told.first_at),
        level: alert.level,
        act_by: alert.advice.act_by,
        state: alert.state,
        reminders: if is_reminder { reminders } else { 0 },
    };
    alert.told.insert(person.clone(), told);
}

/// What the alert remembers when a mail about others of the storm shows it as it stands: the person now
/// knows its level, deadline and state, but has not been asked again.
pub fn show(alert: &mut Alert, person: &PersonId) {
    let (level, act_by, state) = (alert.level, alert.advice.act_by, alert.state);
    if let Some(told) = alert.told.get_mut(person) {
        (told.level, told.act_by, told.state) = (level, act_by, state);
    }
}

fn again(alert: &Alert, person: &PersonId, told: &Told, ladder: &Ladder, now: Timestamp) -> Option<Reason> {
    let was_live = told.state != AlertState::Cleared;
    if !alert.is_live() {
        return was_live.then(|| last_reason(alert));
    }
    if !was_live {
        return Some(Reason::FirstMatch);
    }
    if told.state != alert.state && alert.state != AlertState::Open {
        return Some(last_answer(alert));
    }
    if alert.state == AlertState::Done {
        return None;
    }
    let moved = moved(alert, told, ladder);
    if alert.state == AlertState::Acting {
        return moved.filter(|by| by.is_negative()).map(Reason::act_by_moved);
    }
    if alert.level > told.level {
        return Some(Reason::LevelRose);
    }
    if let Some(by) = moved.filter(|_| alert.level >= Level::Warn) {
        return Some(Reason::act_by_moved(by));
    }
    unanswered(alert, person, told, ladder, now)
}

/// By how much the act-by time has moved since the person was told, if by enough to be told.
fn moved(alert: &Alert, told: &Told, ladder: &Ladder) -> Option<Span> {
    let by = alert.advice.act_by?.duration_since(told.act_by?);
    (by.abs() >= ladder.act_by_moved()).then_some(by)
}

/// The reminder that a person is owed. Whoever brought the dealer's refusal has answered; the manager above
/// is the one who is waited for then.
pub fn unanswered(alert: &Alert, person: &PersonId, told: &Told, ladder: &Ladder, now: Timestamp) -> Option<Reason> {
    let refused_by_them = || answers(alert).next().is_some_and(|answer| answer.by.as_ref() == Some(person));
    let waits = match alert.state {
        AlertState::Open => true,
        AlertState::Refused => !refused_by_them(),
        _ => false,
    };
    if !waits || alert.level < Level::Warn || is_too_dangerous(alert, now) {
        return None;
    }
    let due = ladder.next_reminder(told.at, told.reminders, alert.advice.act_by)?;
    (now >= due).then(|| Reason::Unanswered { since: told.first_at, reminder: told.reminders + 1 })
}

/// While the wind blows nobody is sent out.
fn is_too_dangerous(alert: &Alert, now: Timestamp) -> bool {
    alert
        .exposure
        .gale()
        .is_some_and(|gale| gale.first.is_some_and(|first| first <= now) && gale.last.is_none_or(|last| now <= last))
}

/// The managers above those who have been silent too long, or to whom the dealer has said no.
fn climbs(alert: &Alert, audience: &[PersonId], portfolio: &Portfolio, ladder: &Ladder, now: Timestamp) -> Vec<Owed> {
    if !alert.is_live() || is_too_dangerous(alert, now) {
        return Vec::new();
    }
    let is_new = |p: &&Person| !alert.told.contains_key(&p.id) && !audience.contains(&p.id);
    let above = |person: &PersonId| -> Vec<&Person> {
        let of_person = portfolio.people.get(person).and_then(|person| person.reports_to.as_ref());
        match ladder.climb_to {
            ClimbTo::ReportsTo => {
                of_person.and_then(|id| portfolio.people.get(id)).into_iter().filter(is_new).collect()
            }
            ClimbTo::Everyone(role) => portfolio.people_with(role).filter(is_new).collect(),
        }
    };
    let mut owed: Vec<Owed> = Vec::new();
    for (person, told) in &alert.told {
        let refused = alert.state == AlertState::Refused;
        let is_silent = alert.state == AlertState::Open
            && told.reminders >= ladder.climb_after
            && unanswered(alert, person, told, ladder, now).is_some();
        if !refused && !is_silent {
            continue;
        }
        for manager in above(person) {
            let reason = if refused { Reason::DealerRefused } else { Reason::Climbed { from: person.clone() } };
            if owed.iter().all(|o| o.person != manager.id) {
                owed.push(Owed { person: manager.id.clone(), reason });
            }
        }
    }
    owed
}

fn last_reason(alert: &Alert) -> Reason {
    alert.history.last().map_or(Reason::DangerOver, |transition| transition.reason.clone())
}

fn last_answer(alert: &Alert) -> Reason {
    answers(alert).next().map_or(Reason::AlreadyTold, |transition| transition.reason.clone())
}

/// People's answers, newest first.
fn answers(alert: &Alert) -> impl Iterator<Item = &Transition> {
    alert.history.iter().rev().filter(|transition| matches!(transition.reason, Reason::Answered { .. }))
}
