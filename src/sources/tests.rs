//! The compliance suite: every source keeps these promises, whatever comes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::domain::{FeedId, Timestamp};

fn bulletin(body: &[u8]) -> Bulletin {
    Bulletin::new(FeedId::new("test"), "", "test", Timestamp::UNIX_EPOCH, body.to_vec())
}

fn folder(source: &dyn Source) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/sources").join(source.id())
}

/// The samples of a source: the files of its folder that are no goldens.
fn sample_paths(source: &dyn Source) -> Vec<PathBuf> {
    let folder = folder(source);
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_none_or(|extension| extension != "snap" && extension != "new"));
    assert!(!paths.is_empty(), "{} has no samples", folder.display());
    paths
}

fn samples(source: &dyn Source) -> Vec<Vec<u8>> {
    sample_paths(source).iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// What must hold of anything that any source returns.
fn check(source: &dyn Source, body: &[u8]) {
    let bulletin = bulletin(body);
    let parsed = source.parse(&bulletin);
    assert_eq!(parsed, source.parse(&bulletin), "{}: the same bytes gave another answer", source.id());
    for hazard in &parsed.hazards {
        assert_eq!(hazard.bulletin, bulletin.hash);
        assert_eq!(hazard.format, source.id());
        assert!(!hazard.event.is_empty());
        for fix in hazard.track.iter().flat_map(|track| &track.fixes) {
            assert!(fix.radii.iter().all(|radii| radii.max_km() > 0.0));
            assert!(fix.vmax_kt.is_none_or(|vmax| vmax > 0.0));
        }
        if let Some(track) = &hazard.track {
            assert!(track.fixes.windows(2).all(|pair| pair[0].time < pair[1].time), "fixes out of order");
        }
        for ring in hazard.footprint.polygons.iter().flatten() {
            assert!(ring.len() >= 4 && ring.first() == ring.last(), "a ring is open");
        }
        serde_json::to_string(hazard).unwrap();
    }
    let links: BTreeSet<_> = parsed.links.iter().collect();
    assert_eq!(links.len(), parsed.links.len(), "{}: a link twice", source.id());
    assert!(parsed.faults.len() <= 101);
}

#[test]
fn ids_are_unique_and_found() {
    for source in ALL {
        assert_eq!(by_id(source.id()).unwrap().id(), source.id());
    }
    assert!(by_id("morse").is_none());
    let error = parse(Some("morse"), &bulletin(b"")).unwrap_err();
    assert!(error.to_string().contains("`morse`") && error.to_string().contains("cap"), "{error}");
}

#[test]
fn every_source_recognises_its_samples_and_reads_them() {
    for source in ALL {
        for sample in samples(*source) {
            assert_eq!(recognise(&sample).unwrap().id(), source.id());
            check(*source, &sample);
        }
    }
}

/// What each sample becomes lies beside it: `<file>.snap`.
#[test]
fn samples_become_their_goldens() {
    for source in ALL {
        for path in sample_paths(*source) {
            let parsed = source.parse(&bulletin(&std::fs::read(&path).unwrap()));
            let faults: Vec<_> = parsed.faults.iter().map(|fault| fault.in_file("FILE")).collect();
            let golden = serde_json::json!({ "hazards": parsed.hazards, "links": parsed.links, "faults": faults });
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let settings = (folder(*source), false);
            insta::with_settings!({ snapshot_path => settings.0, prepend_module_to_snapshot => settings.1 }, {
                insta::assert_json_snapshot!(name, golden);
            });
        }
    }
}

#[test]
fn nothing_and_garbage_are_fatal_faults() {
    for source in ALL {
        for body in [&b""[..], b"\0\0\0\0", b"{}", b"<html><body>404 not found</body></html>", &[0xFF; 4096]] {
            if body == b"{}" && source.id() == "hko-warning" {
                // That is how HKO says that no warning is in force.
                assert_eq!(source.parse(&bulletin(body)), Parsed::default());
                continue;
            }
            let parsed = source.parse(&bulletin(body));
            assert!(parsed.hazards.is_empty());
            assert!(parsed.faults.iter().any(|fault| fault.is_fatal), "{}: {body:?}", source.id());
        }
    }
    assert!(parse(None, &bulletin(b"nothing known")).unwrap().faults[0].is_fatal);
}

#[test]
fn every_truncation_is_survived() {
    for source in ALL {
        for sample in samples(*source) {
            let step = (sample.len() / 200).max(1);
            for length in (0..sample.len()).step_by(step) {
                check(*source, &sample[..length]);
            }
        }
    }
}

#[test]
fn an_archive_is_read_file_by_file() {
    let deck = samples(by_id("atcf").unwrap()).remove(0);
    let body = zip::tests::archive(&[("notes.txt", b"Storm notes, nothing else"), ("deck.dat", &deck)]);
    let archive = bulletin(&body);
    for format in [None, Some("atcf")] {
        let parsed = parse(format, &archive).unwrap();
        assert_eq!(parsed.hazards.len(), by_id("atcf").unwrap().parse(&bulletin(&deck)).hazards.len());
        assert!(parsed.hazards.iter().all(|hazard| hazard.bulletin == archive.hash));
        assert!(parsed.faults.iter().any(|fault| fault.what.contains("notes.txt") && !fault.is_fatal));
    }
    assert!(parse(Some("cap"), &archive).unwrap().faults.iter().any(|fault| fault.is_fatal));
    assert!(parse(None, &bulletin(b"PK\x03\x04torn")).unwrap().faults[0].is_fatal);
}

#[test]
fn a_packed_file_is_read_as_what_it_holds() {
    let deck = samples(by_id("atcf").unwrap()).remove(0);
    let packed = bulletin(&formats::gzip::tests::packed(&deck));
    for format in [None, Some("atcf")] {
        let parsed = parse(format, &packed).unwrap();
        assert_eq!(parsed.hazards.len(), by_id("atcf").unwrap().parse(&bulletin(&deck)).hazards.len());
        assert!(parsed.hazards.iter().all(|hazard| hazard.bulletin == packed.hash));
    }
    for body in [formats::gzip::tests::packed(b"nothing known"), b"\x1F\x8B\x08torn".to_vec()] {
        assert!(parse(None, &bulletin(&body)).unwrap().faults[0].is_fatal);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_garbage_makes_a_source_panic(body in prop::collection::vec(any::<u8>(), 0..2000)) {
        for source in ALL {
            source.recognises(&body);
            check(*source, &body);
        }
        let mut zipped = b"PK\x03\x04".to_vec();
        zipped.extend(&body);
        parse(None, &bulletin(&zipped)).unwrap();
    }

    #[test]
    fn no_damage_makes_a_source_panic(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        for source in ALL {
            let samples = samples(*source);
            let mut body = which.get(&samples).clone();
            for (at, byte) in &damage {
                *at.get_mut(&mut body) = *byte;
            }
            check(*source, &body);
        }
    }
}
