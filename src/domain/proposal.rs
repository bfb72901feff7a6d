//! What is proposed to people who must agree: other transport for a shipment, a standing switch for a season, an order ahead.
//!
//! A proposal is what its audit trail adds up to: [`Proposal::of`] makes it from the trail alone.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    AnswerId, Currency, DealerId, EventId, LaneId, Money, PersonId, ProposalId, Role, SeasonSwitch, ShipmentId,
    Timestamp,
};

/// One way to get the goods there: as planned, later, earlier, or another lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// What is done.
    pub kind: WayKind,
    /// The lane.
    pub lane: LaneId,
    /// Its mode: `sea`, `rail`.
    pub mode: String,
    /// When the goods leave.
    pub leaves: Option<Timestamp>,
    /// When they are likely there.
    pub arrives: Option<Timestamp>,
    /// Nine in ten are there by then.
    pub arrives_late: Option<Timestamp>,
    /// The chance that they come after they are needed, 0..=1.
    pub p_late: Option<f64>,
    /// The chance of a wind that stops this mode on the way, 0..=1.
    pub p_danger: Option<f64>,
    /// What it costs more than what is planned; unknown when the lanes' prices are not comparable.
    pub added_cost: Option<Money>,
    /// Sales that are expected to be lost by it, at the goods' value.
    pub stock_out: Option<Money>,
    /// What it is expected to cost in all: what it costs more, and the sales lost.
    pub total: Option<Money>,
}

/// What is done with a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WayKind {
    /// As planned.
    Keep,
    /// Held at the origin until the danger is over.
    Wait,
    /// Sent before the danger.
    Early,
    /// By another lane.
    Switch,
}

/// Other transport for one shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Switch {
    /// The shipment.
    pub shipment: ShipmentId,
    /// When the goods are needed.
    pub required_by: Option<Timestamp>,
    /// What they are worth.
    pub value: Option<Money>,
    /// The ways, best first; the first is what is proposed.
    pub ways: Vec<Way>,
    /// The way that was planned.
    pub planned: Way,
}

/// Goods ordered before the storm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The shipment or lane whose delay it bridges.
    pub lane: LaneId,
    /// Days without supply that are reckoned with.
    pub outage_days: f64,
    /// What is ordered.
    pub lines: Vec<GoodsLine>,
}

/// One SKU of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoodsLine {
    /// What.
    pub sku: String,
    /// How many units.
    pub quantity: Decimal,
    /// Days that the stock lasts.
    pub cover_days: f64,
    /// What one unit is worth.
    pub unit_value: Option<(Decimal, Currency)>,
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Matter {
    /// Other transport for a shipment.
    Switch(Switch),
    /// Other transport for a lane in a season.
    Season(SeasonSwitch),
    /// An order ahead.
    Order(Order),
}

impl Matter {
    /// `switch`, `season` or `order`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Switch(_) => "switch",
            Self::Season(_) => "season",
            Self::Order(_) => "order",
        }
    }

    /// What saying yes costs more than leaving things as planned.
    #[must_use]
    pub fn cost(&self) -> Option<Money> {
        match self {
            Self::Switch(switch) => switch.ways.first().and_then(|way| way.added_cost),
            Self::Season(season) => Some(season.added_cost()),
            Self::Order(order) => order.value(),
        }
    }
}

impl Order {
    /// What the order is worth; `None` when a value is unknown or in another currency than the first.
    #[must_use]
    pub fn value(&self) -> Option<Money> {
        let mut total: Option<Money> = None;
        for line in &self.lines {
            let (each, currency) = line.unit_value?;
            let value = Money::new(each.checked_mul(line.quantity)?, currency);
            total = Some(match total {
                None => value,
                Some(sum) if sum.currency == currency => Money::new(sum.amount.checked_add(value.amount)?, currency),
                Some(_) => return None,
            });
        }
        total
    }
}

/// One signature that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// In which capacity: logistics, management or the dealer.
    pub role: Role,
    /// Who may give it.
    pub people: Vec<PersonId>,
}

/// Up to which cost logistics may decide alone, by currency. Above it, and in a currency that is not named,
/// management signs too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApprovalLimits(pub BTreeMap<Currency, Decimal>);

impl ApprovalLimits {
    /// Management signs whatever costs anything.
    pub const NONE: Self = Self(BTreeMap::new());

    /// True when this cost needs management's signature. What costs less than planned, or as much, does not; what is
    /// unknown does.
    #[must_use]
    pub fn needs_management(&self, cost: Option<Money>) -> bool {
        match cost {
            None => true,
            Some(cost) if cost.amount <= Decimal::ZERO => false,
            Some(cost) => self.0.get(&cost.currency).is_none_or(|limit| cost.amount > *limit),
        }
    }
}

/// What a person says to a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vote {
    /// Yes.
    Approve,
    /// No.
    Decline,
}

impl Vote {
    /// `approve` or `decline`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline => "decline",
        }
    }

    /// The verdict of a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Approve, Self::Decline].into_iter().find(|verdict| verdict.as_str() == text)
    }
}

/// A person's word on a proposal, in the store's inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its id: the same press of the same button twice gives the same id.
    pub id: AnswerId,
    /// The proposal.
    pub proposal: ProposalId,
    /// The revision that the person saw: what has changed since is not what they signed.
    pub revision: u32,
    /// Who; `None` when given on the command line by an operator.
    pub person: Option<PersonId>,
    /// Yes or no.
    pub verdict: Vote,
    /// Other quantities by SKU, for an order; empty for what was proposed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quantities: BTreeMap<String, Decimal>,
    /// The words with it.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProposalState {
    /// Somebody must still say yes or no.
    Proposed,
    /// Everybody has said yes.
    Approved,
    /// Somebody has said no.
    Declined,
    /// Nobody said anything in time.
    Expired,
    /// The danger is over, or another way has become better.
    Withdrawn,
}

impl ProposalState {
    /// The word in JSON and in texts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What is fixed about a proposal when it is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// What is proposed.
    pub matter: Matter,
    /// The last instant at which yes still helps.
    pub act_by: Option<Timestamp>,
    /// Whose signatures it needs, in order.
    pub steps: Vec<Step>,
}

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who; nobody for what the house did itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What one line of the audit trail says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum What {
    /// It was proposed, or proposed anew with other numbers: signatures given before no longer count.
    Proposed {
        /// What.
        case: Box<Case>,
        /// Why anew; nothing the first time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Cause>,
    },
    /// One more signature.
    Signed {
        /// The capacity.
        role: Role,
        /// The words with it.
        note: Option<String>,
        /// Other quantities by SKU.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        quantities: BTreeMap<String, Decimal>,
    },
    /// Somebody said no.
    Declined {
        /// Why, in their words.
        note: Option<String>,
    },
    /// Its time was over.
    Expired,
    /// It is needed no more.
    Withdrawn {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Cause>,
    },
}

/// Why the house proposed something anew, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "kebab-case")]
pub enum Cause {
    /// The storm's numbers moved.
    NumbersMoved,
    /// The danger is over, or the plan is best again.
    NeededNoMore,
    /// A new plan of the season has other numbers for the same switch.
    PlanChanged,
    /// A new plan of the season no longer has the switch.
    NotInPlan,
    /// A new plan of the season has another switch for some of the same days.
    Replaced {
        /// Its proposal.
        by: ProposalId,
    },
}

impl Cause {
    /// The name in JSON and in texts.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NumbersMoved => "numbers-moved",
            Self::NeededNoMore => "needed-no-more",
            Self::PlanChanged => "plan-changed",
            Self::NotInPlan => "not-in-plan",
            Self::Replaced { .. } => "replaced",
        }
    }
}

/// A proposal and all that must be known to continue it after a crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its id: the same kind of proposal about the same subject in the same event gives the same id.
    pub id: ProposalId,
    /// The event that it is made for; the season's own key for a standing switch.
    pub event: EventId,
    /// Whose goods they are.
    pub dealer: Option<DealerId>,
    /// What is proposed, as it now is.
    pub case: Case,
    /// Counted up when it is proposed anew.
    pub revision: u32,
    /// Where it stands.
    pub state: ProposalState,
    /// How many of the steps have been signed.
    pub signed: usize,
    /// What happened, oldest first.
    pub trail: Vec<Entry>,
    /// What each person was last told: the revision, the state, how many had signed, and when.
    #[serde(default)]
    pub told: BTreeMap<PersonId, ToldOf>,
}

/// What one person was last told of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldOf {
    /// When.
    pub at: Timestamp,
    /// The revision.
    pub revision: u32,
    /// The state.
    pub state: ProposalState,
    /// Whether they have been reminded of this revision.
    pub is_reminded: bool,
}

impl Proposal {
    /// What a trail adds up to; `None` when it does not begin with a proposal.
    #[must_use]
    pub fn of(id: ProposalId, event: EventId, dealer: Option<DealerId>, trail: Vec<Entry>) -> Option<Self> {
        let mut entries = trail.into_iter();
        let first = entries.next()?;
        let What::Proposed { case, .. } = &first.what else { return None };
        let mut proposal = Self {
            id,
            event,
            dealer,
            case: (**case).clone(),
            revision: 1,
            state: ProposalState::Proposed,
            signed: 0,
            trail: vec![first],
            told: BTreeMap::new(),
        };
        for entry in entries {
            proposal.add(entry);
        }
        Some(proposal)
    }

    /// Adds a line to the trail, and does what it says.
    pub fn add(&mut self, entry: Entry) {
        match &entry.what {
            What::Proposed { case, .. } => {
                self.case = (**case).clone();
                self.revision = self.revision.saturating_add(1);
                (self.state, self.signed) = (ProposalState::Proposed, 0);
            }
            What::Signed { quantities, .. } => {
                if let Matter::Order(order) = &mut self.case.matter {
                    for line in &mut order.lines {
                        line.quantity = quantities.get(&line.sku).copied().unwrap_or(line.quantity);
                    }
                }
                self.signed = self.signed.saturating_add(1);
                if self.signed >= self.case.steps.len() {
                    self.state = ProposalState::Approved;
                }
            }
            What::Declined { .. } => self.state = ProposalState::Declined,
            What::Expired => self.state = ProposalState::Expired,
            What::Withdrawn { .. } => self.state = ProposalState::Withdrawn,
        }
        self.trail.push(entry);
    }

    /// The signature that is waited for.
    #[must_use]
    pub fn step(&self) -> Option<&Step> {
        if self.is_open() { self.case.steps.get(self.signed) } else { None }
    }

    /// Why it was last proposed anew or withdrawn, when the house had a reason.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.trail.iter().rev().find_map(|entry| match &entry.what {
            What::Proposed { why, .. } | What::Withdrawn { why } => Some(why.as_ref()),
            _ => None,
        })?
    }

    /// The standing switch of a season, when it is one.
    #[must_use]
    pub fn season(&self) -> Option<&SeasonSwitch> {
        if let Matter::Season(season) = &self.case.matter { Some(season) } else { None }
    }

    /// True while somebody must still say yes or no.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == ProposalState::Proposed
    }
}
