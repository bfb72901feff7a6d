//! `seawall verify`: forecasts beside what happened, or our probabilities beside those that an agency published.
//!
//! `--best`: forecasts are scored against best tracks, at places of a file or on a grid (see `crate::verify`).
//! `--published`: forecasts (NHC's forecast/advisories) and published probabilities (its wind speed probabilities) go together
//! by storm and time of issue. The members start where the published ones do: at the hour that the advisory's hours are
//! counted from.

mod best;
mod picture;
mod places;
mod published;
mod scores;
mod sites;
mod table;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use self::published::{Comparison, Summary};
use super::books;
use super::{Outcome, parse, print_json, say};
use crate::domain::Position;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Forecasts: a-decks, warnings, NHC's forecast/advisories
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    forecasts: Vec<PathBuf>,
    /// What happened: best tracks (b-decks, HURDAT2, `IBTrACS`, JMA's and CMA's)
    #[arg(long, num_args = 1.., value_name = "FILE", conflicts_with = "published", required_unless_present = "published")]
    best: Vec<PathBuf>,
    /// What was published with the forecasts, as NHC's wind speed probabilities
    #[arg(long, num_args = 1.., value_name = "FILE")]
    published: Vec<PathBuf>,
    /// With --best, where to score: a table with the columns id (or name), lat and lon; without it each whole degree
    #[arg(long, value_name = "FILE", conflicts_with = "published")]
    sites: Option<PathBuf>,
    /// With --best, which forecasts: techniques of the decks (AVNO, OFCI); without it the official ones
    #[arg(long, num_args = 1.., value_name = "NAME", conflicts_with = "published")]
    technique: Vec<String>,
    /// With --best, draws the reliability diagram
    #[arg(long, value_name = "PNG", conflicts_with = "published")]
    picture: Option<PathBuf>,
    /// With --published, the places' coordinates: a table with the columns name, lat and lon
    #[arg(long, value_name = "FILE", conflicts_with = "best")]
    places: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One JSON object a line
    Json,
    /// A table for people
    Table,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if args.best.is_empty() { beside_published(args) } else { best::run(args) }
}

fn beside_published(args: &Args) -> anyhow::Result<Outcome> {
    let places = match args.places.as_deref().map(places) {
        Some(Some(places)) => places,
        Some(None) => return Ok(Outcome::Unusable),
        None => BTreeMap::new(),
    };
    let Some(books) = books::read(None)? else { return Ok(Outcome::Unusable) };
    let (forecasts, is_clean) = parse::hazards(&args.forecasts);
    let (published, is_clean_too) = parse::hazards(&args.published);
    let pairs = published::pairs(&forecasts, &published);
    if pairs.is_empty() {
        say(
            "error: no forecast is of the same storm and issue as a published table\nhint: give the forecast/advisory (TCM) and the wind speed probabilities (PWS) of one advisory",
        );
        return Ok(Outcome::Unusable);
    }
    let mut comparisons: Vec<Comparison> = Vec::new();
    for pair in &pairs {
        comparisons.extend(published::compare(pair, &places, books.rules.track_errors()));
    }
    for place in published::unknown(&pairs, &places) {
        say(&format!(
            "warning: where `{place}` is, is not known; it is left out\nhint: add it to the file of --places"
        ));
    }
    let summaries = Summary::of(&comparisons);
    if args.format == Format::Json {
        for comparison in &comparisons {
            print_json(comparison)?;
        }
        for summary in &summaries {
            print_json(summary)?;
        }
    } else {
        io::stdout().write_all(table::table(&comparisons, &summaries).as_bytes())?;
    }
    let is_whole = is_clean && is_clean_too && pairs.len() == published.len();
    Ok(if is_whole { Outcome::Done } else { Outcome::Findings })
}

/// The places of a file; `None` when it cannot be read, which is said.
fn places(path: &Path) -> Option<BTreeMap<String, Position>> {
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            say(&format!("error: {name}: cannot be read: {error}{}", parse::hint(&error)));
            return None;
        }
    };
    match places::read(&text) {
        Ok((places, faults)) => {
            for fault in faults {
                say(&fault.in_file(&name));
            }
            Some(places)
        }
        Err(fault) => {
            say(&fault.in_file(&name));
            None
        }
    }
}
