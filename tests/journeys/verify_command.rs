//! Two forecasts of Dolores (June 2021) beside its best track: tables, JSON, the picture, and what is wrong with files.

use serde_json::Value;

use crate::harness::seawall;

fn data(name: &str) -> String {
    format!("{}/tests/data/verify/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Exit code, standard output, standard error.
fn verify(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = seawall(&[&["verify"], arguments].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn prints_the_table_and_draws_the_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("dolores.png").display().to_string();
    let (forecasts, best, sites) = (data("aep042021.dat"), data("bep042021.dat"), data("sites.csv"));
    let (code, table, talk) =
        verify(&["--forecasts", &forecasts, "--best", &best, "--sites", &sites, "--picture", &picture]);
    assert_eq!((code, talk.as_str()), (Some(0), ""));
    for words in [
        "2 forecasts of 1 storm, each to its own end",
        "track alone: hit rate",
        "skill over the 1-2-3 rule",
        "0.9-1.0",
        " ep042021     nhc          2 ",
        "Error statistics: rules/errors/track.toml,\n  nhc ep 20",
    ] {
        assert!(table.contains(words), "{words}\n{table}");
    }
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let png = std::fs::read(&picture).expect("a picture");
    assert!(png.starts_with(b"\x89PNG") && png.len() > 10_000, "{} bytes", png.len());
}

#[test]
fn prints_json_lines() {
    let (forecasts, best) = (data("aep042021.dat"), data("bep042021.dat"));
    let (code, lines, talk) =
        verify(&["--forecasts", &forecasts, "--best", &best, "--sites", &data("sites.csv"), "--format", "json"]);
    assert_eq!((code, talk.as_str()), (Some(0), ""));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |what: &str| lines.iter().filter(|line| line["what"] == what).collect::<Vec<_>>();
    assert_eq!((of("pair").len(), of("threshold").len(), of("bin").len()), (2, 3, 33));
    let gale = of("threshold")[0];
    assert_eq!((&gale["kt"], &gale["cases"], &gale["observed"]), (&34.into(), &6.into(), &4.into()));
    assert!(gale["brier"].as_f64().is_some_and(|brier| brier < 0.25), "{gale}");
    assert!(gale["brier_skill"]["rule_123"].is_number() && of("threshold")[1]["brier_skill"]["rule_123"].is_null());
    assert_eq!(of("pair")[0]["cycle"], "2021-06-18T12:00:00Z");
}

#[test]
fn what_has_no_counterpart_is_named_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let deck = std::fs::read_to_string(data("bep042021.dat")).expect("a deck");
    let other = folder.path().join("bep052021.dat");
    std::fs::write(&other, deck.replace("EP, 04,", "EP, 05,")).expect("written");
    let (forecasts, best, other) = (data("aep042021.dat"), data("bep042021.dat"), other.display().to_string());
    let (code, table, talk) =
        verify(&["--forecasts", &forecasts, "--best", &best, &other, "--sites", &data("sites.csv")]);
    assert_eq!(code, Some(1), "{talk}");
    assert!(talk.contains("the best track of ep052021 has no forecast") && table.contains("2 forecasts"), "{talk}");

    let (code, _, talk) = verify(&["--forecasts", &forecasts, "--best", &other]);
    assert_eq!(code, Some(2), "{talk}");
    assert!(talk.contains("error: no forecast has a best track of its storm\nhint: "), "{talk}");

    let (code, _, talk) = verify(&["--forecasts", &forecasts, "--best", &best, "--sites", "/nowhere.csv"]);
    assert_eq!(code, Some(2), "{talk}");
    assert!(talk.contains("/nowhere.csv: cannot be read") && talk.contains("hint: "), "{talk}");
}

#[test]
fn one_of_best_and_published_is_needed() {
    let (forecasts, best) = (data("aep042021.dat"), data("bep042021.dat"));
    for arguments in [
        &["--forecasts", &forecasts][..],
        &["--forecasts", &forecasts, "--best", &best, "--published", &best],
        &["--forecasts", &forecasts, "--published", &best, "--picture", "x.png"],
    ] {
        assert_eq!(verify(arguments).0, Some(2), "{arguments:?}");
    }
}
