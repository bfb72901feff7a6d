//! `seawall feeds`: the catalogue, how each feed answers, and turning one on.

mod add;

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;

use super::{Outcome, print_json, run, say};
use crate::config::{CatalogueFeed, Config, FeedConfig, catalogue, catalogue_feed, feed_by_id, near_feed};
use crate::daemon::{self, Checked, Verdict};
use crate::domain::Position;

/// Where a service that answers for places is asked when it is only to be seen whether it answers: off Taizhou.
const SAMPLE_POINT: (f64, f64) = (28.66, 121.42);
/// Who asks when no configuration says so.
const NO_CONTACT: &str = "https://example.com/no-contact-given";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show the feeds that Seawall knows, and which are on
    List {
        /// A configuration: shows which feeds are on there
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Form::Table)]
        format: Form,
    },
    /// Ask each feed once and say how it is: good, slow, stale or broken
    Check {
        /// The configuration whose feeds are asked; feeds of the catalogue need none
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Form::Table)]
        format: Form,
        /// Feeds of the configuration or the catalogue; without any, all of the configuration
        #[arg(value_name = "ID")]
        ids: Vec<String>,
    },
    /// Turn a feed of the catalogue on: adds its lines to the configuration
    Add {
        /// The feed
        id: String,
        /// The configuration
        #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
        config: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For people
    Table,
    /// For programs: one JSON object a line
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.what {
        What::List { config, format } => list(config.as_deref(), *format),
        What::Check { config, format, ids } => check(config.as_deref(), ids, *format),
        What::Add { id, config } => add::add(id, config),
    }
}

fn list(config: Option<&Path>, format: Form) -> anyhow::Result<Outcome> {
    let config = match config.map(run::config) {
        Some(None) => return Ok(Outcome::Unusable),
        Some(Some(config)) => Some(config),
        None => None,
    };
    // What is on by an entry that stands for many is named itself.
    let on = |feed: &CatalogueFeed| -> Vec<String> {
        let feeds = config.iter().flat_map(|config| &config.feeds);
        let of_entry = feeds.filter(|own| feed.stands_for(own.id.as_str()));
        of_entry.map(|own| own.id.to_string()).collect()
    };
    match format {
        Form::Json => {
            for feed in catalogue() {
                print_json(&as_json(feed, config.is_some().then(|| on(feed)).as_deref()))?;
            }
        }
        Form::Table => {
            let head = ["id", "on", "agency", "format", "cadence", "area", "licence"];
            let mut table = new_table(&head);
            for feed in catalogue() {
                let is_on = on(feed);
                let mark = if is_on.is_empty() {
                    String::new()
                } else if feed.is_pattern() {
                    is_on.join(" ")
                } else {
                    "on".to_owned()
                };
                let format = feed.format.as_deref().unwrap_or("by content");
                let cadence = format!("{}, {} near", short(feed.cadence), short(feed.near_cadence));
                table.add_row([&feed.id, &mark, &feed.agency, format, &cadence, &feed.area, &feed.licence]);
            }
            writeln!(io::stdout(), "{table}")?;
            own_feeds(config.as_ref())?;
        }
    }
    Ok(Outcome::Done)
}

/// Feeds of the configuration that are in no catalogue.
fn own_feeds(config: Option<&Config>) -> io::Result<()> {
    let feeds = config.iter().flat_map(|config| &config.feeds);
    let own: Vec<&str> = feeds.map(|feed| feed.id.as_str()).filter(|id| catalogue_feed(id).is_none()).collect();
    if own.is_empty() {
        return Ok(());
    }
    writeln!(io::stdout(), "on and not of the catalogue: {}", own.join(", "))
}

fn as_json(feed: &CatalogueFeed, on: Option<&[String]>) -> serde_json::Value {
    json!({
        "id": feed.id, "agency": feed.agency, "format": feed.format, "area": feed.area, "url": feed.url,
        "mirrors": feed.mirrors, "cadence_s": feed.cadence.as_secs(), "near_cadence_s": feed.near_cadence.as_secs(),
        "silence_after_s": feed.silence_after.as_secs(),
        "issues_every_s": feed.issues_every.map(|every| every.as_secs()), "points": feed.points,
        "licence": feed.licence, "attribution": feed.attribution, "notes": feed.notes, "places": feed.places, "on": on,
    })
}

fn check(config: Option<&Path>, ids: &[String], format: Form) -> anyhow::Result<Outcome> {
    let usual = Path::new(run::CONFIG);
    // Without a word on it, the usual file is taken where there is one; feeds of the catalogue need none.
    let path = config.or_else(|| (ids.is_empty() || usual.exists()).then_some(usual));
    let config = match path.map(run::config) {
        Some(None) => return Ok(Outcome::Unusable),
        Some(Some(config)) => Some(config),
        None => None,
    };
    let Some(feeds) = chosen(config.as_ref(), ids) else { return Ok(Outcome::Unusable) };
    let contact = config.as_ref().map(|config| config.contact.as_str());
    if contact.is_none() {
        say(
            "warning: no configuration, so agencies are not told whom to write to; some refuse that\nhint: name one with --config",
        );
    }
    let point = Position::lat_lon(SAMPLE_POINT.0, SAMPLE_POINT.1).context("the sample point")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    let checked = runtime.block_on(daemon::check(&feeds, contact.unwrap_or(NO_CONTACT), point))?;
    match format {
        Form::Json => checked.iter().try_for_each(print_json)?,
        Form::Table => writeln!(io::stdout(), "{}", in_table(&checked))?,
    }
    let is_good = checked.iter().all(|checked| checked.verdict == Verdict::Good);
    Ok(if is_good { Outcome::Done } else { Outcome::Findings })
}

/// The feeds to ask; `None` when an id is unknown, which is said.
fn chosen(config: Option<&Config>, ids: &[String]) -> Option<Vec<FeedConfig>> {
    let own: &[FeedConfig] = config.map_or(&[], |config| &config.feeds);
    if ids.is_empty() {
        return Some(own.to_vec());
    }
    let mut seen = BTreeSet::new();
    let mut feeds = Vec::new();
    let mut is_whole = true;
    for id in ids.iter().filter(|id| seen.insert(id.as_str())) {
        let known = own.iter().find(|feed| feed.id.as_str() == id).cloned().or_else(|| feed_by_id(id));
        if known.is_none() {
            unknown(id);
            is_whole = false;
        }
        feeds.extend(known);
    }
    is_whole.then_some(feeds)
}

/// Says that there is no such feed, and which was meant.
fn unknown(id: &str) {
    let near = near_feed(id).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    say(&format!("error: there is no feed `{id}`\nhint: {near}`seawall feeds list` names them all"));
}

fn in_table(checked: &[Checked]) -> String {
    let mut table = new_table(&["id", "verdict", "HTTP", "ms", "bytes", "hazards/links", "newest", "hint"]);
    for one in checked {
        let bytes = one.bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
        let found = if one.bytes.is_some() { format!("{}/{}", one.hazards, one.links) } else { String::new() };
        let newest = one.issued.zip(one.age.as_ref());
        let newest = newest.map(|(at, age)| format!("{}, {age} ago", super::status::short(at))).unwrap_or_default();
        let hint = one.hint.clone().unwrap_or_default();
        let (id, verdict, ms) = (one.feed.to_string(), one.verdict.as_str().to_owned(), one.ms.to_string());
        table.add_row([id, verdict, one.what.clone(), ms, bytes, found, newest, hint]);
    }
    table.to_string()
}

fn new_table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head.to_vec());
    table
}

/// `10m`, `1h`, `90s`.
fn short(duration: std::time::Duration) -> String {
    match duration.as_secs() {
        s if s > 0 && s % 3_600 == 0 => format!("{}h", s / 3_600),
        s if s > 0 && s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}
