//! Typhoons and warnings of mainland China and Taiwan.

use std::path::PathBuf;

use seawall::domain::{Averaging, Fix, Hazard, HazardKind, Severity, Technique, Timestamp, WindRadii};
use seawall::sources;

use crate::{check_files, check_folder, corpus, files, parse};

/// The formats of this file.
const OURS: [&str; 6] = ["nmc", "zjwater", "cma-bst", "nmc-alarm", "qweather", "cwa"];

/// The files of CMA's folder whose name begins or ends so.
fn of_cma(is_one: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let mut paths = files(&corpus.join("cma"));
    paths.retain(|path| path.file_name().is_some_and(|name| is_one(&name.to_string_lossy())));
    paths
}

#[test]
fn each_is_recognised_and_read() {
    check_files("nmc", &of_cma(|name| name.starts_with("nmc_")), |_| false);
    check_files("zjwater", &of_cma(|name| name.starts_with("zjwater_")), |_| false);
    check_files("cma-bst", &of_cma(|name| name.starts_with("CH")), |_| false);
    check_folder("nmc-alarm", |_| false);
    check_folder("qweather", |_| false);
    check_folder("cwa", |_| false);
}

#[test]
fn nothing_else_is_taken_for_one_of_ours() {
    let Some(corpus) = corpus() else { return };
    for path in files(&corpus) {
        let recognised = sources::recognise(&std::fs::read(&path).unwrap()).map(sources::Source::id);
        let is_theirs = !["cma", "nmc-alarm", "qweather", "cwa"].iter().any(|own| path.starts_with(corpus.join(own)));
        let is_ours = recognised.is_some_and(|id| OURS.contains(&id));
        assert!(!(is_theirs && is_ours), "{} is taken for {recognised:?}", path.display());
    }
}

fn hazards(path: &str) -> Vec<Hazard> {
    let Some(corpus) = corpus() else { return Vec::new() };
    parse(None, &corpus.join(path)).hazards
}

fn fixes(hazard: &Hazard) -> &[Fix] {
    hazard.track.as_ref().map_or(&[], |track| &track.fixes)
}

/// NE, SE, SW, NW.
fn quadrants(radii: &WindRadii) -> (u32, [f64; 4]) {
    (radii.kt, [radii.ne_km, radii.se_km, radii.sw_km, radii.nw_km])
}

#[test]
fn nmcs_list() {
    let Some(corpus) = corpus() else { return };
    let parsed = parse(None, &corpus.join("cma/nmc_list_default_2026-10-07.part.jsonp"));
    assert_eq!(parsed.links, ["view_3346033", "view_3346168", "view_3341981", "view_3337001", "view_3332799"]);
    assert_eq!(parsed.active.unwrap().keys, ["nmc:3346033", "nmc:3346168", "nmc:3341981"]);
    let small = parse(None, &corpus.join("cma/nmc_small_answers.part.txt"));
    assert_eq!(small, seawall::domain::Parsed::default());
}

#[test]
fn nolo_as_nmc_told_of_it() {
    let Some(nolo) = hazards("cma/nmc_view_3346168_nolo.part.jsonp").pop() else { return };
    assert_eq!((nolo.id.as_str(), nolo.name.as_deref()), ("nmc:3346168:CMA", Some("NOLO")));
    assert_eq!((nolo.names.as_slice(), nolo.is_last), (&["诺洛".to_owned()][..], false));
    assert_eq!(nolo.aliases, ["number:202628", "cma:202628"]);
    assert_eq!(nolo.issued, Some("2026-10-07T06:00:00Z".parse().unwrap()));
    let track = nolo.track.as_ref().unwrap();
    assert_eq!((track.averaging, track.standing), (Averaging::TwoMinutes, Technique::Official));
    let hours: Vec<_> = track.fixes.iter().map(|fix| fix.tau_h).collect();
    assert_eq!(hours, [-54, 0, 12, 24, 36, 48, 60, 72, 96, 120]);
    let (first, now) = (&track.fixes[0], &track.fixes[1]);
    assert_eq!((first.position.lat(), first.position.lon(), first.pmin_hpa), (24.8, 179.4, Some(935.0)));
    // 52 m/s.
    assert_eq!((first.vmax_kt, first.radii.len()), (Some(101.1), 3));
    assert_eq!(quadrants(&first.radii[0]), (28, [500.0, 450.0, 450.0, 500.0]));
    assert_eq!(quadrants(&now.radii[1]), (48, [100.0, 80.0, 80.0, 100.0]));
}

#[test]
fn a_lone_point_of_saudel() {
    let Some(saudel) = hazards("cma/nmc_view_3304099_point.part.json").pop() else { return };
    assert_eq!((saudel.event.as_str(), fixes(&saudel).len()), ("nmc:3304099", 9));
    let strongest = fixes(&saudel).iter().filter_map(|fix| fix.vmax_kt).fold(0.0, f64::max);
    assert!((strongest - 116.6).abs() < 1e-9, "60 m/s: {strongest}");
}

/// Number of fixes, hours of the first and last, issue and averaging of one agency's track of Mindulle.
#[track_caller]
fn check_mindulle(technique: &str, expected: (usize, i32, i32, &str, Averaging)) {
    let hazards = hazards("cma/zjwater_TyphoonInfo_202116_mindulle.json");
    if hazards.is_empty() {
        return;
    }
    assert_eq!(hazards.len(), 5);
    let is_it = |hazard: &&Hazard| hazard.id.as_str() == format!("zjwater:202116:{technique}");
    let hazard = hazards.iter().find(is_it).unwrap();
    let track = hazard.track.as_ref().unwrap();
    assert_eq!(track.standing, Technique::Official);
    let (first, last) = (track.fixes.first().unwrap(), track.fixes.last().unwrap());
    let issued = hazard.issued.unwrap().to_string();
    assert_eq!((track.fixes.len(), first.tau_h, last.tau_h, issued.as_str(), track.averaging), expected);
}

#[test]
fn mindulle_as_five_agencies_told_of_it() {
    use Averaging::{OneMinute, TenMinutes, TwoMinutes};
    // 52 points, and of CMA's last forecast one step ahead.
    check_mindulle("CMA", (53, -204, 12, "2021-10-02T00:00:00Z", TwoMinutes));
    check_mindulle("CWA", (4, 0, 18, "2021-10-01T18:00:00Z", TenMinutes));
    check_mindulle("JMA", (3, 0, 24, "2021-10-01T21:00:00Z", TenMinutes));
    check_mindulle("HKO", (3, 0, 48, "2021-09-30T18:00:00Z", TenMinutes));
    check_mindulle("JTWC", (3, 0, 24, "2021-10-01T18:00:00Z", OneMinute));
}

#[test]
fn mindulles_radii_are_ne_se_nw_sw() {
    let hazards = hazards("cma/zjwater_TyphoonInfo_202116_mindulle.json");
    let Some(cma) = hazards.first() else { return };
    assert_eq!((cma.name.as_deref(), cma.is_last), (Some("MINDULLE"), true));
    assert_eq!(cma.aliases, ["number:202116", "cma:202116"]);
    let now = fixes(cma).iter().find(|fix| fix.tau_h == 0).unwrap();
    // `400|280|400|250` and `100|70|100|70`; 28 m/s.
    assert_eq!((now.vmax_kt, now.pmin_hpa), (Some(54.4), Some(975.0)));
    assert_eq!(quadrants(&now.radii[0]), (28, [400.0, 280.0, 250.0, 400.0]));
    assert_eq!(quadrants(&now.radii[1]), (48, [100.0, 70.0, 70.0, 100.0]));
    assert!(cma.texts.is_empty(), "the one record of landfall is where it began");
}

/// Storms of a season; of the one with this key its name, number of fixes, strongest wind and lowest pressure. Counted
/// with awk in the file.
#[track_caller]
fn check_season(file: &str, storms: usize, key: &str, expected: (Option<&str>, usize, f64, f64)) {
    let hazards = hazards(&format!("cma/{file}"));
    if hazards.is_empty() {
        return;
    }
    assert_eq!(hazards.len(), storms, "{file}");
    let hazard = hazards.iter().find(|hazard| hazard.event == key).unwrap();
    assert_eq!(hazard.track.as_ref().unwrap().standing, Technique::Analysis);
    let vmax = fixes(hazard).iter().filter_map(|fix| fix.vmax_kt).fold(0.0, f64::max);
    let pmin = fixes(hazard).iter().filter_map(|fix| fix.pmin_hpa).fold(2_000.0, f64::min);
    assert_eq!((hazard.name.as_deref(), fixes(hazard).len(), vmax, pmin), expected);
}

#[test]
fn seasons() {
    check_season("CH1956BST.txt", 38, "cma:19560022", (Some("DINAH"), 34, 87.5, 970.0));
    check_season("CH1994BST.txt", 40, "cma:19940026", (Some("LUKE"), 31, 48.6, 985.0));
    check_season("CH2000BST.txt", 28, "cma:20000012", (Some("JELAWAT"), 42, 87.5, 950.0));
    check_season("CH2004BST.txt", 34, "cma:20040017", (Some("RANANIM"), 36, 87.5, 950.0));
    check_season("CH2006BST.txt", 28, "cma:20060010", (Some("SAOMAI"), 28, 116.6, 915.0));
    check_season("CH2013BST.txt", 35, "cma:20130028", (Some("WIPHA"), 28, 97.2, 940.0));
    check_season("CH2017BST.txt", 30, "cma:20170014", (Some("HATO"), 26, 101.1, 935.0));
}

#[test]
fn best_tracks_by_hand() {
    let season = hazards("cma/CH2004BST.txt");
    let Some(rananim) = season.iter().find(|hazard| hazard.name.as_deref() == Some("RANANIM")) else { return };
    // CMA's 0414 is JMA's 0413: only its own number is told.
    assert_eq!(rananim.aliases, ["cma:200414"]);
    let landfall: Timestamp = "2004-08-12T12:00:00Z".parse().unwrap();
    let fix = fixes(rananim).iter().find(|fix| fix.time == landfall).unwrap();
    assert_eq!((fix.position.lat(), fix.position.lon(), fix.pmin_hpa), (28.3, 121.3, Some(950.0)));
    let season = hazards("cma/CH2017BST.txt");
    let hato = season.iter().find(|hazard| hazard.name.as_deref() == Some("HATO")).unwrap();
    assert_eq!(hato.aliases, ["number:201713", "cma:201713"]);
    assert_eq!(hato.issued, Some("2018-05-01T00:00:00Z".parse().unwrap()));
    // A secondary centre is a track by itself.
    assert!(hazards("cma/CH1956BST.txt").iter().any(|hazard| hazard.event == "cma:19560011-1"));
}

/// Counts of warnings and, of one by its headline, its place, kind, severity, code and issue.
#[track_caller]
fn check_alarm(file: &str, count: usize, headline: &str, expected: (&str, HazardKind, Severity, Option<&str>, &str)) {
    let hazards = hazards(&format!("nmc-alarm/{file}"));
    if hazards.is_empty() {
        return;
    }
    assert_eq!(hazards.len(), count, "{file}");
    let is_it = |hazard: &&Hazard| hazard.texts.iter().any(|text| text.headline.as_deref() == Some(headline));
    let hazard = hazards.iter().find(is_it).unwrap();
    let (area, issued) = (hazard.areas.first().unwrap(), hazard.issued.unwrap().to_string());
    let code = area.geocodes.get("GB/T 2260").map(String::as_str);
    assert_eq!((area.name.as_str(), hazard.kind, hazard.severity, code, issued.as_str()), expected);
    assert!(hazard.expires.is_none() && hazard.footprint.is_empty());
}

#[test]
fn alarms() {
    use HazardKind::{Flood, Other, Wind, Winter};
    let fog = "贵州省黔西南布依族苗族自治州安龙县气象台发布大雾橙色预警信号";
    let place = "贵州省黔西南布依族苗族自治州安龙县";
    let file = "findAlarm-20260912.transcribed.json";
    check_alarm(file, 3, fog, (place, Other, Severity::Severe, None, "2026-09-11T18:09:00Z"));
    let gale = "辽宁省锦州市黑山县气象台发布大风蓝色预警信号";
    check_alarm(file, 3, gale, ("辽宁省锦州市黑山县", Wind, Severity::Minor, None, "2026-09-11T19:39:00Z"));
    let torrent = "浙江省水利厅、浙江省气象台发布山洪灾害蓝色预警";
    let expected = ("浙江省", Flood, Severity::Minor, Some("330000"), "2026-08-07T10:18:00Z");
    check_alarm("findAlarm-zhejiang-20260807.transcribed.json", 2, torrent, expected);
    let rain = "四川省巴中市平昌县气象台发布暴雨橙色预警信号";
    let expected = ("四川省巴中市平昌县", Flood, Severity::Severe, Some("511923"), "2026-09-19T16:10:00Z");
    check_alarm("findAlarm_2026-09-20.excerpt.json", 14, rain, expected);
    let fog = "北京市气象台发布大雾红色预警信号";
    let expected = ("北京市", Other, Severity::Extreme, Some("110000"), "2026-03-06T22:00:00Z");
    check_alarm("linecast-cma_warnings.json", 7, fog, expected);
    let ice = "山西省气象台发布道路结冰黄色预警";
    let expected = ("山西省", Winter, Severity::Moderate, Some("140000"), "2026-03-07T07:40:00Z");
    check_alarm("linecast-cma_warnings.json", 7, ice, expected);
}

#[test]
fn qweathers_storms() {
    let Some(forecast) = hazards("qweather/getStormForecast.json").pop() else { return };
    assert_eq!((fixes(&forecast).len(), forecast.track.as_ref().unwrap().standing), (7, Technique::Guidance));
    assert_eq!(forecast.issued, Some("2021-07-27T03:00:00Z".parse().unwrap()));
    let track = hazards("qweather/getStormTrack.json").pop().unwrap();
    let hours: Vec<_> = fixes(&track).iter().map(|fix| fix.tau_h).collect();
    assert_eq!((hours, track.is_last), (vec![-12, -9, -3, 0], false));
    let first = &fixes(&track)[0];
    // 35 m/s.
    assert_eq!((first.vmax_kt, first.pmin_hpa), (Some(68.0), Some(970.0)));
    assert_eq!(quadrants(&first.radii[0]), (28, [120.0, 150.0, 120.0, 100.0]));
    assert_eq!(quadrants(&first.radii[2]), (64, [30.0; 4]));
}

#[test]
fn qweathers_warnings() {
    let nantong = hazards("qweather/warning-now-nantong-2024-05-14.json");
    if nantong.is_empty() {
        return;
    }
    let kinds: Vec<_> = nantong.iter().map(|hazard| (hazard.kind, hazard.severity)).collect();
    let moderate =
        [HazardKind::Flood, HazardKind::Flood, HazardKind::Thunderstorm].map(|kind| (kind, Severity::Moderate));
    assert_eq!(kinds, moderate);
    assert_eq!(nantong[1].issued, Some("2024-05-14T09:34:00Z".parse().unwrap()));
    assert_eq!((nantong[1].texts[0].lang.as_str(), nantong[1].texts[0].event.as_str()), ("zh-CN", "暴雨"));
    let wind = hazards("qweather/getWeatherAlertCurrent-en.json").pop().unwrap();
    assert_eq!((wind.kind, wind.severity), (HazardKind::Wind, Severity::Moderate));
    assert_eq!(wind.expires, Some("2025-10-18T00:00:00Z".parse().unwrap()));
    assert_eq!(wind.texts[0].lang, "en");
}

#[test]
fn choi_wan_as_cwa_told_of_it() {
    let Some(choi_wan) = hazards("cwa/W-C0034-005-choi-wan-2026-10-04.transcribed.json").pop() else { return };
    assert_eq!((choi_wan.event.as_str(), choi_wan.name.as_deref()), ("cwa:2026TD30", Some("CHOI-WAN")));
    assert!(choi_wan.aliases.is_empty());
    let hours: Vec<_> = fixes(&choi_wan).iter().map(|fix| fix.tau_h).collect();
    assert_eq!(hours, [-90, -6, 0, 6, 24, 96]);
    let now = &fixes(&choi_wan)[2];
    // 43 and 53 m/s.
    assert_eq!((now.vmax_kt, now.gust_kt, now.pmin_hpa), (Some(83.6), Some(103.0), Some(945.0)));
    assert_eq!(quadrants(&now.radii[0]), (29, [300.0, 300.0, 250.0, 280.0]));
    assert_eq!(quadrants(&fixes(&choi_wan)[4].radii[1]), (49, [100.0; 4]));
    let last = &fixes(&choi_wan)[5];
    assert_eq!((last.vmax_kt, last.circle_km, last.radii.len()), (None, Some(390.0), 0));
    let languages: Vec<_> = choi_wan.texts.iter().map(|text| text.lang.as_str()).collect();
    assert_eq!(languages, ["zh-TW", "en-US"]);
}

#[test]
fn a_depression_in_cwas_old_shape() {
    let Some(depression) = hazards("cwa/W-C0034-005-td11-2024.transcribed.json").pop() else { return };
    assert_eq!((depression.event.as_str(), depression.name.as_deref()), ("cwa:2024TD11", None));
    let hours: Vec<_> = fixes(&depression).iter().map(|fix| fix.tau_h).collect();
    assert_eq!(hours, [-6, 0, 24, 48]);
    let day = &fixes(&depression)[2];
    assert_eq!((day.position.lat(), day.position.lon(), day.circle_km), (17.2, 141.7, Some(140.0)));
    assert_eq!(quadrants(&day.radii[0]), (29, [80.0; 4]));
}
