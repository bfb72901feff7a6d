//! What damage begins from: a source's own samples, and recorded documents that it recognises, when they are there.

use std::path::{Path, PathBuf};

use seawall::sources::{Source, recognise};

/// Recorded documents above this size slow every try down and hold no other shapes.
const BYTES_MAX: u64 = 300_000;
/// Recorded documents for one source: more say little new.
const RECORDED_MAX: usize = 60;

/// The samples of a source.
pub(crate) fn of(source: &dyn Source) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sources").join(source.id());
    let is_sample = |path: &PathBuf| path.extension().is_none_or(|ending| ending != "snap" && ending != "new");
    let mut seeds: Vec<Vec<u8>> = files(&folder).iter().filter(|path| is_sample(path)).map(read).collect();
    let Some(recorded) = std::env::var_os("SEAWALL_CORPUS").map(PathBuf::from) else { return seeds };
    let small = files(&recorded).into_iter().filter(|path| path.metadata().is_ok_and(|data| data.len() <= BYTES_MAX));
    let own =
        small.map(|path| read(&path)).filter(|body| recognise(body).is_some_and(|known| known.id() == source.id()));
    let own: Vec<Vec<u8>> = own.collect();
    let step = own.len().div_ceil(RECORDED_MAX).max(1);
    seeds.extend(own.into_iter().step_by(step));
    seeds
}

fn read(path: &PathBuf) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// Every file under a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
