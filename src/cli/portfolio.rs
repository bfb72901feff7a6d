//! `seawall portfolio`: check a portfolio folder, take the one in use out, put another in its place.

mod export;
mod import;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::books::{self, Books};
use super::{Outcome, Style, as_json, print_json, say};
use crate::config::{FileFault, is_fit_to_run, read_portfolio};
use crate::domain::{Portfolio, SiteFinding, SiteGap};
use crate::season::site_findings;

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
    /// Put the portfolio of a folder in the place of the one in use, also while the daemon runs; first show what changes
    Import(import::Args),
    /// Copy the files of the portfolio in use into a new folder
    Export(export::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.what {
        What::Check { dir, format } => check(dir, *format),
        What::Import(args) => import::run(args),
        What::Export(args) => export::run(args),
    }
}

fn check(dir: &Path, format: Style) -> anyhow::Result<Outcome> {
    let (portfolio, faults) = match read_portfolio(dir) {
        Ok(read) => read,
        Err(error) => {
            let hint = "a portfolio is a folder with people.csv, dealers.csv and sites.csv; examples/ has one";
            say(&format!("error: {error}\nhint: {hint}"));
            return Ok(Outcome::Unusable);
        }
    };
    let Some(books) = books::read(None)? else { return Ok(Outcome::Unusable) };
    let before = before_the_season(&portfolio, &books);
    match format {
        Style::Json => in_json(dir, &portfolio, &faults, &before)?,
        Style::Text => in_words(dir, &portfolio, &faults, &before)?,
    }
    Ok(match (faults.is_empty(), is_fit_to_run(&faults)) {
        (true, _) => Outcome::Done,
        (false, true) => Outcome::Findings,
        (false, false) => Outcome::Unusable,
    })
}

fn in_json(dir: &Path, portfolio: &Portfolio, faults: &[FileFault], before: &[String]) -> anyhow::Result<()> {
    let in_dir = |file: &str| dir.join(file).display().to_string();
    let faults: Vec<_> = faults.iter().map(|(file, fault)| as_json(&in_dir(file), fault)).collect();
    print_json(&json!({
        "dealers": portfolio.dealers.len(), "sites": portfolio.sites.len(), "lanes": portfolio.lanes.len(),
        "shipments": portfolio.shipments.len(), "people": portfolio.people.len(),
        "faults": faults, "before_the_season": before,
    }))?;
    Ok(())
}

fn in_words(dir: &Path, portfolio: &Portfolio, faults: &[FileFault], before: &[String]) -> anyhow::Result<()> {
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
fn before_the_season(portfolio: &Portfolio, books: &Books) -> Vec<String> {
    site_findings(portfolio, books.rules.damage()).iter().map(advice).collect()
}

/// One finding with what to do about it.
fn advice(finding: &SiteFinding) -> String {
    let site = &finding.site;
    let stock = finding.stock.map_or_else(|| "unknown stock".to_owned(), |stock| stock.to_string());
    match finding.gap {
        SiteGap::Uninsured => format!("{site}: insure {stock} now; cover is refused once a warning is out"),
        SiteGap::InsuranceUnknown => format!("{site}: is {stock} insured? cover is refused once a warning is out"),
        SiteGap::Uninsurable => {
            let shelter = finding.shelter.as_ref();
            let plan = shelter.map_or("agree where it goes".to_owned(), |to| format!("agree the move to {to}"));
            format!("{site}: no insurer takes {stock}; {plan} with the dealer")
        }
        SiteGap::NearSea => {
            let metres = finding.coast_m.unwrap_or_default();
            format!("{site}: {metres:.0} m from the sea; agree with the dealer what goes where when it may come in")
        }
        SiteGap::NoShelter => format!("{site}: where can the stock go? (shelter_site)"),
        SiteGap::NoContact => format!("{site}: nobody looks after dealer {}; name a manager", finding.dealer),
        SiteGap::HandlingUnknown => format!("{site}: how many hours does moving the stock take? (handling_h)"),
        SiteGap::HoursUnknown => {
            format!(
                "{site}: when do people work there? (hours, weekdays, country); until then deadlines count any hour"
            )
        }
        SiteGap::CountryUnknown => {
            format!(
                "{site}: whose public holidays? (country); until then those of the dealer's time zone, if it is one country's"
            )
        }
    }
}

/// What a site lacks, in a word or two.
pub(super) fn gap_words(gap: SiteGap) -> &'static str {
    match gap {
        SiteGap::Uninsured => "not insured",
        SiteGap::InsuranceUnknown => "insured? not known",
        SiteGap::Uninsurable => "no insurer takes them",
        SiteGap::NearSea => "near the sea",
        SiteGap::NoShelter => "no shelter named",
        SiteGap::NoContact => "nobody looks after the dealer",
        SiteGap::HandlingUnknown => "hours to move the stock not known",
        SiteGap::HoursUnknown => "working hours not known",
        SiteGap::CountryUnknown => "country not known",
    }
}
