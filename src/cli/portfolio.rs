//! `seawall portfolio`: check a portfolio folder.

use std::io::{self, Write as _};
use std::path::PathBuf;

use super::{Outcome, say};
use crate::config::{is_fit_to_run, read_portfolio};
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
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let What::Check { dir } = &args.what;
    let (portfolio, faults) = read_portfolio(dir)?;
    for (file, fault) in &faults {
        say(&fault.in_file(&dir.join(file).display().to_string()));
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    writeln!(
        out,
        "{} dealers, {} sites, {} lanes, {} shipments, {} people; {} mistakes",
        portfolio.dealers.len(),
        portfolio.sites.len(),
        portfolio.lanes.len(),
        portfolio.shipments.len(),
        portfolio.people.len(),
        faults.len()
    )?;
    let before = before_the_season(&portfolio);
    if !before.is_empty() {
        writeln!(out, "\nbefore the season:")?;
        for line in before {
            writeln!(out, "  {line}")?;
        }
    }
    out.flush()?;
    Ok(match (faults.is_empty(), is_fit_to_run(&faults)) {
        (true, _) => Outcome::Done,
        (false, true) => Outcome::Findings,
        (false, false) => Outcome::Unusable,
    })
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
