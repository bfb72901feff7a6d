//! `seawall restore`: an empty data folder becomes what a backup was.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::{Outcome, Style, print_json, run, say};
use crate::daemon::{Restored, restore};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The backup; `-` is standard input
    file: PathBuf,
    /// Restore the portfolio's files too, into the configuration's `portfolio`
    #[arg(long)]
    portfolio: bool,
    /// The daemon's configuration: its `data_dir` must be new, or hold no records
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// How to print what was restored
    #[arg(long, value_enum, default_value_t = Style::Text)]
    format: Style,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let backup = match opened(&args.file) {
        Ok(backup) => backup,
        Err(error) => {
            say(&format!("error: {error:#}\nhint: name a file that `seawall backup` wrote"));
            return Ok(Outcome::Unusable);
        }
    };
    match restore(&config, backup, args.portfolio) {
        Ok(done) => {
            tell(args, &done)?;
            Ok(Outcome::Done)
        }
        Err(error) => {
            say(&format!("error: {error}"));
            Ok(if error.is_refusal() { Outcome::Unusable } else { Outcome::Failed })
        }
    }
}

fn tell(args: &Args, done: &Restored) -> io::Result<()> {
    let file = args.file.display().to_string();
    match args.format {
        Style::Json => print_json(&json!({
            "file": file, "at": done.at, "records": done.records, "documents": done.documents,
            "files": done.files, "left": done.left, "bytes": done.bytes, "sha256": done.sha256,
        }))?,
        Style::Text => {
            let of = done.at.map(|at| format!(" of {at}")).unwrap_or_default();
            let (records, documents, files) = (done.records, done.documents, done.files.len());
            let (bytes, sha256) = (done.bytes, &done.sha256);
            writeln!(
                io::stdout(),
                "{file}: restored {records} records, {documents} documents and {files} files{of}; {bytes} bytes, sha256 {sha256}"
            )?;
        }
    }
    if !done.left.is_empty() {
        say(&format!(
            "note: the portfolio in the backup was left alone ({})\nhint: --portfolio restores it too",
            done.left.join(", ")
        ));
    }
    Ok(())
}

/// The backup, which is read more than once: what can be read only once is kept in a file that has no name.
fn opened(file: &Path) -> anyhow::Result<File> {
    if file == Path::new("-") {
        return kept(&mut io::stdin().lock());
    }
    let mut backup = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let facts = backup.metadata().with_context(|| format!("cannot read {}", file.display()))?;
    anyhow::ensure!(!facts.is_dir(), "{} is a folder", file.display());
    if facts.is_file() { Ok(backup) } else { kept(&mut backup) }
}

fn kept(input: &mut dyn io::Read) -> anyhow::Result<File> {
    let path = std::env::temp_dir().join(format!("seawall-restore-{}.part", std::process::id()));
    let cannot = || format!("cannot keep standard input in {}; TMPDIR names another folder", path.display());
    let mut options = File::options();
    let mut file = options.read(true).write(true).create_new(true).mode(0o600).open(&path).with_context(cannot)?;
    fs::remove_file(&path).with_context(cannot)?;
    io::copy(input, &mut file).with_context(cannot)?;
    Ok(file)
}
