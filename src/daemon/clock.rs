//! The one clock that tells real time.

use crate::domain::{Clock, Timestamp};

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the daemon's clock is where real time comes in")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
