//! `seawall run`: the daemon.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::books;
use super::{Outcome, fit_portfolio, say};
use crate::config::{Config, ConfigError, portfolio_stamp, read_config};
use crate::domain::Role;
use crate::{daemon, sources, web};

/// Where the configuration lies when nothing else is said.
pub(super) const CONFIG: &str = "seawall.toml";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The configuration
    #[arg(long, default_value = CONFIG, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(read) = config(&args.config) else { return Ok(Outcome::Unusable) };
    // Each is looked at even when another is wrong, so that every mistake is said at once.
    let is_able = can_be_run(&read, &args.config);
    let portfolio_stamp = portfolio_stamp(&read.portfolio);
    let portfolio = fit_portfolio(&read.portfolio);
    let books = books::read(read.rules.as_deref());
    if let Err(error) = &books {
        say(&format!("error: {error:#}\nhint: `rules` in {} names the folder", args.config.display()));
    }
    let (true, Some((portfolio, _)), Ok(Some(books))) = (is_able, portfolio, books) else {
        return Ok(Outcome::Unusable);
    };
    if !portfolio.people.values().any(|person| person.role == Role::Operator) {
        say(
            "warning: people.csv names no operator: nobody is told when a feed goes silent\nhint: give a person the role `operator`",
        );
    }
    for (person, channel) in daemon::unknown_channels(&read, &portfolio) {
        let file = args.config.display();
        say(&format!(
            "warning: people.csv: channel `{channel}` of `{}` is not in {file}: nobody is reached by it\nhint: add a [[channel]] with id = \"{channel}\", or mend the name",
            person.id
        ));
    }
    log();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    let path = args.config.clone();
    let reread = Arc::new(move || config(&path).filter(|config| can_be_run(config, &path)));
    match runtime.block_on(daemon::run(daemon::House { config: read, portfolio, books, portfolio_stamp, reread }))? {
        daemon::End::Stopped => Ok(Outcome::Done),
        daemon::End::Anew => Err(anew()),
    }
}

/// The same program with the same arguments in place of this one; comes back with the reason when that cannot be.
fn anew() -> anyhow::Error {
    use std::os::unix::process::CommandExt as _;
    let mut arguments = std::env::args_os();
    // What runs, even when another file has taken its name since: a reload is no upgrade.
    let mut program = std::process::Command::new("/proc/self/exe");
    program.arg0(arguments.next().unwrap_or_else(|| "seawall".into())).args(arguments);
    anyhow::Error::new(program.exec()).context("the program could not start anew")
}

/// Whether this build can do what the configuration asks for; all that it cannot is said.
fn can_be_run(config: &Config, path: &Path) -> bool {
    let (has_formats, has_way_in) = (has_formats(config, path), has_way_in(config, path));
    has_formats && has_way_in
}

/// Whether every feed's format is one that can be read; those that are none are said.
fn has_formats(config: &Config, path: &Path) -> bool {
    let known: Vec<&str> = sources::ALL.iter().map(|source| source.id()).collect();
    let unknown: Vec<_> = config
        .feeds
        .iter()
        .filter_map(|feed| Some((feed, feed.format.as_deref()?)))
        .filter(|(_, format)| sources::by_id(format).is_none())
        .collect();
    for (feed, format) in &unknown {
        let (file, feed, known) = (path.display(), &feed.id, known.join(", "));
        say(&format!(
            "error: {file}: feed `{feed}` has the unknown format `{format}`\nhint: one of {known}; without `format` each document is recognised by its content"
        ));
    }
    unknown.is_empty()
}

/// Whether this build can ask the provider that the configuration names; said when it cannot.
fn has_way_in(config: &Config, path: &Path) -> bool {
    let is_there = config.oidc.is_none() || web::HAS_OIDC;
    if !is_there {
        say(&format!(
            "error: {}: [oidc]: this build has no OpenID Connect\nhint: build it with `--features oidc`, or take the table out",
            path.display()
        ));
    }
    is_there
}

/// The configuration, or `None` when it has mistakes, each said on standard error.
pub(super) fn config(path: &Path) -> Option<Config> {
    match read_config(path, &|name| std::env::var(name).ok()) {
        Ok((config, faults)) => {
            for (file, fault) in &faults {
                say(&fault.in_file(file));
            }
            Some(config)
        }
        Err(error @ ConfigError::Unreadable { .. }) => {
            say(&format!("error: {error}\nhint: copy examples/seawall.toml and name it with --config"));
            None
        }
        Err(error) => {
            say(&error.to_string());
            None
        }
    }
}

/// Logs to standard error; `RUST_LOG` chooses what, `SEAWALL_LOG=json` how.
fn log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let is_json = std::env::var("SEAWALL_LOG").is_ok_and(|how| how == "json");
    let begun = if is_json { builder.json().try_init() } else { builder.with_ansi(false).try_init() };
    if let Err(error) = begun {
        say(&format!("warning: no log: {error}"));
    }
}
