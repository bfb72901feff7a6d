//! `seawall outcome`: enter what came of an alert after the storm.

use std::path::PathBuf;

use super::{Outcome, ack, run, say};
use crate::config::{Config, read_portfolio};
use crate::daemon::SystemClock;
use crate::domain::{
    AlertId, Answer, AnswerId, AnswerKind, Clock as _, Currency, DocumentHash, Found, Money, PersonId,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The alert's id, as its mail names it
    alert: String,
    /// What acting cost: 10000 or "10000 CNY"
    #[arg(long, value_name = "AMOUNT")]
    spent: Option<String>,
    /// What would have been lost without it
    #[arg(long, value_name = "AMOUNT")]
    saved: Option<String>,
    /// What was lost all the same
    #[arg(long, value_name = "AMOUNT")]
    lost: Option<String>,
    /// Whether what was warned of came to the place
    #[arg(long, value_name = "yes|no", value_parser = ["yes", "no"])]
    hit: Option<String>,
    /// Words to keep with it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Who enters it, an id of people.csv
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// The currency of amounts that name none; left out: the portfolio's, when it has only one
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let currency = args.currency.clone().or_else(|| only_currency(&config)).unwrap_or_default();
    let found = match found(args, &currency) {
        Ok(found) if found == Found::default() => {
            say("error: nothing is entered\nhint: give one of --hit, --spent, --saved, --lost");
            return Ok(Outcome::Unusable);
        }
        Ok(found) => found,
        Err(why) => {
            say(&format!("error: {why}\nhint: write it like \"10000 CNY\", or 10000 with --currency CNY"));
            return Ok(Outcome::Unusable);
        }
    };
    if args.person.as_ref().is_some_and(|person| !ack::is_known(&config, person)) {
        return Ok(Outcome::Unusable);
    }
    deliver(args, &config, found)
}

fn deliver(args: &Args, config: &Config, found: Found) -> anyhow::Result<Outcome> {
    let now = SystemClock.now();
    let key = format!("{now}\n{}\noutcome\n{}", args.alert, std::process::id());
    let answer = Answer {
        id: AnswerId::new(DocumentHash::of(key.as_bytes()).digits()),
        alert: AlertId::new(args.alert.clone()),
        person: args.person.clone().map(PersonId::new),
        kind: AnswerKind::Done,
        note: ack::noted(args.note.as_deref()),
        at: now,
        outcome: Some(found),
    };
    ack::deliver(config, &answer.into(), &format!("{} is entered in the ledger", args.alert))
}

/// The currency of all stock, when there is one.
fn only_currency(config: &Config) -> Option<String> {
    let (portfolio, _) = read_portfolio(&config.portfolio).ok()?;
    let mut codes = portfolio.sites.values().filter_map(|site| Some(site.stock?.currency.to_string()));
    let first = codes.next()?;
    codes.all(|code| code == first).then_some(first)
}

fn found(args: &Args, currency: &str) -> Result<Found, String> {
    let amount = |text: &Option<String>| text.as_deref().map(|text| self::amount(text, currency)).transpose();
    Ok(Found {
        hit: args.hit.as_deref().map(|hit| hit == "yes"),
        spent: amount(&args.spent)?,
        saved: amount(&args.saved)?,
        lost: amount(&args.lost)?,
    })
}

fn amount(text: &str, currency: &str) -> Result<Money, String> {
    let (number, code) = text.trim().split_once(' ').unwrap_or((text.trim(), currency));
    let code = Currency::parse(&code.trim().to_ascii_uppercase()).map_err(|error| error.to_string())?;
    let number = Money::parse_amount(number).map_err(|error| error.to_string())?;
    Ok(Money::new(number, code))
}
