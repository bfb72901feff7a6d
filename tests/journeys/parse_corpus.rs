//! Recorded documents of the agencies, when they are there: `SEAWALL_CORPUS` names their folder.

use std::path::{Path, PathBuf};

use crate::harness::seawall;

/// What must be readable without a finding.
const GOOD: [(&str, &str); 6] = [
    ("atcf", "atcf/bwp162004.txt"),
    ("atcf", "atcf/bwp082006.txt"),
    ("atcf", "atcf/bwp222013.dat"),
    ("cap", "cap/canada.cap"),
    ("cap", "cap/earthquake-iso8859-1.cap"),
    ("cap", "cap/kweathercore-multi-area.xml"),
];

fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("SEAWALL_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        eprintln!("SEAWALL_CORPUS is not set: recorded documents were not read");
    }
    corpus
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn good_documents_give_hazards_and_exit_0() {
    let Some(corpus) = corpus() else { return };
    for (format, name) in GOOD {
        let path = corpus.join(name);
        for arguments in [vec!["parse", shown(&path)], vec!["parse", "--as", format, shown(&path)]] {
            let output = seawall(&arguments);
            let talk = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {talk}");
            let text = String::from_utf8(output.stdout).expect("UTF-8");
            assert!(!text.is_empty(), "{name} holds hazards");
            for line in text.lines() {
                let hazard: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
                assert_eq!(hazard["format"], format, "{name}");
                assert!(hazard["event"].is_string() && hazard["bulletin"].is_string(), "{name}: {line}");
            }
        }
    }
}

#[test]
fn bad_documents_are_named_and_exit_1() {
    let Some(corpus) = corpus() else { return };
    for path in files(&corpus.join("cap/invalid")) {
        let output = seawall(&["parse", "--as", "cap", shown(&path)]);
        let talk = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{}: {talk}", path.display());
        assert!(talk.contains(path.file_name().and_then(|name| name.to_str()).expect("a name")), "{talk}");
    }
}

/// Documents that are invalid, or that an agency answers an error with; everything else must be read without one.
const INVALID: [&str; 14] = [
    "cap/invalid/",
    "feed/invalid/",
    "feed/xee.atom",
    "feed/nhc-kontur/nhc_norm_test_neg1.xml",
    "gdacs/invalid/",
    "gdacs/hdx-xml-rss.xml",
    "open-meteo/error-latitude",
    "nws/points_outside-us_error.json",
    "nws/weathergov-e2e-active.json",
    "nws/weathergov-airquality-active.json",
    "nws/weathergov-testing-active.json",
    "nws/alerts_point_outside-us_error.json",
    // Not documents of an agency.
    "ref/",
    "reference/",
];

#[test]
fn every_document_is_read() {
    let Some(corpus) = corpus() else { return };
    let (mut read, mut wrong) = (0, Vec::new());
    let mut folders = vec![corpus.clone()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        folders.extend(entries.filter(|path| path.is_dir()));
        for path in files(&folder).iter().filter(|path| path.parent() != Some(&corpus)) {
            let name = path.strip_prefix(&corpus).expect("below it").display().to_string();
            let output = seawall(&["parse", shown(path)]);
            let talk = String::from_utf8_lossy(&output.stderr);
            let is_invalid = INVALID.iter().any(|known| name.starts_with(known));
            let expected = i32::from(is_invalid);
            if output.status.code() != Some(expected) || (is_invalid && talk.is_empty()) {
                wrong.push(format!("{name}: {:?}: {}", output.status.code(), talk.lines().next().unwrap_or_default()));
            }
            read += 1;
        }
    }
    eprintln!("{read} recorded documents were read");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn wrong_usage_is_2() {
    assert_eq!(seawall(&["parse", "--as", "morse", "x"]).status.code(), Some(2));
    assert_eq!(seawall(&["parse"]).status.code(), Some(2));
    assert_eq!(seawall(&["run", "--config", "/nowhere/seawall.toml"]).status.code(), Some(2));
}
