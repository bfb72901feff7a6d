//! What came of an alert, as a person entered it after the storm. Nothing of it is ever guessed.

use serde::{Deserialize, Serialize};

use super::{AlertId, AnswerId, Money, PersonId, Timestamp};

/// What a person saw and reckoned. `None` is what they left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Whether what was warned of came to the place: 34-kt wind, or the flood.
    pub hit: Option<bool>,
    /// What acting cost.
    pub spent: Option<Money>,
    /// What would have been lost without it.
    pub saved: Option<Money>,
    /// What was lost all the same.
    pub lost: Option<Money>,
}

/// One entry about one alert. A later one of the same alert takes the place of an earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The id of the answer that brought it.
    pub id: AnswerId,
    /// The alert.
    pub alert: AlertId,
    /// What was found.
    pub found: Found,
    /// The words with it.
    pub note: Option<String>,
    /// Who; `None` when given on the command line by an operator.
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
}
