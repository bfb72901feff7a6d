//! One file a command.
//!
//! In: arguments. Out: text, JSON and an exit status. Never: holds logic that the daemon or tests need.

mod ack;
mod archive;
mod assess;
mod backup;
mod bench;
mod books;
mod decide;
mod demo;
mod errand;
mod explain;
mod feeds;
mod ledger;
mod link_key;
mod notify;
mod outbox;
mod outcome;
mod parse;
mod portfolio;
mod proposals;
mod replay;
mod restore;
mod rules;
mod run;
mod scene;
mod season;
mod silence;
mod status;
mod story;
mod transport;
mod user;
mod verify;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{FileFault, is_fit_to_run, read_portfolio};
use crate::domain::Portfolio;

/// Watches official storm warnings for dealer warehouses and shipping lanes, and mails the people who can
/// still act: what to do, by when, and what waiting costs.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Replay Typhoon Rananim (August 2004) over a sample portfolio; needs nothing
    Demo(demo::Args),
    /// Run the daemon
    Run(run::Args),
    /// Read documents and print each hazard found as one JSON line
    Parse(parse::Args),
    /// Print what documents mean for a portfolio at a time
    Assess(assess::Args),
    /// Print what storms mean for shipments and lanes, what could be done instead, and what to order ahead
    Transport(transport::Args),
    /// Run the whole daemon over recorded bulletins under a simulated clock
    Replay(replay::Args),
    /// Answer for an alert: told, moving, refused or done
    Ack(ack::Args),
    /// List what waits for somebody's word, what was decided, and signed orders
    Proposals(proposals::Args),
    /// Approve or decline a proposal
    Decide(decide::Args),
    /// Hold back what need not be told for a while: add, list or end a silence
    Silence(silence::Args),
    /// Enter what came of an alert: what was spent, saved and lost, and whether it hit
    Outcome(outcome::Args),
    /// Print a season's ledger: what was warned, answered, done, spent and saved
    Ledger(ledger::Args),
    /// Say why an alert is what it is, and who was told when
    Explain(explain::Args),
    /// Say how things stand: feeds, live alerts, mails that wait
    Status(status::Args),
    /// List what has not left; send what was given up again, or drop it
    Outbox(outbox::Args),
    /// Write everything that a fresh machine needs into one file, also while the daemon runs
    Backup(backup::Args),
    /// Make an empty data folder what a backup was
    Restore(restore::Args),
    /// Try out mail and channels
    Notify(notify::Args),
    /// Make another key for signing the links in mails
    LinkKey(link_key::Args),
    /// Add, list or remove the users of the page and the API, and make tokens for programs
    User(user::Args),
    /// List, check or turn on feeds
    Feeds(feeds::Args),
    /// Check, test or list the rules
    Rules(rules::Args),
    /// Check a portfolio folder, put another in the place of the one in use, or copy that one
    Portfolio(portfolio::Args),
    /// Plan before the season: which lanes gales close when, and which switches pay
    Season(season::Args),
    /// Print our probabilities beside those that an agency published with the same forecast
    Verify(verify::Args),
    /// Measure how fast this build is on this machine
    Bench(bench::Args),
}

/// How a command ended; the exit status of the public contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// 0: done.
    Done,
    /// 1: done, with bad input that was reported.
    Findings,
    /// 2: wrong usage or configuration.
    Unusable,
    /// 3: could not run.
    Failed,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(3) };
        }
    };
    let outcome = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Parse(args) => parse::run(&args),
        Command::Assess(args) => assess::run(&args),
        Command::Transport(args) => transport::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Ack(args) => ack::run(&args),
        Command::Proposals(args) => proposals::run(&args),
        Command::Decide(args) => decide::run(&args),
        Command::Silence(args) => silence::run(&args),
        Command::Outcome(args) => outcome::run(&args),
        Command::Ledger(args) => ledger::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Outbox(args) => outbox::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Notify(args) => notify::run(&args),
        Command::LinkKey(args) => link_key::run(&args),
        Command::User(args) => user::run(&args),
        Command::Feeds(args) => feeds::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Portfolio(args) => portfolio::run(&args),
        Command::Season(args) => season::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    let outcome = outcome.unwrap_or_else(|error| {
        // A reader that has seen enough (`| head`) is no failure.
        if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
            return Outcome::Done;
        }
        say(&format!("error: {error:#}"));
        Outcome::Failed
    });
    ExitCode::from(match outcome {
        Outcome::Done => 0,
        Outcome::Findings => 1,
        Outcome::Unusable => 2,
        Outcome::Failed => 3,
    })
}

/// How a command that speaks to people prints, and to programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Style {
    /// For people
    Text,
    /// For programs: one JSON object
    Json,
}

/// A fault as programs read it.
fn as_json(file: &str, fault: &crate::domain::Fault) -> serde_json::Value {
    serde_json::json!({
        "file": file, "line": fault.place.line, "column": fault.place.column, "field": fault.place.field,
        "what": fault.what, "hint": fault.hint, "fatal": fault.is_fatal,
    })
}

/// Prints one JSON object on a line.
fn print_json(value: &impl serde::Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")
}

/// A portfolio with every mistake said on standard error; `None` when it cannot be run with.
fn fit_portfolio(dir: &Path) -> Option<(Portfolio, Vec<FileFault>)> {
    let hint = "a portfolio is a folder with people.csv, dealers.csv and sites.csv; examples/ has one";
    let (portfolio, faults) = told_portfolio(dir, hint)?;
    if !is_fit_to_run(&faults) {
        say(
            "error: with these mistakes somebody would not be warned\nhint: mend the errors above; `seawall portfolio check` names them again",
        );
        return None;
    }
    Some((portfolio, faults))
}

/// The portfolio with what is wrong in it, which is said; `None` when it cannot be read, which is said with the hint.
fn told_portfolio(dir: &Path, hint: &str) -> Option<(Portfolio, Vec<FileFault>)> {
    let (portfolio, faults) = match read_portfolio(dir) {
        Ok(read) => read,
        Err(error) => {
            say(&format!("error: {error}\nhint: {hint}"));
            return None;
        }
    };
    for (file, fault) in &faults {
        say(&fault.in_file(&dir.join(file).display().to_string()));
    }
    Some((portfolio, faults))
}

/// Talk, on standard error. A closed standard error is nobody's loss.
fn say(text: &str) {
    writeln!(io::stderr(), "{text}").unwrap_or_default();
}

/// A time given on the command line.
fn time(text: &str) -> Result<crate::domain::Timestamp, String> {
    text.parse().map_err(|error| format!("{error}; write it as 2004-08-10T06:00:00Z"))
}
