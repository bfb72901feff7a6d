//! What is remembered of a person's mails, whatever they were about.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{AnswerId, PersonId, Span, Timestamp, UnsubscribeFrom};

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
    /// Kinds of mails that the person has stopped by a link in one of them. What they would have told is not told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stopped: BTreeSet<UnsubscribeFrom>,
    /// The day, in the person's own zone, of the last daily digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest_day: Option<Date>,
}

impl Mailbox {
    /// An empty one.
    #[must_use]
    pub fn new(person: PersonId) -> Self {
        Self { person, sent: Vec::new(), stopped: BTreeSet::new(), digest_day: None }
    }

    /// True when the person has stopped such mails.
    #[must_use]
    pub fn has_stopped(&self, kind: UnsubscribeFrom) -> bool {
        self.stopped.contains(&kind)
    }

    /// As it is by a clock that was put back to `now`; `None` when nothing in it lies ahead.
    #[must_use]
    pub fn put_back(&self, now: Timestamp) -> Option<Self> {
        // A day that is not certain to have begun anywhere has its digest still to come.
        let last_day = now.to_zoned(TimeZone::UTC).date().tomorrow().unwrap_or(Date::MAX);
        let digest_day = self.digest_day.filter(|day| *day <= last_day);
        let sent = self.sent.iter().map(|at| now.min(*at)).collect();
        let back = Self { sent, digest_day, ..self.clone() };
        (back != *self).then_some(back)
    }

    /// One more mail; what is an hour old is forgotten.
    pub fn note(&mut self, now: Timestamp) {
        self.sent.retain(|at| now.duration_since(*at) < RECENT);
        self.sent.push(now);
    }
}

/// A person's word on whether a kind of mails is to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The id of the word.
    pub id: AnswerId,
    /// Who.
    pub person: PersonId,
    /// Which mails.
    pub kind: UnsubscribeFrom,
    /// True when they are to come no more.
    pub is_stopped: bool,
    /// When it was said.
    pub at: Timestamp,
}
