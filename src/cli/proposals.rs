//! `seawall proposals`: what waits for somebody's word, what was decided, and the orders that dealers have signed.

use std::io::{self, Write as _};
use std::path::PathBuf;

use comfy_table::{ContentArrangement, Table, presets};

use super::status::held;
use super::{Outcome, print_json, run};
use crate::config::Config;
use crate::daemon::Question;
use crate::domain::{Matter, Proposal, ProposalState};
use crate::store::records;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only those that still wait for somebody's word
    #[arg(long)]
    open: bool,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for people
    Table,
    /// One JSON object a line, with the audit trail
    Json,
    /// Orders that dealers have signed, a line an article, for the ERP
    OrdersCsv,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let all = stored(&config)?.into_iter().filter(|proposal| !args.open || proposal.is_open()).collect::<Vec<_>>();
    match args.format {
        Format::Json => all.iter().try_for_each(print_json)?,
        Format::Table => io::stdout().write_all(table(&all).as_bytes())?,
        Format::OrdersCsv => io::stdout().write_all(&orders(&all)?)?,
    }
    Ok(Outcome::Done)
}

/// The proposals in the store, or as the daemon that has it tells them.
pub(super) fn stored(config: &Config) -> anyhow::Result<Vec<Proposal>> {
    held(config, Question::Proposals, |store| records::proposals(store))
}

fn table(proposals: &[Proposal]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["id", "what", "about", "state", "signed", "act by"]);
    for proposal in proposals {
        let about = match &proposal.case.matter {
            Matter::Switch(switch) => {
                let to = switch.ways.first().map_or("", |way| way.lane.as_str());
                format!("{}: {} instead of {}", switch.shipment, to, switch.planned.lane)
            }
            Matter::Season(season) => {
                let switch = &season.planned.switch;
                format!("{} instead of {}, {}..{}", switch.alternate, switch.lane, season.from_day, season.to_day)
            }
            Matter::Order(order) => {
                let lines = order.lines.iter().map(|line| format!("{} {}", line.quantity.normalize(), line.sku));
                format!(
                    "{}: {}",
                    proposal.dealer.as_ref().map_or("", |d| d.as_str()),
                    lines.collect::<Vec<_>>().join(", ")
                )
            }
        };
        let act_by = proposal.case.act_by.map(|at| at.strftime("%Y-%m-%d %H:%MZ").to_string()).unwrap_or_default();
        table.add_row([
            proposal.id.to_string(),
            proposal.case.matter.kind().to_owned(),
            about,
            proposal.state.as_str().to_owned(),
            format!("{}/{}", proposal.signed, proposal.case.steps.len()),
            act_by,
        ]);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

/// Signed orders as the ERP takes them in.
fn orders(proposals: &[Proposal]) -> anyhow::Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["proposal", "dealer", "sku", "quantity", "unit_value", "currency", "signed_at", "signed_by"])?;
    for proposal in proposals.iter().filter(|proposal| proposal.state == ProposalState::Approved) {
        let Matter::Order(order) = &proposal.case.matter else { continue };
        let last = proposal.trail.last();
        let by = last.and_then(|entry| entry.by.as_ref()).map(ToString::to_string).unwrap_or_default();
        let at = last.map(|entry| entry.at.to_string()).unwrap_or_default();
        for line in &order.lines {
            let (value, currency) = line.unit_value.map(|(v, c)| (v.to_string(), c.to_string())).unwrap_or_default();
            let dealer = proposal.dealer.as_ref().map(ToString::to_string).unwrap_or_default();
            let (id, quantity) = (proposal.id.as_str(), line.quantity.normalize().to_string());
            out.write_record([id, &safe(&dealer), &safe(&line.sku), &quantity, &value, &currency, &at, &safe(&by)])?;
        }
    }
    out.into_inner().map_err(|error| anyhow::anyhow!("{error}"))
}

/// A text that no spreadsheet takes for a formula.
fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
