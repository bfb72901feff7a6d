//! `seawall bench portfolio`: from the files of a portfolio to one that hazards can be matched against.

use std::fs;
use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use super::{Options, print};
use crate::cli::{Outcome, say};
use crate::config::read_portfolio;
use crate::engine::Places;

/// One measurement: once, as a daemon does it when it starts.
#[derive(Debug, Serialize)]
struct Row {
    sites: usize,
    lanes: usize,
    faults: usize,
    /// From the files to a portfolio.
    read_ms: f64,
    /// From the portfolio to its index.
    index_ms: f64,
    /// To carry the index on to the same portfolio, of which one site has moved.
    update_ms: f64,
    /// Reading and indexing.
    ms: f64,
    /// What the program then holds of memory, and the most that it held before; nothing where the system does not say.
    rss_mb: Option<f64>,
    peak_mb: Option<f64>,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Outcome> {
    let Some(dir) = options.workload.as_deref() else {
        say(
            "error: `bench portfolio` needs a portfolio\nhint: --workload names a folder with people.csv, dealers.csv \
             and sites.csv",
        );
        return Ok(Outcome::Unusable);
    };
    print(
        &[measure(dir)?],
        &["sites", "lanes", "read_ms", "index_ms", "update_ms", "ms", "rss_mb", "peak_mb"],
        options.format,
    )?;
    Ok(Outcome::Done)
}

fn measure(dir: &Path) -> anyhow::Result<Row> {
    let started = Instant::now();
    let (mut portfolio, faults) = read_portfolio(dir)?;
    let read_ms = ms_since(started);
    let started = Instant::now();
    let places = Places::new(&portfolio);
    let index_ms = ms_since(started);
    let (rss_mb, peak_mb) = (memory_mb("VmRSS:"), memory_mb("VmHWM:"));
    drop(places);
    let (sites, lanes, faults) = (portfolio.sites.len(), portfolio.lanes.len(), faults.len());
    let update_ms = update(&mut portfolio);
    Ok(Row { sites, lanes, faults, read_ms, index_ms, update_ms, ms: tenth(read_ms + index_ms), rss_mb, peak_mb })
}

/// Milliseconds to carry an index on when the first site has moved to where the last one is.
fn update(portfolio: &mut crate::domain::Portfolio) -> f64 {
    let before = portfolio.clone();
    let places = Places::new(&before);
    let (first, last) = (before.sites.values().next(), before.sites.values().next_back());
    if let (Some(first), Some(last)) = (first, last)
        && let Some(site) = portfolio.sites.get_mut(&first.id)
    {
        site.position = last.position;
    }
    let started = Instant::now();
    let updated = places.updated(portfolio);
    let ms = ms_since(started);
    drop(updated);
    ms
}

fn ms_since(started: Instant) -> f64 {
    tenth(started.elapsed().as_secs_f64() * 1e3)
}

fn tenth(ms: f64) -> f64 {
    (ms * 10.0).round() / 10.0
}

/// A line of what Linux says of this program's memory.
pub(super) fn memory_mb(name: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kib / 1024.0).round())
}
