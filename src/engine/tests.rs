//! Hazards against the portfolio.

mod properties;

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
        name: id.into(),
        kind: SiteKind::Warehouse,
        position: place(lat, lon),
        coast_m: Some(40.0),
        elevation_m: Some(3.0),
        stock: Some(Money::new(600_000.into(), cny)),
        insured: Insured::No,
        handling_h: None,
        handling_cost: None,
        shelter_site: None,
        dates: None,
        codes: Codes::default(),
        work: None,
        floors: None,
        room: None,
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
    with_models(|models| assess(&EventId::new("e"), hazards, &Places::new(portfolio), models, now).exposures)
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
    let models = Models { errors: &errors, damage: &damage, physics: &Physics::DOCUMENTED };
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
        party.dates = Some(Box::new(Dates { from: from.map(h), to: to.map(h) }));
        let exposures = assessed(&[&storm], &portfolio(vec![party], vec![]), h(0));
        assert_eq!(!exposures.is_empty(), want, "{from:?} to {to:?}");
    }
}

#[test]
fn a_surge_has_its_reasons() {
    let reasons = |hazard: &Hazard, site: Site| {
        let exposures = assessed(&[hazard], &portfolio(vec![site], vec![]), h(0));
        let surge = exposures.into_iter().next().expect("exposed").surge;
        assert_eq!(surge.flag, !surge.reasons.is_empty());
        surge.reasons
    };
    let mut hazard = storm((20.0, 127.0), (30.0, 119.0));
    let told = reasons(&hazard, site("TZ", 28.66, 121.45));
    assert_eq!(told.first().map(String::as_str), Some("40 m from the sea"));
    assert!(told.iter().any(|reason| reason.starts_with("onshore wind ")), "the storm passes inland: {told:?}");
    assert!(!told.iter().any(|reason| reason.contains("hPa")), "no pressure is known");
    let track = hazard.track.as_mut().expect("a track");
    track.fixes.iter_mut().for_each(|fix| fix.pmin_hpa = Some(940.0));
    let told = reasons(&hazard, site("TZ", 28.66, 121.45));
    assert!(told.iter().any(|reason| reason.starts_with("pressure deficit ")), "{told:?}");
    let dry = Site { elevation_m: Some(60.0), ..site("TZ", 28.66, 121.45) };
    assert_eq!(reasons(&hazard, dry), Vec::<String>::new());
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
    coded.codes = Codes::new("331000 CN-ZJ");
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
