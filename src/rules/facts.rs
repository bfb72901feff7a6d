//! The facts that conditions may ask for. A row of [`FACTS`] is the manual: `seawall rules list` prints it.
//!
//! Every number is a float, also counts and months, because CEL does not add `1` to `1.0`: write `+ 1.0`.
//! A fact that is not known is not there, so a condition asks first: `has(site.coast_m) && site.coast_m < 500`.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::SubjectView;
use crate::domain::{Exposure, Insured, Money, Severity, Shipment, SiteKind, SubjectKind, Timestamp, hours_between};

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum FactValue {
    /// A finite number in the row's unit.
    Number(f64),
    /// A word.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

/// What facts are made from.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The exposure.
    pub exposure: &'a Exposure,
    /// The subject's records.
    pub view: &'a SubjectView<'a>,
    /// The instant of the judgement.
    pub now: Timestamp,
}

/// How a fact is had; the kind of its value with it.
#[derive(Debug, Clone, Copy)]
pub enum Getter {
    /// A number.
    Number(fn(&Seen<'_>) -> Option<f64>),
    /// A word.
    Text(fn(&Seen<'_>) -> Option<String>),
    /// Yes or no.
    Flag(fn(&Seen<'_>) -> Option<bool>),
}

/// Whether a fact can be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is always there.
    Always,
    /// It can be unknown: ask `has(…)` first.
    Sometimes,
}

/// One row of the manual.
#[derive(Debug, Clone, Copy)]
pub struct FactRow {
    /// Its name in conditions: `exposure.p_34kt`.
    pub name: &'static str,
    /// Its unit, or the words it can be.
    pub unit: &'static str,
    /// Its meaning.
    pub meaning: &'static str,
    /// Whether it can be missing.
    pub presence: Presence,
    /// How it is had.
    pub of: Getter,
}

use Getter::{Flag, Number, Text};
use Presence::{Always, Sometimes};

/// Every fact, in the order in which the manual shows them.
#[rustfmt::skip]
pub const FACTS: &[FactRow] = &[
    row("exposure.kind", "a hazard kind", "what threatens: tropical-cyclone, wind, surge, flood …", Always, Text(kind)),
    row("exposure.inside", "true or false", "within the warning's area, or within 34-kt winds now", Always, Flag(|s| Some(s.exposure.inside))),
    row("exposure.surge", "true or false", "the sea may come in", Always, Flag(|s| Some(s.exposure.surge.flag))),
    row("exposure.severity", "0 to 4", "CAP severity: 0 unknown, 1 minor, 2 moderate, 3 severe, 4 extreme", Always, Number(|s| Some(severity(s.exposure.severity)))),
    row("exposure.severity_name", "a CAP word", "the same as a word", Always, Text(severity_name)),
    row("exposure.p_34kt", "0 to 1", "chance of gale (34 kt) within the forecast; unknown without a track", Sometimes, Number(|s| Some(s.exposure.probability?.gale))),
    row("exposure.p_50kt", "0 to 1", "chance of storm (50 kt)", Sometimes, Number(|s| Some(s.exposure.probability?.storm))),
    row("exposure.p_64kt", "0 to 1", "chance of typhoon force (64 kt)", Sometimes, Number(|s| Some(s.exposure.probability?.typhoon))),
    row("exposure.arrival_34kt_h", "hours from now", "gale arrives on the forecast track; negative when it has", Sometimes, Number(|s| s.until(s.exposure.gale()?.first))),
    row("exposure.arrival_34kt_early_h", "hours from now", "earliest reasonable gale: one in ten tracks brings it sooner", Sometimes, Number(early_h)),
    row("exposure.danger_h", "hours from now", "danger begins: earliest reasonable gale, else the warning's onset", Sometimes, Number(|s| s.until(s.exposure.danger_from()))),
    row("exposure.closest_km", "km", "distance of closest approach on the forecast track", Sometimes, Number(|s| s.exposure.closest_km)),
    row("exposure.closest_h", "hours from now", "when that is", Sometimes, Number(|s| s.until(s.exposure.closest_at))),
    row("exposure.peak_kt", "kt, 1-minute", "highest wind on the forecast track", Sometimes, Number(|s| s.exposure.peak_kt)),
    row("exposure.onset_h", "hours from now", "the warning begins", Sometimes, Number(|s| s.until(s.exposure.onset))),
    row("exposure.expires_h", "hours from now", "the warning ends", Sometimes, Number(|s| s.until(s.exposure.expires))),
    row("site.kind", "a word", "warehouse, shop, occasion, or as the file names it", Always, Text(site_kind)),
    row("site.insured", "a word", "yes, no, uninsurable (no insurer takes it) or unknown", Always, Text(insured)),
    row("site.has_shelter", "true or false", "the file names a shelter site", Always, Flag(|s| Some(s.view.site?.shelter_site.is_some()))),
    row("site.coast_m", "m", "distance to the sea or seawall", Sometimes, Number(|s| s.view.site?.coast_m)),
    row("site.elevation_m", "m", "height above mean sea level", Sometimes, Number(|s| s.view.site?.elevation_m)),
    row("site.stock_value", "money of the site", "value of what lies there", Sometimes, Number(|s| Some(s.view.site?.stock?.as_f64()))),
    row("site.handling_h", "hours", "moving the stock takes, loading to unloading", Sometimes, Number(|s| s.view.site?.handling_h)),
    row("site.handling_cost", "money of the site", "moving the stock costs", Sometimes, Number(|s| Some(s.view.site?.handling_cost?.as_f64()))),
    row("site.latest_start_h", "hours from now", "the last start of moving the stock within the site's hours, weekdays, holidays and daylight, over 2 h before the earliest reasonable gale; unknown where the file names none of these or no handling_h", Sometimes, Number(|s| s.until(s.view.latest_start))),
    row("site.floors", "a count", "floors that goods can lie on, the ground floor among them", Sometimes, Number(|s| s.view.site?.floors.map(|floors| f64::from(floors.get())))),
    row("site.shelter_km", "km", "to where the goods can go, on the geodesic: the shelter site, else the nearest site out of danger", Sometimes, Number(|s| Some(s.view.shelter?.km))),
    row("site.shelter_p_34kt", "0 to 1", "chance of gale (34 kt) there", Sometimes, Number(|s| Some(s.view.shelter?.p_34kt))),
    row("dealer.tier", "a word", "the dealer's tier as the file names it", Sometimes, Text(|s| Some(s.view.dealer?.tier.clone()))),
    row("lane.mode", "a word", "sea, rail, road, barge, in small letters", Always, Text(|s| Some(s.view.lane?.mode.to_lowercase()))),
    row("lane.shipments", "a count", "shipments not arrived whose voyage meets the time of danger", Always, Number(|s| Some(s.shipments_met()?.len() as f64))),
    row("lane.shipments_value", "money", "their value; unknown in mixed currencies", Sometimes, Number(|s| Some(s.shipments_value()?.as_f64()))),
    row("lane.alternates", "a count", "lanes that could serve instead", Always, Number(|s| Some(s.view.lane?.alternates.len() as f64))),
    row("lane.transit_h", "hours", "from end to end", Sometimes, Number(|s| s.view.lane?.transit_h)),
    row("money.at_risk", "money", "what could be lost at most", Sometimes, Number(|s| s.exposure.loss.as_ref()?.at_risk.to_f64())),
    row("money.expected_loss", "money", "what is lost on average, doing nothing", Sometimes, Number(|s| s.exposure.loss.as_ref()?.expected.to_f64())),
    row("money.break_even", "0 to 1", "chance of total loss above which moving pays: handling cost over stock value", Sometimes, Number(break_even)),
    row("event.kind", "a hazard kind", "the same as exposure.kind", Always, Text(kind)),
    row("event.warned", "true or false", "an official bulletin about it is in force; always true once there is an exposure", Always, Flag(|_| Some(true))),
    row("now.month", "1 to 12", "the month, in UTC", Always, Number(|s| Some(f64::from(s.now.to_zoned(TimeZone::UTC).month())))),
    row("now.hour_utc", "0 to 23", "the hour, in UTC", Always, Number(|s| Some(f64::from(s.now.to_zoned(TimeZone::UTC).hour())))),
];

const fn row(name: &'static str, unit: &'static str, meaning: &'static str, presence: Presence, of: Getter) -> FactRow {
    FactRow { name, unit, meaning, presence, of }
}

impl FactRow {
    /// The row of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static FactRow> {
        FACTS.iter().find(|row| row.name == name)
    }

    /// True when a rule or playbook about such a subject may ask for it: `site.` and `dealer.` are of sites,
    /// `lane.` of lanes, the others of both.
    #[must_use]
    pub fn is_about(&self, subject: SubjectKind) -> bool {
        match self.name.split('.').next() {
            Some("site" | "dealer") => subject == SubjectKind::Site,
            Some("lane") => subject == SubjectKind::Lane,
            _ => true,
        }
    }

    /// The value, when it is known; what is no finite number is not known.
    #[must_use]
    pub fn value(&self, seen: &Seen<'_>) -> Option<FactValue> {
        match self.of {
            Number(of) => of(seen).filter(|number| number.is_finite()).map(FactValue::Number),
            Text(of) => of(seen).map(FactValue::Text),
            Flag(of) => of(seen).map(FactValue::Flag),
        }
    }
}

/// The facts of one exposure that are known, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts(pub BTreeMap<&'static str, FactValue>);

impl Facts {
    /// The facts of an exposure.
    #[must_use]
    pub fn of(seen: &Seen<'_>) -> Self {
        Self(FACTS.iter().filter_map(|row| Some((row.name, row.value(seen)?))).collect())
    }

    /// A number, when it is known and one.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.0.get(name) {
            Some(FactValue::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

impl<'a> Seen<'a> {
    /// Hours from now until an instant.
    fn until(&self, instant: Option<Timestamp>) -> Option<f64> {
        Some(hours_between(self.now, instant?))
    }

    /// The lane's shipments whose voyage meets the time of danger; a voyage without dates is counted.
    /// `None` when the subject is no lane.
    fn shipments_met(&self) -> Option<Vec<&'a Shipment>> {
        self.view.lane?;
        let from = self.exposure.danger_from().unwrap_or(self.now);
        let gale_over = self.exposure.gale().and_then(|gale| gale.late.max(gale.last));
        let to = gale_over.or(self.exposure.expires);
        let meets = |shipment: &&&Shipment| {
            let is_there = !matches!(shipment.status.to_lowercase().as_str(), "arrived" | "delivered" | "cancelled");
            let arrives_before = shipment.eta.is_some_and(|eta| eta < from);
            let leaves_after = shipment.etd.is_some_and(|etd| to.is_some_and(|to| etd > to));
            is_there && !arrives_before && !leaves_after
        };
        Some(self.view.shipments.iter().filter(meets).copied().collect())
    }

    /// What those shipments are worth: `None` when none has a value, or their currencies differ.
    fn shipments_value(&self) -> Option<Money> {
        let mut values = self.shipments_met()?.into_iter().filter_map(|shipment| shipment.value);
        let first = values.next()?;
        values.try_fold(first, Money::checked_add)
    }
}

fn kind(seen: &Seen<'_>) -> Option<String> {
    // The kind's own serde name: the one that rules, JSON and this fact share.
    serde_json::to_value(seen.exposure.kind).ok()?.as_str().map(str::to_owned)
}

fn severity(severity: Severity) -> f64 {
    match severity {
        Severity::Unknown => 0.0,
        Severity::Minor => 1.0,
        Severity::Moderate => 2.0,
        Severity::Severe => 3.0,
        Severity::Extreme => 4.0,
    }
}

fn severity_name(seen: &Seen<'_>) -> Option<String> {
    serde_json::to_value(seen.exposure.severity).ok()?.as_str().map(str::to_owned)
}

fn early_h(seen: &Seen<'_>) -> Option<f64> {
    let gale = seen.exposure.gale()?;
    seen.until(gale.early.or(gale.first))
}

fn site_kind(seen: &Seen<'_>) -> Option<String> {
    Some(match &seen.view.site?.kind {
        SiteKind::Warehouse => "warehouse".to_owned(),
        SiteKind::Shop => "shop".to_owned(),
        SiteKind::Occasion => "occasion".to_owned(),
        SiteKind::Other(name) => name.to_lowercase(),
    })
}

fn insured(seen: &Seen<'_>) -> Option<String> {
    Some(
        match seen.view.site?.insured {
            Insured::Yes => "yes",
            Insured::No => "no",
            Insured::Uninsurable => "uninsurable",
            Insured::Unknown => "unknown",
        }
        .to_owned(),
    )
}

/// Cost-loss: acting pays when the chance of loss is above cost over loss (Murphy 1977; Regnier & Harr 2006,
/// Weather and Forecasting 21:764, for the form with waiting). `None` in two currencies.
fn break_even(seen: &Seen<'_>) -> Option<f64> {
    let site = seen.view.site?;
    let (cost, stock) = (site.handling_cost?, site.stock?);
    (cost.currency == stock.currency && stock.as_f64() > 0.0).then(|| cost.as_f64() / stock.as_f64())
}
