//! `seawall season`: which lanes gales close in which month, what that costs, which switches pay, and what the sites
//! lack, by the best tracks of past years.

mod mail;
mod propose;
mod table;

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;

use super::books;
use super::{Outcome, fit_portfolio, parse, print_json, run, say, time};
use crate::daemon::SystemClock;
use crate::domain::{ArchiveYear, Clock as _, Hazard, LaneId, Language, SeasonPlan, Timestamp};
use crate::geo::threads;
use crate::season::{Archive, PORT_TAIL_H, Settings, plan};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The portfolio's folder
    #[arg(long, value_name = "DIR")]
    portfolio: PathBuf,
    /// Best tracks of past years: ATCF b-decks, `IBTrACS` and others, also zipped
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    tracks: Vec<PathBuf>,
    /// Count every year, also those of which the files hold a part alone
    #[arg(long)]
    all_years: bool,
    /// Hours that a port stays closed after a gale
    #[arg(long, default_value_t = PORT_TAIL_H, value_parser = tail, value_name = "HOURS")]
    port_tail_h: f64,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the mail to each person of the role `logistics` into this folder
    #[arg(long, value_name = "DIR")]
    mail: Option<PathBuf>,
    /// The mails' language, whatever people prefer
    #[arg(long, value_parser = language, value_name = "TAG")]
    lang: Option<Language>,
    /// Put the switches that pay before those who must sign them, by way of the daemon's store
    #[arg(long)]
    propose: bool,
    /// The daemon's configuration, for --propose
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// A folder laid over the shipped rules
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// The instant of the plan; without it, now
    #[arg(long, value_parser = time, value_name = "TIME")]
    at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Tables for people
    Table,
    /// For programs: one JSON object a line
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some((portfolio, faults)) = fit_portfolio(&args.portfolio) else { return Ok(Outcome::Unusable) };
    let Some(books) = books::read(args.rules.as_deref())? else { return Ok(Outcome::Unusable) };
    let (hazards, is_clean) = parse::hazards(&args.tracks);
    let now = args.at.unwrap_or_else(|| SystemClock.now());
    let settings = Settings { now, is_all_years: args.all_years, port_tail_h: args.port_tail_h, threads: threads() };
    let archive = Archive::new(&best_tracks(hazards));
    let plan = plan(&portfolio, &archive, books.rules.damage(), &settings);
    say_partial(&plan.years);
    if !plan.lanes.is_empty() && plan.lanes.iter().all(|lane| lane.years.is_empty()) {
        say(
            "error: these files hold no whole year of any lane's basin\nhint: give the basin's whole seasons, such as \
             JTWC's bwp2004.zip or an IBTrACS list; --all-years counts every year all the same",
        );
        return Ok(Outcome::Unusable);
    }
    match args.format {
        Format::Table => io::stdout().write_all(table::table(&plan, &portfolio, args.port_tail_h).as_bytes())?,
        Format::Json => in_json(&plan)?,
    }
    if let Some(dir) = &args.mail {
        mail::write(dir, &plan, &portfolio, &books, args.lang, now)?;
    }
    if args.propose && propose::put(&args.config, &plan, now)? == Outcome::Unusable {
        return Ok(Outcome::Unusable);
    }
    Ok(if is_clean && faults.is_empty() { Outcome::Done } else { Outcome::Findings })
}

/// Without forecasts: decks of guidance beside the best tracks would only be counted as unfit.
fn best_tracks(mut hazards: Vec<Hazard>) -> Vec<Hazard> {
    hazards.retain(|hazard| hazard.track.is_some());
    hazards
}

/// Names the years that the files hold a part of alone, a line a basin.
fn say_partial(years: &[ArchiveYear]) {
    for of_basin in years.chunk_by(|a, b| a.basin == b.basin) {
        let partial = of_basin.iter().filter(|year| !year.is_counted);
        let named: Vec<String> = partial.map(|year| format!("{} ({})", year.year, year.storms)).collect();
        let Some(first) = of_basin.first().filter(|_| !named.is_empty()) else { continue };
        say(&format!(
            "warning: basin {}: too few storms for a whole year, or a year not over: {}; left out of the rates\nhint: \
             give these years' whole archives; --all-years counts them all the same",
            first.basin,
            named.join(", "),
        ));
    }
}

fn in_json(plan: &SeasonPlan) -> anyhow::Result<()> {
    for lane in &plan.lanes {
        for month in &lane.months {
            print_json(&of_lane("lane-month", &lane.lane, month)?)?;
        }
        let (year, years) = (&lane.year, &lane.years);
        print_json(&json!({
            "what": "lane", "lane": lane.lane, "mode": lane.mode, "basin": lane.basin, "years": years, "closed": year,
            "transit_days": lane.transit_days, "boxes_per_month": lane.boxes_per_month, "weighed": lane.weighed,
            "notes": lane.notes,
        }))?;
        for planned in plan.planned().iter().filter(|planned| planned.switch.lane == lane.lane) {
            print_json(&of_lane("proposal", &lane.lane, planned)?)?;
        }
    }
    for finding in &plan.sites {
        print_json(&named("site", finding)?)?;
    }
    print_json(&json!({ "what": "archive", "years": plan.years, "tracks": plan.tracks }))?;
    Ok(())
}

/// The object with `what` it is.
fn named(what: &str, value: &impl Serialize) -> anyhow::Result<serde_json::Value> {
    let mut value = serde_json::to_value(value)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("what".to_owned(), what.into());
    }
    Ok(value)
}

fn of_lane(what: &str, lane: &LaneId, value: &impl Serialize) -> anyhow::Result<serde_json::Value> {
    let mut value = named(what, value)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("lane".to_owned(), lane.as_str().into());
    }
    Ok(value)
}

fn tail(text: &str) -> Result<f64, String> {
    let hours = text.parse::<f64>().ok().filter(|hours| (0.0..=240.0).contains(hours));
    hours.ok_or_else(|| "give hours from 0 to 240".to_owned())
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_tag(text).ok_or_else(|| "known are en and zh-CN".to_owned())
}
