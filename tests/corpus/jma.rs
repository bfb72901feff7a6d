//! The Japan Meteorological Agency: advisories, warnings and best tracks.

use std::path::PathBuf;

use seawall::domain::{Fix, Hazard, MsgType, Severity, Status, Technique, Timestamp, Urgency};

use crate::{check_files, check_folder, corpus, files, parse, say};

/// The recorded files of JMA, best tracks or the rest.
fn of_jma(is_best_track: bool) -> Vec<PathBuf> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let is_bst = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("bst_"));
    files(&corpus.join("jma")).into_iter().filter(|path| is_bst(path) == is_best_track).collect()
}

fn read(file: &str) -> Option<Vec<Hazard>> {
    let parsed = parse(None, &corpus()?.join(file));
    assert!(parsed.faults.is_empty(), "{file}: {:?}", parsed.faults);
    Some(parsed.hazards)
}

fn fix<'a>(hazard: &'a Hazard, time: &str) -> &'a Fix {
    let time: Timestamp = time.parse().unwrap();
    hazard.track.as_ref().unwrap().fixes.iter().find(|fix| fix.time == time).unwrap()
}

/// Threshold and the radii to NE, SE, SW, NW.
fn radii(fix: &Fix) -> Vec<(u32, [f64; 4])> {
    fix.radii.iter().map(|r| (r.kt, [r.ne_km, r.se_km, r.sw_km, r.nw_km])).collect()
}

#[test]
fn jma() {
    if corpus().is_some() {
        check_files("jma", &of_jma(false), |_| false);
    }
}

#[test]
fn jma_best_tracks() {
    if corpus().is_some() {
        check_files("jma-bst", &of_jma(true), |_| false);
    }
}

#[test]
fn jma_warnings() {
    check_folder("jma-warning", |_| false);
}

/// Snapshots, final ones among them, and those that have a forecast: counted in the files with a script.
#[test]
fn banked_advisories() {
    for (tc, snapshots, last) in
        [("TC2614", 1, 0), ("TC2616", 15, 2), ("TC2618", 28, 1), ("TC2620", 27, 1), ("TC2622", 12, 0), ("TC2623", 6, 0)]
    {
        let Some(hazards) = read(&format!("jma/namie_archive_tc_{tc}.json")) else { return };
        assert_eq!(hazards.len(), snapshots, "{tc}");
        assert_eq!(hazards.iter().filter(|hazard| hazard.is_last).count(), last, "{tc}");
        assert!(hazards.windows(2).all(|pair| pair[0].issued <= pair[1].issued), "{tc}: the newest is not the last");
        for hazard in &hazards {
            let track = hazard.track.as_ref().unwrap();
            assert_eq!((hazard.event.as_str(), hazard.source.as_str()), (format!("jma:{tc}").as_str(), "jma"));
            assert_eq!((track.technique.as_str(), track.standing), ("JMA", Technique::Official), "{tc}");
            assert_eq!(track.averaging.minutes(), 10);
        }
    }
}

#[test]
fn nangka() {
    let Some(hazards) = read("jma/namie_archive_tc_TC2620.json") else { return };
    let issued: Timestamp = "2026-08-12T21:45:00Z".parse().unwrap();
    let hazard = hazards.iter().find(|hazard| hazard.issued == Some(issued)).unwrap();
    assert_eq!(
        (hazard.name.as_deref(), hazard.names.as_slice()),
        (Some("NANGKA"), [String::from("ナンカー")].as_slice())
    );
    assert_eq!(hazard.aliases, ["number:202617"]);
    // Seven points as a depression and eight since, of which one is in both; the last is the analysis.
    let taus: Vec<_> = hazard.track.as_ref().unwrap().fixes.iter().map(|fix| fix.tau_h).collect();
    assert_eq!(taus.len(), 13 + 7);
    assert_eq!((taus[0], taus[12], taus[13], taus[19]), (-39, -3, 0, 117));
    let now = fix(hazard, "2026-08-12T21:00:00Z");
    assert_eq!((now.vmax_kt, now.gust_kt, now.pmin_hpa), (Some(35.0), Some(50.0), Some(994.0)));
    // 350 nautical miles to the southwest and 210 to the northeast.
    assert_eq!(radii(now), [(30, [388.9, 502.1, 648.2, 502.1])]);
    let ahead = fix(hazard, "2026-08-13T09:00:00Z");
    assert_eq!((ahead.position.lat(), ahead.position.lon(), ahead.circle_km), (27.3, 149.3, Some(64.8)));
    let earlier = fix(hazard, "2026-08-12T12:00:00Z");
    assert_eq!((earlier.position.lat(), earlier.position.lon(), earlier.vmax_kt), (23.4, 144.8, None));
}

#[test]
fn a_depression_has_a_letter_and_no_number() {
    let Some(hazards) = read("jma/namie_archive_tc_TC2614.json") else { return };
    let hazard = &hazards[0];
    assert!(hazard.name.is_none() && hazard.aliases.is_empty() && hazard.names.is_empty());
    let strongest = fix(hazard, "2026-07-25T06:00:00Z");
    assert_eq!((strongest.vmax_kt, strongest.gust_kt, strongest.circle_km), (Some(50.0), Some(70.0), Some(203.7)));
    assert_eq!(fix(hazard, "2026-07-27T06:00:00Z").vmax_kt, None, "0 m/s is no wind that JMA gives");
}

#[test]
fn morakot_and_talim_by_telegram() {
    let Some(hazards) = read("jma/jmaxml/09_01_06_091210_VPTW40.xml") else { return };
    let morakot = &hazards[0];
    assert_eq!((morakot.event.as_str(), morakot.name.as_deref()), ("jma:TC0910", Some("MORAKOT")));
    assert_eq!((morakot.aliases[0].as_str(), morakot.track.as_ref().unwrap().fixes.len()), ("number:200908", 12));
    let now = fix(morakot, "2009-08-06T00:00:00Z");
    assert_eq!((now.vmax_kt, now.gust_kt, now.pmin_hpa), (Some(75.0), Some(105.0), Some(960.0)));
    assert_eq!(radii(now), [(30, [555.6, 648.2, 648.2, 555.6]), (50, [148.2; 4])]);
    let hazards = read("jma/jmaxml/10_04_03_170913_VPTW60.xml").unwrap();
    // A storm warning area of 150 nautical miles holds a circle of 60.
    let ahead = fix(&hazards[0], "2017-09-14T12:00:00Z");
    assert_eq!((ahead.circle_km, radii(ahead)), (Some(111.1), vec![(50, [166.7; 4])]));
    assert!(radii(fix(&hazards[0], "2017-09-18T12:00:00Z")).is_empty());
    let hazards = read("jma/jmaxml/10_04_07_170916_VPTW60.xml").unwrap();
    let track = hazards[0].track.as_ref().unwrap();
    assert_eq!((track.standing, track.fixes.len()), (Technique::Analysis, 2), "an hourly one has no forecast");
    assert_eq!(radii(&track.fixes[0])[1], (50, [203.7, 162.5, 129.6, 162.5]));
}

#[test]
fn corrections_and_last_words() {
    for (file, msg, is_last) in [
        ("10_05_01_200826_VPTW60", MsgType::Alert, false),
        ("10_05_02_200826_VPTW60", MsgType::Update, false),
        ("10_05_05_200826_VPTW61", MsgType::Alert, true),
    ] {
        let Some(hazards) = read(&format!("jma/jmaxml/{file}.xml")) else { return };
        assert_eq!((hazards[0].msg, hazards[0].is_last, hazards[0].status), (msg, is_last, Status::Actual), "{file}");
    }
}

/// Warnings in districts and municipalities, how many are lifted and how many are emergency warnings: counted in the
/// files with a script.
#[test]
fn warnings_by_telegram() {
    for (file, count, lifted, emergency) in [
        ("15_08_02_130412_VPWW53", 168, 0, 42),
        ("15_08_03_160628_VPWW53", 168, 4, 29),
        ("15_08_05_130412_VPWW53", 45, 45, 0),
        ("15_09_03_130826_VPWW53", 116, 64, 0),
        ("15_10_03_160628_VPWW53", 111, 0, 90),
        ("15_14_01_170216_VPWW54", 9, 0, 3),
        ("15_16_07_250630_VPWW61", 19, 0, 0),
        ("15_17_01_250630_VPWW55", 18, 1, 0),
        ("15_17_01_250123_VPWW54", 84, 0, 0),
    ] {
        let Some(hazards) = read(&format!("jma/jmaxml/{file}.xml")) else { return };
        let of = |is_it: &dyn Fn(&Hazard) -> bool| hazards.iter().filter(|hazard| is_it(hazard)).count();
        let is_lifted = |hazard: &Hazard| hazard.msg == MsgType::Cancel;
        let is_emergency = |hazard: &Hazard| !is_lifted(hazard) && hazard.severity == Severity::Extreme;
        assert_eq!((hazards.len(), of(&is_lifted), of(&is_emergency)), (count, lifted, emergency), "{file}");
    }
}

#[test]
fn matsue_and_oki() {
    let Some(hazards) = read("jma/jmaxml/15_17_01_250630_VPWW55.xml") else { return };
    let of = |id: &str| hazards.iter().find(|hazard| hazard.id.as_str() == id).unwrap();
    let matsue = of("jma:3220100:heavy-rain");
    assert_eq!((matsue.severity, matsue.msg, matsue.urgency), (Severity::Severe, MsgType::Update, Urgency::Expected));
    assert_eq!((matsue.areas[0].name.as_str(), matsue.texts[0].event.as_str()), ("松江市", "レベル３大雨警報"));
    assert_eq!(matsue.areas[0].geocodes["jma-class20"], "3220100");
    assert_eq!(matsue.issued, "2024-11-02T02:19:00Z".parse().ok());
    assert_eq!(of("jma:3252800:heavy-rain").msg, MsgType::Cancel);
    assert_eq!(of("jma:3234300:heavy-rain").severity, Severity::Moderate);
    let landslides = read("jma/jmaxml/15_17_01_250630_VPWW56.xml").unwrap();
    let yoshika = landslides.iter().find(|hazard| hazard.event == "jma:3250500:landslide").unwrap();
    assert_eq!((yoshika.severity, yoshika.urgency), (Severity::Severe, Urgency::Immediate), "a danger warning");
}

#[test]
fn warnings_by_json() {
    let Some(hazards) = read("jma-warning/r8-130000-shape.derived.json") else { return };
    let found: Vec<_> = hazards.iter().map(|hazard| (hazard.id.as_str(), hazard.msg, hazard.severity)).collect();
    assert_eq!(
        found,
        [
            ("jma:130010:heavy-rain", MsgType::Cancel, Severity::Severe),
            ("jma:1310100:thunderstorm", MsgType::Alert, Severity::Minor),
        ]
    );
    assert_eq!(hazards[1].texts[0].description.as_deref(), Some("竜巻"));
    let old = read("jma-warning/linecast-jma_warning_tokyo.json").unwrap();
    // Tokyo's heavy rain warning stands above its advisory of the same rain.
    let ids: Vec<_> = old.iter().map(|hazard| hazard.id.as_str()).collect();
    assert_eq!(ids, ["jma:130000:heavy-rain", "jma:130000:dry-air", "jma:140000:heavy-rain", "jma:140000:storm"]);
}

#[test]
fn best_tracks() {
    let Some(rananim) = read("jma/bst_0413_rananim.slice.txt") else { return };
    let rananim = &rananim[0];
    assert_eq!((rananim.id.as_str(), rananim.name.as_deref()), ("jma:T200413:BEST", Some("RANANIM")));
    assert_eq!((rananim.aliases[0].as_str(), rananim.track.as_ref().unwrap().fixes.len()), ("number:200413", 43));
    let near = fix(rananim, "2004-08-12T06:00:00Z");
    assert_eq!((near.position.lat(), near.position.lon(), near.vmax_kt), (27.4, 122.6, Some(80.0)));
    // 10270 0180: 270 nautical miles to the northeast, 180 to the southwest; 20120 0080: 120 to the east.
    assert_eq!(radii(near), [(30, [500.0, 408.3, 333.4, 408.3]), (50, [222.2, 222.2, 148.2, 148.2])]);
    let storms = read("jma/bst_2015_2017_2019_2020.slice.txt").unwrap();
    assert_eq!(storms.len(), 132);
    let of = |number: &str| {
        let alias = format!("number:{number}");
        storms.iter().find(|hazard| hazard.aliases.contains(&alias)).unwrap()
    };
    let hagibis = of("201919");
    assert_eq!((hagibis.name.as_deref(), hagibis.issued), (Some("HAGIBIS"), "2019-11-29T00:00:00Z".parse().ok()));
    let peak = hagibis.track.as_ref().unwrap().fixes.iter().filter_map(|fix| fix.vmax_kt).fold(0.0, f64::max);
    assert_eq!((peak, hagibis.track.as_ref().unwrap().fixes.len()), (105.0, 48));
    say(&format!("jma-bst: {} storms", storms.len() + 1));
}
