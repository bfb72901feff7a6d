//! Instants, spans, and the clock that only the daemon holds.

use std::time::Duration;

pub use jiff::{SignedDuration as Span, Timestamp};

/// Who knows what time it is. Everything below the daemon is told.
pub trait Clock: Send + Sync {
    /// The instant now, in UTC.
    fn now(&self) -> Timestamp;

    /// Time that has passed since some beginning, by a clock that nobody sets: only differences mean anything. Where there
    /// is no such clock it is the one that is set.
    fn steady(&self) -> Duration {
        Duration::try_from(self.now().duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default()
    }
}

/// The clock that is set did not go on as time did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockJump {
    /// What it should show.
    pub expected: Timestamp,
    /// What it shows.
    pub shown: Timestamp,
}

impl ClockJump {
    /// How far it was put forward; negative when it was put back.
    #[must_use]
    pub fn by(&self) -> Span {
        self.shown.duration_since(self.expected)
    }
}

/// A span of `h` hours, to the second; what is no number is no time at all.
///
/// ```
/// assert_eq!(seawall::domain::hours(1.5).as_secs(), 5400);
/// assert_eq!(seawall::domain::hours(f64::NAN).as_secs(), 0);
/// ```
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "clamped to a century before the cast")]
pub fn hours(h: f64) -> Span {
    const CENTURY_S: f64 = 3.2e9;
    let seconds = (h * 3600.0).round();
    if seconds.is_nan() { Span::ZERO } else { Span::from_secs(seconds.clamp(-CENTURY_S, CENTURY_S) as i64) }
}

/// Hours from `from` to `to`; negative when `to` is earlier.
#[must_use]
pub fn hours_between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 3600.0
}
