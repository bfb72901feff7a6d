//! Further channels.

use super::super::further_channels;
use super::fixture::{advice, h, ladder, opened};
use crate::domain::{Alert, AlertState, Level, Reason};

#[test]
fn a_reminder_that_mail_has_not_answered_goes_further_each_time() {
    let reminder = |reminder| Reason::Unanswered { since: h(0), reminder };
    let check = |alert: &Alert, reason: Reason, at: i64, want: usize| {
        assert_eq!(further_channels(alert, &reason, &ladder(), h(at)), want, "{reason:?} at {at}");
    };
    let warned = opened(Level::Warn);
    check(&warned, Reason::FirstMatch, 0, 0);
    check(&warned, reminder(1), 12, 0);
    check(&warned, reminder(2), 18, 1);
    check(&warned, reminder(3), 21, 2);
    check(&warned, Reason::Answered { kind: "told".to_owned() }, 21, 0);
    check(&Alert { state: AlertState::Cleared, ..warned.clone() }, reminder(3), 21, 0);
    // The deadline is at hour 50: in its last four hours an urgent word does not wait for mail to be read.
    let act = Alert { advice: advice(Some(50)), ..opened(Level::Act) };
    check(&act, Reason::FirstMatch, 45, 0);
    check(&act, Reason::FirstMatch, 46, 1);
    check(&act, Reason::DealerRefused, 47, 1);
    check(&Alert { level: Level::Warn, ..act }, Reason::FirstMatch, 47, 0);
}
