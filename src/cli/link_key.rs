//! `seawall link-key`: another key for the links in mails.

use std::path::PathBuf;

use super::{Outcome, run, say};
use crate::daemon::{SystemClock, new_link_key};
use crate::domain::Clock as _;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE", global = true)]
    config: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make one; links that were signed before stay good until they end
    New {
        /// Somebody else may have the old key: no link that was sent before works any more
        #[arg(long)]
        leaked: bool,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Command::New { leaked } = args.command;
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let old = new_link_key(&config.link_key, SystemClock.now(), leaked)?.map_or_else(
        || "no link that was sent before works any more".to_owned(),
        |until| format!("links signed before are good until they end, {until} at the latest"),
    );
    say(&format!("a new key signs links once `seawall run` starts or hears SIGHUP; {old}"));
    Ok(Outcome::Done)
}
