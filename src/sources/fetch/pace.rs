//! How long to wait before the next question. Pure: the caller gives the chance (`jitter`) and does the waiting.

use std::time::Duration;

use crate::domain::Timestamp;

/// The wait after a first failure, before chance.
const BACKOFF_FIRST: Duration = Duration::from_secs(2);
/// The longest wait after many failures.
const BACKOFF_MAX: Duration = Duration::from_mins(15);
/// The shortest wait, whatever chance says.
const BACKOFF_MIN: Duration = Duration::from_millis(250);
/// The shortest time between questions while a bulletin is due; our own choice.
const DUE_MIN: Duration = Duration::from_mins(1);
/// The longest that a server's wish to be left alone is heeded: a wrong header must not silence a feed.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// How long to wait after the `attempt`-th failure in a row (from 1): a random part of a ceiling that doubles
/// from 2 s to 15 min, or, when the server named a time, that time (an hour at most) and up to 2 s more.
///
/// `jitter` is a random number of 0 to 1. "Full jitter" after Brooker, "Exponential Backoff and Jitter" (AWS
/// Architecture Blog, 2015); the times are our own choice.
///
/// ```
/// # use std::time::Duration; use seawall::sources::fetch::backoff;
/// assert_eq!(backoff(3, None, 0.5), Duration::from_secs(4));
/// assert_eq!(backoff(1, Some(Duration::from_secs(30)), 0.5), Duration::from_secs(31));
/// ```
#[must_use]
pub fn backoff(attempt: u32, retry_after: Option<Duration>, jitter: f64) -> Duration {
    let jitter = share(jitter);
    if let Some(after) = retry_after {
        return after.min(RETRY_AFTER_MAX) + BACKOFF_FIRST.mul_f64(jitter);
    }
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let ceiling = BACKOFF_FIRST.saturating_mul(doubled).min(BACKOFF_MAX);
    ceiling.mul_f64(jitter).max(BACKOFF_MIN)
}

/// How often a feed is asked as things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often at other times.
    pub cadence: Duration,
    /// How often while a storm is near.
    pub near_cadence: Duration,
    /// A storm is near.
    pub storm_near: bool,
    /// The agency's next bulletin on it is due and has not come.
    pub is_due: bool,
}

impl Pace {
    fn every(&self) -> Duration {
        let near = self.near_cadence.min(self.cadence);
        match (self.storm_near, self.is_due) {
            (false, _) => self.cadence,
            (true, false) => near,
            (true, true) => (near / 2).max(DUE_MIN.min(near)),
        }
    }
}

/// How long after one question to a feed the next is due.
///
/// After an answer: the feed's cadence, or the near one while a storm is near, or half of that while the next bulletin
/// on it is due (a minute at least, unless the near cadence itself is shorter); a tenth shorter or longer by chance so
/// that feeds do not march in step. After failures: sooner, by [`backoff`], but never later than the cadence. A
/// server's wish to be left alone comes before both.
#[must_use]
pub fn next_poll(pace: &Pace, failures: u32, retry_after: Option<Duration>, jitter: f64) -> Duration {
    let usual = pace.every().mul_f64(0.9 + 0.2 * share(jitter));
    match (failures, retry_after) {
        (0, None) => usual,
        (_, Some(_)) => usual.max(backoff(failures, retry_after, jitter)),
        (_, None) => usual.min(backoff(failures, None, jitter)),
    }
}

/// The time that a `Retry-After` header names, in either form (RFC 9110, 10.2.3); a date in the past is no time.
#[must_use]
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.chars().all(|c| c.is_ascii_digit()) {
        return Some(value.parse().map_or(RETRY_AFTER_MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let date = Timestamp::try_from(date).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// A number of 0 to 1; what is none is taken as 1, the longest wait.
fn share(jitter: f64) -> f64 {
    if jitter.is_nan() { 1.0 } else { jitter.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEN_MIN: Duration = Duration::from_mins(10);
    const THREE_MIN: Duration = Duration::from_mins(3);

    #[test]
    fn waits_double_up_to_a_cap() {
        let ceilings: Vec<u64> = (0..12).map(|attempt| backoff(attempt, None, 1.0).as_secs()).collect();
        assert_eq!(ceilings, [2, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(backoff(u32::MAX, None, 1.0), BACKOFF_MAX);
        assert_eq!(backoff(1, None, 0.0), BACKOFF_MIN);
        assert_eq!(backoff(1, Some(Duration::MAX), 0.0), RETRY_AFTER_MAX);
    }

    fn pace(storm_near: bool, is_due: bool) -> Pace {
        Pace { cadence: TEN_MIN, near_cadence: THREE_MIN, storm_near, is_due }
    }

    #[test]
    fn a_near_storm_is_asked_after_more_often() {
        assert_eq!(next_poll(&pace(false, false), 0, None, 0.5), TEN_MIN);
        assert_eq!(next_poll(&pace(true, false), 0, None, 0.5), THREE_MIN);
        assert_eq!(next_poll(&pace(true, false), 0, None, 0.0), Duration::from_secs(162));
        assert_eq!(next_poll(&pace(true, true), 0, None, 0.5), Duration::from_secs(90));
        assert_eq!(next_poll(&pace(false, true), 0, None, 0.5), TEN_MIN);
        let often = |near| Pace { near_cadence: Duration::from_millis(near), ..pace(true, true) };
        assert_eq!(next_poll(&often(80_000), 0, None, 0.5), DUE_MIN);
        assert_eq!(next_poll(&often(40), 0, None, 0.5), Duration::from_millis(40));
    }

    #[test]
    fn failures_are_tried_again_sooner_and_never_later_than_the_cadence() {
        assert_eq!(next_poll(&pace(false, false), 1, None, 1.0), Duration::from_secs(2));
        assert_eq!(next_poll(&pace(true, false), 30, None, 1.0), Duration::from_secs(198));
        let wish = Some(Duration::from_mins(20));
        assert_eq!(next_poll(&pace(true, false), 1, wish, 0.0), Duration::from_mins(20));
        assert_eq!(next_poll(&pace(false, false), 0, Some(Duration::from_secs(5)), 0.5), TEN_MIN);
    }

    #[test]
    fn both_forms_of_retry_after() {
        let now: Timestamp = "2004-08-12T00:00:00Z".parse().expect("time");
        for (value, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("99999999999999999999999", Some(3_600)),
            ("Thu, 12 Aug 2004 00:01:30 GMT", Some(90)),
            ("Wed, 11 Aug 2004 00:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ] {
            assert_eq!(parse_retry_after(value, now), expected.map(Duration::from_secs), "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_wait_is_absurd(attempt: u32, after in proptest::option::of(0_u64..u64::MAX), jitter: f64, near: bool) {
            let after = after.map(Duration::from_secs);
            prop_assert!(backoff(attempt, after, jitter) <= RETRY_AFTER_MAX + BACKOFF_FIRST);
            let next = next_poll(&pace(near, false), attempt, after, jitter);
            prop_assert!(next >= BACKOFF_MIN && next <= RETRY_AFTER_MAX + BACKOFF_FIRST);
        }
    }
}
