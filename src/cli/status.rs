//! `seawall status`: how things stand.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde::de::DeserializeOwned;

use super::{Outcome, Style, print_json, run, say};
use crate::config::Config;
use crate::daemon::{Question, Status, SystemClock, spool_question, status};
use crate::domain::{Clock as _, Level, Timestamp};
use crate::store::{SledStore, StoreError};

/// Live alerts named in words; JSON names them all.
const ALERTS_SHOWN: usize = 20;
/// Dead letters named in words.
const LETTERS_SHOWN: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Style::Text)]
    format: Style,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let (standing, is_running) = match SledStore::open(&config.data_dir.join("store")) {
        Ok(store) => (status(&store, &config.feeds, SystemClock.now())?, false),
        Err(StoreError::Busy { .. }) => {
            let told = asked(&config.data_dir, Question::Status)?;
            (serde_json::from_slice(&told).context("the daemon's answer is of another version")?, true)
        }
        Err(error) => return Err(error.into()),
    };
    match args.format {
        Style::Json => {
            let mut value = serde_json::to_value(&standing)?;
            if let Some(object) = value.as_object_mut() {
                object.insert("running".to_owned(), is_running.into());
            }
            print_json(&value)?;
        }
        Style::Text => writeln!(io::stdout(), "{}", in_words(&standing, is_running))?,
    }
    let is_well =
        standing.dead_letters == 0 && standing.feeds.iter().all(|feed| !feed.is_silent && feed.trouble.is_none());
    Ok(if is_well { Outcome::Done } else { Outcome::Findings })
}

/// What the store holds of one kind, or as the daemon that has the store tells it: a JSON object a line.
pub(super) fn held<T: DeserializeOwned>(
    config: &Config,
    question: Question,
    read: impl FnOnce(&SledStore) -> Result<Vec<T>, StoreError>,
) -> anyhow::Result<Vec<T>> {
    match SledStore::open(&config.data_dir.join("store")) {
        Ok(store) => Ok(read(&store)?),
        Err(StoreError::Busy { .. }) => {
            let told = asked(&config.data_dir, question)?;
            let lines = told.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            Ok(lines.map(serde_json::from_slice).collect::<Result<Vec<T>, _>>()?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Asks the running daemon and waits for its answer.
pub(super) fn asked(data_dir: &Path, question: Question) -> anyhow::Result<Vec<u8>> {
    const PATIENCE: u32 = 100;
    let unique = format!("{}\n{}", SystemClock.now(), std::process::id());
    let look = spool_question(data_dir, question, &unique)
        .with_context(|| format!("cannot write to {}", data_dir.join("spool").display()))?;
    for _ in 0..PATIENCE {
        if let Some(told) = look()? {
            return Ok(told);
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    anyhow::bail!("the daemon has the store and does not answer\nhint: look at its log; if it hangs, restart it")
}

fn in_words(standing: &Status, is_running: bool) -> String {
    let mut lines = vec![format!(
        "daemon {}, {}",
        if is_running { "running" } else { "NOT running: what follows is what it left" },
        short(standing.at)
    )];
    lines.push("\nFEEDS".to_owned());
    for feed in &standing.feeds {
        let heard = feed.ok_at.map_or_else(|| "never".to_owned(), short);
        let silent = if feed.is_silent { "SILENT  " } else { "" };
        lines.push(format!("  {:<20} last well {heard:<17} {silent}failures {}", feed.feed.as_str(), feed.failures));
        if let Some(trouble) = feed.trouble.filter(|_| !feed.is_silent) {
            lines.push(format!("    {} since {}", trouble.kind.as_str(), short(trouble.since)));
        }
        lines.extend(feed.fault.as_ref().map(|fault| format!("    {}", fault.lines().next().unwrap_or_default())));
    }
    let of = |level| standing.live.get(&level).copied().unwrap_or(0);
    let (act, warn, watch) = (of(Level::Act), of(Level::Warn), of(Level::Watch));
    lines.push(format!("\nLIVE ALERTS: {act} act, {warn} warn, {watch} watch"));
    for alert in standing.alerts.iter().take(ALERTS_SHOWN) {
        let state = format!("{:?}", alert.state).to_lowercase();
        let by = alert.act_by.map(|at| format!("by {}", short(at))).unwrap_or_default();
        lines.push(format!("  {:<5} {state:<12} {by:<20} {}", alert.level.as_str(), alert.alert));
    }
    if standing.alerts.len() > ALERTS_SHOWN {
        lines.push(format!("  and {} more; --format json names them all", standing.alerts.len() - ALERTS_SHOWN));
    }
    let since = standing.outbox_since.map(|at| format!(", the oldest since {}", short(at))).unwrap_or_default();
    lines.push(format!("\nMAIL: {} waiting{since}; {} given up", standing.outbox, standing.dead_letters));
    for letter in standing.given_up.iter().take(LETTERS_SHOWN) {
        let (person, channel, level) = (letter.person.as_str(), &letter.channel, letter.level.as_str());
        lines.push(format!("  given up {} {level:<5} {person} by {channel}", short(letter.at)));
        lines.extend(letter.fault.as_ref().map(|fault| format!("    {}", fault.lines().next().unwrap_or_default())));
    }
    if standing.dead_letters > LETTERS_SHOWN {
        lines.push(format!("  and {} more given up; --format json names them", standing.dead_letters - LETTERS_SHOWN));
    }
    if !is_running {
        say("warning: no daemon has this store open; nobody is being warned\nhint: start `seawall run`");
    }
    lines.join("\n")
}

/// UTC, to the minute.
pub(super) fn short(at: Timestamp) -> String {
    at.strftime("%d %b %H:%M UTC").to_string()
}
