//! `seawall ledger`: a season's ledger, as a table, JSON or CSV.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use comfy_table::{ContentArrangement, Table, presets};

use super::status::asked;
use super::{Outcome, print_json, run};
use crate::config::{Config, read_portfolio};
use crate::daemon::{LedgerFacts, Question, SystemClock};
use crate::domain::{Clock as _, Money, Timestamp};
use crate::ledger::{Entry, Ledger, Sum, ledger};
use crate::store::{SledStore, StoreError};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The calendar year; left out: this one
    #[arg(long, value_name = "YEAR")]
    season: Option<i16>,
    /// How to print it; csv is a row an alert
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: one JSON object
    Json,
    /// For a spreadsheet
    Csv,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let facts = facts(&config)?;
    let season = args.season.unwrap_or_else(|| SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).year());
    // Without a portfolio the sums by manager are under nobody; the rest holds.
    let portfolio = read_portfolio(&config.portfolio).map(|(portfolio, _)| portfolio).unwrap_or_default();
    let ledger = ledger(&facts.alerts, &facts.outcomes, &portfolio, season);
    match args.format {
        Format::Json => print_json(&ledger)?,
        Format::Csv => print_csv(&ledger)?,
        Format::Table => writeln!(io::stdout(), "{}", in_words(&ledger))?,
    }
    Ok(Outcome::Done)
}

/// From the store, or from the daemon that has it.
fn facts(config: &Config) -> anyhow::Result<LedgerFacts> {
    match SledStore::open(&config.data_dir.join("store")) {
        Ok(store) => Ok(LedgerFacts::of(&store)?),
        Err(StoreError::Busy { .. }) => {
            let told = asked(&config.data_dir, Question::Ledger)?;
            serde_json::from_slice(&told).context("the daemon's answer is of another version")
        }
        Err(error) => Err(error.into()),
    }
}

const COLUMNS: [&str; 18] = [
    "alert",
    "subject",
    "dealer",
    "manager",
    "level",
    "opened_at",
    "warned_at",
    "cleared_at",
    "answer",
    "action",
    "cost",
    "expected_loss",
    "p",
    "break_even",
    "hit",
    "spent",
    "saved",
    "lost",
];

fn print_csv(ledger: &Ledger) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_writer(io::stdout().lock());
    out.write_record(COLUMNS.iter().chain(&["judgement", "note"]))?;
    for entry in &ledger.entries {
        out.write_record(
            cells(entry, |at| at.to_string())
                .into_iter()
                .chain([word(&entry.judgement), entry.note.clone().unwrap_or_default()]),
        )?;
    }
    out.flush()?;
    Ok(())
}

/// One alert as the columns name it; blank is unknown.
fn cells(entry: &Entry, at: impl Fn(Timestamp) -> String) -> Vec<String> {
    let money =
        |money: Option<Money>| money.map(|money| format!("{} {}", money.amount, money.currency)).unwrap_or_default();
    let chance = |p: Option<f64>| p.map(|p| format!("{p:.4}")).unwrap_or_default();
    vec![
        entry.alert.to_string(),
        entry.subject.id.clone(),
        entry.dealer.as_ref().map(ToString::to_string).unwrap_or_default(),
        entry.manager.as_ref().map(ToString::to_string).unwrap_or_default(),
        word(&entry.level),
        at(entry.opened_at),
        entry.warned_at.map(&at).unwrap_or_default(),
        entry.cleared_at.map(&at).unwrap_or_default(),
        entry.answer.as_ref().map(word).unwrap_or_default(),
        entry.action.clone().unwrap_or_default(),
        money(entry.cost),
        money(entry.expected_loss),
        chance(entry.p),
        chance(entry.break_even),
        entry.found.hit.map(|hit| if hit { "yes" } else { "no" }.to_owned()).unwrap_or_default(),
        money(entry.found.spent),
        money(entry.found.saved),
        money(entry.found.lost),
    ]
}

/// The word that JSON has for it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn in_words(ledger: &Ledger) -> String {
    if ledger.entries.is_empty() {
        return format!("{}: no alert", ledger.season);
    }
    let mut rows = table(&[
        "opened (UTC)",
        "place",
        "level",
        "answer",
        "action",
        "cost",
        "expected",
        "spent",
        "saved",
        "lost",
        "judged",
    ]);
    for entry in &ledger.entries {
        let money =
            |money: Option<Money>| money.map_or("-".to_owned(), |money| format!("{} {}", money.amount, money.currency));
        rows.add_row([
            entry.opened_at.strftime("%d %b %H:%M").to_string(),
            entry.subject.id.clone(),
            word(&entry.level),
            entry.answer.as_ref().map_or("none".to_owned(), word),
            entry.action.clone().unwrap_or_else(|| "-".to_owned()),
            money(entry.cost),
            money(entry.expected_loss),
            money(entry.found.spent),
            money(entry.found.saved),
            money(entry.found.lost),
            word(&entry.judgement),
        ]);
    }
    let mut sums = table(&["who", "alerts", "warned", "acted", "refused", "hits", "false", "of them right", "money"]);
    for (title, group) in [("dealer", &ledger.dealers), ("manager", &ledger.managers)] {
        for sum in group {
            let who = if sum.who.is_empty() { "nobody's" } else { sum.who.as_str() };
            sums.add_row(summed(&format!("{title} {who}"), sum));
        }
    }
    sums.add_row(summed("all", &ledger.total));
    [format!("Season {}", ledger.season), rows.to_string(), sums.to_string(), judged(&ledger.total)].join("\n")
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().copied());
    table
}

fn summed(who: &str, sum: &Sum) -> Vec<String> {
    let money = sum.money.iter().map(|(code, money)| {
        format!("{code} spent {} saved {} lost {} net {}", money.spent, money.saved, money.lost, money.net)
    });
    let counts = [sum.alerts, sum.warned, sum.acted, sum.refused, sum.hits, sum.false_alarms, sum.false_but_right];
    let mut cells = vec![who.to_owned()];
    cells.extend(counts.iter().map(ToString::to_string));
    cells.push(money.collect::<Vec<_>>().join("; "));
    cells
}

/// False alarms against what the chances promised.
fn judged(total: &Sum) -> String {
    let unknown = total.warned.saturating_sub(total.known);
    let left = if unknown > 0 {
        format!("\nof {unknown} nobody entered what came: `seawall outcome ALERT --hit yes|no --spent … --saved …`")
    } else {
        String::new()
    };
    let Some(share) = total.expected_false_share() else { return format!("no outcome is entered yet{left}") };
    format!(
        "false alarms: {} of {}; by the chances told, {:.0} % were to be expected; {} of them were right to act on{left}",
        total.false_alarms,
        total.known,
        share * 100.0,
        total.false_but_right,
    )
}
