//! An alert's shape: GeoJSON in GeoJSON answers, well-known text (OGC 06-103r4, section 7) in JSON-LD ones.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::domain::{Footprint, Position, Ring};
use crate::sources::formats::geometry::Geometry;

/// A shape as it stands; `null` and nonsense are none.
#[derive(Debug, Default)]
pub(super) struct Shape<'a> {
    json: Option<Geometry<'a>>,
    text: Option<Cow<'a, str>>,
}

impl Shape<'_> {
    /// Adds its polygons to a footprint; the number of those that could not be read.
    pub(super) fn add_to(&self, footprint: &mut Footprint) -> usize {
        let json = self.json.as_ref().map_or(0, |geometry| geometry.add_to(footprint));
        json + self.text.as_ref().map_or(0, |text| add_text(text, footprint))
    }
}

/// Adds `POLYGON((lon lat, …),(…))` or `MULTIPOLYGON(((…)),((…)))`, with an `SRID=…;` or without.
fn add_text(text: &str, footprint: &mut Footprint) -> usize {
    let text = text.rsplit(';').next().unwrap_or_default().trim();
    let Some((kind, rest)) = text.split_once('(') else { return usize::from(!text.is_empty()) };
    match kind.split_whitespace().next().map(str::to_ascii_uppercase).as_deref() {
        Some("POLYGON") => add_rings(rest, footprint),
        Some("MULTIPOLYGON") => {
            // A polygon ends where two parentheses close.
            let flat: String = rest.chars().filter(|c| !c.is_whitespace() || *c == ' ').collect();
            flat.replace(") )", "))")
                .replace(") ,", "),")
                .split("))")
                .filter(|part| part.contains('('))
                .map(|part| add_rings(part, footprint))
                .sum()
        }
        _ => 0,
    }
}

fn add_rings(text: &str, footprint: &mut Footprint) -> usize {
    let mut polygon = Vec::new();
    for ring in text.split('(').flat_map(|part| part.split(')')).filter(|part| part.contains(' ')) {
        match ring_of(ring.trim_matches([',', ' '])) {
            Some(ring) => polygon.push(ring),
            None if ring.trim_matches([',', ' ']).is_empty() => {}
            None => return 1,
        }
    }
    if polygon.is_empty() {
        return 1;
    }
    footprint.polygons.push(polygon);
    0
}

fn ring_of(text: &str) -> Option<Ring> {
    let mut ring = Ring::new();
    for pair in text.split(',') {
        let mut numbers = pair.split_whitespace().map(str::parse::<f64>);
        let (lon, lat) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        ring.push(Position::lat_lon(lat, lon).ok()?);
    }
    if ring.first() != ring.last() {
        ring.extend(ring.first().copied());
    }
    (ring.len() >= 4).then_some(ring)
}

impl<'de: 'a, 'a> Deserialize<'de> for Shape<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Leaf;
        impl<'de> Visitor<'de> for Leaf {
            type Value = Shape<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Shape<'de>, A::Error> {
                let json = Geometry::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Shape { json: Some(json), text: None })
            }
            fn visit_str<E>(self, value: &str) -> Result<Shape<'de>, E> {
                Ok(Shape { json: None, text: Some(value.to_owned().into()) })
            }
            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Shape<'de>, E> {
                Ok(Shape { json: None, text: Some(value.into()) })
            }
            fn visit_unit<E>(self) -> Result<Shape<'de>, E> {
                Ok(Shape::default())
            }
            fn visit_bool<E>(self, _: bool) -> Result<Shape<'de>, E> {
                Ok(Shape::default())
            }
            fn visit_i64<E>(self, _: i64) -> Result<Shape<'de>, E> {
                Ok(Shape::default())
            }
            fn visit_u64<E>(self, _: u64) -> Result<Shape<'de>, E> {
                Ok(Shape::default())
            }
            fn visit_f64<E>(self, _: f64) -> Result<Shape<'de>, E> {
                Ok(Shape::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Shape::default())
            }
        }
        deserializer.deserialize_any(Leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, rings: &[&[usize]], odd: usize) {
        let mut footprint = Footprint::default();
        assert_eq!(add_text(text, &mut footprint), odd, "{text}");
        let found: Vec<Vec<usize>> =
            footprint.polygons.iter().map(|polygon| polygon.iter().map(Vec::len).collect()).collect();
        assert_eq!(found, rings.iter().map(|rings| rings.to_vec()).collect::<Vec<_>>(), "{text}");
    }

    #[test]
    fn well_known_text() {
        check("POLYGON((-155 19,-154 19,-154 20,-155 19))", &[&[4]], 0);
        check(
            "SRID=4326;POLYGON ((-155 19, -154 19, -154 20, -155 20), (-154.5 19.2, -154.4 19.2, -154.4 19.3))",
            &[&[5, 4]],
            0,
        );
        check("MULTIPOLYGON(((-155 19,-154 19,-154 20,-155 19)), ((-1 1,-2 2,-3 1,-1 1)))", &[&[4], &[4]], 0);
        check(
            "MULTIPOLYGON (((-155 19,-154 19,-154 20,-155 19),(-154.5 19.2,-154.4 19.2,-154.4 19.3)) )",
            &[&[4, 4]],
            0,
        );
    }

    #[test]
    fn what_is_no_area() {
        check("", &[], 0);
        check("POINT(-155 19)", &[], 0);
        check("POLYGON EMPTY", &[], 1);
        check("POLYGON((-155 19,-154 x))", &[], 1);
        check("POLYGON((", &[], 1);
    }
}
