//! `seawall bench`: how fast this build is on this machine.
//!
//! One file a part; each prints one JSON line for a measurement, or all of them as a table.

mod ensemble;
mod matching;
mod notify;
mod parse;
mod portfolio;
mod samples;
mod wind;

use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::{Outcome, print_json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Documents a second that become hazards, on one thread
    Parse(Options),
    /// Which sites and lanes of a workload lie in which hazards
    Match(Options),
    /// From a portfolio's files to one that hazards can be matched against, in milliseconds and megabytes
    Portfolio(Options),
    /// From one forecast to the chances of 34, 50 and 64 kt at many sites, in milliseconds
    Ensemble(Options),
    /// Mails a second into Postfix' smtp-sink, beside its own smtp-source
    Notify(notify::Args),
    /// The strongest wind of a storm's passage at each of many sites, in nanoseconds
    Wind(Options),
}

#[derive(Debug, clap::Args)]
struct Options {
    /// The folder of a workload; without it, documents of the bench's own making
    #[arg(long, value_name = "DIR")]
    workload: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One JSON object a line
    Json,
    /// A table for people
    Table,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.what {
        What::Parse(options) => parse::run(options),
        What::Match(options) => matching::run(options),
        What::Portfolio(options) => portfolio::run(options),
        What::Ensemble(options) => ensemble::run(options),
        What::Notify(args) => notify::run(args),
        What::Wind(options) => wind::run(options),
    }
}

/// Before it is timed, a task runs this long, so that the processor is awake and the caches are filled.
const WARM_UP: Duration = Duration::from_millis(200);
/// Rounds that are timed; the median is told.
const ROUNDS: usize = 7;

/// How often a second a task can be done: the median of [`ROUNDS`] rounds, each as long as the warming up.
fn rate<T>(mut task: impl FnMut() -> T) -> f64 {
    let mut count = 0_u32;
    let started = Instant::now();
    while started.elapsed() < WARM_UP {
        black_box(task());
        count += 1;
    }
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..count {
                black_box(task());
            }
            f64::from(count) / started.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    rates.get(ROUNDS / 2).copied().unwrap_or_default()
}

/// A number of a table: three decimals where a first one would say little.
fn decimals(number: f64) -> String {
    if number.abs() < 10.0 && number.fract() != 0.0 { format!("{number:.3}") } else { format!("{number:.1}") }
}

/// Prints measurements as they are wanted; `columns` names the fields of a table.
fn print<T: serde::Serialize>(rows: &[T], columns: &[&str], format: Format) -> anyhow::Result<()> {
    if format == Format::Json {
        for row in rows {
            print_json(row)?;
        }
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().copied());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for row in rows {
        let row = serde_json::to_value(row)?;
        table.add_row(columns.iter().map(|column| match row.get(column) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(count) if count.is_u64() => count.to_string(),
            Some(value) => value.as_f64().map_or_else(|| value.to_string(), decimals),
            None => String::new(),
        }));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    writeln!(io::stdout(), "{}", lines.join("\n"))?;
    Ok(())
}
