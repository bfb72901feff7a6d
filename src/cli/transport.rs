//! `seawall transport`: what storms mean for shipments and lanes, what could be done instead, what to order ahead.

mod table;

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde::Serialize;

use super::assess::{heard, newest};
use super::books;
use super::{Outcome, parse, say, time, told_portfolio};
use crate::domain::{Event, Hazard, OrderAhead, PortClosure, Ranking, Timestamp};
use crate::engine::{self, Places, StormAhead};
use crate::transport::{Outlook, Threat, outlook_with_lanes};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The portfolio's folder
    #[arg(long, value_name = "DIR")]
    portfolio: PathBuf,
    /// The documents
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    hazards: Vec<PathBuf>,
    /// The instant of the judgement; without it, when the newest document was issued
    #[arg(long, value_parser = time, value_name = "TIME")]
    at: Option<Timestamp>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Table,
    Json,
}

/// One line of JSON.
#[derive(Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
enum Line<'a> {
    Ranking(&'a Ranking),
    PortClosure(&'a PortClosure),
    OrderAhead(&'a OrderAhead),
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    const HINT: &str = "--portfolio names a folder with people.csv, dealers.csv and sites.csv";
    let Some((portfolio, faults)) = told_portfolio(&args.portfolio, HINT) else { return Ok(Outcome::Unusable) };
    let Some(books) = books::read(None)? else { return Ok(Outcome::Unusable) };
    let (hazards, is_clean) = parse::hazards(&args.hazards);
    let at = args.at.or_else(|| newest(&hazards)).unwrap_or_default();
    let places = Places::new(&portfolio);
    let state = heard(&hazards, (&portfolio, &places), &books, at);
    let of_event =
        |event: &Event| -> Vec<&Hazard> { event.hazards.iter().filter_map(|id| state.hazards.get(id)).collect() };
    let storms = state.events.values().filter_map(|event| engine::storm_ahead(&of_event(event), &books.models(), at));
    let storms: Vec<StormAhead> = storms.collect();
    let threats: Vec<Threat<'_>> =
        storms.iter().map(|storm| Threat { path: &storm.path, possible: &storm.possible }).collect();
    let outlook = outlook_with_lanes(&portfolio, books.rules.transport(), &threats, at);
    for id in &outlook.untimed {
        say(&format!(
            "warning: shipment {id} has neither `etd` nor `eta`; nothing is said of it\nhint: fill in one of them"
        ));
    }
    print(args.format, &outlook, at)?;
    let is_clean = is_clean && faults.is_empty() && outlook.untimed.is_empty();
    Ok(if is_clean { Outcome::Done } else { Outcome::Findings })
}

fn print(format: Format, outlook: &Outlook, at: Timestamp) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match format {
        Format::Table => out.write_all(table::table(outlook, at).as_bytes())?,
        Format::Json => {
            let rankings = outlook.rankings.iter().map(Line::Ranking);
            let closures = outlook.closures.iter().map(Line::PortClosure);
            for line in rankings.chain(closures).chain(outlook.orders.iter().map(Line::OrderAhead)) {
                serde_json::to_writer(&mut out, &line)?;
                out.write_all(b"\n")?;
            }
        }
    }
    out.flush()?;
    Ok(())
}
