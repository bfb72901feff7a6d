//! The plan before the season: how often gales close each lane, what that costs, which switches pay, and what
//! each site still lacks. The JSON of these types is the public contract.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{AnswerId, Currency, DealerId, EventId, LaneId, Money, ProposalId, SiteId, Timestamp};

/// What best tracks of past years say about the lanes, and the portfolio about its sites.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SeasonPlan {
    /// The lanes, by id.
    pub lanes: Vec<LaneSeason>,
    /// What the sites lack, by site.
    pub sites: Vec<SiteFinding>,
    /// What the archive holds, by basin and year.
    pub years: Vec<ArchiveYear>,
    /// What was made of the archive's tracks.
    pub tracks: TrackCount,
}

/// One year of one basin in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveYear {
    /// The basin as ATCF names it: `wp`.
    pub basin: String,
    /// The calendar year, UTC.
    pub year: i16,
    /// Storms of gale force that began in it.
    pub storms: u32,
    /// True when the year counts for the rates.
    pub is_counted: bool,
}

/// How many tracks an archive held, and what they were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackCount {
    /// Storms, each once.
    pub storms: u32,
    /// Tracks of a storm that another track tells already: other agencies, other archives.
    pub doubles: u32,
    /// Storms whose gales' reach is from the parametric vortex alone, as their track gives no wind radii.
    pub without_radii: u32,
    /// Tracks that are no best tracks, or have no wind at all: passed over.
    pub unfit: u32,
}

/// Days on which a lane is closed, as a rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ClosedDays {
    /// The mean a year.
    pub mean: f64,
    /// The lower end of the 90 % interval of that mean.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// All closed days of the years counted.
    pub days: u32,
    /// In how many unbroken runs.
    pub runs: u32,
    /// Years with at least one.
    pub years_with_any: u32,
}

/// One lane in one month of the year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaneMonth {
    /// The month, 1 to 12.
    pub month: u8,
    /// Days closed by gales.
    pub closed: ClosedDays,
    /// How many days late a shipment that leaves in this month is, on average.
    pub days_late: f64,
    /// The chance, 0..=1, that it is a day late or more.
    pub p_late: f64,
    /// Days a year without goods to sell, of all dealers on the lane together; `None` when no dealer's stock is known.
    pub empty_days: Option<f64>,
    /// The sales lost on those days a year, at sales value, by currency.
    pub lost_sales: Vec<Money>,
}

/// One lane over the year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaneSeason {
    /// The lane.
    pub lane: LaneId,
    /// Its mode: `sea`, `rail`.
    pub mode: String,
    /// The basin whose years count.
    pub basin: String,
    /// The years counted.
    pub years: Vec<i16>,
    /// Open days that a shipment needs from end to end.
    pub transit_days: u32,
    /// Shipments a month.
    pub boxes_per_month: Decimal,
    /// The twelve months.
    pub months: Vec<LaneMonth>,
    /// Days closed in the whole year.
    pub year: ClosedDays,
    /// Each alternate weighed, in the file's order.
    pub weighed: Vec<Weighed>,
    /// The switches that pay, by their first month.
    pub proposals: Vec<SwitchProposal>,
    /// What is not known or was assumed.
    pub notes: Vec<SeasonNote>,
}

/// What came of weighing an alternate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwitchVerdict {
    /// In some months it saves more than it costs, and more than the other alternates.
    Proposed,
    /// In some months it pays, but another alternate saves more.
    SecondBest,
    /// In no month does it save more than it costs.
    DoesNotPay,
    /// Its cost or the lane's is blank.
    CostUnknown,
    /// Its cost and the lane's are in two currencies.
    TwoCurrencies,
    /// What a closed day costs is not known in the currency of the lanes' costs.
    LossUnknown,
}

/// An alternate beside its lane, over the year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    /// The alternate.
    pub alternate: LaneId,
    /// Its mode.
    pub mode: String,
    /// What came of it.
    pub verdict: SwitchVerdict,
    /// What one shipment costs more by it; below zero when it is cheaper.
    pub extra_per_box: Option<Decimal>,
    /// The currency of that.
    pub currency: Option<Currency>,
    /// Hours that it is slower from end to end; below zero when it is faster.
    pub slower_h: Option<f64>,
    /// Days that gales close it a year.
    pub closed_days: f64,
    /// The extra cost of one shipment at which the best month pays nothing; `None` when it cannot be weighed.
    pub break_even_per_box: Option<Decimal>,
}

/// A standing proposal: from the first of one month to the last of another, go by another lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SwitchProposal {
    /// `season:<lane>:<from>-<to>:<alternate>`, dates as month and day: the same plan gives the same id every year.
    pub id: String,
    /// The lane to leave.
    pub lane: LaneId,
    /// The lane to take.
    pub alternate: LaneId,
    /// Its mode.
    pub mode: String,
    /// The first month, 1 to 12.
    pub first_month: u8,
    /// The last month, its last day included; before the first when the months go over the year's end.
    pub last_month: u8,
    /// What one shipment costs more; below zero when it is cheaper.
    pub extra_per_box: Decimal,
    /// Shipments in these months.
    pub boxes: Decimal,
    /// What all of them cost more.
    pub extra_cost: Decimal,
    /// The sales that are not lost, on average over the years.
    pub sales_kept: Decimal,
    /// `sales_kept` less `extra_cost`.
    pub net: Decimal,
    /// The extra cost of one shipment at which the switch pays nothing.
    pub break_even_per_box: Decimal,
    /// The currency of all these.
    pub currency: Currency,
    /// How many days less late a shipment is, on average.
    pub days_late_saved: f64,
    /// Days without goods that are spared.
    pub empty_days_saved: f64,
    /// Hours that the alternate is slower from end to end; below zero when it is faster.
    pub slower_h: Option<f64>,
}

impl SwitchProposal {
    /// The id of a proposal.
    #[must_use]
    pub fn id_of(lane: &LaneId, first_month: u8, last_month: u8, alternate: &LaneId) -> String {
        format!("season:{lane}:{first_month:02}01-{last_month:02}{:02}:{alternate}", last_day(last_month))
    }

    /// The months, in order.
    pub fn months(&self) -> impl Iterator<Item = u8> {
        months_from(self.first_month, self.last_month)
    }

    /// An amount in the proposal's currency; what is below zero is shown as nothing.
    #[must_use]
    pub fn money(&self, amount: Decimal) -> Money {
        Money::new(amount, self.currency)
    }
}

/// A switch of the plan with the closed days that it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedSwitch {
    /// The switch.
    #[serde(flatten)]
    pub switch: SwitchProposal,
    /// Days a year that gales close the lane in these months.
    pub closed_days: f64,
    /// The same of the alternate, when the plan has it.
    #[serde(default)]
    pub closed_days_there: Option<f64>,
}

/// A switch of the plan in one year, from its first day to its last: what people sign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeasonSwitch {
    /// The first day.
    pub from_day: Date,
    /// The last day, included.
    pub to_day: Date,
    /// The switch and its numbers.
    #[serde(flatten)]
    pub planned: PlannedSwitch,
}

/// A plan that is put before those who must sign its switches, as it lies in the store's inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanWord {
    /// Its id: one a time that somebody puts it.
    pub id: AnswerId,
    /// The lanes that it weighed: a switch of theirs that it does not have is needed no more.
    pub lanes: Vec<LaneId>,
    /// The switches.
    pub switches: Vec<PlannedSwitch>,
    /// When.
    pub at: Timestamp,
}

impl SeasonPlan {
    /// The switches with the closed days that they rest on, by lane.
    #[must_use]
    pub fn planned(&self) -> Vec<PlannedSwitch> {
        let closed = |season: &LaneSeason, switch: &SwitchProposal| -> f64 {
            let months = switch.months().filter_map(|month| season.months.get(usize::from(month) - 1));
            (months.map(|month| month.closed.mean).sum::<f64>() * 100.0).round() / 100.0
        };
        let switches = self.lanes.iter().flat_map(|lane| lane.proposals.iter().map(move |switch| (lane, switch)));
        let planned = switches.map(|(lane, switch)| PlannedSwitch {
            switch: switch.clone(),
            closed_days: closed(lane, switch),
            closed_days_there: self
                .lanes
                .iter()
                .find(|o| o.lane == switch.alternate)
                .map(|other| closed(other, switch)),
        });
        planned.collect()
    }
}

impl PlannedSwitch {
    /// The switch as it is in the year in which it begins; `None` when that year is none.
    #[must_use]
    pub fn in_year(&self, year: i16) -> Option<SeasonSwitch> {
        let month = |number: u8| i8::try_from(number.clamp(1, 12)).ok();
        let (first, last) = (month(self.switch.first_month)?, month(self.switch.last_month)?);
        let from_day = Date::new(year, first, 1).ok()?;
        let to_day = Date::new(if last < first { year.checked_add(1)? } else { year }, last, 1).ok()?.last_of_month();
        Some(SeasonSwitch { from_day, to_day, planned: self.clone() })
    }
}

impl SeasonSwitch {
    /// The id of its proposal, `season:SEA:2026:0701-0930:RAIL`: the same switch in the same year gives the same.
    #[must_use]
    pub fn proposal_id(&self) -> ProposalId {
        let SwitchProposal { lane, alternate, .. } = &self.planned.switch;
        let days = format!("{}-{}", self.from_day.strftime("%m%d"), self.to_day.strftime("%m%d"));
        ProposalId::new(format!("season:{lane}:{}:{days}:{alternate}", self.from_day.year()))
    }

    /// What proposals of one season share in place of an event: `season-2026`.
    #[must_use]
    pub fn event(&self) -> EventId {
        EventId::new(format!("season-{}", self.from_day.year()))
    }

    /// What it costs more in all; below zero when it is cheaper.
    #[must_use]
    pub fn added_cost(&self) -> Money {
        self.planned.switch.money(self.planned.switch.extra_cost)
    }

    /// True when both have a day in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from_day <= other.to_day && other.from_day <= self.to_day
    }
}

/// The months from one to another, over the year's end when the last lies before the first.
pub fn months_from(first: u8, last: u8) -> impl Iterator<Item = u8> {
    let (first, last) = (first.clamp(1, 12), last.clamp(1, 12));
    let count = (12 + last - first) % 12 + 1;
    (0..count).map(move |step| (first - 1 + step) % 12 + 1)
}

/// The last day of a month, in a year that is no leap year.
#[must_use]
pub fn last_day(month: u8) -> u8 {
    match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What is not known of a lane, or was assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum SeasonNote {
    /// No year of the lane's basin counts.
    NoYears,
    /// The lane's `transit_h` is blank: one day is assumed.
    TransitUnknown,
    /// Fewer than two shipments with an `etd`: one shipment a week is assumed.
    ShipmentsUnknown,
    /// No shipment tells whose goods go by this lane: nothing is weighed.
    NobodyWaits,
    /// No sales of this dealer are known (`stock.csv`): what empty shelves cost there is not known.
    SalesUnknown {
        /// The dealer.
        dealer: DealerId,
    },
    /// Neither `required_by` nor days of cover are known of this dealer.
    SlackUnknown {
        /// The dealer.
        dealer: DealerId,
    },
    /// Sales in this currency are not weighed against costs in another.
    NotWeighed {
        /// The currency.
        currency: Currency,
    },
    /// The lane has no alternates.
    NoAlternate,
    /// The alternate proposed is itself to be left for this lane in the same months.
    Circle {
        /// The alternate.
        alternate: LaneId,
    },
}

/// What a site lacks before the season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SiteGap {
    /// Its stock is not insured.
    Uninsured,
    /// Whether it is insured is not known.
    InsuranceUnknown,
    /// No insurer takes it.
    Uninsurable,
    /// It lies too near the sea.
    NearSea,
    /// No shelter site is named.
    NoShelter,
    /// Nobody who can be reached looks after the dealer.
    NoContact,
    /// How long moving the stock takes is not known.
    HandlingUnknown,
    /// When people work there is not known: deadlines count any hour.
    HoursUnknown,
    /// The country is not known, and with it the public holidays.
    CountryUnknown,
}

/// One finding at one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteFinding {
    /// The site.
    pub site: SiteId,
    /// Whose it is.
    pub dealer: DealerId,
    /// What it lacks.
    pub gap: SiteGap,
    /// What lies there; `None` when that is not known.
    pub stock: Option<Money>,
    /// The shelter named, if any.
    pub shelter: Option<SiteId>,
    /// Metres to the sea.
    pub coast_m: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_go_over_the_years_end() {
        let months = |first, last| months_from(first, last).collect::<Vec<_>>();
        assert_eq!(months(7, 9), [7, 8, 9]);
        assert_eq!(months(12, 2), [12, 1, 2]);
        assert_eq!(months(5, 5), [5]);
        assert_eq!(months(1, 12).len(), 12);
    }

    #[test]
    fn ids_say_lane_months_and_alternate() {
        let id = SwitchProposal::id_of(&LaneId::new("SEA-A-B"), 7, 9, &LaneId::new("RAIL-A-B"));
        assert_eq!(id, "season:SEA-A-B:0701-0930:RAIL-A-B");
        let id = SwitchProposal::id_of(&LaneId::new("A"), 12, 2, &LaneId::new("B"));
        assert_eq!(id, "season:A:1201-0228:B");
    }

    #[test]
    fn a_switch_in_a_year_has_days_and_an_id() {
        let check = |(first, last), year, days: &str, id: &str| {
            let switch = planned(first, last).in_year(year).expect("a year");
            assert_eq!(format!("{}..{}", switch.from_day, switch.to_day), days);
            assert_eq!(switch.proposal_id().as_str(), id);
            let text = serde_json::to_string(&switch).expect("JSON");
            assert_eq!(serde_json::from_str::<SeasonSwitch>(&text).expect("reads back"), switch, "{text}");
        };
        check((7, 9), 2026, "2026-07-01..2026-09-30", "season:SEA:2026:0701-0930:RAIL");
        check((12, 2), 2027, "2027-12-01..2028-02-29", "season:SEA:2027:1201-0229:RAIL");
        assert!(planned(7, 9).in_year(i16::MAX).is_none());
        let [early, late] = [planned(7, 8), planned(9, 9)].map(|one| one.in_year(2026).expect("a year"));
        assert!(!early.overlaps(&late) && early.overlaps(&planned(8, 9).in_year(2026).expect("a year")));
    }

    fn planned(first_month: u8, last_month: u8) -> PlannedSwitch {
        let (lane, alternate) = (LaneId::new("SEA"), LaneId::new("RAIL"));
        let switch = SwitchProposal {
            id: SwitchProposal::id_of(&lane, first_month, last_month, &alternate),
            lane,
            alternate,
            mode: "rail".to_owned(),
            first_month,
            last_month,
            extra_per_box: 3_000.into(),
            boxes: 3.into(),
            extra_cost: 9_000.into(),
            sales_kept: 12_000.into(),
            net: 3_000.into(),
            break_even_per_box: 4_000.into(),
            currency: Currency::parse("CNY").expect("a currency"),
            days_late_saved: 0.15,
            empty_days_saved: 1.5,
            slower_h: Some(-12.0),
        };
        PlannedSwitch { switch, closed_days: 2.5, closed_days_there: Some(0.0) }
    }
}
