//! GeoJSON shapes (RFC 7946) become footprints.
//!
//! A geometry is read without building a tree of it: positions go straight into rings. What is no shape of an area
//! (points, lines) is kept apart; the caller knows what it means.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json::{List, Text};
use crate::domain::{Circle, Footprint, Position, Ring};

/// A geometry as it stands. `null` and nonsense are an empty one.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Geometry<'a> {
    /// `Polygon`, `MultiPolygon`, `LineString`, `Point` …
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Text<'a>,
    coordinates: Nest,
    #[serde(borrow)]
    geometries: List<Geometry<'a>>,
}

impl Geometry<'_> {
    /// Adds the polygons to a footprint; the number of rings that were none (fewer than three places, or a place that
    /// is no position).
    pub(crate) fn add_to(&self, footprint: &mut Footprint) -> usize {
        let mut odd = 0;
        match self.kind.get() {
            Some("Polygon") => odd += add_polygon(&self.coordinates, footprint),
            Some("MultiPolygon") => {
                if let Nest::List(polygons) = &self.coordinates {
                    odd += polygons.iter().map(|polygon| add_polygon(polygon, footprint)).sum::<usize>();
                }
            }
            _ => {}
        }
        odd + self.geometries.iter().map(|part| part.add_to(footprint)).sum::<usize>()
    }

    /// The places of a point or line, in order; of a multi-part one, part after part.
    pub(crate) fn places(&self) -> Vec<Position> {
        let mut places = Vec::new();
        self.coordinates.gather(&mut places);
        places
    }
}

fn add_polygon(rings: &Nest, footprint: &mut Footprint) -> usize {
    let Nest::List(rings) = rings else { return 1 };
    let mut odd = 0;
    let mut polygon: Vec<Ring> = Vec::new();
    for (at, ring) in rings.iter().enumerate() {
        match ring_of(ring) {
            Some(ring) => polygon.push(ring),
            // Without its outer ring a polygon is none; a hole that is none only makes it larger.
            None if at == 0 => return 1,
            None => odd += 1,
        }
    }
    if !polygon.is_empty() {
        footprint.polygons.push(polygon);
    }
    odd
}

/// A closed ring; one that does not end where it began is closed.
fn ring_of(nest: &Nest) -> Option<Ring> {
    let Nest::List(places) = nest else { return None };
    let mut ring = Ring::with_capacity(places.len() + 1);
    for place in places {
        ring.push(place.position()?);
    }
    if ring.first() != ring.last() {
        ring.extend(ring.first().copied());
    }
    (ring.len() >= 4).then_some(ring)
}

/// Coordinates to any depth: a position, or a list of more of them. Depth is bounded by the JSON reader.
#[derive(Debug, Clone, PartialEq)]
enum Nest {
    Position([f64; 2]),
    List(Vec<Nest>),
    Nothing,
}

impl Default for Nest {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Nest {
    /// Longitudes may run past 180; they are brought back.
    fn position(&self) -> Option<Position> {
        match self {
            Self::Position([lon, lat]) if lon.abs() <= 540.0 => Position::lat_lon(*lat, *lon).ok().or_else(|| {
                let lon = (lon + 180.0).rem_euclid(360.0) - 180.0;
                Position::lat_lon(*lat, lon).ok()
            }),
            _ => None,
        }
    }

    fn gather(&self, places: &mut Vec<Position>) {
        match self {
            Self::List(list) => list.iter().for_each(|nest| nest.gather(places)),
            Self::Position(_) => places.extend(self.position()),
            Self::Nothing => {}
        }
    }
}

/// An element of a coordinate array: a number, or an array in its turn.
enum Element {
    Number(f64),
    Nest(Nest),
}

struct NestVisitor;

impl<'de> Visitor<'de> for NestVisitor {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coordinates")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Element, E> {
        Ok(Element::Number(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Element, E> {
        Ok(Element::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Element, E> {
        Ok(Element::Number(value as f64))
    }

    fn visit_unit<E>(self) -> Result<Element, E> {
        Ok(Element::Nest(Nest::Nothing))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Element, E> {
        Ok(Element::Nest(Nest::Nothing))
    }

    fn visit_str<E>(self, _: &str) -> Result<Element, E> {
        Ok(Element::Nest(Nest::Nothing))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Element::Nest(Nest::Nothing))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Element, A::Error> {
        let first = seq.next_element::<Element>()?;
        let nest = match first {
            None => Nest::default(),
            Some(Element::Number(lon)) => {
                let second = seq.next_element::<Element>()?;
                // A height may follow.
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                match second {
                    Some(Element::Number(lat)) => Nest::Position([lon, lat]),
                    _ => Nest::Nothing,
                }
            }
            Some(Element::Nest(first)) => {
                let mut list = vec![first];
                while let Some(element) = seq.next_element::<Element>()? {
                    list.push(if let Element::Nest(nest) = element { nest } else { Nest::Nothing });
                }
                Nest::List(list)
            }
        };
        Ok(Element::Nest(nest))
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NestVisitor)
    }
}

impl<'de> Deserialize<'de> for Nest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(NestVisitor)? {
            Element::Nest(nest) => nest,
            Element::Number(_) => Self::Nothing,
        })
    }
}

/// Circles along a line that is told as a corridor: with as many, their centres are less than a radius apart for every
/// recorded formation alert of JTWC.
const CIRCLES_ALONG: u32 = 5;

/// Circles along a line of some degrees, straight in latitude and longitude: at this length the arc is within 1 km.
pub(crate) fn circles_along(from: Position, to: Position, radius_km: f64) -> Vec<Circle> {
    let step = (to.lon() - from.lon() + 540.0).rem_euclid(360.0) - 180.0;
    // The file gives tenths of a degree; a thousandth keeps all that they say.
    let thousandth = |degrees: f64| (degrees * 1_000.0).round() / 1_000.0;
    let centre = |part: f64| {
        let lat = from.lat() + (to.lat() - from.lat()) * part;
        Position::lat_lon(thousandth(lat), thousandth(from.lon() + step * part)).ok()
    };
    let parts = (0..CIRCLES_ALONG).map(|at| f64::from(at) / f64::from(CIRCLES_ALONG - 1));
    let radius_km = (radius_km * 10.0).round() / 10.0;
    parts.filter_map(centre).map(|centre| Circle { centre, radius_km }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    /// Rings of each polygon, and odd rings.
    fn read(text: &str) -> (Vec<usize>, usize) {
        let geometry: Geometry<'_> = json::parse(text).unwrap();
        let mut footprint = Footprint::default();
        let odd = geometry.add_to(&mut footprint);
        (footprint.polygons.iter().map(Vec::len).collect(), odd)
    }

    #[test]
    fn polygons() {
        let ring = "[[120,28],[122,28],[122,30],[120,28]]";
        assert_eq!(read(&format!("{{\"type\":\"Polygon\",\"coordinates\":[{ring},{ring}]}}")), (vec![2], 0));
        assert_eq!(
            read(&format!("{{\"coordinates\":[[{ring}],[{ring}]],\"type\":\"MultiPolygon\"}}")),
            (vec![1, 1], 0)
        );
        let collection = format!(
            "{{\"type\":\"GeometryCollection\",\"geometries\":[{{\"type\":\"Polygon\",\"coordinates\":[{ring}]}},7]}}"
        );
        assert_eq!(read(&collection), (vec![1], 0));
        assert_eq!(read("{\"type\":\"Polygon\",\"coordinates\":[[[120,28],[122,28],[122,30]]]}"), (vec![1], 0));
    }

    #[test]
    fn what_is_no_ring_is_counted() {
        for text in [
            "{\"type\":\"Polygon\",\"coordinates\":[[[120,28],[122,28]]]}",
            "{\"type\":\"Polygon\",\"coordinates\":[[[120,98],[122,28],[122,30]]]}",
            "{\"type\":\"Polygon\",\"coordinates\":[[[120,\"a\"],[122,28],[122,30]]]}",
            "{\"type\":\"Polygon\",\"coordinates\":7}",
        ] {
            assert_eq!(read(text), (vec![], 1), "{text}");
        }
        assert_eq!(read("{\"type\":\"Point\",\"coordinates\":[120,28]}"), (vec![], 0));
    }

    #[test]
    fn lines_and_longitudes_past_180() {
        let line: Geometry<'_> =
            json::parse("{\"type\":\"LineString\",\"coordinates\":[[179,10,5],[181.5,11]]}").unwrap();
        let places: Vec<_> = line.places().iter().map(|place| (place.lat(), place.lon())).collect();
        assert_eq!(places, [(10.0, 179.0), (11.0, -178.5)]);
    }

    #[test]
    fn circles_along_a_line_cross_the_date_line() {
        let at = |lat, lon| Position::lat_lon(lat, lon).unwrap();
        let circles = circles_along(at(10.0, 179.0), at(12.0, -179.0), 100.0);
        assert_eq!(circles.len(), 5);
        assert!((circles[2].centre.lon().abs() - 180.0).abs() < 1e-9);
        assert!((circles[2].centre.lat() - 11.0).abs() < 1e-9);
    }
}
