//! A small world for the tests of this room: two sites, a lane, a warning, and the people around them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::Texts;
use super::speaker::Speaker;
use crate::domain::*;

mod alerts;
mod world;

pub(super) use world::World;

/// The files that words are made from, as shipped.
pub(super) fn files() -> BTreeMap<String, String> {
    crate::rules::RuleFiles::shipped().texts()
}

pub(super) fn texts() -> Texts {
    Texts::parse(&files()).unwrap_or_else(|faults| panic!("{}", told(&faults)))
}

pub(super) fn told(faults: &[(String, Fault)]) -> String {
    faults.iter().map(|(file, fault)| fault.in_file(file)).collect::<Vec<_>>().join("\n")
}

pub(super) fn with_speaker(language: Language, check: impl FnOnce(&Speaker<'_>)) {
    let (texts, faults) = (texts(), RefCell::new(Vec::new()));
    check(&Speaker::new(&texts, language, &faults));
    assert_eq!(faults.into_inner(), Vec::new());
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn cny(amount: i64) -> Money {
    Money::new(amount.into(), Currency::parse("CNY").unwrap())
}

fn person(id: &str, name: &str, role: Role, language: Language) -> Person {
    Person {
        id: PersonId::new(id),
        name: name.to_owned(),
        email: format!("{id}@example.com"),
        role,
        reports_to: None,
        language,
        time_zone: "Asia/Shanghai".to_owned(),
        quiet: None,
        visit: None,
        digest: None,
        channels: Vec::new(),
        deputy: None,
        away: Vec::new(),
        dealer: None,
    }
}

fn site(id: &str, dealer: &str, name: &str, (lat, lon): (f64, f64), stock: i64) -> Site {
    Site {
        id: SiteId::new(id),
        dealer: DealerId::new(dealer),
        name: name.into(),
        kind: SiteKind::Warehouse,
        position: Position::lat_lon(lat, lon).unwrap(),
        coast_m: Some(40.0),
        elevation_m: Some(3.0),
        stock: Some(cny(stock)),
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

fn portfolio(language: Language) -> Portfolio {
    let own = |english: &str, chinese: &str| if language == Language::Chinese { chinese } else { english }.to_owned();
    let mut portfolio = Portfolio::default();
    for person in [
        person("li", &own("Li Wei", "李伟"), Role::AccountManager, Language::English),
        person("chen", &own("Chen Jing", "陈静"), Role::RegionalManager, Language::English),
        person("log", &own("Sun Yue", "孙悦"), Role::Logistics, Language::English),
    ] {
        portfolio.people.insert(person.id.clone(), person);
    }
    let mut depot =
        site("TZ-01", "D-MA", &own("Jiaojiang Seawall Warehouse", "椒江海堤仓库"), (28.66, 121.45), 600_000);
    depot.shelter_site = Some(SiteId::new("TZ-09"));
    let mut shop = site("LH-02", "D-QI", &own("Linhai Shop", "临海门店"), (28.85, 121.12), 180_000);
    (shop.coast_m, shop.elevation_m, shop.insured) = (Some(21_000.0), Some(12.0), Insured::No);
    shop.kind = SiteKind::Shop;
    for site in [depot, shop, site("TZ-09", "D-MA", &own("Xianju Depot", "仙居仓库"), (28.85, 120.73), 0)] {
        portfolio.sites.insert(site.id.clone(), site);
    }
    for (id, name, language) in [
        ("D-MA", &own("Ma Appliances", "马氏电器"), Language::Chinese),
        ("D-QI", &own("Qi & Sons", "Qi & Sons"), Language::English),
    ] {
        let id = DealerId::new(id);
        let (manager, time_zone) = (PersonId::new("li"), "Asia/Shanghai".to_owned());
        let dealer =
            Dealer { id: id.clone(), name: name.to_owned(), tier: "A".to_owned(), manager, language, time_zone };
        portfolio.dealers.insert(id, dealer);
    }
    lanes(&mut portfolio, &own);
    portfolio
}

fn lanes(portfolio: &mut Portfolio, own: &dyn Fn(&str, &str) -> String) {
    let lane = Lane {
        id: LaneId::new("L-07"),
        mode: "sea".to_owned(),
        origin: own("Qingdao", "青岛"),
        destination: own("Taizhou", "台州"),
        transit_h: Some(60.0),
        cost: Some(cny(4_000)),
        alternates: Vec::new(),
        course: Vec::new(),
    };
    portfolio.lanes.insert(lane.id.clone(), lane);
    for (id, etd, eta) in [
        ("S-101", "2004-08-10T12:00:00Z", "2004-08-13T00:00:00Z"),
        ("S-102", "2004-08-12T00:00:00Z", "2004-08-14T12:00:00Z"),
    ] {
        let shipment = Shipment {
            id: ShipmentId::new(id),
            lane: LaneId::new("L-07"),
            dealer: DealerId::new("D-MA"),
            etd: Some(at(etd)),
            eta: Some(at(eta)),
            value: Some(cny(320_000)),
            required_by: None,
            status: "planned".to_owned(),
        };
        portfolio.shipments.insert(shipment.id.clone(), shipment);
    }
}

fn storm_hazard() -> Hazard {
    let fix = |time: &str, tau: i32, (lat, lon): (f64, f64), kt: f64, km: f64| Fix {
        vmax_kt: Some(kt),
        radii: vec![WindRadii { kt: 34, ne_km: km, se_km: km, sw_km: km * 0.7, nw_km: km * 0.8 }],
        ..Fix::at(at(time), tau, Position::lat_lon(lat, lon).unwrap())
    };
    let track = Track {
        agency: "jtwc".to_owned(),
        technique: "JTWC".to_owned(),
        standing: Technique::Official,
        averaging: Averaging::OneMinute,
        fixes: vec![
            fix("2004-08-10T06:00:00Z", -6, (22.2, 127.0), 75.0, 190.0),
            fix("2004-08-10T12:00:00Z", 0, (23.0, 126.5), 85.0, 200.0),
            fix("2004-08-11T00:00:00Z", 12, (24.7, 125.2), 90.0, 220.0),
            fix("2004-08-11T12:00:00Z", 24, (26.3, 123.6), 90.0, 230.0),
            fix("2004-08-12T12:00:00Z", 48, (28.5, 121.2), 80.0, 220.0),
            fix("2004-08-13T12:00:00Z", 72, (29.6, 117.0), 40.0, 120.0),
        ],
    };
    let mut hazard = hazard("h-storm", HazardKind::TropicalCyclone, "jtwc", "2004-08-10T12:00:00Z");
    (hazard.name, hazard.track) = (Some("RANANIM".to_owned()), Some(track));
    hazard
}

fn hazard(id: &str, kind: HazardKind, source: &str, issued: &str) -> Hazard {
    Hazard {
        issued: Some(at(issued)),
        onset: Some(at("2004-08-11T22:00:00Z")),
        expires: Some(at("2004-08-12T22:00:00Z")),
        severity: Severity::Severe,
        urgency: Urgency::Expected,
        certainty: Certainty::Likely,
        ..Hazard::new(HazardId::new(id), source, "cap", &DocumentHash::of(b"x"), id, kind)
    }
}

fn warning_hazard() -> Hazard {
    let mut hazard = hazard("h-rain", HazardKind::Flood, "nmc", "2004-08-10T13:10:00Z");
    let text = |lang: &str, event: &str, headline: &str, instruction: &str| HazardText {
        lang: lang.to_owned(),
        event: event.to_owned(),
        headline: Some(headline.to_owned()),
        description: None,
        instruction: Some(instruction.to_owned()),
    };
    hazard.texts = vec![
        text("zh-CN", "暴雨橙色预警", "台州市发布暴雨橙色预警。", "转移低洼处的货物和人员。"),
        text(
            "en",
            "Orange rainstorm warning",
            "Rainstorm warning for Taizhou.",
            "Move goods and people out of low places.",
        ),
    ];
    hazard
}

fn event(id: &str, kind: HazardKind, name: &str, hazard: &str) -> Event {
    Event {
        id: EventId::new(id),
        kind,
        name: Some(name.to_owned()),
        keys: BTreeSet::new(),
        hazards: BTreeSet::from([HazardId::new(hazard)]),
        first_heard: at("2004-08-09T00:00:00Z"),
        names: std::collections::BTreeSet::new(),
        merged_into: None,
        last_heard: at("2004-08-10T13:00:00Z"),
        issued: None,
        over: None,
    }
}

fn action(id: &str, who: &str, act_by: Option<&str>, lead_h: f64, cost: i64, saved: i64) -> AdvisedAction {
    AdvisedAction {
        action: id.to_owned(),
        who: who.to_owned(),
        act_by: act_by.map(at),
        lead_h,
        cost: Some(cny(cost)),
        loss_avoided: Some(cny(saved)),
        break_even_p: (cost > 0).then_some(0.0167),
        is_worth: saved > cost || cost == 0,
        feasibility: Feasibility::InTime,
        travel_h: 0.0,
        last_call: None,
        hours_left: None,
        act_or_wait: None,
    }
}

fn exposure(event: &str, kind: HazardKind, hazard: &str, subject: Subject) -> Exposure {
    Exposure {
        event: EventId::new(event),
        hazard: HazardId::new(hazard),
        kind,
        subject,
        at: at("2004-08-10T14:00:00Z"),
        issued: Some(at("2004-08-10T12:00:00Z")),
        inside: false,
        onset: Some(at("2004-08-11T22:00:00Z")),
        expires: Some(at("2004-08-12T22:00:00Z")),
        severity: Severity::Severe,
        closest_km: None,
        closest_at: None,
        peak_kt: None,
        peak_at: None,
        peak_dir_deg: None,
        arrival: None,
        probability: None,
        surge: Surge::default(),
        loss: None,
        basis: BTreeMap::new(),
        agencies: Vec::new(),
    }
}

fn alert(id: &str, rule: &str, level: Level, exposure: Exposure, actions: Vec<AdvisedAction>) -> Alert {
    let act_by = actions.iter().find_map(|action| action.act_by);
    Alert {
        id: AlertId::new(id),
        rule: RuleId::new(rule),
        event: exposure.event.clone(),
        subject: exposure.subject.clone(),
        level,
        state: AlertState::Open,
        opened_at: at("2004-08-10T14:00:00Z"),
        exposure,
        advice: Advice { actions, act_by, ..Advice::default() },
        lower_in_a_row: 0,
        counted: None,
        told: BTreeMap::new(),
        history: Vec::new(),
        moved_to: None,
        weighed: None,
    }
}

fn subject(kind: SubjectKind, id: &str, dealer: Option<&str>) -> Subject {
    Subject { kind, id: id.to_owned(), dealer: dealer.map(DealerId::new) }
}

fn gale(first: &str, early: &str, last: &str) -> Arrival {
    Arrival { first: Some(at(first)), early: Some(at(early)), likely: None, late: None, last: Some(at(last)) }
}
