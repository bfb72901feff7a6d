//! The coasts of the world, and those within a frame as the outline of an SVG.
//!
//! Natural Earth's land at 1:50 million (public domain), in hundredths of a degree; `tests/pictures/bake_coast.py` makes it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::frame::Frame;

/// A ring of land: longitude and latitude in degrees, and the box round it.
struct Ring {
    points: Vec<(f64, f64)>,
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

static RINGS: LazyLock<Vec<Ring>> = LazyLock::new(|| rings(include_bytes!("coast.bin")));

/// The land within the frame, as the data of one SVG path.
pub(super) fn land(frame: &Frame) -> String {
    let mut data = String::new();
    let (west, east, south, north) = frame.bounds();
    for ring in RINGS.iter().filter(|ring| ring.south <= north && ring.north >= south) {
        for turn in [-360.0, 0.0, 360.0] {
            if ring.east + turn < west || ring.west + turn > east {
                continue;
            }
            let points: Vec<_> = ring.points.iter().map(|(lon, lat)| frame.at_degrees(*lat, lon + turn)).collect();
            outline(&mut data, &clipped(points, frame));
        }
    }
    data
}

fn outline(data: &mut String, points: &[(f64, f64)]) {
    for (index, (x, y)) in points.iter().enumerate() {
        write!(data, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' }).unwrap_or_default();
    }
    if !points.is_empty() {
        data.push('Z');
    }
}

/// The ring cut to the frame and a margin round it, side by side (Sutherland & Hodgman 1974, Comm. ACM 17:32).
fn clipped(ring: Vec<(f64, f64)>, frame: &Frame) -> Vec<(f64, f64)> {
    const MARGIN: f64 = 4.0;
    let (width, height) = frame.size();
    // Left, right, top, bottom: how far a point is inside of each.
    let sides: [fn((f64, f64), (f64, f64)) -> f64; 4] = [
        |(x, _), _| x + MARGIN,
        |(x, _), (width, _)| width + MARGIN - x,
        |(_, y), _| y + MARGIN,
        |(_, y), (_, height)| height + MARGIN - y,
    ];
    sides.into_iter().fold(ring, |points, side| {
        let inside = |point: (f64, f64)| side(point, (width, height));
        let mut out = Vec::with_capacity(points.len());
        let Some(mut before) = points.last().copied() else { return points };
        for point in points {
            let (from, to) = (inside(before), inside(point));
            if (from < 0.0) != (to < 0.0) {
                let share = from / (from - to);
                out.push((before.0 + (point.0 - before.0) * share, before.1 + (point.1 - before.1) * share));
            }
            if to >= 0.0 {
                out.push(point);
            }
            before = point;
        }
        out
    })
}

/// As the script writes them.
fn rings(mut baked: &[u8]) -> Vec<Ring> {
    let mut rings = Vec::new();
    while let Some((head, rest)) = baked.split_first_chunk::<6>() {
        let [count @ .., lon0, lon1, lat0, lat1] = *head;
        baked = rest;
        let mut lon = i32::from(i16::from_le_bytes([lon0, lon1]));
        let mut lat = i32::from(i16::from_le_bytes([lat0, lat1]));
        let mut points = vec![degrees(lon, lat)];
        for _ in 1..u16::from_le_bytes(count) {
            lon += zigzag(&mut baked);
            lat += zigzag(&mut baked);
            points.push(degrees(lon, lat));
        }
        let bound = |pick: fn(&(f64, f64)) -> f64, best: fn(f64, f64) -> f64, start: f64| {
            points.iter().map(pick).fold(start, best)
        };
        rings.push(Ring {
            west: bound(|p| p.0, f64::min, f64::MAX),
            east: bound(|p| p.0, f64::max, f64::MIN),
            south: bound(|p| p.1, f64::min, f64::MAX),
            north: bound(|p| p.1, f64::max, f64::MIN),
            points,
        });
    }
    rings
}

fn degrees(lon: i32, lat: i32) -> (f64, f64) {
    (f64::from(lon) / 100.0, f64::from(lat) / 100.0)
}

fn zigzag(baked: &mut &[u8]) -> i32 {
    let (mut value, mut shift) = (0_u32, 0);
    while let Some((byte, rest)) = baked.split_first() {
        *baked = rest;
        value |= u32::from(byte & 127) << shift;
        shift += 7;
        if byte & 128 == 0 || shift > 28 {
            break;
        }
    }
    let half = (value >> 1).cast_signed();
    if value & 1 == 1 { -half - 1 } else { half }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Position;

    #[test]
    fn the_world_is_there() {
        assert!(RINGS.len() > 500, "{}", RINGS.len());
        let all = RINGS.iter().flat_map(|ring| &ring.points);
        assert!(all.clone().all(|(lon, lat)| lon.abs() <= 180.0 && lat.abs() <= 90.0));
        // Taizhou's coast is near 121.5 E, 28.7 N.
        let near = |lon: f64, lat: f64| all.clone().any(|p| (p.0 - lon).abs() < 0.3 && (p.1 - lat).abs() < 0.3);
        assert!(near(121.5, 28.7) && near(-80.1, 25.8) && !near(125.0, 27.0));
    }

    #[test]
    fn what_is_outside_is_cut_off() {
        let place = |lat: f64, lon: f64| Position::lat_lon(lat, lon).expect("a position");
        let frame = Frame::around(&[place(28.0, 121.0), place(30.0, 124.0)], (480.0, 360.0)).expect("a frame");
        let data = land(&frame);
        assert!(data.starts_with('M') && data.ends_with('Z') && data.len() < 20_000, "{}", data.len());
        let sea = Frame::around(&[place(-45.0, -120.0)], (480.0, 360.0)).expect("a frame");
        assert_eq!(land(&sea), "");
        // Fiji lies on both sides of 180.
        let fiji = Frame::around(&[place(-17.5, 178.0), place(-16.8, -179.9)], (480.0, 360.0)).expect("a frame");
        assert!(land(&fiji).matches('M').count() > 2);
    }
}
