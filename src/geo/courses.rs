//! Courses as boxes of runs of legs: which of many shipping lanes does a footprint touch?
//!
//! A polygon finds the courses that pass the cells of two degrees that it reaches; each is asked by runs of legs, then by
//! legs, then by the edges in the rows of latitude that a leg passes. Circles go through the boxes of all courses.

use geo::Coord;

use super::cells::Cells;
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
    /// The box around each course with the arcs that its geodesics make between its positions, and around nothing where a
    /// number is free.
    arcs: Vec<Bounds>,
    courses: Vec<Course>,
    /// Which courses pass where, as straight lines in longitude and latitude.
    cells: Cells,
}

#[derive(Debug, Clone)]
struct Course {
    bounds: Bounds,
    positions: Vec<Position>,
    /// The positions unwrapped.
    line: Vec<Coord>,
    /// The box of each run of legs.
    runs: Vec<Bounds>,
    /// The box of each run with the arcs that its geodesics make.
    arcs: Vec<Bounds>,
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
        let mut cells = Cells::default();
        for (id, course) in (0..).zip(&courses) {
            cells.insert(id, &course.line);
        }
        Self { arcs: courses.iter().map(Course::all_arcs).collect(), courses, cells }
    }

    /// Takes a course in, in place of the one that had its number.
    pub fn insert(&mut self, id: u32, course: &[Position]) {
        self.put(id, Course::new(course));
    }

    /// Takes a course out; false when there is none of that number.
    pub fn remove(&mut self, id: u32) -> bool {
        let is_known = self.courses.get(id as usize).is_some_and(|course| !course.positions.is_empty());
        if is_known {
            self.put(id, Course::new(&[]));
        }
        is_known
    }

    fn put(&mut self, id: u32, course: Course) {
        let room = self.courses.len().max(id as usize + 1);
        self.arcs.resize(room, Bounds::NOTHING);
        self.courses.resize_with(room, || Course::new(&[]));
        let at = id as usize;
        if let (Some(arcs), Some(known)) = (self.arcs.get_mut(at), self.courses.get_mut(at)) {
            self.cells.remove(id, &known.line);
            self.cells.insert(id, &course.line);
            (*arcs, *known) = (course.all_arcs(), course);
        }
    }

    /// The courses that the footprint touches, as [`super::touches`] says of each, in order of their numbers.
    #[must_use]
    pub fn touched_by(&self, area: &PreparedFootprint) -> Vec<u32> {
        let mut touched = Vec::new();
        for polygon in &area.polygons {
            let near = self.cells.ids_in(polygon.reach()).into_iter();
            let meets = |id: &u32| {
                self.courses.get(*id as usize).is_some_and(|course| {
                    TURNS.iter().any(|turn| {
                        polygon.bounds().meets(&course.bounds, *turn) && course.meets_polygon(polygon, *turn)
                    })
                })
            };
            touched.extend(near.filter(meets));
        }
        for circle in &area.circles {
            let courses = (0..).zip(self.arcs.iter().zip(&self.courses));
            let reached = courses.filter(|(_, (arcs, course))| circle.may_meet(arcs) && course.meets_circle(circle));
            touched.extend(reached.map(|(id, _)| id));
        }
        if area.polygons.len() + area.circles.len() > 1 {
            touched.sort_unstable();
            touched.dedup();
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
                area.meets_at_any_turn(arcs) && course.arcs.iter().any(|run| area.meets_at_any_turn(run))
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
        let pieces = || starts.clone().filter_map(|start| line.get(start..line.len().min(start + RUN + 1)));
        let runs: Vec<Bounds> = pieces().map(Bounds::of).collect();
        let arcs = pieces().zip(&runs).map(|(piece, bounds)| arcs(bounds, widest(piece))).collect();
        let bounds = runs.iter().copied().fold(Bounds::NOTHING, Bounds::joined);
        Self { bounds, positions: positions.to_vec(), runs, arcs, line }
    }

    fn all_arcs(&self) -> Bounds {
        self.arcs.iter().copied().fold(Bounds::NOTHING, Bounds::joined)
    }

    /// The runs whose boxes a box meets when they are turned, each with its legs.
    fn runs_in(&self, bounds: &Bounds, turn: f64) -> impl Iterator<Item = &[Coord]> {
        let runs = self.runs.iter().zip(0..).filter(move |(run, _)| bounds.meets(run, turn));
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
            self.arcs.get(number / RUN).is_some_and(|run| circle.may_meet(run)) && circle.may_reach(**a, **b)
        });
        match self.positions.as_slice() {
            [place] => circle.covers(*place),
            _ => legs.any(|((a, b), _)| densify(&[*a, *b], COURSE_STEP).iter().any(|place| circle.covers(*place))),
        }
    }
}

/// The degrees of longitude of the widest leg.
fn widest(line: &[Coord]) -> f64 {
    line.iter().zip(line.iter().skip(1)).map(|(a, b)| (b.x - a.x).abs()).fold(0.0, f64::max)
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
