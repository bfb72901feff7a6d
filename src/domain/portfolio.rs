//! Dealers, sites, lanes, shipments, stock and people: what can be hit, and who must know.

use std::collections::BTreeMap;
use std::num::NonZeroU8;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Currency, DealerId, DigestWish, Geocodes, LaneId, Money, PersonId, Position, ShipmentId, ShortText, SiteId, Sites,
    Timestamp,
};

/// Everything that Seawall watches over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Portfolio {
    /// The dealers.
    pub dealers: BTreeMap<DealerId, Dealer>,
    /// The sites.
    pub sites: Sites,
    /// The lanes.
    pub lanes: BTreeMap<LaneId, Lane>,
    /// The shipments.
    pub shipments: BTreeMap<ShipmentId, Shipment>,
    /// Stock on hand, a line a dealer and SKU.
    pub stock: Vec<StockLine>,
    /// The people.
    pub people: BTreeMap<PersonId, Person>,
    /// Where warning areas lie that are known by code alone.
    pub geocodes: Geocodes,
}

/// A language that mails are written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Chinese in simplified characters.
    #[serde(rename = "zh-CN")]
    Chinese,
}

impl Language {
    /// The language of a tag such as `en`, `en-GB`, `zh` or `zh-CN`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// Its folder under `rules/texts/` and the mail's `lang`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }
}

/// A dealer: `dealers.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dealer {
    /// Its id.
    pub id: DealerId,
    /// Its name.
    pub name: String,
    /// Its tier: `A`, `B`, free text.
    pub tier: String,
    /// The account manager.
    pub manager: PersonId,
    /// The language for texts to forward.
    pub language: Language,
    /// Its IANA time zone.
    pub time_zone: String,
}

/// What a site is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SiteKind {
    /// Goods lie here.
    Warehouse,
    /// Goods are sold here.
    Shop,
    /// An anniversary or opening, watched for its dates.
    Occasion,
    /// Anything else, as the file names it.
    #[serde(untagged)]
    Other(Box<str>),
}

/// Whether the stock is insured against storm and flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Insured {
    /// It is.
    Yes,
    /// It is not, though somebody might take it.
    No,
    /// No insurer will take it.
    Uninsurable,
    /// Blank in the file.
    Unknown,
}

/// When people can work at a site. `None` is what the file left blank.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkTime {
    /// First and last minute of a working day, in the site's own time; the last before the first is on the next day,
    /// and both alike are the whole day.
    pub hours: Option<(Time, Time)>,
    /// The working days.
    pub weekdays: Option<Vec<Weekday>>,
    /// The country whose public holidays are kept, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// True when work needs daylight.
    pub daylight: Option<bool>,
}

/// An occasion's first and last instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dates {
    /// The first; `None` is from ever.
    pub from: Option<Timestamp>,
    /// The last; `None` is for ever.
    pub to: Option<Timestamp>,
}

/// Warning-area codes with blanks between: the column `codes` of `sites.csv`. Kept as it is written, since most sites have
/// one, and a million lists would cost more than what is in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codes(ShortText);

impl Codes {
    /// Codes with blanks between.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(ShortText::new(text))
    }

    /// One by one.
    pub fn iter(&self) -> std::str::SplitWhitespace<'_> {
        self.0.split_whitespace()
    }
}

impl<'a> IntoIterator for &'a Codes {
    type Item = &'a str;
    type IntoIter = std::str::SplitWhitespace<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A site: `sites.csv`. There may be a million, so that what few have lies elsewhere. `None` is what the file left blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Whose it is.
    pub dealer: DealerId,
    /// Its name.
    pub name: ShortText,
    /// What it is.
    pub kind: SiteKind,
    /// Where it is.
    pub position: Position,
    /// Metres to the sea or seawall.
    pub coast_m: Option<f64>,
    /// Metres above mean sea level.
    pub elevation_m: Option<f64>,
    /// What lies there.
    pub stock: Option<Money>,
    /// Whether it is insured.
    pub insured: Insured,
    /// Hours that loading and unloading the stock take; the road between is reckoned.
    pub handling_h: Option<f64>,
    /// What moving the stock costs.
    pub handling_cost: Option<Money>,
    /// Where the stock could go.
    pub shelter_site: Option<SiteId>,
    /// An occasion's dates; nothing where the site is watched at all times.
    pub dates: Option<Box<Dates>>,
    /// The warning-area codes that the site lies in.
    pub codes: Codes,
    /// When people can work there; nothing where nothing of it is known.
    pub work: Option<Box<WorkTime>>,
    /// Floors that goods can lie on, the ground floor among them.
    pub floors: Option<NonZeroU8>,
    /// Whether it has room for another site's goods.
    pub room: Option<bool>,
}

/// A shipping lane: a feature of `lanes.geojson`.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Its id.
    pub id: LaneId,
    /// `sea`, `rail`, `road`, `barge`, as the file names it.
    pub mode: String,
    /// Where it begins.
    pub origin: String,
    /// Where it ends.
    pub destination: String,
    /// Hours from end to end.
    pub transit_h: Option<f64>,
    /// What one shipment costs.
    pub cost: Option<Money>,
    /// Lanes that could serve instead.
    pub alternates: Vec<LaneId>,
    /// Its course, two positions or more.
    pub course: Vec<Position>,
}

/// A shipment: `shipments.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct Shipment {
    /// Its id.
    pub id: ShipmentId,
    /// The lane it takes.
    pub lane: LaneId,
    /// Who waits for it.
    pub dealer: DealerId,
    /// Estimated time of departure.
    pub etd: Option<Timestamp>,
    /// Estimated time of arrival.
    pub eta: Option<Timestamp>,
    /// What it is worth.
    pub value: Option<Money>,
    /// When the dealer must have it.
    pub required_by: Option<Timestamp>,
    /// As the file names it: `planned`, `under-way`, `arrived`.
    pub status: String,
}

/// Stock of one SKU at one dealer: `stock.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct StockLine {
    /// Whose stock.
    pub dealer: DealerId,
    /// What.
    pub sku: String,
    /// Units on hand.
    pub on_hand: Decimal,
    /// Units sold a day.
    pub daily_sales: Decimal,
    /// Units on order.
    pub on_order: Decimal,
    /// How much more (or, below zero, less) is sold a month from now, in percent of what is sold now.
    pub trend_pct_month: Option<f64>,
    /// What one unit is worth.
    pub unit_value: Option<(Decimal, Currency)>,
}

/// What a person is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Looks after dealers.
    AccountManager,
    /// Looks after account managers.
    RegionalManager,
    /// Looks after lanes and shipments.
    Logistics,
    /// Approves money.
    Management,
    /// Looks after Seawall.
    Operator,
    /// Buys from us.
    Dealer,
}

/// When a person is not to be woken, in the person's own zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// First quiet minute.
    pub from: Time,
    /// First minute that is not.
    pub to: Time,
}

/// A person: `people.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The id.
    pub id: PersonId,
    /// The name.
    pub name: String,
    /// The address; checked to be one when the file is read.
    pub email: String,
    /// What they are to us.
    pub role: Role,
    /// Whom an unanswered alert climbs to.
    pub reports_to: Option<PersonId>,
    /// The language of their mails.
    pub language: Language,
    /// Their IANA time zone.
    pub time_zone: String,
    /// When not to be woken but for level act.
    pub quiet: Option<QuietHours>,
    /// The weekday of the fixed weekly visit.
    pub visit: Option<Weekday>,
    /// The dealer whose word a person of role `dealer` gives.
    pub dealer: Option<DealerId>,
    /// When they want what is not urgent in one mail a day; `None` has it told as it comes.
    pub digest: Option<DigestWish>,
    /// Further ways to reach them, in the order in which they are tried: the ids of channels in the configuration.
    pub channels: Vec<String>,
    /// Who hears in their place while they are away.
    pub deputy: Option<PersonId>,
    /// The days on which they are away, the last one included, in their own zone.
    pub away: Vec<(Date, Date)>,
}

impl Person {
    /// Their clock. A zone that is not known is UTC.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}

impl Portfolio {
    /// The people with a role, in order of id.
    pub fn people_with(&self, role: Role) -> impl Iterator<Item = &Person> {
        self.people.values().filter(move |person| person.role == role)
    }

    /// The account manager of a dealer.
    #[must_use]
    pub fn manager_of(&self, dealer: &DealerId) -> Option<&Person> {
        self.people.get(&self.dealers.get(dealer)?.manager)
    }
}
