//! The whole way from hazards to scores, on storms of few fixes.

use super::*;
use crate::domain::{
    Averaging, DocumentHash, Fix, Hazard, HazardId, HazardKind, NMI_KM, Position, Span, Technique, Timestamp, Track,
    TrackErrorRow, WindRadii,
};

const START: &str = "2021-08-29T00:00:00Z";

/// A storm that goes west at 12 kt along a latitude, with gales 120 nmi and hurricane winds 30 nmi round it.
fn storm(event: &str, technique: Technique, hours: &[i32], lat: f64) -> Hazard {
    let start: Timestamp = START.parse().expect("a time");
    let fixes = hours.iter().map(|hour| {
        let lon = -60.0 - 0.2 * f64::from(*hour);
        let time = start.checked_add(Span::from_hours(i64::from(*hour))).expect("a time");
        let round = |kt, nmi: f64| {
            let km = nmi * NMI_KM;
            WindRadii { kt, ne_km: km, se_km: km, sw_km: km, nw_km: km }
        };
        let radii = vec![round(34, 120.0), round(50, 60.0), round(64, 30.0)];
        let tau = if technique == Technique::Official { *hour } else { 0 };
        Fix { vmax_kt: Some(90.0), radii, ..Fix::at(time, tau, Position::lat_lon(lat, lon).expect("a place")) }
    });
    let (agency, name) = ("nhc".to_owned(), if technique == Technique::Official { "OFCL" } else { "BEST" });
    let track = Track {
        agency,
        technique: name.to_owned(),
        standing: technique,
        averaging: Averaging::OneMinute,
        fixes: fixes.collect(),
    };
    let hash = DocumentHash::of(event.as_bytes());
    let id = HazardId::new(format!("{event}:{name}:{}", hours.first().copied().unwrap_or_default()));
    let mut hazard = Hazard::new(id, "nhc", "atcf", &hash, event, HazardKind::TropicalCyclone);
    hazard.track = Some(track);
    hazard
}

fn errors() -> TrackErrors {
    let row = TrackErrorRow {
        agency: "nhc".to_owned(),
        basin: "al".to_owned(),
        from_year: 2021,
        to_year: 2021,
        mean_error_km: vec![(0.0, 10.0), (72.0, 160.0)],
        mean_wind_error_kt: Vec::new(),
    };
    TrackErrors { rows: vec![row] }
}

fn best(event: &str) -> Hazard {
    storm(event, Technique::Analysis, &[0, 6, 12, 18, 24, 30, 36, 42, 48], 20.0)
}

fn forecast(event: &str, lat: f64) -> Hazard {
    storm(event, Technique::Official, &[0, 12, 24, 36], lat)
}

#[test]
fn a_right_track_hits_all_and_the_chances_beat_the_simple_rules() {
    let (forecasts, bests) = ([forecast("al092021", 20.0)], [best("al092021")]);
    let pairs = pairs(&forecasts, &bests, &[]);
    let scores = score(&pairs.pairs, Places::Grid, &errors(), 1);
    let gale = &scores.thresholds[0];
    assert_eq!((gale.kt, gale.storms, gale.cycles, scores.unscored.len()), (34, 1, 1, 0));
    assert!(gale.observed > 30 && gale.cases > 300, "{gale:?}");
    assert_eq!((gale.hit_rate, gale.false_alarm_ratio, gale.csi), (Some(1.0), Some(0.0), Some(1.0)));
    assert_eq!(gale.brier_of.track, Some(0.0));
    assert!(gale.arrival.count > 20 && gale.arrival.mean_absolute_h < Some(0.2), "{gale:?}");
    assert!(gale.lead.places > 20 && gale.lead.warned == gale.lead.places && gale.lead.mean_h > Some(8.0));
    assert!(gale.brier_skill.rule_123 > Some(0.0) && gale.brier_skill.base_rate > Some(0.5), "{gale:?}");
    assert_eq!(gale.observed_radii_share, Some(1.0));
    let counts: usize = scores.bins.iter().filter(|bin| bin.kt == 34).map(|bin| bin.count).sum();
    assert_eq!(counts, gale.cases);
    assert_eq!(scores.cycles[0].errors, "nhc al 2021-2021");
}

#[test]
fn a_wrong_track_misses_and_alarms_in_vain() {
    let (forecasts, bests) = ([forecast("al092021", 26.0)], [best("al092021")]);
    let scores = score(&pairs(&forecasts, &bests, &[]).pairs, Places::Grid, &errors(), 1);
    let gale = &scores.thresholds[0];
    assert_eq!((gale.hit_rate, gale.false_alarm_ratio), (Some(0.0), Some(1.0)));
    assert_eq!((gale.arrival.count, gale.arrival.mean_h, gale.lead.warned), (0, None, 0));
}

#[test]
fn any_number_of_threads_says_the_same() {
    let forecasts: Vec<Hazard> = (0..2)
        .map(|turn| storm("al092021", Technique::Official, &[turn * 6, turn * 6 + 12, turn * 6 + 24], 20.5))
        .map(|mut hazard| {
            let first = hazard.track.as_ref().and_then(|track| track.fixes.first()).map_or(0, |fix| fix.tau_h);
            hazard.track.iter_mut().flat_map(|track| &mut track.fixes).for_each(|fix| fix.tau_h -= first);
            hazard
        })
        .collect();
    let bests = [best("al092021")];
    let pairs = pairs(&forecasts, &bests, &[]);
    let sites = [Position::lat_lon(20.2, -63.0).expect("a place"), Position::lat_lon(-40.0, 10.0).expect("a place")];
    let of = |threads| score(&pairs.pairs, Places::Sites(&sites), &errors(), threads);
    let (one, two) = (of(1), of(2));
    assert_eq!(one, two);
    assert_eq!(one.thresholds[0].cases, 2, "the place in the other ocean is not counted");
    assert_eq!((one.thresholds[0].lead.places, one.thresholds[0].cycles), (1, 2));
}

/// A best track that ends with a hurricane has been cut off; the forecast is scored as far as it goes.
#[test]
fn nothing_is_scored_beyond_what_is_known() {
    let (mut cut, mut ended) = (best("al092021"), best("al092021"));
    for hazard in [&mut cut, &mut ended] {
        hazard.track.as_mut().expect("a track").fixes.truncate(4);
    }
    ended.track.as_mut().expect("a track").fixes[3].vmax_kt = Some(25.0);
    let forecasts = [forecast("al092021", 20.0)];
    let hours = |best: Hazard| {
        let bests = [best];
        score(&pairs(&forecasts, &bests, &[]).pairs, Places::Grid, &errors(), 1).cycles[0].hours
    };
    assert_eq!((hours(cut), hours(ended)), (18.0, 36.0));
    let mut extratropical = best("al092021");
    extratropical.track.as_mut().expect("a track").fixes[5].is_extratropical = true;
    assert!((hours(extratropical) - 24.0).abs() < 1e-9);
    let mut early = best("al092021");
    early.track.as_mut().expect("a track").fixes.iter_mut().for_each(|fix| {
        fix.time = fix.time.checked_sub(Span::from_hours(240)).expect("a time");
    });
    let bests = [early];
    let scores = score(&pairs(&forecasts, &bests, &[]).pairs, Places::Grid, &errors(), 1);
    assert_eq!((scores.unscored.len(), scores.cycles.len(), scores.thresholds[0].brier), (1, 0, None));
}

#[test]
fn pairs_go_by_key_alias_or_name_and_place() {
    let (mut aliased, mut named, mut far) =
        (forecast("jma:TC2109", 20.0), forecast("20219", 20.5), forecast("x", -30.0));
    aliased.aliases.push("atcf:AL092021".to_owned());
    named.track.as_mut().expect("a track").agency = "cma".to_owned();
    (named.name, far.name) = (Some("Ida".to_owned()), Some("IDA".to_owned()));
    let mut best = best("al092021");
    best.name = Some("IDA".to_owned());
    let mut carq = best.clone();
    carq.event = "al102021".to_owned();
    carq.track.as_mut().expect("a track").technique = "CARQ".to_owned();
    let other = super::tests::best("al112021");
    let mut model = forecast("al092021", 20.0);
    let track = model.track.as_mut().expect("a track");
    (track.standing, track.technique) = (Technique::Guidance, "AVNO".to_owned());
    // One agency's forecast of one hour counts once.
    let forecasts = [far, named, aliased.clone(), model, aliased];
    let bests = [carq, other, best];
    let found = pairs(&forecasts, &bests, &[]);
    let events: Vec<&str> = found.pairs.iter().map(|pair| pair.forecast.event.as_str()).collect();
    assert_eq!(events, ["20219", "jma:TC2109"]);
    assert_eq!(found.without_best.iter().map(|hazard| hazard.event.as_str()).collect::<Vec<_>>(), ["x"]);
    assert_eq!(found.without_forecast.iter().map(|hazard| hazard.event.as_str()).collect::<Vec<_>>(), ["al112021"]);
    let models = pairs(&forecasts, &bests, &["avno".to_owned()]);
    assert_eq!((models.pairs.len(), models.without_best.len()), (1, 0));
}

#[test]
fn the_picture_has_its_curves_and_labels() {
    let (forecasts, bests) = ([forecast("al092021", 20.0)], [best("al092021")]);
    let svg = reliability_svg(&score(&pairs(&forecasts, &bests, &[]).pairs, Places::Grid, &errors(), 1));
    for part in ["<polyline", "34 kt, Brier 0.0", "1 forecast of 1 storm,", "chance that was given", "stroke-dasharray"]
    {
        assert!(svg.contains(part), "{part}");
    }
    assert!(!svg.contains("NaN") && svg.matches("<polyline").count() == 3);
}
