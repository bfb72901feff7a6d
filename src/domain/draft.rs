//! What a person is owed, before it has words.

use serde::{Deserialize, Serialize};

use super::{AlertId, EventId, PersonId, Reason};

/// One alert that a mail must speak of, and why now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftLine {
    /// The alert.
    pub alert: AlertId,
    /// Why it is spoken of now.
    pub reason: Reason,
}

/// One mail to one person about one event: all that changed, and all that still stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The person.
    pub person: PersonId,
    /// The event.
    pub event: EventId,
    /// What changed, most urgent first; never empty.
    pub changed: Vec<DraftLine>,
    /// Other live alerts of this person and event, unchanged, so that one mail tells the whole story.
    pub standing: Vec<AlertId>,
}
