//! The worked example of `docs/decisions.md`, and what must hold for every archive and portfolio.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use proptest::prelude::*;

use super::*;
use crate::domain::*;
use crate::storm::Path;

/// The page that the worked example stands in.
const PAGE: &str = include_str!("../../docs/decisions.md");

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn place(lat: f64, lon: f64) -> Position {
    Position::lat_lon(lat, lon).expect("a position")
}

fn cny(amount: i64) -> Money {
    Money::new(amount.into(), Currency::parse("CNY").expect("a code"))
}

/// A storm of 60 kt that stands still from one time to another; its gales reach 100 km.
fn storm(id: &str, (lat, lon): (f64, f64), from: &str, to: &str) -> Hazard {
    let fix = |time: &str| Fix {
        vmax_kt: Some(60.0),
        rmw_km: Some(30.0),
        radii: vec![WindRadii { kt: 34, ne_km: 100.0, se_km: 100.0, sw_km: 100.0, nw_km: 100.0 }],
        ..Fix::at(at(time), 0, place(lat, lon))
    };
    let track = Track {
        agency: "jtwc".to_owned(),
        technique: "BEST".to_owned(),
        standing: Technique::Analysis,
        averaging: Averaging::OneMinute,
        fixes: vec![fix(from), fix(to)],
    };
    let bulletin = DocumentHash::of(id.as_bytes());
    let kind = HazardKind::TropicalCyclone;
    Hazard { track: Some(track), ..Hazard::new(HazardId::new(id), "jtwc", "atcf", &bulletin, id, kind) }
}

fn lane(id: &str, mode: &str, cost: i64, alternates: &[&str], course: [(f64, f64); 2]) -> Lane {
    Lane {
        id: LaneId::new(id),
        mode: mode.to_owned(),
        origin: "A".to_owned(),
        destination: "B".to_owned(),
        transit_h: Some(24.0),
        cost: Some(cny(cost)),
        alternates: alternates.iter().map(|id| LaneId::new(*id)).collect(),
        course: course.iter().map(|(lat, lon)| place(*lat, *lon)).collect(),
    }
}

fn shipment(id: &str, etd: &str) -> Shipment {
    let etd = at(etd);
    let eta = etd + Span::from_hours(24);
    Shipment {
        id: ShipmentId::new(id),
        lane: LaneId::new("SEA"),
        dealer: DealerId::new("D"),
        etd: Some(etd),
        eta: Some(eta),
        value: Some(cny(50_000)),
        required_by: Some(eta + Span::from_hours(24)),
        status: "planned".to_owned(),
    }
}

/// Two lanes from A to B, and a dealer who sells for 8,000 CNY a day and can wait one day.
fn portfolio() -> Portfolio {
    let lanes = [
        lane("SEA", "sea", 2_000, &["RAIL"], [(25.0, 121.0), (25.0, 122.0)]),
        lane("RAIL", "rail", 5_000, &[], [(27.0, 115.0), (27.0, 116.0)]),
    ];
    let shipments = [shipment("1", "2003-08-01T00:00:00Z"), shipment("2", "2003-08-11T00:00:00Z")];
    Portfolio {
        lanes: lanes.into_iter().map(|lane| (lane.id.clone(), lane)).collect(),
        shipments: shipments.into_iter().map(|one| (one.id.clone(), one)).collect(),
        stock: vec![StockLine {
            dealer: DealerId::new("D"),
            sku: "FAN".to_owned(),
            on_hand: 300.into(),
            daily_sales: 100.into(),
            on_order: 0.into(),
            unit_value: Some((80.into(), Currency::parse("CNY").expect("a code"))),
            trend_pct_month: None,
        }],
        ..Portfolio::default()
    }
}

fn storms() -> Vec<Hazard> {
    vec![
        storm("wp082001", (25.0, 121.5), "2001-08-10T00:00:00Z", "2001-08-12T06:00:00Z"),
        storm("wp122001", (25.0, 121.5), "2001-09-05T00:00:00Z", "2001-09-05T18:00:00Z"),
        storm("wp092002", (25.0, 121.5), "2002-08-20T00:00:00Z", "2002-08-21T06:00:00Z"),
    ]
}

fn damage() -> DamageParams {
    DamageParams {
        v_half_ms: BTreeMap::new(),
        default_v_half_ms: 74.7,
        surge_coast_m: 1000.0,
        surge_elevation_m: 10.0,
        surge_share_max: 0.8,
    }
}

fn planned(portfolio: &Portfolio, storms: &[Hazard]) -> SeasonPlan {
    let now = at("2004-01-01T00:00:00Z");
    let settings = Settings { now, is_all_years: true, port_tail_h: PORT_TAIL_H, threads: 2 };
    plan(portfolio, &Archive::new(storms), &damage(), &settings)
}

fn sea(plan: &SeasonPlan) -> &LaneSeason {
    plan.lanes.iter().find(|season| season.lane.as_str() == "SEA").expect("the lane")
}

/// What the page says of a month: each row stands there letter for letter.
fn row(month: &LaneMonth) -> String {
    let c = &month.closed;
    let sales = month.lost_sales.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!(
        "| {} | {} | {} | {:.2} | {:.2}–{:.2} | {:.2} | {:.2} | {sales} |",
        month.month,
        c.days,
        c.runs,
        c.mean,
        c.low,
        c.high,
        month.days_late,
        month.empty_days.unwrap_or(f64::NAN),
    )
}

#[test]
fn the_worked_example_stands_in_the_page() {
    let plan = planned(&portfolio(), &storms());
    let season = sea(&plan);
    assert_eq!((season.years.as_slice(), season.boxes_per_month), ([2001, 2002].as_slice(), 3.into()));
    for month in season.months.iter().filter(|month| [8, 9].contains(&month.month)) {
        let row = row(month);
        assert!(PAGE.contains(&row), "docs/decisions.md does not say\n{row}");
    }
    assert_eq!(season.months.iter().filter(|month| month.closed.days > 0).count(), 2);
    let [proposal] = season.proposals.as_slice() else { panic!("{:?}", season.proposals) };
    assert_eq!(proposal.id, "season:SEA:0801-0831:RAIL");
    let money = [
        (proposal.extra_per_box, 3_000),
        (proposal.extra_cost, 9_000),
        (proposal.sales_kept, 12_000),
        (proposal.net, 3_000),
        (proposal.break_even_per_box, 4_000),
    ];
    for (amount, expected) in money {
        assert_eq!(amount, Decimal::from(expected));
    }
    let line = format!(
        "`{}`: +{} a box, {:.2} days less late, break-even at {} a box, net {}",
        proposal.id,
        proposal.money(proposal.extra_per_box),
        proposal.days_late_saved,
        proposal.money(proposal.break_even_per_box),
        proposal.money(proposal.net),
    );
    assert!(PAGE.contains(&line), "docs/decisions.md does not say\n{line}");
    assert_eq!(season.weighed[0].verdict, SwitchVerdict::Proposed);
}

#[test]
fn a_storm_of_two_archives_counts_once() {
    let mut hazards = storms();
    let mut other = storm("jma:TC0108", (25.1, 121.6), "2001-08-10T00:00:00Z", "2001-08-12T06:00:00Z");
    other.track.as_mut().expect("a track").averaging = Averaging::TenMinutes;
    hazards.push(other);
    hazards.push(storm("wp082001", (25.0, 121.5), "2001-08-10T00:00:00Z", "2001-08-12T06:00:00Z"));
    let plan = planned(&portfolio(), &hazards);
    assert_eq!((plan.tracks.storms, plan.tracks.doubles), (3, 2));
    assert_eq!(sea(&plan).year, sea(&planned(&portfolio(), &storms())).year);
}

#[test]
fn two_storms_on_one_day_close_it_once() {
    let mut hazards = storms();
    hazards.push(storm("wp092001", (25.9, 121.5), "2001-08-10T00:00:00Z", "2001-08-12T06:00:00Z"));
    let plan = planned(&portfolio(), &hazards);
    assert_eq!((plan.tracks.storms, sea(&plan).year.days), (4, 7));
}

#[test]
fn a_partial_year_does_not_count_unless_asked() {
    let archive = Archive::new(&storms());
    let years = archive.years(at("2004-01-01T00:00:00Z"), false);
    let told: Vec<_> =
        years.iter().map(|year| (year.basin.as_str(), year.year, year.storms, year.is_counted)).collect();
    assert_eq!(told, [("wp", 2001, 2, false), ("wp", 2002, 1, false)]);
    let many: Vec<Hazard> = (10..30)
        .map(|n| {
            storm(
                &format!("wp{n}2001"),
                (10.0, 150.0),
                &format!("2001-07-{n}T00:00:00Z"),
                &format!("2001-07-{n}T18:00:00Z"),
            )
        })
        .collect();
    assert!(Archive::new(&many).years(at("2002-01-01T00:00:00Z"), false)[0].is_counted);
    assert!(!Archive::new(&many).years(at("2001-12-01T00:00:00Z"), false)[0].is_counted, "the year is not over");
}

#[test]
fn what_is_not_known_is_said_and_the_rest_goes_on() {
    let mut portfolio = portfolio();
    portfolio.stock.clear();
    let plan = planned(&portfolio, &storms());
    let season = sea(&plan);
    assert_eq!(season.notes, [SeasonNote::SalesUnknown { dealer: DealerId::new("D") }]);
    assert_eq!((season.months[7].closed.days, season.months[7].empty_days), (5, None));
    assert_eq!((season.weighed[0].verdict, season.proposals.len()), (SwitchVerdict::LossUnknown, 0));

    let mut portfolio = self::portfolio();
    portfolio.lanes.get_mut(&LaneId::new("RAIL")).expect("the lane").cost =
        Some(Money::new(900.into(), Currency::parse("USD").expect("a code")));
    assert_eq!(sea(&planned(&portfolio, &storms())).weighed[0].verdict, SwitchVerdict::TwoCurrencies);
}

#[test]
fn lanes_that_are_each_others_alternates_are_no_trap() {
    let mut portfolio = portfolio();
    portfolio.lanes.get_mut(&LaneId::new("RAIL")).expect("the lane").alternates = vec![LaneId::new("SEA")];
    let plan = planned(&portfolio, &storms());
    assert_eq!((sea(&plan).proposals.len(), plan.lanes.len()), (1, 2));
}

#[test]
fn findings_of_a_site() {
    let mut portfolio = portfolio();
    let site = Site {
        id: SiteId::new("S"),
        dealer: DealerId::new("D"),
        name: "S".into(),
        kind: SiteKind::Warehouse,
        position: place(28.0, 121.0),
        coast_m: Some(40.0),
        elevation_m: None,
        stock: None,
        insured: Insured::Uninsurable,
        handling_h: None,
        handling_cost: None,
        shelter_site: None,
        dates: None,
        codes: Codes::default(),
        work: None,
        floors: None,
        room: None,
    };
    let fine = Site {
        id: SiteId::new("T"),
        coast_m: Some(1_000.0),
        insured: Insured::Yes,
        handling_h: Some(3.0),
        stock: Some(cny(0)),
        ..site.clone()
    };
    portfolio.sites = [site, fine].into_iter().map(|site| (site.id.clone(), site)).collect();
    let gaps: Vec<SiteGap> = site_findings(&portfolio, &damage()).into_iter().map(|finding| finding.gap).collect();
    let all = [
        SiteGap::Uninsurable,
        SiteGap::NearSea,
        SiteGap::NoShelter,
        SiteGap::NoContact,
        SiteGap::HandlingUnknown,
        SiteGap::HoursUnknown,
    ];
    assert_eq!(gaps, all);
    let hours = Some((Time::constant(8, 0, 0, 0), Time::constant(20, 0, 0, 0)));
    for (country, left) in [(None, vec![SiteGap::CountryUnknown]), (Some("CN".to_owned()), Vec::new())] {
        let ids: Vec<SiteId> = portfolio.sites.values().map(|site| site.id.clone()).collect();
        for id in ids {
            let work = WorkTime { hours, country: country.clone(), ..WorkTime::default() };
            portfolio.sites.get_mut(&id).expect("a site").work = Some(Box::new(work));
        }
        let gaps = site_findings(&portfolio, &damage()).into_iter().map(|finding| finding.gap);
        assert_eq!(gaps.filter(|gap| !all.contains(gap)).collect::<Vec<_>>(), left);
    }
}

/// Closed days of 2001, by the day of the year.
fn days_2001(days: &BTreeSet<i64>) -> BTreeSet<Day> {
    days.iter().map(|day| 11_323 + day).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn more_storms_never_close_fewer_days(begins in prop::collection::vec((1_u32..28, 1_u32..13, 0_i64..60), 1..8)) {
        let hazards: Vec<Hazard> = begins
            .iter()
            .zip(10..)
            .map(|((day, month, hours), number)| {
                let from = at(&format!("2001-{month:02}-{day:02}T00:00:00Z"));
                let to = from + Span::from_hours(6 + hours);
                storm(&format!("wp{number}2001"), (25.0, 121.5), &from.to_string(), &to.to_string())
            })
            .collect();
        let portfolio = portfolio();
        let closed = |hazards: &[Hazard]| {
            let paths: Vec<Path> = hazards.iter().filter_map(|one| Path::new(one.track.as_ref()?)).collect();
            let closed = closed_days(&portfolio, &paths.iter().collect::<Vec<_>>(), 12.0, 1);
            closed.into_iter().map(|days| days.len()).sum::<usize>()
        };
        let (fewer, all) = (closed(&hazards[1..]), closed(&hazards));
        prop_assert!(fewer <= all, "{fewer} {all}");
        let plan = planned(&portfolio, &hazards);
        let season = sea(&plan);
        prop_assert_eq!(season.months.iter().map(|month| month.closed.days).sum::<u32>(), season.year.days);
        for proposal in &season.proposals {
            let count = u32::try_from(proposal.months().count()).unwrap();
            prop_assert_eq!(proposal.net, proposal.sales_kept - proposal.extra_cost);
            prop_assert_eq!(proposal.extra_cost, (proposal.extra_per_box * season.boxes_per_month).round() * Decimal::from(count));
            prop_assert!(proposal.net > Decimal::ZERO && proposal.break_even_per_box >= proposal.extra_per_box);
        }
    }

    // Of two lanes that take as long: one that takes longer sails on other days, and may by chance meet fewer closed ones.
    #[test]
    fn what_is_dearer_and_closed_more_is_never_proposed(
        closed in prop::collection::btree_set(0_i64..364, 0..40),
        more in prop::collection::btree_set(0_i64..364, 0..40),
        transit_days in 1_u32..9,
        slack in 0.0_f64..4.0,
        dearer in 0_i64..4_000,
    ) {
        let mut portfolio = portfolio();
        for (id, cost) in [("SEA", 2_000), ("RAIL", 2_000 + dearer)] {
            let lane = portfolio.lanes.get_mut(&LaneId::new(id)).unwrap();
            (lane.transit_h, lane.cost) = (Some(f64::from(transit_days) * 24.0), Some(cny(cost)));
        }
        for shipment in portfolio.shipments.values_mut() {
            shipment.required_by = shipment.eta.map(|eta| eta + hours(slack * 24.0));
        }
        let all: BTreeSet<i64> = closed.union(&more).copied().collect();
        let (ours, theirs) = (days_2001(&closed), days_2001(&all));
        let lanes: Vec<(&Lane, &BTreeSet<Day>)> =
            portfolio.lanes.values().map(|lane| (lane, if lane.mode == "sea" { &ours } else { &theirs })).collect();
        let season = season_of((&portfolio.lanes[&LaneId::new("SEA")], &ours), &lanes, &portfolio, "wp", vec![2001]);
        prop_assert!(season.proposals.is_empty(), "{:?}", season.proposals);
        prop_assert_eq!(season.year.days as usize, ours.len());
    }
}
