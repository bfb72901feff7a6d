//! Hazards against the portfolio.

use proptest::prelude::*;

use super::*;
use crate::domain::*;

fn h(hours: i64) -> Timestamp {
    let start: Timestamp = "2004-08-08T00:00:00Z".parse().expect("a time");
    start + Span::from_hours(hours)
}

fn place(lat: f64, lon: f64) -> Position {
    Position::lat_lon(lat, lon).expect("a position")
}

fn site(id: &str, lat: f64, lon: f64) -> Site {
    let cny = Currency::parse("CNY").expect("a code");
    Site {
        id: SiteId::new(id),
        dealer: DealerId::new("D"),
        name: id.to_owned(),
        kind: SiteKind::Warehouse,
        position: place(lat, lon),
        coast_m: Some(40.0),
        elevation_m: Some(3.0),
        stock: Some(Money::new(600_000.into(), cny)),
        insured: Insured::No,
        handling_h: None,
        handling_cost: None,
        shelter_site: None,
        from: None,
        to: None,
        codes: Vec::new(),
    }
}

fn lane(course: &[(f64, f64)]) -> Lane {
    Lane {
        id: LaneId::new("L"),
        mode: "sea".to_owned(),
        origin: "A".to_owned(),
        destination: "B".to_owned(),
        transit_h: None,
        cost: None,
        alternates: Vec::new(),
        course: course.iter().map(|(lat, lon)| place(*lat, *lon)).collect(),
    }
}

fn portfolio(sites: Vec<Site>, lanes: Vec<Lane>) -> Portfolio {
    Portfolio {
        sites: sites.into_iter().map(|site| (site.id.clone(), site)).collect(),
        lanes: lanes.into_iter().map(|lane| (lane.id.clone(), lane)).collect(),
        ..Portfolio::default()
    }
}

/// A warning without an area.
fn warning() -> Hazard {
    Hazard {
        issued: Some(h(0)),
        expires: Some(h(24)),
        severity: Severity::Severe,
        urgency: Urgency::Expected,
        certainty: Certainty::Likely,
        ..Hazard::new(HazardId::new("w"), "test", "cap", &DocumentHash::of(b"w"), "w", HazardKind::Wind)
    }
}

fn boxed(south: f64, north: f64, west: f64, east: f64) -> Hazard {
    let corners = [(south, west), (south, east), (north, east), (north, west), (south, west)];
    let ring = corners.map(|(lat, lon)| place(lat, lon)).to_vec();
    Hazard { footprint: Footprint { polygons: vec![vec![ring]], circles: Vec::new() }, ..warning() }
}

/// A typhoon on a straight way from one place to another in 72 h; longitudes may run past 180.
fn storm(from: (f64, f64), to: (f64, f64)) -> Hazard {
    let fix = |tau_h: i32| {
        let share = f64::from(tau_h) / 72.0;
        let lon = from.1 + (to.1 - from.1) * share;
        Fix {
            time: h(i64::from(tau_h)),
            tau_h,
            position: place(from.0 + (to.0 - from.0) * share, lon),
            vmax_kt: Some(90.0),
            pmin_hpa: None,
            rmw_km: Some(40.0),
            gust_kt: None,
            circle_km: None,
            is_extratropical: false,
            radii: vec![WindRadii { kt: 34, ne_km: 220.0, se_km: 200.0, sw_km: 160.0, nw_km: 180.0 }],
        }
    };
    let track = Track {
        agency: "jtwc".to_owned(),
        technique: "JTWC".to_owned(),
        standing: Technique::Official,
        averaging: Averaging::OneMinute,
        fixes: (0..=6).map(|step| fix(step * 12)).collect(),
    };
    let (id, expires) = (HazardId::new("s"), Some(h(72)));
    Hazard { id, kind: HazardKind::TropicalCyclone, event: "wp01".to_owned(), expires, track: Some(track), ..warning() }
}

fn assessed(hazards: &[&Hazard], portfolio: &Portfolio, now: Timestamp) -> Vec<Exposure> {
    with_models(|models| assess(&EventId::new("e"), hazards, &Places::new(portfolio), models, now))
}

fn with_models<T>(task: impl FnOnce(&Models<'_>) -> T) -> T {
    let (agency, basin) = ("jtwc".to_owned(), "wp".to_owned());
    let mean_error_km = vec![(0.0, 20.0), (24.0, 150.0), (48.0, 280.0), (72.0, 420.0)];
    let errors = TrackErrors {
        rows: vec![TrackErrorRow {
            agency,
            basin,
            from_year: 1994,
            to_year: 2003,
            mean_error_km,
            mean_wind_error_kt: Vec::new(),
        }],
    };
    let damage = DamageParams {
        v_half_ms: [("WP3".to_owned(), 80.2)].into(),
        default_v_half_ms: 74.7,
        surge_coast_m: 1000.0,
        surge_elevation_m: 10.0,
        surge_share_max: 0.8,
    };
    let models = Models { errors: &errors, damage: &damage };
    task(&models)
}

fn subjects(exposures: &[Exposure]) -> Vec<&str> {
    exposures.iter().map(|exposure| exposure.subject.id.as_str()).collect()
}

#[test]
fn the_leading_track_is_official_then_analysis_then_guidance_then_newest() {
    let track = |id: &str, standing: Technique, issued: i64| {
        let mut hazard = storm((20.0, 125.0), (28.0, 121.0));
        (hazard.id, hazard.issued) = (HazardId::new(id), Some(h(issued)));
        if let Some(track) = &mut hazard.track {
            track.standing = standing;
        }
        hazard
    };
    let (old, new) = (track("old", Technique::Official, 0), track("new", Technique::Official, 6));
    let (seen, model) = (track("seen", Technique::Analysis, 12), track("model", Technique::Guidance, 18));
    for (hazards, want) in [
        (vec![&old, &new, &seen, &model], Some("new")),
        (vec![&model, &seen, &old], Some("old")),
        (vec![&model, &seen], Some("seen")),
        (vec![&model], Some("model")),
        (vec![&warning()], None),
        (vec![], None),
    ] {
        assert_eq!(leading(&hazards).map(|hazard| hazard.id.as_str()), want);
        let turned: Vec<&Hazard> = hazards.into_iter().rev().collect();
        assert_eq!(leading(&turned).map(|hazard| hazard.id.as_str()), want, "whatever the order");
    }
}

#[test]
fn a_warning_ends_when_it_says_and_a_track_a_day_after_its_last_fix() {
    let track = storm((20.0, 125.0), (28.0, 121.0));
    for (hazard, last_h) in [(&warning(), 24), (&track, 72 + 24)] {
        assert!(!is_expired(hazard, h(last_h)));
        assert!(is_expired(hazard, h(last_h) + Span::from_secs(1)));
    }
    let open_ended = Hazard { expires: None, onset: None, issued: Some(h(0)), ..warning() };
    assert!(!is_expired(&open_ended, h(48)) && is_expired(&open_ended, h(49)));
    assert!(!is_expired(&Hazard { issued: None, ..open_ended }, h(10_000)), "nothing is known of its time");
}

#[test]
fn an_aged_exposure_differs_in_the_instant_alone_and_knows_when_the_wind_blows() {
    let sites = portfolio(vec![site("TZ", 28.66, 121.45)], vec![]);
    let exposures = assessed(&[&storm((20.0, 127.0), (30.0, 119.0))], &sites, h(0));
    let exposure = exposures.first().expect("exposed");
    let gale = exposure.gale().expect("a gale");
    let (first, last) = (gale.first.expect("on the track"), gale.last.expect("on the track"));
    for hour in 0..100 {
        let aged = aged(exposure, h(hour));
        assert_eq!((aged.at, aged.inside), (h(hour), first <= h(hour) && h(hour) <= last));
        let (at, inside) = (exposure.at, exposure.inside);
        assert_eq!(Exposure { at, inside, ..aged }, *exposure);
    }
    let plain = assessed(&[&boxed(28.0, 29.0, 121.0, 122.0)], &sites, h(0));
    assert!(aged(plain.first().expect("exposed"), h(5)).inside, "a warning stays where it is");
}

#[test]
fn an_occasion_is_watched_for_its_dates() {
    let storm = storm((20.0, 127.0), (30.0, 119.0));
    for (from, to, want) in [
        (None, None, true),
        (Some(60), Some(70), true),
        (Some(95), Some(99), true),
        (Some(97), Some(99), false),
        (Some(-50), Some(-20), true),
        (Some(-50), Some(-25), false),
    ] {
        let mut party = site("P", 28.66, 121.45);
        (party.from, party.to) = (from.map(h), to.map(h));
        let exposures = assessed(&[&storm], &portfolio(vec![party], vec![]), h(0));
        assert_eq!(!exposures.is_empty(), want, "{from:?} to {to:?}");
    }
}

#[test]
fn only_actual_hazards_in_force_count() {
    let sites = portfolio(vec![site("TZ", 28.66, 121.45)], vec![]);
    let area = boxed(28.0, 29.0, 121.0, 122.0);
    assert_eq!(assessed(&[&area], &sites, h(24)).len(), 1);
    assert!(assessed(&[&area], &sites, h(25)).is_empty());
    for status in [Status::Test, Status::Exercise, Status::System, Status::Draft] {
        assert!(assessed(&[&Hazard { status, ..area.clone() }], &sites, h(0)).is_empty());
    }
}

#[test]
fn codes_match_without_a_polygon() {
    let mut coded = site("C", 28.66, 121.45);
    coded.codes = vec!["331000".to_owned(), "CN-ZJ".to_owned()];
    let sites = portfolio(vec![coded, site("N", 28.66, 121.45)], vec![]);
    for (codes, want) in [("330100 331000", true), ("CN-ZJ", true), ("3310", false), ("331000x", false), ("", false)] {
        let geocodes = [("adcode".to_owned(), codes.to_owned())].into();
        let hazard = Hazard { areas: vec![Area { name: String::new(), geocodes }], ..warning() };
        let exposures = assessed(&[&hazard], &sites, h(0));
        assert_eq!(subjects(&exposures), if want { vec!["C"] } else { vec![] }, "{codes}");
    }
}

#[test]
fn shapes_that_the_user_gives_place_a_code() {
    let mut world = portfolio(vec![site("TZ", 28.66, 121.45)], vec![lane(&[(28.5, 120.5), (28.5, 122.5)])]);
    let geocodes = [("EMMA_ID".to_owned(), "XX001 XX002".to_owned())].into();
    let hazard = Hazard { areas: vec![Area { name: String::new(), geocodes }], ..warning() };
    assert!(assessed(&[&hazard], &world, h(0)).is_empty());
    assert_eq!(unplaced(&hazard, &world), ["EMMA_ID:XX001", "EMMA_ID:XX002"], "it is said, not dropped");
    world.geocodes.add("EMMA_ID", "XX001", boxed(28.0, 29.0, 121.0, 122.0).footprint);
    assert_eq!(subjects(&assessed(&[&hazard], &world, h(0))).len(), 2);
    assert_eq!(unplaced(&hazard, &world), ["EMMA_ID:XX002"]);
    // What draws its own area is not widened by its codes.
    let drawn = Hazard { footprint: boxed(10.0, 11.0, 121.0, 122.0).footprint, ..hazard };
    assert!(assessed(&[&drawn], &world, h(0)).is_empty() && unplaced(&drawn, &world).is_empty());
}

#[test]
fn a_models_forecast_of_a_point_is_no_warning() {
    let sites = portfolio(vec![site("TZ", 28.66, 121.45)], vec![]);
    let forecast = PointForecast { position: place(28.66, 121.45), model: None, steps: Vec::new() };
    let hazard = Hazard { forecast: Some(forecast), ..boxed(28.0, 29.0, 121.0, 122.0) };
    assert!(assessed(&[&hazard], &sites, h(0)).is_empty());
}

#[test]
fn an_ensemble_tells_how_far_the_tracks_may_part() {
    let sites = portfolio(vec![site("TZ", 28.66, 121.45)], vec![]);
    let lead = storm((20.0, 130.0), (31.0, 119.0));
    let member = |number: u8, east: f64| {
        let mut hazard = storm((20.0, 130.0 + east * 0.2), (31.0, 119.0 + east));
        hazard.id = HazardId::new(format!("m{number}"));
        if let Some(track) = &mut hazard.track {
            track.standing = Technique::Member;
            track.fixes.iter_mut().for_each(|fix| fix.vmax_kt = Some(30.0));
        }
        hazard
    };
    let p = |members: &[Hazard]| {
        let hazards: Vec<&Hazard> = std::iter::once(&lead).chain(members).collect();
        assessed(&hazards, &sites, h(0))[0].p_34kt()
    };
    let close: Vec<Hazard> = (0..20).map(|n| member(n, f64::from(n) * 0.02)).collect();
    let wide: Vec<Hazard> = (0..20).map(|n| member(n, (f64::from(n) - 9.5) * 1.5)).collect();
    let (alone, close_p, wide_p) = (p(&[]), p(&close), p(&wide));
    assert!(close_p > alone && wide_p < alone, "{close_p} {alone} {wide_p}");
    assert!((p(&close[..5]) - alone).abs() < 1e-9, "five members tell no spread");
    let alone: Vec<&Hazard> = close.iter().collect();
    assert!(assessed(&alone, &sites, h(0)).is_empty(), "members alone warn nobody");
}

#[test]
fn a_lane_meets_an_area_across_the_date_line() {
    let crossing = [(30.0, 170.0), (33.0, 179.0), (35.0, -170.0)];
    for (area, want) in [
        (boxed(32.0, 36.0, 178.0, -178.0), true),
        (boxed(32.0, 36.0, -176.0, -174.0), true),
        (boxed(28.0, 32.0, 171.0, 173.0), true),
        (boxed(10.0, 12.0, 178.0, -178.0), false),
        (boxed(28.0, 40.0, -10.0, 10.0), false),
    ] {
        let exposures = assessed(&[&area], &portfolio(vec![], vec![lane(&crossing)]), h(0));
        assert_eq!(!exposures.is_empty(), want, "{:?}", area.footprint);
    }
}

#[test]
fn a_storm_at_the_date_line_is_as_dangerous_as_elsewhere() {
    let exposed = |shift: f64| {
        let turned = |lon: f64| if lon + shift > 180.0 { lon + shift - 360.0 } else { lon + shift };
        let sites = portfolio(
            vec![site("S", -17.0, turned(121.0))],
            vec![lane(&[(-17.0, turned(119.0)), (-17.0, turned(123.0))])],
        );
        assessed(&[&storm((-10.0, 124.0 + shift), (-20.0, 119.0 + shift))], &sites, h(0))
    };
    let (here, there) = (exposed(0.0), exposed(59.0));
    assert_eq!((here.len(), there.len()), (2, 2));
    for (here, there) in here.iter().zip(&there) {
        let km = |exposure: &Exposure| exposure.closest_km.expect("a storm");
        assert!((km(here) - km(there)).abs() < 1.0, "{here:?} {there:?}");
        // Not the same: there is other land about.
        assert!((here.p_34kt() - there.p_34kt()).abs() < 0.05, "{} {}", here.p_34kt(), there.p_34kt());
        assert_eq!(here.gale().is_some(), there.gale().is_some());
    }
}

#[test]
fn who_is_far_away_hears_nothing() {
    let storm = storm((20.0, 127.0), (30.0, 119.0));
    let far = [site("A", 60.0, 10.0), site("B", -30.0, 121.0), site("C", 28.0, -121.0), site("D", 28.0, 140.0)];
    let sites = portfolio(far.to_vec(), vec![lane(&[(50.0, -10.0), (45.0, -50.0)])]);
    assert_eq!(subjects(&assessed(&[&storm], &sites, h(0))), Vec::<&str>::new());
}

/// Latitude and longitude.
type Degrees = (f64, f64);

/// A site, a storm's way, and when it is looked at.
fn scene() -> impl Strategy<Value = (Degrees, Degrees, Degrees, i64)> {
    let near = || (15.0..35.0_f64, 115.0..135.0_f64);
    (near(), near(), near(), 0..96_i64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_are_numbers_in_their_order((at, from, to, now) in scene()) {
        let sites = portfolio(vec![site("S", at.0, at.1)], vec![lane(&[at, (at.0 + 2.0, at.1 + 2.0)])]);
        for exposure in assessed(&[&storm(from, to)], &sites, h(now)) {
            let p = exposure.probability.expect("a storm");
            prop_assert!((0.0..=1.0).contains(&p.gale) && p.gale >= p.storm && p.storm >= p.typhoon && p.typhoon >= 0.0);
            prop_assert!(exposure.closest_km.is_some_and(|km| km.is_finite() && km >= 0.0));
            prop_assert!(exposure.peak_kt.is_some_and(|kt| kt.is_finite() && kt >= 0.0));
            if let Some(loss) = &exposure.loss {
                prop_assert!(loss.expected <= loss.at_risk && !loss.expected.is_sign_negative());
            }
            let arrival = exposure.arrival.expect("a storm");
            for wind in [arrival.gale, arrival.storm, arrival.typhoon].into_iter().flatten() {
                prop_assert!(wind.early <= wind.late, "{wind:?}");
                prop_assert!(wind.first.is_none() || wind.early <= wind.first && wind.first <= wind.last, "{wind:?}");
            }
        }
    }

    /// Pruning by distance loses nobody whom the wind can reach.
    #[test]
    fn nobody_within_reach_is_pruned((at, from, to, _) in scene()) {
        let sites = portfolio(vec![site("S", at.0, at.1)], vec![]);
        let storm = storm(from, to);
        let fixes = &storm.track.as_ref().expect("a track").fixes;
        let nearest = fixes.iter().map(|fix| crate::geo::distance(fix.position, place(at.0, at.1)).0).fold(f64::MAX, f64::min);
        let exposures = assessed(&[&storm], &sites, h(0));
        prop_assert!(nearest > 900.0 || exposures.len() == 1, "{nearest} km");
        prop_assert!(nearest < 1800.0 || exposures.is_empty(), "{nearest} km");
    }
    /// What the index leaves out, nobody would have found.
    #[test]
    fn it_is_as_if_every_pair_were_asked(
        (_, from, to, now) in scene(),
        turn in prop_oneof![Just(0.0), Just(55.0), Just(-100.0)],
        places in prop::collection::vec((-10.0..50.0_f64, 95.0..160.0_f64), 1..60),
        area in (0.0..30.0_f64, 105.0..140.0_f64, 0.5..20.0_f64),
    ) {
        let turned = |(lat, lon): Degrees| (lat, crate::geo::shortest_lon(lon + turn));
        let sites = places.iter().zip(0..).map(|(at, number)| {
            let (lat, lon) = turned(*at);
            let mut site = site(&format!("S{number:02}"), lat, lon);
            site.codes = vec![format!("C{}", number % 7)];
            site
        });
        let lanes = places.chunks(4).zip(0..).map(|(course, number)| {
            let course: Vec<Degrees> = course.iter().map(|at| turned(*at)).collect();
            Lane { id: LaneId::new(format!("L{number:02}")), ..lane(&course) }
        });
        let world = portfolio(sites.collect(), lanes.collect());
        let (south, west) = turned((area.0, area.1));
        let drawn = boxed(south, south + area.2, west, crate::geo::shortest_lon(west + area.2));
        let geocodes = [("EMMA_ID".to_owned(), "C3 XX".to_owned())].into();
        let coded = Hazard { areas: vec![Area { name: String::new(), geocodes }], ..warning() };
        let storm = storm((from.0, turned(from).1), (to.0, turned(from).1 + to.1 - from.1));
        for hazards in [vec![&storm], vec![&drawn], vec![&coded], vec![&storm, &drawn, &coded]] {
            prop_assert_eq!(assessed(&hazards, &world, h(now)), brute(&hazards, &world, h(now)));
        }
    }
}

/// As `assess`, asking about every pair.
fn brute(hazards: &[&Hazard], portfolio: &Portfolio, now: Timestamp) -> Vec<Exposure> {
    let hazards: Vec<&Hazard> = hazards.iter().copied().filter(|hazard| !is_expired(hazard, now)).collect();
    let (sites, lanes) = (|| portfolio.sites.values(), || portfolio.lanes.values());
    with_models(|models| {
        let event = EventId::new("e");
        let scene = Scene { event: &event, models, now };
        let mut exposures = Vec::new();
        if let Some(storm) = storms::Storm::new(&hazards, models, now, portfolio.sites.len()) {
            exposures.extend(sites().filter_map(|site| storm.on_site(site, &scene)));
            exposures.extend(lanes().filter_map(|lane| storm.on_lane(lane, &scene)));
        }
        for hazard in hazards.iter().filter(|hazard| hazard.track.is_none()) {
            let by_code = |site: &&Site| {
                warnings::codes(hazard)
                    .any(|(system, code)| site.codes.iter().any(|own| code_covers(system, code, own)))
            };
            let covered = |site: &&Site| crate::geo::covers(&hazard.footprint, site.position) || by_code(site);
            let touched = |lane: &&Lane| crate::geo::touches(&hazard.footprint, &lane.course);
            exposures.extend(sites().filter(covered).map(|site| warnings::on_site(hazard, site, &scene)));
            exposures.extend(lanes().filter(touched).map(|lane| warnings::on_lane(hazard, lane, &scene)));
        }
        exposures
    })
}
