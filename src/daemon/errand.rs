//! Errands: what the command line asks of a daemon that has the store, and what takes longer than an answer.
//!
//! `ID.errand` in the spool is the errand. The daemon makes `ID.doing` of it, whose bytes change as long as it is at work;
//! the end is `ID.told`: `{"Ok":…}`, or `{"Err":"…"}` with the reason. A backup lies beside it as `ID.backup`, for its
//! owner's eyes alone, until whoever asked has taken it. Meanwhile turns and answers go on.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::backup::{BackedUp, moment, write};
use super::spool::{read_file, write_whole};
use super::{DaemonError, Shared, renew};
use crate::config::PortfolioFiles;
use crate::domain::DocumentHash;
use crate::web::{Imported, judge};

/// How an errand's file ends.
pub(super) const ERRAND: &str = "errand";
/// How the sign of work on it ends.
pub(super) const DOING: &str = "doing";
/// How a backup that waits for whoever asked ends.
pub(super) const BACKUP: &str = "backup";
/// How often the daemon shows that it is at work.
const BEAT: Duration = Duration::from_secs(1);
/// No errand is longer; what is, is not read.
const ERRAND_BYTES: u64 = 512 << 20;

/// What the running daemon is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Errand {
    /// Write a backup, to be taken from [`SentErrand::backup`]; told is a [`BackedUp`].
    Backup,
    /// Put another portfolio in the place of the one that is, if it is fit to run on; told is an [`Imported`].
    Import {
        /// Who brings it, for the journal.
        by: String,
        /// Only say what would change.
        dry_run: bool,
        /// The files.
        files: PortfolioFiles,
    },
}

/// How far an errand is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nobody has begun.
    Waiting,
    /// The daemon is at work; the bytes are others whenever it has shown so anew.
    Doing(Vec<u8>),
    /// It is done, or why not.
    Told(Result<Value, String>),
}

/// An errand that was given to the daemon. What is left of it is cleared away with it.
#[derive(Debug)]
pub struct SentErrand {
    errand: PathBuf,
}

impl SentErrand {
    /// Puts it where the running daemon will find it. `unique` tells it from all others.
    ///
    /// # Errors
    /// When the spool cannot be written.
    pub fn send(data_dir: &Path, errand: &Errand, unique: &str) -> io::Result<Self> {
        let folder = data_dir.join("spool");
        fs::create_dir_all(&folder)?;
        let name = format!("{}.{ERRAND}", DocumentHash::of(unique.as_bytes()).digits());
        write_whole(&folder, &name, &serde_json::to_vec(errand)?)?;
        Ok(Self { errand: folder.join(name) })
    }

    /// How far it is.
    ///
    /// # Errors
    /// When the spool cannot be read.
    pub fn look(&self) -> io::Result<Progress> {
        if let Some(told) = there(&self.errand.with_extension("told"))? {
            return Ok(Progress::Told(serde_json::from_slice(&told)?));
        }
        Ok(there(&self.errand.with_extension(DOING))?.map_or(Progress::Waiting, Progress::Doing))
    }

    /// Takes it back. True when nobody had begun, so that nothing was done and nothing will be.
    #[must_use]
    pub fn take_back(&self) -> bool {
        fs::remove_file(&self.errand).is_ok()
    }

    /// Where the backup lies when one was asked for and it is told that it is done.
    #[must_use]
    pub fn backup(&self) -> PathBuf {
        self.errand.with_extension(BACKUP)
    }
}

impl Drop for SentErrand {
    fn drop(&mut self) {
        for ending in [ERRAND, "told", BACKUP] {
            // What cannot be removed is swept after a day.
            drop(fs::remove_file(self.errand.with_extension(ending)));
        }
    }
}

fn there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes an errand out of the spool and begins it in a task of its own.
pub(super) fn begin(shared: &Arc<Shared>, path: &Path) {
    let errand = read_file(path, ERRAND_BYTES).and_then(|bytes| {
        serde_json::from_slice::<Errand>(&bytes).map_err(|error| format!("it is no errand: {error}"))
    });
    let doing = path.with_extension(DOING);
    let begun = fs::write(&doing, "0").and_then(|()| fs::remove_file(path));
    if let Err(error) = begun {
        // One that is gone was taken back.
        if error.kind() != io::ErrorKind::NotFound {
            tracing::error!(%error, path = %path.display(), "a spooled errand cannot be begun");
        }
        drop(fs::remove_file(&doing));
        return;
    }
    drop(tokio::spawn(run(shared.clone(), errand, doing)));
}

/// Does an errand, shows that it is being done, and tells its end.
async fn run(shared: Arc<Shared>, errand: Result<Errand, String>, doing: PathBuf) {
    let mut work = tokio::spawn(work(shared, errand, doing.with_extension(BACKUP)));
    let mut beat = tokio::time::interval(BEAT);
    let mut beats = 0_u64;
    let told = loop {
        tokio::select! {
            told = &mut work => break told.unwrap_or_else(|_panicked| Err(DaemonError::Panicked.to_string())),
            _ = beat.tick() => {
                beats += 1;
                // Whoever asked loses patience when this goes wrong; the work goes on.
                drop(fs::write(&doing, beats.to_string()));
            }
        }
    };
    if let Err(error) = &told {
        tracing::error!(%error, "an errand of the command line failed");
    }
    let folder = doing.parent().unwrap_or(Path::new(""));
    let name = doing.with_extension("told");
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    let written =
        serde_json::to_vec(&told).map_err(io::Error::from).and_then(|bytes| write_whole(folder, &name, &bytes));
    if let Err(error) = written.and_then(|()| fs::remove_file(&doing)) {
        tracing::error!(%error, path = %doing.display(), "the end of an errand cannot be told");
    }
}

async fn work(shared: Arc<Shared>, errand: Result<Errand, String>, backup: PathBuf) -> Result<Value, String> {
    match errand? {
        Errand::Backup => {
            let done = tokio::task::spawn_blocking(move || back_up(&shared, &backup)).await;
            let done = done.map_err(|_panicked| DaemonError::Panicked.to_string())??;
            serde_json::to_value(done).map_err(|error| error.to_string())
        }
        Errand::Import { by, dry_run, files } => {
            let done = import(shared, by, dry_run, files).await?;
            serde_json::to_value(done).map_err(|error| error.to_string())
        }
    }
}

/// The same as the API does with files that are sent to it.
async fn import(shared: Arc<Shared>, by: String, dry_run: bool, files: PortfolioFiles) -> Result<Imported, String> {
    let before = shared.portfolio.get();
    let judged = tokio::task::spawn_blocking(move || {
        let judged = judge(&files, &before, dry_run);
        (files, judged)
    });
    let (files, (imported, portfolio)) = judged.await.map_err(|_panicked| DaemonError::Panicked.to_string())?;
    let Some(portfolio) = portfolio else {
        return Err("with these files somebody would not be told; nothing was changed\nhint: `seawall portfolio check` names the mistakes".to_owned());
    };
    if !dry_run && !imported.diff.is_empty() {
        renew::replace(shared, files, portfolio, by).await.map_err(|error| {
            format!("nothing was changed: {error}\nhint: the portfolio's folder must be writable for whoever runs seawall; the log says more")
        })?;
    }
    Ok(imported)
}

/// Writes a backup; the store's gate is held only while the records are read into memory.
fn back_up(shared: &Shared, path: &Path) -> Result<BackedUp, String> {
    let config = &shared.config;
    let (moment, at) = {
        // Nobody puts another portfolio in the place of the one that the records are about.
        let _alone = shared.renewing.blocking_lock();
        let at = shared.clock.now();
        (moment(&*shared.store, config, at).map_err(|error| error.to_string())?, at)
    };
    let part = path.with_extension("backup.part");
    let fault =
        |error: io::Error| format!("cannot write {}: {error}\nhint: free some room on the disk", part.display());
    drop(fs::remove_file(&part));
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(fault)?;
    let mut out = BufWriter::new(WhileUp { shared, file });
    let written = write(moment, config, at, &mut out).map_err(|error| error.to_string());
    let placed = written.and_then(|done| {
        let synced = out.get_ref().file.sync_all().and_then(|()| fs::rename(&part, path));
        synced.map_err(fault).map(|()| done)
    });
    if placed.is_err() {
        drop(fs::remove_file(&part));
    }
    let done = placed?;
    tracing::info!(records = done.records, documents = done.documents, bytes = done.bytes, "a backup was taken");
    Ok(done)
}

/// A file that is written only while the daemon does not stop: nobody waits for a backup of which nothing comes.
struct WhileUp<'a> {
    shared: &'a Shared,
    file: fs::File,
}

impl Write for WhileUp<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.shared.keeper.is_draining() {
            return Err(io::Error::other("the daemon is stopping"));
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_can_be_taken_back_until_somebody_has_begun() {
        let dir = tempfile::tempdir().expect("a folder");
        let spool = dir.path().join("spool");
        let sent = SentErrand::send(dir.path(), &Errand::Backup, "one").expect("sent");
        assert_eq!(sent.look().expect("look"), Progress::Waiting);
        assert!(sent.take_back() && !sent.take_back());
        let sent = SentErrand::send(dir.path(), &Errand::Backup, "two").expect("sent");
        fs::remove_file(&sent.errand).expect("begun");
        fs::write(sent.errand.with_extension(DOING), "3").expect("begun");
        assert!(!sent.take_back());
        assert_eq!(sent.look().expect("look"), Progress::Doing(b"3".to_vec()));
        for told in [Ok(serde_json::json!({ "records": 3 })), Err("no room".to_owned())] {
            let bytes = serde_json::to_vec(&told).expect("JSON");
            write_whole(&spool, &sent.errand.with_extension("told").display().to_string(), &bytes).expect("told");
            assert_eq!(sent.look().expect("look"), Progress::Told(told));
        }
        fs::write(sent.backup(), "secrets").expect("a backup");
        fs::remove_file(sent.errand.with_extension(DOING)).expect("done");
        drop(sent);
        assert_eq!(fs::read_dir(spool).expect("a folder").count(), 0, "nothing is left");
    }
}
