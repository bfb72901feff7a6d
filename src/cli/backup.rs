//! `seawall backup`: everything that a fresh machine needs to go on as the same Seawall, in one file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::errand::done_by_daemon;
use super::{Outcome, Style, run, say};
use crate::config::Config;
use crate::daemon::{BackedUp, Errand, SystemClock, moment, write};
use crate::domain::Clock as _;
use crate::store::{SledStore, StoreError};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file to write, for its owner's eyes alone: it holds secrets; `-` is standard output
    file: PathBuf,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// How to print what it holds
    #[arg(long, value_enum, default_value_t = Style::Text)]
    format: Style,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let store = config.data_dir.join("store");
    if !store.is_dir() {
        let file = args.config.display();
        say(&format!(
            "error: {} is not there: there is nothing to back up\nhint: `data_dir` in {file} names the folder of a daemon that has run",
            store.display()
        ));
        return Ok(Outcome::Unusable);
    }
    if args.file.is_dir() {
        say(&format!("error: {} is a folder\nhint: name a file in it", args.file.display()));
        return Ok(Outcome::Unusable);
    }
    let done = match SledStore::open(&store) {
        Ok(store) => {
            let at = SystemClock.now();
            whole(&args.file, |out| Ok(write(moment(&store, &config, at)?, &config, at, out)?))?
        }
        // The daemon has the store: it writes the backup, as of one moment of its own.
        Err(StoreError::Busy { .. }) => by_daemon(&config, &args.file)?,
        Err(error) => return Err(error.into()),
    };
    tell(args, &done)?;
    for path in &done.damaged {
        say(&format!(
            "warning: {}: the bytes of this bulletin are not those that came; it is not in the backup\nhint: check the disk",
            path.display()
        ));
    }
    Ok(if done.damaged.is_empty() { Outcome::Done } else { Outcome::Findings })
}

fn by_daemon(config: &Config, file: &Path) -> anyhow::Result<BackedUp> {
    let (sent, told) = done_by_daemon(&config.data_dir, &Errand::Backup)?;
    let done = told.map_err(anyhow::Error::msg)?;
    let done: BackedUp = serde_json::from_value(done).context("the daemon's answer is of another version")?;
    let backup = sent.backup();
    let mut from = File::open(&backup)
        .with_context(|| format!("cannot read {}\nhint: run it as the user that runs seawall", backup.display()))?;
    whole(file, |out| {
        let bytes = io::copy(&mut from, out)?;
        anyhow::ensure!(bytes == done.bytes, "{} is not as long as the daemon wrote it", backup.display());
        Ok(())
    })?;
    Ok(done)
}

/// Says in one line what the backup holds; on standard error when the backup itself is on standard output.
fn tell(args: &Args, done: &BackedUp) -> io::Result<()> {
    let file = args.file.display();
    let line = match args.format {
        Style::Json => json!({
            "file": file.to_string(), "at": done.at, "records": done.records, "documents": done.documents,
            "files": done.files, "bytes": done.bytes, "sha256": done.sha256, "damaged": done.damaged.len(),
        })
        .to_string(),
        Style::Text => format!(
            "{file}: {} records, {} documents and {} files of {}; {} bytes, sha256 {}",
            done.records, done.documents, done.files, done.at, done.bytes, done.sha256
        ),
    };
    if is_stream(&args.file) {
        say(&line);
        return Ok(());
    }
    writeln!(io::stdout(), "{line}")
}

fn is_stream(file: &Path) -> bool {
    file == Path::new("-")
}

/// Writes a file whole or not at all, for its owner's eyes alone; what is no file, such as a pipe, is written as it comes.
fn whole<T>(file: &Path, fill: impl FnOnce(&mut dyn io::Write) -> anyhow::Result<T>) -> anyhow::Result<T> {
    if is_stream(file) {
        let mut out = BufWriter::new(io::stdout().lock());
        let filled = fill(&mut out)?;
        out.flush()?;
        return Ok(filled);
    }
    let cannot = || format!("cannot write {}", file.display());
    if file.metadata().is_ok_and(|facts| !facts.is_file()) {
        let mut out = BufWriter::new(File::options().write(true).open(file).with_context(cannot)?);
        let filled = fill(&mut out).with_context(cannot)?;
        out.flush().with_context(cannot)?;
        return Ok(filled);
    }
    let mut part = file.to_owned().into_os_string();
    part.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(part);
    let filled = fill_and_place(&part, file, fill).with_context(cannot);
    if filled.is_err() {
        // The first error is the one to tell.
        drop(fs::remove_file(&part));
    }
    filled
}

fn fill_and_place<T>(
    part: &Path,
    file: &Path,
    fill: impl FnOnce(&mut dyn io::Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    drop(fs::remove_file(part));
    let opened = File::options().write(true).create_new(true).mode(0o600).open(part);
    let opened = opened.map_err(|error| anyhow::anyhow!("{error}\nhint: its folder must be there and writable"))?;
    let mut out = BufWriter::new(opened);
    let filled = fill(&mut out)?;
    let out = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    out.sync_all()?;
    fs::rename(part, file)?;
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok(filled)
}
