//! A manager's fixed weekly visit: whom to see in which order, and what was last said of it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{AlertId, DealerId, Level, Money, PersonId, Timestamp};

/// What one manager was told of the visit of one week: remembered, so that nothing is said twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitTold {
    /// The manager.
    pub person: PersonId,
    /// The Monday of the week, in the manager's zone.
    pub week: Date,
    /// The day of the visit.
    pub day: Date,
    /// When the brief of that day was written; `None` while there was a change alone.
    pub briefed_at: Option<Timestamp>,
    /// The manager's day on which a change was last told.
    pub changed_on: Option<Date>,
    /// The number of the calendar entry: higher each time.
    pub sequence: u32,
    /// The dealers in danger, in the order that was told.
    pub order: Vec<DealerId>,
    /// The earlier day that was told.
    pub go_on: Option<Date>,
}

/// How a dealer stands in the storms in force.
#[derive(Debug, Clone, PartialEq)]
pub struct DealerDanger {
    /// The alert that counts: what nobody has in hand first, then the highest level, then the earliest last start.
    pub alert: AlertId,
    /// Its level.
    pub level: Level,
    /// True when the dealer is acting on it, or it is done.
    pub is_in_hand: bool,
    /// Its last start.
    pub act_by: Option<Timestamp>,
    /// The chance of 34-kt wind there, 0..=1.
    pub p_34kt: Option<f64>,
    /// What doing nothing costs on average.
    pub expected_loss: Option<Money>,
    /// From when to when gales are to be reckoned with at any of the dealer's sites: nobody may be sent there then.
    pub gale: Option<(Timestamp, Timestamp)>,
}

/// One dealer of a visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// The dealer.
    pub dealer: DealerId,
    /// How the dealer stands in a storm; `None` out of danger.
    pub danger: Option<DealerDanger>,
    /// True when gales are to be reckoned with there in the hours of the visit.
    pub is_out_of_bounds: bool,
}

/// Why a brief is written, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum VisitReason {
    /// It is the day before.
    DayBefore,
    /// Another dealer than was told comes first.
    OrderChanged,
    /// A last start falls before the visit.
    GoEarlier {
        /// The day to go on instead.
        on: Date,
        /// That last start.
        act_by: Timestamp,
    },
    /// No visit is fixed, or no dealer is the person's own.
    NoVisit,
    /// The person is away on that day.
    Away,
    /// It is too early.
    NotYet {
        /// When the brief is due.
        due: Timestamp,
    },
    /// Nothing has changed since it was told.
    NothingNew,
    /// A change was told that day already.
    OneADay,
    /// The person sleeps.
    QuietHours {
        /// When that ends.
        until: Timestamp,
    },
}

impl VisitReason {
    /// The reason's name, as its JSON tag and its key in the texts.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::DayBefore => "day-before",
            Self::OrderChanged => "order-changed",
            Self::GoEarlier { .. } => "go-earlier",
            Self::NoVisit => "no-visit",
            Self::Away => "away",
            Self::NotYet { .. } => "not-yet",
            Self::NothingNew => "nothing-new",
            Self::OneADay => "one-a-day",
            Self::QuietHours { .. } => "quiet-hours",
        }
    }
}

/// A brief to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// What will have been told.
    pub told: VisitTold,
    /// When the visit begins and ends: on its day, or on the earlier one that is proposed.
    pub hours: (Timestamp, Timestamp),
    /// The dealers, in the order in which to see them.
    pub stops: Vec<Stop>,
    /// Why.
    pub why: VisitReason,
}
