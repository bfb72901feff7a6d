//! Who has logged in, and who has tried too often. Kept in memory: a restart asks everybody to log in again.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::users::{digest, random};
use crate::domain::{Span, Timestamp};

/// How long a login lasts.
pub(super) const SESSION_LIFE: Span = Span::from_hours(12);
/// After so many wrong passwords a name, and an address, must wait.
const TRIES_MAX: u32 = 5;
/// How long.
const LOCKED: Span = Span::from_mins(15);
/// The most logins and the most names that are remembered.
const REMEMBERED_MAX: usize = 10_000;

#[derive(Debug, Clone)]
struct Session {
    user: String,
    csrf: String,
    until: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    wrong: u32,
    newest: Timestamp,
}

/// The sessions and the tries.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    /// By the digest of what the cookie holds.
    open: Mutex<HashMap<String, Session>>,
    tries: Mutex<HashMap<String, Tries>>,
}

impl Sessions {
    /// Begins one, and gives what its cookie holds.
    pub(super) fn begin(&self, user: &str, now: Timestamp) -> io::Result<String> {
        let (cookie, csrf) = (URL_SAFE_NO_PAD.encode(random()?), URL_SAFE_NO_PAD.encode(random()?));
        let until = now.checked_add(SESSION_LIFE).unwrap_or(Timestamp::MAX);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.until > now);
        if open.len() >= REMEMBERED_MAX {
            return Err(io::Error::other("too many people have logged in"));
        }
        open.insert(digest(&cookie), Session { user: user.to_owned(), csrf, until });
        Ok(cookie)
    }

    /// The user of a cookie, and the word that what they say must bear.
    pub(super) fn user(&self, cookie: &str, now: Timestamp) -> Option<(String, String)> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let session = open.get(&digest(cookie)).filter(|session| session.until > now)?;
        Some((session.user.clone(), session.csrf.clone()))
    }

    /// Ends one.
    pub(super) fn end(&self, cookie: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&digest(cookie));
    }

    /// True while a name or address has to wait.
    pub(super) fn is_locked(&self, who: &str, now: Timestamp) -> bool {
        let tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.get(who).is_some_and(|tries| tries.wrong >= TRIES_MAX && now.duration_since(tries.newest) < LOCKED)
    }

    /// Counts a wrong password. Counted before the password is looked at, so that many at once count too.
    pub(super) fn tried(&self, who: &str, now: Timestamp) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= REMEMBERED_MAX {
            tries.retain(|_, tries| now.duration_since(tries.newest) < LOCKED);
        }
        let known = tries.entry(who.to_owned()).or_insert(Tries { wrong: 0, newest: now });
        if now.duration_since(known.newest) >= LOCKED {
            known.wrong = 0;
        }
        (known.wrong, known.newest) = (known.wrong.saturating_add(1), now);
    }

    /// Forgets the tries after a right password.
    pub(super) fn forgive(&self, who: &str) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).remove(who);
    }
}
