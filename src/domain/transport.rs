//! Shipments and lanes in space and time: what a storm does to them, what could be done instead, and what to order ahead.
//! The JSON of these is the public contract of `seawall transport`.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Currency, DealerId, LaneId, Money, Position, ShipmentId, Timestamp};

/// Where a ship, train, truck or barge is at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Whereabouts {
    /// The instant.
    pub at: Timestamp,
    /// The place.
    #[serde(flatten)]
    pub position: Position,
}

/// From the first to the last instant of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// The first.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
}

/// An instant that is uncertain: over the possible storms in which it comes at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instants {
    /// One in ten is earlier.
    pub p10: Timestamp,
    /// Half are.
    pub p50: Timestamp,
    /// Nine in ten are.
    pub p90: Timestamp,
}

/// What the storms bring to something under way, where it is at that hour. Winds are 1-minute winds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Meeting {
    /// The wind at which this mode of transport stops: 34, 50 or 64 kt.
    pub limit_kt: u32,
    /// When it is within the mariner's 1-2-3 danger area; of ships and barges alone.
    pub danger_123: Option<Stay>,
    /// Hours of 34 kt and more on the official track.
    pub gale_h: f64,
    /// The same in the mean of all possible storms.
    pub gale_h_mean: f64,
    /// Hours of the limit and more on the official track.
    pub limit_h: f64,
    /// The same in the mean of all possible storms.
    pub limit_h_mean: f64,
    /// The highest wind on the official track, kt.
    pub peak_kt: f64,
    /// The share of the possible storms that bring 34 kt to where it is at that hour, 0..=1.
    pub p_34kt: f64,
    /// The same of the limit.
    pub p_limit: f64,
}

/// When the storms may close a port, or the end of a railway or road.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PortClosure {
    /// As the lanes name it.
    pub port: String,
    /// The mode of the lanes that end here.
    pub mode: String,
    /// Where it is.
    pub position: Position,
    /// The wind that closes it, kt.
    pub limit_kt: u32,
    /// The chance that it closes, 0..=1.
    pub p: f64,
    /// When it closes.
    pub from: Instants,
    /// When it opens again: the last hour of that wind and the tail after it.
    pub until: Instants,
    /// When the queue has gone that waited for it to open.
    pub queue_until: Instants,
}

/// How late it comes, in hours, over the possible storms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Delay {
    /// One in ten is shorter.
    pub p10_h: f64,
    /// Half are.
    pub p50_h: f64,
    /// Nine in ten are.
    pub p90_h: f64,
    /// The mean.
    pub mean_h: f64,
}

/// What could be done with a shipment, or with what a lane carries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum ChoiceKind {
    /// It stays as planned; the carrier waits by itself while a storm lies in the way.
    Keep,
    /// It is held on purpose, and leaves then.
    Wait {
        /// The new departure.
        until: Timestamp,
    },
    /// It leaves before its time.
    Early {
        /// The new departure.
        etd: Timestamp,
    },
    /// It takes another lane of the same mode between the same ends.
    Lane {
        /// The lane.
        lane: LaneId,
    },
    /// It takes a lane of another mode.
    Mode {
        /// The lane.
        lane: LaneId,
        /// Its mode.
        mode: String,
    },
    /// It takes a lane of the same mode with another beginning or end.
    Port {
        /// The lane.
        lane: LaneId,
        /// The end that is another.
        port: String,
    },
}

impl ChoiceKind {
    /// The lane that it goes over to, if any.
    #[must_use]
    pub fn lane(&self) -> Option<&LaneId> {
        match self {
            Self::Lane { lane } | Self::Mode { lane, .. } | Self::Port { lane, .. } => Some(lane),
            Self::Keep | Self::Wait { .. } | Self::Early { .. } => None,
        }
    }
}

/// One reason for or against a choice, in numbers; the words are made per language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Why {
    /// It is within the 1-2-3 danger area then.
    InDangerArea {
        /// When.
        stay: Stay,
    },
    /// It may meet a wind at which its mode stops.
    MeetsWind {
        /// The wind, kt.
        kt: u32,
        /// The chance.
        p: f64,
    },
    /// It meets nothing of the kind.
    Clear,
    /// A port that it needs may be closed when it wants in or out.
    PortMayClose {
        /// The port.
        port: String,
        /// The chance that it closes.
        p: f64,
    },
    /// It comes after the time it is required by.
    Late {
        /// The chance.
        p: f64,
        /// Hours, in the mean, those in time counted as nought.
        mean_h: f64,
    },
    /// It comes in time.
    InTime {
        /// Hours to spare, at nine in ten.
        spare_h: f64,
    },
    /// Goods run out before it comes.
    RunsOut {
        /// The SKU that is out the longest.
        sku: String,
        /// Days, in the mean.
        mean_days: f64,
    },
    /// What the freight costs is not known, of this lane or of its own.
    CostUnknown,
    /// What holding the goods costs is not known.
    HoldingCostUnknown,
    /// What running out costs is not known: no stock, no goods on order or no value of a unit.
    StockOutUnknown,
    /// What the goods are worth is not known.
    ValueUnknown,
    /// Amounts are in several currencies, and there is no rate: they are not summed.
    SeveralCurrencies {
        /// Which.
        currencies: Vec<Currency>,
    },
    /// How long it takes was not given; taken from its length and a usual speed.
    TransitAssumed {
        /// Kilometres an hour.
        speed_kmh: f64,
    },
    /// How the goods get to or from another port, and what that costs, is not known.
    FeederUnknown {
        /// The port.
        port: String,
    },
    /// It is on board already: lanes cannot be changed.
    UnderWay,
}

/// One choice, weighed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What is done.
    pub kind: ChoiceKind,
    /// The lane it takes.
    pub lane: LaneId,
    /// Its mode.
    pub mode: String,
    /// When it leaves.
    pub etd: Timestamp,
    /// When it arrives if nothing hinders it.
    pub eta: Timestamp,
    /// When it arrives, with waiting, closed ports and queues.
    pub arrival: Instants,
    /// How much later than the plan that is.
    pub delay: Delay,
    /// The chance of coming after the time it is required by; `None` without such a time.
    pub p_late: Option<f64>,
    /// Hours after the time it is required by (without one: after the plan's arrival), in the mean, those in time counted as
    /// nought.
    pub late_h_mean: f64,
    /// What it meets when it goes through with it.
    pub meeting: Meeting,
    /// What it costs beyond the plan; below zero when it is cheaper. `None` when not known, or in another currency.
    pub added_cost: Option<Money>,
    /// Sales lost by goods running out until it comes, in the mean; `None` when not known.
    pub stock_out: Option<Money>,
    /// Goods lost or spoiled by wind under way, in the mean; `None` when their value is not known.
    pub transit_loss: Option<Money>,
    /// The sum of the three, `None` when it cannot be compared. What a reason says is not known is not in it.
    pub total: Option<Money>,
    /// For and against.
    pub reasons: Vec<Why>,
}

/// What a ranking goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RankedBy {
    /// The total: every choice has one, in one currency.
    Cost,
    /// Lateness, then exposure, then cost where it is known: some total is not.
    Lateness,
}

/// What the choices are for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "lowercase")]
pub enum Freight {
    /// A shipment.
    Shipment(ShipmentId),
    /// Whatever leaves on a lane at the worst time of the next days.
    Lane(LaneId),
}

/// The choices for a shipment or lane in danger, the best first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// What it is about.
    pub subject: Freight,
    /// The lane as planned.
    pub lane: LaneId,
    /// Who waits for it; a lane is nobody's.
    pub dealer: Option<DealerId>,
    /// The instant of the judgement.
    pub at: Timestamp,
    /// When it must be there.
    pub required_by: Option<Timestamp>,
    /// What the goods are worth.
    pub value: Option<Money>,
    /// What the order goes by.
    pub ranked_by: RankedBy,
    /// The choices, the best first; never empty.
    pub choices: Vec<Choice>,
    /// Where it is by the plan, hour by hour from `at` on.
    pub way: Vec<Whereabouts>,
}

impl Ranking {
    /// The best choice.
    #[must_use]
    pub fn best(&self) -> Option<&Choice> {
        self.choices.first()
    }

    /// The choice to stay as planned.
    #[must_use]
    pub fn keep(&self) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.kind == ChoiceKind::Keep)
    }
}

/// One SKU of a proposed order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    /// What.
    pub sku: String,
    /// Units on hand.
    pub on_hand: Decimal,
    /// Units on order that come within the outage.
    pub on_order_in_time: Decimal,
    /// Days that the stock on hand lasts; `None` when it does not run out.
    pub days_of_cover: Option<f64>,
    /// When it has run out; `None` when it does not.
    pub runs_out: Option<Timestamp>,
    /// Units to order, 0 or more.
    pub quantity: Decimal,
    /// What they are worth; `None` when a unit's value is not known.
    pub value: Option<Money>,
}

/// A proposed order of a dealer whose goods may come late.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderAhead {
    /// Whose.
    pub dealer: DealerId,
    /// The instant of the judgement.
    pub at: Timestamp,
    /// Until when nothing may come: nine in ten of the possible storms let it in by then.
    pub outage_until: Timestamp,
    /// The same in days from `at`.
    pub outage_days: f64,
    /// Days of sales kept beyond it.
    pub safety_days: f64,
    /// The shipments that may be late.
    pub shipments: Vec<ShipmentId>,
    /// A line for each SKU that is sold, in the stock's order; those with nothing to order too.
    pub lines: Vec<OrderLine>,
    /// What the order is worth, a sum a currency; several are not summed.
    pub values: Vec<Money>,
}
