//! The alert's life.
//!
//! In: an alert, what was judged or answered, an instant. Out: the alert as it now is, what is owed to
//! whom, and why. Never: reads the clock or knows SMTP.

mod audience;
mod bundle;
mod climb;
mod hush;
mod ladder;
mod life;
mod merge;
mod overtaken;
mod owed;
mod pace;
mod quiet;
mod reach;
mod stand_in;

pub use audience::{Hearer, audience};
pub use bundle::{Way, can_wait, digest_is_due, local, way};
pub use hush::{inhibited, silenced};
pub use ladder::Ladder;
pub use life::{Situation, Step, alert_id, answer, open, step};
pub use merge::{left, merged};
pub use overtaken::overtaken_by;
pub use owed::{Owed, Question, early_reminder, owed, put_back, show, tell};
pub use pace::{SoFar, not_before};
pub use quiet::quiet_until;
pub use reach::further_channels;
pub use stand_in::{is_away, stand_in};

#[cfg(test)]
mod tests;
