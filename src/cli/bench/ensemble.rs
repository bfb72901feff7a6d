//! `seawall bench ensemble`: from a forecast to the chances of three winds at many sites.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use serde::Serialize;

use super::{Options, print};
use crate::cli::Outcome;
use crate::domain::{Averaging, Fix, NMI_KM, Position, Span, Technique, Timestamp, Track, TrackErrorRow, WindRadii};
use crate::storm::Path;
use crate::storm::ensemble::{Ensemble, Forecast, MEMBERS, Physics};

/// One measurement: the median of some rounds.
#[derive(Debug, Serialize)]
struct Row {
    members: usize,
    sites: usize,
    ms: f64,
}

const SITES: [usize; 2] = [10_000, 1_000_000];
const ROUNDS: usize = 5;

pub(super) fn run(options: &Options) -> anyhow::Result<Outcome> {
    let track = track();
    let Some(path) = Path::new(&track) else { anyhow::bail!("the bench's own forecast has no wind") };
    let errors = errors();
    let forecast = Forecast { track: &track, path: &path, errors: &errors };
    let mut rows = Vec::new();
    for count in SITES {
        let sites = sites(count);
        let mut times: Vec<f64> = (0..ROUNDS).filter_map(|_| round(forecast, &sites)).collect();
        times.sort_by(f64::total_cmp);
        let ms = times.get(times.len() / 2).copied().unwrap_or_default();
        rows.push(Row { members: MEMBERS, sites: count, ms: (ms * 10.0).round() / 10.0 });
    }
    print(&rows, &["members", "sites", "ms"], options.format)?;
    Ok(Outcome::Done)
}

/// Milliseconds from the forecast to the last site.
fn round(forecast: Forecast<'_>, sites: &[Position]) -> Option<f64> {
    let started = Instant::now();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let ensemble = Ensemble::new(&[forecast], &[], forecast.path.start(), &Physics::default())?;
    let field = ensemble.field(threads);
    thread::scope(|scope| {
        for part in sites.chunks(sites.len().div_ceil(threads).max(1)) {
            scope.spawn(|| part.iter().for_each(|site| _ = black_box(field.probability(*site))));
        }
    });
    Some(started.elapsed().as_secs_f64() * 1000.0)
}

/// Five days over the East China Sea, of made-up figures as they are usual there.
fn track() -> Track {
    let hours = [0, 12, 24, 36, 48, 72, 96, 120];
    let fixes = hours.into_iter().filter_map(|tau_h| {
        let (time, days) =
            (Timestamp::UNIX_EPOCH.checked_add(Span::from_hours(i64::from(tau_h))).ok()?, f64::from(tau_h) / 24.0);
        let mut fix = Fix::at(time, tau_h, Position::lat_lon(18.0 + 3.0 * days, 135.0 - 3.2 * days).ok()?);
        fix.vmax_kt = Some(85.0 + 25.0 * days.min(2.0) - 20.0 * (days - 2.0).max(0.0));
        let radii = |kt, nmi: f64| {
            let km = nmi * NMI_KM;
            WindRadii { kt, ne_km: km, se_km: km * 0.9, sw_km: km * 0.7, nw_km: km * 0.8 }
        };
        fix.radii = vec![radii(34, 140.0), radii(50, 70.0), radii(64, 40.0)];
        Some(fix)
    });
    Track {
        agency: "bench".to_owned(),
        technique: "OFCL".to_owned(),
        standing: Technique::Official,
        averaging: Averaging::OneMinute,
        fixes: fixes.collect(),
    }
}

/// The mean errors of the NW Pacific, 2014-18 (`rules/errors/track.toml`).
fn errors() -> TrackErrorRow {
    let nmi = [
        (0.0, 24.0),
        (12.0, 34.0),
        (24.0, 46.0),
        (36.0, 61.0),
        (48.0, 78.0),
        (72.0, 117.0),
        (96.0, 165.0),
        (120.0, 223.0),
    ];
    TrackErrorRow {
        agency: "any".to_owned(),
        basin: "wp".to_owned(),
        from_year: 2014,
        to_year: 2018,
        mean_error_km: nmi.map(|(tau, nmi)| (tau, nmi * NMI_KM)).to_vec(),
        mean_wind_error_kt: Vec::new(),
    }
}

/// Sites strewn over the region evenly, the same each time.
fn sites(count: usize) -> Vec<Position> {
    // Steps of the golden ratio and of the square root of two fill a square evenly (Weyl).
    let at = |i: usize| {
        let (u, v) = ((i as f64 * 0.618_033_988_749_895).fract(), (i as f64 * 0.414_213_562_373_095).fract());
        Position::lat_lon(15.0 + 25.0 * u, 110.0 + 30.0 * v).ok()
    };
    (0..count).filter_map(at).collect()
}
