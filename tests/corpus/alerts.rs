//! Warnings of the United States, Canada, Germany and Europe in JSON, and Open-Meteo's forecasts.

use seawall::domain::{Certainty, Hazard, HazardKind, MsgType, PointStep, Severity, Status, Timestamp, Urgency};

use crate::{check_files, check_folder, corpus, files, parse, say};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hazards(format: &str, file: &str) -> Vec<Hazard> {
    let corpus = corpus().unwrap();
    parse(Some(format), &corpus.join(format).join(file)).hazards
}

fn polygons(hazards: &[Hazard]) -> usize {
    hazards.iter().map(|hazard| hazard.footprint.polygons.len()).sum()
}

/// The dumps of weather.gov's own tests have templates where times stood: they are invalid, and read by themselves.
#[test]
fn nws() {
    let Some(corpus) = corpus() else { return };
    let mut paths = files(&corpus.join("nws"));
    paths.retain(|path| !path.display().to_string().contains("-active.json"));
    check_files("nws", &paths, |name| name.contains("error"));
    for (file, count, drawn) in [
        ("weathergov-airquality-active.json", 396, 71),
        ("weathergov-e2e-active.json", 152, 1),
        ("weathergov-testing-active.json", 38, 1),
    ] {
        let path = corpus.join("nws").join(file);
        let parsed = parse(Some("nws"), &path);
        assert_eq!(parsed, parse(None, &path), "{file}");
        assert!(parsed.faults.iter().any(|fault| fault.is_fatal), "{file}");
        assert_eq!((parsed.hazards.len(), polygons(&parsed.hazards)), (count, drawn), "{file}");
        let has_place = |hazard: &Hazard| !hazard.footprint.is_empty() || !hazard.areas[0].geocodes.is_empty();
        // The other dumps hold warnings that were made up, for zones that are none.
        assert!(drawn < 71 || parsed.hazards.iter().all(has_place), "{file}");
        say(&format!("nws/{file}: {count} hazards, {drawn} polygons"));
    }
}

#[test]
fn the_hurricane_at_hilo() {
    if corpus().is_none() {
        return;
    }
    let [flash, surf, statement, hurricane, watch] =
        hazards("nws", "alerts_point_hilo_2026-08.json").try_into().unwrap();
    assert_eq!((flash.kind, flash.footprint.polygons.len()), (HazardKind::Flood, 1));
    assert_eq!(
        (surf.kind, statement.kind, watch.kind),
        (HazardKind::Surge, HazardKind::TropicalCyclone, HazardKind::Flood)
    );
    assert_eq!(hurricane.aliases, ["vtec:PHFO.HU.W.3001.2026"]);
    assert_eq!(
        (hurricane.severity, hurricane.urgency, hurricane.msg),
        (Severity::Extreme, Urgency::Immediate, MsgType::Update)
    );
    assert_eq!(hurricane.issued, Some(at("2026-08-15T21:15:00Z")));
    // No end is given, so that the message's holds; the watch has one.
    assert_eq!(hurricane.expires, Some(at("2026-08-16T05:15:00Z")));
    assert_eq!(watch.expires, Some(at("2026-08-16T16:00:00Z")));
    assert!(hurricane.cap.as_ref().unwrap().referred().count() > 7);
}

#[test]
fn tests_and_cancellations_of_the_nws() {
    if corpus().is_none() {
        return;
    }
    let [test, heat] = hazards("nws", "linecast-nws_alerts_with_test.json").try_into().unwrap();
    assert_eq!((test.status, test.kind, heat.status), (Status::Test, HazardKind::Tsunami, Status::Actual));
    assert_ne!(test.id, heat.id);
    let all = hazards("nws", "weathergov-airquality-active.json");
    let cancelled: Vec<_> = all.iter().filter(|hazard| hazard.msg == MsgType::Cancel).collect();
    assert_eq!(
        cancelled.iter().map(|hazard| hazard.texts[0].event.as_str()).collect::<Vec<_>>(),
        ["Heat Advisory", "Extreme Heat Warning"]
    );
    assert_eq!(cancelled[0].cap.as_ref().unwrap().referred().count(), 3);
    // Four segments of one event, each with zones of its own.
    let craft: Vec<_> = all.iter().filter(|hazard| hazard.aliases == ["vtec:KLOX.SC.Y.0101.2026"]).collect();
    let mut ids: Vec<_> = craft.iter().map(|hazard| hazard.id.as_str()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[test]
fn meteoalarm() {
    check_folder("meteoalarm-json", |_| false);
    if corpus().is_none() {
        return;
    }
    assert!(hazards("meteoalarm-json", "linecast-meteoalarm_netherlands.json").is_empty());
    let all = hazards("meteoalarm-json", "cap_alerts-meteoalarm_with_polygons.json");
    assert_eq!(all.iter().map(|hazard| hazard.footprint.polygons.len()).collect::<Vec<_>>(), [1, 2, 0]);
    assert_eq!(all[0].id.as_str(), "cap:test@example.com,POLY-A-001");
    let corner = all[0].footprint.polygons[0][0][2];
    assert_eq!((corner.lat(), corner.lon()), (50.0, 11.0));
    assert_eq!(all[1].areas[1].geocodes["EMMA_ID"], "AT-300");
    assert_eq!((all[2].severity, all[2].certainty), (Severity::Minor, Certainty::Possible));
}

#[test]
fn eccc() {
    check_folder("eccc", |_| false);
    if corpus().is_none() {
        return;
    }
    let all = hazards("eccc", "linecast-eccc_alerts.json");
    assert_eq!((all.len(), polygons(&all)), (7, 7));
    assert_eq!(all[0].id.as_str(), "eccc:1618115311375151707202603050503_fea1-1271");
    assert!(all.iter().take(6).all(|hazard| hazard.event == "eccc:1618115311375151707202603050503"));
    assert_eq!((all[0].kind, all[0].severity, all[0].msg), (HazardKind::Winter, Severity::Moderate, MsgType::Update));
    assert_eq!(all[0].expires, Some(at("2026-03-06T06:00:00Z")));
    assert_eq!((all[6].kind, all[6].severity), (HazardKind::Winter, Severity::Minor));
    assert_eq!(all[2].texts.iter().map(|text| text.lang.as_str()).collect::<Vec<_>>(), ["en-CA", "fr-CA"]);
    let old = hazards("eccc", "eccc-alerts_wfs.json");
    assert_eq!(old.iter().map(|hazard| hazard.severity).collect::<Vec<_>>(), [Severity::Moderate, Severity::Extreme]);
}

#[test]
fn brightsky() {
    check_folder("dwd-brightsky", |_| false);
    if corpus().is_none() {
        return;
    }
    let [frost] = hazards("dwd-brightsky", "linecast-brightsky_alerts.json").try_into().unwrap();
    assert_eq!((frost.kind, frost.severity, frost.certainty), (HazardKind::Winter, Severity::Minor, Certainty::Likely));
    assert_eq!(frost.areas[0].geocodes["WARNCELLID"], "711000101");
    assert_eq!((frost.onset, frost.expires), (Some(at("2026-03-07T00:00:00Z")), Some(at("2026-03-07T08:00:00Z"))));
    assert_eq!(frost.texts[0].event, "FROST");
}

fn steps(file: &str) -> Vec<Vec<PointStep>> {
    hazards("open-meteo", file).into_iter().map(|hazard| hazard.forecast.unwrap().steps).collect()
}

#[test]
fn open_meteo() {
    check_folder("open-meteo", |name| name.contains("error"));
    if corpus().is_none() {
        return;
    }
    let [manila] = steps("forecast_manila_2026-08-19_precip.json").try_into().unwrap();
    assert_eq!((manila.len(), manila[0].rain_mm, manila[0].time), (72, Some(1.1), at("2026-08-19T00:00:00Z")));
    let [denver] = steps("forecast_denver_2025-01_daily.json").try_into().unwrap();
    // 31.0 km/h on 4 January, local midnight six hours behind UTC.
    assert_eq!(
        (denver[3].gust_kt, denver[3].rain_mm, denver[3].time),
        (Some(16.7), Some(0.6), at("2025-01-04T06:00:00Z"))
    );
    let [stockholm] = steps("badvatten-weather.json").try_into().unwrap();
    // 3.5 m/s with gusts of 7.8 m/s at 10:45, two hours ahead of UTC.
    assert_eq!(
        (stockholm[0].wind_kt, stockholm[0].gust_kt, stockholm[0].time),
        (Some(6.8), Some(15.2), at("2026-06-21T08:45:00Z"))
    );
    let [qingdao] = steps("marine_qingdao_2026-10-06_current_unixtime.part.json").try_into().unwrap();
    assert_eq!((qingdao[0].wave_m, qingdao[0].time), (Some(0.34), at("2026-10-06T11:15:00Z")));
    let [beijing] = steps("marine_beijing_inland_nulls_2026-10-06.part.json").try_into().unwrap();
    assert_eq!(beijing[0].wave_m, None);
    assert_eq!(steps("jetblack-cities-ecmwf-array.json").len(), 12);
    assert_eq!(steps("more-weather-marine-array-null.transcribed.json").len(), 3);
    assert!(steps("forecast_minimal_no_variables.json").is_empty());
    let all = hazards("open-meteo", "ruby-vcr-forecast-general-0.json");
    assert!(all.iter().all(|hazard| hazard.severity == Severity::Unknown && hazard.footprint.is_empty()));
}
