//! What to do, by when, at what cost.

use serde::{Deserialize, Serialize};

use super::{Money, SiteId, Timestamp};

/// Whether an action can still be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Feasibility {
    /// It can, when begun by its act-by time.
    InTime,
    /// Its act-by time in working hours is past; it can still be done if people work round the clock.
    Overtime,
    /// Its act-by time is past.
    TooLate,
    /// It is refused; the text key says why (`insure.refused`).
    Refused {
        /// The key of the words that say why.
        because: String,
    },
}

/// Whether to act now or to wait for the next forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It pays, and waiting for the next forecast gains nothing or comes too late.
    Act,
    /// It pays now, there is time for one more forecast, and that may still save the cost.
    Wait,
    /// It does not pay at today's chance.
    Leave,
}

/// Why that is the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWhy {
    /// After the next bulletin it is too late to begin.
    LastChance,
    /// Even when the next forecast eases as much as is usual, it still pays.
    PaysAnyway,
    /// The next forecast may ease below break-even, and there is time to see it.
    MayEase,
    /// The chance is below break-even.
    BelowBreakEven,
}

/// Cost-loss for one action, with waiting (Regnier & Harr 2006, Weather and Forecasting 21:764).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActOrWait {
    /// Act, wait, or leave it.
    pub verdict: Verdict,
    /// Why.
    pub why: VerdictWhy,
    /// The chance, weighted by damage, that what the action saves is lost: expected over avoidable loss, 0..=1.
    pub p: f64,
    /// What doing nothing loses on average.
    pub expected_loss: Money,
    /// The loss avoided on average less the cost; negative when it does not pay.
    pub net_gain: Money,
    /// When the next bulletin is due.
    pub next_bulletin_at: Option<Timestamp>,
    /// The bulletin after which it is too late to begin; `None` when even the next comes too late, or nothing is due.
    pub too_late_after: Option<Timestamp>,
    /// What is given up when one more bulletin is waited for and it then is too late: the net gain, 0 at least.
    pub waiting_risks: Money,
}

/// Where goods can go: the site that the file names, else the nearest one out of danger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shelter {
    /// The site.
    pub site: SiteId,
    /// True when the file names it.
    pub is_named: bool,
    /// Whether it has room; `None` when nobody said.
    pub has_room: Option<bool>,
    /// Kilometres there on the geodesic.
    pub km: f64,
    /// When the danger begins there, the careful way; `None` when no track brings it.
    pub danger_from: Option<Timestamp>,
    /// The chance of 34-kt wind there, 0..=1.
    pub p_34kt: f64,
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
    /// Hours on the road in it.
    #[serde(default)]
    pub travel_h: f64,
    /// The last instant at which it can begin if people work round the clock; `None` when that is the act-by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_call: Option<Timestamp>,
    /// Whole working hours left before it must be over, when it is too late to do all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_left: Option<f64>,
    /// Act or wait; `None` when cost or loss is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act_or_wait: Option<ActOrWait>,
}

/// The actions, best first, and the deadline that matters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The actions, best first.
    pub actions: Vec<AdvisedAction>,
    /// The act-by time of the best action that can still be done.
    pub act_by: Option<Timestamp>,
    /// Where goods of the site can go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelter: Option<Shelter>,
    /// What the deadlines take for granted, as text keys: `hours-unknown`, `holidays-unknown`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl AdvisedAction {
    /// True while it can be begun, be it with night work.
    #[must_use]
    pub fn can_begin(&self) -> bool {
        matches!(self.feasibility, Feasibility::InTime | Feasibility::Overtime)
    }
}

impl Advice {
    /// The best action that is in time, in working hours, and worth its cost.
    #[must_use]
    pub fn best(&self) -> Option<&AdvisedAction> {
        self.actions.iter().find(|a| a.feasibility == Feasibility::InTime && a.is_worth)
    }
}
