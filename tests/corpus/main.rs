//! Other people's documents: recorded feeds that are not ours to ship, read where they are.
//!
//! The folder is named by `SEAWALL_CORPUS`. Without it these tests pass and say aloud that they did nothing.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod alerts;
mod archives;
mod cap;
mod china;
mod hkg;
mod jma;
mod jtwc;
mod nhc;
mod season;
mod storms;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use seawall::domain::{Bulletin, FeedId, Hazard, Parsed, Timestamp};
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

/// Reads every file of the folder that `format` names as [`check_files`] does.
fn check_folder(format: &str, is_invalid: impl Fn(&str) -> bool) {
    let Some(corpus) = corpus() else { return };
    check_files(format, &files(&corpus.join(format)), is_invalid);
}

/// Reads files as what they look like and as `format`; checks who is invalid; says the counts.
fn check_files(format: &str, paths: &[PathBuf], is_invalid: impl Fn(&str) -> bool) {
    let Some(corpus) = corpus() else { return };
    let (mut hazards, mut links, mut faults, mut wrong) = (0, 0, 0, Vec::new());
    assert!(!paths.is_empty());
    for path in paths {
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
    // A model's answer does not say when it was made.
    assert!(hazard.issued.is_some() || hazard.forecast.is_some(), "{name}: {}", hazard.id);
    let json = serde_json::to_string(hazard).unwrap();
    assert_eq!(&serde_json::from_str::<Hazard>(&json).unwrap(), hazard, "{name}: JSON does not come back the same");
    for fix in hazard.track.iter().flat_map(|track| &track.fixes) {
        assert!(fix.vmax_kt.is_none_or(|vmax| (1.0..200.0).contains(&vmax)), "{name}: {fix:?}");
        assert!(fix.pmin_hpa.is_none_or(|pmin| (850.0..1_050.0).contains(&pmin)), "{name}: {fix:?}");
        assert!(fix.radii.iter().all(|radii| radii.max_km() < 2_000.0), "{name}: {fix:?}");
    }
}
