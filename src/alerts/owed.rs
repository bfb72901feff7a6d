//! Who is owed a mail about an alert, now, and why.

use rust_decimal::Decimal;

use super::audience::Hearer;
use super::climb::climbs;
use super::ladder::Ladder;
use super::stand_in::stand_in;
use crate::domain::{Alert, AlertState, Level, Loss, Person, PersonId, Portfolio, Reason, Timestamp, Told, Transition};

/// What one person is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The person.
    pub person: PersonId,
    /// Why.
    pub reason: Reason,
}

/// What is asked about one alert at one instant.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// Who hears of it first.
    pub audience: &'a [Hearer],
    /// Who reports to whom.
    pub portfolio: &'a Portfolio,
    /// The rule's ladder.
    pub ladder: &'a Ladder,
    /// The instant.
    pub now: Timestamp,
}

/// Everyone who is owed a mail about this alert, the audience first. Quiet hours and the pace of mails are
/// not looked at here: what is owed in the night is still owed in the morning, if it is still true.
pub fn owed(question: &Question<'_>) -> Vec<Owed> {
    let Question { alert, audience, .. } = *question;
    let mut owed: Vec<Owed> = Vec::new();
    let is_first = |person: &PersonId| audience.iter().any(|hearer| hearer.person == *person);
    let others = alert.told.keys().filter(|person| !is_first(person) && !is_stood_in_for(question, person));
    let known = audience.iter().map(|hearer| (&hearer.person, hearer.stands_in_for.as_ref()));
    for (person, stands_in_for) in known.chain(others.map(|person| (person, None))) {
        let reason = match alert.told.get(person) {
            None => alert.is_live().then(|| first(stands_in_for)),
            Some(told) => again(question, person, told),
        };
        owed.extend(reason.map(|reason| Owed { person: person.clone(), reason }));
    }
    owed.extend(climbs(question));
    owed
}

fn first(stands_in_for: Option<&PersonId>) -> Reason {
    stands_in_for.map_or(Reason::FirstMatch, |of| Reason::StandsIn { of: of.clone() })
}

/// Away, and somebody else hears in their place.
fn is_stood_in_for(question: &Question<'_>, person: &PersonId) -> bool {
    let known = question.portfolio.people.get(person);
    known.is_some_and(|person| stand_in(person, question.portfolio, question.now).id != person.id)
}

/// What the alert remembers of having told a person. A mail that comes when a reminder was nearly due counts
/// as one, whatever it was sent for; only an answer sets the count back. Whoever let the whole ladder pass is asked again
/// when the level rises.
pub fn tell(alert: &mut Alert, person: &PersonId, reason: &Reason, ladder: &Ladder, now: Timestamp) {
    let before = alert.told.get(person).filter(|_| !matches!(reason, Reason::FirstMatch | Reason::StandsIn { .. }));
    let (asked_at, reminders) = match before {
        None => (now, 0),
        Some(told) if *reason == Reason::LevelRose && told.reminders > ladder.climb_after => (now, ladder.climb_after),
        Some(told) if nearly_due(alert, person, told, ladder, now) => (now, told.reminders + 1),
        Some(told) => (told.asked_at, told.reminders),
    };
    let told = Told {
        at: now,
        first_at: before.map_or(now, |told| told.first_at),
        asked_at,
        level: alert.level,
        act_by: alert.advice.act_by,
        state: alert.state,
        reminders,
        p_34kt: alert.exposure.probability.map(|p| p.gale),
        expected_loss: alert.exposure.loss.as_ref().map(Loss::expected),
    };
    alert.told.insert(person.clone(), told);
}

/// What the alert remembers when a mail about others of the storm shows it as it stands.
pub fn show(alert: &mut Alert, person: &PersonId) {
    let (level, act_by, state) = (alert.level, alert.advice.act_by, alert.state);
    let (p_34kt, loss) = (alert.exposure.probability.map(|p| p.gale), alert.exposure.loss.as_ref().map(Loss::expected));
    if let Some(told) = alert.told.get_mut(person) {
        (told.level, told.act_by, told.state) = (level, act_by, state);
        (told.p_34kt, told.expected_loss) = (p_34kt, loss);
    }
}

/// The alert by a clock that was put back to `now`; `None` when nobody was told of it later than that. Otherwise its reminders
/// would wait until the clock is there again.
#[must_use]
pub fn put_back(alert: &Alert, now: Timestamp) -> Option<Alert> {
    let mut back = alert.clone();
    for told in back.told.values_mut() {
        for at in [&mut told.at, &mut told.first_at, &mut told.asked_at] {
            *at = now.min(*at);
        }
    }
    (back != *alert).then_some(back)
}

/// The reminder that goes into a mail which is sent anyway: one that is nearly due.
pub fn early_reminder(
    alert: &Alert,
    person: &PersonId,
    told: &Told,
    ladder: &Ladder,
    now: Timestamp,
) -> Option<Reason> {
    nearly_due(alert, person, told, ladder, now).then(|| reminder(told))
}

/// The reminder that a person is owed by now.
pub(super) fn unanswered(
    alert: &Alert,
    person: &PersonId,
    told: &Told,
    ladder: &Ladder,
    now: Timestamp,
) -> Option<Reason> {
    let due = ladder.next_reminder(told.asked_at, told.reminders, alert.advice.act_by)?;
    (waits_for(alert, person, now) && now >= due).then(|| reminder(told))
}

/// People's answers, newest first.
pub(super) fn answers(alert: &Alert) -> impl Iterator<Item = &Transition> {
    alert.history.iter().rev().filter(|transition| matches!(transition.reason, Reason::Answered { .. }))
}

/// Who brought the refusal that stands, newest first: several people may hear the same no.
pub(super) fn refusers(alert: &Alert) -> impl Iterator<Item = &PersonId> {
    let standing = answers(alert).take_while(|answer| answer.state == AlertState::Refused);
    standing.filter_map(|answer| answer.by.as_ref())
}

/// While the wind blows nobody is sent out.
pub(super) fn is_too_dangerous(alert: &Alert, now: Timestamp) -> bool {
    let blows = |first: Option<Timestamp>, last: Option<Timestamp>| {
        first.is_some_and(|first| first <= now) && last.is_none_or(|last| now <= last)
    };
    alert.exposure.gale().is_some_and(|gale| blows(gale.first, gale.last))
}

fn again(question: &Question<'_>, person: &PersonId, told: &Told) -> Option<Reason> {
    let Question { alert, ladder, now, .. } = *question;
    let was_live = told.state != AlertState::Cleared;
    if !alert.is_live() {
        return was_live.then(|| last_reason(alert));
    }
    if !was_live {
        return Some(Reason::FirstMatch);
    }
    if told.state != alert.state && alert.state != AlertState::Open {
        return Some(of_answer(question, person));
    }
    if alert.state == AlertState::Done {
        return None;
    }
    if alert.state == AlertState::Acting {
        return hurried(alert, told, ladder);
    }
    if alert.level > told.level {
        return Some(Reason::LevelRose);
    }
    let news = || hurried(alert, told, ladder).or_else(|| dearer(alert, told, ladder, now));
    let news = if alert.level >= Level::Warn { news() } else { None };
    news.or_else(|| unanswered(alert, person, told, ladder, now))
}

/// An act-by time that came nearer by enough to be told. One that moved away is said in the next mail.
fn hurried(alert: &Alert, told: &Told, ladder: &Ladder) -> Option<Reason> {
    let by = alert.advice.act_by?.duration_since(told.act_by?);
    (by.is_negative() && by.abs() >= ladder.act_by_moved()).then(|| Reason::act_by_moved(by))
}

/// The least rise of an expected loss that is told, as a share of what lies there. A guess: moving goods costs about as much
/// (10,000 of 600,000 at the seawall of Taizhou), so that a smaller rise turns no decision; twice next to nothing is no news.
const LOSS_ROSE_SHARE_MIN: f64 = 0.02;

/// An expected loss that has risen by enough to be told, while something can be done about it.
fn dearer(alert: &Alert, told: &Told, ladder: &Ladder, now: Timestamp) -> Option<Reason> {
    let (from, loss) = (told.expected_loss?, alert.exposure.loss.as_ref()?);
    let to = loss.expected();
    let limit = from.amount.checked_mul(Decimal::try_from(1.0 + ladder.loss_rose).ok()?)?;
    let rise = to.amount.checked_sub(from.amount)?;
    let least = loss.at_risk.checked_mul(Decimal::try_from(LOSS_ROSE_SHARE_MIN).ok()?)?;
    let is_much = from.currency == to.currency && rise > Decimal::ZERO && rise >= least && to.amount >= limit;
    (is_much && is_something_left(alert, now) && !is_too_dangerous(alert, now)).then_some(Reason::LossRose { from, to })
}

fn nearly_due(alert: &Alert, person: &PersonId, told: &Told, ladder: &Ladder, now: Timestamp) -> bool {
    let due = ladder.next_reminder(told.asked_at, told.reminders, alert.advice.act_by);
    waits_for(alert, person, now)
        && due.is_some_and(|due| now.duration_since(told.asked_at) * 4 >= due.duration_since(told.asked_at) * 3)
}

/// True while this person's answer is waited for. Whoever brought the dealer's refusal has answered; the
/// manager above is the one who is waited for then.
pub(super) fn waits_for(alert: &Alert, person: &PersonId, now: Timestamp) -> bool {
    let refused_by_them = || refusers(alert).any(|by| by == person);
    let is_open = match alert.state {
        AlertState::Open => true,
        AlertState::Refused => !refused_by_them(),
        _ => false,
    };
    is_open && alert.level >= Level::Warn && !is_too_dangerous(alert, now) && is_something_left(alert, now)
}

/// True while something worth its cost can still be begun. Asking about what is too late wears people out.
fn is_something_left(alert: &Alert, now: Timestamp) -> bool {
    match alert.advice.act_by {
        Some(act_by) => act_by > now,
        // A plain warning may have no deadline; a storm's advice without one has nothing left to begin.
        None => alert.exposure.probability.is_none(),
    }
}

fn reminder(told: &Told) -> Reason {
    Reason::Unanswered { since: told.first_at, reminder: told.reminders + 1 }
}

fn last_reason(alert: &Alert) -> Reason {
    alert.history.last().map_or(Reason::DangerOver, |transition| transition.reason.clone())
}

/// What an answer means to another person: to the manager of whoever brought a refusal it is a task.
fn of_answer(question: &Question<'_>, person: &PersonId) -> Reason {
    let Some(answer) = answers(question.alert).next() else { return Reason::AlreadyTold };
    let reports_to = |by: &PersonId| question.portfolio.people.get(by).and_then(|by: &Person| by.reports_to.as_ref());
    if question.alert.state == AlertState::Refused && answer.by.as_ref().and_then(reports_to) == Some(person) {
        return Reason::DealerRefused;
    }
    answer.reason.clone()
}
