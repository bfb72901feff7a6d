//! The warnings of Germany's weather service (DWD) as Bright Sky gives them.
//!
//! In: `api.brightsky.dev/alerts?lat=…&lon=…` or `?warn_cell_id=…`: the warnings of one cell, in German and English,
//! and the cell. Without a place it answers with all warnings and no cell. Out: a hazard for each warning, its area
//! the cell (`WARNCELLID`, as DWD's own CAP has it).
//!
//! Conventions (Bright Sky's interface description; DWD's CAP profile 2.1): words are CAP's in small letters; times
//! bear their offset; `effective` is when DWD issued it; `null` means not said, and an end that is not said is open.
//! Bright Sky leaves out sender, message type and references: a message that replaces another has a new `alert_id`.
//! So a warning is known by its cell, DWD's event code and its onset, which an update keeps. A warning that is
//! withdrawn is no longer in the list; nothing says so here.
//! Never: the shape of a cell, which is not in the answer.

use std::collections::HashMap;

use serde::Deserialize;

use super::Source;
use super::cap::json::{date, fatal, word};
use super::cap::words::{CERTAINTIES, SEVERITIES, STATUSES, URGENCIES};
use super::formats::fault_log::FaultLog;
use super::formats::json::{self, List, Maybe, Text};
use super::formats::kind::kind_of;
use super::formats::text;
use crate::domain::{
    Area, Bulletin, Certainty, Fault, Hazard, HazardId, HazardKind, HazardText, Parsed, Place, Severity, Status,
    Timestamp, Urgency,
};

/// DWD's warnings by Bright Sky. The format is `dwd-brightsky`.
#[derive(Debug)]
pub struct BrightSky;

const ID: &str = "dwd-brightsky";

impl Source for BrightSky {
    fn id(&self) -> &'static str {
        ID
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let has = |keys: &[&str]| json::has_keys(body, keys);
        let is_empty = || {
            let text = String::from_utf8_lossy(body.get(..64).unwrap_or(body));
            text.split_whitespace().collect::<String>() == "{\"alerts\":[]}"
        };
        has(&["alerts"]) && (has(&["alert_id"]) || has(&["warn_cell_id"]) || is_empty())
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = match json::parse::<Document<'_>>(&text) {
            Ok(document) => read_document(&document, bulletin, &mut log),
            Err(fault) => {
                log.push(fault);
                Vec::new()
            }
        };
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(borrow)]
    alerts: Option<List<Alert<'a>>>,
    location: Maybe<Cell<'a>>,
    detail: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cell<'a> {
    #[serde(borrow)]
    warn_cell_id: Text<'a>,
    name: Text<'a>,
    district: Text<'a>,
    state: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Alert<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(rename = "alert_id")]
    identifier: Text<'a>,
    status: Text<'a>,
    effective: Text<'a>,
    onset: Text<'a>,
    expires: Text<'a>,
    urgency: Text<'a>,
    severity: Text<'a>,
    certainty: Text<'a>,
    event_code: Text<'a>,
    event_en: Text<'a>,
    event_de: Text<'a>,
    headline_en: Text<'a>,
    headline_de: Text<'a>,
    description_en: Text<'a>,
    description_de: Text<'a>,
    instruction_en: Text<'a>,
    instruction_de: Text<'a>,
}

fn read_document(document: &Document<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let Some(alerts) = &document.alerts else {
        let what = match document.detail.get() {
            Some(detail) => format!("Bright Sky refused: {detail}"),
            None => "there are no alerts of Bright Sky in this document".to_owned(),
        };
        log.push(Fault::fatal(Place::default().field("alerts"), what).hint("ask for /alerts?lat=<lat>&lon=<lon>"));
        return Vec::new();
    };
    let mut hazards: Vec<Hazard> = Vec::new();
    let mut times: HashMap<HazardId, usize> = HashMap::new();
    for (at, alert) in &alerts.items {
        let path = format!("alerts[{at}]");
        let Some(mut hazard) = read(alert, document.location.0.as_ref(), &path, bulletin, log) else { continue };
        // Two of one kind and onset are two heights of one place.
        let count = times.entry(hazard.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            hazard.id = HazardId::new(format!("{}#{count}", hazard.id));
        }
        hazards.push(hazard);
    }
    if alerts.odd > 0 {
        fatal(log, "alerts", "", || format!("{} elements are no alerts", alerts.odd));
    }
    hazards
}

fn read(
    alert: &Alert<'_>,
    cell: Option<&Cell<'_>>,
    path: &str,
    bulletin: &Bulletin,
    log: &mut FaultLog,
) -> Option<Hazard> {
    let texts = alert.texts();
    if texts.is_empty() {
        fatal(log, path, "event_de", || "this is no warning: it has no event".to_owned());
        return None;
    }
    let status = alert.status(path, log)?;
    let effective = date(&alert.effective, path, "effective", log);
    let onset = date(&alert.onset, path, "onset", log);
    let (id, event) = alert.keys(cell, onset);
    let source = Some(bulletin.agency.as_str()).filter(|agency| !agency.is_empty()).unwrap_or("dwd");
    Some(Hazard {
        issued: effective.or(onset),
        onset: onset.or(effective),
        expires: date(&alert.expires, path, "expires", log),
        status,
        severity: word(&alert.severity, path, "severity", SEVERITIES, log).unwrap_or(Severity::Unknown),
        urgency: word(&alert.urgency, path, "urgency", URGENCIES, log).unwrap_or(Urgency::Unknown),
        certainty: word(&alert.certainty, path, "certainty", CERTAINTIES, log).unwrap_or(Certainty::Unknown),
        texts,
        areas: cell.and_then(Cell::area).into_iter().collect(),
        ..Hazard::new(HazardId::new(id), source, ID, &bulletin.hash, &event, alert.kind())
    })
}

impl Cell<'_> {
    fn area(&self) -> Option<Area> {
        let names = [self.name.get(), self.district.get(), self.state.get()];
        let mut parts: Vec<&str> = names.into_iter().flatten().collect();
        parts.dedup();
        let code = self.warn_cell_id.owned().map(|code| ("WARNCELLID".to_owned(), code));
        let area = Area { name: parts.join(", "), geocodes: code.into_iter().collect() };
        (area != Area::default()).then_some(area)
    }
}

impl Alert<'_> {
    /// The status; one that is not said is actual, as before Bright Sky gave it. An unknown one is fatal: to take it
    /// for actual would alert, to take it for a test would hide.
    fn status(&self, path: &str, log: &mut FaultLog) -> Option<Status> {
        if self.status.get().is_none() {
            return Some(Status::Actual);
        }
        let status = word(&self.status, path, "status", STATUSES, log);
        if status.is_none() {
            fatal(log, path, "status", || "the status is none of CAP's, so the warning is not read".to_owned());
        }
        status
    }

    /// The hazard's id, of this cell, and its event, of every cell.
    fn keys(&self, cell: Option<&Cell<'_>>, onset: Option<Timestamp>) -> (String, String) {
        let code = self.event_code.get().or_else(|| self.event_de.get()).or_else(|| self.event_en.get());
        let cell = cell.and_then(|cell| cell.warn_cell_id.get());
        if let (Some(cell), Some(code), Some(onset)) = (cell, code, onset) {
            return (format!("dwd:{cell}:{code}:{onset}"), format!("dwd:{code}:{onset}"));
        }
        let own = self.identifier.get().or_else(|| self.id.get()).or(code).unwrap_or_default();
        (format!("dwd:{own}:{}", cell.unwrap_or("all")), format!("dwd:{own}"))
    }

    fn texts(&self) -> Vec<HazardText> {
        let text = |lang: &str, [event, headline, description, instruction]: [&Text<'_>; 4]| {
            Some(HazardText {
                lang: lang.to_owned(),
                event: event.owned().or_else(|| headline.owned())?,
                headline: headline.owned(),
                description: description.owned(),
                instruction: instruction.owned(),
            })
        };
        let german = [&self.event_de, &self.headline_de, &self.description_de, &self.instruction_de];
        let english = [&self.event_en, &self.headline_en, &self.description_en, &self.instruction_en];
        text("de-DE", german).into_iter().chain(text("en-GB", english)).collect()
    }

    fn kind(&self) -> HazardKind {
        let words = [&self.event_en, &self.event_de, &self.headline_en, &self.headline_de];
        let found = words.into_iter().filter_map(Text::get).map(kind_of).find(|kind| *kind != HazardKind::Other);
        found.unwrap_or(HazardKind::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeedId;

    const STORM: &str = include_str!("../../tests/data/sources/dwd-brightsky/storm.json");

    #[track_caller]
    fn check(body: &str, hazards: usize, fatal: bool) -> Parsed {
        let parsed =
            BrightSky.parse(&Bulletin::new(FeedId::new("test"), "", "alerts", Timestamp::UNIX_EPOCH, body.into()));
        let is_fatal = parsed.faults.iter().any(|fault| fault.is_fatal);
        assert_eq!((parsed.hazards.len(), is_fatal), (hazards, fatal), "{:?}", parsed.faults);
        parsed
    }

    #[test]
    fn warnings_of_a_cell() {
        let [storm, thunder] = check(STORM, 2, false).hazards.try_into().unwrap();
        assert_eq!(storm.id.as_str(), "dwd:802000000:55:2022-02-18T14:00:00Z");
        assert_eq!(storm.event, "dwd:55:2022-02-18T14:00:00Z");
        assert_eq!((storm.kind, storm.severity), (HazardKind::Wind, Severity::Severe));
        assert_eq!(storm.areas[0].geocodes["WARNCELLID"], "802000000");
        assert_eq!((thunder.status, thunder.expires, thunder.texts.len()), (Status::Test, None, 1));
    }

    #[test]
    fn all_warnings_have_no_cell() {
        let all = STORM.replace("\"location\"", "\"elsewhere\"");
        let hazards = check(&all, 2, false).hazards;
        assert_eq!(hazards[0].id.as_str(), "dwd:2.49.0.0.276.0.DWD.PVW.1645164000000.0b5a:all");
        assert!(hazards[0].areas.is_empty());
    }

    #[test]
    fn none_and_refusals() {
        let none = "{\"alerts\":[],\"location\":{\"warn_cell_id\":711000101,\"name\":\"Berlin\"}}";
        for body in [none, "{ \"alerts\": [] }"] {
            assert!(BrightSky.recognises(body.as_bytes()) && check(body, 0, false).faults.is_empty(), "{body}");
        }
        check("{\"detail\":\"Supplied location is not covered by DWD\"}", 0, true);
        check("{\"alerts\":[1,{}]}", 0, true);
        check(&STORM.replace("\"actual\"", "\"perhaps\""), 1, true);
    }

    #[test]
    fn two_heights_of_one_kind_are_two_hazards() {
        let hazards =
            check(&STORM.replace("\"event_code\":33", "\"event_code\":55").replace("16:30", "14:00"), 2, false).hazards;
        assert_eq!(hazards[1].id.as_str(), "dwd:802000000:55:2022-02-18T14:00:00Z#2");
    }
}
