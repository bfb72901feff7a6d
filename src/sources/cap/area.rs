//! CAP's area: a name, codes, and shapes on the ground (CAP 1.2 section 3.2.4).

use std::collections::HashSet;

use crate::domain::{Area, Circle, Footprint, Position, Ring};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::slim_xml::{self as xml, Node};

/// Mean radius of the earth in kilometres (IUGG: (2a+b)/3 of WGS84).
const EARTH_RADIUS_KM: f64 = 6_371.009;

/// The name and codes of an `<area>`; its shapes are added to `footprint`. Altitude and ceiling are not read.
pub(super) fn read(node: Node<'_, '_>, footprint: &mut Footprint, log: &mut FaultLog) -> Area {
    let name = xml::cap_text(node, "areaDesc").unwrap_or_else(|| {
        xml::minor(log, node, "areaDesc", "the area has no name");
        "".into()
    });
    let mut area = Area { name: name.into_owned(), ..Area::default() };
    let mut seen = HashSet::new();
    for geocode in xml::cap_children(node, "geocode") {
        read_geocode(geocode, &mut area, &mut seen);
    }
    for polygon in xml::cap_children(node, "polygon") {
        // An empty polygon is how some agencies say that they draw none.
        if let Some(text) = xml::text_of(polygon) {
            read_polygon(&text, polygon, footprint, log);
        }
    }
    for circle in xml::cap_children(node, "circle") {
        if let Some(text) = xml::text_of(circle) {
            match parse_circle(&text) {
                Some(circle) => footprint.circles.push(circle),
                None => lost(log, circle, "circle", &text, "`lat,lon radius` in degrees and kilometres"),
            }
        }
    }
    area
}

/// Adds a code. Values of one system are joined by a blank; CAP 1.0 writes `system=value`.
fn read_geocode(node: Node<'_, '_>, area: &mut Area, seen: &mut HashSet<(String, String)>) {
    let mut system: Option<String> = None;
    let mut pairs = Vec::new();
    for child in node.children() {
        if xml::is_cap(child, "valueName") {
            system = xml::text_of(child).map(std::borrow::Cow::into_owned);
        } else if xml::is_cap(child, "value") {
            pairs.extend(system.clone().zip(xml::text_of(child)));
        }
    }
    if let (true, Some(text)) = (pairs.is_empty(), xml::text_of(node)) {
        let split = text.split_once('=').map(|(system, value)| (system.trim().to_owned(), value.trim().to_owned()));
        pairs.extend(split.map(|(system, value)| (system, value.into())));
    }
    for (system, value) in pairs {
        if seen.insert((system.clone(), value.clone().into_owned())) {
            let values = area.geocodes.entry(system).or_default();
            if !values.is_empty() {
                values.push(' ');
            }
            values.push_str(&value);
        }
    }
}

fn read_polygon(text: &str, node: Node<'_, '_>, footprint: &mut Footprint, log: &mut FaultLog) {
    let Some(mut ring) = parse_points(text) else {
        lost(log, node, "polygon", text, "pairs of `lat,lon` with blanks between them");
        return;
    };
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    } else {
        xml::minor(log, node, "polygon", "the polygon does not end where it began; it is closed");
    }
    match shape(&ring) {
        Shape::Polygon => {
            ring.extend(ring.first().copied());
            footprint.polygons.push(vec![ring]);
        }
        Shape::Line(circle) => {
            let what = "the polygon has fewer than three corners; a circle around its line stands for it";
            xml::minor(log, node, "polygon", what);
            footprint.circles.push(circle);
        }
        Shape::Nothing => lost(log, node, "polygon", text, "at least one position"),
    }
}

/// `lat,lon lat,lon …`, with or without blanks behind the commas.
fn parse_points(text: &str) -> Option<Ring> {
    parse_plain_points(text).or_else(|| parse_odd_points(text))
}

/// Bytes of a pair of usual precision with the blank behind it: `30.0318,122.3772 `.
const PAIR_BYTES: usize = 16;

/// Pairs with one blank between them and none within, as nearly all are.
fn parse_plain_points(text: &str) -> Option<Ring> {
    let mut ring = Ring::with_capacity(text.len() / PAIR_BYTES + 1);
    for pair in text.split(' ') {
        let comma = pair.bytes().position(|byte| byte == b',')?;
        let (lat, lon) = pair.split_at_checked(comma)?;
        let lon = lon.strip_prefix(',')?;
        ring.push(Position::lat_lon(lat.parse().ok()?, lon.parse().ok()?).ok()?);
    }
    Some(ring)
}

fn parse_odd_points(text: &str) -> Option<Ring> {
    let mut ring = Ring::new();
    if text.split_whitespace().all(|pair| pair.matches(',').count() == 1 && !pair.ends_with(',')) {
        for pair in text.split_whitespace() {
            let (lat, lon) = pair.split_once(',')?;
            ring.push(Position::lat_lon(lat.parse().ok()?, lon.parse().ok()?).ok()?);
        }
        return Some(ring);
    }
    let separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
    let mut numbers = text.split(separator).filter(|part| !part.is_empty());
    while let Some(lat) = numbers.next() {
        let lon = numbers.next()?;
        ring.push(Position::lat_lon(lat.parse().ok()?, lon.parse().ok()?).ok()?);
    }
    Some(ring)
}

/// `lat,lon radius`, the radius in kilometres.
fn parse_circle(text: &str) -> Option<Circle> {
    let separator = |c: char| c.is_whitespace() || c == ',';
    let mut numbers = text.split(separator).filter(|part| !part.is_empty()).map(str::parse::<f64>);
    let (lat, lon, radius_km) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    let is_radius = (0.0..=21_000.0).contains(&radius_km) && numbers.next().is_none();
    let centre = Position::lat_lon(lat, lon).ok()?;
    is_radius.then_some(Circle { centre, radius_km })
}

/// What the corners of an open ring draw.
enum Shape {
    Polygon,
    Line(Circle),
    Nothing,
}

fn shape(corners: &[Position]) -> Shape {
    let Some((first, rest)) = corners.split_first() else { return Shape::Nothing };
    let Some(second) = rest.iter().find(|corner| *corner != first) else {
        return Shape::Line(Circle { centre: *first, radius_km: 0.0 });
    };
    if rest.iter().any(|corner| corner != first && corner != second) {
        return Shape::Polygon;
    }
    around(*first, *second).map_or(Shape::Nothing, Shape::Line)
}

/// The circle around a short line: its middle, and half its length in kilometres, on a sphere.
fn around(a: Position, b: Position) -> Option<Circle> {
    let step = (b.lon() - a.lon() + 540.0).rem_euclid(360.0) - 180.0;
    let centre = Position::lat_lon(f64::midpoint(a.lat(), b.lat()), a.lon() + step / 2.0).ok()?;
    let north = (b.lat() - a.lat()).to_radians();
    let east = step.to_radians() * centre.lat().to_radians().cos();
    Some(Circle { centre, radius_km: EARTH_RADIUS_KM * north.hypot(east) / 2.0 })
}

/// Tells that a shape is lost. Fatal, because a warning without its place warns nobody.
fn lost(log: &mut FaultLog, node: Node<'_, '_>, field: &str, text: &str, expected: &str) {
    let shown: String = text.chars().take(60).collect();
    xml::fatal(log, node, field, format!("`{shown}` is no {field}: {expected} are expected"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Fault;

    fn area(inner: &str) -> (Area, Footprint, Vec<Fault>) {
        let text = format!("<area><areaDesc>Taizhou</areaDesc>{inner}</area>");
        let document = xml::parse(&text).unwrap();
        let (mut footprint, mut log) = (Footprint::default(), FaultLog::default());
        let area = read(document.root_element().unwrap(), &mut footprint, &mut log);
        (area, footprint, log.into_faults())
    }

    #[track_caller]
    fn check(inner: &str, corners: &[usize], circles: usize, faults: usize) {
        let (_, footprint, met) = area(inner);
        let lengths: Vec<_> = footprint.polygons.iter().map(|polygon| polygon[0].len()).collect();
        assert_eq!(lengths, corners, "{inner}");
        assert_eq!(footprint.circles.len(), circles, "{inner}");
        assert_eq!(met.len(), faults, "{met:?}");
    }

    #[test]
    fn polygons_are_closed_and_repaired() {
        check("<polygon>28,121 29,121 29,122 28,121</polygon>", &[4], 0, 0);
        check("<polygon> 28,121 29,121 29,122 28,122 </polygon>", &[5], 0, 1);
        check("<polygon>28,121 29,121 29,122</polygon>", &[4], 0, 1);
        check("<polygon>28, 121 29, 121 29, 122 28, 121</polygon>", &[4], 0, 0);
        check("<polygon/><polygon> </polygon>", &[], 0, 0);
    }

    #[test]
    fn a_polygon_of_two_corners_is_a_circle_around_them() {
        check("<polygon>51.437717,13.32218 51.437828,13.332933 51.437717,13.32218</polygon>", &[], 1, 1);
        let (_, footprint, _) = area("<polygon>0,179.5 0,-179.5 0,179.5</polygon>");
        let circle = &footprint.circles[0];
        // One degree of the equator is 111.195 km on this sphere.
        assert!((circle.radius_km - 55.6).abs() < 0.1, "{circle:?}");
        assert!(circle.centre.lon().abs() > 179.9);
    }

    #[test]
    fn a_lost_shape_is_fatal() {
        for inner in
            ["<polygon>121,28 121,29 122,29 121,28</polygon>", "<polygon>here</polygon>", "<circle>1,2</circle>"]
        {
            let (_, footprint, faults) = area(inner);
            assert!(footprint.is_empty());
            assert!(faults[0].is_fatal, "{faults:?}");
        }
        check("<circle>1,2 -5</circle>", &[], 0, 1);
        check("<circle>1,2 NaN</circle>", &[], 0, 1);
    }

    #[test]
    fn circles() {
        let (_, footprint, faults) = area("<circle>-35.3888,147.0598 25.0</circle>");
        assert_eq!(footprint.circles[0].centre, Position::lat_lon(-35.3888, 147.0598).unwrap());
        assert!((footprint.circles[0].radius_km - 25.0).abs() < 1e-9);
        assert!(faults.is_empty());
    }

    #[test]
    fn codes_of_one_system_are_joined() {
        let pair =
            |name: &str, value: &str| format!("<geocode><valueName>{name}</valueName><value>{value}</value></geocode>");
        let inner =
            [pair("UGC", "TXZ213"), pair("UGC", "TXZ214"), pair("UGC", "TXZ213"), pair("FIPS6", "048201")].concat();
        let (area, _, _) = area(&inner);
        assert_eq!(area.geocodes["UGC"], "TXZ213 TXZ214");
        assert_eq!(area.geocodes["FIPS6"], "048201");
    }

    #[test]
    fn codes_as_cap_1_0_wrote_them() {
        let (area, _, _) = area("<geocode>FIPS = 006037</geocode>");
        assert_eq!(area.geocodes["FIPS"], "006037");
    }
}
