//! The Hong Kong Observatory and GDACS.

use std::path::PathBuf;

use seawall::domain::{Averaging, Hazard, HazardKind, MsgType, Parsed, Severity, Technique};

use crate::{check_files, corpus, files, parse};

/// The files of a folder whose names pass.
fn some(folder: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let mut found = files(&corpus.join(folder));
    found.retain(|path| is_wanted(&path.file_name().unwrap().to_string_lossy()));
    found
}

fn read(file: &str) -> Option<Parsed> {
    Some(parse(None, &corpus()?.join(file)))
}

#[test]
fn hko() {
    if corpus().is_some() {
        check_files("hko", &some("hko", |name| !name.starts_with("warn")), |_| false);
    }
}

#[test]
fn hko_warning() {
    if corpus().is_some() {
        check_files("hko-warning", &some("hko-warning", |_| true), |_| false);
        check_files("hko-warning", &some("hko", |name| name.starts_with("warn")), |_| false);
    }
}

#[test]
fn gdacs() {
    if corpus().is_some() {
        check_files("gdacs", &some("gdacs", |_| true), |name| {
            name.contains("/invalid/") || name.ends_with("hdx-xml-rss.xml")
        });
    }
}

#[test]
fn the_warnings_that_lie_with_the_storms_are_read_as_hko_too() {
    for path in some("hko", |name| name.starts_with("warn")) {
        let as_hko = parse(Some("hko"), &path);
        assert_eq!(as_hko.hazards.len(), parse(None, &path).hazards.len());
        assert!(as_hko.faults.is_empty(), "{:?}", as_hko.faults);
        assert!(as_hko.hazards.iter().all(|hazard| hazard.format == "hko"));
    }
}

#[test]
fn surigae() {
    let Some(parsed) = read("hko/hko_tctrack_a.xml") else { return };
    let [hazard] = parsed.hazards.try_into().unwrap();
    assert_eq!((hazard.id.as_str(), hazard.name.as_deref()), ("hko:2102:HKO", Some("SURIGAE")));
    assert_eq!(hazard.issued.unwrap().to_string(), "2021-04-25T05:00:10Z");
    let track = hazard.track.unwrap();
    assert_eq!((track.standing, track.averaging, track.fixes.len()), (Technique::Official, Averaging::TenMinutes, 55));
    let first = &track.fixes[0];
    assert_eq!((first.tau_h, first.position.lat(), first.position.lon()), (-279, 7.4, 138.0));
    // 240 km/h on 17 April, 12 UTC.
    let strongest = track.fixes.iter().filter_map(|fix| fix.vmax_kt).fold(0.0, f64::max);
    assert_eq!((first.vmax_kt, strongest), (Some(24.3), 129.6));
    let last = track.fixes.last().unwrap();
    assert_eq!((last.tau_h, last.vmax_kt, last.time.to_string().as_str()), (0, None, "2021-04-25T03:00:00Z"));
    let list = read("hko/tc_list.xml").unwrap();
    assert_eq!(list.links, ["http://www.weather.gov.hk/wxinfo/currwx/hko_tctrack_2102.xml"]);
    assert_eq!(list.active.unwrap().keys, ["hko:2102"]);
}

#[track_caller]
fn check_warning(parsed: &Parsed, key: &str, severity: Severity, msg: MsgType, lang: &str, issued: &str) {
    let id = format!("hko-warning:{key}");
    let hazard = parsed.hazards.iter().find(|hazard| hazard.id.as_str() == id).unwrap();
    assert_eq!((hazard.severity, hazard.msg), (severity, msg), "{key}");
    assert_eq!(
        (hazard.texts.first().unwrap().lang.as_str(), hazard.issued.unwrap().to_string().as_str()),
        (lang, issued),
        "{key}"
    );
    assert_eq!(hazard.footprint.polygons.len(), 1);
}

#[test]
fn warnings_of_hong_kong() {
    let Some(parsed) = read("hko-warning/warnsum-tc8ne-2026-08-25.transcribed.json") else { return };
    check_warning(&parsed, "WTCSGNL", Severity::Severe, MsgType::Alert, "en", "2026-08-25T06:20:00Z");
    check_warning(&parsed, "WRAIN", Severity::Extreme, MsgType::Alert, "en", "2026-08-25T08:00:00Z");
    check_warning(&parsed, "WTS", Severity::Moderate, MsgType::Update, "en", "2026-08-25T10:45:00Z");
    check_warning(&parsed, "WFIRE", Severity::Minor, MsgType::Cancel, "en", "2026-08-25T04:00:00Z");
    let parsed = read("hko/warnsum_2020-09-24_sample.json").unwrap();
    assert_eq!(parsed.hazards.len(), 11);
    check_warning(&parsed, "WTCSGNL", Severity::Moderate, MsgType::Alert, "zh-HK", "2020-09-24T03:15:00Z");
    check_warning(&parsed, "WTMW", Severity::Severe, MsgType::Alert, "zh-HK", "2020-09-24T03:15:00Z");
    let parsed = read("hko/warningInfo_2021-10-13_details.part.json").unwrap();
    check_warning(&parsed, "WTCSGNL", Severity::Severe, MsgType::Alert, "en", "2021-10-13T07:45:00Z");
    check_warning(&parsed, "WRAIN", Severity::Moderate, MsgType::Alert, "en", "2021-10-13T06:02:00Z");
    let parsed = read("hko-warning/warningInfo-tc-20200924.transcribed.json").unwrap();
    check_warning(&parsed, "WHOT", Severity::Minor, MsgType::Alert, "zh-HK", "2020-09-23T23:00:00Z");
    assert_eq!(parsed.hazards[3].texts[0].event, "酷熱天氣警告");
}

/// Counts of hazards, links and those more than minor.
#[track_caller]
fn check_list(file: &str, hazards: usize, links: usize, worse: usize) {
    let Some(parsed) = read(&format!("gdacs/{file}")) else { return };
    let found = parsed.hazards.iter().filter(|hazard| hazard.severity > Severity::Minor).count();
    assert_eq!((parsed.hazards.len(), parsed.links.len(), found), (hazards, links, worse), "{file}");
}

#[test]
fn lists_of_gdacs() {
    // 9 storms of the first list bear Orange and 10 Red; 4 are current. The archive says of none whether it is, and 20
    // of its links differ.
    check_list("eventlist-TC.json", 100, 4, 19);
    check_list("eventlist-EQ.json", 100, 65, 2);
    check_list("eventlist-WF.json", 100, 100, 1);
    check_list("eventlist-MAP-tc-twentythree-2026-09-05.transcribed.json", 1, 1, 0);
    check_list("2026-08/eventlist-TC.2026-08-22T170000Z.json", 100, 5, 20);
    check_list("gdacs-rss-7d.xml", 115, 72, 8);
    check_list("rss_archive_india_2012-2016.xml", 23, 20, 23);
    check_list("2026-08/getlocations-TC-1001306-two-c.json", 0, 0, 0);
}

fn one(file: &str) -> Option<Hazard> {
    let [hazard] = read(&format!("gdacs/{file}"))?.hazards.try_into().unwrap();
    Some(hazard)
}

#[test]
fn saudel_as_gdacs_draws_it_is_as_jtwc_warned() {
    let Some(hazard) = one("2026-08/geometry-TC-1001305-e17-saudel.json") else { return };
    assert_eq!((hazard.id.as_str(), hazard.name.as_deref()), ("gdacs:TC1001305:GDACS", Some("SAUDEL")));
    assert_eq!((hazard.severity, hazard.footprint.polygons.len()), (Severity::Severe, 1));
    let track = hazard.track.unwrap();
    assert_eq!((track.standing, track.fixes.len()), (Technique::Guidance, 25));
    let tcw = read("jtwc/2026-08/wp1726.2026-08-22T140000Z.tcw").unwrap().hazards.remove(0).track.unwrap();
    for official in &tcw.fixes {
        let relayed = track.fixes.iter().find(|fix| fix.time == official.time).unwrap();
        assert_eq!((relayed.tau_h, relayed.position), (official.tau_h, official.position));
        assert_eq!(relayed.radii, official.radii, "{}", official.time);
    }
}

#[test]
fn two_c_by_its_timeline_and_its_geometry() {
    let Some(timeline) = one("2026-08/impact-timeline-TC-1001306-two-c.json") else { return };
    let track = timeline.track.unwrap();
    assert_eq!((timeline.name, track.fixes.len()), (None, 17));
    let now = track.fixes.iter().find(|fix| fix.tau_h == 0).unwrap();
    assert_eq!((now.vmax_kt, now.gust_kt, now.pmin_hpa), (Some(45.0), Some(55.0), Some(994.0)));
    // 100, 40, 0 and 100 nautical miles.
    let gales = &now.radii[0];
    assert_eq!((gales.ne_km, gales.se_km, gales.sw_km, gales.nw_km), (185.2, 74.1, 0.0, 185.2));
    let geometry = one("2026-08/geometry-TC-1001306-e9-two-c.json").unwrap();
    let drawn = geometry.track.unwrap();
    assert_eq!(drawn.fixes.len(), 17);
    for fix in &drawn.fixes {
        let same = track.fixes.iter().find(|other| other.time == fix.time).unwrap();
        assert_eq!(fix.position, same.position);
    }
}

#[test]
fn a_track_whose_pieces_are_numbered_at_random() {
    let Some(hazard) = one("geometry-TC-mislabelled-track.json") else { return };
    let track = hazard.track.unwrap();
    assert_eq!((hazard.severity, hazard.name, track.fixes.len()), (Severity::Minor, None, 12));
    let first = &track.fixes[0];
    assert_eq!((first.position.lat(), first.position.lon(), first.tau_h), (20.1, 108.4, -24));
    assert_eq!(track.fixes.iter().filter(|fix| !fix.radii.is_empty()).count(), 4);
}

#[test]
fn other_hazards_of_gdacs() {
    let Some(volcano) = one("geometry-VO.json") else { return };
    assert_eq!((volcano.kind, volcano.footprint.polygons.len()), (HazardKind::Earthquake, 1));
    assert_eq!(volcano.aliases, ["glide:VO-2026-000115-PHL"]);
    let fire = one("geometry-WF.json").unwrap();
    assert_eq!((fire.kind, fire.footprint.polygons[0].len(), fire.severity), (HazardKind::Fire, 6, Severity::Minor));
    let flood = one("geteventdata-FL1102983-1.json").unwrap();
    assert_eq!((flood.severity, flood.kind), (Severity::Extreme, HazardKind::Flood));
    assert_eq!(flood.expires.unwrap().to_string(), "2024-11-04T11:00:00Z");
    let cap = one("gdacs-cap_1001150.xml").unwrap();
    assert_eq!((cap.event.as_str(), cap.severity), ("gdacs:TC1001150", Severity::Minor));
}

/// No other kind of document is taken for one of these.
#[test]
fn others_are_left_alone() {
    let Some(corpus) = corpus() else { return };
    for path in files(&corpus) {
        let body = std::fs::read(&path).unwrap();
        let name = path.strip_prefix(&corpus).unwrap().display().to_string();
        let is_ours = ["hko/", "hko-warning/", "gdacs/"].iter().any(|folder| name.starts_with(folder));
        for source in
            seawall::sources::ALL.iter().filter(|source| source.id().starts_with("hko") || source.id() == "gdacs")
        {
            assert!(is_ours || !source.recognises(&body), "{name} is taken for {}", source.id());
        }
    }
}
