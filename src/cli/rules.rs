//! `seawall rules`: check, test and list the rules.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::json;

use super::books::{self, Books};
use super::{Outcome, Style, as_json, print_json, say};
use crate::advice::Playbook;
use crate::config::FileFault;
use crate::rules::FACTS;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
    /// A folder laid over the shipped rules
    #[arg(long, global = true, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// How to print it
    #[arg(long, global = true, value_enum, default_value_t = Style::Text)]
    format: Style,
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
    if let Some(dir) = args.rules.as_deref().filter(|dir| !dir.is_dir()) {
        say(&format!(
            "error: {} is no folder\nhint: a rules folder holds RULE.toml files and playbooks/",
            dir.display()
        ));
        return Ok(Outcome::Unusable);
    }
    let files = Books::files(args.rules.as_deref())?;
    let books = match Books::checked(&files) {
        Ok(books) => books,
        Err(faults) => return told(args, &faults),
    };
    match args.what {
        What::Check => check(args, &books, files.0.len())?,
        What::Test => return test(args, &books),
        What::List => list(args, &books)?,
    }
    Ok(Outcome::Done)
}

/// Every mistake, each with its place.
fn told(args: &Args, faults: &[FileFault]) -> anyhow::Result<Outcome> {
    let place = |path: &str| books::place(args.rules.as_deref(), path);
    if args.format == Style::Json {
        let faults: Vec<_> = faults.iter().map(|(path, fault)| as_json(&place(path), fault)).collect();
        print_json(&json!({ "faults": faults }))?;
        return Ok(Outcome::Findings);
    }
    for (path, fault) in faults {
        say(&fault.in_file(&place(path)));
    }
    let count = faults.len();
    say(&format!("{count} mistake{}; nothing is run with a rule that is wrong", if count == 1 { "" } else { "s" }));
    Ok(Outcome::Findings)
}

fn check(args: &Args, books: &Books, files: usize) -> anyhow::Result<()> {
    let (rules, playbooks) = (books.rules.rules().count(), books.playbooks.iter().count());
    if args.format == Style::Json {
        print_json(&json!({ "files": files, "rules": rules, "playbooks": playbooks, "faults": [] }))?;
    } else {
        writeln!(io::stdout(), "{files} files: {rules} rules, {playbooks} playbooks, no mistake")?;
    }
    Ok(())
}

fn test(args: &Args, books: &Books) -> anyhow::Result<Outcome> {
    let report = books.rules.run_cases().and(books.playbooks.run_cases());
    let failed = report.failures.len();
    let passed = report.count.saturating_sub(failed);
    let place = |path: &str| books::place(args.rules.as_deref(), path);
    if args.format == Style::Json {
        let failures = report.failures.iter().map(|failure| {
            json!({ "file": place(&failure.path), "line": failure.line, "case": failure.name, "what": failure.what })
        });
        let failures: Vec<_> = failures.collect();
        print_json(&json!({ "cases": report.count, "passed": passed, "failed": failed, "failures": failures }))?;
    } else {
        for failure in &report.failures {
            let (place, line) = (place(&failure.path), failure.line);
            say(&format!("error: {place}:{line}: case `{}`: {}", failure.name, failure.what));
        }
        writeln!(io::stdout(), "{} cases: {passed} passed, {failed} failed", report.count)?;
    }
    Ok(if failed == 0 { Outcome::Done } else { Outcome::Findings })
}

fn list(args: &Args, books: &Books) -> anyhow::Result<()> {
    let actions = |playbook: &Playbook| playbook.actions.iter().map(|action| action.id.clone()).collect::<Vec<_>>();
    if args.format == Style::Json {
        let rules = books.rules.rules().map(|rule| json!({ "id": rule.id, "title": rule.title }));
        let playbooks = books.playbooks.iter().map(|book| json!({ "id": book.id, "actions": actions(book) }));
        let facts = FACTS.iter().map(|fact| json!({ "name": fact.name, "unit": fact.unit, "meaning": fact.meaning }));
        let (rules, playbooks): (Vec<_>, Vec<_>) = (rules.collect(), playbooks.collect());
        print_json(&json!({ "rules": rules, "playbooks": playbooks, "facts": facts.collect::<Vec<_>>() }))?;
        return Ok(());
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    writeln!(out, "RULES")?;
    for rule in books.rules.rules() {
        writeln!(out, "  {:<28} {}", rule.id.as_str(), rule.title)?;
    }
    writeln!(out, "\nPLAYBOOKS")?;
    for playbook in books.playbooks.iter() {
        writeln!(out, "  {:<28} {}", playbook.id, actions(playbook).join(", "))?;
    }
    writeln!(out, "\nFACTS (name: meaning, in what)")?;
    for fact in FACTS {
        writeln!(out, "  {:<28} {}\n  {:<28}   in: {}", fact.name, fact.meaning, "", fact.unit)?;
    }
    out.flush()?;
    Ok(())
}
