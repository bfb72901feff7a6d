//! How an alert changes: by bulletins, by time, by people's answers. Each change keeps its reason.

use super::ladder::Ladder;
use crate::domain::{
    Advice, Alert, AlertId, AlertState, Answer, AnswerKind, EventId, Exposure, Level, Loss, Reason, RuleId, Subject,
    Timestamp, Transition, Weighing,
};

/// Changes kept in an alert's own history; older ones are in the journal.
const HISTORY: usize = 40;

/// What is known of an alert's subject at one turn.
#[derive(Debug, Clone)]
pub enum Situation<'a> {
    /// The rule matches.
    Matched {
        /// At this level.
        level: Level,
        /// On this exposure.
        exposure: &'a Exposure,
        /// With this advice.
        advice: &'a Advice,
    },
    /// The event goes on, and the rule does not match.
    Unmatched {
        /// When the bulletin that says so was issued.
        issued: Option<Timestamp>,
    },
    /// The event is over.
    Over(Reason),
}

/// An alert after a step, and why it is so. `changed` is false when nothing but time has passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The alert.
    pub alert: Alert,
    /// Whether there is anything to keep.
    pub changed: bool,
    /// Why.
    pub why: Reason,
}

/// The id of (rule, event, subject): readable, the same after a restart.
pub fn alert_id(rule: &RuleId, event: &EventId, subject: &Subject) -> AlertId {
    AlertId::new(format!("{event}.{}.{rule}", subject.id))
}

/// A new alert.
pub fn open(rule: &RuleId, level: Level, exposure: &Exposure, advice: &Advice, now: Timestamp) -> Alert {
    let mut alert = Alert {
        id: alert_id(rule, &exposure.event, &exposure.subject),
        rule: rule.clone(),
        event: exposure.event.clone(),
        subject: exposure.subject.clone(),
        level,
        state: AlertState::Open,
        opened_at: now,
        exposure: exposure.clone(),
        advice: advice.clone(),
        lower_in_a_row: 0,
        counted: exposure.issued,
        told: std::collections::BTreeMap::new(),
        history: Vec::new(),
        moved_to: None,
        weighed: None,
    };
    alert.weighed = Some(weighing(exposure, advice, now));
    record(&mut alert, Reason::FirstMatch, now);
    alert
}

/// What is weighed now: the best action that is in time, against doing nothing.
fn weighing(exposure: &Exposure, advice: &Advice, now: Timestamp) -> Weighing {
    let best = advice.best();
    let paid = advice.actions.iter().find(|action| action.can_begin() && action.act_or_wait.is_some());
    let action = paid.filter(|paid| paid.is_worth).or(best);
    Weighing {
        at: now,
        action: action.map(|action| action.action.clone()),
        act_by: action.and_then(|action| action.act_by),
        cost: action.and_then(|action| action.cost),
        expected_loss: exposure.loss.as_ref().map(Loss::expected),
        p_34kt: exposure.probability.map(|p| p.gale),
        p: paid.and_then(|paid| Some(paid.act_or_wait.as_ref()?.p)),
        break_even: paid.and_then(|paid| paid.break_even_p),
    }
}

/// True when the danger is higher than what was weighed before, while there is still something to do about it.
fn is_higher(new: &Weighing, old: &Weighing) -> bool {
    let loss = |weighing: &Weighing| weighing.expected_loss.map(|loss| loss.amount);
    new.action.is_some() && (loss(new), new.p_34kt) > (loss(old), old.p_34kt)
}

/// The alert after what is now known. A cleared alert opens again only at level warn or above, so that a
/// storm that turns back is told and one that flickers is not.
pub fn step(alert: &Alert, situation: &Situation<'_>, ladder: &Ladder, now: Timestamp) -> Step {
    match situation {
        Situation::Matched { level, .. } if !alert.is_live() && *level < Level::Warn => unchanged(alert),
        Situation::Unmatched { .. } | Situation::Over(_) if !alert.is_live() => unchanged(alert),
        Situation::Matched { level, exposure, advice } => matched(alert, *level, exposure, advice, ladder, now),
        Situation::Unmatched { issued } => unmatched(alert, *issued, ladder, now),
        Situation::Over(reason) => cleared(alert, reason.clone(), now),
    }
}

/// The alert after a person's answer. An answer to a cleared alert changes nothing.
pub fn answer(alert: &Alert, answer: &Answer) -> Step {
    if !alert.is_live() {
        return unchanged(alert);
    }
    let mut after = alert.clone();
    after.state = match answer.kind {
        AnswerKind::Told => AlertState::Acknowledged,
        AnswerKind::Moving => AlertState::Acting,
        AnswerKind::Refused => AlertState::Refused,
        AnswerKind::Done => AlertState::Done,
    };
    let why = Reason::Answered { kind: answer.kind.as_str().to_owned() };
    for told in after.told.values_mut() {
        told.reminders = 0;
    }
    if let Some(told) = answer.person.as_ref().and_then(|person| after.told.get_mut(person)) {
        told.state = after.state;
    }
    let (at, state, level, reason) = (answer.at, after.state, after.level, why.clone());
    let (by, note) = (answer.person.clone(), answer.note.clone());
    push(&mut after, Transition { at, state, level, reason, by, note });
    Step { alert: after, changed: true, why }
}

fn matched(alert: &Alert, level: Level, exposure: &Exposure, advice: &Advice, ladder: &Ladder, now: Timestamp) -> Step {
    let mut after = alert.clone();
    let is_news = exposure.issued > alert.counted;
    if !is_same_but_for_time(exposure, &alert.exposure) {
        after.exposure = exposure.clone();
    }
    after.advice = advice.clone();
    let weighed = weighing(exposure, advice, now);
    if after.weighed.as_ref().is_none_or(|old| is_higher(&weighed, old)) {
        after.weighed = Some(weighed);
    }
    let mut why = Reason::AlreadyTold;
    if !alert.is_live() {
        after.state = AlertState::Open;
        after.level = level;
        after.lower_in_a_row = 0;
        why = Reason::FirstMatch;
    } else if level > alert.level {
        after.level = level;
        after.lower_in_a_row = 0;
        why = Reason::LevelRose;
    } else if level == alert.level && exposure.issued >= alert.counted {
        // Also the rest of a bulletin whose first half came alone and counted as lower.
        after.lower_in_a_row = 0;
    } else if is_news {
        after.lower_in_a_row += 1;
        // A level falls half as readily as an alert clears: act, warn and act again within a day is noise.
        if after.lower_in_a_row >= ladder.clear_after * 2 {
            after.level = level;
            after.lower_in_a_row = 0;
            why = Reason::LevelFell;
        }
    }
    if is_news {
        after.counted = exposure.issued;
    }
    if why != Reason::AlreadyTold {
        record(&mut after, why.clone(), now);
    }
    Step { changed: after != *alert, alert: after, why }
}

/// True when nothing but the instant of the judgement differs, so that a tick of the clock changes no record.
fn is_same_but_for_time(new: &Exposure, old: &Exposure) -> bool {
    let (at, inside) = (old.at, old.inside);
    *old == Exposure { at, inside, ..new.clone() }
}

fn unmatched(alert: &Alert, issued: Option<Timestamp>, ladder: &Ladder, now: Timestamp) -> Step {
    // Only a newer bulletin says that the danger is less; time alone and silence do not.
    if issued.is_none() || issued <= alert.counted {
        return unchanged(alert);
    }
    let mut after = alert.clone();
    after.counted = issued;
    after.lower_in_a_row += 1;
    if after.lower_in_a_row >= ladder.clear_after {
        return cleared(&after, Reason::DangerOver, now);
    }
    Step { alert: after, changed: true, why: Reason::AlreadyTold }
}

fn cleared(alert: &Alert, why: Reason, now: Timestamp) -> Step {
    let mut after = alert.clone();
    after.state = AlertState::Cleared;
    after.lower_in_a_row = 0;
    record(&mut after, why.clone(), now);
    Step { alert: after, changed: true, why }
}

fn unchanged(alert: &Alert) -> Step {
    Step { alert: alert.clone(), changed: false, why: Reason::AlreadyTold }
}

pub(super) fn record(alert: &mut Alert, reason: Reason, at: Timestamp) {
    let (state, level) = (alert.state, alert.level);
    push(alert, Transition { at, state, level, reason, by: None, note: None });
}

fn push(alert: &mut Alert, transition: Transition) {
    alert.history.push(transition);
    let surplus = alert.history.len().saturating_sub(HISTORY);
    alert.history.drain(..surplus);
}
