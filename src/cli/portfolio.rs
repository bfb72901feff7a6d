//! `seawall portfolio`: check a portfolio folder.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Outcome, Style, as_json, print_json, say};
use crate::config::{FileFault, is_fit_to_run, read_portfolio};
use crate::domain::{Insured, Portfolio, SiteKind};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Name each mistake with file, line and column, and what to do before the season
    Check {
        /// The folder
        dir: PathBuf,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Style::Text)]
        format: Style,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let What::Check { dir, format } = &args.what;
    let (portfolio, faults) = match read_portfolio(dir) {
        Ok(read) => read,
        Err(error) => {
            let hint = "a portfolio is a folder with people.csv, dealers.csv and sites.csv; examples/ has one";
            say(&format!("error: {error}\nhint: {hint}"));
            return Ok(Outcome::Unusable);
        }
    };
    match format {
        Style::Json => in_json(dir, &portfolio, &faults)?,
        Style::Text => in_words(dir, &portfolio, &faults)?,
    }
    Ok(match (faults.is_empty(), is_fit_to_run(&faults)) {
        (true, _) => Outcome::Done,
        (false, true) => Outcome::Findings,
        (false, false) => Outcome::Unusable,
    })
}

fn in_json(dir: &Path, portfolio: &Portfolio, faults: &[FileFault]) -> anyhow::Result<()> {
    let in_dir = |file: &str| dir.join(file).display().to_string();
    let faults: Vec<_> = faults.iter().map(|(file, fault)| as_json(&in_dir(file), fault)).collect();
    print_json(&json!({
        "dealers": portfolio.dealers.len(), "sites": portfolio.sites.len(), "lanes": portfolio.lanes.len(),
        "shipments": portfolio.shipments.len(), "people": portfolio.people.len(),
        "faults": faults, "before_the_season": before_the_season(portfolio),
    }))?;
    Ok(())
}

fn in_words(dir: &Path, portfolio: &Portfolio, faults: &[FileFault]) -> anyhow::Result<()> {
    for (file, fault) in faults {
        say(&fault.in_file(&dir.join(file).display().to_string()));
    }
    let count = |n: usize, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    let people = if portfolio.people.len() == 1 { "person" } else { "people" };
    let mut out = io::BufWriter::new(io::stdout().lock());
    writeln!(
        out,
        "{}, {}, {}, {}, {} {people}; {}",
        count(portfolio.dealers.len(), "dealer"),
        count(portfolio.sites.len(), "site"),
        count(portfolio.lanes.len(), "lane"),
        count(portfolio.shipments.len(), "shipment"),
        portfolio.people.len(),
        count(faults.len(), "mistake"),
    )?;
    let before = before_the_season(portfolio);
    if !before.is_empty() {
        writeln!(out, "\nbefore the season:")?;
        for line in before {
            writeln!(out, "  {line}")?;
        }
    }
    out.flush()?;
    Ok(())
}

/// What is too late once a warning is out: cover is refused then, and nobody finds a shelter in a night.
fn before_the_season(portfolio: &Portfolio) -> Vec<String> {
    let mut lines = Vec::new();
    let stocked = portfolio
        .sites
        .values()
        .filter(|site| site.kind != SiteKind::Occasion && site.stock.is_none_or(|stock| !stock.amount.is_zero()));
    for site in stocked {
        let stock = site.stock.map_or_else(|| "unknown stock".to_owned(), |stock| stock.to_string());
        match site.insured {
            Insured::No => {
                lines.push(format!("{}: insure {stock} now; cover is refused once a warning is out", site.id));
            }
            Insured::Unknown => {
                lines.push(format!("{}: is {stock} insured? cover is refused once a warning is out", site.id));
            }
            Insured::Uninsurable => {
                let shelter = site.shelter_site.as_ref();
                let plan = shelter.map_or("name a shelter site".to_owned(), |to| format!("agree the move to {to}"));
                lines.push(format!("{}: no insurer takes {stock}; {plan} with the dealer", site.id));
            }
            Insured::Yes => {}
        }
        if site.handling_h.is_none() {
            lines.push(format!("{}: how many hours does moving the stock take? (handling_h)", site.id));
        }
    }
    lines
}
