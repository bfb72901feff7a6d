//! `seawall silence`: hold back what need not be told for a while, list what is held, end it.

use std::io::{self, Write as _};
use std::path::PathBuf;

use comfy_table::{ContentArrangement, Table, presets};
use jiff::SignedDuration;

use super::ack::{answer_id, deliver, is_known, noted};
use super::status::held;
use super::{Outcome, Style, print_json, run, say, time};
use crate::config::Config;
use crate::daemon::{Question, SystemClock};
use crate::domain::{Clock as _, Covered, DealerId, EventId, Hush, PersonId, RuleId, Silence, SilenceId, Timestamp};
use crate::store::records;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Hold back mails about what all the given options describe; level act is told all the same
    Add(AddArgs),
    /// List silences that are on or to come
    List(ListArgs),
    /// End a silence now: what it held is told, if it is still true
    End(EndArgs),
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// An event: a storm or a warning
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,
    /// A site or lane
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// A dealer's sites
    #[arg(long, value_name = "DEALER")]
    dealer: Option<String>,
    /// What a rule says
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Mails to one person
    #[arg(long, value_name = "PERSON")]
    to: Option<String>,
    /// How long, from now: 90m, 12h, 3d; 30 days at most
    #[arg(long = "for", value_name = "TIME", conflicts_with = "until", required_unless_present = "until")]
    length: Option<String>,
    /// Until when, UTC
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// Why; whoever wonders why no mail comes will read it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Hold level act too
    #[arg(long)]
    even_act: bool,
    /// Whose word it is, an id of people.csv; without it an operator's
    #[arg(long, value_name = "PERSON")]
    author: Option<String>,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Those that have ended too
    #[arg(long)]
    all: bool,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Style::Text)]
    format: Style,
}

#[derive(Debug, clap::Args)]
struct EndArgs {
    /// The silence's id, as `seawall silence list` shows it
    silence: String,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.what {
        What::Add(args) => add(args),
        What::List(args) => list(args),
        What::End(args) => end(args),
    }
}

fn add(args: &AddArgs) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let people = [&args.to, &args.author];
    if people.into_iter().flatten().any(|person| !is_known(&config, person)) {
        return Ok(Outcome::Unusable);
    }
    let now = SystemClock.now();
    let until = args.until.or_else(|| after(args.length.as_deref()?, now));
    let Some(until) = until else {
        say("error: that is no length of time\nhint: write it like 90m, 12h or 3d");
        return Ok(Outcome::Unusable);
    };
    let covers = Covered {
        event: args.event.as_deref().map(EventId::new),
        subject: args.subject.clone(),
        dealer: args.dealer.as_deref().map(DealerId::new),
        rule: args.rule.as_deref().map(RuleId::new),
        person: args.to.as_deref().map(PersonId::new),
    };
    let id = answer_id(now, "silence", &args.reason);
    let silence = Silence {
        // Short enough to type.
        id: SilenceId::new(id.as_str().chars().take(8).collect::<String>()),
        covers,
        even_act: args.even_act,
        author: args.author.as_deref().map(PersonId::new),
        reason: noted(Some(&args.reason)).unwrap_or_default(),
        from: now,
        until,
    };
    let what = format!("silence {} until {}", silence.id, silence.until);
    deliver(&config, &Hush { id, silence, at: now }.into(), &what)
}

/// The instant a while after another; `None` when the text is no length of time.
fn after(text: &str, now: Timestamp) -> Option<Timestamp> {
    let length: SignedDuration = match text.strip_suffix('d') {
        Some(days) => SignedDuration::try_from_hours(days.parse::<i64>().ok()?.checked_mul(24)?)?,
        None => text.parse().ok()?,
    };
    now.checked_add(length).ok().filter(|until| *until > now)
}

fn end(args: &EndArgs) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let now = SystemClock.now();
    let Some(known) = stored(&config)?.into_iter().find(|silence| silence.id.as_str() == args.silence) else {
        say(&format!("error: there is no silence `{}`\nhint: `seawall silence list` shows them", args.silence));
        return Ok(Outcome::Unusable);
    };
    if known.until <= now {
        say(&format!("error: silence `{}` has ended at {}", known.id, known.until));
        return Ok(Outcome::Unusable);
    }
    let id = answer_id(now, &args.silence, "end");
    let silence = Silence { until: now.max(known.from), ..known };
    deliver(&config, &Hush { id, silence, at: now }.into(), &format!("silence {} has ended", args.silence))
}

fn list(args: &ListArgs) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let now = SystemClock.now();
    let mut silences = stored(&config)?;
    silences.retain(|silence| args.all || silence.until > now);
    silences.sort_by_key(|silence| silence.until);
    match args.format {
        Style::Json => silences.iter().try_for_each(print_json)?,
        Style::Text => io::stdout().write_all(table(&silences).as_bytes())?,
    }
    Ok(Outcome::Done)
}

/// The silences in the store, or as the daemon that has it tells them.
fn stored(config: &Config) -> anyhow::Result<Vec<Silence>> {
    held(config, Question::Silences, |store| records::silences(store))
}

fn table(silences: &[Silence]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["id", "covers", "until", "by", "why"]);
    for silence in silences {
        let Covered { event, subject, dealer, rule, person } = &silence.covers;
        let named = [
            event.as_ref().map(|id| format!("event {id}")),
            subject.as_ref().map(|id| format!("subject {id}")),
            dealer.as_ref().map(|id| format!("dealer {id}")),
            rule.as_ref().map(|id| format!("rule {id}")),
            person.as_ref().map(|id| format!("mails to {id}")),
            silence.even_act.then(|| "even at level act".to_owned()),
        ];
        table.add_row([
            silence.id.to_string(),
            named.into_iter().flatten().collect::<Vec<_>>().join(", "),
            silence.until.strftime("%Y-%m-%d %H:%MZ").to_string(),
            silence.author.as_ref().map_or_else(|| "operator".to_owned(), ToString::to_string),
            silence.reason.clone(),
        ]);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        let now: Timestamp = "2026-08-10T00:00:00Z".parse().expect("a time");
        let check = |text: &str, want: Option<&str>| {
            let want = want.map(|text| text.parse::<Timestamp>().expect("a time"));
            assert_eq!(after(text, now), want, "{text}");
        };
        check("90m", Some("2026-08-10T01:30:00Z"));
        check("12h", Some("2026-08-10T12:00:00Z"));
        check("3d", Some("2026-08-13T00:00:00Z"));
        check("-3d", None);
        check("0h", None);
        check("soon", None);
        check("99999999999999999999d", None);
    }
}
