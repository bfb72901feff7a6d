//! A ring with its edges sorted into rows of latitude, so that a place or a segment is compared with few of them.
//!
//! The tests are exact: the sign of a determinant is taken from floating point only where its error cannot change it
//! (Shewchuk 1997, Discrete & Computational Geometry 18:305), else from the `geo` crate's exact kernel.

use geo::kernels::{Kernel as _, RobustKernel};
use geo::{Coord, LineString, Orientation};

/// The height of a row in degrees. Finer rows leave fewer places to be tested one by one and cost more each; 0.05 is the
/// best of 0.025, 0.05 and 0.1 for a million sites under warnings of a county's size.
const ROW_DEG: f64 = 0.05;
/// Rows from pole to pole; the north pole itself is in the last.
pub(super) const ROWS: usize = 3601;
/// What rounding may do to the edge of a row, in degrees, generously.
const PAD_DEG: f64 = 1e-9;
/// What rounding may do to the longitude where an edge leaves a row, in degrees: 1e-14 of latitude over an edge of at least
/// [`STEEP_DEG`] and 360 degrees of longitude is 4e-9.
const CUT_PAD_DEG: f64 = 1e-7;
/// An edge that rises less than this is not cut at the row's borders.
const STEEP_DEG: f64 = 1e-3;

/// The row of a latitude; rises with it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a latitude gives 0..=3600")]
pub(super) fn row_of(lat: f64) -> usize {
    (((lat + 90.0) * (1.0 / ROW_DEG)) as usize).min(ROWS - 1)
}

/// South and north of some rows, widened by what rounding may do.
pub(super) fn band(first: usize, rows: usize) -> (f64, f64) {
    let south = first as f64 * ROW_DEG - 90.0;
    (south - PAD_DEG, south + rows as f64 * ROW_DEG + PAD_DEG)
}

/// The least box around something, in degrees; longitudes may run past 180.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub(super) west: f64,
    pub(super) east: f64,
    pub(super) south: f64,
    pub(super) north: f64,
}

impl Bounds {
    /// The box around nothing: meets no other.
    pub(super) const NOTHING: Self =
        Self { west: f64::INFINITY, east: f64::NEG_INFINITY, south: f64::INFINITY, north: f64::NEG_INFINITY };

    pub(super) fn of(coords: &[Coord]) -> Self {
        coords.iter().fold(Self::NOTHING, |bounds, c| bounds.with(*c))
    }

    fn with(self, c: Coord) -> Self {
        Self {
            west: self.west.min(c.x),
            east: self.east.max(c.x),
            south: self.south.min(c.y),
            north: self.north.max(c.y),
        }
    }

    pub(super) fn joined(self, other: Self) -> Self {
        self.with(Coord { x: other.west, y: other.south }).with(Coord { x: other.east, y: other.north })
    }

    pub(super) fn holds(&self, c: Coord) -> bool {
        self.west <= c.x && c.x <= self.east && self.south <= c.y && c.y <= self.north
    }

    /// True when they have a point in common, the other turned. Turning rounds as it does for each point within.
    pub(super) fn meets(&self, other: &Self, turn: f64) -> bool {
        other.south <= self.north
            && self.south <= other.north
            && other.west + turn <= self.east
            && self.west <= other.east + turn
    }

    /// True when they have a point in common, or nearly, the other turned as often as one likes.
    pub(super) fn meets_at_any_turn(&self, other: &Self) -> bool {
        // The first turn at which the other does not end before this one begins.
        let turn = 360.0 * ((self.west - other.east) / 360.0).ceil();
        other.south <= self.north && self.south <= other.north && other.west + turn <= self.east
    }
}

/// A straight line between two points of the plane of longitude and latitude.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) a: Coord,
    pub(super) b: Coord,
}

impl Segment {
    /// The longitudes that it has within a band of latitudes, widened by what rounding may do; it must reach the band.
    pub(super) fn within(&self, (south, north): (f64, f64)) -> (f64, f64) {
        let (low, high) = if self.a.y <= self.b.y { (self.a, self.b) } else { (self.b, self.a) };
        let rise = high.y - low.y;
        let at = |y: f64| low.x + (y - low.y) / rise * (high.x - low.x);
        let is_steep = rise > STEEP_DEG;
        let from = if is_steep && low.y < south { at(south) } else { low.x };
        let to = if is_steep && high.y > north { at(north) } else { high.x };
        (from.min(to) - CUT_PAD_DEG, from.max(to) + CUT_PAD_DEG)
    }

    /// 1 when it passes a parallel going north, -1 going south, else 0. Of its ends the lower counts and the upper does not,
    /// so that the edges that meet in a corner count once or cancel.
    pub(super) fn rise_past(&self, lat: f64) -> i32 {
        i32::from(self.a.y <= lat && lat < self.b.y) - i32::from(self.b.y <= lat && lat < self.a.y)
    }

    /// True when the two have a point in common.
    pub(super) fn meets(&self, other: &Self) -> bool {
        if self.a == self.b {
            return other.holds(self.a);
        }
        let (start, end) = (orient(self.a, self.b, other.a), orient(self.a, self.b, other.b));
        if start != end {
            return orient(other.a, other.b, self.a) != orient(other.a, other.b, self.b);
        }
        // On one line: they meet where an end of one lies between those of the other.
        start == Orientation::Collinear
            && (is_between(other.a, self.a, self.b)
                || is_between(other.b, self.a, self.b)
                || is_between(self.b, other.a, other.b))
    }

    fn holds(&self, c: Coord) -> bool {
        is_between(c, self.a, self.b) && orient(self.a, self.b, c) == Orientation::Collinear
    }
}

fn is_between(c: Coord, a: Coord, b: Coord) -> bool {
    a.x.min(b.x) <= c.x && c.x <= a.x.max(b.x) && a.y.min(b.y) <= c.y && c.y <= a.y.max(b.y)
}

/// The side of a→b on which c lies, exactly.
fn orient(a: Coord, b: Coord, c: Coord) -> Orientation {
    /// (3 + 16 u) u with u = 2^-53: Shewchuk's `ccwerrboundA`.
    const ERROR: f64 = 3.330_669_073_875_471_6e-16;
    let (left, right) = ((a.x - c.x) * (b.y - c.y), (a.y - c.y) * (b.x - c.x));
    let (det, error) = (left - right, ERROR * (left.abs() + right.abs()));
    if det > error {
        Orientation::CounterClockwise
    } else if -det > error {
        Orientation::Clockwise
    } else {
        RobustKernel::orient2d(a, b, c)
    }
}

/// Where a place lies with regard to a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Outside,
    Edge,
    Inside,
}

/// A closed ring, unwrapped, its edges by rows.
#[derive(Debug, Clone)]
pub(super) struct PreparedRing {
    pub(super) bounds: Bounds,
    /// Rows are taken together by twos, fours and so on where edges are long and many.
    shift: u32,
    /// The first of the taken-together rows.
    first: usize,
    /// Where each row's edges begin; one more at the end.
    starts: Vec<u32>,
    /// The edges of each row, one after the other. An edge stands in every row that it reaches.
    edges: Vec<Segment>,
}

impl PreparedRing {
    pub(super) fn new(ring: &LineString) -> Self {
        let bounds = Bounds::of(&ring.0);
        let segments = || ring.lines().map(|line| Segment { a: line.start, b: line.end });
        let rows = |segment: &Segment| {
            let (a, b) = (row_of(segment.a.y), row_of(segment.b.y));
            (a.min(b), a.max(b))
        };
        // Long edges in every row that they cross could be more than memory holds; so each has eight at most on average.
        let entries = |shift: u32| -> usize {
            segments().map(|segment| rows(&segment)).map(|(low, high)| (high >> shift) - (low >> shift) + 1).sum()
        };
        let shift = (0..12).find(|shift| entries(*shift) <= 8 * ring.0.len() + 4096).unwrap_or(12);
        let (first, last) = (row_of(bounds.south) >> shift, row_of(bounds.north) >> shift);
        let mut starts = vec![0_u32; last.saturating_sub(first) + 2];
        let reach = |segment: &Segment| {
            let (low, high) = rows(segment);
            (low >> shift) - first..=(high >> shift) - first
        };
        for segment in segments() {
            for row in reach(&segment) {
                add(&mut starts, row + 1, 1);
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let nowhere = Segment { a: Coord { x: 0.0, y: 0.0 }, b: Coord { x: 0.0, y: 0.0 } };
        let mut edges = vec![nowhere; sum as usize];
        for segment in segments() {
            for row in reach(&segment) {
                if let Some(place) = next.get(row).and_then(|at| edges.get_mut(*at as usize)) {
                    *place = segment;
                }
                add(&mut next, row, 1);
            }
        }
        Self { bounds, shift, first, starts, edges }
    }

    /// The edges that reach a row, and others of rows beside it where rows are taken together.
    pub(super) fn edges_in(&self, row: usize) -> &[Segment] {
        (row >> self.shift).checked_sub(self.first).map_or(&[], |at| self.edges_at(at))
    }

    fn edges_at(&self, at: usize) -> &[Segment] {
        let range = self.starts.get(at).zip(self.starts.get(at + 1));
        range.and_then(|(from, to)| self.edges.get(*from as usize..*to as usize)).unwrap_or_default()
    }

    /// Where a place lies: inside is what the ring goes round, once or more, in either sense.
    pub(super) fn side(&self, place: Coord) -> Side {
        side(self.edges_in(row_of(place.y)), 0, place)
    }

    /// True when the segment has a point in common with one of the edges.
    pub(super) fn is_met_by(&self, segment: &Segment) -> bool {
        let (low, high) = (segment.a.y.min(segment.b.y), segment.a.y.max(segment.b.y));
        let (low, high) = (low.max(self.bounds.south), high.min(self.bounds.north));
        if low > high {
            return false;
        }
        let rows = 1 << self.shift;
        ((row_of(low) >> self.shift)..=(row_of(high) >> self.shift)).any(|at| {
            let (west, east) = segment.within(band(at << self.shift, rows));
            let near = |edge: &&Segment| edge.a.x.max(edge.b.x) >= west && edge.a.x.min(edge.b.x) <= east;
            at >= self.first && self.edges_at(at - self.first).iter().filter(near).any(|edge| edge.meets(segment))
        })
    }
}

/// Where a place lies, from the edges that its parallel meets east of it as far as a point round which the ring goes
/// `winding` times. On which side of it an edge passes is decided exactly.
pub(super) fn side<'a>(edges: impl IntoIterator<Item = &'a Segment>, mut winding: i32, place: Coord) -> Side {
    for Segment { a, b } in edges {
        let is_rising = a.y <= place.y;
        if (is_rising && b.y < place.y) || (!is_rising && b.y > place.y) {
            continue;
        }
        if place.x > a.x.max(b.x) {
            continue;
        }
        // East of the place, without a doubt or by the sign of the determinant.
        let is_beyond = place.x < a.x.min(b.x) || {
            let at = orient(*a, *b, place);
            if at == Orientation::Collinear {
                return Side::Edge;
            }
            (at == Orientation::CounterClockwise) == is_rising
        };
        if is_beyond {
            winding += Segment { a: *a, b: *b }.rise_past(place.y);
        }
    }
    if winding == 0 { Side::Outside } else { Side::Inside }
}

fn add(counts: &mut [u32], at: usize, more: u32) {
    if let Some(count) = counts.get_mut(at) {
        *count += more;
    }
}
