//! What the counts of a grid come to, cell by cell, and between cells.

use super::field::{Counts, Grid, TIMED};
use super::{LEVELS_KT, PERCENTILES};

const STRONG: usize = LEVELS_KT.len() - TIMED;

/// What a cell says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cell {
    /// The chance of each level within the whole forecast.
    pub(super) chance: [f32; LEVELS_KT.len()],
    /// Hours to the arrival of 34, 50 and 64 kt at 10, 50 and 90 % of the members that bring it; 0 where none does.
    pub(super) arrival_h: [[f32; PERCENTILES.len()]; TIMED],
}

/// A grid with what its cells say.
#[derive(Debug)]
pub(super) struct Summary {
    grid: Grid,
    cells: Vec<Cell>,
}

impl Summary {
    pub(super) fn new(counts: &Counts, members: usize) -> Self {
        let cells = counts.grid.cells();
        let mut summary = vec![Cell::default(); cells];
        for level in 0..TIMED {
            let from = level * counts.hours * cells;
            let hours = counts.onset.get(from..from + counts.hours * cells).unwrap_or_default();
            arrivals(level, hours, members, &mut summary);
        }
        for (level, counts) in counts.strong.chunks_exact(cells.max(1)).enumerate().take(STRONG) {
            for (cell, count) in summary.iter_mut().zip(counts) {
                if let Some(chance) = cell.chance.get_mut(TIMED + level) {
                    *chance = f32::from(*count) / members as f32;
                }
            }
        }
        Self { grid: counts.grid.clone(), cells: summary }
    }

    /// Between the four cells round a place: chances in proportion to nearness, arrivals also to the chance that they are
    /// of. `None` outside.
    pub(super) fn at(&self, lat: f64, lon: f64) -> Option<Cell> {
        let corners = self.grid.corners(lat, lon)?;
        let mut mixed = Cell::default();
        let mut weights = [0.0_f32; TIMED];
        for (index, weight) in corners {
            let cell = self.cells.get(index)?;
            for (mixed, chance) in mixed.chance.iter_mut().zip(&cell.chance) {
                *mixed += chance * weight;
            }
            let timed = cell.arrival_h.iter().zip(&cell.chance).zip(mixed.arrival_h.iter_mut().zip(&mut weights));
            for ((from, chance), (to, sum)) in timed {
                let weight = chance * weight;
                *sum += weight;
                for (to, from) in to.iter_mut().zip(from) {
                    *to += from * weight;
                }
            }
        }
        for (arrivals, weight) in mixed.arrival_h.iter_mut().zip(weights) {
            if weight > 0.0 {
                for hour in arrivals {
                    *hour /= weight;
                }
            }
        }
        Some(mixed)
    }
}

impl Grid {
    /// The four cells round a place and their weights; `None` outside of the grid.
    pub(super) fn corners(&self, lat: f64, lon: f64) -> Option<[(usize, f32); 4]> {
        let (x, y) = ((lon - self.west) / self.cell, (lat - self.south) / self.cell);
        let is_inside = x >= 0.0 && y >= 0.0 && x < (self.columns - 1) as f64 && y < (self.rows - 1) as f64;
        if !is_inside {
            return None;
        }
        let (column, row) = (x as usize, y as usize);
        let (east, north) = ((x - column as f64) as f32, (y - row as f64) as f32);
        let at = row * self.columns + column;
        Some([
            (at, (1.0 - east) * (1.0 - north)),
            (at + 1, east * (1.0 - north)),
            (at + self.columns, (1.0 - east) * north),
            (at + self.columns + 1, east * north),
        ])
    }
}

/// The chance of one level, and when it comes. An onset counted at an hour lies anywhere within the hour before, one
/// counted at the first is there already.
fn arrivals(level: usize, hours: &[u16], members: usize, summary: &mut [Cell]) {
    let cells = summary.len().max(1);
    let mut totals = vec![0_u16; cells];
    for hour in hours.chunks_exact(cells) {
        totals.iter_mut().zip(hour).for_each(|(total, count)| *total += count);
    }
    let mut sums = vec![0_u16; cells];
    for (at, hour) in hours.chunks_exact(cells).enumerate() {
        let cells = summary.iter_mut().zip(&totals).zip(sums.iter_mut().zip(hour));
        for ((cell, total), (sum, count)) in cells.filter(|(_, (_, count))| **count > 0) {
            let before = *sum;
            *sum += count;
            let Some(arrivals) = cell.arrival_h.get_mut(level) else { continue };
            for (arrival, share) in arrivals.iter_mut().zip(PERCENTILES) {
                let wanted = share * f32::from(*total);
                if f32::from(before) < wanted && f32::from(*sum) >= wanted && at > 0 {
                    *arrival = (at - 1) as f32 + (wanted - f32::from(before)) / f32::from(*count);
                }
            }
        }
    }
    for (cell, total) in summary.iter_mut().zip(totals) {
        if let Some(chance) = cell.chance.get_mut(level) {
            *chance = f32::from(total) / members as f32;
        }
    }
}
