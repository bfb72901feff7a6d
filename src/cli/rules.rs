//! `seawall rules`: check, test and list the rules.

use std::io::{self, Write as _};
use std::path::PathBuf;

use super::books::{self, Books};
use super::{Outcome, say};
use crate::rules::FACTS;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
    /// A folder laid over the shipped rules
    #[arg(long, global = true, value_name = "DIR")]
    rules: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum What {
    /// Point at each mistake with file, line and column
    Check,
    /// Run the cases that lie beside the rules and playbooks
    Test,
    /// Name the rules, the playbooks' actions, and the facts that conditions may use
    List,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(books) = Books::read(args.rules.as_deref())? else { return Ok(Outcome::Findings) };
    match args.what {
        What::Check => check(args, &books),
        What::Test => test(args, &books),
        What::List => list(&books),
    }
}

fn check(args: &Args, books: &Books) -> anyhow::Result<Outcome> {
    let files = books::files(args.rules.as_deref())?;
    let (rules, playbooks) = (books.rules.rules().count(), books.playbooks.iter().count());
    writeln!(io::stdout(), "{} files: {rules} rules, {playbooks} playbooks, no mistake", files.0.len())?;
    Ok(Outcome::Done)
}

fn test(args: &Args, books: &Books) -> anyhow::Result<Outcome> {
    let report = books.rules.run_cases().and(books.playbooks.run_cases());
    let folder = args.rules.as_deref().map_or_else(|| "rules".to_owned(), |dir| dir.display().to_string());
    for failure in &report.failures {
        say(&format!("error: {folder}/{failure}"));
    }
    let failed = report.failures.len();
    writeln!(io::stdout(), "{} cases: {} passed, {failed} failed", report.count, report.count - failed)?;
    Ok(if failed == 0 { Outcome::Done } else { Outcome::Findings })
}

fn list(books: &Books) -> anyhow::Result<Outcome> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    writeln!(out, "RULES")?;
    for rule in books.rules.rules() {
        writeln!(out, "  {:<28} {}", rule.id.as_str(), rule.title)?;
    }
    writeln!(out, "\nPLAYBOOKS")?;
    for playbook in books.playbooks.iter() {
        let actions: Vec<&str> = playbook.actions.iter().map(|action| action.id.as_str()).collect();
        writeln!(out, "  {:<28} {}", playbook.id, actions.join(", "))?;
    }
    writeln!(out, "\nFACTS")?;
    for fact in FACTS {
        writeln!(out, "  {:<34} {:<10} {}", fact.name, fact.unit, fact.meaning)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}
