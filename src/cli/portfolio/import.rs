//! `seawall portfolio import`: the portfolio of a folder in the place of the one in use, whole or not at all.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::ack::is_known;
use crate::cli::errand::done_by_daemon;
use crate::cli::{Outcome, Style, print_json, run, say};
use crate::config::{Config, PortfolioFiles, is_fit_to_run, portfolio_bytes, read_portfolio, read_portfolio_files};
use crate::daemon::{Errand, put_portfolio};
use crate::domain::Portfolio;
use crate::store::{SledStore, StoreError};
use crate::web::{DiffRow, DiffRows, Imported, judge};

/// The ids of one kind that are named in words; JSON names a thousand.
const IDS_SHOWN: usize = 10;
const HINT: &str = "a portfolio is a folder with people.csv, dealers.csv and sites.csv; examples/ has one";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder
    dir: PathBuf,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Who brings it, an id of people.csv, for the journal; without it the name of who is logged in
    #[arg(long, value_name = "PERSON")]
    author: Option<String>,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// How to print what changes
    #[arg(long, value_enum, default_value_t = Style::Text)]
    format: Style,
}

/// Who put it in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Daemon,
    Ourselves,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    if args.author.as_ref().is_some_and(|person| !is_known(&config, person)) {
        return Ok(Outcome::Unusable);
    }
    let Some(files) = files_of(&args.dir) else { return Ok(Outcome::Unusable) };
    let (_, faults) = read_portfolio_files(&files);
    for (file, fault) in &faults {
        say(&fault.in_file(&args.dir.join(file).display().to_string()));
    }
    if !is_fit_to_run(&faults) {
        if args.format == Style::Json {
            print_json(&judge(&files, &in_use(&config), args.dry_run).0)?;
        }
        say(
            "error: with these mistakes somebody would not be warned; nothing was changed\nhint: mend the errors above; `seawall portfolio check` names them again",
        );
        return Ok(Outcome::Unusable);
    }
    let (imported, by) = put(args, &config, files)?;
    match args.format {
        Style::Json => print_json(&imported)?,
        Style::Text => writeln!(io::stdout(), "{}", in_words(&imported, by).join("\n"))?,
    }
    Ok(if faults.is_empty() { Outcome::Done } else { Outcome::Findings })
}

/// The files of the folder as texts; `None` when there are none, or one is no text, which is said.
fn files_of(dir: &Path) -> Option<PortfolioFiles> {
    let files = match portfolio_bytes(dir) {
        Ok(files) if !files.is_empty() => files,
        Ok(_) => {
            say(&format!("error: {} holds no portfolio\nhint: {HINT}", dir.display()));
            return None;
        }
        Err(error) => {
            say(&format!("error: {error}\nhint: {HINT}"));
            return None;
        }
    };
    let (mut texts, mut are_texts) = (PortfolioFiles::new(), true);
    for (name, bytes) in files {
        match String::from_utf8(bytes) {
            Ok(text) => drop(texts.insert(name, text)),
            Err(_no_text) => {
                let path = dir.join(name);
                say(&format!("error: {}: it is not UTF-8 text\nhint: save the file as CSV UTF-8", path.display()));
                are_texts = false;
            }
        }
    }
    are_texts.then_some(texts)
}

/// The portfolio on which the daemon would run; an empty one when there is none yet.
fn in_use(config: &Config) -> Portfolio {
    read_portfolio(&config.portfolio).map(|(portfolio, _)| portfolio).unwrap_or_default()
}

/// Puts files that are fit to run in place, by way of the daemon that runs on the old ones, if one does.
fn put(args: &Args, config: &Config, files: PortfolioFiles) -> anyhow::Result<(Imported, By)> {
    let store = config.data_dir.join("store");
    // Held until the files are in place, so that no daemon starts meanwhile. Where none has run there is none to hold.
    let held = store.is_dir().then(|| SledStore::open(&store)).transpose();
    match held {
        Ok(_held) => {
            let (imported, portfolio) = judge(&files, &in_use(config), args.dry_run);
            if portfolio.is_some() && !args.dry_run && !imported.diff.is_empty() {
                let folder = config.portfolio.display();
                let hint = "run it as the user that runs seawall";
                put_portfolio(&config.portfolio, &files, &author(args))
                    .map_err(|error| anyhow::anyhow!("cannot write to {folder}: {error}\nhint: {hint}"))?;
            }
            Ok((imported, By::Ourselves))
        }
        Err(StoreError::Busy { .. }) => {
            let errand = Errand::Import { by: author(args), dry_run: args.dry_run, files };
            let (_sent, told) = done_by_daemon(&config.data_dir, &errand)?;
            let told = told.map_err(anyhow::Error::msg)?;
            Ok((serde_json::from_value(told).context("the daemon's answer is of another version")?, By::Daemon))
        }
        Err(error) => Err(error.into()),
    }
}

/// Who brings it, as the journal names them.
fn author(args: &Args) -> String {
    let logged_in = || ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let shell = || logged_in().map_or("command line".to_owned(), |name| format!("{name}, command line"));
    args.author.clone().unwrap_or_else(shell)
}

fn in_words(imported: &Imported, by: By) -> Vec<String> {
    let mut lines = differing(&imported.diff);
    lines.push(match (imported.diff.is_empty(), imported.dry_run, by) {
        (true, ..) => "nothing differs from the portfolio in use".to_owned(),
        (false, true, _) => "a dry run: nothing was changed".to_owned(),
        (false, false, By::Daemon) => "it is in use, and what is new was matched with the storms in force".to_owned(),
        (false, false, By::Ourselves) => {
            "it is in place; the daemon runs on it when it starts, and matches it with the storms in force".to_owned()
        }
    });
    lines
}

/// A line for each kind of thing that differs.
fn differing(diff: &DiffRows) -> Vec<String> {
    let kinds = diff.kinds().into_iter().filter(|(_, row)| row.count > 0);
    let mut lines: Vec<String> = kinds.map(|(kind, row)| format!("{kind}: {}", changes(row))).collect();
    if diff.areas {
        lines.push("areas: warning areas lie elsewhere".to_owned());
    }
    lines
}

fn changes(row: &DiffRow) -> String {
    let parts = [("added", &row.added), ("changed", &row.changed), ("removed", &row.removed)];
    let told = parts.into_iter().filter(|(_, ids)| !ids.is_empty()).map(|(what, ids)| {
        let shown: Vec<&str> = ids.iter().take(IDS_SHOWN).map(String::as_str).collect();
        let more = if ids.len() > IDS_SHOWN { ", …" } else { "" };
        // Of many not all ids are told.
        let at_least =
            if row.count > row.added.len() + row.changed.len() + row.removed.len() { "at least " } else { "" };
        format!("{at_least}{} {what} ({}{more})", ids.len(), shown.join(", "))
    });
    told.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(range: std::ops::Range<usize>) -> Vec<String> {
        range.map(|n| format!("S{n}")).collect()
    }

    #[test]
    fn what_differs_is_told_in_a_few_words() {
        let row = |added, changed, removed| {
            let count = usize::max(added + changed + removed, 1);
            DiffRow { added: ids(0..added), changed: ids(0..changed), removed: ids(0..removed), count }
        };
        for (row, words) in [
            (row(1, 0, 0), "1 added (S0)"),
            (row(0, 2, 1), "2 changed (S0, S1), 1 removed (S0)"),
            (row(12, 0, 0), "12 added (S0, S1, S2, S3, S4, S5, S6, S7, S8, S9, …)"),
            (DiffRow { count: 5000, ..row(1, 0, 0) }, "at least 1 added (S0)"),
        ] {
            assert_eq!(changes(&row), words);
        }
        assert_eq!(differing(&DiffRows::default()), Vec::<String>::new());
        assert_eq!(differing(&DiffRows { areas: true, ..DiffRows::default() }), ["areas: warning areas lie elsewhere"]);
    }

    #[test]
    fn a_file_that_is_no_text_and_a_folder_without_files_are_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        assert!(files_of(dir.path()).is_none());
        std::fs::write(dir.path().join("sites.csv"), "id").expect("a file");
        assert!(files_of(dir.path()).is_some());
        std::fs::write(dir.path().join("people.csv"), b"\xb7\xc0").expect("a file");
        assert!(files_of(dir.path()).is_none());
    }
}
