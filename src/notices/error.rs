//! Why there is no mail at all.

use crate::domain::{EventId, PersonId};

/// Why a draft cannot become a mail. Odd texts are never a reason: they are [`crate::domain::Fault`]s beside it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// The person is not in the portfolio, so there is no address.
    #[error("`{person}` is owed a mail but is not in people.csv\nhint: put the person back, or name another manager")]
    NoSuchPerson {
        /// The person.
        person: PersonId,
    },
    /// None of the draft's alerts exists.
    #[error("the mail to `{person}` about `{event}` names no alert that exists")]
    NothingToSay {
        /// The person.
        person: PersonId,
        /// The event.
        event: EventId,
    },
}
