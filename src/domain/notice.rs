//! One message to one person on one channel.

use base64::Engine as _;
use serde::{Deserialize, Serialize};

use super::{AlertId, EventId, Level, NoticeId, PersonId, Timestamp};

/// Something that a message carries beside its words: a picture, a calendar entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The file name that a reader sees.
    pub name: String,
    /// The media type with its parameters: `image/png`, `text/calendar; method=REQUEST`.
    pub media_type: String,
    /// The id by which the HTML shows it (`cid:…`); `None` for what is only attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
    /// The bytes; in records as base64.
    #[serde(with = "base64_bytes")]
    pub bytes: Vec<u8>,
}

mod base64_bytes {
    use base64::Engine as _;
    pub(super) use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(de::Error::custom)
    }
}

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
    /// Where its reader unsubscribes by one POST (RFC 8058), `https://…`; only for mails that warn of nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_unsubscribe: Option<String>,
    /// What it carries beside its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
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

impl Notice {
    /// The HTML with its pictures inside: a mail program shows `cid:…`, a browser does not.
    #[must_use]
    pub fn html_alone(&self) -> String {
        let shown = self.attachments.iter().filter_map(|part| Some((part.content_id.as_deref()?, part)));
        shown.fold(self.html.clone(), |html, (id, part)| {
            let data = base64_bytes::STANDARD.encode(&part.bytes);
            html.replace(&format!("\"cid:{id}\""), &format!("\"data:{};base64,{data}\"", part.media_type))
        })
    }
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
