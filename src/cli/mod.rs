//! One file a command.
//!
//! In: arguments. Out: text, JSON and an exit status. Never: holds logic that the daemon or tests need.

mod ack;
mod archive;
mod assess;
mod books;
mod demo;
mod parse;
mod portfolio;
mod replay;
mod rules;
mod run;
mod story;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    /// Run the whole daemon over recorded bulletins under a simulated clock
    Replay(replay::Args),
    /// Answer for an alert: told, moving, refused or done
    Ack(ack::Args),
    /// Check, test or list the rules
    Rules(rules::Args),
    /// Check a portfolio folder
    Portfolio(portfolio::Args),
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
        Command::Replay(args) => replay::run(&args),
        Command::Ack(args) => ack::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Portfolio(args) => portfolio::run(&args),
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

/// Talk, on standard error. A closed standard error is nobody's loss.
fn say(text: &str) {
    writeln!(io::stderr(), "{text}").unwrap_or_default();
}

/// A time given on the command line.
fn time(text: &str) -> Result<crate::domain::Timestamp, String> {
    text.parse().map_err(|error| format!("{error}; write it as 2004-08-10T06:00:00Z"))
}
