//! Where gale, storm and hurricane force blow while the storm goes along its forecast track.

use std::fmt::Write as _;

use super::frame::Frame;
use crate::domain::{Km, Span, Timestamp};
use crate::geo;
use crate::storm::{Path, Quadrants, Snapshot, reach_km};

/// How finely the storm's way is followed.
const STEP: Span = Span::from_mins(30);
/// Of how many steps one is drawn for 34, 50 and 64 kt: the smaller a ring, the closer they must follow each other.
const EVERY: [usize; 3] = [2, 2, 1];
/// The most steps: ten days.
const STEPS_MAX: usize = 480;
/// Corners of a ring of wind.
const CORNERS: u32 = 36;

/// The outlines of 34, 50 and 64 kt, each the data of one SVG path: rings from `from` on that touch the frame.
pub(super) fn swath(path: &Path, from: Timestamp, frame: &Frame) -> [String; 3] {
    let mut data = <[String; 3]>::default();
    for (step, storm) in path.sampled(from, STEP).iter().take(STEPS_MAX).enumerate() {
        for ((data, quadrants), every) in data.iter_mut().zip(&storm.radii).zip(EVERY) {
            if step % every == 0 {
                ring(data, storm, quadrants, frame);
            }
        }
    }
    data
}

/// The rings of 34, 50 and 64 kt at one instant.
pub(super) fn rings(storm: &Snapshot, frame: &Frame) -> [String; 3] {
    let mut data = <[String; 3]>::default();
    for (data, quadrants) in data.iter_mut().zip(&storm.radii) {
        ring(data, storm, quadrants, frame);
    }
    data
}

fn ring(data: &mut String, storm: &Snapshot, quadrants: &Quadrants, frame: &Frame) {
    if quadrants.iter().all(|km| *km <= 0.0) {
        return;
    }
    let corner = |number: u32| {
        let bearing = f64::from(number * 360 / CORNERS);
        frame.at(geo::destination(storm.position, bearing, Km(reach_km(quadrants, bearing))))
    };
    let corners: Vec<_> = (0..CORNERS).map(corner).collect();
    let (width, height) = frame.size();
    let is_left = corners.iter().all(|(x, _)| *x < 0.0) || corners.iter().all(|(x, _)| *x > width);
    let is_above = corners.iter().all(|(_, y)| *y < 0.0) || corners.iter().all(|(_, y)| *y > height);
    if is_left || is_above || corners.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
        return;
    }
    for (index, (x, y)) in corners.into_iter().enumerate() {
        write!(data, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' }).unwrap_or_default();
    }
    data.push('Z');
}
