//! A storm's track out of the shapes of `getgeometry`.
//!
//! Each step has a small circle about the centre (`Point_Polygon_Point_n`) and, from the analysis on, a polygon for each
//! wind band; all bear the step's time. The centre is the middle of the circle. The wind polygons are four quarter
//! circles, so that each quadrant's radius is read where its arc meets the meridian.

use std::collections::BTreeMap;

use super::event::Event;
use super::json::Feature;
use crate::domain::{Fault, Fix, Footprint, Place, Position, Timestamp, WindRadii};
use crate::geo;
use crate::sources::formats::cyclone::{radii, tenth};
use crate::sources::formats::dates::civil;
use crate::sources::formats::fault_log::FaultLog;

/// The classes of the wind polygons and the thresholds of their winds in knots; see the module's head.
const BANDS: [(&str, u32); 3] = [("Poly_Green", 34), ("Poly_Orange", 50), ("Poly_Red", 64)];
/// The circle of a centre is some 3 km wide; a larger one is something else, and its middle no centre.
const CENTRE_DEG_MAX: f64 = 1.0;
/// Nearer to an axis than this in degrees a vertex belongs to no quadrant: coordinates are given to 0.0001.
const AXIS_DEG: f64 = 0.0005;

#[derive(Default)]
struct Step {
    centre: Option<Position>,
    bands: Vec<(u32, Footprint)>,
}

/// The fixes, and the area of the weakest band over the whole track.
pub(super) fn read(event: &Event, parts: &[Feature<'_>], log: &mut FaultLog) -> (Vec<Fix>, Footprint) {
    let reference = event.to.or(event.modified).or(event.from);
    let mut steps: BTreeMap<Timestamp, Step> = BTreeMap::new();
    let mut whole = Footprint::default();
    let mut unread = 0;
    for part in parts {
        let class = part.class();
        let band = BANDS.iter().find(|(name, _)| *name == class).map(|(_, kt)| *kt);
        if band.is_none() && !class.starts_with("Point_Polygon") {
            continue;
        }
        let mut shape = Footprint::default();
        let odd = part.geometry.0.as_ref().map_or(1, |geometry| geometry.add_to(&mut shape));
        let time = reference.and_then(|reference| time_of(part, reference));
        match (time, band) {
            (Some(time), Some(kt)) => steps.entry(time).or_default().bands.push((kt, shape)),
            (Some(time), None) => steps.entry(time).or_default().centre = centre(&shape),
            (None, Some(34)) => whole = shape,
            (None, Some(_)) => {}
            (None, None) => unread += 1,
        }
        unread += odd;
    }
    if unread > 0 {
        let what = format!("{unread} shapes of the track cannot be read");
        log.push(Fault::minor(Place::default().field("features"), what));
    }
    let fixes = steps.iter().filter_map(|(time, step)| fix(*time, step, reference)).collect();
    (fixes, whole)
}

fn fix(time: Timestamp, step: &Step, reference: Option<Timestamp>) -> Option<Fix> {
    let centre = step.centre?;
    let hours = reference.map_or(0.0, |reference| crate::domain::hours_between(reference, time).round());
    #[expect(clippy::cast_possible_truncation, reason = "`as` clamps a float to the range of the integer")]
    let tau_h = hours as i32;
    let mut fix = Fix::at(time, tau_h, centre);
    for (kt, shape) in &step.bands {
        if !fix.radii.iter().any(|known| known.kt == *kt) {
            fix.radii.extend(quadrants(*kt, centre, shape));
        }
    }
    Some(fix)
}

/// The time of a step: its key `MMDDhhmm`, or its label `22/08 12:00 UTC`. The year is the one that brings it nearest to
/// the analysis.
fn time_of(part: &Feature<'_>, reference: Timestamp) -> Option<Timestamp> {
    let properties = part.properties.0.as_ref()?;
    let of_key = properties.key.get().filter(|key| key.len() == 8 && key.bytes().all(|byte| byte.is_ascii_digit()));
    let digits = match of_key {
        Some(key) => key.to_owned(),
        None => of_label(properties.polygonlabel.get()?)?,
    };
    let year = reference.to_zoned(jiff::tz::TimeZone::UTC).year();
    let candidates = [year - 1, year, year + 1].into_iter().filter_map(|year| civil(&format!("{year:04}{digits}"), 0));
    candidates.min_by_key(|at| at.duration_since(reference).unsigned_abs())
}

/// `22/08 12:00 UTC` as `08221200`.
fn of_label(label: &str) -> Option<String> {
    let digits: String = label.chars().filter(char::is_ascii_digit).collect();
    let (day, month, clock) = (digits.get(..2)?, digits.get(2..4)?, digits.get(4..8)?);
    (digits.len() == 8).then(|| format!("{month}{day}{clock}"))
}

/// The middle of a small shape.
fn centre(shape: &Footprint) -> Option<Position> {
    let ring = shape.polygons.first()?.first()?;
    let first = ring.first()?;
    let (mut south, mut north, mut west, mut east) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    for place in ring {
        let (lat, lon) = (place.lat() - first.lat(), geo::shortest_lon(place.lon() - first.lon()));
        (south, north) = (south.min(lat), north.max(lat));
        (west, east) = (west.min(lon), east.max(lon));
    }
    if north - south > CENTRE_DEG_MAX || east - west > CENTRE_DEG_MAX {
        return None;
    }
    // Centres are given to a tenth or hundredth of a degree; the vertices of their circle to 0.0001.
    let round = |degrees: f64| (degrees * 100.0).round() / 100.0;
    let lat = round(first.lat() + f64::midpoint(south, north));
    let lon = round(first.lon() + f64::midpoint(west, east));
    Position::lat_lon(lat, lon).ok()
}

/// The radius of each quadrant: the distance of the vertex next to the meridian.
fn quadrants(kt: u32, centre: Position, shape: &Footprint) -> Option<WindRadii> {
    let ring = shape.polygons.first()?.first()?;
    // NE, SE, SW, NW: how steep the vertex stands, and how far away.
    let mut found = [(0.0_f64, 0.0_f64); 4];
    for place in ring {
        let (lat, lon) = (place.lat() - centre.lat(), geo::shortest_lon(place.lon() - centre.lon()));
        if lat.abs() < AXIS_DEG || lon.abs() < AXIS_DEG {
            continue;
        }
        let quadrant = match (lat > 0.0, lon > 0.0) {
            (true, true) => 0,
            (false, true) => 1,
            (false, false) => 2,
            (true, false) => 3,
        };
        let steepness = (lat / lon).abs();
        if let Some(slot) = found.get_mut(quadrant).filter(|slot| steepness > slot.0) {
            let (x, y) = geo::plane_km(centre, *place);
            *slot = (steepness, tenth(x.hypot(y)));
        }
    }
    radii(kt, found.map(|(_, km)| km))
}
