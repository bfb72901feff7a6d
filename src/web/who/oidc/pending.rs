//! Logins that have begun and wait for the provider to send the browser back. Kept in memory, and never many.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::super::users::digest;
use crate::domain::{Span, Timestamp};

/// How long somebody may take at the provider.
pub(super) const PENDING_LIFE: Span = Span::from_mins(10);
/// The most that wait at once. Beyond them the oldest goes: who floods us keeps nobody out who is quick.
const PENDING_MAX: usize = 10_000;
/// The most that one address may begin within [`PENDING_LIFE`]: an office behind one address, not a flood.
const FROM_ONE_MAX: usize = 300;

/// One login on its way.
#[derive(Debug)]
struct Waiting<L> {
    /// What the provider's answer is checked against; nothing once it was taken. What was taken still counts for its address.
    login: Option<L>,
    /// The digest of what the browser's cookie holds.
    cookie: String,
    from: Option<String>,
    begun: Timestamp,
}

/// The logins on their way, by the digest of their `state`.
#[derive(Debug)]
pub(super) struct Pending<L>(Mutex<HashMap<String, Waiting<L>>>);

impl<L> Default for Pending<L> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<L> Pending<L> {
    /// Whether so many have begun from an address that it must wait.
    pub(super) fn is_crowded(&self, from: &str, now: Timestamp) -> bool {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = waiting.values().filter(|one| is_young(one, now) && one.from.as_deref() == Some(from));
        theirs.count() >= FROM_ONE_MAX
    }

    /// Remembers one that begins.
    pub(super) fn begin(&self, state: &str, cookie: &str, login: L, from: Option<String>, now: Timestamp) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= PENDING_MAX {
            waiting.retain(|_, one| is_young(one, now));
        }
        if waiting.len() >= PENDING_MAX {
            let oldest = waiting.iter().min_by_key(|(_, one)| one.begun).map(|(state, _)| state.clone());
            oldest.and_then(|state| waiting.remove(&state));
        }
        waiting.insert(digest(state), Waiting { login: Some(login), cookie: digest(cookie), from, begun: now });
    }

    /// Gives one to the browser that began it, once: whoever comes with its `state` has used it up.
    pub(super) fn take(&self, state: &str, cookie: Option<&str>, now: Timestamp) -> Option<L> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = waiting.get_mut(&digest(state))?;
        let login = one.login.take()?;
        // Digests are compared, not secrets: how long that takes tells nothing of them.
        (is_young(one, now) && cookie.is_some_and(|cookie| digest(cookie) == one.cookie)).then_some(login)
    }
}

fn is_young<L>(one: &Waiting<L>, now: Timestamp) -> bool {
    now.duration_since(one.begun) < PENDING_LIFE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn a_login_is_taken_once_in_time_and_by_the_browser_that_began_it() {
        let check = |state: &str, cookie: Option<&str>, second: i64, expected: Option<u8>| {
            let pending = Pending::default();
            pending.begin("state", "cookie", 7, None, at(1_000));
            assert_eq!(pending.take(state, cookie, at(second)), expected, "{state} {cookie:?} {second}");
            let is_used_up = state == "state";
            assert_eq!(pending.take("state", Some("cookie"), at(1_001)), (!is_used_up).then_some(7));
        };
        check("state", Some("cookie"), 1_599, Some(7));
        check("state", Some("cookie"), 1_600, None);
        check("state", Some("other"), 1_001, None);
        check("state", None, 1_001, None);
        check("other", Some("cookie"), 1_001, None);
        check("", Some("cookie"), 1_001, None);
    }

    #[test]
    fn a_flood_fills_no_memory_and_one_address_must_wait() {
        let pending = Pending::default();
        for number in 0..PENDING_MAX + 10 {
            let from = (number < FROM_ONE_MAX).then(|| "203.0.113.9".to_owned());
            pending.begin(
                &number.to_string(),
                "cookie",
                number,
                from,
                at(1_000 + i64::try_from(number / 100).unwrap()),
            );
        }
        assert_eq!(pending.0.lock().expect("unharmed").len(), PENDING_MAX);
        let newest = PENDING_MAX + 9;
        assert_eq!(pending.take(&newest.to_string(), Some("cookie"), at(1_200)), Some(newest));
        let crowd = Pending::default();
        for number in 0..FROM_ONE_MAX {
            assert!(!crowd.is_crowded("203.0.113.9", at(1_000)));
            crowd.begin(&number.to_string(), "cookie", (), Some("203.0.113.9".to_owned()), at(1_000));
            assert!(
                crowd.take(&number.to_string(), Some("cookie"), at(1_000)).is_some(),
                "taken, and counted all the same"
            );
        }
        assert!(crowd.is_crowded("203.0.113.9", at(1_599)) && !crowd.is_crowded("203.0.113.9", at(1_600)));
        assert!(!crowd.is_crowded("203.0.113.10", at(1_000)));
    }
}
