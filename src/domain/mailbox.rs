//! What is remembered of a person's mails, whatever they were about.

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::{PersonId, Span, Timestamp};

/// How long a mail counts for the pace of the next.
pub const RECENT: Span = Span::from_hours(1);

/// A person's wish for one mail a day about what is not urgent: `people.csv`, column `digest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestWish {
    /// When, in the person's own zone.
    pub at: Time,
    /// Also when there is nothing to tell.
    pub even_when_quiet: bool,
}

/// The mails of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The person.
    pub person: PersonId,
    /// When mails about storms and warnings were written within the last hour, oldest first.
    pub sent: Vec<Timestamp>,
    /// The day, in the person's own zone, of the last daily digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest_day: Option<Date>,
}

impl Mailbox {
    /// An empty one.
    #[must_use]
    pub fn new(person: PersonId) -> Self {
        Self { person, sent: Vec::new(), digest_day: None }
    }

    /// One more mail; what is an hour old is forgotten.
    pub fn note(&mut self, now: Timestamp) {
        self.sent.retain(|at| now.duration_since(*at) < RECENT);
        self.sent.push(now);
    }
}
