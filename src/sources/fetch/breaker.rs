//! When an address that keeps failing is asked again. Pure: the caller tells what came of each question, and when.

use std::time::Duration;

use crate::domain::{Span, Timestamp};

/// So many failures in a row, and the breaker opens.
const OPENS_AFTER: u32 = 3;
/// The longest rest of an address while no storm is near, and while one is; our own choice.
const REST_MAX: Duration = Duration::from_mins(30);
const REST_MAX_NEAR: Duration = Duration::from_mins(5);

/// The breaker of one address. After some failures in a row it opens: the address is then asked only now and then, one
/// question at a time, at intervals that grow with the time it has been failing (half of it, so that each next try
/// comes when it has been failing half as long again, up to 30 min, or 5 min near a storm). It is never given up, and
/// one good answer closes it.
///
/// ```
/// # use seawall::{domain::{Span, Timestamp}, sources::fetch::Breaker};
/// let at = |minute| Timestamp::UNIX_EPOCH + Span::from_mins(minute);
/// let mut breaker = Breaker::default();
/// for minute in [0, 10, 20] {
///     assert!(breaker.may_ask(at(minute)));
///     breaker.failed(at(minute), false);
/// }
/// assert!(!breaker.may_ask(at(29)) && breaker.may_ask(at(30)));
/// breaker.well();
/// assert!(breaker.may_ask(at(21)));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    failing_since: Option<Timestamp>,
    rests_until: Option<Timestamp>,
}

impl Breaker {
    /// True when the address may be asked: the breaker is closed, or it is time to try.
    #[must_use]
    pub fn may_ask(&self, now: Timestamp) -> bool {
        self.rest(now).is_none()
    }

    /// How long the address rests from now on; `None` when it does not.
    #[must_use]
    pub fn rest(&self, now: Timestamp) -> Option<Duration> {
        let left = Duration::try_from(self.rests_until?.duration_since(now)).ok()?;
        // A rest longer than any means that our clock was set back: that must not silence a feed.
        (!left.is_zero() && left <= REST_MAX).then_some(left)
    }

    /// A good answer came.
    pub fn well(&mut self) {
        *self = Self::default();
    }

    /// None came, or a bad one.
    pub fn failed(&mut self, now: Timestamp, storm_near: bool) {
        self.failures = self.failures.saturating_add(1);
        let since = *self.failing_since.get_or_insert(now);
        if self.failures >= OPENS_AFTER {
            let failing = Duration::try_from(now.duration_since(since)).unwrap_or_default();
            let rest = (failing / 2).min(if storm_near { REST_MAX_NEAR } else { REST_MAX });
            self.rests_until = Span::try_from(rest).ok().and_then(|rest| now.checked_add(rest).ok());
        }
    }
}

/// Which of several addresses may be asked now, the first choice first: the first address whenever it does not rest, so
/// that a feed comes back to it by itself; those after it only when it fails.
#[must_use]
pub fn askable(breakers: &[Breaker], now: Timestamp) -> Vec<usize> {
    breakers.iter().enumerate().filter(|(_, breaker)| breaker.may_ask(now)).map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).expect("in range")
    }

    #[test]
    fn a_failing_address_is_asked_at_growing_intervals_and_never_given_up() {
        let mut breaker = Breaker::default();
        let mut asked = Vec::new();
        for minute in 0..24 * 60 {
            let now = at(minute * 60);
            if breaker.may_ask(now) {
                asked.push(minute);
                breaker.failed(now, false);
            }
        }
        assert_eq!(asked.get(..9), Some([0, 1, 2, 3, 5, 8, 12, 18, 27].as_slice()));
        let gaps: Vec<i64> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.windows(2).all(|pair| pair[0] <= pair[1]), "{gaps:?}");
        assert_eq!(gaps.last(), Some(&30));
    }

    #[test]
    fn near_a_storm_it_rests_less() {
        let mut breaker = Breaker::default();
        for hour in 0..4 {
            breaker.failed(at(hour * 3600), true);
        }
        assert_eq!(breaker.rest(at(3 * 3600)), Some(REST_MAX_NEAR));
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nothing() {
        let mut breaker = Breaker::default();
        for hour in 0..4 {
            breaker.failed(at(hour * 3600), false);
        }
        assert!(!breaker.may_ask(at(3 * 3600 + 60)));
        assert!(breaker.may_ask(at(-86_400)));
    }

    #[test]
    fn the_first_address_is_asked_first_again_when_its_rest_is_over() {
        let mut first = Breaker::default();
        for second in [0, 60, 120] {
            assert_eq!(askable(&[first, Breaker::default()], at(second)), [0, 1]);
            first.failed(at(second), false);
        }
        assert_eq!(askable(&[first, Breaker::default()], at(150)), [1]);
        assert_eq!(askable(&[first, Breaker::default()], at(180)), [0, 1]);
    }
}
