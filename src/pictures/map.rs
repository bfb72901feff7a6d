//! The map as an SVG: the land, where the winds blow, the track, the places with their names, a scale, and what it all means.

use std::fmt::Write as _;

use super::frame::Frame;
use super::labels::Labels;
use super::letters::{cut, width};
use super::raster::FAMILY;
use super::svg::{Style, Svg};
use super::swath::{rings, swath};
use super::{MapSite, PictureError, StormMap, coast};
use crate::domain::{Position, Span, Timestamp, Track};
use crate::geo;
use crate::storm::Path;

/// The picture's width in pixels, as it is shown.
pub(super) const WIDTH: u32 = 420;
const WIDE: f64 = WIDTH as f64;
/// The map's own height, and the title's above it.
const MAP_TALL: f64 = 316.0;
const TITLE_TALL: f64 = 32.0;
/// One row of the legend.
const ROW_TALL: f64 = 22.0;
/// One line of the sources.
const SOURCE_TALL: f64 = 17.0;

/// Places near which the storm's way is shown: before it is nearest, and after.
const BEFORE_KM: f64 = 1600.0;
const AFTER_KM: f64 = 450.0;
/// How much of what has been is shown.
const PAST: Span = Span::from_hours(36);
/// How many places are drawn, and of how many the names.
const SITES_MAX: usize = 60;
const NAMES_MAX: usize = 10;
/// The longest name on the map, in widths of a letter.
const NAME_UNITS: f64 = 15.0;

/// Weakest wind first: each darker than the one before, so that they differ in grey too (the scale `YlOrRd` of Brewer 2003).
const SHADES: [&str; 3] = ["#fed976", "#fd8d3c", "#bd0026"];
const SHADE_OPACITY: f64 = 0.82;
const INK: &str = "#1b2127";
const SOFT: &str = "#565f69";
const OTHERS: &str = "#5b4a8a";

const PLAIN: Style = Style { size: 13.0, anchor: "start", fill: INK, is_heavy: false, has_rim: false };
const NAME: Style = Style { size: 15.0, is_heavy: true, has_rim: true, ..PLAIN };
const TIME: Style = Style { has_rim: true, ..PLAIN };

/// The drawing and its height.
pub(super) fn svg(map: &StormMap<'_>) -> Result<(String, u32), PictureError> {
    let frame = Frame::around(&shown(map), (WIDE, MAP_TALL)).ok_or(PictureError::Nothing)?;
    let path = Path::new(map.track);
    let mut svg = Svg::default();
    let rows = 1.0 + if map.marks.is_empty() { 0.0 } else { 1.0 };
    let tall = TITLE_TALL + MAP_TALL + rows * ROW_TALL + source(map).count() as f64 * SOURCE_TALL + 8.0;
    svg.put(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{tall}" viewBox="0 0 {WIDE} {tall}" font-family="{FAMILY}"><g transform="translate(0 {TITLE_TALL})">"#
    ));
    ground(&mut svg, map, path.as_ref(), &frame);
    tracks(&mut svg, map, &frame);
    lettered(&mut svg, map, path.as_ref(), &frame);
    scale(&mut svg, &frame);
    // What runs over the map's edge is painted over: a clip would take a second canvas.
    let foot = TITLE_TALL + MAP_TALL;
    svg.put(format_args!(
        r##"</g><path d="M0 0h{WIDE}v{TITLE_TALL}h-{WIDE}zM0 {foot}h{WIDE}v{}h-{WIDE}z" fill="#ffffff"/>"##,
        tall - foot
    ));
    let title = Style { size: 16.0, is_heavy: true, ..PLAIN };
    svg.text((8.0, 21.0), title, &cut(&map.title, (WIDE - 16.0) / title.size));
    legend(&mut svg, map);
    svg.put(format_args!("</svg>"));
    Ok((svg.finish(), pixels(tall)))
}

/// Sea, land, the area of each wind, and the lanes.
fn ground(svg: &mut Svg, map: &StormMap<'_>, path: Option<&Path>, frame: &Frame) {
    let land = coast::land(frame);
    svg.put(format_args!(
        r##"<rect width="{WIDE}" height="{MAP_TALL}" fill="#dbe9f4"/><path d="{land}" fill="#efece3"/>"##
    ));
    if let Some(path) = path {
        winds(svg, map, path, frame);
    }
    // Over the shades, so that land and sea are told apart under them.
    svg.put(format_args!(
        r##"<path d="{land}" fill="none" stroke="#6d7a86" stroke-width="0.9" stroke-linejoin="round"/>"##
    ));
    for (_, course) in &map.lanes {
        let points = line(frame, geo::densify(course, crate::domain::Km(100.0)).into_iter());
        svg.put(format_args!(
            r##"<polyline points="{points}" fill="none" stroke="#1a4f8b" stroke-width="2.5" stroke-dasharray="2 5" stroke-linecap="round"/>"##
        ));
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred")]
fn pixels(tall: f64) -> u32 {
    tall.ceil() as u32
}

/// What must be on the map: the places, and the storm's way near them.
fn shown(map: &StormMap<'_>) -> Vec<Position> {
    let far = |place: Position, anchors: &[Position]| {
        anchors.iter().map(|anchor| rough_km(place, *anchor)).fold(f64::MAX, f64::min)
    };
    let fixes: Vec<Position> = map
        .track
        .fixes
        .iter()
        .filter(|fix| map.analysis.duration_since(fix.time) <= PAST)
        .map(|fix| fix.position)
        .collect();
    let mut anchors: Vec<Position> = map.sites.iter().take(SITES_MAX).map(|site| site.position).collect();
    let on_lanes = map.lanes.iter().flat_map(|(_, course)| course.iter().copied());
    anchors.extend(on_lanes.filter(|place| far(*place, &fixes) < AFTER_KM));
    if anchors.is_empty() {
        return fixes;
    }
    let ways: Vec<f64> = fixes.iter().map(|fix| far(*fix, &anchors)).collect();
    let nearest = ways.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index);
    let near =
        ways.iter().zip(&fixes).enumerate().filter(|(index, (km, _))| {
            *index == nearest || **km <= if *index < nearest { BEFORE_KM } else { AFTER_KM }
        });
    let near: Vec<Position> = near.map(|(_, (_, fix))| *fix).collect();
    anchors.extend(near);
    anchors
}

/// Near enough to choose what a map shows: some per cent over a thousand kilometres.
fn rough_km(a: Position, b: Position) -> f64 {
    const KM_A_DEGREE: f64 = 111.2;
    let middle = f64::midpoint(a.lat(), b.lat()).to_radians();
    let (east, north) = (geo::shortest_lon(b.lon() - a.lon()) * middle.cos(), b.lat() - a.lat());
    east.hypot(north) * KM_A_DEGREE
}

/// Where the winds blow on the way, and where they blow when the storm is nearest the first place.
fn winds(svg: &mut Svg, map: &StormMap<'_>, path: &Path, frame: &Frame) {
    let areas = swath(path, map.analysis, frame);
    for (area, shade) in areas.iter().zip(SHADES) {
        // All rings of one path run one way, so that where they overlap is one area.
        svg.put(format_args!(
            r#"<path d="{area}" fill="{shade}" fill-opacity="{SHADE_OPACITY}" fill-rule="nonzero"/>"#
        ));
    }
    let nearest = map.times.first().and_then(|(at, _)| path.at(*at));
    for storm in nearest.iter().chain(path.at(map.analysis).iter()) {
        for ring in rings(storm, frame) {
            svg.put(format_args!(
                r#"<path d="{ring}" fill="none" stroke="{INK}" stroke-opacity="0.55" stroke-width="1"/>"#
            ));
        }
    }
}

fn tracks(svg: &mut Svg, map: &StormMap<'_>, frame: &Frame) {
    for (_, track) in &map.others {
        let points = line(frame, since(track, map.analysis).map(|fix| fix.position));
        svg.put(format_args!(
            r#"<polyline points="{points}" fill="none" stroke="{OTHERS}" stroke-width="1.8" stroke-dasharray="7 4"/>"#
        ));
    }
    let past = map.track.fixes.iter().filter(|fix| fix.time <= map.analysis).map(|fix| fix.position);
    svg.put(format_args!(
        r#"<polyline points="{}" fill="none" stroke="{SOFT}" stroke-width="2.5" stroke-dasharray="1 5" stroke-linecap="round"/>"#,
        line(frame, past)
    ));
    let next = line(frame, since(map.track, map.analysis).map(|fix| fix.position));
    svg.put(format_args!(
        r##"<polyline points="{next}" fill="none" stroke="#ffffff" stroke-width="5" stroke-linejoin="round" opacity="0.7"/><polyline points="{next}" fill="none" stroke="{INK}" stroke-width="2.5" stroke-linejoin="round"/>"##
    ));
}

fn since(track: &Track, from: Timestamp) -> impl Iterator<Item = &crate::domain::Fix> {
    track.fixes.iter().filter(move |fix| fix.time >= from)
}

fn line(frame: &Frame, places: impl Iterator<Item = Position>) -> String {
    let mut points = String::new();
    for place in places.take(500) {
        let (x, y) = frame.at(place);
        write!(points, "{x:.1},{y:.1} ").unwrap_or_default();
    }
    points
}

/// Places, times and names; what is more urgent takes the room first.
fn lettered(svg: &mut Svg, map: &StormMap<'_>, path: Option<&Path>, frame: &Frame) {
    let at = |time: Timestamp| {
        let fix = map.track.fixes.iter().find(|fix| fix.time == time).map(|fix| fix.position);
        let place = fix.or_else(|| path.and_then(|path| path.at(time)).map(|storm| storm.position))?;
        Some(frame.at(place)).filter(|point| frame.holds(*point, 2.0))
    };
    let sites: Vec<(&MapSite, (f64, f64))> =
        map.sites.iter().take(SITES_MAX).map(|site| (site, frame.at(site.position))).collect();
    let dots: Vec<((f64, f64), &str)> =
        map.times.iter().filter_map(|(time, words)| Some((at(*time)?, words.as_str()))).collect();
    let mut labels = Labels::around(sites.iter().map(|(_, point)| *point), 9.0);
    let way: Vec<(f64, f64)> = since(map.track, map.analysis).take(500).map(|fix| frame.at(fix.position)).collect();
    labels.spare(&way);
    labels.take((0.0, MAP_TALL - 30.0, WIDE / 3.0, MAP_TALL));
    for (point, _) in &dots {
        svg.put(format_args!(
            r##"<circle cx="{:.1}" cy="{:.1}" r="3.6" fill="#ffffff" stroke="{INK}" stroke-width="2"/>"##,
            point.0, point.1
        ));
    }
    let now = at(map.analysis);
    if let Some(point) = now {
        let is_south =
            map.track.fixes.iter().find(|fix| fix.time == map.analysis).is_some_and(|fix| fix.position.lat() < 0.0);
        cyclone(svg, point, is_south);
        labels.take((point.0 - 9.0, point.1 - 9.0, point.0 + 9.0, point.1 + 9.0));
    }
    for (site, point) in sites.iter().rev() {
        svg.mark(site.mark, *point);
    }
    for (site, point) in sites.iter().take(NAMES_MAX) {
        let name = cut(&site.name, NAME_UNITS);
        let set = labels.beside(*point, 13.0, &name, NAME.size, frame).map(|spot| (spot, name));
        let short = || labels_id(&mut labels, site, *point, frame);
        if let Some((spot, words)) = set.or_else(short) {
            svg.text(spot, NAME, &words);
        }
    }
    for (point, words) in dots {
        if let Some(spot) = labels.beside(point, 9.0, words, TIME.size, frame) {
            svg.text(spot, TIME, words);
        }
    }
    far_ends(svg, map, &mut labels, frame);
}

fn labels_id(labels: &mut Labels, site: &MapSite, point: (f64, f64), frame: &Frame) -> Option<((f64, f64), String)> {
    let id = cut(&site.id, NAME_UNITS);
    labels.beside(point, 13.0, &id, NAME.size, frame).map(|spot| (spot, id))
}

/// The names of lanes and of other agencies, each at the last point of its line that is on the map.
fn far_ends(svg: &mut Svg, map: &StormMap<'_>, labels: &mut Labels, frame: &Frame) {
    let others = map.others.iter().map(|(name, track)| {
        let ends: Vec<Position> = since(track, map.analysis).map(|fix| fix.position).collect();
        (name, ends, OTHERS)
    });
    let lanes = map.lanes.iter().map(|(name, course)| (name, course.to_vec(), "#1a4f8b"));
    for (name, places, fill) in lanes.chain(others).collect::<Vec<_>>() {
        let on_map = places.iter().rev().map(|place| frame.at(*place)).find(|point| frame.holds(*point, 12.0));
        let words = cut(name, NAME_UNITS);
        if let Some(point) = on_map
            && let Some(spot) = labels.beside(point, 7.0, &words, TIME.size, frame)
        {
            svg.text(spot, Style { fill, ..TIME }, &words);
        }
    }
}

/// The sign of a tropical cyclone as weather maps have it, its arms as it turns in its hemisphere.
fn cyclone(svg: &mut Svg, (x, y): (f64, f64), is_south: bool) {
    let flip = if is_south { -1 } else { 1 };
    svg.put(format_args!(
        r##"<g transform="translate({x:.1} {y:.1}) scale({flip} 1)" fill="none" stroke-linecap="round"><path d="M-6 0C-6 -7 -1 -11 7 -11M6 0C6 7 1 11 -7 11" stroke="#ffffff" stroke-width="6"/><circle r="6" fill="#ffffff" stroke="{INK}" stroke-width="3"/><path d="M-6 0C-6 -7 -1 -11 7 -11M6 0C6 7 1 11 -7 11" stroke="{INK}" stroke-width="3"/></g>"##
    ));
}

fn scale(svg: &mut Svg, frame: &Frame) {
    let (km, px) = frame.bar();
    let y = MAP_TALL - 10.0;
    svg.put(format_args!(
        r##"<path d="M10 {:.1}v5h{px:.1}v-5" fill="none" stroke="#ffffff" stroke-width="4" opacity="0.8"/><path d="M10 {:.1}v5h{px:.1}v-5" fill="none" stroke="{INK}" stroke-width="1.6"/>"##,
        y - 5.0,
        y - 5.0
    ));
    svg.text((10.0 + px / 2.0, y - 6.0), Style { anchor: "middle", size: 12.0, ..TIME }, &format!("{km:.0} km"));
}

/// Under the map: the marks, the shades, the sources.
fn legend(svg: &mut Svg, map: &StormMap<'_>) {
    let mut y = TITLE_TALL + MAP_TALL + 17.0;
    if !map.marks.is_empty() {
        let mut x = 8.0;
        for (mark, words) in &map.marks {
            svg.mark(*mark, (x + 8.0, y - 5.0));
            svg.text((x + 22.0, y), PLAIN, words);
            x += 22.0 + width(words) * PLAIN.size + 18.0;
        }
        y += ROW_TALL;
    }
    let mut x = 8.0;
    svg.text((x, y), PLAIN, &map.winds.title);
    x += width(&map.winds.title) * PLAIN.size + 10.0;
    for (words, shade) in [&map.winds.gale, &map.winds.storm, &map.winds.typhoon].into_iter().zip(SHADES) {
        svg.put(format_args!(
            r#"<rect x="{x:.1}" y="{:.1}" width="18" height="12" fill="{shade}" fill-opacity="{SHADE_OPACITY}" stroke="{SOFT}" stroke-width="0.6"/>"#,
            y - 11.0
        ));
        svg.text((x + 23.0, y), PLAIN, words);
        x += 23.0 + width(words) * PLAIN.size + 14.0;
    }
    let style = Style { size: 12.0, fill: SOFT, ..PLAIN };
    for (row, words) in source(map).enumerate() {
        let foot = y + ROW_TALL + row as f64 * SOURCE_TALL;
        svg.text((8.0, foot - 2.0), style, &cut(words, (WIDE - 16.0) / style.size));
    }
}

/// The lines under the legend, two at most.
fn source<'a>(map: &'a StormMap<'_>) -> impl Iterator<Item = &'a str> {
    map.source.lines().filter(|line| !line.is_empty()).take(2)
}
