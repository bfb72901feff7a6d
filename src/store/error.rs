//! What can go wrong in the store, and how to mend it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the store did not do it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process has the folder.
    #[error("{} is in use{}\nhint: stop the other seawall first, or give this one a folder of its own", dir.display(), by(*pid))]
    Busy {
        /// The store's folder.
        dir: PathBuf,
        /// The other process, when its lock file says so.
        pid: Option<u32>,
    },
    /// The file system said no.
    #[error("cannot {doing} {}: {source}\nhint: {}", path.display(), io_hint(source))]
    Io {
        /// What was being done: `write`.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The files are damaged beyond what can be mended here.
    #[error("{} is damaged: {detail}\nhint: move it away and start from the last backup with `seawall restore FILE`", path.display())]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The engine failed in another way.
    #[error("the store could not {doing}: {detail}\nhint: free the disk or mend it, then start seawall again")]
    Engine {
        /// What was being done: `commit`.
        doing: &'static str,
        /// The engine's words.
        detail: String,
    },
    /// A record was written by a version that this one does not know.
    #[error(
        "record `{key}` of table `{table}` has version {found}, this seawall knows 1\nhint: run the newer seawall that wrote it, or restore a backup from before the upgrade"
    )]
    Version {
        /// The table.
        table: &'static str,
        /// The key.
        key: String,
        /// The version as it stands, `none` when there is none.
        found: String,
    },
    /// A record cannot be read.
    #[error(
        "record `{key}` of table `{table}` cannot be read: {detail}\nhint: restore the last backup with `seawall restore FILE`"
    )]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The key.
        key: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A record was not written, because it could not be read back.
    #[error(
        "record `{key}` of table `{table}` would not read back: {detail}\nhint: nothing was written; this is a fault of seawall, please report it"
    )]
    Unfit {
        /// The table.
        table: &'static str,
        /// The key.
        key: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A key is longer than any backend takes.
    #[error(
        "a key of {bytes} bytes in table `{table}` is too long, {} are allowed\nhint: nothing was written",
        super::KEY_BYTES_MAX
    )]
    KeyTooLong {
        /// The table.
        table: &'static str,
        /// Its length in bytes.
        bytes: usize,
    },
    /// A backup cannot be read.
    #[error(
        "the backup's line {line}: {what}\nhint: nothing was restored; take another backup, this one is cut or changed"
    )]
    BadExport {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// A backup of a version that this one does not know.
    #[error(
        "the backup has version {found}, this seawall reads up to {}\nhint: nothing was restored; use the seawall that wrote it, or a newer one",
        super::export::VERSION
    )]
    NewerExport {
        /// Its version.
        found: u64,
    },
    /// A backup can only be restored into an empty store.
    #[error(
        "the store already holds records, in table `{table}` for one\nhint: restore into a new folder: name another `data_dir`, or move the store away first"
    )]
    NotEmpty {
        /// A table that has records.
        table: &'static str,
    },
    /// A backup could not be read or written as a stream.
    #[error("cannot {doing} the backup: {source}\nhint: {}", io_hint(source))]
    Stream {
        /// `read` or `write`.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// For `map_err`: the I/O error with what was being done to which path.
pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { doing, path: path.to_owned(), source }
}

fn by(pid: Option<u32>) -> String {
    pid.map_or_else(|| " by another process".to_owned(), |pid| format!(" by process {pid}"))
}

fn io_hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => "give the user that runs seawall the right to read and write there",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some room on the disk",
        io::ErrorKind::ReadOnlyFilesystem => "mount it writable, or configure another folder",
        io::ErrorKind::NotFound => "check the path, and that its disk is mounted",
        _ => "check the disk and the path",
    }
}
