//! Answers of all shapes: what they become.

use super::*;
use crate::domain::{FeedId, Severity};

fn parse(body: &str) -> Parsed {
    OpenMeteo.parse(&Bulletin::new(FeedId::new("test"), "", "forecast", Timestamp::UNIX_EPOCH, body.into()))
}

#[track_caller]
fn check(body: &str, hazards: usize, faults: usize, fatal: bool) -> Vec<Hazard> {
    let parsed = parse(body);
    let is_fatal = parsed.faults.iter().any(|fault| fault.is_fatal);
    assert_eq!((parsed.hazards.len(), parsed.faults.len(), is_fatal), (hazards, faults, fatal), "{:?}", parsed.faults);
    parsed.hazards
}

/// An answer for one point in UTC with these blocks.
fn answer(blocks: &str) -> String {
    format!("{{\"latitude\":10,\"longitude\":20,\"utc_offset_seconds\":0{blocks}}}")
}

/// The only step of an answer.
#[track_caller]
fn step(blocks: &str) -> PointStep {
    let [hazard] = check(&answer(blocks), 1, 0, false).try_into().unwrap();
    let [step] = hazard.forecast.unwrap().steps.try_into().unwrap();
    step
}

const TWO: &str = include_str!("../../../tests/data/sources/open-meteo/two-points.json");
const WAVES: &str = include_str!("../../../tests/data/sources/open-meteo/waves.json");

#[test]
fn points_and_models() {
    let hazards = check(TWO, 3, 0, false);
    let ids: Vec<_> = hazards.iter().map(|hazard| hazard.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "open-meteo:forecast:28.6250,121.3750",
            "open-meteo:forecast:29.8750,121.6250:ecmwf_ifs025",
            "open-meteo:forecast:29.8750,121.6250:gfs_global"
        ]
    );
    let forecast = hazards[0].forecast.as_ref().unwrap();
    assert_eq!(hazards[0].onset, Some("2024-07-25T12:00:00Z".parse().unwrap()));
    assert_eq!(hazards[0].expires, Some("2024-07-25T14:00:00Z".parse().unwrap()));
    let steps: Vec<_> = forecast.steps.iter().map(|step| (step.wind_kt, step.gust_kt, step.rain_mm)).collect();
    assert_eq!(
        steps,
        [(Some(25.0), Some(45.0), Some(4.2)), (Some(30.0), Some(55.0), Some(11.7)), (None, None, Some(0.0))]
    );
    assert_eq!(hazards[2].forecast.as_ref().unwrap().steps[1].rain_mm, Some(6.35));
    assert!(hazards.iter().all(|hazard| hazard.severity == Severity::Unknown && hazard.issued.is_none()));
}

#[test]
fn waves_are_another_service() {
    let hazards = check(WAVES, 1, 0, false);
    assert_eq!(hazards[0].event, "open-meteo:marine:28.5417,121.7917");
    let waves: Vec<_> = hazards[0].forecast.as_ref().unwrap().steps.iter().map(|step| step.wave_m).collect();
    assert_eq!(waves, [Some(3.42), Some(3.78), None]);
}

#[test]
fn units() {
    let wind = |unit: &str| {
        let units = format!(",\"hourly_units\":{{\"wind_speed_10m\":\"{unit}\"}}");
        step(&format!("{units},\"hourly\":{{\"time\":[0],\"wind_speed_10m\":[20]}}")).wind_kt
    };
    assert_eq!((wind("km/h"), wind("m/s"), wind("mp/h"), wind("kn")), (Some(10.8), Some(38.9), Some(17.4), Some(20.0)));
    assert_eq!(step(",\"hourly\":{\"time\":[0],\"windspeed_10m\":[\"20\"]}").wind_kt, Some(10.8));
    assert_eq!(
        step(",\"hourly_units\":{\"wave_height\":\"ft\"},\"hourly\":{\"time\":[0],\"wave_height\":[10]}").wave_m,
        Some(3.05)
    );
    let body =
        answer(",\"hourly_units\":{\"wind_speed_10m\":\"furlong\"},\"hourly\":{\"time\":[0],\"wind_speed_10m\":[20]}");
    assert_eq!(check(&body, 1, 1, false)[0].forecast.as_ref().unwrap().steps[0].wind_kt, None);
}

#[test]
fn the_first_block_that_says_something() {
    let hourly = ",\"hourly\":{\"time\":[0],\"temperature_2m\":[20]}";
    let quarter = ",\"minutely_15\":{\"time\":[900],\"precipitation\":[1.5]}";
    let daily = ",\"daily\":{\"time\":[\"2025-01-04\"],\"wind_gusts_10m_max\":[37.04],\"wind_speed_10m_mean\":[1]}";
    let current = ",\"current\":{\"time\":\"2025-01-04T06:45\",\"interval\":900,\"wind_direction_10m\":275}";
    assert_eq!(step(&format!("{hourly}{quarter}{daily}{current}")).rain_mm, Some(1.5));
    assert_eq!(step(&format!("{hourly}{daily}{current}")).gust_kt, Some(20.0));
    assert_eq!(step(&format!("{hourly}{current}")).from_deg, Some(275.0));
    check(&answer(hourly), 1, 1, false);
    check(&answer(""), 0, 0, false);
}

#[test]
fn clocks() {
    let at = |head: &str, faults: usize| {
        let body = format!(
            "{{\"latitude\":10,\"longitude\":20{head},\"hourly\":{{\"time\":[\"2026-02-04T12:00\"],\"wave_height\":[1]}}}}"
        );
        check(&body, 1, faults, false)[0].onset.unwrap().to_string()
    };
    assert_eq!(at(",\"utc_offset_seconds\":-21600", 0), "2026-02-04T18:00:00Z");
    assert_eq!(at(",\"timezone\":\"GMT\"", 0), "2026-02-04T12:00:00Z");
    assert_eq!(at(",\"timezone\":\"Nowhere/Land\"", 1), "2026-02-04T12:00:00Z");
    assert_eq!(at("", 1), "2026-02-04T12:00:00Z");
}

#[test]
fn what_cannot_be_is_not_known() {
    let known = |value: &str| step(&format!(",\"hourly\":{{\"time\":[0],\"wave_height\":[{value}]}}")).wave_m;
    for value in ["-1", "999", "null", "\"NaN\"", "[1]", "1e300"] {
        assert_eq!(known(value), None, "{value}");
    }
    let ragged = answer(",\"hourly\":{\"time\":[7200,\"soon\",3600,3600],\"wave_height\":[2,9]}");
    let steps = check(&ragged, 1, 1, false).remove(0).forecast.unwrap().steps;
    assert_eq!(steps.iter().map(|step| step.wave_m).collect::<Vec<_>>(), [None, Some(2.0)]);
}

#[test]
fn refusals_and_others() {
    let parsed = parse(include_str!("../../../tests/data/sources/open-meteo/refused.json"));
    assert!(parsed.faults[0].what.contains("request limit exceeded") && parsed.faults[0].is_fatal);
    check("[]", 0, 1, true);
    check("[1]", 0, 1, true);
    check("{\"latitude\":95,\"longitude\":0}", 0, 1, true);
}
