//! `seawall bench match`: which sites and lanes of a workload lie in which hazards, and how long that takes.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::portfolio::memory_mb;
use super::{Options, print};
use crate::cli::{Outcome, say};
use crate::domain::{Footprint, Position, Ring};
use crate::geo::{CourseIndex, PlaceIndex, PreparedFootprint, in_parallel, threads};

/// Rounds of all hazards that are timed; the median is told.
const ROUNDS: usize = 9;
/// Rounds of each hazard alone; each counts.
const ROUNDS_OF_ONE: usize = 5;

/// One measurement.
#[derive(Debug, Serialize)]
struct Row {
    set: String,
    /// Pairs of a hazard and what lies in it.
    count: usize,
    /// Of the pairs, as two little-endian `u32` each, in order.
    sha256: String,
    /// From positions in memory to an index.
    build_ms: f64,
    /// All hazards on all threads, from footprints in memory to the pairs.
    query_ms: f64,
    /// One hazard on one thread, making its footprint ready included: the median, and one in a hundred is slower.
    one_p50_ms: f64,
    one_p99_ms: f64,
    threads: usize,
    /// What the program then held of memory; nothing where the system does not say.
    rss_mb: Option<f64>,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Outcome> {
    let Some(dir) = options.workload.as_deref() else {
        say("error: `bench match` needs a workload\nhint: --workload names a folder with hazards.geojson and files \
             sites_N.csv (id,lat,lon) or lanes.geojson; docs/performance.md says more");
        return Ok(Outcome::Unusable);
    };
    let hazards: Vec<Footprint> = read_features(&dir.join("hazards.geojson"))?
        .into_iter()
        .map(Geometry::into_footprint)
        .collect::<Result<_, _>>()?;
    let sets = site_files(dir)?;
    let lanes = dir.join("lanes.geojson");
    if sets.is_empty() && !lanes.exists() {
        say(&format!(
            "error: {} has neither sites_N.csv nor lanes.geojson\nhint: make the workload again",
            dir.display()
        ));
        return Ok(Outcome::Unusable);
    }
    let mut rows = Vec::new();
    for (name, path) in sets {
        let places = read_sites(&path)?;
        let build = || PlaceIndex::new(&places, threads());
        rows.push(measure(name, &hazards, build, PlaceIndex::covered_by));
    }
    if lanes.exists() {
        let courses: Vec<Vec<Position>> =
            read_features(&lanes)?.into_iter().map(Geometry::into_course).collect::<Result<_, _>>()?;
        let name = format!("lanes_{}", courses.len());
        let build = || CourseIndex::new(&courses, threads());
        rows.push(measure(name, &hazards, build, CourseIndex::touched_by));
    }
    let columns = ["set", "count", "build_ms", "query_ms", "one_p50_ms", "one_p99_ms", "threads", "rss_mb"];
    print(&rows, &columns, options.format)?;
    Ok(Outcome::Done)
}

fn measure<I: Sync>(
    set: String,
    hazards: &[Footprint],
    build: impl Fn() -> I,
    find: impl Fn(&I, &PreparedFootprint) -> Vec<u32> + Sync,
) -> Row {
    let mut build_ms = Vec::new();
    let mut built = || {
        let (index, ms) = timed(&build);
        build_ms.push(ms);
        index
    };
    drop((built(), built()));
    let index = built();
    let ask = |hazard: &Footprint| find(&index, &PreparedFootprint::new(hazard));
    let all: Vec<(Vec<Vec<u32>>, f64)> = (0..ROUNDS).map(|_| timed(|| in_parallel(hazards, threads(), ask))).collect();
    let mut one_ms: Vec<f64> = Vec::new();
    for hazard in (0..ROUNDS_OF_ONE).flat_map(|_| hazards) {
        let (ids, ms) = timed(|| ask(hazard));
        black_box(ids);
        one_ms.push(ms);
    }
    let mut query_ms: Vec<f64> = all.iter().map(|(_, ms)| *ms).collect();
    let pairs = all.into_iter().next().map(|(pairs, _)| pairs).unwrap_or_default();
    Row {
        set,
        count: pairs.iter().map(Vec::len).sum(),
        sha256: hash(pairs),
        build_ms: share(&mut build_ms, 0.5),
        query_ms: share(&mut query_ms, 0.5),
        one_p50_ms: share(&mut one_ms, 0.5),
        one_p99_ms: share(&mut one_ms, 0.99),
        threads: threads(),
        rss_mb: memory_mb("VmRSS:"),
    }
}

pub(super) fn timed<T>(task: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let done = task();
    (done, started.elapsed().as_secs_f64() * 1e3)
}

/// The value that this share of the values does not exceed, to a microsecond.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
pub(super) fn share(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len().saturating_sub(1) as f64 * share).round() as usize;
    (values.get(at).copied().unwrap_or_default() * 1e3).round() / 1e3
}

fn hash(pairs: Vec<Vec<u32>>) -> String {
    use std::fmt::Write as _;
    let mut hash = Sha256::new();
    for (mut ids, hazard) in pairs.into_iter().zip(0_u32..) {
        ids.sort_unstable();
        for id in ids {
            hash.update(hazard.to_le_bytes());
            hash.update(id.to_le_bytes());
        }
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
    }
    text
}

/// The files `sites_N.csv`, the smallest first.
pub(super) fn site_files(dir: &Path) -> anyhow::Result<Vec<(String, std::path::PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("{} cannot be read", dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".csv").map(str::to_owned));
        let Some(name) = name else { continue };
        if let Some(count) = name.strip_prefix("sites_").and_then(|count| count.parse::<u64>().ok()) {
            files.push((count, name, path));
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, name, path)| (name, path)).collect())
}

/// The sites of a file, numbered in its order.
pub(super) fn read_sites(path: &Path) -> anyhow::Result<Vec<Position>> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let site = |line: &str| {
        let mut cells = line.split(',').skip(1).map(|cell| cell.trim().parse::<f64>().ok());
        Position::lat_lon(cells.next()??, cells.next()??).ok()
    };
    let lines = text.lines().zip(1_u32..).skip(1);
    lines
        .map(|(line, number)| site(line).with_context(|| format!("{}:{number}: not id,lat,lon", path.display())))
        .collect()
}

fn read_features(path: &Path) -> anyhow::Result<Vec<Geometry>> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let whole: Collection = serde_json::from_slice(&bytes).with_context(|| format!("{}", path.display()))?;
    Ok(whole.features.into_iter().map(|feature| feature.geometry).collect())
}

#[derive(Debug, Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Debug, Deserialize)]
struct Feature {
    geometry: Geometry,
}

type Line = Vec<[f64; 2]>;

#[derive(Debug, Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Line>),
    MultiPolygon(Vec<Vec<Line>>),
    LineString(Line),
    /// A course that is cut at the ±180 line.
    MultiLineString(Vec<Line>),
}

impl Geometry {
    fn into_footprint(self) -> anyhow::Result<Footprint> {
        let polygons = match self {
            Self::Polygon(polygon) => vec![polygon],
            Self::MultiPolygon(polygons) => polygons,
            Self::LineString(_) | Self::MultiLineString(_) => anyhow::bail!("a hazard is drawn as a line"),
        };
        let rings =
            |polygon: Vec<Line>| polygon.iter().map(|ring| positions(ring)).collect::<anyhow::Result<Vec<Ring>>>();
        Ok(Footprint { polygons: polygons.into_iter().map(rings).collect::<anyhow::Result<_>>()?, circles: Vec::new() })
    }

    fn into_course(self) -> anyhow::Result<Vec<Position>> {
        match self {
            Self::LineString(line) => positions(&line),
            Self::MultiLineString(lines) => positions(&lines.concat()),
            Self::Polygon(_) | Self::MultiPolygon(_) => anyhow::bail!("a lane is drawn as an area"),
        }
    }
}

fn positions(line: &[[f64; 2]]) -> anyhow::Result<Vec<Position>> {
    line.iter().map(|[lon, lat]| Ok(Position::lat_lon(*lat, *lon)?)).collect()
}
