//! Is a place, or a course, inside a warning's area? Right across the ±180 line.
//!
//! Polygon edges are straight in longitude and latitude, as CAP and GeoJSON draw them; each ring is
//! unwrapped so that no edge spans more than 180 degrees, then the place is tried at −360, 0 and +360.

use geo::{Coord, Intersects, LineString, Polygon};

use super::distance::{densify, distance};
use crate::domain::{Circle, Footprint, Km, Position, Ring};

/// How finely a course is cut before its distance to a circle's centre is taken, in kilometres.
pub(super) const COURSE_STEP: Km = Km(10.0);
/// The turns of the earth, in degrees, at which a place is looked for.
pub(super) const TURNS: [f64; 3] = [0.0, 360.0, -360.0];

/// True when the place lies in one of the polygons (and not in its hole), on an edge, or in a circle.
pub fn covers(footprint: &Footprint, place: Position) -> bool {
    footprint.circles.iter().any(|circle| circle_covers(circle, place))
        || footprint
            .polygons
            .iter()
            .filter_map(|polygon| unwrapped(polygon))
            .any(|polygon| turns().any(|turn| polygon.intersects(&Coord { x: place.lon() + turn, y: place.lat() })))
}

/// True when any part of the course lies in the footprint.
pub fn touches(footprint: &Footprint, course: &[Position]) -> bool {
    let Some(line) = unwrapped_line(course) else {
        return course.first().is_some_and(|place| covers(footprint, *place));
    };
    let polygons: Vec<Polygon> = footprint.polygons.iter().filter_map(|polygon| unwrapped(polygon)).collect();
    let crosses = polygons.iter().any(|polygon| {
        turns().any(|turn| {
            let moved = LineString::new(line.coords().map(|c| Coord { x: c.x + turn, y: c.y }).collect());
            polygon.intersects(&moved)
        })
    });
    crosses || {
        let dense = if footprint.circles.is_empty() { Vec::new() } else { densify(course, COURSE_STEP) };
        footprint.circles.iter().any(|circle| dense.iter().any(|place| circle_covers(circle, *place)))
    }
}

fn turns() -> impl Iterator<Item = f64> {
    TURNS.into_iter()
}

pub(super) fn circle_covers(circle: &Circle, place: Position) -> bool {
    distance(circle.centre, place).0 <= circle.radius_km
}

/// The polygon with its rings unwrapped, each hole at the turn where it lies within the outer ring.
pub(super) fn unwrapped(rings: &[Ring]) -> Option<Polygon> {
    let (outer, holes) = rings.split_first()?;
    let outer = unwrapped_ring(outer)?;
    let holes = holes.iter().filter_map(|hole| unwrapped_ring(hole).map(|hole| nearest_turn(hole, &outer))).collect();
    Some(Polygon::new(outer, holes))
}

/// The hole turned so that its middle is nearest to the outer ring's: wherever either begins, and though a corner of the
/// hole touches the outer ring or, drawn badly, lies outside.
fn nearest_turn(hole: LineString, outer: &LineString) -> LineString {
    let turn = 360.0 * ((middle(outer) - middle(&hole)) / 360.0).round();
    if turn == 0.0 { hole } else { LineString::new(hole.coords().map(|c| Coord { x: c.x + turn, y: c.y }).collect()) }
}

/// Halfway between the westernmost and the easternmost corner.
fn middle(line: &LineString) -> f64 {
    let west = line.coords().map(|corner| corner.x).fold(f64::INFINITY, f64::min);
    let east = line.coords().map(|corner| corner.x).fold(f64::NEG_INFINITY, f64::max);
    f64::midpoint(west, east)
}

fn unwrapped_ring(ring: &Ring) -> Option<LineString> {
    // A ring of fewer than three corners has no inside.
    if ring.len() < 4 {
        return None;
    }
    unwrapped_line(ring)
}

/// The course with longitudes that never jump: each is the one given, turned by the whole turns that bring it nearest to
/// the one before. A corner that needs none keeps its very number, so that a place on it is on it.
pub(super) fn unwrapped_line(course: &[Position]) -> Option<LineString> {
    let first = course.first().filter(|_| course.len() > 1)?;
    let mut lon = first.lon();
    let coords = course.iter().map(|place| {
        lon = place.lon() - 360.0 * ((place.lon() - lon + 180.0) / 360.0).floor();
        Coord { x: lon, y: place.lat() }
    });
    Some(LineString::new(coords.collect()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geo::shortest_lon;

    fn at(lat: f64, lon: f64) -> Position {
        Position::lat_lon(lat, lon).expect("a position")
    }

    fn area(corners: &[(f64, f64)]) -> Footprint {
        let mut ring: Ring = corners.iter().map(|(lat, lon)| at(*lat, *lon)).collect();
        ring.push(ring[0]);
        Footprint { polygons: vec![vec![ring]], circles: Vec::new() }
    }

    fn zhejiang() -> Footprint {
        area(&[(27.0, 120.0), (27.0, 123.0), (30.0, 123.0), (30.0, 120.0)])
    }

    #[test]
    fn inside_outside_and_on_the_edge() {
        assert!(covers(&zhejiang(), at(28.66, 121.45)));
        assert!(covers(&zhejiang(), at(27.0, 121.0)));
        assert!(!covers(&zhejiang(), at(31.2, 121.5)));
        assert!(!covers(&zhejiang(), at(28.66, -121.45)));
    }

    #[test]
    fn across_the_date_line() {
        let fiji = area(&[(-20.0, 177.0), (-20.0, -178.0), (-15.0, -178.0), (-15.0, 177.0)]);
        assert!(covers(&fiji, at(-17.0, 179.9)));
        assert!(covers(&fiji, at(-17.0, -179.9)));
        assert!(covers(&fiji, at(-17.0, 178.0)));
        assert!(!covers(&fiji, at(-17.0, 0.0)));
        assert!(!covers(&fiji, at(-17.0, -170.0)));
        assert!(touches(&fiji, &[at(-17.0, 170.0), at(-17.0, -170.0)]));
        assert!(!touches(&fiji, &[at(-17.0, 170.0), at(-17.0, 100.0)]));
    }

    #[test]
    fn a_hole_is_outside() {
        let mut ring = zhejiang();
        let hole: Ring =
            [(28.0, 121.0), (28.0, 122.0), (29.0, 122.0), (29.0, 121.0), (28.0, 121.0)].map(|(a, o)| at(a, o)).to_vec();
        ring.polygons[0].push(hole);
        assert!(!covers(&ring, at(28.5, 121.5)));
        assert!(covers(&ring, at(27.5, 121.5)));
    }

    #[test]
    fn a_hole_across_the_date_line_is_outside_wherever_it_begins() {
        let outer =
            area(&[(-20.0, 177.0), (-20.0, -178.0), (-15.0, -178.0), (-15.0, 177.0)]).polygons.remove(0).remove(0);
        // It touches the outer ring at one corner.
        let mut hole = [(-20.0, -179.0), (-16.0, -179.5), (-16.0, 179.0), (-18.0, 178.5)];
        for _ in 0..4 {
            hole.rotate_left(1);
            let hole = area(&hole).polygons.remove(0).remove(0);
            let fiji = Footprint { polygons: vec![vec![outer.clone(), hole]], circles: Vec::new() };
            assert!(!covers(&fiji, at(-17.0, 179.9)) && !covers(&fiji, at(-17.0, -179.9)));
            assert!(covers(&fiji, at(-15.5, 179.9)) && covers(&fiji, at(-19.0, 177.5)));
        }
    }

    #[test]
    fn circles_are_round_on_the_earth() {
        let circle = Circle { centre: at(60.0, 179.5), radius_km: 111.0 };
        let round = Footprint { polygons: Vec::new(), circles: vec![circle] };
        assert!(covers(&round, at(60.0, -178.6)));
        assert!(!covers(&round, at(60.0, -178.4)));
        assert!(touches(&round, &[at(50.0, 179.5), at(70.0, 179.5)]));
    }

    #[test]
    fn what_is_no_area_covers_nothing() {
        assert!(!covers(&Footprint::default(), at(0.0, 0.0)));
        let line = Footprint { polygons: vec![vec![vec![at(0.0, 0.0), at(1.0, 1.0)]], vec![]], circles: Vec::new() };
        assert!(!covers(&line, at(0.5, 0.5)));
        assert!(!touches(&zhejiang(), &[]));
    }

    proptest! {
        #[test]
        fn turning_the_earth_changes_nothing(lat in 25.0..32.0f64, lon in 118.0..125.0f64, turn in -180.0..180.0f64) {
            let still = covers(&zhejiang(), at(lat, lon));
            let corners = [(27.0, 120.0), (27.0, 123.0), (30.0, 123.0), (30.0, 120.0)]
                .map(|(a, o): (f64, f64)| (a, shortest_lon(o + turn)));
            prop_assert_eq!(still, covers(&area(&corners), at(lat, shortest_lon(lon + turn))));
        }

        #[test]
        fn the_first_corner_does_not_matter(lat in 25.0..32.0f64, lon in 118.0..125.0f64, start in 0usize..4) {
            let mut corners = [(27.0, 120.0), (27.5, 123.0), (30.0, 123.0), (30.0, 120.5)];
            let still = covers(&area(&corners), at(lat, lon));
            corners.rotate_left(start);
            prop_assert_eq!(still, covers(&area(&corners), at(lat, lon)));
        }
    }
}
