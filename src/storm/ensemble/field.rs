//! The chances of each wind on a grid round the track: evaluated once a forecast, then sampled anywhere at little cost.
//!
//! Two grids: a fine one round where the storm can be within the first day, where the chances fall off within
//! tens of kilometres, and a coarse one round all of it. Cells are counted by whole members, and whole numbers add up to
//! the same in any order: any number of threads gives the same field.

use super::members::{Member, Step};
use super::official::{BEARINGS, Hour};
use super::{DEGREE_KM, LEVELS_KT, SECTORS};

/// The cells of the fine and the coarse grid, degrees; larger when the storm may go so far that there were too many.
const CELLS_DEG: [f64; 2] = [0.125, 0.25];
const CELLS_MAX: f64 = 40_000.0;
/// How long the fine grid's stretch of the forecast is. Nothing blows outside of the fine grid within it, and within the fine
/// grid the coarse one is not asked.
const FINE_HOURS: usize = 24;
/// An outline that has moved and grown by less than this part of a cell since it was last drawn is not drawn again, but for
/// one in so many hours.
const STILL: f32 = 0.35;
const STILL_HOURS: usize = 3;
/// The winds of which the onset is kept: 34, 50 and 64 kt.
pub(super) const TIMED: usize = 3;

/// Rows from the south, columns from the west; a cell's chances are those of its middle.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    pub(super) south: f64,
    pub(super) west: f64,
    pub(super) cell: f64,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// How many members bring each wind to each cell, by hour.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub(super) grid: Grid,
    pub(super) hours: usize,
    /// For 34, 50 and 64 kt, each hour, each cell: the members whose wind comes in the hour before.
    pub(super) onset: Vec<u16>,
    /// The first hour that is counted.
    pub(super) first: usize,
    /// For the stronger levels, each cell: the members that bring it at all.
    pub(super) strong: Vec<u16>,
}

/// The grids of some members, each with the first hour that it counts: the fine one first.
pub(super) fn grids(members: &[Member], groups: &[Vec<Hour>]) -> Vec<(usize, Grid)> {
    let long = members.iter().map(|member| member.steps.len()).max().unwrap_or_default();
    let around = |hours: usize, cell: f64| Grid::around(members, groups, hours, cell);
    let [fine, coarse] = CELLS_DEG;
    let mut grids: Vec<(usize, Grid)> = around(FINE_HOURS + 1, fine).map(|grid| (0, grid)).into_iter().collect();
    if long > FINE_HOURS + 1 {
        let first = if grids.is_empty() { 0 } else { FINE_HOURS };
        grids.extend(around(usize::MAX, coarse).map(|grid| (first, grid)));
    }
    grids
}

impl Grid {
    fn around(members: &[Member], groups: &[Vec<Hour>], hours: usize, cell: f64) -> Option<Self> {
        let (mut south, mut north, mut west, mut east) = (f64::MAX, f64::MIN, f64::MAX, f64::MIN);
        for member in members {
            let shapes = groups.get(member.group).into_iter().flatten();
            for (step, hour) in member.steps.iter().zip(shapes).take(hours) {
                let Some(gale) = step.reach_km.first().filter(|km| **km > 0.0) else { continue };
                let far = f64::from(gale * hour.furthest) / DEGREE_KM;
                let (lat, lon) = (f64::from(step.lat), f64::from(step.lon));
                let wide = far / lat.to_radians().cos().max(0.1);
                (south, north) = (south.min(lat - far), north.max(lat + far));
                (west, east) = (west.min(lon - wide), east.max(lon + wide));
            }
        }
        if !(south < north && west < east) {
            return None;
        }
        // Chances fall to nothing within the margin.
        let (south, north) = ((south - cell).max(-89.0), (north + cell).min(89.0));
        let (west, east) = (west - cell, (east + cell).min(west + 350.0));
        let cell = cell.max(((north - south) * (east - west) / CELLS_MAX).sqrt());
        let count = |degrees: f64| (degrees / cell).ceil().clamp(1.0, CELLS_MAX) as usize + 1;
        Some(Self { south, west, cell, rows: count(north - south), columns: count(east - west) })
    }

    /// How many words of bits a row takes.
    fn words(&self) -> usize {
        self.columns.div_ceil(64)
    }

    pub(super) fn cells(&self) -> usize {
        self.rows * self.columns
    }
}

impl Counts {
    pub(super) fn none(grid: &Grid, first: usize, hours: usize) -> Self {
        let cells = grid.cells();
        Self {
            grid: grid.clone(),
            hours,
            first,
            onset: vec![0; TIMED * hours * cells],
            strong: vec![0; (LEVELS_KT.len() - TIMED) * cells],
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let pairs = self.onset.iter_mut().zip(&other.onset).chain(self.strong.iter_mut().zip(&other.strong));
        for (count, more) in pairs {
            *count += more;
        }
    }

    /// Counts some members.
    pub(super) fn count(&mut self, members: &[Member], groups: &[Vec<Hour>]) {
        let cells = self.grid.cells();
        let mut brush = Brush::new(&self.grid);
        // A bit a cell: a member is counted in a cell once.
        let words = self.grid.rows * self.grid.words();
        let mut seen = vec![0_u64; LEVELS_KT.len() * words];
        for member in members {
            seen.fill(0);
            let hours = groups.get(member.group).map(Vec::as_slice).unwrap_or_default();
            let mut drawn = [None; LEVELS_KT.len()];
            for (at, (step, hour)) in member.steps.iter().zip(hours).enumerate().take(self.hours).skip(self.first) {
                let levels = seen.chunks_exact_mut(words).zip(&hour.shape).zip(&mut drawn);
                for (level, ((seen, shape), drawn)) in levels.enumerate() {
                    let reach = step.reach_km.get(level).copied().unwrap_or_default();
                    if reach <= 0.0 {
                        *drawn = None;
                        continue;
                    }
                    let before = drawn.map(|(_, before)| before);
                    if drawn
                        .is_some_and(|(hour, before)| at < hour + STILL_HOURS && brush.is_still(&before, step, level))
                    {
                        continue;
                    }
                    *drawn = Some((at, *step));
                    let from = if level < TIMED { (level * self.hours + at) * cells } else { (level - TIMED) * cells };
                    let counts = if level < TIMED { &mut self.onset } else { &mut self.strong };
                    let count = counts.get_mut(from..from + cells).unwrap_or_default();
                    brush.sweep(before.as_ref(), step, level, shape, |row, from, to| {
                        paint(&self.grid, (row, from, to), seen, count);
                    });
                }
            }
        }
    }
}

/// Counts a member once in each cell of a row's stretch.
fn paint(grid: &Grid, (row, from, to): (usize, usize, usize), seen: &mut [u64], count: &mut [u16]) {
    let (words, first) = (grid.words(), from / 64);
    let seen = seen.get_mut(row * words + first..row * words + to.div_ceil(64)).unwrap_or_default();
    let count = count.get_mut(row * grid.columns..(row + 1) * grid.columns).unwrap_or_default();
    for (word, seen) in (first..).zip(seen) {
        let from = u64::MAX << from.saturating_sub(word * 64).min(63);
        let to = u64::MAX >> 64_usize.saturating_sub(to - word * 64).min(63);
        let mut new = from & to & !*seen;
        *seen |= new;
        while new != 0 {
            if let Some(count) = count.get_mut(word * 64 + new.trailing_zeros() as usize) {
                *count += 1;
            }
            new &= new - 1;
        }
    }
}

/// Fills the outline of a wind, row by row.
struct Brush<'a> {
    grid: &'a Grid,
    /// For each row the westernmost and the easternmost crossing, in columns.
    edges: Vec<(f32, f32)>,
}

impl<'a> Brush<'a> {
    fn new(grid: &'a Grid) -> Self {
        Self { grid, edges: vec![(f32::MAX, f32::MIN); grid.rows] }
    }

    /// True when an outline has hardly changed.
    fn is_still(&self, before: &Step, now: &Step, level: usize) -> bool {
        let reach = |step: &Step| step.reach_km.get(level).copied().unwrap_or_default();
        let grown = (reach(now) - reach(before)).abs();
        way_km(before, now).max(grown) < STILL * self.grid.cell as f32 * DEGREE_KM as f32
    }

    /// The outline at a step, and on the way there from the step before, so that no cell between is leapt over.
    fn sweep(
        &mut self,
        before: Option<&Step>,
        now: &Step,
        level: usize,
        shape: &[f32; BEARINGS],
        mut fill: impl FnMut(usize, usize, usize),
    ) {
        let reach = |step: &Step| step.reach_km.get(level).copied().unwrap_or_default();
        let (mut steps, mut from) = (1_u16, *now);
        if let Some(before) = before {
            let least = (reach(now).min(reach(before)) * 0.5).max(self.grid.cell as f32 * DEGREE_KM as f32 * 0.7);
            steps = (way_km(before, now) / least).ceil().clamp(1.0, 12.0) as u16;
            from = *before;
        }
        let calm_km = now.calm_km(LEVELS_KT.get(level).copied().unwrap_or_default());
        for step in 1..=steps {
            let share = f32::from(step) / f32::from(steps);
            let mix = |a: f32, b: f32| a + (b - a) * share;
            let middle = (mix(from.lat, now.lat), mix(from.lon, now.lon));
            self.outline(middle, (mix(reach(&from), reach(now)), calm_km), shape, &mut fill);
        }
    }

    fn outline(
        &mut self,
        (lat, lon): (f32, f32),
        (reach_km, calm_km): (f32, f32),
        shape: &[f32; BEARINGS],
        fill: &mut impl FnMut(usize, usize, usize),
    ) {
        let cell = self.grid.cell as f32;
        let north = reach_km / DEGREE_KM as f32 / cell;
        let east = north / lat.to_radians().cos().max(0.1);
        let (x, y) = ((lon - self.grid.west as f32) / cell, (lat - self.grid.south as f32) / cell);
        let calm = calm_km / reach_km;
        let point = |(ratio, (sin, cos)): (&f32, &(f32, f32))| {
            let ratio = if *ratio < calm { 0.0 } else { *ratio };
            (x + east * ratio * sin, y + north * ratio * cos)
        };
        let mut corners = shape.iter().zip(SECTORS.iter()).map(point);
        let Some(first) = corners.next() else { return };
        let (mut low, mut high, mut last) = (first.1, first.1, first);
        for corner in corners.chain([first]) {
            self.edge(last, corner);
            (low, high, last) = (low.min(corner.1), high.max(corner.1), corner);
        }
        let rows = self.grid.rows;
        let (from, to) = (ceiling(low), beyond(high).min(rows));
        for (row, edge) in self.edges.get_mut(from..to).unwrap_or_default().iter_mut().enumerate() {
            let (west, east) = std::mem::replace(edge, (f32::MAX, f32::MIN));
            let (west, east) = (ceiling(west), beyond(east).min(self.grid.columns));
            if west < east {
                fill(from + row, west, east);
            }
        }
    }

    /// Where a side of the outline crosses the middles of rows.
    fn edge(&mut self, a: (f32, f32), b: (f32, f32)) {
        let (a, b) = if a.1 <= b.1 { (a, b) } else { (b, a) };
        let (from, to) = (ceiling(a.1), beyond(b.1).min(self.grid.rows));
        if from >= to {
            return;
        }
        let slope = (b.0 - a.0) / (b.1 - a.1).max(f32::MIN_POSITIVE);
        let mut column = a.0 + (from as f32 - a.1) * slope;
        for edge in self.edges.get_mut(from..to).unwrap_or_default() {
            *edge = (edge.0.min(column), edge.1.max(column));
            column += slope;
        }
    }
}

/// How far the middle has moved.
fn way_km(before: &Step, now: &Step) -> f32 {
    let (north, east) = (now.lat - before.lat, (now.lon - before.lon) * now.lat.to_radians().cos());
    north.hypot(east) * DEGREE_KM as f32
}

/// The least whole number not below a value, from 0 on. A cast is faster than the library's call.
fn ceiling(value: f32) -> usize {
    let whole = value.max(0.0) as usize;
    whole + usize::from((whole as f32) < value)
}

/// One more than the greatest whole number not above a value; 0 for what is below 0.
fn beyond(value: f32) -> usize {
    if value < 0.0 { 0 } else { value as usize + 1 }
}
