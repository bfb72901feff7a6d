//! Everything else of the US National Hurricane Center (NHC), the Central Pacific Hurricane Center (CPHC) and, for a storm
//! inland, the Weather Prediction Center: what is neither `CurrentStorms.json` (`nhc-storms`), nor a forecast/advisory
//! (`nhc-tcm`), nor wind speed probabilities (`nhc-pws`) by itself.
//!
//! | document | what comes out |
//! |---|---|
//! | public advisory (TCP), its translation, update (TCU, TCE) | where the storm is now, as a track of one fix, technique `CURR` |
//! | discussion (TCD), and an advisory with `FORECAST POSITIONS AND MAX WINDS` | that table, technique `FCST`, standing guidance |
//! | watches and warnings by zone (TCV) | one warning for each kind, with its zones |
//! | RSS (`index-at.xml`, `index-ep.xml`, `index-cp.xml`, one item) | every text in it, links, the basin's list of storms |
//! | GIS layers as GeoJSON | points `GIS`, past points `BEST`, cone, wind radii and watch/warning lines as areas |
//! | outlooks: text and KML | areas where a storm may form |
//! | reports and tables of past storms | nothing: a minor fault says so |
//!
//! Conventions: winds are 1-minute means. Public texts give them in miles an hour, rounded to 5 from NHC's own multiples
//! of 5 kt (NWSI 10-601), so that the nearest multiple of 5 kt is what NHC has; see `now`. The forecast of a discussion or map
//! layer is the official one without its radii and often older, so that it must never take the place of `OFCL`: it is told
//! as guidance. `CURR` is an analysis: it never displaces a forecast either.
//! Never: a shape for zones, which the texts name by code alone.

pub(crate) mod place;
pub(crate) mod plain;
pub(crate) mod product;
pub(crate) mod when;

mod gis;
mod layer;
mod now;
mod outlook;
mod rss;
mod tables;
mod vtec;

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::{text, xml};
use crate::domain::{Bulletin, Fault, Parsed, Place};
use product::Kind;

/// NHC's other products. The format is `nhc`.
#[derive(Debug)]
pub struct Nhc;

/// The format's id, for the readers of its parts.
const FORMAT: &str = "nhc";

impl Source for Nhc {
    fn id(&self) -> &'static str {
        FORMAT
    }

    fn recognises(&self, body: &[u8]) -> bool {
        rss::recognises(body)
            || layer::recognises(body)
            || outlook::is_kml(body)
            || plain::head(body).is_some_and(|head| {
                let capitals = head.to_ascii_uppercase();
                let kind = product::kind(&plain::words(&capitals));
                kind.is_some_and(is_ours) || tables::which(&capitals).is_some()
            })
            || tables::is_r_data(body)
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        if tables::is_r_data(&bulletin.body) {
            tables::tell(tables::R_DATA, &mut log);
            return Parsed { faults: log.into_faults(), ..Parsed::default() };
        }
        let text = text::of_bulletin(bulletin, &mut log);
        let mut parsed = read(&text, bulletin, &mut log);
        parsed.faults = log.into_faults();
        parsed
    }
}

fn is_ours(kind: Kind) -> bool {
    !matches!(kind, Kind::ForecastAdvisory | Kind::Probabilities)
}

fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Parsed {
    let body = &bulletin.body;
    if rss::recognises(body) {
        return rss::read(text, bulletin, log);
    }
    if layer::recognises(body) {
        return Parsed { hazards: gis::read(text, bulletin, log), ..Parsed::default() };
    }
    if outlook::is_kml(body) || xml::root_name(body).as_deref() == Some("kml") {
        return Parsed { hazards: outlook::read_kml(text, bulletin, log), ..Parsed::default() };
    }
    let plain = plain::plain(text);
    let capitals = plain.to_ascii_uppercase();
    let words = plain::words(&capitals);
    let mut parsed = Parsed::default();
    if let Some(kind) = product::kind(&words) {
        parsed.hazards = read_product(kind, &plain, bulletin, log);
    } else if let Some(table) = tables::which(&capitals) {
        tables::tell(table, log);
    } else {
        let what = "the document is no text, feed, map layer or table of NHC's that is known";
        log.push(Fault::fatal(Place::default(), what).hint("fetch it again, or name its format"));
    }
    parsed
}

/// The hazards of one text product, given as plain text.
fn read_product(kind: Kind, text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<crate::domain::Hazard> {
    match kind {
        Kind::ForecastAdvisory => super::nhc_tcm::read(FORMAT, text, bulletin, log).into_iter().collect(),
        Kind::Probabilities => super::nhc_pws::read(FORMAT, text, bulletin, log).into_iter().collect(),
        Kind::PublicAdvisory | Kind::Update => now::read(text, bulletin, log),
        Kind::Discussion => now::read_discussion(text, bulletin, log),
        Kind::WatchWarning => vtec::read(text, bulletin, log),
        Kind::Outlook => outlook::read(text, bulletin, log),
    }
}
