//! `seawall portfolio export`: the files of the portfolio in use, in a folder of their own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use crate::cli::{Outcome, Style, print_json, run, say};
use crate::config::portfolio_bytes;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to write: a new or an empty one
    dir: PathBuf,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// How to print what was written
    #[arg(long, value_enum, default_value_t = Style::Text)]
    format: Style,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let dir = args.dir.display();
    if !is_free(&args.dir)? {
        say(&format!("error: {dir} is not empty\nhint: name a new folder; nothing is overwritten"));
        return Ok(Outcome::Unusable);
    }
    let files = match portfolio_bytes(&config.portfolio) {
        Ok(files) if !files.is_empty() => files,
        Ok(_) => {
            let (folder, file) = (config.portfolio.display(), args.config.display());
            say(&format!("error: {folder} holds no portfolio\nhint: `portfolio` in {file} names the folder"));
            return Ok(Outcome::Unusable);
        }
        Err(error) => {
            say(&format!("error: {error}\nhint: run it as the user that runs seawall"));
            return Ok(Outcome::Failed);
        }
    };
    written(&args.dir, &files)
        .map_err(|error| anyhow::anyhow!("cannot write to {dir}: {error}\nhint: name a folder that you may write"))?;
    let bytes: usize = files.values().map(Vec::len).sum();
    let names: Vec<&String> = files.keys().collect();
    match args.format {
        Style::Json => print_json(&json!({ "dir": dir.to_string(), "files": names, "bytes": bytes }))?,
        Style::Text => writeln!(io::stdout(), "{dir}: {} files, {bytes} bytes", names.len())?,
    }
    Ok(Outcome::Done)
}

fn is_free(dir: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", dir.display())),
    }
}

/// Writes all of them; when one cannot be written, none is left.
fn written(dir: &Path, files: &BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let mut begun = Vec::new();
    let write = |(name, bytes): (&String, &Vec<u8>)| {
        let path = dir.join(name);
        let mut file = File::create_new(&path)?;
        begun.push(path);
        file.write_all(bytes)?;
        file.sync_all()
    };
    let written = files.iter().try_for_each(write).and_then(|()| File::open(dir)?.sync_all());
    if written.is_err() {
        // The first error is the one to tell.
        for path in &begun {
            drop(fs::remove_file(path));
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_kept_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let files: BTreeMap<String, Vec<u8>> =
            ["dealers.csv", "people.csv", "sites.csv"].map(|name| (name.to_owned(), b"new".to_vec())).into();
        let new = dir.path().join("a/new");
        assert!(is_free(&new).expect("read") && is_free(dir.path()).expect("read"));
        written(&new, &files).expect("written");
        assert_eq!(portfolio_bytes(&new).expect("files"), files);
        let old = dir.path().join("old");
        fs::create_dir(&old).expect("a folder");
        fs::write(old.join("people.csv"), "mine").expect("a file");
        assert!(!is_free(&old).expect("read") && !is_free(&old.join("people.csv")).expect("read"));
        assert!(written(&old, &files).is_err());
        assert_eq!(fs::read(old.join("people.csv")).expect("a file"), b"mine");
        assert_eq!(fs::read_dir(&old).expect("a folder").count(), 1);
    }
}
