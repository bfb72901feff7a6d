//! Forecasts scored against best tracks.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;

use super::published::{from_analysis, words};
use super::{Args, Format, picture, scores, sites};
use crate::cli::books;
use crate::cli::{Outcome, parse, print_json, say};
use crate::domain::{Hazard, Position};
use crate::geo;
use crate::verify::{Pairs, Places, Scores, pairs, reliability_svg, score};

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (sites, is_clean) = match args.sites.as_deref().map(read_sites) {
        Some(Some((sites, is_clean))) => (Some(sites), is_clean),
        Some(None) => return Ok(Outcome::Unusable),
        None => (None, true),
    };
    let Some(books) = books::read(None)? else { return Ok(Outcome::Unusable) };
    let (mut forecasts, are_forecasts_clean) = parse::hazards(&args.forecasts);
    let (best, is_best_clean) = parse::hazards(&args.best);
    forecasts.iter_mut().for_each(begin_at_hour_0);
    let found = pairs(&forecasts, &best, &args.technique);
    let is_whole = name_the_left_over(&found);
    if found.pairs.is_empty() {
        say("error: no forecast has a best track of its storm\n\
            hint: give official forecasts (an a-deck with OFCL or JTWC lines) and the best track (b-deck) of one storm; \
            --technique names others");
        return Ok(Outcome::Unusable);
    }
    let places = sites.as_deref().map_or(Places::Grid, Places::Sites);
    let scores = score(&found.pairs, places, books.rules.track_errors(), geo::threads());
    for (event, cycle) in &scores.unscored {
        let cycle = cycle.map_or_else(String::new, |cycle| format!(" of {cycle}"));
        say(&format!(
            "warning: the forecast of {event}{cycle} has less than 6 h in common with the tropical part of its best track, or no wind"
        ));
    }
    if scores.cycles.is_empty() {
        say("error: no forecast could be scored\nhint: the best tracks should cover the forecasts' hours");
        return Ok(Outcome::Unusable);
    }
    print(args, &scores)?;
    if let Some(path) = &args.picture
        && let Err(error) = draw(&scores, path)
    {
        say(&format!("error: {}: {error:#}", path.display()));
        return Ok(Outcome::Failed);
    }
    let is_clean = is_clean && are_forecasts_clean && is_best_clean && is_whole && scores.unscored.is_empty();
    Ok(if is_clean { Outcome::Done } else { Outcome::Findings })
}

/// An advisory's first position is some hours after the time that its hours are counted from.
fn begin_at_hour_0(forecast: &mut Hazard) {
    forecast.track = forecast.track.as_ref().map(|track| from_analysis(track, words(forecast)));
}

/// Names storms without a counterpart; of best tracks only those in a document of which nothing is used, as a season's file
/// holds all storms. True when there were none.
fn name_the_left_over(found: &Pairs<'_>) -> bool {
    let used: BTreeSet<&str> = found.pairs.iter().map(|pair| pair.best.bulletin.as_str()).collect();
    let unused = found.without_forecast.iter().filter(|best| !used.contains(best.bulletin.as_str()));
    let forecasts: BTreeSet<&str> = found.without_best.iter().map(|hazard| hazard.event.as_str()).collect();
    let best: BTreeSet<&str> = unused.map(|hazard| hazard.event.as_str()).collect();
    for event in &forecasts {
        say(&format!("warning: forecasts of {event} have no best track and are left out\nhint: add it to --best"));
    }
    for event in &best {
        say(&format!(
            "warning: the best track of {event} has no forecast and is left out\nhint: add one to --forecasts"
        ));
    }
    forecasts.is_empty() && best.is_empty()
}

/// The sites of a file, and whether all lines read well; `None` when it cannot be read, which is said.
fn read_sites(path: &Path) -> Option<(Vec<Position>, bool)> {
    let name = path.display().to_string();
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) => {
            say(&format!("error: {name}: cannot be read: {error}{}", parse::hint(&error)));
            return None;
        }
    };
    match sites::read(&text) {
        Ok((sites, faults)) => {
            for fault in &faults {
                say(&fault.in_file(&name));
            }
            Some((sites, faults.is_empty()))
        }
        Err(fault) => {
            say(&fault.in_file(&name));
            None
        }
    }
}

fn print(args: &Args, scores: &Scores) -> io::Result<()> {
    if args.format == Format::Table {
        return io::stdout().write_all(scores::table(scores, args.sites.is_some()).as_bytes());
    }
    scores.cycles.iter().try_for_each(print_json)?;
    scores.thresholds.iter().try_for_each(print_json)?;
    scores.bins.iter().try_for_each(print_json)
}

fn draw(scores: &Scores, path: &Path) -> anyhow::Result<()> {
    let png = picture::png(&reliability_svg(scores))?;
    Ok(std::fs::write(path, png)?)
}
