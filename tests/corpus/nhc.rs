//! NHC's documents: the list of storms, forecast/advisories, probabilities, and everything else.

use std::path::PathBuf;

use seawall::domain::{Certainty, Fix, Hazard, HazardKind, MsgType, Severity, Technique};

use crate::{check_files, corpus, files, parse, say};

/// The files below `nhc/` (and NHC's feeds beside) whose path is wanted.
fn some(is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let mut all = files(&corpus.join("nhc"));
    all.extend(files(&corpus.join("feed/nhc-kontur")));
    all.retain(|path| is_wanted(&path.display().to_string()));
    all
}

fn is_tcm(name: &str) -> bool {
    name.contains("fstadv") && !name.contains("derived") || name.ends_with(".tcm.txt")
}

fn is_pws(name: &str) -> bool {
    name.ends_with(".pws.txt")
}

fn is_list(name: &str) -> bool {
    name.contains("/currentstorms/")
}

fn is_other_agencys(name: &str) -> bool {
    name.contains("hurdat2")
}

#[test]
fn lists() {
    check_files("nhc-storms", &some(is_list), |_| false);
}

#[test]
fn forecast_advisories() {
    check_files("nhc-tcm", &some(is_tcm), |_| false);
}

#[test]
fn probabilities() {
    check_files("nhc-pws", &some(is_pws), |_| false);
}

#[test]
fn everything_else() {
    let rest = some(|name| !(is_tcm(name) || is_pws(name) || is_list(name) || is_other_agencys(name)));
    check_files("nhc", &rest, |name| name.ends_with("neg1.xml"));
}

fn read(file: &str) -> Vec<Hazard> {
    corpus().map(|corpus| parse(None, &corpus.join("nhc").join(file)).hazards).unwrap_or_default()
}

fn fixes(hazard: &Hazard) -> &[Fix] {
    hazard.track.as_ref().map(|track| track.fixes.as_slice()).unwrap_or_default()
}

#[test]
fn a_forecast_by_hand() {
    if corpus().is_none() {
        return;
    }
    let [zeta] = read("pairs/al282020_zeta_010.tcm.txt").try_into().unwrap();
    assert_eq!((zeta.id.as_str(), zeta.name.as_deref()), ("atcf:al282020:OFCL", Some("ZETA")));
    assert_eq!(zeta.track.as_ref().unwrap().standing, Technique::Official);
    let hours: Vec<_> = fixes(&zeta).iter().map(|fix| fix.tau_h).collect();
    assert_eq!(hours, [3, 12, 24, 36, 48, 60, 72]);
    let now = &fixes(&zeta)[0];
    assert_eq!((now.position.lat(), now.position.lon()), (20.2, -87.1));
    assert_eq!((now.vmax_kt, now.gust_kt, now.pmin_hpa), (Some(70.0), Some(85.0), Some(982.0)));
    let reach: Vec<_> = now.radii.iter().map(|r| (r.kt, r.ne_km, r.se_km, r.sw_km, r.nw_km)).collect();
    assert_eq!(reach, [(34, 222.2, 203.7, 111.1, 129.6), (50, 129.6, 129.6, 37.0, 74.1), (64, 74.1, 74.1, 0.0, 0.0)]);
    assert_eq!(fixes(&zeta)[6].radii.first().map(|radii| radii.se_km), Some(277.8));
    // A special advisory at a synoptic hour: its hours begin there.
    let [ida] = read("ida2021/al092021.fstadv.013.txt").try_into().unwrap();
    let hours: Vec<_> = fixes(&ida).iter().map(|fix| fix.tau_h).collect();
    assert_eq!(hours, [0, 6, 18, 30, 42, 54, 66, 90]);
    assert_eq!(fixes(&ida)[3].time, "2021-08-30T18:00:00Z".parse().unwrap());
    let [allison] = read("fstadv/al012001.fstadv.004").try_into().unwrap();
    assert!(allison.is_last && fixes(&allison).len() == 5 && allison.event == "al012001");
    let [three] = read("fstadv/mcp0394.001").try_into().unwrap();
    assert_eq!((three.event.as_str(), three.name.as_deref(), fixes(&three).len()), ("cp031994", None, 5));
    let [bertha] = read("bertha2026_shtml/bertha-fstadv-010.shtml").try_into().unwrap();
    assert_eq!((fixes(&bertha).len(), fixes(&bertha)[6].tau_h, fixes(&bertha)[0].radii.len()), (7, 72, 2));
    assert_eq!(fixes(&bertha)[0].radii.get(1).map(|radii| radii.se_km), Some(74.1));
}

#[test]
fn chances_by_hand() {
    if corpus().is_none() {
        return;
    }
    let [zeta] = read("pairs/al282020_zeta_010.pws.txt").try_into().unwrap();
    assert_eq!((zeta.id.as_str(), zeta.probabilities.len()), ("atcf:al282020:PWS", 138));
    assert!(zeta.track.is_none() && zeta.onset == Some("2020-10-27T00:00:00Z".parse().unwrap()));
    let of = |place: &str, kt: u32| zeta.probabilities.iter().find(|row| row.place == place && row.kt == kt).unwrap();
    let periods: Vec<_> = of("NEW ORLEANS LA", 34).periods.iter().map(|p| (p.tau_h, p.onset, p.cumulative)).collect();
    let expected = [
        (12, 0.0, 0.0),
        (24, 0.0, 0.0),
        (36, 0.02, 0.02),
        (48, 0.34, 0.36),
        (72, 0.1, 0.46),
        (96, 0.0, 0.46),
        (120, 0.0, 0.46),
    ];
    assert_eq!(periods, expected);
    assert_eq!((of("COZUMEL MX", 64).periods[0].onset, of("COZUMEL MX", 64).periods[6].cumulative), (0.92, 0.92));
    let sea = of("GFMX 280N 910W", 50).position.unwrap();
    assert_eq!((sea.lat(), sea.lon()), (28.0, -91.0));
    assert!(of("MOBILE AL", 34).position.is_none());
    let [debby] = read("pairs/al042012_debby_009.pws.txt").try_into().unwrap();
    assert_eq!(debby.probabilities.len(), 57);
    assert!(debby.texts[0].description.as_deref().unwrap().contains("HUR CAT 1        1"));
    let [vicky] = read("pairs/al212020_vicky_012.pws.txt").try_into().unwrap();
    assert!(vicky.probabilities.is_empty());
}

/// Both texts of one advisory give the same centre, wind and pressure, though one in miles an hour.
#[test]
fn public_and_marine_advisories_agree() {
    let mut pairs = 0;
    for path in some(|name| name.ends_with(".tcp.txt")) {
        let marine = PathBuf::from(path.display().to_string().replace(".tcp.", ".tcm."));
        let (public, marine) = (parse(None, &path).hazards, parse(None, &marine).hazards);
        let (public, marine) = (&fixes(&public[0])[0], &fixes(&marine[0])[0]);
        assert_eq!((public.time, public.position), (marine.time, marine.position), "{}", path.display());
        assert_eq!((public.vmax_kt, public.pmin_hpa), (marine.vmax_kt, marine.pmin_hpa), "{}", path.display());
        pairs += 1;
    }
    say(&format!("nhc: {pairs} pairs of public and marine advisories agree"));
}

#[test]
fn storms_now_by_hand() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("nhc/currentstorms");
    let two = parse(None, &folder.join("2026-08/currentstorms.2026-08-22T160000Z.json"));
    assert_eq!(two.active.as_ref().unwrap().keys, ["cp012026", "cp022026"]);
    assert_eq!(two.links.len(), 4);
    let lala = &fixes(&two.hazards[0])[0];
    assert_eq!((lala.position.lon(), lala.vmax_kt, lala.pmin_hpa), (-172.4, Some(70.0), Some(979.0)));
    let none = parse(None, &folder.join("NHC_JSON_Empty.json"));
    assert!(none.active.unwrap().keys.is_empty() && none.faults.is_empty());
}

#[test]
fn the_rest_by_hand() {
    let Some(corpus) = corpus() else { return };
    let feed = parse(None, &corpus.join("nhc/rss/index-at_2020-10-26_zeta-epsilon.xml"));
    assert_eq!(feed.active.unwrap().keys, ["al272020", "al282020"]);
    let ids: Vec<_> = feed.hazards.iter().map(|hazard| hazard.id.as_str()).collect();
    assert!(
        ["atcf:al282020:OFCL", "atcf:al282020:PWS", "atcf:al282020:CURR"].iter().all(|id| ids.contains(id)),
        "{ids:?}"
    );
    assert!(feed.hazards.iter().any(|hazard| hazard.id.as_str() == "atcf:al272020:OFCL" && hazard.is_last));
    let [flat] = parse(None, &corpus.join("feed/nhc-kontur/nhc_norm_test1.xml")).hazards.try_into().unwrap();
    assert_eq!((flat.event.as_str(), fixes(&flat).len()), ("ep052022", 9));
    let tcv = read("pyiem_TCVHGX.txt");
    let surge = tcv.iter().find(|hazard| hazard.kind == HazardKind::Surge).unwrap();
    assert_eq!((surge.id.as_str(), surge.areas[0].geocodes["UGC"].as_str()), ("vtec:KHGX.SS.W.1002.2024", "TXZ437"));
    assert_eq!(tcv.iter().filter(|hazard| hazard.msg == MsgType::Cancel).count(), 1);
    let [points] = read("gis/ida2021_012/5day_pts.geojson").try_into().unwrap();
    let [tcm] = read("ida2021/al092021.fstadv.012.txt").try_into().unwrap();
    let places =
        |hazard: &Hazard| fixes(hazard).iter().map(|f| (f.time, f.tau_h, f.position, f.vmax_kt)).collect::<Vec<_>>();
    assert_eq!(places(&points), places(&tcm));
    let [cone] = read("gis/lala2026/cone-033-multipolygon.geojson").try_into().unwrap();
    assert_eq!((cone.footprint.polygons.len(), cone.severity), (2, Severity::Extreme));
    let past = read("gis/lala2026/past-points-038.geojson");
    assert_eq!((fixes(&past[0]).len(), past[0].name.as_deref()), (48, Some("LALA")));
    assert_eq!(read("gis/ida2021_012/ww_wwlin.geojson").len(), 2);
    let outlook = read("outlook/atlantic-current.txt");
    assert_eq!(
        outlook.iter().map(|h| h.certainty).collect::<Vec<_>>(),
        [Certainty::Possible, Certainty::Unlikely, Certainty::Possible]
    );
    assert!(outlook[0].texts[0].headline.as_deref().unwrap().ends_with("30 % within 48 hours, 70 % within 7 days"));
    assert!(read("outlook/epacific-two-areas.kml").iter().all(|hazard| hazard.footprint.polygons.len() == 1));
    assert!(read("outlook/atlantic-all-clear.kml").is_empty() && read("outlook/atlantic-all-clear.txt").is_empty());
}
