//! The dealer 40 m from the seawall, and others.

use std::collections::{BTreeMap, BTreeSet};

use super::cases::Answer;
use super::*;
use crate::domain::{
    Arrival, ByThreshold, Codes, DealerId, EventId, HazardId, HazardKind, Insured, Lane, LaneId, Loss, Position,
    Severity, Shelter, Shipment, ShipmentId, Site, SiteId, SiteKind, Subject, SubjectKind, Surge, hours,
};
use crate::rules::{RuleFiles, Rulebook};

fn now() -> Timestamp {
    "2004-08-10T00:00:00Z".parse().expect("time")
}

fn cny(amount: i64) -> Money {
    Money::new(amount.into(), Currency::parse("CNY").expect("code"))
}

/// Gales at the earliest in `early_h`, and this much lost on average.
pub(super) fn exposure(early_h: f64, expected: Option<i64>) -> Exposure {
    let early = Some(now() + hours(early_h));
    let gale = Arrival { first: None, early, likely: None, late: None, last: None };
    Exposure {
        event: EventId::new("wp162004"),
        hazard: HazardId::new("h"),
        kind: HazardKind::TropicalCyclone,
        subject: Subject { kind: SubjectKind::Site, id: "TZ-01".to_owned(), dealer: None },
        at: now(),
        issued: None,
        inside: false,
        onset: None,
        expires: None,
        severity: Severity::Extreme,
        closest_km: None,
        closest_at: None,
        peak_kt: None,
        peak_at: None,
        peak_dir_deg: None,
        arrival: Some(ByThreshold { gale: Some(gale), storm: None, typhoon: None }),
        probability: Some(ByThreshold { gale: 0.3, storm: 0.2, typhoon: 0.1 }),
        surge: Surge { flag: true, reasons: Vec::new() },
        loss: expected.map(|expected| Loss {
            currency: cny(0).currency,
            at_risk: 600_000.into(),
            expected: expected.into(),
        }),
        basis: BTreeMap::new(),
        agencies: Vec::new(),
    }
}

pub(super) fn taizhou() -> Site {
    Site {
        id: SiteId::new("TZ-01"),
        dealer: DealerId::new("D"),
        name: "Taizhou".into(),
        kind: SiteKind::Warehouse,
        position: Position::lat_lon(28.66, 121.42).expect("position"),
        coast_m: Some(40.0),
        elevation_m: Some(3.0),
        stock: Some(cny(600_000)),
        insured: Insured::Uninsurable,
        handling_h: Some(14.0),
        handling_cost: Some(cny(10_000)),
        shelter_site: None,
        dates: None,
        codes: Codes::default(),
        work: None,
        floors: None,
        room: None,
    }
}

fn shipped() -> Playbooks {
    Playbooks::check(&RuleFiles::shipped()).expect("the shipped playbooks read")
}

fn advice(exposure: &Exposure, site: &Site) -> Advice {
    let view = SubjectView { site: Some(site), ..SubjectView::default() };
    advise_by("warehouse", exposure, &view)
}

fn advise_by(playbook: &str, exposure: &Exposure, view: &SubjectView<'_>) -> Advice {
    let playbooks = shipped();
    let matter = Matter { exposure, view, holidays: playbooks.holidays(), now: now() };
    let advised = advise(&matter, playbooks.get(playbook).expect("playbook"));
    assert_eq!(advised.faults, []);
    advised.advice
}

fn order(advice: &Advice) -> Vec<&str> {
    advice.actions.iter().map(|action| action.action.as_str()).collect()
}

fn action<'a>(advice: &'a Advice, id: &str) -> &'a AdvisedAction {
    advice.actions.iter().find(|action| action.action == id).expect("listed")
}

#[test]
fn the_shipped_playbooks_read_and_their_cases_pass() {
    let playbooks = shipped();
    let ids: Vec<&str> = playbooks.iter().map(|playbook| playbook.id.as_str()).collect();
    assert_eq!(ids, ["lane", "warehouse", "warning"]);
    let report = playbooks.run_cases();
    let told: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{told:#?}");
    assert!(report.count > 25, "{}", report.count);
    assert_eq!(playbooks.mismatches(&Rulebook::check(&RuleFiles::shipped()).expect("reads")), []);
}

#[test]
fn every_shipped_action_has_a_case_for_it_and_one_against() {
    let playbooks = shipped();
    for playbook in playbooks.iter() {
        for action in &playbook.actions {
            let cases = playbooks.cases().iter().filter(|case| case.playbook == playbook.id);
            let wants = cases.flat_map(|case| &case.wants).filter(|(_, id)| *id == action.id);
            let answers: BTreeSet<bool> = wants.map(|(answer, _)| *answer == Answer::Offers).collect();
            assert_eq!(answers.len(), 2, "{} {}", playbook.id, action.id);
        }
    }
}

#[test]
fn the_warehouse_at_the_seawall() {
    let advice = advice(&exposure(60.1, Some(84_000)), &taizhou());
    let moving = action(&advice, "move-stock");
    assert_eq!(moving.cost, Some(cny(10_000)));
    assert_eq!(moving.loss_avoided, Some(cny(84_000)));
    assert!((moving.break_even_p.expect("known") - 0.016_67).abs() < 1e-4, "{:?}", moving.break_even_p);
    assert!(moving.is_worth);
    // 60.1 h less 14 h less 2 h is 44.1 h from midnight: 20:06, given as 20:00.
    assert_eq!(moving.act_by, Some("2004-08-11T20:00:00Z".parse().expect("time")));
    assert_eq!(advice.act_by, moving.act_by);
    assert_eq!(order(&advice), ["move-stock", "raise-stock", "shutter", "visit", "photograph"]);
}

#[test]
fn the_last_minute_counts_as_in_time() {
    let site = taizhou();
    let check = |early_h: f64, want: &Feasibility| {
        assert_eq!(action(&advice(&exposure(early_h, Some(84_000)), &site), "move-stock").feasibility, *want);
    };
    check(16.0, &Feasibility::InTime);
    check(15.99, &Feasibility::TooLate);
}

#[test]
fn when_moving_is_too_late_the_next_best_leads() {
    let advice = advice(&exposure(10.0, Some(84_000)), &taizhou());
    assert_eq!(order(&advice), ["raise-stock", "shutter", "visit", "photograph", "check-after", "move-stock"]);
    assert_eq!(advice.act_by, Some("2004-08-10T04:00:00Z".parse().expect("time")));
}

#[test]
fn what_does_not_pay_comes_after_what_does() {
    let advice = advice(&exposure(40.0, Some(1_500)), &taizhou());
    assert!(!action(&advice, "move-stock").is_worth);
    assert_eq!(order(&advice), ["shutter", "visit", "photograph", "check-after", "move-stock", "raise-stock"]);
    assert_eq!(advice.act_by, action(&advice, "shutter").act_by);
}

#[test]
fn unknown_money_does_not_hide_the_deadline() {
    let site = Site { stock: None, handling_cost: None, handling_h: None, ..taizhou() };
    let advice = advice(&exposure(40.0, None), &site);
    let moving = action(&advice, "move-stock");
    assert_eq!((moving.cost, moving.loss_avoided, moving.break_even_p), (None, None, None));
    assert!(moving.is_worth);
    assert!((moving.lead_h - 12.0).abs() < f64::EPSILON);
    assert_eq!(order(&advice)[0], "move-stock");
    assert_eq!(advice.act_by, moving.act_by);
}

#[test]
fn cover_is_refused_once_a_warning_is_out() {
    let site = Site { insured: Insured::No, ..taizhou() };
    let advice = advice(&exposure(40.0, Some(84_000)), &site);
    let because = "insure.refused".to_owned();
    assert_eq!(action(&advice, "insure").feasibility, Feasibility::Refused { because });
    assert_eq!(order(&advice).last(), Some(&"insure"));
}

#[test]
fn two_currencies_are_not_weighed() {
    let usd = Money::new(10.into(), Currency::parse("USD").expect("code"));
    let site = Site { handling_cost: Some(usd), ..taizhou() };
    let advice = advice(&exposure(40.0, Some(84_000)), &site);
    let moving = action(&advice, "move-stock");
    assert_eq!((moving.cost, moving.break_even_p, moving.is_worth), (Some(usd), None, true));
}

#[test]
fn a_lane_with_a_shipment() {
    let lane = Lane {
        id: LaneId::new("L"),
        mode: "Sea".to_owned(),
        origin: "CNSHA".to_owned(),
        destination: "CNWNZ".to_owned(),
        transit_h: Some(30.0),
        cost: Some(cny(2_000)),
        alternates: Vec::new(),
        course: Vec::new(),
    };
    let shipment = |etd: f64, eta: f64, status: &str| Shipment {
        id: ShipmentId::new("S"),
        lane: LaneId::new("L"),
        dealer: DealerId::new("D"),
        etd: Some(now() + hours(etd)),
        eta: Some(now() + hours(eta)),
        value: Some(cny(100)),
        required_by: None,
        status: status.to_owned(),
    };
    let check = |shipment: &Shipment, want: &[&str]| {
        let mut hit = exposure(48.0, None);
        hit.arrival.as_mut().and_then(|a| a.gale.as_mut()).expect("gale").late = Some(now() + hours(70.0));
        let view = SubjectView { lane: Some(&lane), shipments: &[shipment], ..SubjectView::default() };
        assert_eq!(order(&advise_by("lane", &hit, &view)), want, "{shipment:?}");
    };
    check(
        &shipment(40.0, 70.0, "planned"),
        &["dispatch-early", "hold-shipment", "call-carrier", "order-ahead", "divert", "priority-delivery"],
    );
    check(&shipment(10.0, 40.0, "planned"), &["order-ahead"]);
    check(&shipment(80.0, 110.0, "planned"), &["order-ahead"]);
    check(&shipment(40.0, 70.0, "Cancelled"), &["order-ahead"]);
}

#[test]
fn every_mistake_of_a_playbook_is_named() {
    let mut files = RuleFiles::shipped();
    let text = "subject = 'site'\n[[action]]\nid = 'run'\nwho = 'nobody'\nlead_h = 'site.handling_h'\navoids = 1\n\
        refused_when = 'event.warned'\n[[action]]\nid = 'hide'\nwho = 'dealer'\nlead_h = 1\navoid = 1\n";
    files.0.insert("playbooks/flee.toml".to_owned(), text.to_owned());
    let faults = Playbooks::check(&files).expect_err("faults");
    let told: Vec<String> = faults.iter().map(|(path, fault)| fault.in_file(path)).collect();
    let want = [
        "error: playbooks/flee.toml:2:1: a refusal has two parts (in `action[1]`)\nhint: give both `refused_when` and `refused_because`, or neither",
        "error: playbooks/flee.toml:4:7: unknown word `nobody` (in `action[1].who`)\nhint: it can be dealer, account-manager, regional-manager, logistics, management",
        "error: playbooks/flee.toml:5:11: `site.handling_h` can be unknown, and nothing asks for it (in `action[1].lead_h`)\nhint: write `has(site.handling_h) && …`",
        "error: playbooks/flee.toml:8:1: `action[2].avoids` is missing\nhint: add `avoids = …`",
        "error: playbooks/flee.toml:12:1: unknown key `action[2].avoid`\nhint: did you mean `avoids`?",
    ];
    assert_eq!(told, want);
}

#[test]
fn the_road_and_the_wind_at_its_end_count() {
    let site = taizhou();
    let gale = exposure(60.0, Some(84_000));
    let check = |danger_h: Option<f64>, want: &str| {
        let shelter = Shelter {
            site: SiteId::new("TZ-02"),
            is_named: true,
            has_room: None,
            km: 40.0,
            danger_from: danger_h.map(|h| now() + hours(h)),
            p_34kt: 0.3,
        };
        let view = SubjectView { site: Some(&site), shelter: Some(&shelter), ..SubjectView::default() };
        let advice = advise_by("warehouse", &gale, &view);
        let moving = action(&advice, "move-stock");
        assert!((moving.travel_h - 1.3).abs() < 1e-9);
        assert_eq!(moving.act_by, Some(want.parse().expect("time")), "{danger_h:?}");
        assert_eq!(advice.shelter, Some(shelter));
    };
    // 60 h less 14 h, 2 h and 1.3 h on the road (40 km by 1.3, at 40 km/h) is 42.7 h: 18:42, given as 18:40.
    check(None, "2004-08-11T18:40:00Z");
    check(Some(70.0), "2004-08-11T18:40:00Z");
    // Gales at the shelter after 50 h already.
    check(Some(50.0), "2004-08-11T08:40:00Z");
}

#[test]
fn past_working_hours_the_night_is_left() {
    let hours_of_day =
        |from: i8, to: i8| (jiff::civil::Time::constant(from, 0, 0, 0), jiff::civil::Time::constant(to, 0, 0, 0));
    let work = crate::domain::WorkTime { hours: Some(hours_of_day(8, 20)), ..crate::domain::WorkTime::default() };
    let site = Site { work: Some(Box::new(work)), ..taizhou() };
    // It is midnight UTC, and the dealer keeps UTC. Gales in 18 h: over by 16:00, 8 h of the 14 are left.
    let got = advice(&exposure(18.0, Some(84_000)), &site);
    let moving = action(&got, "move-stock");
    assert_eq!(moving.feasibility, Feasibility::Overtime);
    assert_eq!(moving.act_by, Some("2004-08-09T14:00:00Z".parse().expect("time")));
    assert_eq!(moving.last_call, Some("2004-08-10T02:00:00Z".parse().expect("time")));
    assert_eq!(order(&got).first(), Some(&"move-stock"), "a stock saved by night is saved");
    assert_eq!(got.act_by, action(&got, "raise-stock").act_by);
    // Gales in 15 h: too late by night too, 5 h are left for the dearest goods.
    let got = advice(&exposure(15.0, Some(84_000)), &site);
    let moving = action(&got, "move-stock");
    assert_eq!((&moving.feasibility, moving.hours_left), (&Feasibility::TooLate, Some(5.0)));
}
