//! The alert's life.
//!
//! In: an alert, what was judged or answered, an instant. Out: the alert as it now is, what is owed to
//! whom, and why. Never: reads the clock or knows SMTP.

mod audience;
mod climb;
mod ladder;
mod life;
mod merge;
mod owed;
mod pace;
mod quiet;

pub use audience::audience;
pub use ladder::Ladder;
pub use life::{Situation, Step, alert_id, answer, open, step};
pub use merge::{left, merged};
pub use owed::{Owed, Question, early_reminder, owed, show, tell};
pub use pace::not_before;
pub use quiet::quiet_until;

#[cfg(test)]
mod tests;
