//! What to do, by when, at what cost.

use serde::{Deserialize, Serialize};

use super::{Money, Timestamp};

/// Whether an action can still be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Feasibility {
    /// It can, when begun by its act-by time.
    InTime,
    /// Its act-by time is past.
    TooLate,
    /// It is refused; the text key says why (`insure.refused`).
    Refused {
        /// The key of the words that say why.
        because: String,
    },
}

/// One action of a playbook, weighed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdvisedAction {
    /// The action's id in the playbook: `move-stock`. Its words are `actions.<id>` of each language.
    pub action: String,
    /// Who does it: `dealer`, `account-manager`, `logistics`.
    pub who: String,
    /// The last instant at which it can begin.
    pub act_by: Option<Timestamp>,
    /// Hours that it takes.
    pub lead_h: f64,
    /// What it costs.
    pub cost: Option<Money>,
    /// The loss that it avoids on average.
    pub loss_avoided: Option<Money>,
    /// The probability of loss above which it pays: cost over the loss it could avoid. `None` when not known.
    pub break_even_p: Option<f64>,
    /// True when it avoids more than it costs, or costs nothing.
    pub is_worth: bool,
    /// Whether it can still be done.
    pub feasibility: Feasibility,
}

/// The actions, best first, and the deadline that matters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The actions, best first.
    pub actions: Vec<AdvisedAction>,
    /// The act-by time of the best action that can still be done.
    pub act_by: Option<Timestamp>,
}

impl Advice {
    /// The best action that is in time and worth its cost.
    #[must_use]
    pub fn best(&self) -> Option<&AdvisedAction> {
        self.actions.iter().find(|a| a.feasibility == Feasibility::InTime && a.is_worth)
    }
}
