//! How soon a mail may follow the last one of its thread.
//!
//! Readers of alert systems stop reading when mails come every hour; so what is not urgent waits and goes
//! together with what comes meanwhile, and nothing that waits is lost: it stays owed.

use crate::domain::{Alert, Level, Reason, Span, Timestamp, hours_between};

/// What is not urgent waits this long after the last mail of the thread: the rhythm of six-hourly forecasts.
const CALM: Span = Span::from_hours(6);
/// What is urgent waits this long, so that one bulletin's consequences come in one mail.
const URGENT: Span = Span::from_hours(1);
/// A reminder at level act waits this long.
const REMINDED: Span = Span::from_hours(3);
/// With less than this left until the act-by time nothing waits.
const LAST_HOURS: f64 = 4.0;

/// When a mail for this reason may be sent, the last of its thread having gone out at `last`.
pub fn not_before(alert: &Alert, reason: &Reason, last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let Some(last) = last else { return now };
    let wait = if !is_urgent(alert, reason) {
        CALM
    } else if is_last_hours(alert, now) {
        Span::ZERO
    } else if matches!(reason, Reason::Unanswered { .. }) {
        REMINDED
    } else {
        URGENT
    };
    last.checked_add(wait).unwrap_or(now)
}

fn is_urgent(alert: &Alert, reason: &Reason) -> bool {
    match reason {
        Reason::Climbed { .. } | Reason::DealerRefused | Reason::Cancelled => true,
        Reason::FirstMatch | Reason::LevelRose | Reason::ActByMoved { .. } | Reason::Unanswered { .. } => {
            alert.is_live() && alert.level == Level::Act
        }
        _ => false,
    }
}

pub(super) fn is_last_hours(alert: &Alert, now: Timestamp) -> bool {
    alert.advice.act_by.is_some_and(|act_by| (0.0..=LAST_HOURS).contains(&hours_between(now, act_by)))
}
