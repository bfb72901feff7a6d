//! GDACS, the Global Disaster Alert and Coordination System of the UN and the European Commission: its RSS and CAP,
//! and the `GeoJSON` of its API.
//!
//! In, and what comes out of each:
//! - RSS (`rss.xml`, `rss_24h.xml`, `rss_7d.xml`, archive queries): a hazard for each item, and a link to its geometry
//!   (storms) or CAP for each that is not over.
//! - `geteventlist` (`SEARCH`, `MAP`, `EVENTS4APP`): a hazard for each event, links to the geometry of those current.
//! - `geteventdata`: the hazard of one event, and a link to its timeline (storms) or geometry.
//! - `getgeometry`: the areas of an event; of a storm its track with wind radii.
//! - `gettimeline`: a storm's track, advisory by advisory and as forecast, with winds, pressure and radii.
//! - `getlocations`: exposed places and their surge heights; known, and no hazard.
//! - CAP documents of GDACS, alone or inside RSS: as `cap` reads them, with GDACS's own key and level.
//!
//! Conventions (GDACS's API description and the documents themselves):
//! - GDACS is a relay: its storms come from JTWC and NOAA (1-minute winds) or another RSMC (10-minute winds), as `source`
//!   says, and it asks to be taken as indicative. Its tracks are guidance and never an official forecast.
//! - Times in RSS are RFC 822; in JSON they bear no zone and are UTC. `todate` is the last analysis, not an end: only of
//!   an event that is not current any more it is taken for one.
//! - `alertlevel` is the humanitarian level of the whole event, which weighs people and their vulnerability: Green is
//!   minor here, Orange severe, Red extreme. It is not the strength of the wind; of a storm the level alone decides
//!   too, so that a Green one never seems more than minor.
//! - `severity` of a storm is the strongest wind of its whole life and forecast: it belongs to no position, and stays
//!   in the words.
//! - Per-step wind polygons are labelled 60, 90 and 120 km/h. They are the quadrants that JTWC and NHC give for 34, 50
//!   and 64 kt, to the mile (compare GDACS's own `buffer39`, `58`, `74`, the same in mph), and are given as such.
//! - The numbers of `Line_Line_n` and `Point_Polygon_Point_n` are no order; the `key` (month, day, hour, minute) is.
//! - The RSS bounding box (`lonmin lonmax latmin latmax`) is a map's frame, sometimes far from the event: it is not read.
//!
//! Never: a wind put to a position that GDACS does not put there, or an area to a flood, fire or drought that only has
//! a point.

mod cap;
mod event;
mod json;
mod rss;
mod timeline;
mod track;

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::json::{has_keys, head, without_padding};
use super::formats::{text, xml};
use crate::domain::{Bulletin, Fault, Parsed, Place};

/// GDACS's RSS, CAP and `GeoJSON`. The format is `gdacs`.
#[derive(Debug)]
pub struct Gdacs;

/// A UTF-8 byte order mark that was taken for ISO-8859-1 and encoded once more.
const DOUBLE_ENCODED_BOM: &[u8] = b"\xC3\xAF\xC2\xBB\xC2\xBF";
/// The name space of GDACS's elements.
const NAMESPACE: &str = "http://www.gdacs.org";
/// Who sends GDACS's CAP.
const SENDER: &str = "info-gdacs@gdacs.org";

impl Source for Gdacs {
    fn id(&self) -> &'static str {
        "gdacs"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let starts = head(body);
        match xml::root_name(body).as_deref() {
            Some("rss") => is_rss(&starts),
            Some("alert") => starts.contains(SENDER),
            Some(_) => false,
            None => {
                has_keys(body, &["eventtype", "eventid", "alertlevel"])
                    || has_keys(body, &["channel", "storm_id", "advisory_number"])
                    || has_keys(body, &["features", "timemaxh", "maxheight"])
            }
        }
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        if bulletin.body.starts_with(DOUBLE_ENCODED_BOM) {
            let what = "the byte order mark was encoded twice, so that the document as it stands is no XML or JSON";
            log.push(
                Fault::fatal(Place::at(1, 1), what).hint("whoever saved it should have kept the bytes as they came"),
            );
        }
        let text = text::of_bulletin(bulletin, &mut log);
        let read = if without_padding(&text).starts_with(['{', '[']) {
            json::read(&text, bulletin, &mut log)
        } else {
            let text = cap::without_brackets(text);
            xml::parse(&text).map(|document| rss::read(&document, bulletin, &mut log))
        };
        let mut parsed = read.unwrap_or_else(|fault| {
            log.push(fault);
            Parsed::default()
        });
        parsed.faults = log.into_faults();
        parsed
    }
}

/// True for an RSS that declares GDACS's name space and is GDACS's own, by its title or its elements.
fn is_rss(starts: &str) -> bool {
    let declares = ['"', '\''].iter().any(|quote| starts.contains(&format!("{quote}{NAMESPACE}{quote}")));
    declares && (starts.contains("<gdacs:") || starts.contains("<title>GDACS"))
}

#[cfg(test)]
mod tests;
