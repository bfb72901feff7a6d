//! JTWC's texts, RSS, KML and tcvitals.

use std::path::{Path, PathBuf};

use seawall::domain::{Certainty, Fix, Hazard, MsgType, Parsed, Technique, Timestamp};

use crate::{check_files, corpus, files, parse, say};

/// What the decks' reader reads; see `storms`.
fn is_data(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tcw") || path.display().to_string().contains("atcg_")
}

fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "kmz")
}

#[test]
fn jtwc() {
    let Some(corpus) = corpus() else { return };
    let (archives, texts): (Vec<PathBuf>, Vec<PathBuf>) =
        files(&corpus.join("jtwc")).into_iter().filter(|path| !is_data(path)).partition(|path| is_archive(path));
    check_files("jtwc", &texts, |_| false);
    assert_eq!((texts.len(), archives.len()), (62, 1));
}

#[test]
fn nothing_but_jtwc_is_taken_for_it() {
    let Some(corpus) = corpus() else { return };
    for path in files(&corpus) {
        let body = std::fs::read(&path).unwrap();
        let is_its_own = path.starts_with(corpus.join("jtwc")) && !is_data(&path) && !is_archive(&path);
        let taken = seawall::sources::by_id("jtwc").unwrap().recognises(&body);
        assert_eq!(taken, is_its_own, "{}", path.display());
    }
}

fn read(file: &str) -> Option<Parsed> {
    let parsed = parse(None, &corpus()?.join("jtwc").join(file));
    assert!(parsed.faults.is_empty(), "{file}: {:?}", parsed.faults);
    Some(parsed)
}

fn alone(file: &str) -> Option<Hazard> {
    let mut hazards = read(file)?.hazards;
    assert_eq!(hazards.len(), 1, "{file}");
    hazards.pop()
}

fn fixes(hazard: &Hazard) -> &[Fix] {
    &hazard.track.as_ref().unwrap().fixes
}

fn at(time: &str) -> Option<Timestamp> {
    time.parse().ok()
}

#[test]
fn saudel_in_words() {
    let Some(hazard) = alone("2026-08/wp1726web.2026-08-22T140000Z.txt") else { return };
    assert_eq!((hazard.id.as_str(), hazard.name.as_deref()), ("atcf:wp172026:JTWC", Some("SAUDEL")));
    assert_eq!((hazard.issued, hazard.is_last), (at("2026-08-22T15:00:00Z"), false));
    assert_eq!(hazard.track.as_ref().unwrap().standing, Technique::Official);
    let fixes = fixes(&hazard);
    assert_eq!(fixes.iter().map(|fix| fix.tau_h).collect::<Vec<_>>(), [0, 12, 24, 36, 48, 60, 72, 96, 120]);
    assert_eq!((fixes[0].vmax_kt, fixes[0].gust_kt, fixes[0].pmin_hpa), (Some(105.0), Some(130.0), Some(956.0)));
    assert_eq!((fixes[3].position.lat(), fixes[3].position.lon()), (23.5, 136.9));
    // 120 hours: 34 kt 140 130 110 120 nmi, and 64 kt 20 nmi in the south-west.
    let radii = &fixes[8].radii;
    assert_eq!(radii.iter().map(|radii| radii.kt).collect::<Vec<_>>(), [34, 50, 64]);
    assert_eq!((radii[0].ne_km, radii[0].nw_km, radii[2].sw_km), (259.3, 222.2, 37.0));
    assert!(hazard.texts[0].description.as_deref().unwrap().starts_with("221500Z POSITION NEAR"));
}

#[test]
fn khanun_of_another_year_and_month_end() {
    let Some(hazard) = alone("wtpn32_06W_khanun_2023073109.txt") else { return };
    assert_eq!((hazard.event.as_str(), hazard.issued), ("wp062023", at("2023-07-31T09:00:00Z")));
    let fixes = fixes(&hazard);
    assert_eq!(fixes.iter().map(|fix| fix.tau_h).collect::<Vec<_>>(), [0, 12, 24, 36, 48, 72, 96, 120]);
    assert_eq!(Some(fixes[2].time), at("2023-08-01T06:00:00Z"));
    assert_eq!((fixes[0].pmin_hpa, fixes[0].radii[2].nw_km, fixes[7].radii[2].nw_km), (Some(937.0), 37.0, 0.0));
}

/// A warning in words and its data file say the same.
#[test]
fn words_and_data_agree() {
    let Some(corpus) = corpus() else { return };
    let warnings = |ending: &str| -> Vec<Hazard> {
        let paths = files(&corpus.join("jtwc/2026-08")).into_iter();
        let paths = paths.filter(|path| path.display().to_string().contains(ending));
        paths
            .flat_map(|path| parse(None, &path).hazards)
            .filter(|hazard| hazard.id.as_str().ends_with(":JTWC"))
            .collect()
    };
    let (words, data) = (warnings("web."), warnings(".tcw"));
    let mut pairs = 0;
    for word in &words {
        for datum in data.iter().filter(|datum| datum.id == word.id && datum.onset == word.onset) {
            assert_eq!(fixes(word), fixes(datum), "{} {:?}", word.id, word.onset);
            // One data file bears the heading of the warning before; its clock is an hour before the text's.
            let ahead = word.issued.unwrap().duration_since(datum.issued.unwrap());
            assert!((0..=2).contains(&ahead.as_hours()), "{} {:?} {ahead}", word.id, word.onset);
            pairs += 1;
        }
    }
    say(&format!("jtwc: {pairs} warnings agree with their data files"));
    assert!(pairs >= 24, "{pairs}");
}

#[test]
fn saudel_on_a_chart() {
    let Some(chart) = alone("2026-08/wp1726.latest.kmz") else { return };
    let Some(words) = alone("2026-08/wp1726web.2026-08-22T140000Z.txt") else { return };
    assert_eq!((chart.id.as_str(), chart.issued, &chart.name), (words.id.as_str(), words.issued, &words.name));
    let (past, forecast): (Vec<_>, Vec<_>) = fixes(&chart).iter().cloned().partition(|fix| fix.tau_h < 0);
    let mut told = fixes(&words).to_vec();
    // The central pressure stands in the text alone.
    told[0].pmin_hpa = None;
    assert_eq!(forecast, told);
    assert_eq!((past.len(), past[0].tau_h, past[0].vmax_kt), (20, -120, Some(15.0)));
    assert_eq!((past[19].position.lat(), past[19].vmax_kt), (18.6, Some(95.0)));
}

#[test]
fn formation_alerts() {
    let Some(hazard) = alone("2026-08/ep9126web.2026-08-22T130000Z.txt") else { return };
    assert_eq!((hazard.id.as_str(), hazard.certainty), ("atcf:ep912026:TCFA", Certainty::Possible));
    assert_eq!((hazard.issued, hazard.expires), (at("2026-08-22T07:00:00Z"), at("2026-08-23T07:00:00Z")));
    assert_eq!((hazard.footprint.circles.len(), hazard.footprint.circles[0].radius_km), (5, 296.3));
    let fix = &fixes(&hazard)[0];
    assert_eq!((Some(fix.time), fix.position.lon(), fix.vmax_kt), (at("2026-08-22T00:00:00Z"), -115.6, Some(22.0)));
    // The same alert's data file draws the same area, but for its degrees in tenths east.
    let Some(data) = alone("2026-08/ep9126.2026-08-22T130000Z.tcw") else { return };
    assert_eq!((data.id, data.issued, data.footprint), (hazard.id, hazard.issued, hazard.footprint));
    // No date anywhere in this one but in its file's name.
    let Some(yap) = alone("2026-08/wp9726web.2026-08-22T130000Z.txt") else { return };
    assert_eq!((yap.event.as_str(), yap.issued), ("wp972026", at("2026-08-22T08:00:00Z")));
}

#[test]
fn fixes_by_satellite() {
    let Some(hazard) = alone("2026-08/cp0126fix.2026-08-20T050000Z.txt") else { return };
    assert_eq!((hazard.id.as_str(), hazard.name.as_deref()), ("atcf:cp012026:FIX", Some("LALA")));
    let told: Vec<_> = fixes(&hazard).iter().map(|fix| (Some(fix.time), fix.position.lat(), fix.vmax_kt)).collect();
    // T4.5/5.5: Dvorak's 5.5 is 102 kt.
    let expected = [
        (at("2026-08-20T00:34:00Z"), 22.28, None),
        (at("2026-08-20T03:23:00Z"), 22.55, None),
        (at("2026-08-20T05:00:00Z"), 22.87, Some(102.0)),
    ];
    assert_eq!(told, expected);
    let Some(yap) = alone("2026-08/wp9726fix.2026-08-22T130000Z.txt") else { return };
    assert_eq!((yap.event.as_str(), yap.name), ("wp972026", None));
}

#[test]
fn advisories() {
    let Some(parsed) = read("abpw10_2026080903.txt") else { return };
    let told: Vec<_> = parsed.hazards.iter().map(|hazard| (hazard.id.as_str(), hazard.certainty)).collect();
    let expected = [
        ("atcf:wp142026:ABPW", Certainty::Observed),
        ("atcf:wp122026:ABPW", Certainty::Observed),
        ("atcf:wp132026:ABPW", Certainty::Observed),
        ("atcf:wp982026:ABPW", Certainty::Possible),
    ];
    assert_eq!(told, expected);
    let area = fixes(&parsed.hazards[3])[0].clone();
    assert_eq!((area.position.lat(), area.vmax_kt, area.pmin_hpa), (20.5, Some(27.0), Some(1_004.0)));
    let Some(parsed) = read("2026-08/abpw10.2026-08-21T010000Z.txt") else { return };
    let told: Vec<_> = parsed.hazards.iter().map(|hazard| (hazard.event.as_str(), hazard.msg)).collect();
    let (alert, cancel) = (MsgType::Alert, MsgType::Cancel);
    assert_eq!(told, [("wp172026", alert), ("wp182026", alert), ("wp942026", cancel), ("wp962026", alert)]);
    for quiet in ["abio10_quiet.txt", "2026-08/abio10.2026-08-20T170000Z.txt"] {
        assert!(read(quiet).is_some_and(|parsed| parsed.hazards.is_empty()), "{quiet}");
    }
}

#[test]
fn the_list_of_storms() {
    let Some(parsed) = read("2026-08/jtwc.2026-08-22T130000Z.rss") else { return };
    let active = parsed.active.unwrap();
    let keys = ["wp972026", "wp172026", "wp182026", "ep912026", "cp022026", "cp012026", "ep922026"];
    assert_eq!((active.agency.as_str(), active.keys), ("jtwc", keys.map(str::to_owned).to_vec()));
    // Seven texts, seven data files, five fixes (no alert of the eastern Pacific has one), two advisories.
    assert_eq!(parsed.links.len(), 21);
    assert_eq!(parsed.links[0], "https://www.metoc.navy.mil/jtwc/products/wp9726web.txt");
    assert!(parsed.links.iter().any(|link| link.ends_with("abpwweb.txt")));
}

#[test]
fn noul_as_told_to_the_models() {
    let Some(hazard) = alone("tcvitals_11W_noul_2026.part.txt") else { return };
    assert_eq!((hazard.id.as_str(), hazard.name.as_deref()), ("atcf:wp112026:VITALS", Some("NOUL")));
    let fixes = fixes(&hazard);
    assert_eq!((fixes.len(), fixes[0].radii.len()), (6, 0));
    // 41 m/s, 27 km; gales 222 204 167 195 km.
    let noon = &fixes[4];
    assert_eq!((noon.vmax_kt, noon.rmw_km, noon.pmin_hpa), (Some(79.7), Some(27.0), Some(970.0)));
    assert_eq!((noon.radii[0].ne_km, noon.radii[0].nw_km), (222.0, 195.0));
}
