//! What an operator says of notices that were given up.

use serde::{Deserialize, Serialize};

use super::{AnswerId, NoticeId, PersonId, Timestamp};

/// What is to become of a notice that was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It is sent again, with the Message-ID that it had.
    Retry,
    /// It is sent no more.
    Drop,
}

impl Fate {
    /// `retry` or `drop`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Drop => "drop",
        }
    }
}

/// An operator's word on one notice that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterWord {
    /// The id of the word.
    pub id: AnswerId,
    /// The notice.
    pub letter: NoticeId,
    /// Whom it is for.
    pub person: PersonId,
    /// What is to become of it.
    pub fate: Fate,
    /// Why; kept in the journal.
    #[serde(default)]
    pub why: Option<String>,
    /// Whose word it is; `None` when an operator gave it on the command line without a name.
    #[serde(default)]
    pub by: Option<PersonId>,
    /// When it was said.
    pub at: Timestamp,
}

/// What becomes of a notice that was given up, as a turn has decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterFate {
    /// The notice.
    pub letter: NoticeId,
    /// What becomes of it.
    pub fate: Fate,
    /// The name and the address that its person has now: an address that was mended is why it is sent again. `None` leaves
    /// those that it bears, since the person is not in the portfolio any more.
    pub to: Option<(String, String)>,
}
