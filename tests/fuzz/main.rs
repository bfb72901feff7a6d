//! Damaged documents: every source reads seeded mutations of its samples, and of recorded documents when they are
//! there, without panicking, hanging, or giving what no hazard can be.
//!
//! | variable | meaning |
//! |---|---|
//! | `SEAWALL_FUZZ_SECONDS` | seconds for each source; without it, a fixed number of documents |
//! | `SEAWALL_FUZZ_SOURCES` | the sources to try, with commas between; without it, all |
//! | `SEAWALL_FUZZ_SEED` | where the dice begin; a finding names its seed, and is tried alone with it |
//!
//! A finding's document is written to `target/fuzz/<source>-<seed>`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

mod damage;
mod judge;
mod seeds;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use damage::Dice;
use seawall::sources::{ALL, Source};

/// Documents for each source in a plain run, and the bytes after which fewer do.
const DOCUMENTS: u64 = 150;
const BYTES: usize = 3_000_000;
/// A document that takes this long is one that hangs; the slowest honest one takes milliseconds.
const HANG: Duration = Duration::from_secs(20);

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The sources are shared out among as many tests, which run side by side.
const SHARES: usize = 4;

#[test]
fn no_damage_breaks_the_first_share() {
    no_damage_breaks(0);
}

#[test]
fn no_damage_breaks_the_second_share() {
    no_damage_breaks(1);
}

#[test]
fn no_damage_breaks_the_third_share() {
    no_damage_breaks(2);
}

#[test]
fn no_damage_breaks_the_fourth_share() {
    no_damage_breaks(3);
}

/// Tries the sources of one share: every fourth.
fn no_damage_breaks(share: usize) {
    let wanted = setting("SEAWALL_FUZZ_SOURCES");
    let is_wanted =
        |source: &&&dyn Source| wanted.as_ref().is_none_or(|ids| ids.split(',').any(|id| id == source.id()));
    for source in ALL.iter().skip(share).step_by(SHARES).filter(is_wanted) {
        let seeds = seeds::of(*source);
        assert!(!seeds.is_empty(), "{} has no samples", source.id());
        let tried = try_source(*source, &seeds);
        eprintln!("fuzz: {}: {tried} documents from {} samples, no finding", source.id(), seeds.len());
    }
}

/// Tries damaged documents one after the other; how many.
fn try_source(source: &'static dyn Source, seeds: &[Vec<u8>]) -> u64 {
    let alone = setting("SEAWALL_FUZZ_SEED").map(|seed| seed.parse::<u64>().unwrap());
    let seconds = setting("SEAWALL_FUZZ_SECONDS").map(|seconds| Duration::from_secs(seconds.parse().unwrap()));
    if let Some(seed) = alone {
        try_one(source, seeds, seed);
        return 1;
    }
    let began = Instant::now();
    let (mut seed, mut bytes) = (0, 0);
    while seconds.map_or(seed < DOCUMENTS && bytes < BYTES, |seconds| began.elapsed() < seconds) {
        bytes += try_one(source, seeds, seed);
        seed += 1;
    }
    seed
}

/// One document, read on a thread of its own stack: a daemon's worker has no more. How many bytes it has.
fn try_one(source: &'static dyn Source, seeds: &[Vec<u8>], seed: u64) -> usize {
    let body = damage::damaged(seeds, &mut Dice::new(seed));
    let (sender, receiver) = channel();
    let document = body.clone();
    let reader = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        judge::check(source, &document);
        sender.send(()).unwrap();
    });
    match receiver.recv_timeout(HANG) {
        Ok(()) => body.len(),
        Err(why) => {
            let path = kept(source, seed, &body);
            let what = if why == RecvTimeoutError::Timeout { "hangs" } else { "breaks" };
            if why == RecvTimeoutError::Disconnected {
                reader.unwrap().join().ok();
            }
            panic!("{} {what} on seed {seed}; the document is {path}", source.id());
        }
    }
}

fn kept(source: &dyn Source, seed: u64, body: &[u8]) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{}-{seed}", source.id()));
    std::fs::write(&path, body).unwrap();
    path.display().to_string()
}
