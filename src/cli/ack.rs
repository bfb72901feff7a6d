//! `seawall ack`: answer for an alert.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use super::{Outcome, run, say};
use crate::config::{Config, read_portfolio};
use crate::daemon::{SpoolReply, SystemClock, refused, spool_answer};
use crate::domain::{AlertId, Answer, AnswerId, AnswerKind, Clock as _, DocumentHash, PersonId};
use crate::store::{SledStore, StoreError, inbox, records};

/// The longest words kept with an answer, in characters; as on the page.
const NOTE_CHARS: usize = 1000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The alert's id, as its mail names it
    alert: String,
    /// What to answer
    #[arg(long = "as", value_name = "ANSWER", default_value = "told", value_parser = ["told", "moving", "refused", "done"])]
    kind: String,
    /// Words to keep with it: what the dealer said
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Who answers, an id of people.csv
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let now = SystemClock.now();
    let note = noted(args.note.as_deref());
    let id = DocumentHash::of(format!("{now}\n{}\n{}\n{}", args.alert, args.kind, std::process::id()).as_bytes());
    let answer = Answer {
        id: AnswerId::new(id.digits()),
        alert: AlertId::new(args.alert.clone()),
        person: args.person.clone().map(PersonId::new),
        kind: AnswerKind::parse(&args.kind).unwrap_or(AnswerKind::Told),
        note,
        at: now,
        outcome: None,
    };
    if let Some(person) = &args.person
        && !is_known(&config, person)
    {
        return Ok(Outcome::Unusable);
    }
    deliver(&config, &answer, args.kind.as_str())
}

/// Puts an answer into the store's inbox, or the running daemon's spool.
pub(super) fn deliver(config: &Config, answer: &Answer, what: &str) -> anyhow::Result<Outcome> {
    match SledStore::open(&config.data_dir.join("store")) {
        Ok(store) => {
            if let Some(why) = refused(answer, records::alert(&store, &answer.alert)?.as_ref()) {
                say(&format!("error: {why}"));
                return Ok(Outcome::Unusable);
            }
            inbox::put_answer(&store, answer)?;
            writeln!(io::stdout(), "kept: {} is {what}; the daemon hears it when it starts", answer.alert)?;
            Ok(Outcome::Done)
        }
        // The daemon has the store: it takes answers from its spool.
        Err(StoreError::Busy { .. }) => ask_the_daemon(&config.data_dir, answer, what),
        Err(error) => Err(error.into()),
    }
}

/// The words to keep: without what could hide in a line, and not too long.
pub(super) fn noted(note: Option<&str>) -> Option<String> {
    let note = note.map(str::trim).filter(|note| !note.is_empty())?;
    Some(note.chars().map(|c| if c.is_control() { ' ' } else { c }).take(NOTE_CHARS).collect())
}

/// Whether the portfolio has that person; if not, who there is, is said.
pub(super) fn is_known(config: &Config, person: &str) -> bool {
    let Ok((portfolio, _)) = read_portfolio(&config.portfolio) else { return true };
    let people: Vec<&str> = portfolio.people.keys().map(PersonId::as_str).collect();
    let is_known = people.contains(&person);
    if !is_known {
        say(&format!("error: there is no person `{person}` in people.csv\nhint: one of {}", people.join(", ")));
    }
    is_known
}

fn ask_the_daemon(data_dir: &std::path::Path, answer: &Answer, what: &str) -> anyhow::Result<Outcome> {
    const PATIENCE: u32 = 100;
    let reply = spool_answer(data_dir, answer)?;
    for _ in 0..PATIENCE {
        match reply() {
            SpoolReply::Heard => {
                writeln!(io::stdout(), "{} is {what}", answer.alert)?;
                return Ok(Outcome::Done);
            }
            SpoolReply::Refused(why) => {
                say(&format!("error: {why}"));
                return Ok(Outcome::Unusable);
            }
            SpoolReply::Waiting => std::thread::park_timeout(Duration::from_millis(100)),
        }
    }
    writeln!(io::stdout(), "kept; the daemon has not answered yet and will hear it later")?;
    Ok(Outcome::Done)
}
