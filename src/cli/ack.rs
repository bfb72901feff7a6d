//! `seawall ack`: answer for an alert.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::{Outcome, run, say};
use crate::config::{Config, read_portfolio};
use crate::daemon::{SpoolReply, SystemClock, refused, spool_answer};
use crate::domain::{AlertId, Answer, AnswerId, AnswerKind, Clock as _, DocumentHash, PersonId, Said, Timestamp};
use crate::store::{SledStore, StoreError, inbox};

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
    let answer = Answer {
        id: answer_id(now, &args.alert, &args.kind),
        alert: AlertId::new(args.alert.clone()),
        person: args.person.clone().map(PersonId::new),
        kind: AnswerKind::parse(&args.kind).unwrap_or(AnswerKind::Told),
        note: noted(args.note.as_deref()),
        at: now,
        outcome: None,
    };
    if let Some(person) = &args.person
        && !is_known(&config, person)
    {
        return Ok(Outcome::Unusable);
    }
    let what = format!("{} is {}", args.alert, args.kind);
    deliver(&config, &answer.into(), &what)
}

/// An id of its own for each run of a command.
pub(super) fn answer_id(now: Timestamp, about: &str, word: &str) -> AnswerId {
    AnswerId::new(DocumentHash::of(format!("{now}\n{about}\n{word}\n{}", std::process::id()).as_bytes()).digits())
}

/// A person's words on one line, cut to what is kept.
pub(super) fn noted(note: Option<&str>) -> Option<String> {
    let note = note.map(str::trim).filter(|note| !note.is_empty())?;
    Some(note.chars().map(|c| if c.is_control() { ' ' } else { c }).take(NOTE_CHARS).collect())
}

/// Puts what was said into the inbox: into the store, or by way of the daemon that has it. `what` is said when it is kept.
pub(super) fn deliver(config: &Config, said: &Said, what: &str) -> anyhow::Result<Outcome> {
    deliver_to(&mut io::stdout(), config, said, what)
}

/// The same, said to somebody else.
pub(super) fn deliver_to(out: &mut dyn io::Write, config: &Config, said: &Said, what: &str) -> anyhow::Result<Outcome> {
    match SledStore::open(&config.data_dir.join("store")) {
        Ok(store) => {
            if let Some(why) = refused(&store, said)? {
                say(&format!("error: {why}"));
                return Ok(Outcome::Unusable);
            }
            inbox::put_said(&store, said)?;
            writeln!(out, "kept: {what}; the daemon hears it when it starts")?;
            Ok(Outcome::Done)
        }
        // The daemon has the store: it takes answers from its spool.
        Err(StoreError::Busy { .. }) => ask_the_daemon(out, &config.data_dir, said, what),
        Err(error) => Err(error.into()),
    }
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

fn ask_the_daemon(
    out: &mut dyn io::Write,
    data_dir: &std::path::Path,
    said: &Said,
    what: &str,
) -> anyhow::Result<Outcome> {
    const PATIENCE: u32 = 100;
    let reply = spool_answer(data_dir, said)?;
    for _ in 0..PATIENCE {
        match reply() {
            SpoolReply::Heard => {
                writeln!(out, "{what}")?;
                return Ok(Outcome::Done);
            }
            SpoolReply::Refused(why) => {
                say(&format!("error: {why}"));
                return Ok(Outcome::Unusable);
            }
            SpoolReply::Waiting => std::thread::park_timeout(Duration::from_millis(100)),
        }
    }
    writeln!(out, "kept; the daemon has not answered yet and will hear it later")?;
    Ok(Outcome::Done)
}
