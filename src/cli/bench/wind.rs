//! `seawall bench wind`: the strongest wind of a storm's whole passage at many sites.

use std::fs;
use std::hint::black_box;
use std::path::Path as FilePath;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::matching::{read_sites, share, site_files, timed};
use super::{Options, print};
use crate::cli::{Outcome, say};
use crate::domain::{Averaging, Fix, Km, NMI_KM, Position, Span, Technique, Timestamp, Track};
use crate::geo::{PlaceIndex, threads};
use crate::storm::{Path, Swath};

/// Rounds that are timed; the median is told.
const ROUNDS: usize = 7;
/// Winds further from the centre are not looked at: the reach that CLIMADA has by default.
const REACH: Km = Km(300.0);
/// Winds of the workload's first storm at its fixes, 12 hours apart, and its radius of maximum wind, as those have it who
/// measure others on this workload.
const VMAX_KT: [f64; 11] = [35.0, 50.0, 70.0, 90.0, 100.0, 105.0, 95.0, 85.0, 70.0, 55.0, 45.0];
const RMW_NMI: f64 = 22.0;
const GALE_KT: f64 = 34.0;

/// One measurement: the median of some rounds, on one thread.
#[derive(Debug, Serialize)]
struct Row {
    set: String,
    steps: usize,
    /// From an index of the sites to the strongest wind at each.
    ms: f64,
    ns_per_site_step: f64,
    /// Pairs of a site and an hour in which the storm is within 300 km of it.
    near_pairs: usize,
    ns_per_near_pair: f64,
    /// From positions in memory to an index, which serves every storm, on all threads.
    build_ms: f64,
    /// Sites with gales, and the strongest wind anywhere.
    sites_hit: usize,
    strongest_kt: f64,
    threads: usize,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Outcome> {
    let Some(dir) = options.workload.as_deref() else {
        say("error: `bench wind` needs a workload\nhint: --workload names a folder with storms.json and files \
             sites_N.csv (id,lat,lon); docs/performance.md says more");
        return Ok(Outcome::Unusable);
    };
    let track = track(&dir.join("storms.json"))?;
    let path = Path::new(&track).context("the storm has no wind")?;
    let hourly = path.sampled(path.start(), Span::from_hours(1));
    let way: Vec<Position> = hourly.iter().map(|storm| storm.position).collect();
    let mut rows = Vec::new();
    for (name, file) in site_files(dir)? {
        let places = read_sites(&file)?;
        let (index, build_ms) = timed(|| PlaceIndex::new(&places, threads()));
        // Making the storm ready is part of it, once for all sites.
        let ask = || {
            let swath = Swath::new(&hourly, REACH);
            let near = index.near(&way, REACH).into_iter();
            let near: Vec<Position> = near.filter_map(|id| places.get(id as usize)).copied().collect();
            swath.strongest_of_kt(&near, threads())
        };
        let mut times: Vec<f64> = (0..ROUNDS).map(|_| timed(|| black_box(ask())).1).collect();
        let ms = share(&mut times, 0.5);
        let swath = Swath::new(&hourly, REACH);
        let near_pairs: usize = places.iter().map(|place| swath.instants_near(*place)).sum();
        let winds = ask();
        let per = |count: usize| (ms * 1e6 / count.max(1) as f64 * 100.0).round() / 100.0;
        rows.push(Row {
            set: name,
            steps: swath.steps(),
            ms,
            ns_per_site_step: per(places.len() * swath.steps()),
            near_pairs,
            ns_per_near_pair: per(near_pairs),
            build_ms,
            sites_hit: winds.iter().filter(|kt| **kt >= GALE_KT).count(),
            strongest_kt: (winds.iter().copied().fold(0.0, f64::max) * 10.0).round() / 10.0,
            threads: threads(),
        });
    }
    let columns = ["set", "steps", "ms", "ns_per_site_step", "near_pairs", "ns_per_near_pair", "sites_hit"];
    print(&rows, &columns, options.format)?;
    Ok(Outcome::Done)
}

#[derive(Debug, Deserialize)]
struct Storm {
    track: Vec<Place>,
}

#[derive(Debug, Deserialize)]
struct Place {
    hour: i32,
    lat: f64,
    lon: f64,
}

/// The first storm of the workload, with the winds above.
fn track(file: &FilePath) -> anyhow::Result<Track> {
    let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let storms: Vec<Storm> = serde_json::from_slice(&bytes).with_context(|| format!("{}", file.display()))?;
    let storm = storms.into_iter().next().with_context(|| format!("{} has no storm", file.display()))?;
    let fix = |(place, kt): (Place, f64)| {
        let time = Timestamp::UNIX_EPOCH + Span::from_hours(place.hour.into());
        let position = Position::lat_lon(place.lat, place.lon)?;
        Ok(Fix { vmax_kt: Some(kt), rmw_km: Some(RMW_NMI * NMI_KM), ..Fix::at(time, place.hour, position) })
    };
    Ok(Track {
        agency: "bench".to_owned(),
        technique: "BEST".to_owned(),
        standing: Technique::Analysis,
        averaging: Averaging::OneMinute,
        fixes: storm.track.into_iter().zip(VMAX_KT).map(fix).collect::<anyhow::Result<_>>()?,
    })
}
