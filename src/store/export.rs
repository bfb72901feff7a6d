//! Backups as JSON lines, and the way from one backend to another.
//!
//! ```text
//! {"seawall_export":2,"at":"…"}                         what it is, and of which moment
//! {"table":"alerts","key":"…","value":{…}}              a record
//! {"file":"users.toml","base64":"…"}                    a file that goes with the records
//! {"document":"sha256:…","fetched":"…","base64":"…"}    a raw bulletin, and when it last came
//! {"count":…,"documents":…,"files":…,"sha256":"…"}      how many there must be; the SHA-256 of all bytes before
//! ```
//!
//! Version 1 held records only, and is read too.

mod read;
mod row;
#[cfg(test)]
mod tests;

use std::io::Write as Output;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use read::{Item, Reader};
use row::{DocumentRow, FileRow, Header, RecordRow};

use super::{Documents, Records, Store, StoreError, Table};
use crate::domain::Timestamp;

/// The version of the format that is written.
pub const VERSION: u64 = 2;

/// The longest line, in bytes: a file or document of some 380 MB. A longer one is neither written nor read.
pub(super) const LINE_BYTES_MAX: u64 = 512 << 20;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many records.
    pub count: usize,
    /// How many raw bulletins.
    #[serde(default)]
    pub documents: usize,
    /// How many files.
    #[serde(default)]
    pub files: usize,
    /// The SHA-256 of every byte before the last line, in hex digits.
    pub sha256: String,
    /// How long it is, its last line included.
    #[serde(skip)]
    pub bytes: u64,
}

/// A file that goes with the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belonging {
    /// Its name in backups; where it lies on a machine is for whoever takes and restores them to say.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// All records as at one moment, with the files that go with them.
#[derive(Debug)]
pub struct Moment {
    at: Timestamp,
    tables: Vec<Records>,
    files: Vec<Belonging>,
}

impl Moment {
    /// Reads every record into memory, as at one moment; `at` says which.
    pub fn of(store: &dyn Store, files: Vec<Belonging>, at: Timestamp) -> Result<Self, StoreError> {
        Ok(Self { at, tables: store.scan_all(&Table::ALL)?, files })
    }

    /// Writes the backup, with every document there is; gives what it holds, and the files of damaged documents, which are
    /// left out.
    ///
    /// A document is kept before a record points to it, so that those of the moment are there unless they were swept since.
    pub fn write(self, documents: &Documents, out: &mut dyn Output) -> Result<(Summary, Vec<PathBuf>), StoreError> {
        let mut lines = Lines { out, hasher: Sha256::new(), bytes: 0 };
        lines.put(&Header { seawall_export: VERSION, at: Some(self.at) })?;
        let mut count = 0;
        for (table, records) in Table::ALL.into_iter().zip(self.tables) {
            for (key, value) in records {
                lines.put(&RecordRow { table: table.name().to_owned(), key, value })?;
                count += 1;
            }
        }
        let files = self.files.len();
        for Belonging { name, bytes } in self.files {
            lines.put(&FileRow { file: name, base64: STANDARD.encode(&bytes) })?;
        }
        let (documents, damaged) = documents.each(|document, fetched, body| {
            lines.put(&DocumentRow { document, fetched, base64: STANDARD.encode(body) })
        })?;
        let sha256 = digits(lines.hasher.clone());
        let mut summary = Summary { count, documents, files, sha256, bytes: 0 };
        lines.put(&summary)?;
        lines.out.flush().map_err(|source| StoreError::Stream { doing: "write", source })?;
        summary.bytes = lines.bytes;
        Ok((summary, damaged))
    }
}

/// Refuses a store that holds anything: what it holds and what a backup holds do not add up to a state.
pub fn check_empty(store: &dyn Store) -> Result<(), StoreError> {
    let tables = Table::ALL.into_iter().zip(store.scan_all(&Table::ALL)?);
    match tables.into_iter().find(|(_, records)| !records.is_empty()) {
        Some((table, _)) => Err(StoreError::NotEmpty { table: table.name() }),
        None => Ok(()),
    }
}

/// What is written, a line at a time.
struct Lines<'a> {
    out: &'a mut dyn Output,
    hasher: Sha256,
    bytes: u64,
}

impl Lines<'_> {
    fn put(&mut self, line: &impl Serialize) -> Result<(), StoreError> {
        let unfit = |detail: String| StoreError::Engine { doing: "write a line of the backup", detail };
        let mut bytes = serde_json::to_vec(line).map_err(|error| unfit(error.to_string()))?;
        bytes.push(b'\n');
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > LINE_BYTES_MAX {
            return Err(unfit(format!("a line of {length} bytes is too long, {LINE_BYTES_MAX} are allowed")));
        }
        self.hasher.update(&bytes);
        self.bytes += length;
        self.out.write_all(&bytes).map_err(|source| StoreError::Stream { doing: "write", source })
    }
}

fn digits(hasher: Sha256) -> String {
    use std::fmt::Write as _;
    hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}
