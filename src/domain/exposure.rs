//! One hazard on one subject. The JSON of [`Exposure`] is the public contract.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DealerId, EventId, HazardId, HazardKind, Money, Severity, Timestamp};

/// The wind thresholds in knots: gale, storm, typhoon (ATCF's 34, 50, 64).
pub const THRESHOLDS_KT: [u32; 3] = [34, 50, 64];

/// A value for each of 34, 50 and 64 kt. Serialises with those keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByThreshold<T> {
    /// Gale force.
    #[serde(rename = "34")]
    pub gale: T,
    /// Storm force.
    #[serde(rename = "50")]
    pub storm: T,
    /// Typhoon force.
    #[serde(rename = "64")]
    pub typhoon: T,
}

impl<T> ByThreshold<T> {
    /// One made from each threshold in knots.
    pub fn from_fn(mut make: impl FnMut(u32) -> T) -> Self {
        let [gale, storm, typhoon] = THRESHOLDS_KT;
        Self { gale: make(gale), storm: make(storm), typhoon: make(typhoon) }
    }
}

/// What kind of thing is exposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A warehouse, shop or occasion.
    Site,
    /// A shipping lane.
    Lane,
}

/// The thing that is exposed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// What kind of thing.
    #[serde(rename = "type")]
    pub kind: SubjectKind,
    /// Its id: a [`super::SiteId`] or [`super::LaneId`].
    pub id: String,
    /// Whose it is; a lane is nobody's.
    pub dealer: Option<DealerId>,
}

/// When a wind threshold comes and goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// On the forecast track itself; `None` when only part of the possible tracks brings it.
    pub first: Option<Timestamp>,
    /// One in ten of the tracks that bring this wind brings it earlier.
    pub early: Option<Timestamp>,
    /// The most likely: half of them bring it earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely: Option<Timestamp>,
    /// One in ten of them brings it later.
    pub late: Option<Timestamp>,
    /// When it ends, on the forecast track.
    pub last: Option<Timestamp>,
}

/// Whether the sea may come in, and why we think so. Never a metre.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surge {
    /// True when it may.
    pub flag: bool,
    /// Each reason, in English; texts in other languages are made from the facts.
    pub reasons: Vec<String>,
}

/// Money at stake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The currency of both.
    pub currency: super::Currency,
    /// What could be lost at most: the value that lies there.
    pub at_risk: rust_decimal::Decimal,
    /// What is lost on average over the possible tracks, doing nothing.
    pub expected: rust_decimal::Decimal,
}

impl Loss {
    /// The expected loss as money.
    #[must_use]
    pub fn expected(&self) -> Money {
        Money::new(self.expected, self.currency)
    }

    /// The value at risk as money.
    #[must_use]
    pub fn at_risk(&self) -> Money {
        Money::new(self.at_risk, self.currency)
    }
}

/// What one agency's track means for the subject: agencies side by side, all on 1-minute winds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgencyWord {
    /// The agency: `jtwc`.
    pub agency: String,
    /// The hazard that says so.
    pub hazard: HazardId,
    /// When it was issued.
    pub issued: Option<Timestamp>,
    /// Distance of closest approach in kilometres.
    pub closest_km: f64,
    /// When that is.
    pub closest_at: Timestamp,
    /// The highest 1-minute wind in knots.
    pub peak_kt: f64,
    /// When 34-kt wind begins; `None` when the track does not bring it.
    pub gale_from: Option<Timestamp>,
    /// The probability of 34-kt wind by this agency's track alone.
    pub p_34kt: f64,
}

/// One hazard on one subject, at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exposure {
    /// The real-world event.
    pub event: EventId,
    /// The hazard that says so.
    pub hazard: HazardId,
    /// What kind of threat.
    pub kind: HazardKind,
    /// What is exposed.
    pub subject: Subject,
    /// The instant of the judgement.
    pub at: Timestamp,
    /// When the hazard was issued.
    pub issued: Option<Timestamp>,
    /// Within the warning's area, or within 34-kt winds at `at`.
    pub inside: bool,
    /// The warning's onset.
    pub onset: Option<Timestamp>,
    /// The warning's end.
    pub expires: Option<Timestamp>,
    /// The warning's severity.
    pub severity: Severity,
    /// Distance of closest approach on the forecast track, in kilometres.
    pub closest_km: Option<f64>,
    /// When that is.
    pub closest_at: Option<Timestamp>,
    /// The highest 1-minute wind on the forecast track, in knots.
    pub peak_kt: Option<f64>,
    /// When that is.
    pub peak_at: Option<Timestamp>,
    /// From where it then blows, degrees clockwise from north, over the sea.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_dir_deg: Option<f64>,
    /// Arrival and end of each threshold.
    pub arrival: Option<ByThreshold<Option<Arrival>>>,
    /// The probability of each threshold within the forecast's reach, 0..=1.
    pub probability: Option<ByThreshold<f64>>,
    /// The sea.
    pub surge: Surge,
    /// The money; `None` when the value is unknown.
    pub loss: Option<Loss>,
    /// The model's parameters worth keeping for `explain`: name to value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub basis: BTreeMap<String, String>,
    /// What each agency that forecasts the storm says, the leading one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agencies: Vec<AgencyWord>,
}

impl Exposure {
    /// The probability of 34-kt wind, 0 when there is no storm.
    #[must_use]
    pub fn p_34kt(&self) -> f64 {
        self.probability.map_or(0.0, |p| p.gale)
    }

    /// The arrival of 34-kt wind, if any track brings it.
    #[must_use]
    pub fn gale(&self) -> Option<Arrival> {
        self.arrival.and_then(|arrival| arrival.gale)
    }

    /// When the danger begins, the careful way: the early arrival of 34-kt wind, else the warning's onset.
    #[must_use]
    pub fn danger_from(&self) -> Option<Timestamp> {
        self.gale().and_then(|gale| gale.early.or(gale.first)).or(self.onset)
    }
}
