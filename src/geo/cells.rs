//! The earth in cells of two degrees, and in each the numbers of the courses that pass it.

use geo::Coord;

use super::ring::{Bounds, Segment};

/// The side of a cell in degrees.
const CELL_DEG: f64 = 2.0;
const COLUMNS: i64 = 180;
const ROWS: i64 = 90;
/// What rounding may do to a place on the border of a cell, in degrees, generously.
const PAD_DEG: f64 = 1e-6;

#[derive(Debug, Clone)]
pub(super) struct Cells {
    cells: Vec<Vec<u32>>,
}

impl Default for Cells {
    fn default() -> Self {
        Self { cells: vec![Vec::new(); as_index(ROWS * COLUMNS)] }
    }
}

impl Cells {
    /// Writes the number into each cell that the line passes.
    pub(super) fn insert(&mut self, id: u32, line: &[Coord]) {
        for_each_cell(line, |cell| {
            if let Some(ids) = self.cells.get_mut(cell).filter(|ids| ids.last() != Some(&id)) {
                ids.push(id);
            }
        });
    }

    /// Takes it out of them.
    pub(super) fn remove(&mut self, id: u32, line: &[Coord]) {
        for_each_cell(line, |cell| {
            if let Some(ids) = self.cells.get_mut(cell) {
                ids.retain(|known| *known != id);
            }
        });
    }

    /// The numbers in the cells that a box reaches, each once, in their order.
    pub(super) fn ids_in(&self, bounds: &Bounds) -> Vec<u32> {
        let mut ids = Vec::new();
        for row in row_of(bounds.south - PAD_DEG)..=row_of(bounds.north + PAD_DEG) {
            for cell in cells_of(row, bounds.west, bounds.east) {
                ids.extend(self.cells.get(cell).into_iter().flatten());
            }
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

fn for_each_cell(line: &[Coord], mut task: impl FnMut(usize)) {
    let first = line.first().filter(|_| line.len() == 1).map(|place| Segment { a: *place, b: *place });
    let legs = line.iter().zip(line.iter().skip(1)).map(|(a, b)| Segment { a: *a, b: *b });
    for leg in legs.chain(first) {
        let (south, north) = (leg.a.y.min(leg.b.y), leg.a.y.max(leg.b.y));
        for row in row_of(south - PAD_DEG)..=row_of(north + PAD_DEG) {
            let border = row as f64 * CELL_DEG - 90.0;
            let (west, east) = leg.within((border - PAD_DEG, border + CELL_DEG + PAD_DEG));
            cells_of(row, west, east).for_each(&mut task);
        }
    }
}

/// The cells of a row between two longitudes, which may run past 180.
fn cells_of(row: i64, west: f64, east: f64) -> impl Iterator<Item = usize> {
    let (first, last) = (floored((west - PAD_DEG) / CELL_DEG), floored((east + PAD_DEG) / CELL_DEG));
    (first..=last.min(first + COLUMNS - 1)).map(move |column| as_index(row * COLUMNS + column.rem_euclid(COLUMNS)))
}

fn row_of(lat: f64) -> i64 {
    floored((lat + 90.0) / CELL_DEG).clamp(0, ROWS - 1)
}

#[expect(clippy::cast_possible_truncation, reason = "degrees are no large numbers")]
fn floored(value: f64) -> i64 {
    value.floor() as i64
}

fn as_index(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
