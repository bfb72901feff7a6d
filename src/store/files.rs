//! Files that are whole or not there, and stay so through a power cut.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{StoreError, io};

/// The ending of files that are still being written.
const PART: &str = "part";

/// Creates a folder with all above it, so that each outlives a power cut.
pub(super) fn create_dir(dir: &Path) -> Result<(), StoreError> {
    if dir.is_dir() {
        return Ok(());
    }
    let parent = parent_of(dir);
    create_dir(&parent)?;
    match fs::create_dir(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(io("create", dir)(error)),
        _ => {}
    }
    sync_dir(dir)?;
    sync_dir(&parent)
}

/// Makes the folder's entries durable: what was created, renamed or removed in it.
pub(super) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(io("sync", dir))
}

/// Writes a file whole: beside its place, synced, then renamed. The caller syncs the folder.
pub(super) fn write_whole(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let unique = NEXT.fetch_add(1, Ordering::Relaxed);
    let part = dir.join(format!("{name}.{}-{unique}.{PART}", std::process::id()));
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&part, dir.join(name)));
    placed.map_err(|error| {
        // The first error is the one to tell; a part that stays behind is swept.
        drop(fs::remove_file(&part));
        io("write", &part)(error)
    })
}

/// The paths in a folder, in order of name.
pub(super) fn list(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = fs::read_dir(dir).map_err(io("list", dir))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(io("list", dir))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Removes a file; one that is already gone is no fault.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// The file's bytes; `None` when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io("read", path)(error)),
    }
}

/// The name, when the file is one that is addressed by its content: 64 hex digits.
pub(super) fn digits_of(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str()).filter(|name| is_digits(name))
}

/// True for 64 lower-case hex digits: only such text may become a file's name.
pub(super) fn is_digits(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// True for what a crash may leave behind in the middle of [`write_whole`].
pub(super) fn is_part(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == PART)
}

fn parent_of(dir: &Path) -> PathBuf {
    match dir.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
