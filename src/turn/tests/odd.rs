//! Whatever a feed says, a turn ends, and no number of it is no number.

use proptest::prelude::*;

use super::stage::*;
use crate::domain::*;

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -50.0..300.0_f64,
        1 => prop_oneof![Just(0.0), Just(-1.0), Just(1e300), Just(-1e300), Just(f64::MIN_POSITIVE)],
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
    ]
}

fn radii() -> impl Strategy<Value = Vec<WindRadii>> {
    let one = (prop_oneof![Just(34), Just(50), Just(64), 0..200_u32], number(), number(), number(), number());
    let one = one.prop_map(|(kt, ne_km, se_km, sw_km, nw_km)| WindRadii { kt, ne_km, se_km, sw_km, nw_km });
    prop::collection::vec(one, 0..4)
}

fn fix() -> impl Strategy<Value = Fix> {
    let place = prop_oneof![
        3 => (20.0..35.0_f64, 115.0..130.0_f64),
        1 => (-90.0..=90.0_f64, -180.0..=180.0_f64),
    ];
    let winds = (prop::option::of(number()), prop::option::of(number()), prop::option::of(number()));
    (-48..200_i32, place, winds, radii()).prop_map(|(tau_h, at, (vmax_kt, pmin_hpa, rmw_km), radii)| Fix {
        time: h(i64::from(tau_h)),
        tau_h,
        position: place_of(at),
        vmax_kt,
        pmin_hpa,
        rmw_km,
        radii,
        ..Fix::at(h(0), 0, place_of((0.0, 0.0)))
    })
}

fn place_of(at: (f64, f64)) -> Position {
    place(at)
}

/// In order of time, no two at one time, as every reader gives them; the rest is anything.
fn odd_storm() -> impl Strategy<Value = Hazard> {
    (prop::collection::vec(fix(), 0..12), 0..24_i64, 0..3_usize).prop_map(|(mut fixes, issued, standing)| {
        fixes.sort_by_key(|fix| fix.time);
        fixes.dedup_by_key(|fix| fix.time);
        let mut hazard = storm("wp01", issued, TAIZHOU, 48);
        if let Some(track) = &mut hazard.track {
            track.fixes = fixes;
            track.standing = [Technique::Official, Technique::Analysis, Technique::Guidance][standing];
        }
        hazard
    })
}

/// Every number of an exposure is one, and money at risk bounds money lost.
fn is_sound(exposure: &Exposure) -> bool {
    let winds = [exposure.closest_km, exposure.peak_kt];
    let chances = exposure.probability.map(|p| [p.gale, p.storm, p.typhoon]);
    let loss = exposure.loss.as_ref();
    winds.into_iter().flatten().all(|number| number.is_finite() && number >= 0.0)
        && chances.is_none_or(|all| all.iter().all(|p| (0.0..=1.0).contains(p)) && all.is_sorted_by(|a, b| a >= b))
        && loss.is_none_or(|loss| loss.expected <= loss.at_risk && !loss.expected.is_sign_negative())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_track_breaks_a_turn(hazards in prop::collection::vec(odd_storm(), 1..3), later in odd_storm()) {
        let mut stage = Stage::new();
        add_lane(&mut stage.portfolio);
        stage.hear(h(0), hazards);
        stage.hear(h(12), vec![later]);
        stage.tick(h(30));
        stage.tick(h(300));
        for alert in stage.state.alerts.values() {
            prop_assert!(is_sound(&alert.exposure), "{:?}", alert.exposure);
        }
        for mail in &stage.mails {
            prop_assert!(!mail.text.contains("NaN") && !mail.text.contains("inf "), "{}", mail.text);
        }
        let lines = serde_json::to_string(&stage.lines).expect("JSON");
        prop_assert!(!lines.contains("NaN"));
    }
}

/// Found by the property above: a radius of nothing beside one of everything made a wind that is no number.
#[test]
fn radii_beyond_all_measure_are_unknown() {
    let mut hazard = storm("wp01", 0, TAIZHOU, 48);
    for fix in hazard.track.iter_mut().flat_map(|track| &mut track.fixes) {
        (fix.vmax_kt, fix.rmw_km) = (Some(57.4), None);
        fix.radii = vec![WindRadii { kt: 50, ne_km: 109.9, se_km: 37.1, sw_km: 1e300, nw_km: f64::MIN_POSITIVE }];
    }
    let mut stage = Stage::new();
    stage.hear(h(0), vec![hazard]);
    assert!(!stage.state.alerts.is_empty());
    assert!(stage.state.alerts.values().all(|alert| is_sound(&alert.exposure)));
}
