//! The Japan Meteorological Agency: typhoon advisories and weather warnings.
//!
//! In: the JSON of JMA's typhoon page (`targetTc.json`, a storm's `forecast.json` and `specifications.json`, and
//! wrappers that bank both: see `bosai.rs`), and JMA's XML telegrams (`Report` of jmaxml1): VPTW40 to VPTW62 (typhoon
//! analysis and forecast) and VPWW53 to VPWW61 (weather warnings). Out: a hazard for each advisory on a storm, one
//! for each area and phenomenon of a warning; of the index, links and the storms that are current.
//!
//! Conventions, from JMA's "気象庁防災情報XMLフォーマット" manuals and RSMC Tokyo's operational plan:
//! - Winds are 10-minute means in knots; where both are given, knots are read and not m/s. 0 means not given.
//! - Radii are read in nautical miles where those are given, for JMA rounds its kilometres; of the map's geometry in
//!   metres. Gales are 30 kt (強風域), storm winds 50 kt (暴風域); how they become quadrants says `reach.rs`. A
//!   forecast's storm warning area (暴風警戒域) holds the 70 % circle too, whose radius is taken off.
//! - `circle_km` is the circle in which JMA expects the centre with 70 % (予報円).
//! - Times bear their offset (JST, +09:00). Positions are latitude before longitude, longitudes east.
//! - A storm's key is JMA's own number of it (`TC2620`), which it has from its time as a depression. The typhoon
//!   number (`2617`) is the international one and another; a letter stands for a depression without one.
//!
//! Never: radii or a wind that JMA does not state. Other telegrams of the same feed are named in a fault and left
//! unread.

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::{json, text, xml};
use crate::domain::{Bulletin, Parsed};

mod advisory;
mod bosai;
pub(super) mod kinds;
pub(super) mod names;
pub(super) mod reach;
mod telegram;
mod typhoon;
pub(super) mod warnings;
mod wire;

/// JMA's typhoon documents and warning telegrams. The format is `jma`.
#[derive(Debug)]
pub struct Jma;

impl Source for Jma {
    fn id(&self) -> &'static str {
        "jma"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        bosai::is_bosai(body) || telegram::is_telegram(body)
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let parsed = if json::without_padding(&text).starts_with(['{', '[']) {
            bosai::read(&text, bulletin, &mut log)
        } else {
            let hazards = match xml::parse(&text) {
                Ok(document) => telegram::read(&document, bulletin, &mut log),
                Err(fault) => {
                    log.push(fault);
                    Vec::new()
                }
            };
            Parsed { hazards, ..Parsed::default() }
        };
        Parsed { faults: log.into_faults(), ..parsed }
    }
}

#[cfg(test)]
mod tests;
