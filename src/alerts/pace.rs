//! How soon a mail may follow the last one of its thread.
//!
//! Readers of alert systems stop reading when mails come every hour; so what is not urgent waits and goes
//! together with what comes meanwhile, and nothing that waits is lost: it stays owed.

use super::ladder::NEAR_HOURS;
use crate::domain::{Alert, Level, Reason, Span, Timestamp, hours_between};

/// What is not urgent waits this long after the last mail of the thread: the rhythm of six-hourly forecasts.
const CALM: Span = Span::from_hours(6);
/// What is urgent waits this long, so that one bulletin's consequences come in one mail.
const URGENT: Span = Span::from_hours(1);
/// A reminder at level act waits this long when the deadline is near; otherwise as long as what is not urgent.
const REMINDED: Span = Span::from_hours(3);
/// What asks for nothing, being below warn, waits this long for something that it can go with; so does an all-clear of one
/// place while others are in danger.
const IDLE: Span = Span::from_hours(12);
/// With less than this left until the act-by time nothing waits.
pub(super) const LAST_HOURS: f64 = 4.0;

/// What has been said of a storm or warning to a person so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoFar {
    /// Nothing has been said.
    Nothing,
    /// The last mail went out then, and other places that they were told of are still in danger.
    Open(Timestamp),
    /// The last mail went out then, and no place of theirs is in danger any more.
    Over(Timestamp),
}

/// When a mail for this reason may be sent.
pub fn not_before(alert: &Alert, reason: &Reason, so_far: SoFar, now: Timestamp) -> Timestamp {
    let (last, is_over) = match so_far {
        SoFar::Nothing => return now,
        SoFar::Open(last) => (last, false),
        SoFar::Over(last) => (last, true),
    };
    let is_reminder = matches!(reason, Reason::Unanswered { .. });
    let wait = match is_urgent(alert, reason) {
        // Whoever still looks after other places reads of this one with them.
        false if alert.level < Level::Warn || !alert.is_live() && !is_over => IDLE,
        false => CALM,
        true if is_within(LAST_HOURS, alert, now) => Span::ZERO,
        true if is_reminder && is_within(NEAR_HOURS, alert, now) => REMINDED,
        true if is_reminder => CALM,
        true => URGENT,
    };
    last.checked_add(wait).unwrap_or(now)
}

fn is_urgent(alert: &Alert, reason: &Reason) -> bool {
    match reason {
        Reason::DealerRefused | Reason::Cancelled => true,
        Reason::Climbed { .. }
        | Reason::FirstMatch
        | Reason::LevelRose
        | Reason::ActByMoved { .. }
        | Reason::Unanswered { .. } => alert.is_live() && alert.level == Level::Act,
        _ => false,
    }
}

pub(super) fn is_last_hours(alert: &Alert, now: Timestamp) -> bool {
    is_within(LAST_HOURS, alert, now)
}

/// True in the last hours before the act-by time.
fn is_within(h: f64, alert: &Alert, now: Timestamp) -> bool {
    alert.advice.act_by.is_some_and(|act_by| (0.0..=h).contains(&hours_between(now, act_by)))
}
