//! How many messages a service takes in a time: kept by us, since some close their door to those who overstep.

use std::collections::VecDeque;

use crate::domain::{Span, Timestamp};

/// At most so many messages in any stretch of so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub count: usize,
    /// Within how long.
    pub within: Span,
}

impl Limit {
    /// At most so many in any so many seconds.
    #[must_use]
    pub const fn new(count: usize, seconds: i64) -> Self {
        Self { count, within: Span::from_secs(seconds) }
    }
}

/// The messages of late, and until when nothing goes.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace {
    limits: Vec<Limit>,
    sent: VecDeque<Timestamp>,
    closed_until: Option<Timestamp>,
}

impl Pace {
    /// Within these limits, with nothing sent yet.
    pub(super) fn new(limits: impl Into<Vec<Limit>>) -> Self {
        Self { limits: limits.into(), ..Self::default() }
    }

    /// Counts one message in, or says from when on one more is within the limits.
    pub(super) fn enter(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        let longest = self.limits.iter().map(|limit| limit.within).max().unwrap_or_default();
        // What lies ahead was counted by a clock that has been put back since.
        self.sent.retain(|sent| *sent <= now && now.duration_since(*sent) < longest);
        let closed = self.closed_until.filter(|until| *until > now && until.duration_since(now) <= Span::from_hours(1));
        let full = self.limits.iter().filter_map(|limit| self.free_at(limit, now)).max();
        if let Some(until) = closed.max(full) {
            Err(until)
        } else {
            self.sent.push_back(now);
            Ok(())
        }
    }

    /// Nothing goes before this instant.
    pub(super) fn close(&mut self, until: Timestamp) {
        self.closed_until = self.closed_until.max(Some(until));
    }

    /// When a limit that is used up leaves room again.
    fn free_at(&self, limit: &Limit, now: Timestamp) -> Option<Timestamp> {
        let place = self.sent.len().checked_sub(limit.count)?;
        let free_at = self.sent.get(place)?.checked_add(limit.within).ok()?;
        (free_at > now).then_some(free_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn no_stretch_of_time_holds_more_than_the_limits() {
        let limits = [Limit::new(3, 60), Limit::new(2, 10)];
        let mut pace = Pace::new(limits);
        let mut sent: Vec<i64> = Vec::new();
        for second in 0..400 {
            match pace.enter(at(second)) {
                Ok(()) => sent.push(second),
                Err(until) => assert!(until > at(second) && until <= at(second + 60)),
            }
        }
        for (count, within) in [(3, 60), (2, 10)] {
            for (index, first) in sent.iter().enumerate() {
                let held = sent.iter().skip(index).filter(|next| **next < first + within).count();
                assert!(held <= count, "{held} within {within} s of {first}");
            }
        }
        assert!(sent.len() >= 20, "what is allowed goes: {sent:?}");
    }

    #[test]
    fn a_closed_door_is_waited_for_and_a_clock_that_was_put_back_is_not() {
        let mut pace = Pace::new([Limit::new(1, 60)]);
        pace.close(at(100));
        assert_eq!(pace.enter(at(40)), Err(at(100)));
        assert_eq!(pace.enter(at(100)), Ok(()));
        assert_eq!(pace.enter(at(101)), Err(at(160)));
        assert_eq!(pace.enter(at(-100_000)), Ok(()), "the clock was put back a day");
    }

    #[test]
    fn without_limits_everything_goes() {
        let mut pace = Pace::default();
        assert!((0..1000).all(|_| pace.enter(at(0)).is_ok()));
    }
}
