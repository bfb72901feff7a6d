//! One message to one person on one channel.

use serde::{Deserialize, Serialize};

use super::{AlertId, EventId, Level, NoticeId, PersonId, Timestamp};

/// A message in the outbox, rendered when it was decided, so that what is sent is what was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its id; the Message-ID is made from it.
    pub id: NoticeId,
    /// The person.
    pub person: PersonId,
    /// The channel: `email`.
    pub channel: String,
    /// The person's name and address.
    pub to_name: String,
    /// The address.
    pub to: String,
    /// The event it is about.
    pub event: EventId,
    /// The alerts it names.
    pub alerts: Vec<AlertId>,
    /// The highest level among them.
    pub level: Level,
    /// Why it was sent: the keys of the reasons.
    pub why: Vec<String>,
    /// The language tag.
    pub lang: String,
    /// The subject, the same for every mail of one thread.
    pub subject: String,
    /// The Message-ID with its angle brackets.
    pub message_id: String,
    /// The Message-IDs of the thread so far, oldest first; the last is what this replies to.
    pub references: Vec<String>,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// When it was decided; the mail's `Date`.
    pub queued_at: Timestamp,
    /// Attempts so far.
    #[serde(default)]
    pub attempts: u32,
    /// Not to be tried before.
    #[serde(default)]
    pub next_try: Option<Timestamp>,
    /// The last fault, when an attempt failed.
    #[serde(default)]
    pub last_fault: Option<String>,
}

/// What came of handing a notice over. The retry choice is a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The receiving server has taken it.
    Taken,
    /// Try again later.
    Later(String),
    /// Trying again is of no use.
    Never(String),
}
