//! Ships, trains and lorries on the day before Rananim's landfall.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::storms::Storms;
use super::*;
use crate::domain::{
    Averaging, ByThreshold, Choice, ChoiceKind, Currency, DealerId, Delay, Fix, Freight, Instants, Km, Lane, LaneId,
    Meeting, ModeParams, Money, NMI_KM, Position, RankedBy, Shipment, Span, StockLine, Technique, Track, TrackErrorRow,
    Why, WindRadii, hours,
};
use crate::geo;
use crate::storm::ensemble::{Forecast, Physics};

fn at(lat: f64, lon: f64) -> Position {
    Position::lat_lon(lat, lon).expect("a position")
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn cny(amount: i64) -> Money {
    Money::new(amount.into(), Currency::parse("CNY").expect("a code"))
}

fn twd(amount: i64) -> Money {
    Money::new(amount.into(), Currency::parse("TWD").expect("a code"))
}

const NOW: &str = "2004-08-11T18:00:00Z";

/// JTWC's best track (1-minute winds; the radius of 34 kt the mean of its quadrants, in nautical miles) as a forecast.
fn rananim() -> Track {
    let fix = |tau_h: i32, lat, lon, vmax_kt, gale_nmi: f64| {
        let km = gale_nmi * NMI_KM;
        let radii = vec![WindRadii { kt: 34, ne_km: km, se_km: km, sw_km: km, nw_km: km }];
        let when = time(NOW) + Span::from_hours(i64::from(tau_h));
        Fix { vmax_kt: Some(vmax_kt), radii, ..Fix::at(when, tau_h, at(lat, lon)) }
    };
    let fixes = vec![
        fix(0, 25.3, 124.3, 90.0, 100.0),
        fix(6, 26.4, 123.8, 90.0, 105.0),
        fix(12, 27.3, 122.6, 90.0, 110.0),
        fix(18, 28.0, 121.3, 85.0, 90.0),
        fix(24, 28.4, 120.1, 70.0, 50.0),
        fix(30, 28.5, 118.9, 60.0, 50.0),
    ];
    let (agency, technique) = ("jtwc".to_owned(), "JTWC".to_owned());
    Track { agency, technique, standing: Technique::Official, averaging: Averaging::OneMinute, fixes }
}

fn ahead(track: &Track) -> (Path, Ensemble) {
    let path = Path::new(track).expect("a path");
    let errors = TrackErrorRow {
        agency: "any".to_owned(),
        basin: "wp".to_owned(),
        from_year: 2014,
        to_year: 2018,
        mean_error_km: vec![(0.0, 44.0), (24.0, 85.0), (48.0, 144.0)],
        mean_wind_error_kt: Vec::new(),
    };
    let forecast = Forecast { track, path: &path, errors: &errors };
    let possible = Ensemble::new(&[forecast], &[], time(NOW), &Physics::default()).expect("members");
    (path, possible)
}

/// The numbers of `rules/transport.toml` that the examples of `docs/decisions.md` use.
fn params() -> TransportParams {
    let mode = |limit_kt, tail_h, speed_kmh, switch_lead_h| ModeParams {
        limit_kt,
        tail_h,
        speed_kmh,
        switch_lead_h,
        season_lead_days: 7.0,
        is_afloat: limit_kt == 34,
    };
    let modes =
        [("sea", mode(34, 12.0, 20.0, 24.0)), ("rail", mode(50, 8.0, 30.0, 12.0)), ("road", mode(50, 4.0, 45.0, 6.0))];
    TransportParams {
        modes: modes.map(|(name, mode)| (name.to_owned(), mode)).into(),
        margins_km: vec![(24.0, 185.2), (48.0, 370.4), (72.0, 555.6)],
        queue_h_per_closed_h: 0.5,
        danger_p: 0.05,
        hold_step_h: 3.0,
        try_step_h: 12.0,
        wait_h_max: 96.0,
        early_lead_h: 6.0,
        early_h_max: 48.0,
        lane_h: 72.0,
        loss_share: ByThreshold { gale: 0.002, storm: 0.01, typhoon: 0.05 },
        safety_days: 2.0,
    }
}

fn lane(id: &str, mode: &str, transit_h: f64, cost: Option<Money>, alternates: &[&str]) -> Lane {
    let by_sea = [(31.25, 121.75), (30.2, 123.0), (28.8, 122.6), (27.5, 121.8), (25.6, 120.1), (24.42, 118.07)];
    let by_land = [(31.25, 121.45), (30.25, 120.2), (28.95, 118.87), (28.25, 117.05), (25.9, 117.65), (24.47, 118.11)];
    let course = if mode == "sea" { by_sea } else { by_land };
    Lane {
        id: LaneId::new(id),
        mode: mode.to_owned(),
        origin: "CNSHA".to_owned(),
        destination: "CNXMN".to_owned(),
        transit_h: (transit_h > 0.0).then_some(transit_h),
        cost,
        alternates: alternates.iter().map(|id| LaneId::new(*id)).collect(),
        course: course.map(|(lat, lon)| at(lat, lon)).to_vec(),
    }
}

fn shipment(id: &str, etd_h: f64, eta_h: f64) -> Shipment {
    let on = |h: f64| Some(time(NOW) + hours(h));
    Shipment {
        id: crate::domain::ShipmentId::new(id),
        lane: LaneId::new("SEA"),
        dealer: DealerId::new("D-SEA"),
        etd: on(etd_h),
        eta: on(eta_h),
        value: Some(cny(240_000)),
        required_by: on(eta_h + 12.0),
        status: "planned".to_owned(),
    }
}

/// Lanes by sea, rail and road between Shanghai and Xiamen, and one shipment by sea.
fn portfolio(shipments: &[Shipment]) -> Portfolio {
    let lanes = [
        lane("SEA", "sea", 48.0, Some(cny(2600)), &["RAIL", "ROAD", "SEA"]),
        lane("RAIL", "rail", 60.0, Some(cny(5200)), &[]),
        lane("ROAD", "road", 28.0, Some(cny(9000)), &["RAIL"]),
    ];
    let fans = StockLine {
        dealer: DealerId::new("D-SEA"),
        sku: "FAN-40".to_owned(),
        on_hand: 90.into(),
        daily_sales: 90.into(),
        on_order: 1200.into(),
        trend_pct_month: None,
        unit_value: Some((85.into(), Currency::parse("CNY").expect("a code"))),
    };
    Portfolio {
        lanes: lanes.map(|lane| (lane.id.clone(), lane)).into(),
        shipments: shipments.iter().map(|shipment| (shipment.id.clone(), shipment.clone())).collect(),
        stock: vec![fans],
        ..Portfolio::default()
    }
}

fn looked_at(portfolio: &Portfolio) -> Outlook {
    let track = rananim();
    let (path, possible) = ahead(&track);
    outlook_with_lanes(portfolio, &params(), &[Threat { path: &path, possible: &possible }], time(NOW))
}

fn ranking_of<'a>(outlook: &'a Outlook, id: &str) -> Option<&'a Ranking> {
    let is = |ranking: &&Ranking| matches!(&ranking.subject, Freight::Shipment(own) if own.as_str() == id);
    outlook.rankings.iter().find(is)
}

/// The same lane, ten days apart: lines cross both times, the ship meets the storm once.
#[test]
fn a_ship_is_in_danger_when_the_storm_is_where_it_is() {
    let outlook = looked_at(&portfolio(&[shipment("IN", 2.0, 50.0), shipment("AFTER", 240.0, 300.0)]));
    let danger = ranking_of(&outlook, "IN").expect("in danger").keep().expect("kept").clone();
    assert!(danger.meeting.p_limit > 0.6 && danger.meeting.gale_h > 2.0, "{:?}", danger.meeting);
    assert!(danger.meeting.danger_123.is_some_and(|stay| stay.first >= time(NOW) + Span::from_hours(6)));
    assert!(danger.delay.p10_h <= danger.delay.p50_h && danger.delay.p50_h <= danger.delay.p90_h);
    assert!(danger.delay.p90_h >= 12.0 && danger.delay.p90_h <= 48.0, "{:?}", danger.delay);
    assert!(ranking_of(&outlook, "AFTER").is_none(), "{:#?}", ranking_of(&outlook, "AFTER"));
}

#[test]
fn alternates_are_ranked_with_reasons() {
    let outlook = looked_at(&portfolio(&[shipment("IN", 2.0, 50.0)]));
    let ranking = ranking_of(&outlook, "IN").expect("in danger");
    assert_eq!(ranking.ranked_by, RankedBy::Cost);
    let kinds: Vec<&str> = ranking.choices.iter().map(|choice| kind(choice)).collect();
    // The lane itself among its alternates is none; there is no time to go early.
    let mut sorted = kinds.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["keep", "mode", "mode", "wait"], "{kinds:?}");
    let best = ranking.best().expect("a best");
    // 90 fans a day at 85 are 7,650 a day: the day that a lorry saves pays for it. The train comes too late.
    assert_eq!(
        best.kind,
        ChoiceKind::Mode { lane: LaneId::new("ROAD"), mode: "road".to_owned() },
        "{:#?}",
        ranking.choices
    );
    assert_eq!(best.added_cost, Some(cny(6400)));
    let keep = ranking.keep().expect("kept");
    assert!(best.total.expect("known").amount < keep.total.expect("known").amount);
    let whys = |choice: &Choice| choice.reasons.iter().map(why).collect::<Vec<_>>();
    assert!(whys(keep).contains(&"meets-wind") && whys(keep).contains(&"runs-out"), "{:?}", keep.reasons);
    assert!(whys(best).contains(&"clear") && whys(best).contains(&"in-time"), "{:?}", best.reasons);
    for choice in &ranking.choices {
        let parts = [choice.added_cost, choice.stock_out, choice.transit_loss].into_iter().flatten();
        let sum: Decimal = parts.map(|part| part.amount).sum();
        assert_eq!(choice.total.map(|total| total.amount), Some(sum), "{choice:#?}");
    }
    assert_eq!(ranking.way.len(), 49);
}

fn kind(choice: &Choice) -> &'static str {
    match choice.kind {
        ChoiceKind::Keep => "keep",
        ChoiceKind::Wait { .. } => "wait",
        ChoiceKind::Early { .. } => "early",
        ChoiceKind::Lane { .. } => "lane",
        ChoiceKind::Mode { .. } => "mode",
        ChoiceKind::Port { .. } => "port",
    }
}

fn why(why: &Why) -> &'static str {
    match why {
        Why::MeetsWind { .. } => "meets-wind",
        Why::RunsOut { .. } => "runs-out",
        Why::Clear => "clear",
        Why::InTime { .. } => "in-time",
        Why::UnderWay => "under-way",
        Why::SeveralCurrencies { .. } => "several-currencies",
        Why::StockOutUnknown => "stock-out-unknown",
        Why::HoldingCostUnknown => "holding-cost-unknown",
        Why::TransitAssumed { .. } => "transit-assumed",
        Why::FeederUnknown { .. } => "feeder-unknown",
        _ => "other",
    }
}

fn has(outlook: &Outlook, wanted: &str) -> bool {
    outlook.rankings.iter().flat_map(|ranking| &ranking.choices).flat_map(|c| &c.reasons).any(|w| why(w) == wanted)
}

/// What has left can wait where it is, and take no other lane.
#[test]
fn under_way_only_waiting_is_left() {
    let outlook = looked_at(&portfolio(&[shipment("ON-BOARD", -6.0, 42.0)]));
    let ranking = ranking_of(&outlook, "ON-BOARD").expect("in danger");
    let kinds: Vec<&str> = ranking.choices.iter().map(kind).collect();
    assert!(kinds.iter().all(|kind| ["keep", "wait"].contains(kind)), "{kinds:?}");
    assert!(has(&outlook, "under-way"));
    let first = ranking.way.first().expect("somewhere");
    assert_eq!(first.at, time(NOW));
    assert!(geo::distance(first.position, at(31.25, 121.75)) > Km(90.0), "{first:?}");
}

#[test]
fn what_is_long_over_or_has_no_time() {
    let mut odd = [shipment("A", -100.0, -40.0), shipment("B", 6.0, 66.0), shipment("C", 6.0, 66.0)];
    (odd[1].etd, odd[1].eta) = (None, None);
    odd[2].status = "arrived".to_owned();
    let outlook = looked_at(&portfolio(&odd));
    assert!(outlook.rankings.iter().all(|ranking| matches!(ranking.subject, Freight::Lane(_))));
    assert_eq!(outlook.untimed, [crate::domain::ShipmentId::new("B")]);
    assert_eq!(outlook.orders, []);
}

/// One time alone is enough; and a lane that does not say how long it takes has a usual speed.
#[test]
fn missing_times_are_reckoned() {
    let mut shipments = [shipment("A", 6.0, 66.0)];
    shipments[0].eta = None;
    let mut portfolio = portfolio(&shipments);
    let given = looked_at(&portfolio);
    assert_eq!(ranking_of(&given, "A").expect("in danger").keep().expect("kept").eta, time(NOW) + Span::from_hours(54));
    portfolio.lanes.values_mut().for_each(|lane| lane.transit_h = None);
    let assumed = looked_at(&portfolio);
    assert!(has(&assumed, "transit-assumed"));
    // 1,006 km at 20 km/h.
    let keep = ranking_of(&assumed, "A").expect("in danger").keep().expect("kept").clone();
    let transit_h = crate::domain::hours_between(keep.etd, keep.eta);
    assert!((44.0..52.0).contains(&transit_h), "{transit_h}");
}

#[test]
fn several_currencies_are_said_and_not_summed() {
    let mut portfolio = portfolio(&[shipment("IN", 2.0, 50.0)]);
    for lane in portfolio.lanes.values_mut() {
        lane.cost = lane.cost.map(|cost| twd(4 * i64::try_from(cost.amount.mantissa()).expect("small")));
    }
    let outlook = looked_at(&portfolio);
    let ranking = ranking_of(&outlook, "IN").expect("in danger");
    assert_eq!(ranking.ranked_by, RankedBy::Lateness);
    assert!(has(&outlook, "several-currencies"));
    let road = ranking.choices.iter().find(|choice| choice.lane.as_str() == "ROAD").expect("by road");
    assert_eq!((road.added_cost, road.total), (Some(twd(25_600)), None));
    // Nothing is lost on the road, so only staying mixes; by lateness and exposure the road is best all the same.
    assert_eq!(ranking.best().map(|best| best.lane.as_str()), Some("ROAD"));
    portfolio.stock.clear();
    assert!(has(&looked_at(&portfolio), "stock-out-unknown"));
}

#[test]
fn another_port_needs_a_way_to_it() {
    let mut portfolio = portfolio(&[shipment("IN", 2.0, 50.0)]);
    for lane in portfolio.lanes.values_mut().filter(|lane| lane.id.as_str() == "ROAD") {
        (lane.mode, lane.destination) = ("sea".to_owned(), "CNFOC".to_owned());
    }
    let outlook = looked_at(&portfolio);
    let choices = &ranking_of(&outlook, "IN").expect("in danger").choices;
    let kind = choices.iter().find(|choice| choice.lane.as_str() == "ROAD").map(|choice| choice.kind.clone());
    assert_eq!(kind, Some(ChoiceKind::Port { lane: LaneId::new("ROAD"), port: "CNFOC".to_owned() }));
    assert!(has(&outlook, "feeder-unknown"));
}

#[test]
fn lanes_without_a_shipment_are_ranked_too() {
    let outlook = looked_at(&portfolio(&[]));
    // By land too: the storm comes ashore and over Quzhou with more than 50 kt.
    let sea = outlook.rankings.iter().find(|ranking| ranking.lane.as_str() == "SEA").expect("in danger");
    assert_eq!((sea.subject.clone(), sea.ranked_by), (Freight::Lane(LaneId::new("SEA")), RankedBy::Lateness));
    assert!(sea.best().is_some_and(|best| best.meeting.p_limit < 0.05), "{:#?}", sea.choices);
}

/// The ship waits for the storm to pass; the dealer has a day of fans, and 1,200 are on that ship.
#[test]
fn what_may_come_late_is_ordered_ahead() {
    let outlook = looked_at(&portfolio(&[shipment("IN", 2.0, 50.0)]));
    let order = outlook.orders.first().expect("an order");
    assert_eq!((order.dealer.as_str(), order.shipments.len()), ("D-SEA", 1));
    let keep = ranking_of(&outlook, "IN").expect("in danger").keep().expect("kept");
    assert_eq!(order.outage_until, keep.arrival.p90);
    let fans = &order.lines[0];
    let days = crate::domain::hours_between(time(NOW), order.outage_until) / 24.0;
    let want = (90.0 * (days + 2.0) - 90.0 - 0.001).ceil();
    assert_eq!(fans.quantity.to_string(), format!("{want}"));
    assert_eq!(order.values, [Money::new(fans.quantity * Decimal::from(85), cny(0).currency)]);
    assert_eq!(fans.days_of_cover, Some(1.0));
}

#[test]
fn ports_close_and_open_again() {
    let mut portfolio = portfolio(&[]);
    let mut taizhou = lane("TZ", "sea", 30.0, None, &[]);
    (taizhou.destination, taizhou.course) = ("CNTZO".to_owned(), vec![at(31.25, 121.75), at(28.68, 121.55)]);
    portfolio.lanes.insert(taizhou.id.clone(), taizhou);
    let outlook = looked_at(&portfolio);
    let port = outlook.closures.iter().find(|closure| closure.port == "CNTZO").expect("it closes");
    assert!(port.p > 0.9 && port.mode == "sea" && port.limit_kt == 34, "{port:?}");
    // Gale from about 04 to 17 UTC of the 12th, and twelve hours of tail.
    assert!(port.from.p50 > time("2004-08-12T00:00:00Z") && port.from.p50 < time("2004-08-12T08:00:00Z"), "{port:?}");
    assert!(port.until.p50 > time("2004-08-13T00:00:00Z") && port.until.p50 < time("2004-08-13T12:00:00Z"), "{port:?}");
    assert!(port.queue_until.p50 > port.until.p50 && port.from.p10 <= port.from.p90, "{port:?}");
    assert!(outlook.closures.iter().all(|closure| closure.p >= 0.05));
}

/// The table of `docs/decisions.md`: a storm whose 34-kt winds reach 100 nmi, a ship due north of it.
#[test]
fn the_danger_area_grows_by_one_two_three_hundred_miles() {
    let mut track = rananim();
    let radius = 100.0 * NMI_KM;
    track.fixes = (0..=4_i32)
        .map(|day| 24 * day)
        .map(|tau_h| {
            let radii = vec![WindRadii { kt: 34, ne_km: radius, se_km: radius, sw_km: radius, nw_km: radius }];
            Fix {
                vmax_kt: Some(70.0),
                radii,
                ..Fix::at(time(NOW) + Span::from_hours(tau_h.into()), tau_h, at(20.0, 135.0))
            }
        })
        .collect();
    let (path, possible) = ahead(&track);
    let threats = [Threat { path: &path, possible: &possible }];
    let storms = Storms::new(&threats, time(NOW)).expect("a storm");
    for (lead_h, nmi) in
        [(0.0, 100.0), (12.0, 150.0), (24.0, 200.0), (36.0, 250.0), (48.0, 300.0), (72.0, 400.0), (90.0, 400.0)]
    {
        for (beyond_nmi, want) in [(-1.0, true), (1.0, false)] {
            let place = geo::destination(at(20.0, 135.0), 0.0, Km((nmi + beyond_nmi) * NMI_KM));
            let way = [(time(NOW) + hours(lead_h), place)];
            let afloat = storms.meeting(&way, &[], &params().mode("sea"), &params());
            assert_eq!(afloat.danger_123.is_some(), want, "{lead_h} h, {nmi} {beyond_nmi:+} nmi");
            assert_eq!(storms.meeting(&way, &[], &params().mode("rail"), &params()).danger_123, None);
        }
    }
}

#[test]
fn without_a_storm_there_is_nothing_to_say() {
    let portfolio = portfolio(&[shipment("IN", 2.0, 50.0)]);
    assert_eq!(outlook(&portfolio, &params(), &[], time(NOW)), Outlook::default());
}

#[test]
fn the_same_input_gives_the_same() {
    let portfolio = portfolio(&[shipment("IN", 2.0, 50.0), shipment("ON-BOARD", -6.0, 42.0)]);
    assert_eq!(looked_at(&portfolio), looked_at(&portfolio));
}

/// A choice with these numbers: added cost, stock-out, hours to the arrival at half and between it and nine in ten, chance
/// of the limit.
fn choice(number: usize, (added, out, p50_h, more_h, p): (Option<i64>, Option<i64>, f64, f64, f64)) -> Choice {
    let on = |h: f64| time(NOW) + hours(h);
    let total = added.zip(out).map(|(added, out)| cny(added + out));
    Choice {
        kind: ChoiceKind::Lane { lane: LaneId::new(format!("L{number}")) },
        lane: LaneId::new("L"),
        mode: "sea".to_owned(),
        etd: time(NOW),
        eta: on(p50_h),
        arrival: Instants { p10: on(p50_h), p50: on(p50_h), p90: on(p50_h + more_h) },
        delay: Delay::default(),
        p_late: None,
        late_h_mean: p50_h,
        meeting: Meeting { p_limit: p, ..Meeting::default() },
        added_cost: added.map(cny),
        stock_out: out.map(cny),
        transit_loss: None,
        total,
        reasons: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Even where running out costs what no arrival explains, and where costs are not known.
    #[test]
    fn a_dearer_slower_and_more_exposed_choice_is_never_first(
        numbers in proptest::collection::vec(
            (
                proptest::option::weighted(0.9, -5_000_i64..20_000),
                proptest::option::weighted(0.95, 0_i64..50_000),
                0.0..200.0_f64,
                0.0..50.0_f64,
                0.0..1.0_f64,
            ),
            1..8,
        ),
        turn in 0_usize..8,
    ) {
        let mut choices: Vec<Choice> = numbers.iter().enumerate().map(|(at, n)| choice(at, *n)).collect();
        let mut turned = choices.clone();
        turned.rotate_left(turn % numbers.len());
        rank(&mut choices);
        rank(&mut turned);
        prop_assert_eq!(&choices, &turned, "the order given does not count");
        prop_assert_eq!(choices.len(), numbers.len());
        let first = &choices[0];
        for other in &choices[1..] {
            let is_dearer = first.added_cost.zip(other.added_cost).is_some_and(|(a, b)| a.amount > b.amount);
            let is_slower = first.arrival.p50 > other.arrival.p50 && first.arrival.p90 > other.arrival.p90;
            let is_exposed = first.meeting.p_limit > other.meeting.p_limit;
            prop_assert!(!(is_dearer && is_slower && is_exposed), "{first:#?}\n{other:#?}");
        }
    }
}
