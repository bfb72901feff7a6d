//! ATCF decks and JTWC data files.

use std::collections::BTreeMap;
use std::path::Path;

use seawall::domain::{Hazard, Technique, Timestamp};

use crate::{check_folder, check_hazard, corpus, files, parse, say};

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

/// The tracks of a deck by technique.
fn by_technique(corpus: &Path, file: &str) -> BTreeMap<String, Vec<Hazard>> {
    let mut techniques: BTreeMap<String, Vec<Hazard>> = BTreeMap::new();
    for hazard in parse(None, &corpus.join("atcf").join(file)).hazards {
        techniques.entry(hazard.track.as_ref().unwrap().technique.clone()).or_default().push(hazard);
    }
    techniques
}

/// 41 of 79 lines say that they fix a centre, at 36 times; one gives a centre and says nothing of it.
#[test]
fn fixes_of_bill() {
    let Some(corpus) = corpus() else { return };
    let techniques = by_technique(&corpus, "pairs/fal022021.dat");
    assert_eq!(techniques.keys().collect::<Vec<_>>(), ["FIX"]);
    let [hazard] = techniques["FIX"].as_slice() else { panic!("one track of fixes") };
    assert_eq!(hazard.id.as_str(), "atcf:al022021:FIX");
    let track = hazard.track.as_ref().unwrap();
    assert_eq!(track.standing, Technique::Analysis);
    let at = |time: &str| track.fixes.iter().find(|fix| fix.time == time.parse().unwrap()).unwrap();
    let scatterometer = at("2021-06-15T00:02:00Z");
    assert_eq!((scatterometer.position.lat(), scatterometer.position.lon()), (36.07, -70.72));
    assert_eq!((scatterometer.vmax_kt, scatterometer.radii[0].se_km), (Some(38.0), 129.6));
    // Flagged `I`: a Dvorak number that was corrected.
    assert_eq!(at("2021-06-14T11:32:00Z").vmax_kt, None);
    assert_eq!(track.fixes.len(), 37);
}

/// 199 `TR` lines, of three techniques at 7 times.
#[test]
fn circles_of_bill() {
    let Some(corpus) = corpus() else { return };
    let techniques = by_technique(&corpus, "pairs/eal022021.dat");
    assert_eq!(techniques.keys().collect::<Vec<_>>(), ["GPCC-TR", "TVCN-TR", "TVCX-TR"]);
    assert_eq!(techniques.values().map(Vec::len).sum::<usize>(), 21);
    let first =
        techniques["GPCC-TR"].iter().find(|hazard| hazard.issued == "2021-06-14T12:00:00Z".parse().ok()).unwrap();
    let track = first.track.as_ref().unwrap();
    assert_eq!((track.standing, first.event.as_str()), (Technique::Guidance, "al022021"));
    let told: Vec<_> = track.fixes.iter().take(2).map(|fix| (fix.tau_h, fix.position.lat(), fix.circle_km)).collect();
    assert_eq!(told, [(12, 36.6, Some(46.3)), (24, 39.7, Some(74.1))]);
}

#[test]
fn dolphin_crosses_the_date_line() {
    let Some(corpus) = corpus() else { return };
    let techniques = by_technique(&corpus, "awp122026_carq_dolphin_dateline.part.dat");
    let [first, second, ..] = techniques["CARQ"].as_slice() else { panic!("analyses of Dolphin") };
    assert_eq!((first.event.as_str(), first.name.as_deref()), ("wp122026", Some("DOLPHIN")));
    let lons = |hazard: &Hazard| -> Vec<f64> {
        hazard.track.as_ref().unwrap().fixes.iter().map(|fix| fix.position.lon()).collect()
    };
    assert_eq!((lons(first), lons(second)), (vec![-170.8, -176.0], vec![179.7]));
}

#[test]
fn members_of_norbert() {
    let Some(corpus) = corpus() else { return };
    let techniques = by_technique(&corpus, "aep142014.dat");
    let (members, others): (Vec<_>, Vec<_>) =
        techniques.keys().map(String::as_str).partition(|technique| technique.starts_with("EE"));
    assert_eq!((members.len(), others), (51, vec!["ECMF"]));
    for (technique, hazards) in &techniques {
        let standing = if technique == "ECMF" { Technique::Guidance } else { Technique::Member };
        for hazard in hazards {
            assert_eq!((hazard.source.as_str(), hazard.track.as_ref().unwrap().standing), ("ecmwf", standing));
        }
    }
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
    assert_eq!(hazard.issued, Some("2026-08-22T15:00:00Z".parse().unwrap()));
    let fixes = &hazard.track.as_ref().unwrap().fixes;
    assert_eq!(fixes.iter().map(|fix| fix.tau_h).collect::<Vec<_>>(), [0, 12, 24, 36, 48, 60, 72, 96, 120]);
    let strongest = fixes.iter().filter_map(|fix| fix.vmax_kt).max_by(f64::total_cmp);
    assert_eq!(strongest, Some(130.0));
    // T120: R034 140 NE 130 SE 110 SW 120 NW.
    let gales = &fixes[8].radii[0];
    assert_eq!((gales.ne_km, gales.se_km, gales.sw_km, gales.nw_km), (259.3, 240.8, 203.7, 222.2));
}
