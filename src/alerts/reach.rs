//! By which ways a person is reached: mail always, and further channels when mail alone has not helped or there is no
//! time to wait for it.

use super::ladder::Ladder;
use super::pace::is_last_hours;
use crate::domain::{Alert, Level, Reason, Timestamp};

/// How many of a person's further channels, in their order, a message for this reason goes out on beside the mail.
#[must_use]
pub fn further_channels(alert: &Alert, reason: &Reason, ladder: &Ladder, now: Timestamp) -> usize {
    if !alert.is_live() {
        return 0;
    }
    let is_pressing = alert.level == Level::Act && is_last_hours(alert, now);
    match reason {
        // One more with each reminder.
        Reason::Unanswered { reminder, .. } if *reminder > ladder.channel_after => {
            usize::try_from(reminder - ladder.channel_after).unwrap_or(usize::MAX)
        }
        Reason::FirstMatch
        | Reason::LevelRose
        | Reason::ActByMoved { .. }
        | Reason::Unanswered { .. }
        | Reason::Climbed { .. }
        | Reason::StandsIn { .. }
        | Reason::DealerRefused => usize::from(is_pressing),
        _ => 0,
    }
}
