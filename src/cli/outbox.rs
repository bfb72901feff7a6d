//! `seawall outbox`: what waits for its server and what was given up; send that again, or drop it.

use std::io::{self, Write as _};
use std::path::PathBuf;

use comfy_table::{ContentArrangement, Table, presets};

use super::ack::{answer_id, deliver, is_known, noted};
use super::status::{held, short};
use super::{Outcome, Style, print_json, run, say};
use crate::config::Config;
use crate::daemon::{OutboxRow, Question, SystemClock, outbox_rows};
use crate::domain::{Clock as _, Fate, LetterWord, PersonId};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List notices that wait for their server, and those that were given up
    List(ListArgs),
    /// Send notices again that were given up, with the Message-ID they had, to the address that their person has now
    Retry(RetryArgs),
    /// Drop notices that were given up: they are sent no more
    Drop(DropArgs),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Style::Text)]
    format: Style,
}

#[derive(Debug, clap::Args)]
struct RetryArgs {
    /// Their ids, as `seawall outbox list` shows them; the beginning of one is enough
    #[arg(value_name = "ID", required_unless_present = "all")]
    notices: Vec<String>,
    /// All that were given up
    #[arg(long, conflicts_with = "notices")]
    all: bool,
    /// What was mended; kept in the journal
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    word: WordArgs,
}

#[derive(Debug, clap::Args)]
struct DropArgs {
    /// Their ids, as `seawall outbox list` shows them; the beginning of one is enough
    #[arg(value_name = "ID", required = true)]
    notices: Vec<String>,
    /// Why; whoever wonders why no mail came will read it in the journal
    #[arg(long, value_name = "TEXT")]
    why: String,
    #[command(flatten)]
    word: WordArgs,
}

#[derive(Debug, clap::Args)]
struct WordArgs {
    /// Whose word it is, an id of people.csv; without it an operator's
    #[arg(long, value_name = "PERSON")]
    author: Option<String>,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.what {
        What::List(args) => list(args),
        What::Retry(args) => say_of(&args.word, Fate::Retry, args.why.as_deref(), |rows| {
            if args.all { Some(rows.iter().collect()) } else { named(rows, &args.notices) }
        }),
        What::Drop(args) if noted(Some(&args.why)).is_none() => {
            say("error: a notice is not dropped without a reason\nhint: --why \"told by telephone\"");
            Ok(Outcome::Unusable)
        }
        What::Drop(args) => say_of(&args.word, Fate::Drop, Some(&args.why), |rows| named(rows, &args.notices)),
    }
}

fn list(args: &ListArgs) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let rows = stored(&config)?;
    match args.format {
        Style::Json => rows.iter().try_for_each(print_json)?,
        Style::Text => io::stdout().write_all(table(&rows).as_bytes())?,
    }
    Ok(Outcome::Done)
}

/// Says the same of each of the chosen notices.
fn say_of(
    args: &WordArgs,
    fate: Fate,
    why: Option<&str>,
    choose: impl FnOnce(&[OutboxRow]) -> Option<Vec<&OutboxRow>>,
) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    if args.author.as_ref().is_some_and(|person| !is_known(&config, person)) {
        return Ok(Outcome::Unusable);
    }
    let mut rows = stored(&config)?;
    rows.retain(|row| row.given_up.is_some());
    let Some(chosen) = choose(&rows) else { return Ok(Outcome::Unusable) };
    if chosen.is_empty() {
        say("nothing was given up");
    }
    for row in chosen {
        let now = SystemClock.now();
        let word = LetterWord {
            id: answer_id(now, row.notice.as_str(), fate.as_str()),
            letter: row.notice.clone(),
            person: row.person.clone(),
            fate,
            why: noted(why),
            by: args.author.as_deref().map(PersonId::new),
            at: now,
        };
        let done = match fate {
            Fate::Retry => "is sent again",
            Fate::Drop => "is dropped",
        };
        let what = format!("{} to {} {done}", row.notice, row.person);
        let outcome = deliver(&config, &word.into(), &what)?;
        if outcome != Outcome::Done {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Done)
}

/// The notices that ids or their beginnings name; `None` when one names none or several, which is said.
fn named<'r>(rows: &'r [OutboxRow], ids: &[String]) -> Option<Vec<&'r OutboxRow>> {
    let mut chosen = Vec::new();
    for id in ids {
        let mut found = rows.iter().filter(|row| row.notice.as_str().starts_with(id.as_str()));
        match (found.next(), found.next()) {
            (Some(row), None) => chosen.push(row),
            (None, _) => {
                say(&format!(
                    "error: no notice `{id}` was given up\nhint: `seawall outbox list` shows those that were"
                ));
                return None;
            }
            (Some(_), Some(_)) => {
                say(&format!("error: several notices begin with `{id}`\nhint: give more of the id"));
                return None;
            }
        }
    }
    Some(chosen)
}

/// What lies in the store, or as the daemon that has it tells it.
fn stored(config: &Config) -> anyhow::Result<Vec<OutboxRow>> {
    held(config, Question::Outbox, |store| outbox_rows(store))
}

fn table(rows: &[OutboxRow]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["id", "state", "to", "by", "level", "written", "about", "fault"]);
    for row in rows {
        let state = match (row.given_up, row.next_try) {
            (Some(at), _) => format!("given up {}", short(at)),
            (None, Some(at)) => format!("waits till {}", short(at)),
            (None, None) => "waits".to_owned(),
        };
        table.add_row([
            row.notice.to_string(),
            state,
            row.person.to_string(),
            row.channel.clone(),
            row.level.as_str().to_owned(),
            short(row.queued),
            row.subject.clone(),
            row.fault.as_deref().and_then(|fault| fault.lines().next()).unwrap_or("-").to_owned(),
        ]);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Level, NoticeId, Timestamp};

    fn row(id: &str) -> OutboxRow {
        OutboxRow {
            notice: NoticeId::new(id),
            person: PersonId::new("li"),
            channel: "email".to_owned(),
            level: Level::Act,
            subject: "RANANIM".to_owned(),
            queued: Timestamp::UNIX_EPOCH,
            attempts: 1,
            next_try: None,
            given_up: Some(Timestamp::UNIX_EPOCH),
            fault: Some("550 no such user\nmore".to_owned()),
        }
    }

    #[test]
    fn the_beginning_of_an_id_is_enough_where_it_fits_one() {
        let rows = [row("aa11"), row("aa22"), row("bb33")];
        let check = |ids: &[&str], want: Option<&[&str]>| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            let found = named(&rows, &ids).map(|rows| rows.iter().map(|row| row.notice.as_str()).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), want, "{ids:?}");
        };
        check(&["b", "aa22"], Some(&["bb33", "aa22"]));
        check(&["aa"], None);
        check(&["c"], None);
    }

    #[test]
    fn a_row_says_whom_why_and_since_when() {
        let text = table(&[row("aa11")]);
        assert!(text.contains("given up 01 Jan 00:00 UTC"), "{text}");
        assert!(text.contains("550 no such user") && !text.contains("more"), "{text}");
    }
}
