//! Places sorted into rows of latitude, and within a row by longitude: which of a million does a footprint cover?
//!
//! A polygon is looked at row by row. Where none of its edges passes, a whole stretch of places is inside or outside by the
//! test of one; the places beside an edge are tested one by one. So the cost grows with what is found and with the
//! polygon's corners, not with how many places there are. A place takes 21 bytes, its id among them.

use std::ops::Range;

use geo::Coord;

use super::circle::PreparedCircle;
use super::distance::shortest_lon;
use super::footprint::TURNS;
use super::parallel::in_parallel;
use super::polygon::{PreparedPolygon, RowCut};
use super::prepared::PreparedFootprint;
use super::ring::{ROWS, band, row_of};
use crate::domain::{Km, Position};

/// So few places are tested one by one; sorting the edges of their row would cost more.
const FEW: usize = 6;
/// Places to a page of a row: two cache lines of longitudes.
const PAGE: usize = 16;
/// A degree of latitude on the sphere that [`super::plane_km`] stands on, in kilometres.
const DEGREE_KM: f64 = 111.195_080;

/// Places by where they are, each with a number of the caller's choice.
///
/// Places come and go and move one by one; none of that builds anything anew.
#[derive(Debug, Clone)]
pub struct PlaceIndex {
    rows: Vec<Row>,
}

/// The places of one row, from west to east.
#[derive(Debug, Clone, Default)]
struct Row {
    /// The longitude of each [`PAGE`]th place, so that looking for one touches little memory.
    pages: Vec<f64>,
    lons: Vec<f64>,
    lats: Vec<f64>,
    ids: Vec<u32>,
}

impl Default for PlaceIndex {
    fn default() -> Self {
        Self { rows: vec![Row::default(); ROWS] }
    }
}

impl PlaceIndex {
    /// An index of places that are numbered in their order, from 0, built on up to `threads` threads.
    #[must_use]
    pub fn new(places: &[Position], threads: usize) -> Self {
        let mut counts = vec![0_usize; ROWS];
        for place in places {
            if let Some(count) = counts.get_mut(row_of(place.lat())) {
                *count += 1;
            }
        }
        let shares = shares(&counts, places.len(), threads);
        let rows = in_parallel(&shares, threads, |share| {
            let mut rows: Vec<Vec<(f64, f64, u32)>> =
                counts.get(share.clone()).unwrap_or_default().iter().map(|count| Vec::with_capacity(*count)).collect();
            for (place, id) in places.iter().zip(0..) {
                let row = row_of(place.lat()).checked_sub(share.start).and_then(|at| rows.get_mut(at));
                if let Some(row) = row {
                    row.push((place.lon(), place.lat(), id));
                }
            }
            rows.into_iter().map(Row::sorted).collect::<Vec<Row>>()
        });
        Self { rows: rows.into_iter().flatten().collect() }
    }

    /// How many places there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.iter().map(|row| row.ids.len()).sum()
    }

    /// The bytes of memory that the index takes, beside allocators' own.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let numbers = |row: &Row| row.pages.capacity() + row.lons.capacity() + row.lats.capacity();
        let of_row = |row: &Row| numbers(row) * size_of::<f64>() + row.ids.capacity() * size_of::<u32>();
        self.rows.capacity() * size_of::<Row>() + self.rows.iter().map(of_row).sum::<usize>()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| row.ids.is_empty())
    }

    /// Takes a place in.
    pub fn insert(&mut self, id: u32, place: Position) {
        if let Some(row) = self.rows.get_mut(row_of(place.lat())) {
            let at = row.count_before(|lon| lon < place.lon());
            row.lons.insert(at, place.lon());
            row.lats.insert(at, place.lat());
            row.ids.insert(at, id);
            row.turn_pages(at);
        }
    }

    /// Takes a place out, which must be given where it was taken in; false when it is not there.
    pub fn remove(&mut self, id: u32, place: Position) -> bool {
        let Some(row) = self.rows.get_mut(row_of(place.lat())) else { return false };
        let same_lon = row.range(place.lon(), place.lon(), 0.0);
        let Some(at) = same_lon.into_iter().find(|at| row.ids.get(*at) == Some(&id)) else { return false };
        row.lons.remove(at);
        row.lats.remove(at);
        row.ids.remove(at);
        row.turn_pages(at);
        true
    }

    /// Moves a place; false, and nothing is done, when it is not where it is said to be.
    pub fn relocate(&mut self, id: u32, from: Position, to: Position) -> bool {
        let is_known = self.remove(id, from);
        if is_known {
            self.insert(id, to);
        }
        is_known
    }

    /// The places that the footprint covers, as [`super::covers`] says of each: each once, in the index's own order, which
    /// is the same for the same places and footprint.
    #[must_use]
    pub fn covered_by(&self, area: &PreparedFootprint) -> Vec<u32> {
        let mut found = Found::default();
        for polygon in &area.polygons {
            for turn in TURNS {
                self.in_polygon(polygon, turn, &mut found);
            }
        }
        for circle in &area.circles {
            self.in_circle(circle, &mut found);
        }
        found.once_each()
    }

    /// The places that may lie within `reach` of one of some positions by [`super::plane_km`], as those of a storm on its
    /// way. None that does is left out; a few that do not may be among them. In order of their numbers.
    #[must_use]
    pub fn near(&self, way: &[Position], reach: Km) -> Vec<u32> {
        let mut ids = Vec::new();
        let mut stretches = Vec::new();
        let mut way = way.to_vec();
        way.sort_unstable_by(|a, b| a.lat().total_cmp(&b.lat()));
        let reach_deg = reach_deg(reach);
        for (row, places) in self.rows.iter().enumerate().filter(|(_, places)| !places.ids.is_empty()) {
            let (south, north) = band(row, 1);
            let first = way.partition_point(|from| from.lat() < south - reach_deg);
            let near = way.iter().skip(first).take_while(|from| from.lat() <= north + reach_deg);
            stretches.clear();
            stretches.extend(near.flat_map(|from| within(*from, reach_deg, (south, north))).flatten());
            stretches.sort_unstable_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
            let mut done = f64::NEG_INFINITY;
            for (west, east) in &stretches {
                // What an earlier stretch has brought is not brought again.
                let from = places.count_before(|lon| lon < *west || lon <= done);
                let to = places.count_before(|lon| lon <= *east);
                ids.extend_from_slice(places.ids.get(from..to).unwrap_or_default());
                done = done.max(*east);
            }
        }
        ids.sort_unstable();
        ids
    }

    fn in_polygon(&self, polygon: &PreparedPolygon, turn: f64, found: &mut Found) {
        let bounds = *polygon.bounds();
        if bounds.west > 180.0 + turn || bounds.east < turn - 180.0 {
            return;
        }
        let before = found.ids.len();
        let (first, last) = (row_of(bounds.south), row_of(bounds.north));
        for (number, row) in (first..=last).zip(self.rows.get(first..=last).unwrap_or_default()) {
            let within = row.range(bounds.west, bounds.east, turn);
            if within.len() <= FEW {
                row.test_each(within, polygon, turn, &mut found.ids);
            } else {
                polygon.cut_row(number, &mut found.cut);
                row.in_stretches(polygon, turn, &found.cut, &mut found.ids);
            }
        }
        found.parts += usize::from(found.ids.len() > before);
    }

    fn in_circle(&self, circle: &PreparedCircle, found: &mut Found) {
        let before = found.ids.len();
        let bounds = circle.bounds;
        let (first, last) = (row_of(bounds.south), row_of(bounds.north));
        let turns = if circle.has_all_longitudes { &[0.0][..] } else { &TURNS };
        for row in self.rows.get(first..=last).unwrap_or_default() {
            for turn in turns {
                let all = 0..row.ids.len();
                let range = if circle.has_all_longitudes { all } else { row.range(bounds.west, bounds.east, *turn) };
                let covered = row
                    .places(range)
                    .filter(|(lon, lat, _)| Position::lat_lon(*lat, *lon).is_ok_and(|place| circle.covers(place)));
                found.ids.extend(covered.map(|(_, _, id)| id));
            }
        }
        found.parts += usize::from(found.ids.len() > before);
    }
}

impl Row {
    fn sorted(mut places: Vec<(f64, f64, u32)>) -> Self {
        places.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        Self {
            pages: places.iter().step_by(PAGE).map(|(lon, _, _)| *lon).collect(),
            lons: places.iter().map(|(lon, _, _)| *lon).collect(),
            lats: places.iter().map(|(_, lat, _)| *lat).collect(),
            ids: places.iter().map(|(_, _, id)| *id).collect(),
        }
    }

    /// The places whose longitudes, turned, lie within both ends.
    fn range(&self, west: f64, east: f64, turn: f64) -> Range<usize> {
        let from = self.count_before(|lon| lon + turn < west);
        from..self.count_before(|lon| lon + turn <= east).max(from)
    }

    /// How many places come first, those of a row being before a line or not.
    fn count_before(&self, is_before: impl Fn(f64) -> bool) -> usize {
        let page = self.pages.partition_point(|lon| is_before(*lon)).saturating_sub(1) * PAGE;
        let rest = self.lons.get(page..self.lons.len().min(page + PAGE)).unwrap_or_default();
        page + rest.partition_point(|lon| is_before(*lon))
    }

    /// Brings the pages up to date after a change at a place.
    fn turn_pages(&mut self, at: usize) {
        let page = at / PAGE;
        self.pages.truncate(page);
        self.pages.extend(self.lons.get(page * PAGE..).unwrap_or_default().iter().step_by(PAGE));
    }

    fn places(&self, range: Range<usize>) -> impl Iterator<Item = (f64, f64, u32)> {
        let (lons, lats) = (self.lons.get(range.clone()), self.lats.get(range.clone()));
        let ids = self.ids.get(range).unwrap_or_default();
        let places = lons.unwrap_or_default().iter().zip(lats.unwrap_or_default()).zip(ids);
        places.map(|((lon, lat), id)| (*lon, *lat, *id))
    }

    fn test_each(&self, range: Range<usize>, polygon: &PreparedPolygon, turn: f64, ids: &mut Vec<u32>) {
        let inside = self.places(range).filter(|(lon, lat, _)| polygon.covers(Coord { x: lon + turn, y: *lat }));
        ids.extend(inside.map(|(_, _, id)| id));
    }

    /// Those that the polygon covers, the row being cut where its edges pass: all between two stretches or none.
    fn in_stretches(&self, polygon: &PreparedPolygon, turn: f64, cut: &RowCut, ids: &mut Vec<u32>) {
        let (mut at, mut is_inside) = (0, false);
        for stretch in &cut.stretches {
            let within = self.range(stretch.west, stretch.east, turn);
            if is_inside {
                ids.extend_from_slice(self.ids.get(at..within.start).unwrap_or_default());
            }
            (at, is_inside) = (within.end, stretch.is_inside_east);
            let beside = self
                .places(within)
                .filter(|(lon, lat, _)| polygon.covers_in(stretch, cut, Coord { x: lon + turn, y: *lat }));
            ids.extend(beside.map(|(_, _, id)| id));
        }
    }
}

/// What has been found on the way, and room to work in.
#[derive(Default)]
struct Found {
    ids: Vec<u32>,
    /// How many polygons, turns and circles have brought some.
    parts: usize,
    cut: RowCut,
}

impl Found {
    fn once_each(mut self) -> Vec<u32> {
        if self.parts > 1 {
            self.ids.sort_unstable();
            self.ids.dedup();
        }
        self.ids
    }
}

/// Rows in as many shares as threads, each with about as many places.
fn shares(counts: &[usize], places: usize, threads: usize) -> Vec<Range<usize>> {
    let threads = threads.max(1);
    let mut shares = Vec::with_capacity(threads);
    let (mut start, mut sum) = (0, 0);
    for (row, count) in counts.iter().enumerate() {
        sum += count;
        if sum * threads >= places * (shares.len() + 1) && shares.len() + 1 < threads {
            shares.push(start..row + 1);
            start = row + 1;
        }
    }
    shares.push(start..counts.len());
    shares
}

/// A reach in degrees of latitude, generously.
fn reach_deg(reach: Km) -> f64 {
    reach.0 / DEGREE_KM + 1e-6
}

/// The longitudes within a reach of a place in a band of latitudes, generously: one stretch, or two at the ±180 line.
fn within(from: Position, reach_deg: f64, (south, north): (f64, f64)) -> [Option<(f64, f64)>; 2] {
    let apart = (south - from.lat()).max(from.lat() - north).max(0.0);
    if apart > reach_deg {
        return [None, None];
    }
    let mean = f64::midpoint(from.lat(), south).abs().max(f64::midpoint(from.lat(), north).abs());
    let half = (reach_deg * reach_deg - apart * apart).sqrt() / mean.to_radians().cos().max(1e-9) + 1e-6;
    if half >= 180.0 {
        return [Some((-180.0, 180.0)), None];
    }
    let (west, east) = (shortest_lon(from.lon() - half), shortest_lon(from.lon() + half));
    if west <= east { [Some((west, east)), None] } else { [Some((-180.0, east)), Some((west, 180.0))] }
}
