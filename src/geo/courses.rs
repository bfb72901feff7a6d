//! Courses as boxes of runs of legs: which of many shipping lanes does a footprint touch?
//!
//! The boxes of all courses lie side by side and are gone through one by one, some ten microseconds for ten thousand; what
//! they let through is asked by runs of legs, then by legs, then by the edges in the rows of latitude that a leg passes.

use geo::Coord;

use super::circle::PreparedCircle;
use super::distance::densify;
use super::footprint::{COURSE_STEP, TURNS, unwrapped_line};
use super::parallel::in_parallel;
use super::polygon::PreparedPolygon;
use super::prepared::PreparedFootprint;
use super::ring::{Bounds, Segment};
use crate::domain::{Km, Position};

/// Legs of a run.
const RUN: usize = 8;
/// A leg over more longitudes than this may go anywhere between the poles, as far as pruning is concerned.
const LONG_DEG: f64 = 120.0;
/// How far a geodesic may leave the great circle between its ends, in degrees: 0.1 on legs shorter than [`LONG_DEG`] as
/// tried, and some.
const ELLIPSOID_DEG: f64 = 0.5;
/// A degree of latitude on the sphere that [`super::plane_km`] stands on, in kilometres.
const DEGREE_KM: f64 = 111.195_080;

/// Courses by where they go, each under a number of the caller's choice, counted from 0 without large gaps.
///
/// Courses come and go one by one; none of that builds anything anew.
#[derive(Debug, Clone, Default)]
pub struct CourseIndex {
    /// The box around each course, and around nothing where a number is free.
    bounds: Vec<Bounds>,
    /// The same with the arcs that its geodesics make between its positions.
    arcs: Vec<Bounds>,
    courses: Vec<Course>,
}

#[derive(Debug, Clone, Default)]
struct Course {
    positions: Vec<Position>,
    /// The positions unwrapped.
    line: Vec<Coord>,
    runs: Vec<Run>,
}

/// Some legs, one after the other.
#[derive(Debug, Clone)]
struct Run {
    bounds: Bounds,
    arcs: Bounds,
}

impl CourseIndex {
    /// An index of courses that are numbered in their order, from 0, built on up to `threads` threads.
    #[must_use]
    pub fn new<C: AsRef<[Position]> + Sync>(courses: &[C], threads: usize) -> Self {
        let courses: Vec<&C> = courses.iter().collect();
        let chunks: Vec<&[&C]> = courses.chunks(512).collect();
        let made = in_parallel(&chunks, threads, |chunk| {
            chunk.iter().map(|course| Course::new(course.as_ref())).collect::<Vec<Course>>()
        });
        let courses: Vec<Course> = made.into_iter().flatten().collect();
        Self {
            bounds: courses.iter().map(Course::bounds).collect(),
            arcs: courses.iter().map(Course::arcs).collect(),
            courses,
        }
    }

    /// Takes a course in, in place of the one that had its number.
    pub fn insert(&mut self, id: u32, course: &[Position]) {
        self.put(id, Course::new(course));
    }

    /// Takes a course out; false when there is none of that number.
    pub fn remove(&mut self, id: u32) -> bool {
        let is_known = self.courses.get(id as usize).is_some_and(|course| !course.positions.is_empty());
        if is_known {
            self.put(id, Course::default());
        }
        is_known
    }

    fn put(&mut self, id: u32, course: Course) {
        let room = self.courses.len().max(id as usize + 1);
        self.bounds.resize(room, Bounds::NOTHING);
        self.arcs.resize(room, Bounds::NOTHING);
        self.courses.resize_with(room, Course::default);
        let at = id as usize;
        if let (Some(bounds), Some(arcs), Some(known)) =
            (self.bounds.get_mut(at), self.arcs.get_mut(at), self.courses.get_mut(at))
        {
            (*bounds, *arcs, *known) = (course.bounds(), course.arcs(), course);
        }
    }

    /// The courses that the footprint touches, as [`super::touches`] says of each, in order of their numbers.
    #[must_use]
    pub fn touched_by(&self, area: &PreparedFootprint) -> Vec<u32> {
        let boxes = area.polygons.iter().map(|polygon| *polygon.bounds());
        let all = boxes.reduce(Bounds::joined).unwrap_or(Bounds::NOTHING);
        let mut touched = Vec::new();
        for ((id, (bounds, arcs)), course) in (0..).zip(self.bounds.iter().zip(&self.arcs)).zip(&self.courses) {
            let may_cross = TURNS.iter().any(|turn| all.meets(bounds, *turn));
            let crosses = |turn: f64| {
                let mut polygons = area.polygons.iter().filter(|polygon| polygon.bounds().meets(bounds, turn));
                all.meets(bounds, turn) && polygons.any(|polygon| course.meets_polygon(polygon, turn))
            };
            let reached = |circle: &PreparedCircle| circle.may_meet(arcs) && course.meets_circle(circle);
            if (may_cross && TURNS.into_iter().any(crosses)) || area.circles.iter().any(reached) {
                touched.push(id);
            }
        }
        touched
    }

    /// The courses that may come within `reach` of one of some positions by [`super::plane_km`] anywhere on their
    /// geodesics. None that does is left out; a few that do not may be among them. In order of their numbers.
    #[must_use]
    pub fn near(&self, way: &[Position], reach: Km) -> Vec<u32> {
        let areas: Vec<Bounds> = way.iter().map(|from| within(*from, reach)).collect();
        let all = areas.iter().copied().reduce(Bounds::joined).unwrap_or(Bounds::NOTHING);
        let near = (0..).zip(self.arcs.iter().zip(&self.courses)).filter(|(_, (arcs, course))| {
            let is_near = |area: &Bounds| {
                area.meets_at_any_turn(arcs) && course.runs.iter().any(|run| area.meets_at_any_turn(&run.arcs))
            };
            all.meets_at_any_turn(arcs) && areas.iter().any(is_near)
        });
        near.map(|(id, _)| id).collect()
    }
}

impl Course {
    fn new(positions: &[Position]) -> Self {
        let line = unwrapped_line(positions).map(|line| line.0).unwrap_or_default();
        let line = if line.is_empty() {
            positions.iter().map(|place| Coord { x: place.lon(), y: place.lat() }).collect()
        } else {
            line
        };
        // A run begins where the one before it ends.
        let starts = (0..line.len().saturating_sub(1).max(line.len().min(1))).step_by(RUN);
        let runs = starts.filter_map(|start| line.get(start..line.len().min(start + RUN + 1))).map(Run::new).collect();
        Self { positions: positions.to_vec(), line, runs }
    }

    fn bounds(&self) -> Bounds {
        self.runs.iter().map(|run| run.bounds).fold(Bounds::NOTHING, Bounds::joined)
    }

    fn arcs(&self) -> Bounds {
        self.runs.iter().map(|run| run.arcs).fold(Bounds::NOTHING, Bounds::joined)
    }

    /// The runs whose boxes a box meets when they are turned, each with its legs.
    fn runs_in(&self, bounds: &Bounds, turn: f64) -> impl Iterator<Item = &[Coord]> {
        let runs = self.runs.iter().zip(0..).filter(move |(run, _)| bounds.meets(&run.bounds, turn));
        runs.filter_map(|(_, number): (_, usize)| {
            let start = number * RUN;
            self.line.get(start..self.line.len().min(start + RUN + 1))
        })
    }

    /// A line meets a polygon where it crosses an edge, or when it is wholly inside: then each of its points is, and the
    /// first that is tried tells.
    fn meets_polygon(&self, polygon: &PreparedPolygon, turn: f64) -> bool {
        let (bounds, reach) = (*polygon.bounds(), *polygon.reach());
        let turned = |c: &Coord| Coord { x: c.x + turn, y: c.y };
        let is_inside = |c: &Coord| bounds.holds(turned(c)) && polygon.covers(turned(c));
        if self.runs_in(&bounds, turn).any(|run| run.iter().any(is_inside)) {
            return true;
        }
        self.runs_in(&reach, turn).any(|run| {
            run.iter().zip(run.iter().skip(1)).any(|(a, b)| {
                let (a, b) = (turned(a), turned(b));
                Bounds::of(&[a, b]).meets(&reach, 0.0) && polygon.has_edge_on(&Segment { a, b })
            })
        })
    }

    fn meets_circle(&self, circle: &PreparedCircle) -> bool {
        let legs = self.positions.iter().zip(self.positions.iter().skip(1)).zip(0_usize..);
        let mut legs = legs.filter(|((a, b), number)| {
            let run = self.runs.get(number / RUN);
            run.is_some_and(|run| circle.may_meet(&run.arcs)) && circle.may_reach(**a, **b)
        });
        match self.positions.as_slice() {
            [place] => circle.covers(*place),
            _ => legs.any(|((a, b), _)| densify(&[*a, *b], COURSE_STEP).iter().any(|place| circle.covers(*place))),
        }
    }
}

impl Run {
    fn new(line: &[Coord]) -> Self {
        let bounds = Bounds::of(line);
        let widths = line.iter().zip(line.iter().skip(1)).map(|(a, b)| (b.x - a.x).abs());
        let width = widths.fold(0.0, f64::max);
        Self { bounds, arcs: arcs(&bounds, width) }
    }
}

/// The box with the arcs of its legs, of which the widest spans `width` degrees of longitude.
///
/// Of all great circles' arcs over a width and below a latitude at both ends, the one with both ends on that latitude
/// rises highest, in its middle: tan(top) = tan(latitude) / cos(width / 2).
fn arcs(bounds: &Bounds, width: f64) -> Bounds {
    if width > LONG_DEG {
        return Bounds { west: f64::NEG_INFINITY, east: f64::INFINITY, south: -90.0, north: 90.0 };
    }
    let top = |lat: f64| (lat.to_radians().tan() / (width / 2.0).to_radians().cos()).atan().to_degrees();
    let north = if bounds.north > 0.0 { top(bounds.north) } else { bounds.north };
    let south = if bounds.south < 0.0 { top(bounds.south) } else { bounds.south };
    Bounds {
        west: bounds.west - ELLIPSOID_DEG,
        east: bounds.east + ELLIPSOID_DEG,
        south: south - ELLIPSOID_DEG,
        north: north + ELLIPSOID_DEG,
    }
}

/// The box of what lies within `reach` of a place by [`super::plane_km`], generously; longitudes run past 180.
fn within(from: Position, reach: Km) -> Bounds {
    let reach_deg = reach.0 / DEGREE_KM + 1e-6;
    let mean = (from.lat().abs() + reach_deg / 2.0).min(90.0);
    let half = reach_deg / mean.to_radians().cos().max(1e-9) + 1e-6;
    let (west, east) =
        if half < 180.0 { (from.lon() - half, from.lon() + half) } else { (f64::NEG_INFINITY, f64::INFINITY) };
    Bounds { west, east, south: from.lat() - reach_deg, north: from.lat() + reach_deg }
}
