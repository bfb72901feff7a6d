//! `seawall assess`: what documents mean for a portfolio at a time.

pub(super) mod table;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::books::{self, Books};
use super::{Outcome, parse, say, time, told_portfolio};
use crate::domain::{
    ApprovalLimits, Event, EventId, Exposure, Hazard, LaneId, Portfolio, SiteId, State, SubjectKind, Timestamp,
};
use crate::engine;
use crate::engine::Places;
use crate::turn::{World, listen};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The portfolio's folder
    #[arg(long, value_name = "DIR")]
    portfolio: PathBuf,
    /// The documents
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    hazards: Vec<PathBuf>,
    /// The instant of the judgement; without it, when the newest document was issued
    #[arg(long, value_parser = time, value_name = "TIME")]
    at: Option<Timestamp>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Json,
    Table,
    Geojson,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    const HINT: &str = "--portfolio names a folder with people.csv, dealers.csv and sites.csv";
    let Some((portfolio, faults)) = told_portfolio(&args.portfolio, HINT) else { return Ok(Outcome::Unusable) };
    let Some(books) = books::read(None)? else { return Ok(Outcome::Unusable) };
    let (hazards, is_clean) = parse::hazards(&args.hazards);
    let at = args.at.or_else(|| newest(&hazards)).unwrap_or_default();
    for hazard in &hazards {
        let codes = engine::unplaced(hazard, &portfolio);
        if let Some(first) = codes.first() {
            say(&format!(
                "warning: {}: its area is known by code alone, and nobody knows where {first}{} lies\nhint: give sites \
                 their `codes`, or the portfolio a geocodes.geojson",
                hazard.id,
                if codes.len() > 1 { format!(" or {} others", codes.len() - 1) } else { String::new() },
            ));
        }
    }
    let (exposures, events) = assess(&hazards, &portfolio, &books, at);
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Json => {
            for exposure in &exposures {
                serde_json::to_writer(&mut out, exposure)?;
                out.write_all(b"\n")?;
            }
        }
        Format::Geojson => {
            let features: Vec<Value> = exposures.iter().map(|exposure| feature(exposure, &portfolio)).collect();
            serde_json::to_writer(&mut out, &json!({ "type": "FeatureCollection", "features": features }))?;
            out.write_all(b"\n")?;
        }
        Format::Table => out.write_all(table::table(&exposures, &events, &portfolio, at).as_bytes())?,
    }
    out.flush()?;
    Ok(if is_clean && faults.is_empty() { Outcome::Done } else { Outcome::Findings })
}

/// When the newest was issued; for a track of the past alone, when it begins, so that all of it is ahead.
pub(super) fn newest(hazards: &[Hazard]) -> Option<Timestamp> {
    let forecast = |hazard: &Hazard| {
        let fixes = hazard.track.as_ref().map(|track| &track.fixes);
        fixes.is_none_or(|fixes| fixes.iter().any(|fix| fix.tau_h > 0))
    };
    let ahead = hazards.iter().filter(|hazard| forecast(hazard)).filter_map(|hazard| hazard.issued).max();
    ahead.or_else(|| hazards.iter().filter_map(|hazard| hazard.onset).min())
}

fn assess(
    hazards: &[Hazard],
    portfolio: &Portfolio,
    books: &Books,
    at: Timestamp,
) -> (Vec<Exposure>, BTreeMap<EventId, Event>) {
    let places = Places::new(portfolio);
    let state = heard(hazards, (portfolio, &places), books, at);
    let of_event =
        |event: &Event| -> Vec<&Hazard> { event.hazards.iter().filter_map(|id| state.hazards.get(id)).collect() };
    let assessed = state
        .events
        .values()
        .flat_map(|event| engine::assess(&event.id, &of_event(event), &places, &books.models(), at).exposures)
        .collect();
    (assessed, state.events)
}

/// The state after the hazards that were known at an instant have been heard.
pub(super) fn heard(
    hazards: &[Hazard],
    (portfolio, places): (&Portfolio, &Places<'_>),
    books: &Books,
    at: Timestamp,
) -> State {
    // What was not yet issued at the instant asked about is not known then; a best track is history.
    let is_past = |hazard: &&Hazard| hazard.track.as_ref().is_some_and(|t| t.fixes.iter().all(|fix| fix.tau_h <= 0));
    let is_known = |hazard: &&Hazard| is_past(hazard) || hazard.issued.is_none_or(|issued| issued <= at);
    let mut known: Vec<Hazard> = hazards.iter().filter(is_known).cloned().collect();
    // Messages refer to earlier ones, whatever the order of the files.
    known.sort_by_key(|hazard| hazard.issued);
    let letterhead = super::replay::nobody_s(None);
    let world = World {
        portfolio,
        places,
        rules: &books.rules,
        playbooks: &books.playbooks,
        texts: &books.texts,
        models: books.models(),
        letterhead: &letterhead,
        limits: &ApprovalLimits::NONE,
        watches: &[],
    };
    listen(&world, known, at)
}

fn feature(exposure: &Exposure, portfolio: &Portfolio) -> Value {
    let id = &exposure.subject.id;
    let geometry = match exposure.subject.kind {
        SubjectKind::Site => portfolio
            .sites
            .get(&SiteId::new(id.clone()))
            .map(|site| json!({ "type": "Point", "coordinates": [site.position.lon(), site.position.lat()] })),
        SubjectKind::Lane => portfolio.lanes.get(&LaneId::new(id.clone())).map(|lane| {
            let course: Vec<[f64; 2]> = lane.course.iter().map(|p| [p.lon(), p.lat()]).collect();
            json!({ "type": "LineString", "coordinates": course })
        }),
    };
    json!({ "type": "Feature", "id": id, "geometry": geometry, "properties": exposure })
}
