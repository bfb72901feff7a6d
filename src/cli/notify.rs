//! `seawall notify test`: does what the configuration says of mail and channels work?

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;

use super::{Outcome, fit_portfolio, run, say};
use crate::daemon::{Tried, try_channels};
use crate::domain::{Delivery, PersonId};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Send a test message to a person, by mail and on each of their channels, and say what the servers answered
    Test(Test),
}

#[derive(Debug, clap::Args)]
struct Test {
    /// The person, by their id in people.csv
    #[arg(long, value_name = "PERSON")]
    to: String,
    /// One channel instead of all: `email`, or the id of a [[channel]]
    #[arg(long, value_name = "ID")]
    channel: Option<String>,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let What::Test(test) = &args.what;
    let Some(config) = run::config(&test.config) else { return Ok(Outcome::Unusable) };
    let Some((portfolio, _)) = fit_portfolio(&config.portfolio) else { return Ok(Outcome::Unusable) };
    let Some(person) = portfolio.people.get(&PersonId::new(&test.to)) else {
        let known: Vec<&str> = portfolio.people.keys().map(PersonId::as_str).take(20).collect();
        say(&format!("error: people.csv has no `{}`\nhint: it has {}", test.to, known.join(", ")));
        return Ok(Outcome::Unusable);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    let tried = match runtime.block_on(try_channels(&config, person, test.channel.as_deref())) {
        Ok(tried) => tried,
        Err(error) => {
            say(&format!("error: {error}"));
            return Ok(Outcome::Unusable);
        }
    };
    let lines: Vec<String> = tried.iter().map(in_words).collect();
    writeln!(io::stdout(), "{}", lines.join("\n"))?;
    let is_well = tried.iter().all(|tried| tried.delivery == Some(Delivery::Taken));
    Ok(if is_well { Outcome::Done } else { Outcome::Findings })
}

fn in_words(Tried { channel, delivery }: &Tried) -> String {
    match delivery {
        Some(Delivery::Taken) => format!("{channel}: taken"),
        Some(Delivery::Later(fault)) => format!("{channel}: not now: {fault}"),
        Some(Delivery::NotBefore(at, fault)) => format!("{channel}: not before {at}: {fault}"),
        Some(Delivery::Held(until)) => format!("{channel}: our own limit holds it until {until}"),
        Some(Delivery::Overtaken(by)) => format!("{channel}: not sent, {by} says it all"),
        Some(Delivery::Never(fault)) => format!("{channel}: refused: {fault}"),
        None => format!("{channel}: there is no such channel in the configuration"),
    }
}
