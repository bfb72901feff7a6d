//! `geocodes.geojson` and `geocodes.csv`: where the codes lie that warnings name instead of drawing their areas.
//!
//! In GeoJSON a feature is a polygon whose properties name its code, as `system` and `code` or as agencies' own files do
//! (`EMMA_ID`, `NUTS_ID`, `adcode`, `FIPS`, `STATE` with `ZONE` …). In CSV a row is a circle: system, code, lat, lon,
//! `radius_km`.

use geojson::{Feature, GeometryValue};
use serde_json::Value;

use super::super::table::{Columns, Read, Row};
use super::lanes::{as_u32, features};
use crate::domain::{Circle, Fault, Footprint, Place, Position, Ring};

pub(super) const COLUMNS: Columns =
    Columns { required: &["system", "code", "lat", "lon", "radius_km"], optional: &["name"] };

/// A code with its shape.
pub(super) struct Coded {
    pub(super) system: String,
    pub(super) code: String,
    pub(super) shape: Footprint,
}

/// Properties that agencies' own files name a code by, and the system that it is of. NWS zone files (STATE, ZONE) have
/// it in two parts.
const PROPERTIES: [(&str, &str); 12] = [
    ("EMMA_ID", "EMMA_ID"),
    ("EMMA_CODE", "EMMA_ID"),
    ("NUTS_ID", "NUTS"),
    ("WARNCELLID", "WARNCELLID"),
    ("WARNCELLI", "WARNCELLID"),
    ("adcode", "adcode"),
    ("UGC", "UGC"),
    ("SAME", "SAME"),
    ("FIPS", "FIPS6"),
    ("GEOID", "FIPS6"),
    ("regioncode", "JMA"),
    ("shapeISO", "ISO 3166-2"),
];

/// One circle.
pub(super) fn read_circle(row: &mut Row<'_>) -> Option<Coded> {
    let (system, code) = (row.needed("system")?, row.needed("code")?);
    let (lat, lon) = (row.number("lat", -90.0..=90.0), row.number("lon", -180.0..=360.0));
    let radius_km = row.number("radius_km", 0.0..=2000.0);
    let (Some(lat), Some(lon), Some(radius_km)) = (lat, lon, radius_km) else {
        row.fault("code", "the circle has no place or radius; it is skipped", "give lat, lon and radius_km");
        return None;
    };
    let centre = Position::lat_lon(lat, lon).ok()?;
    let shape = Footprint { polygons: Vec::new(), circles: vec![Circle { centre, radius_km }] };
    Some(Coded { system, code, shape })
}

/// The polygons of a GeoJSON file. A feature that names no code, or is no polygon, is told and skipped.
pub(super) fn read(bytes: &[u8]) -> Read<Coded> {
    let mut out = Read::default();
    for (index, feature) in features(bytes, &mut out.faults).into_iter().enumerate() {
        let read =
            serde_json::from_value::<Feature>(feature).map_err(|error| format!("not a GeoJSON feature: {error}"));
        match read.and_then(|feature| coded(&feature)) {
            Ok(coded) => out.rows.push((as_u32(index + 1), coded)),
            Err(what) => {
                let place = Place::default().field(format!("features[{index}]"));
                let hint = "a polygon with the properties `system` and `code`";
                out.faults.push(Fault::minor(place, format!("{what}; it is skipped")).hint(hint));
            }
        }
    }
    out
}

fn coded(feature: &Feature) -> Result<Coded, String> {
    let (system, code) = code_of(feature).ok_or("the feature names no code")?;
    let polygons = match feature.geometry.as_ref().map(|geometry| &geometry.value) {
        Some(GeometryValue::Polygon { coordinates }) => vec![polygon(coordinates)],
        Some(GeometryValue::MultiPolygon { coordinates }) => coordinates.iter().map(|rings| polygon(rings)).collect(),
        _ => return Err("the feature is no polygon".to_owned()),
    };
    let polygons: Option<Vec<Vec<Ring>>> = polygons.into_iter().collect();
    let polygons = polygons.ok_or("a ring of the polygon has fewer than three places, or one off the earth")?;
    Ok(Coded { system, code, shape: Footprint { polygons, circles: Vec::new() } })
}

fn code_of(feature: &Feature) -> Option<(String, String)> {
    let text = |name: &str| match feature.property(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if let Some(code) = text("code") {
        return Some((text("system")?, code));
    }
    if let (Some(state), Some(zone)) = (text("STATE"), text("ZONE")) {
        return Some(("UGC".to_owned(), format!("{state}Z{zone:0>3}")));
    }
    PROPERTIES.iter().find_map(|(property, system)| Some(((*system).to_owned(), text(property)?)))
}

fn polygon(rings: &[Vec<geojson::Position>]) -> Option<Vec<Ring>> {
    rings.iter().map(|ring| closed(ring)).collect()
}

fn closed(places: &[geojson::Position]) -> Option<Ring> {
    let position = |place: &geojson::Position| {
        let (lon, lat) = (place.as_slice().first()?, place.as_slice().get(1)?);
        Position::lat_lon(*lat, *lon).ok()
    };
    let mut ring: Ring = places.iter().map(position).collect::<Option<_>>()?;
    if ring.first() != ring.last() {
        ring.extend(ring.first().copied());
    }
    (ring.len() >= 4).then_some(ring)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes read, and faults.
    fn check(properties: &str, geometry: &str) -> (Vec<String>, Vec<String>) {
        let feature = format!("{{\"type\":\"Feature\",\"properties\":{properties},\"geometry\":{geometry}}}");
        let read = read(format!("{{\"type\":\"FeatureCollection\",\"features\":[{feature}]}}").as_bytes());
        let codes = read.rows.iter().map(|(_, coded)| format!("{}:{}", coded.system, coded.code)).collect();
        (codes, read.faults.iter().map(ToString::to_string).collect())
    }

    const SQUARE: &str = "{\"type\":\"Polygon\",\"coordinates\":[[[121,28],[122,28],[122,29],[121,28]]]}";

    #[test]
    fn codes_of_our_own_and_of_agencies() {
        for (properties, expected) in [
            ("{\"system\":\"EMMA_ID\",\"code\":\"IT003\"}", "EMMA_ID:IT003"),
            ("{\"EMMA_ID\":\"IT003\"}", "EMMA_ID:IT003"),
            ("{\"adcode\":331002}", "adcode:331002"),
            ("{\"STATE\":\"TX\",\"ZONE\":\"213\"}", "UGC:TXZ213"),
        ] {
            assert_eq!(check(properties, SQUARE), (vec![expected.to_owned()], vec![]), "{properties}");
        }
    }

    #[test]
    fn what_names_no_code_or_draws_no_polygon_is_told() {
        for (properties, geometry) in [
            ("{}", SQUARE),
            ("{\"code\":\"IT003\"}", SQUARE),
            ("{\"EMMA_ID\":\"IT003\"}", "{\"type\":\"Point\",\"coordinates\":[121,28]}"),
            ("{\"EMMA_ID\":\"IT003\"}", "{\"type\":\"Polygon\",\"coordinates\":[[[121,28],[122,28]]]}"),
        ] {
            let (codes, faults) = check(properties, geometry);
            assert!(codes.is_empty() && faults.len() == 1 && faults[0].contains("features[0]"), "{faults:?}");
        }
        assert!(read(b"[]").faults[0].is_fatal);
    }
}
