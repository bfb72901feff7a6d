//! When mails to one person go each by itself, when together as a digest, and when a digest may wait.

use crate::domain::{Level, Mailbox, Person, RECENT, Reason, Span, Timestamp, UnsubscribeFrom};

/// Mails to one person within an hour; beyond them what there is goes together. A guess: the demo's busiest hour has
/// three, and six storms and warnings at once are more than anybody reads one by one.
const PER_HOUR: usize = 6;
/// A bundle of what is urgent waits this long after the last mail: a guess, so that minutes cannot cost the deadline.
const URGENT: Span = Span::from_mins(10);

/// How what is owed to a person goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A mail an event.
    Each,
    /// All in one mail.
    Together,
    /// Later, in one mail; it stays owed.
    NotYet,
}

/// How `ready` mails go to a person. Nothing is ever dropped: what would be too many goes in one.
#[must_use]
pub fn way(mailbox: Option<&Mailbox>, ready: usize, is_urgent: bool, now: Timestamp) -> Way {
    let sent = mailbox.map(|mailbox| mailbox.sent.as_slice()).unwrap_or_default();
    let recent = sent.iter().filter(|at| now.duration_since(**at) < RECENT).count();
    if recent + ready <= PER_HOUR {
        return Way::Each;
    }
    let wait = if is_urgent { URGENT } else { RECENT };
    let is_soon = sent.last().is_some_and(|last| now.duration_since(*last) < wait);
    if recent >= PER_HOUR && is_soon { Way::NotYet } else { Way::Together }
}

/// True when what is to be said of an alert can wait for the person's daily digest: below warn nothing asks for
/// anything, and somebody else's answer only informs. An all-clear of what was warn or act is waited for, and goes.
#[must_use]
pub fn can_wait(level: Level, reason: &Reason) -> bool {
    match reason {
        Reason::Answered { .. } => true,
        Reason::Unanswered { .. } | Reason::Climbed { .. } | Reason::DealerRefused | Reason::StandsIn { .. } => false,
        _ => level < Level::Warn,
    }
}

/// True once a day, from the person's hour on, until they have stopped it.
#[must_use]
pub fn digest_is_due(person: &Person, mailbox: Option<&Mailbox>, now: Timestamp) -> bool {
    let Some(wish) = person.digest else { return false };
    let local = local(person, now);
    let last = mailbox.and_then(|mailbox| mailbox.digest_day);
    let has_stopped = mailbox.is_some_and(|mailbox| mailbox.has_stopped(UnsubscribeFrom::Digest));
    !has_stopped && local.time() >= wish.at && last.is_none_or(|last| last < local.date())
}

/// The person's own time.
#[must_use]
pub fn local(person: &Person, now: Timestamp) -> jiff::Zoned {
    now.to_zoned(person.zone())
}
