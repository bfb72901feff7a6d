//! The KML of a warning (in a `.kmz`): the same forecast as the text's, with the past track, and radii drawn as rings.
//!
//! Its placemarks are points, told apart by their names: `23/00Z - 115 knots` (forecast; its description is a table with
//! `TAU 12 - 2026082300Z`), `22/12Z (TYPHOON 17W (SAUDEL) WARNING NR 17 - 105 knots)` (the analysis; its description
//! repeats the text's heading, winds and gusts), `26082206Z` (a past place, `Intensity: 95 knots`); and rings, `RADIUS OF
//! 34 KT WINDS`, each of the point before. A quadrant's radius is the distance of its part of the ring, to the 5 nautical
//! miles in which JTWC gives radii. The swath of gales is not read, for the radii say the same. The KML of a formation
//! alert is not known to us; when its description holds the alert's text, that is read.

use std::borrow::Cow;

use roxmltree::{Document, Node};

use super::message::{Clock, date_in_address, key_of, messages};
use super::words::{after, flat, name, number, storm_code};
use super::{read_message, warning};
use crate::domain::{Bulletin, Fault, Fix, HazardText, NMI_KM, Parsed, Place, Position, Span, Timestamp, WindRadii};
use crate::geo::distance_and_bearing;
use crate::sources::formats::cyclone::{Cyclone, add_fix, in_order, km_of_nmi, radii, sound_wind};
use crate::sources::formats::dates::date_time_group;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::storm_key::{status, storm_of_code};
use crate::sources::formats::xml;

/// The winds stand within so many lines of the summary.
const SUMMARY_LINES: usize = 60;
/// JTWC gives radii in steps of so many nautical miles.
const RADIUS_STEP_NMI: f64 = 5.0;
/// How near to a quadrant's edges a ring is not looked at, for there it jumps.
const EDGE_DEG: f64 = 5.0;

pub(super) fn read(document: &Document<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Parsed {
    let mut chart = Chart::default();
    for placemark in document.descendants().filter(|node| node.is_element() && node.tag_name().name() == "Placemark") {
        chart.add(placemark);
    }
    let hazards = match chart.cyclone(document, bulletin) {
        Some(cyclone) => vec![cyclone.into_hazard(bulletin)],
        None => read_words(document, bulletin, log),
    };
    if hazards.is_empty() && !log.has_fatal() {
        let fault = Fault::fatal(Place::default(), "the KML tells of no warning that can be read");
        log.push(fault.hint("follow the text of the same bulletin: its address ends in `web.txt`"));
    }
    Parsed { hazards, ..Parsed::default() }
}

/// A bulletin that stands in a description as text.
fn read_words(document: &Document<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<crate::domain::Hazard> {
    let descriptions =
        document.descendants().filter(|node| node.is_element() && node.tag_name().name() == "description");
    let texts: Vec<_> = descriptions.map(whole_text).filter(|text| text.contains("SUBJ")).collect();
    let messages = texts.iter().flat_map(|text| messages(text));
    messages.flat_map(|message| read_message(&message, bulletin, log)).collect()
}

/// What the placemarks tell.
#[derive(Default)]
struct Chart {
    /// Forecast places with their hours; the analysis has 0.
    forecast: Vec<(i32, Fix)>,
    past: Vec<Fix>,
    /// The analysis's description: the heading, and a line for each forecast hour.
    summary: String,
    /// The analysis's time, from the first table that gives a full date.
    analysed: Option<Timestamp>,
}

impl Chart {
    fn add(&mut self, placemark: Node<'_, '_>) {
        let name = child(placemark, "name").and_then(xml::text_of).unwrap_or_default();
        if let Some(kt) = after(&name, "RADIUS OF").and_then(number) {
            self.add_ring(placemark, kt);
            return;
        }
        let Some(position) = point(placemark) else { return };
        let description = child(placemark, "description").map(whole_text).unwrap_or_default();
        if let Some(time) = past_time(&name) {
            let vmax_kt = after(&description, "Intensity:").and_then(number).and_then(sound_wind);
            self.past.push(Fix { vmax_kt, ..Fix::at(time, 0, position) });
        } else if let Some((tau_h, time)) = table_time(&description) {
            self.analysed = self.analysed.or_else(|| time.checked_sub(Span::from_hours(i64::from(tau_h))).ok());
            self.forecast.push((tau_h, Fix { vmax_kt: knots_in(&name), ..Fix::at(time, tau_h, position) }));
        } else if name.contains("WARNING") && self.summary.is_empty() {
            self.forecast.push((0, Fix { vmax_kt: knots_in(&name), ..Fix::at(Timestamp::UNIX_EPOCH, 0, position) }));
            self.summary = format!("{name}\n{description}");
        }
    }

    fn add_ring(&mut self, placemark: Node<'_, '_>, kt: f64) {
        let thresholds = [34_u32, 50, 64, 100];
        let kt = thresholds.into_iter().find(|known| (f64::from(*known) - kt).abs() < 0.5);
        let (Some((_, fix)), Some(kt)) = (self.forecast.last_mut(), kt) else { return };
        let ring = placemark.descendants().find(|node| node.tag_name().name() == "coordinates").map(whole_text);
        fix.radii.extend(ring.and_then(|ring| radii_of(kt, fix.position, &ring)));
    }

    /// The track, once its dates are known.
    fn cyclone(self, document: &Document<'_>, bulletin: &Bulletin) -> Option<Cyclone> {
        let (code, rest) = storm_code(&self.summary)?;
        let about = self.analysed.or_else(|| self.past.last().map(|fix| fix.time));
        let about = about.or_else(|| date_in_address(&bulletin.url))?;
        let clock = Clock { issued: about };
        let analysed = self.analysed.or_else(|| analysis_time(&self.summary, clock))?;
        let issued = messages(&self.summary).next().and_then(|message| message.issued_near(analysed));
        let mut fixes = Vec::new();
        for mut fix in self.past.into_iter().filter(|fix| fix.time < analysed) {
            fix.tau_h = i32::try_from(fix.time.duration_since(analysed).as_hours()).ok()?;
            add_fix(&mut fixes, fix);
        }
        for (tau_h, fix) in self.forecast {
            let time = analysed.checked_add(Span::from_hours(i64::from(tau_h))).ok()?;
            let gust_kt = gust_at(&self.summary, time);
            add_fix(&mut fixes, Fix { time, gust_kt, ..fix });
        }
        let (basin, number) = storm_of_code(code, fixes.last().map(|fix| fix.position))?;
        let subject = child(document.descendants().find(|node| node.tag_name().name() == "Folder")?, "description");
        let subject = subject.map(whole_text).map(|text| flat(&text)).filter(|text| !text.is_empty());
        Some(Cyclone {
            issued: issued.or(Some(analysed)),
            name: name(rest),
            fixes: in_order(fixes),
            texts: vec![HazardText {
                lang: "en".to_owned(),
                event: "Tropical cyclone warning".to_owned(),
                headline: subject,
                ..HazardText::default()
            }],
            status: status(number),
            ..warning::official(&key_of(basin, number, analysed, bulletin))
        })
    }
}

/// `221200Z POSIT: NEAR …` in the summary.
fn analysis_time(summary: &str, clock: Clock) -> Option<Timestamp> {
    summary.lines().find_map(|line| clock.at(line.split_once(" POSIT")?.0))
}

/// `22/12Z, WINDS 105 KTS, GUSTS TO 130 KTS` of this time.
fn gust_at(summary: &str, time: Timestamp) -> Option<f64> {
    let clock = Clock { issued: time };
    let line = summary.lines().take(SUMMARY_LINES).find(|line| {
        let hour = line.split_once("Z, WINDS").map(|(hour, _)| hour.trim());
        hour.is_some_and(|hour| clock.at(&format!("{hour}00Z")) == Some(time))
    })?;
    after(line, "GUSTS TO").and_then(number).filter(|gust| (1.0..=350.0).contains(gust))
}

/// `23/00Z - 115 knots`, `… - 105 knots)`
fn knots_in(name: &str) -> Option<f64> {
    name.rsplit_once(" - ").and_then(|(_, knots)| number(knots)).and_then(sound_wind)
}

/// `26082206Z`, YYMMDDHH of this century.
fn past_time(name: &str) -> Option<Timestamp> {
    let digits = name.strip_suffix('Z').filter(|digits| digits.len() == 8)?;
    date_time_group(&format!("20{digits}"))
}

/// `TAU 12 - 2026082300Z`
fn table_time(description: &str) -> Option<(i32, Timestamp)> {
    let (tau, date) = after(description, "TAU ")?.split_once(" - ")?;
    let tau_h = tau.trim().parse().ok().filter(|tau| (0..=240).contains(tau))?;
    Some((tau_h, date_time_group(date.get(..10)?)?))
}

/// The radii that a ring round a centre draws.
fn radii_of(kt: u32, centre: Position, ring: &str) -> Option<WindRadii> {
    let mut reach = [0.0_f64; 4];
    for place in ring.split_whitespace().filter_map(coordinates) {
        let (distance, bearing) = distance_and_bearing(centre, place);
        let within = bearing.rem_euclid(90.0);
        if (EDGE_DEG..90.0 - EDGE_DEG).contains(&within) {
            let quadrant = [90.0, 180.0, 270.0, 360.0].iter().position(|end| bearing < *end);
            if let Some(slot) = quadrant.and_then(|at| reach.get_mut(at)) {
                *slot = slot.max(distance.0);
            }
        }
    }
    let to_step = |km: f64| km_of_nmi((km / NMI_KM / RADIUS_STEP_NMI).round() * RADIUS_STEP_NMI);
    radii(kt, reach.map(to_step))
}

fn point(placemark: Node<'_, '_>) -> Option<Position> {
    let point = child(placemark, "Point")?;
    coordinates(child(point, "coordinates").and_then(xml::text_of)?.as_ref())
}

/// `144.8,19.6,0`: longitude first, as KML has it.
fn coordinates(text: &str) -> Option<Position> {
    let mut parts = text.trim().split(',');
    let (lon, lat) = (parts.next()?.trim().parse().ok()?, parts.next()?.trim().parse().ok()?);
    Position::lat_lon(lat, lon).ok()
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

/// All text within an element, whatever tags it is in.
fn whole_text<'a>(node: Node<'a, '_>) -> Cow<'a, str> {
    let mut texts = node.descendants().filter(Node::is_text).filter_map(|text| text.text());
    let mut whole = Cow::Borrowed(texts.next().unwrap_or_default());
    for more in texts {
        whole.to_mut().push_str(more);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_becomes_radii() {
        let centre = Position::lat_lon(20.0, 179.0).unwrap();
        let reach = [140.0, 120.0, 0.0, 95.0];
        let places = (0..360).step_by(3).map(|degree| {
            let km = reach[degree / 90] * NMI_KM;
            let place = crate::geo::destination(centre, degree as f64, crate::domain::Km(km));
            format!("{:.3},{:.3},0", place.lon(), place.lat())
        });
        let ring = places.collect::<Vec<_>>().join(" ");
        let radii = radii_of(34, centre, &ring).unwrap();
        assert_eq!((radii.ne_km, radii.se_km, radii.sw_km, radii.nw_km), (259.3, 222.2, 0.0, 175.9));
        assert!(radii_of(34, centre, "x y 1,2 nan,nan,0").is_none());
    }

    #[test]
    fn names_and_tables() {
        assert_eq!(knots_in("22/12Z (TYPHOON 17W (SAUDEL) WARNING NR 17    - 105 knots)"), Some(105.0));
        assert_eq!(past_time("26082206Z"), "2026-08-22T06:00:00Z".parse().ok());
        assert_eq!(past_time("Best Track"), None);
        assert_eq!(table_time("TIMETAU 12 - 2026082300Z"), Some((12, "2026-08-23T00:00:00Z".parse().unwrap())));
        let noon = "2026-08-22T12:00:00Z".parse().unwrap();
        assert_eq!(gust_at("x\n22/12Z, WINDS 105 KTS, GUSTS TO 130 KTS", noon), Some(130.0));
    }
}
