//! The ensemble as its callers see it.

use proptest::prelude::*;

use super::*;
use crate::domain::{Averaging, Km, MS_PER_KNOT, Technique};
use crate::storm::PASSAGE_STEP;
use crate::storm::passage::passage;
use crate::storm::path::tests::{at, rananim, time};

fn errors(km: f64) -> TrackErrorRow {
    let (mean_error_km, mean_wind_error_kt) = (vec![(0.0, km)], vec![(0.0, 5.0)]);
    let (agency, basin) = ("any".to_owned(), "wp".to_owned());
    TrackErrorRow { agency, basin, from_year: 2014, to_year: 2018, mean_error_km, mean_wind_error_kt }
}

fn ensemble(track: &Track, km: f64, physics: &Physics) -> Ensemble {
    let path = Path::new(track).expect("a path");
    let errors = errors(km);
    Ensemble::new(&[Forecast { track, path: &path, errors: &errors }], &[], path.start(), physics).expect("members")
}

fn moved(track: &Track, north_deg: f64, east_deg: f64) -> Track {
    let mut moved = track.clone();
    for fix in &mut moved.fixes {
        fix.position = at(fix.position.lat() + north_deg, geo::shortest_lon(fix.position.lon() + east_deg));
    }
    moved
}

#[test]
fn near_the_track_a_gale_is_all_but_certain() {
    let ensemble = ensemble(&rananim(), 5.0, &Physics::default());
    let there = ensemble.at_any_of(&[at(28.0, 121.6)]);
    assert!(there.probability.gale > 0.97, "{:?}", there.probability);
    let path = Path::new(&rananim()).expect("a path");
    let first = passage(&path, &path.sampled(path.start(), PASSAGE_STEP), at(28.0, 121.6))
        .and_then(|passage| passage.winds.gale)
        .expect("gales")
        .0;
    let arrival = there.arrival.gale.expect("gales");
    assert!(arrival.p10 <= arrival.p50 && arrival.p50 <= arrival.p90);
    let hours = first.duration_since(arrival.p50).as_secs_f64().abs() / 3600.0;
    assert!(hours < 3.0, "{first} {arrival:?}");
    assert!((there.peaks_kt.iter().map(|(share, _)| share).sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn far_away_is_safe() {
    let ensemble = ensemble(&rananim(), 100.0, &Physics::default());
    let field = ensemble.field(1);
    for place in [at(36.07, 120.38), at(-30.0, 20.0), at(28.0, -60.0)] {
        let there = field.at(place);
        assert!(there.probability.gale < 0.01 && there.probability.typhoon < 1e-9, "{:?}", there.probability);
        assert_eq!(ensemble.at_any_of(&[place]).arrival.typhoon, None);
    }
    assert_eq!(ensemble.at_any_of(&[]).probability, ByThreshold::default());
}

#[test]
fn the_grid_says_what_the_members_say() {
    let ensemble = ensemble(&rananim(), 60.0, &Physics::default());
    let field = ensemble.field(2);
    for (lat, lon) in [(28.66, 121.45), (27.0, 123.0), (25.0, 124.0), (29.5, 121.0), (28.5, 119.5)] {
        let (grid, each) = (field.at(at(lat, lon)), ensemble.at_any_of(&[at(lat, lon)]));
        let pairs = [
            (grid.probability.gale, each.probability.gale),
            (grid.probability.storm, each.probability.storm),
            (grid.probability.typhoon, each.probability.typhoon),
        ];
        assert!(pairs.iter().all(|(grid, each)| (grid - each).abs() < 0.05), "{lat} {lon}: {pairs:?}");
        if let (Some(grid), Some(each)) = (grid.arrival.gale, each.arrival.gale) {
            let apart = grid.p50.duration_since(each.p50).as_secs_f64().abs() / 3600.0;
            assert!(apart < 1.5, "{lat} {lon}: {grid:?} {each:?}");
        }
        let onset: f64 = field.onset_hourly(at(lat, lon)).iter().map(|hour| hour.gale).sum();
        assert!((onset - grid.probability.gale).abs() < 1e-4, "{onset} {:?}", grid.probability);
    }
}

#[test]
fn any_number_of_threads_says_the_same() {
    let mut track = rananim();
    track.fixes.truncate(3);
    let ensemble = ensemble(&track, 80.0, &Physics::default());
    let told = |threads| {
        let field = ensemble.field(threads);
        let places = (0..200).map(|i| at(24.0 + f64::from(i % 20) * 0.4, 118.0 + f64::from(i / 20) * 0.8));
        format!("{:?}", places.map(|place| field.at(place)).collect::<Vec<_>>())
    };
    let one = told(1);
    assert!(one == told(2) && one == told(8));
}

#[test]
fn the_line_of_180_degrees_is_no_wall() {
    let (here, there) = (rananim(), moved(&rananim(), 0.0, 57.0));
    // Over sea alone, so that land says nothing.
    let here = ensemble(&moved(&here, -4.0, 14.0), 60.0, &Physics::default()).field(1);
    let there = ensemble(&moved(&there, -4.0, 0.0), 60.0, &Physics::default()).field(1);
    for (lat, lon) in [(24.0, 121.3), (22.4, 123.8), (25.0, 120.0)] {
        let (a, b) = (here.at(at(lat, lon + 14.0)), there.at(at(lat, geo::shortest_lon(lon + 57.0))));
        assert!((a.probability.gale - b.probability.gale).abs() < 0.03, "{lat} {lon} {a:?} {b:?}");
    }
}

/// Over sea alone, a storm and its mirror image south of the equator have the same chances, but for the draws.
#[test]
fn the_hemispheres_are_each_others_mirror() {
    let north = moved(&rananim(), -6.0, 14.0);
    let mut south = north.clone();
    for fix in &mut south.fixes {
        fix.position = at(-fix.position.lat(), fix.position.lon());
        for radii in &mut fix.radii {
            (radii.ne_km, radii.se_km) = (radii.se_km, radii.ne_km);
            (radii.nw_km, radii.sw_km) = (radii.sw_km, radii.nw_km);
        }
    }
    let [north, south] = [&north, &south].map(|track| ensemble(track, 60.0, &Physics::default()));
    for (lat, lon) in [(22.0, 135.3), (20.4, 137.8), (23.0, 134.0)] {
        let (a, b) = (north.at_any_of(&[at(lat, lon)]), south.at_any_of(&[at(-lat, lon)]));
        assert!((a.probability.gale - b.probability.gale).abs() < 0.05, "{lat} {lon} {a:?} {b:?}");
    }
}

#[test]
fn agencies_that_disagree_lie_between_each_other() {
    let (near, far) = (rananim(), moved(&rananim(), -6.0, 0.0));
    let paths = [&near, &far].map(|track| Path::new(track).expect("a path"));
    let errors = errors(60.0);
    let [a, b] = [(&near, &paths[0]), (&far, &paths[1])].map(|(track, path)| Forecast { track, path, errors: &errors });
    let gale = |ensemble: &Ensemble, group| ensemble.of_forecast(group).at_any_of(&[at(28.66, 121.6)]).probability.gale;
    let both = Ensemble::new(&[a, b], &[], paths[0].start(), &Physics::default()).expect("members");
    assert!(gale(&both, Some(0)) > 0.8 && gale(&both, Some(1)) < 0.1);
    let middle = f64::midpoint(gale(&both, Some(0)), gale(&both, Some(1)));
    assert!((gale(&both, None) - middle).abs() < 0.01);
    let same = Ensemble::new(&[a, a], &[], paths[0].start(), &Physics::default()).expect("members");
    let alone = Ensemble::new(&[a], &[], paths[0].start(), &Physics::default()).expect("members");
    assert!((gale(&same, None) - gale(&alone, None)).abs() < 1e-9, "agreement changes nothing");
}

#[test]
fn a_models_members_are_tracks_of_their_own() {
    let track = rananim();
    let path = Path::new(&track).expect("a path");
    let errors = errors(1.0);
    let lead = Forecast { track: &track, path: &path, errors: &errors };
    let south: Vec<Snapshot> = path
        .sampled(path.start(), Span::from_hours(1))
        .into_iter()
        .map(|storm| Snapshot { position: geo::destination(storm.position, 180.0, Km(700.0)), ..storm })
        .collect();
    let moved = vec![south; 10];
    let ensemble = Ensemble::new(&[lead], &moved, path.start(), &Physics::default()).expect("members");
    let gale = ensemble.at_any_of(&[at(28.3, 121.6)]).probability.gale;
    assert!((0.47..0.52).contains(&gale), "{gale}");
}

#[test]
fn land_weakens_those_who_come_ashore() {
    let ensemble = ensemble(&rananim(), 60.0, &Physics::default());
    let strong = ensemble.strengths(&[0.0], &[34.0, 64.0, 200.0]);
    assert!(strong[0][0] > 0.99 && strong[0][2].abs() < 1e-12, "{strong:?}");
    let field = ensemble.field(2);
    let (coast, inland) = (field.probability(at(28.2, 121.3)), field.probability(at(28.5, 118.9)));
    assert!(inland.typhoon < coast.typhoon, "{coast:?} {inland:?}");
}

#[test]
fn ended_forecasts_have_no_members() {
    let (track, errors) = (rananim(), errors(60.0));
    let path = Path::new(&track).expect("a path");
    let forecast = Forecast { track: &track, path: &path, errors: &errors };
    assert!(Ensemble::new(&[forecast], &[], time("2004-09-01T00:00:00Z"), &Physics::default()).is_none());
    assert!(Ensemble::new(&[], &[], path.start(), &Physics::default()).is_none());
}

/// A track of made-up figures: a start, a course and a speed, winds and maybe radii.
fn made_up() -> impl Strategy<Value = Track> {
    let radii = proptest::option::of((0.0..600.0_f64, 0.0..600.0_f64));
    (-50.0..50.0_f64, -180.0..180.0_f64, 0.0..360.0_f64, 0.0..40.0_f64, 15.0..170.0_f64, radii).prop_map(
        |(lat, lon, course, speed, vmax, radii)| {
            let mut place = at(lat, lon);
            let fixes = (0..4_i32).map(|step| {
                let hours = step * 24;
                let when = time("2020-09-01T00:00:00Z").checked_add(Span::from_hours(hours.into())).expect("a time");
                let mut fix = crate::domain::Fix::at(when, hours, place);
                fix.vmax_kt = Some((vmax + f64::from(step) * 5.0).min(170.0));
                if let Some((gale, storm)) = radii.filter(|_| step < 3) {
                    let wind = |kt, km: f64| crate::domain::WindRadii {
                        kt,
                        ne_km: km,
                        se_km: km / 2.0,
                        sw_km: 0.0,
                        nw_km: km,
                    };
                    fix.radii = vec![wind(34, gale), wind(50, storm.min(gale))];
                }
                place = geo::destination(place, course, Km(speed * MS_PER_KNOT * 86.4));
                fix
            });
            let (agency, technique) = ("any".to_owned(), "OFCL".to_owned());
            Track {
                agency,
                technique,
                standing: Technique::Official,
                averaging: Averaging::OneMinute,
                fixes: fixes.collect(),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn probabilities_are_ordered_and_numbers(track in made_up(), km in 0.0..600.0_f64, bearing in 0.0..360.0_f64, far in 0.0..2000.0_f64) {
        let ensemble = ensemble(&track, km, &Physics::default());
        let field = ensemble.field(2);
        let middle = track.fixes[1].position;
        let places = [middle, geo::destination(middle, bearing, Km(far))];
        for there in places.iter().map(|place| field.at(*place)).chain([ensemble.at_any_of(&places)]) {
            let p = there.probability;
            prop_assert!((0.0..=1.0).contains(&p.gale) && p.storm <= p.gale && p.typhoon <= p.storm && p.typhoon >= 0.0);
            for arrival in [there.arrival.gale, there.arrival.storm, there.arrival.typhoon].into_iter().flatten() {
                prop_assert!(arrival.p10 <= arrival.p50 && arrival.p50 <= arrival.p90);
            }
            prop_assert!(there.peaks_kt.iter().all(|(share, kt)| share.is_finite() && kt.is_finite()));
            prop_assert!((there.peaks_kt.iter().map(|(share, _)| share).sum::<f64>() - 1.0).abs() < 1e-4);
        }
    }

    /// The peak of the whole field, but for what a thousand members cannot tell.
    #[test]
    fn wider_errors_never_raise_a_bulls_eye(km in 10.0..150.0_f64, more in 10.0..300.0_f64) {
        let peak = |km| {
            let field = ensemble(&moved(&rananim(), -6.0, 8.0), km, &Physics::default()).field(2);
            let places = (0..1600).map(|i| at(18.5 + f64::from(i % 40) * 0.1, 127.0 + f64::from(i / 40) * 0.15));
            places.map(|place| field.probability(place)).fold((0.0_f64, 0.0_f64), |peak, p| (peak.0.max(p.gale), peak.1.max(p.typhoon)))
        };
        let (narrow, wide) = (peak(km), peak(km + more));
        prop_assert!(wide.0 <= narrow.0 + 0.01 && wide.1 <= narrow.1 + 0.015, "{narrow:?} {wide:?}");
    }
}

/// What lies still is met as often as [`Members::at_any_of`] says; what sails away before the storm comes is not.
#[test]
fn a_ship_meets_the_storm_where_it_is_at_that_hour() {
    let ensemble = ensemble(&rananim(), 60.0, &Physics::default());
    let hourly = |to: &dyn Fn(f64) -> Position| -> Vec<(Timestamp, Position)> {
        (0..=48).map(|h| (ensemble.start() + Span::from_hours(h), to(h as f64))).collect()
    };
    let members = ensemble.of_forecast(None);
    let share = |way: &[(Timestamp, Position)]| {
        let met = members.met(way);
        met.iter().filter(|met| met.hours.gale > 0.0).count() as f64 / met.len() as f64
    };
    let here = at(28.0, 121.6);
    let lying = hourly(&|_| here);
    assert!((share(&lying) - ensemble.at_any_of(&[here]).probability.gale).abs() < 0.05, "{}", share(&lying));
    // Northwards at 20 kt, and gone; southwards into it.
    let (north, south) = (hourly(&|h| at(28.0 + h / 3.0, 121.6)), hourly(&|h| at((28.0 - h / 3.0).max(20.0), 123.5)));
    assert!(share(&north) < 0.2 && share(&south) > 0.9, "{} {}", share(&north), share(&south));
    for met in members.met(&lying) {
        assert!(met.hours.typhoon <= met.hours.storm && met.hours.storm <= met.hours.gale && met.hours.gale <= 48.0);
        assert_eq!(met.times.gale.is_some(), met.peak_kt >= 34.0);
    }
    assert!(members.met(&[]).iter().all(|met| *met == Met::default()));
}
