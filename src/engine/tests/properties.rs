//! What holds for any hazards and any portfolio. A storm's thousand members take a tenth of a second in a debug build, so
//! that storms have few cases, warnings many.

use proptest::prelude::*;

use super::*;
use crate::geo::shortest_lon;

/// Latitude and longitude.
type Degrees = (f64, f64);

/// A site, a storm's way, and when it is looked at.
fn scene() -> impl Strategy<Value = (Degrees, Degrees, Degrees, i64)> {
    let near = || (15.0..35.0_f64, 115.0..135.0_f64);
    (near(), near(), near(), 0..96_i64)
}

fn turns() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(55.0), Just(-100.0)]
}

fn places(count: usize) -> impl Strategy<Value = Vec<Degrees>> {
    prop::collection::vec((-10.0..50.0_f64, 95.0..160.0_f64), 1..=count)
}

fn turned((lat, lon): Degrees, turn: f64) -> Degrees {
    (lat, shortest_lon(lon + turn))
}

/// Sites with codes, and lanes of four of them each.
fn world(places: &[Degrees], turn: f64) -> Portfolio {
    let sites = places.iter().zip(0..).map(|(at, number)| {
        let (lat, lon) = turned(*at, turn);
        let mut site = site(&format!("S{number:02}"), lat, lon);
        site.codes = Codes::new(format!("C{}", number % 7));
        site
    });
    let lanes = places.chunks(4).zip(0..).map(|(course, number)| {
        let course: Vec<Degrees> = course.iter().map(|at| turned(*at, turn)).collect();
        Lane { id: LaneId::new(format!("L{number:02}")), ..lane(&course) }
    });
    portfolio(sites.collect(), lanes.collect())
}

fn turned_storm(from: Degrees, to: Degrees, turn: f64) -> Hazard {
    let west = shortest_lon(from.1 + turn);
    storm((from.0, west), (to.0, west + to.1 - from.1))
}

/// South edge, west edge, and both sides' length.
fn square((south, west, side): (f64, f64, f64), turn: f64) -> Hazard {
    let west = shortest_lon(west + turn);
    boxed(south, south + side, west, shortest_lon(west + side))
}

fn coded() -> Hazard {
    let geocodes = [("EMMA_ID".to_owned(), "C3 XX".to_owned())].into();
    Hazard { areas: vec![Area { name: String::new(), geocodes }], ..warning() }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn area() -> impl Strategy<Value = (f64, f64, f64)> {
    (0.0..30.0_f64, 105.0..140.0_f64, 0.5..20.0_f64)
}

proptest! {
    #![proptest_config(config(200))]

    /// What the index leaves out, nobody would have found.
    #[test]
    fn a_warning_is_as_if_every_pair_were_asked(turn in turns(), places in places(60), area in area(), now in 0..96_i64) {
        let (world, drawn, coded) = (world(&places, turn), square(area, turn), coded());
        for hazards in [vec![&drawn], vec![&coded], vec![&drawn, &coded]] {
            prop_assert_eq!(assessed(&hazards, &world, h(now)), brute(&hazards, &world, h(now)));
        }
    }

    /// The earth turned, or looked at in a mirror: the same sites and lanes are warned.
    #[test]
    fn a_warning_is_the_same_all_round_the_earth(turn in -360.0..360.0_f64, places in places(40), area in area()) {
        let ids = |world: &Portfolio, hazard: &Hazard| {
            assessed(&[hazard], world, h(0)).into_iter().map(|exposure| exposure.subject).collect::<Vec<_>>()
        };
        let here = ids(&world(&places, 0.0), &square(area, 0.0));
        prop_assert_eq!(&ids(&world(&places, turn), &square(area, turn)), &here, "turned by {}", turn);
        let mirrored: Vec<Degrees> = places.iter().map(|(lat, lon)| (-lat, *lon)).collect();
        let (south, west, side) = area;
        let opposite = boxed(-south - side, -south, west, west + side);
        prop_assert_eq!(&ids(&world(&mirrored, 0.0), &opposite), &here, "mirrored");
    }
}

proptest! {
    #![proptest_config(config(40))]

    /// An index that was carried on through portfolios says what one made afresh says.
    #[test]
    fn an_updated_index_is_as_good_as_new(
        turn in turns(),
        all in prop::collection::vec(places(30), 2..5),
        kept in 0..30_usize,
        area in area(),
    ) {
        let worlds: Vec<Portfolio> = all.iter().map(|own| {
            // Most sites stay as they are from one portfolio to the next: enough of them that the index is not made afresh.
            let mut world = world(own, turn);
            let many = (0..kept * 20).map(|number| site(&format!("T{number:04}"), (number % 60) as f64, 110.0 + (number % 37) as f64));
            world.sites.extend(many.map(|site| (site.id.clone(), site)));
            world.lanes.extend((0..kept * 20).map(|number| {
                let id = LaneId::new(format!("K{number:04}"));
                (id.clone(), Lane { id, ..lane(&[((number % 60) as f64, 110.0), (20.0, 120.0)]) })
            }));
            world
        }).collect();
        let mut worlds = worlds.iter();
        let mut before = worlds.next().expect("a world");
        let mut places = Places::new(before);
        for world in worlds {
            places = places.rest().wake(before).updated(world);
            before = world;
            let (fresh, drawn, coded) = (Places::new(world), square(area, turn), coded());
            for hazard in [&drawn, &coded] {
                prop_assert_eq!(places.sites_in(hazard), fresh.sites_in(hazard));
                prop_assert_eq!(places.lanes_in(hazard), fresh.lanes_in(hazard));
            }
            let way = [place(area.0, shortest_lon(area.1 + turn))];
            prop_assert_eq!(places.sites_near(&way, Km(900.0)), fresh.sites_near(&way, Km(900.0)));
            prop_assert_eq!(places.lanes_near(&way, Km(900.0)), fresh.lanes_near(&way, Km(900.0)));
        }
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn a_storm_is_as_if_every_pair_were_asked(
        (_, from, to, now) in scene(),
        turn in turns(),
        places in places(12),
        area in area(),
    ) {
        let (world, drawn, coded, storm) = (world(&places, turn), square(area, turn), coded(), turned_storm(from, to, turn));
        let hazards = [&storm, &drawn, &coded];
        prop_assert_eq!(assessed(&hazards, &world, h(now)), brute(&hazards, &world, h(now)));
    }

    /// What is no number is taken out before, by `turn`, whose tests have such storms.
    #[test]
    fn numbers_are_numbers_in_their_order((at, from, to, now) in scene()) {
        let sites = portfolio(vec![site("S", at.0, at.1)], vec![lane(&[at, (at.0 + 2.0, at.1 + 2.0)])]);
        for exposure in assessed(&[&storm(from, to)], &sites, h(now)) {
            check_numbers(&exposure)?;
        }
    }

    /// A storm and its mirror image south of the equator, the radii mirrored too, pass a place and its mirror image alike.
    #[test]
    fn the_hemispheres_are_each_others_mirror((at, from, to, now) in scene()) {
        let passage = |side: f64| {
            let mut storm = storm((from.0 * side, from.1), (to.0 * side, to.1));
            for radii in storm.track.iter_mut().flat_map(|track| &mut track.fixes).flat_map(|fix| &mut fix.radii) {
                if side < 0.0 {
                    std::mem::swap(&mut radii.ne_km, &mut radii.se_km);
                    std::mem::swap(&mut radii.nw_km, &mut radii.sw_km);
                }
            }
            passages(&storm, &portfolio(vec![site("S", at.0 * side, at.1)], vec![]), h(now))
        };
        prop_assert_eq!(passage(1.0), passage(-1.0));
    }

    /// Turned round the earth, the ±180 line crossed or not, a storm passes a place alike.
    #[test]
    fn a_storm_passes_alike_all_round_the_earth((at, from, to, now) in scene(), turn in -180..180_i32) {
        let turn = f64::from(turn);
        let passage = |turn: f64| {
            let (lat, lon) = turned(at, turn);
            passages(&turned_storm(from, to, turn), &portfolio(vec![site("S", lat, lon)], vec![]), h(now))
        };
        prop_assert_eq!(passage(0.0), passage(turn));
    }

    /// Pruning by distance loses nobody whom the wind can reach.
    #[test]
    fn nobody_within_reach_is_pruned((_, from, to, _) in scene(), km in 800.0..2200.0_f64, bearing in 0.0..360.0_f64) {
        let storm = storm(from, to);
        let fixes = &storm.track.as_ref().expect("a track").fixes;
        let at = crate::geo::destination(fixes.last().expect("a fix").position, bearing, Km(km));
        let nearest = fixes.iter().map(|fix| crate::geo::distance(fix.position, at).0).fold(f64::MAX, f64::min);
        let exposures = assessed(&[&storm], &portfolio(vec![site("S", at.lat(), at.lon())], vec![]), h(0));
        prop_assert!(nearest > 900.0 || exposures.len() == 1, "{nearest} km");
        prop_assert!(nearest < 1800.0 || exposures.is_empty(), "{nearest} km");
    }
}

fn check_numbers(exposure: &Exposure) -> Result<(), TestCaseError> {
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
        prop_assert!(
            wind.likely.is_none_or(|likely| wind.early <= Some(likely) && Some(likely) <= wind.late),
            "{wind:?}"
        );
        prop_assert!(wind.first.is_none() || wind.early <= wind.first && wind.first <= wind.last, "{wind:?}");
    }
    Ok(())
}

/// What stands on the forecast track alone. The chances are left out: they hang on the land about, and on draws.
type Passages = Vec<(Option<i64>, Option<Timestamp>, Option<i64>, Option<i64>)>;

/// Kilometres and knots to a whole one, times as they are but for the gale's, which is reckoned to a quarter of an hour.
fn passages(storm: &Hazard, portfolio: &Portfolio, now: Timestamp) -> Passages {
    #[expect(clippy::cast_possible_truncation, reason = "some hundred kilometres")]
    let whole = |number: Option<f64>| number.map(|number| number.round() as i64);
    let gale = |exposure: &Exposure| exposure.gale().and_then(|gale| gale.first).map(|first| first.as_second() / 3600);
    let exposures = assessed(&[storm], portfolio, now);
    exposures.iter().map(|e| (whole(e.closest_km), e.closest_at, whole(e.peak_kt), gale(e))).collect()
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
