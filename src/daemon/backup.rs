//! A backup: everything that a fresh machine needs to go on as the same Seawall. The records as at one moment, the raw
//! bulletins, the users, the keys that sign links, and the portfolio's files.
//!
//! The configuration, the folder of rules that it names and the key of DKIM are the operator's, and are not in it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::link_key::{believed_until, earlier};
use crate::config::{Config, ConfigError, FILES, portfolio_bytes};
use crate::domain::Timestamp;
use crate::store::export::{Belonging, Moment};
use crate::store::{Documents, Store, StoreError};

const USERS: &str = "users.toml";
/// How the key of links is called in a backup; older ones have after it until when they are believed.
const LINK_KEY: &str = "link.key";
/// What the names of the portfolio's files begin with in a backup.
const PORTFOLIO: &str = "portfolio/";

/// What a backup holds, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUp {
    /// The moment that it is of.
    pub at: Timestamp,
    /// How many records.
    pub records: usize,
    /// How many raw bulletins.
    pub documents: usize,
    /// How many files: users, keys, portfolio.
    pub files: usize,
    /// How long it is.
    pub bytes: u64,
    /// The SHA-256 of all but its last line, which says the same.
    pub sha256: String,
    /// Raw bulletins that are damaged, and not in it.
    pub damaged: Vec<PathBuf>,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The store or a raw bulletin cannot be read, or the backup not written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The portfolio cannot be read.
    #[error(
        "{0}\nhint: the portfolio's files are part of a backup; mend `portfolio` in the configuration, or the folder"
    )]
    Portfolio(#[from] ConfigError),
    /// Users or a key cannot be read.
    #[error("cannot read {}: {source}\nhint: run it as the user that runs seawall", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Reads all that must be as at one moment into memory. Nobody may put another portfolio into its place meanwhile.
///
/// # Errors
/// When something that belongs into it cannot be read.
pub fn moment(store: &dyn Store, config: &Config, at: Timestamp) -> Result<Moment, BackupError> {
    let files = belongings(config)?;
    Ok(Moment::of(store, files, at)?)
}

/// Writes the backup of a moment.
///
/// # Errors
/// When a raw bulletin cannot be read or the backup not written.
pub fn write(moment: Moment, config: &Config, at: Timestamp, out: &mut dyn Write) -> Result<BackedUp, BackupError> {
    let documents = Documents::open(&config.data_dir.join("documents"))?;
    let (summary, damaged) = moment.write(&documents, out)?;
    Ok(BackedUp {
        at,
        records: summary.count,
        documents: summary.documents,
        files: summary.files,
        bytes: summary.bytes,
        sha256: summary.sha256,
        damaged,
    })
}

/// Where a file of a backup lies in this house; `None` for a name that no backup has.
pub(super) fn place(config: &Config, name: &str) -> Option<PathBuf> {
    if name == USERS {
        return Some(config.data_dir.join(USERS));
    }
    if let Some(file) = of_portfolio(name) {
        return FILES.contains(&file).then(|| config.portfolio.join(file));
    }
    let rest = name.strip_prefix(LINK_KEY).filter(|rest| rest.is_empty() || believed_until(rest).is_some())?;
    let mut path = config.link_key.clone().into_os_string();
    path.push(rest);
    Some(path.into())
}

/// The name of a portfolio's file, when it is one.
pub(super) fn of_portfolio(name: &str) -> Option<&str> {
    name.strip_prefix(PORTFOLIO)
}

/// The files that are there.
fn belongings(config: &Config) -> Result<Vec<Belonging>, BackupError> {
    let mut files = Vec::new();
    let mut names = vec![USERS.to_owned()];
    names.extend(keys(&config.link_key)?);
    for name in names {
        let Some(path) = place(config, &name) else { continue };
        match fs::read(&path) {
            Ok(bytes) => files.push(Belonging { name, bytes }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(BackupError::File { path, source }),
        }
    }
    let portfolio = portfolio_bytes(&config.portfolio)?.into_iter();
    files.extend(portfolio.map(|(name, bytes)| Belonging { name: format!("{PORTFOLIO}{name}"), bytes }));
    Ok(files)
}

/// The names in a backup of the key and of those from before it that lie beside it.
fn keys(link_key: &Path) -> Result<Vec<String>, BackupError> {
    let own = link_key.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let earlier = match earlier(link_key) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found.map_err(|source| BackupError::File { path: link_key.to_owned(), source })?,
    };
    let names = earlier.iter().filter_map(|(path, _)| Some(path.file_name()?.to_string_lossy().into_owned()));
    let rests = names.filter_map(|name| Some(name.strip_prefix(&own)?.to_owned()));
    Ok(std::iter::once(String::new()).chain(rests).map(|rest| format!("{LINK_KEY}{rest}")).collect())
}
