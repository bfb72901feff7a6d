//! GeoJSON shapes (RFC 7946): longitude first, lines and rings cut where they cross the ±180 line.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::domain::{Circle, Km, Position, Ring, WindRadii};
use crate::geo;

/// A step along an arc, in degrees of bearing.
const ARC_STEP_DEG: u32 = 6;

/// A GeoJSON `FeatureCollection`.
#[derive(Serialize, ToSchema)]
pub(super) struct FeatureCollection {
    /// `FeatureCollection`.
    r#type: &'static str,
    /// The features.
    features: Vec<Feature>,
    /// True when there were more than fit into one answer: narrow the question then.
    truncated: bool,
}

impl FeatureCollection {
    pub(super) fn of(mut features: Vec<Feature>, max: usize) -> Self {
        let truncated = features.len() > max;
        features.truncate(max);
        Self { r#type: "FeatureCollection", features, truncated }
    }
}

/// A GeoJSON `Feature`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Feature {
    /// `Feature`.
    r#type: &'static str,
    /// Its id within the answer.
    id: String,
    /// Where it is.
    #[schema(value_type = Object)]
    geometry: Value,
    /// What it is; flat, so that a table can show it.
    #[schema(value_type = Object)]
    properties: Value,
}

impl Feature {
    pub(super) fn new(id: String, geometry: Value, properties: Value) -> Self {
        Self { r#type: "Feature", id, geometry, properties }
    }
}

type Point = [f64; 2];

/// A point.
pub(super) fn point(at: Position) -> Value {
    json!({ "type": "Point", "coordinates": rounded([at.lon(), at.lat()]) })
}

/// A line through places, the short way round; in pieces where it crosses the ±180 line.
pub(super) fn line(course: &[Position]) -> Option<Value> {
    let mut pieces: Vec<Vec<Point>> = vec![Vec::new()];
    let mut before: Option<Position> = None;
    for at in course {
        let here = [at.lon(), at.lat()];
        if let Some(before) = before
            && (at.lon() - before.lon()).abs() > 180.0
        {
            let (edge, lat) = crossing(before, *at);
            if let Some(piece) = pieces.last_mut() {
                piece.push([edge, lat]);
            }
            pieces.push(vec![[-edge, lat]]);
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(here);
        }
        before = Some(*at);
    }
    pieces.retain(|piece| piece.len() > 1);
    let mut pieces: Vec<Vec<Point>> =
        pieces.into_iter().map(|piece| piece.into_iter().map(rounded).collect()).collect();
    match pieces.len() {
        0 => None,
        1 => pieces.pop().map(|only| json!({ "type": "LineString", "coordinates": only })),
        _ => Some(json!({ "type": "MultiLineString", "coordinates": pieces })),
    }
}

/// On which side of the ±180 line one leaves, and at which latitude.
fn crossing(from: Position, to: Position) -> (f64, f64) {
    let edge = if from.lon() > 0.0 { 180.0 } else { -180.0 };
    let way = geo::shortest_lon(to.lon() - from.lon());
    let share = if way == 0.0 { 0.5 } else { (edge - from.lon()) / way };
    (edge, from.lat() + (to.lat() - from.lat()) * share.clamp(0.0, 1.0))
}

/// The polygons of rings, outer ring first in each; cut at the ±180 line.
pub(super) fn polygons(polygons: &[Vec<Ring>]) -> Option<Value> {
    let mut all: Vec<Vec<Vec<Point>>> = Vec::new();
    for polygon in polygons {
        let rings: Vec<Vec<Point>> = polygon.iter().map(|ring| unrolled(ring)).collect();
        for (from, shift) in [(-180.0, 0.0), (180.0, -360.0), (-540.0, 360.0)] {
            let within = |ring: &Vec<Point>| -> Vec<Point> {
                let east = clipped(ring, |p| p[0] - from, from);
                let both = clipped(&east, |p| from + 360.0 - p[0], from + 360.0);
                both.into_iter().map(|[lon, lat]| rounded([lon + shift, lat])).collect()
            };
            let mut cut = rings.iter().enumerate().map(|(index, ring)| turned(closed(within(ring)), index == 0));
            let Some(outer) = cut.next().filter(|outer| outer.len() > 3) else { continue };
            let holes: Vec<Vec<Point>> = cut.filter(|hole| hole.len() > 3).collect();
            all.push(std::iter::once(outer).chain(holes).collect());
        }
    }
    (!all.is_empty()).then(|| json!({ "type": "MultiPolygon", "coordinates": all }))
}

/// A circle on the ground as a ring.
pub(super) fn circle(circle: &Circle) -> Ring {
    let radius = Km(circle.radius_km);
    (0..=360 / ARC_STEP_DEG).map(|n| geo::destination(circle.centre, f64::from(n * ARC_STEP_DEG), radius)).collect()
}

/// How far a wind reaches, quadrant by quadrant, as forecasters draw it; `None` when it reaches nowhere.
pub(super) fn wind(centre: Position, radii: &WindRadii) -> Option<Ring> {
    let quadrants = [radii.ne_km, radii.se_km, radii.sw_km, radii.nw_km];
    if !quadrants.iter().any(|km| *km > 0.0) {
        return None;
    }
    let mut ring: Ring = Vec::new();
    for (quadrant, km) in (0_u32..).zip(quadrants) {
        let arc = (0..=90 / ARC_STEP_DEG).map(|n| f64::from(quadrant * 90 + n * ARC_STEP_DEG));
        if km > 0.0 {
            ring.extend(arc.map(|bearing| geo::destination(centre, bearing, Km(km))));
        } else {
            ring.push(centre);
        }
    }
    ring.extend(ring.first().copied());
    Some(ring)
}

/// Longitudes without a jump: each is within 180 degrees of the one before.
fn unrolled(ring: &[Position]) -> Vec<Point> {
    let mut lon_before = None;
    let unroll = |at: &Position| {
        let lon = lon_before.map_or(at.lon(), |before: f64| before + geo::shortest_lon(at.lon() - before));
        lon_before = Some(lon);
        [lon, at.lat()]
    };
    ring.iter().map(unroll).collect()
}

/// The part of a ring on one side of a meridian (Sutherland & Hodgman 1974, Communications of the ACM 17:32).
fn clipped(ring: &[Point], side: impl Fn(&Point) -> f64, edge: f64) -> Vec<Point> {
    let mut kept = Vec::new();
    for (here, next) in ring.iter().zip(ring.iter().cycle().skip(1)) {
        let (a, b) = (side(here), side(next));
        if a >= 0.0 {
            kept.push(*here);
        }
        if (a > 0.0 && b < 0.0) || (a < 0.0 && b > 0.0) {
            let share = a / (a - b);
            kept.push([edge, here[1] + (next[1] - here[1]) * share]);
        }
    }
    kept
}

fn closed(mut ring: Vec<Point>) -> Vec<Point> {
    ring.dedup_by(|a, b| is_same(*a, *b));
    if let (Some(first), Some(last)) = (ring.first().copied(), ring.last().copied())
        && !is_same(first, last)
    {
        ring.push(first);
    }
    ring
}

/// To the last bit: both come from one rounding.
fn is_same(a: Point, b: Point) -> bool {
    a.map(f64::to_bits) == b.map(f64::to_bits)
}

/// Outer rings counter-clockwise, holes clockwise.
fn turned(mut ring: Vec<Point>, is_outer: bool) -> Vec<Point> {
    let doubled: f64 = ring.iter().zip(ring.iter().skip(1)).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum();
    if (doubled > 0.0) != is_outer {
        ring.reverse();
    }
    ring
}

/// A hundred-thousandth of a degree is about a metre.
fn rounded(point: Point) -> Point {
    point.map(|degrees| (degrees * 1e5).round() / 1e5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Position {
        Position::lat_lon(lat, lon).expect("a place")
    }

    #[test]
    fn a_line_over_the_antimeridian_is_two_lines_that_meet_there() {
        assert_eq!(
            line(&[at(0.0, 170.0), at(10.0, -170.0)]),
            Some(
                json!({ "type": "MultiLineString", "coordinates": [[[170.0, 0.0], [180.0, 5.0]], [[-180.0, 5.0], [-170.0, 10.0]]] })
            )
        );
        assert_eq!(
            line(&[at(0.0, 100.0), at(1.0, 110.0)]),
            Some(json!({ "type": "LineString", "coordinates": [[100.0, 0.0], [110.0, 1.0]] }))
        );
        assert_eq!(line(&[at(0.0, 100.0)]), None);
    }

    #[test]
    fn a_wind_over_the_antimeridian_is_two_polygons_within_180() {
        let radii = WindRadii { kt: 34, ne_km: 300.0, se_km: 200.0, sw_km: 0.0, nw_km: 100.0 };
        let ring = wind(at(20.0, 179.5), &radii).expect("a wind");
        let shape = polygons(&[vec![ring]]).expect("a shape");
        let polygons = shape["coordinates"].as_array().expect("polygons");
        assert_eq!(polygons.len(), 2);
        for point in polygons.iter().flat_map(|polygon| polygon[0].as_array().expect("a ring")) {
            let (lon, lat) = (point[0].as_f64().expect("a number"), point[1].as_f64().expect("a number"));
            assert!((-180.0..=180.0).contains(&lon) && (17.0..24.0).contains(&lat), "{lon} {lat}");
        }
        for polygon in polygons {
            let ring = polygon[0].as_array().expect("a ring");
            assert_eq!(ring.first(), ring.last());
        }
    }

    #[test]
    fn a_calm_has_no_shape_and_outer_rings_turn_left() {
        let none = WindRadii { kt: 34, ne_km: 0.0, se_km: 0.0, sw_km: 0.0, nw_km: 0.0 };
        assert_eq!(wind(at(20.0, 120.0), &none), None);
        let ring = circle(&Circle { centre: at(20.0, 120.0), radius_km: 50.0 });
        let shape = polygons(&[vec![ring]]).expect("a shape");
        let points: Vec<[f64; 2]> = serde_json::from_value(shape["coordinates"][0][0].clone()).expect("a ring");
        let doubled: f64 = points.windows(2).map(|pair| pair[0][0] * pair[1][1] - pair[1][0] * pair[0][1]).sum();
        assert!(doubled > 0.0);
    }
}
