//! `lanes.geojson`: `LineString` features, read one by one so that a bad one does not spoil the others.

use geojson::{Feature, GeometryValue};
use serde_json::Value;

use super::super::table::Read;
use super::super::words::clean;
use crate::domain::{Currency, Fault, Lane, LaneId, Money, Place, Position};

/// Reads the lanes. A lane's number is its place among the features, from 1: GeoJSON keeps no lines.
pub(super) fn read(bytes: &[u8]) -> Read<Lane> {
    let mut out = Read::default();
    for (index, feature) in features(bytes, &mut out.faults).into_iter().enumerate() {
        let mut reading = Reading { index, faults: &mut out.faults };
        if let Some(lane) = reading.lane(feature) {
            out.rows.push((as_u32(index + 1), lane));
        }
    }
    out
}

/// The features of a collection, none with a fault when it is no such thing.
pub(super) fn features(bytes: &[u8], faults: &mut Vec<Fault>) -> Vec<Value> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut whole = match serde_json::from_slice::<Value>(bytes) {
        Ok(whole) => whole,
        Err(error) => {
            let place = Place::at(as_u32(error.line()), as_u32(error.column()));
            faults.push(Fault::fatal(place, format!("not JSON: {error}")).hint("export it as GeoJSON again"));
            return Vec::new();
        }
    };
    if let Some(Value::Array(features)) = whole.get_mut("features").map(Value::take) {
        return features;
    }
    faults.push(not_a_collection());
    Vec::new()
}

/// Where a lane stands in the file: `features[2].cost`.
pub(super) fn place_of(number: u32, property: &str) -> Place {
    Place::default().field(format!("features[{}].{property}", number.saturating_sub(1)))
}

fn not_a_collection() -> Fault {
    Fault::fatal(Place::line(1), "not a GeoJSON FeatureCollection").hint("export it as one FeatureCollection")
}

pub(super) fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The id that GeoJSON itself gives a feature, beside its properties.
fn own_id(feature: &Feature) -> Option<String> {
    match feature.id.as_ref()? {
        geojson::feature::Id::String(text) => Some(clean(text).0).filter(|id| !id.is_empty()),
        geojson::feature::Id::Number(number) => Some(number.to_string()),
    }
}

struct Reading<'a> {
    index: usize,
    faults: &'a mut Vec<Fault>,
}

impl Reading<'_> {
    fn fault(&mut self, property: &str, what: impl Into<String>, hint: &str) {
        self.faults.push(Fault::minor(place_of(as_u32(self.index + 1), property), what).hint(hint));
    }

    fn lane(&mut self, feature: Value) -> Option<Lane> {
        let feature = match serde_json::from_value::<Feature>(feature) {
            Ok(feature) => feature,
            Err(error) => {
                self.fault("type", format!("not a GeoJSON feature: {error}; it is skipped"), "export it again");
                return None;
            }
        };
        let Some(id) = self.text(&feature, "id").or_else(|| own_id(&feature)) else {
            self.fault("id", "the lane has no id; it is skipped", "give it the property `id`");
            return None;
        };
        let course = self.course(&feature)?;
        let cost = self.cost(&feature);
        Some(Lane {
            id: LaneId::new(id),
            mode: self.text(&feature, "mode").unwrap_or_default().to_lowercase(),
            origin: self.text(&feature, "origin").unwrap_or_default(),
            destination: self.text(&feature, "destination").unwrap_or_default(),
            transit_h: self.transit_h(&feature),
            cost,
            alternates: self.alternates(&feature),
            course,
        })
    }

    fn text(&mut self, feature: &Feature, property: &str) -> Option<String> {
        let raw = match feature.property(property)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let (text, is_changed) = clean(&raw);
        if is_changed {
            self.fault(property, "the value holds hidden characters or is very long; it was shortened", "retype it");
        }
        (!text.is_empty()).then_some(text)
    }

    fn transit_h(&mut self, feature: &Feature) -> Option<f64> {
        let text = self.text(feature, "transit_h")?;
        let hours = text.parse::<f64>().ok().filter(|hours| (0.0..=10_000.0).contains(hours));
        if hours.is_none() {
            self.fault("transit_h", format!("`{text}` is no number of hours; taken as unknown"), "write hours: 60");
        }
        hours
    }

    fn cost(&mut self, feature: &Feature) -> Option<Money> {
        let amount = self.text(feature, "cost")?;
        let currency = self.text(feature, "currency").unwrap_or_default();
        let read = Money::parse_amount(&amount).and_then(|a| Ok(Money::new(a, Currency::parse(&currency)?)));
        if let Err(error) = &read {
            self.fault(
                "cost",
                format!("{error}; taken as unknown"),
                "give `cost` as digits and `currency` as CNY or USD",
            );
        }
        read.ok()
    }

    /// A list of ids, or a text of ids with blanks, commas or semicolons between.
    fn alternates(&mut self, feature: &Feature) -> Vec<LaneId> {
        match feature.property("alternates") {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(LaneId::new).collect(),
            Some(Value::String(text)) => {
                text.split([' ', ',', ';']).filter(|id| !id.is_empty()).map(LaneId::new).collect()
            }
            None | Some(Value::Null) => Vec::new(),
            Some(_) => {
                self.fault("alternates", "not a list of lane ids; taken as none", "write [\"RAIL-1\", \"ROAD-1\"]");
                Vec::new()
            }
        }
    }

    fn course(&mut self, feature: &Feature) -> Option<Vec<Position>> {
        let Some(GeometryValue::LineString { coordinates }) = feature.geometry.as_ref().map(|g| &g.value) else {
            self.fault("geometry", "the lane is not a LineString; it is skipped", "draw its course as one line");
            return None;
        };
        let mut course = Vec::with_capacity(coordinates.len());
        for pair in coordinates {
            let (lon, lat) = (pair.as_slice().first().copied(), pair.as_slice().get(1).copied());
            match Position::lat_lon(lat.unwrap_or(f64::NAN), lon.unwrap_or(f64::NAN)) {
                Ok(position) => course.push(position),
                Err(error) => {
                    let what = format!("{error}; the lane is skipped");
                    self.fault("geometry", what, "GeoJSON writes longitude first, then latitude");
                    return None;
                }
            }
        }
        if course.len() < 2 {
            self.fault("geometry", "the course has fewer than two positions; the lane is skipped", "draw its course");
            return None;
        }
        Some(course)
    }
}
