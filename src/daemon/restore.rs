//! A backup becomes a house again: an empty data folder has it whole afterwards, or still counts as empty.
//!
//! The backup is read twice: to its end before anything is written, then for writing, the records last and in one
//! transaction. What a crash leaves in between does not count, and the same restore can be run again.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufReader, Read, Seek, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::backup::{of_portfolio, place};
use crate::config::{Config, ConfigError, FILES, portfolio_bytes};
use crate::domain::Timestamp;
use crate::store::export::{Item, Reader, Summary, check_empty};
use crate::store::{Documents, SledStore, Store as _, StoreError};

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The moment that the backup is of; version 1 does not say.
    pub at: Option<Timestamp>,
    /// How many records.
    pub records: usize,
    /// How many raw bulletins.
    pub documents: usize,
    /// The files, as the backup names them.
    pub files: Vec<String>,
    /// Files of the portfolio that were not asked for.
    pub left: Vec<String>,
    /// How long the backup is.
    pub bytes: u64,
    /// The SHA-256 of all but its last line, which says the same.
    pub sha256: String,
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup is no good, or the store is not empty, in use, or cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The portfolio's folder cannot be read.
    #[error(
        "{0}\nhint: `portfolio` in the configuration names the folder; leave --portfolio out to restore without it"
    )]
    Portfolio(#[from] ConfigError),
    /// A file is there already, and is another.
    #[error(
        "{} is there already and is not what the backup holds\nhint: nothing was restored; move it away first, or restore with a configuration that names another place",
        path.display()
    )]
    Different {
        /// The file.
        path: PathBuf,
    },
    /// The file system said no.
    #[error("cannot {doing} {}: {source}\nhint: mend it and restore again; until then the store counts as empty", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl RestoreError {
    /// True when it was refused, and everything is as it was; false when it could not be done.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        use StoreError::{BadExport, Busy, NewerExport, NotEmpty};
        matches!(
            self,
            Self::Different { .. }
                | Self::Portfolio(_)
                | Self::Store(BadExport { .. } | Busy { .. } | NewerExport { .. } | NotEmpty { .. })
        )
    }
}

/// Restores a backup into the empty house of a configuration; the files of its portfolio only when they are asked for.
///
/// # Errors
/// When it is refused, or could not be done; either way the store is still empty.
pub fn restore<R: Read + Seek>(config: &Config, mut backup: R, with_portfolio: bool) -> Result<Restored, RestoreError> {
    let checked = check(config, &mut backup)?;
    let is_wanted = |name: &str| with_portfolio || of_portfolio(name).is_none();
    let (wanted, left): (BTreeMap<_, _>, BTreeMap<_, _>) =
        checked.files.into_iter().partition(|(name, _)| is_wanted(name));
    differs_from_none(config, &wanted, with_portfolio)?;
    let store = SledStore::open(&config.data_dir.join("store"))?;
    check_empty(&store)?;
    let documents = Documents::open(&config.data_dir.join("documents"))?;
    rewind(&mut backup)?;
    let mut reader = Reader::new(BufReader::new(&mut backup))?;
    let mut batch = Vec::new();
    let summary = loop {
        match reader.item()? {
            Item::Record(write) => batch.push(write),
            Item::Document(fetched, body) => drop(documents.put(&body, fetched)?),
            Item::File(_) => {}
            Item::End(summary) => break summary,
        }
    };
    if summary != checked.summary {
        return Err(reader.bad("the backup was changed while it was read").into());
    }
    for (name, bytes) in &wanted {
        if let Some(path) = place(config, name) {
            let is_secret = of_portfolio(name).is_none();
            put(&path, bytes, is_secret).map_err(|source| RestoreError::Io { doing: "write", path, source })?;
        }
    }
    // From here on the house is what the backup was.
    store.commit(&batch)?;
    Ok(Restored {
        at: checked.at,
        records: summary.count,
        documents: summary.documents,
        files: wanted.into_keys().collect(),
        left: left.into_keys().collect(),
        bytes: summary.bytes,
        sha256: summary.sha256,
    })
}

/// A backup that was read to its end.
struct Checked {
    at: Option<Timestamp>,
    files: BTreeMap<String, Vec<u8>>,
    summary: Summary,
}

fn check<R: Read + Seek>(config: &Config, backup: &mut R) -> Result<Checked, RestoreError> {
    rewind(backup)?;
    let mut reader = Reader::new(BufReader::new(backup))?;
    let mut files = BTreeMap::new();
    loop {
        match reader.item()? {
            Item::Record(_) | Item::Document(..) => {}
            Item::File(file) if place(config, &file.name).is_none() => {
                return Err(reader.bad(format!("`{}` is no file of a backup", file.name)).into());
            }
            Item::File(file) => drop(files.insert(file.name, file.bytes)),
            Item::End(summary) => return Ok(Checked { at: reader.at(), files, summary }),
        }
    }
}

/// Refuses when a file that is there would be lost, or a portfolio be made of two.
fn differs_from_none(
    config: &Config,
    wanted: &BTreeMap<String, Vec<u8>>,
    with_portfolio: bool,
) -> Result<(), RestoreError> {
    for (name, bytes) in wanted.iter().filter(|(name, _)| of_portfolio(name).is_none()) {
        let Some(path) = place(config, name) else { continue };
        match fs::read(&path) {
            Ok(there) if there == *bytes => {}
            Ok(_) => return Err(RestoreError::Different { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(RestoreError::Io { doing: "read", path, source }),
        }
    }
    if with_portfolio {
        let there = portfolio_bytes(&config.portfolio)?;
        let of_backup: BTreeMap<&str, &Vec<u8>> =
            wanted.iter().filter_map(|(name, bytes)| Some((of_portfolio(name)?, bytes))).collect();
        let other = FILES.into_iter().find(|file| there.get(*file).is_some_and(|is| of_backup.get(file) != Some(&is)));
        if let Some(file) = other {
            return Err(RestoreError::Different { path: config.portfolio.join(file) });
        }
    }
    Ok(())
}

fn rewind(backup: &mut impl Seek) -> Result<(), RestoreError> {
    backup.rewind().map_err(|source| StoreError::Stream { doing: "read", source }.into())
}

/// Puts a file into its place, whole or not at all; a secret one for its owner's eyes alone.
fn put(path: &Path, bytes: &[u8], is_secret: bool) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut part = path.to_owned().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    let mode = if is_secret { 0o600 } else { 0o666 };
    // One that a crash left may be readable by others.
    drop(fs::remove_file(&part));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
