//! The warnings of a European country as MeteoAlarm's feeds give them in JSON (EUMETNET; 38 weather services).
//!
//! In: `{"warnings":[{"uuid":…,"alert":{…}}]}` of `feeds.meteoalarm.org/api/v1/warnings/feeds-<country>`, or one such
//! entry, or a bare alert; each alert is CAP 1.2 with JSON's arrays. Out: what the same CAP as XML would give: a
//! hazard for each warning with its languages together, `EMMA_ID` and `NUTS` codes, and polygons where there are any.
//!
//! Conventions (MeteoAlarm's CAP profile): `awareness_level` is `1; green; Minor`, `2; yellow; Moderate`, `3; orange;
//! Severe` or `4; red; Extreme`; CAP's own severity says the same and is what we keep. Level 1 is no warning: it is
//! left out, or withdraws the message that it replaces. `awareness_type` tells the kind. Times bear their offset.
//! Never: a level made up where none is given; a warning without `awareness_level` is kept as CAP has it.

use serde::Deserialize;

use super::Source;
use super::cap::json::{JsonAlert, read};
use super::cap::without_repeats;
use super::formats::fault_log::FaultLog;
use super::formats::json::{self, List, Maybe, Text};
use super::formats::text;
use crate::domain::{Bulletin, Fault, Hazard, Parsed, Place};

/// MeteoAlarm's JSON feeds. The format is `meteoalarm-json`.
#[derive(Debug)]
pub struct MeteoAlarm;

const ID: &str = "meteoalarm-json";

impl Source for MeteoAlarm {
    fn id(&self) -> &'static str {
        ID
    }

    fn recognises(&self, body: &[u8]) -> bool {
        json::has_keys(body, &["warnings"]) && (json::has_keys(body, &["alert"]) || is_empty_feed(body))
            || json::has_keys(body, &["alert", "identifier"])
            || json::has_keys(body, &["identifier", "msgType", "info"])
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = match json::parse::<Document<'_>>(&text) {
            Ok(document) => read_document(&document, &text, bulletin, &mut log),
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
    warnings: Option<List<Entry<'a>>>,
    alert: Maybe<JsonAlert<'a>>,
    identifier: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    alert: Maybe<JsonAlert<'a>>,
}

/// True for `{"warnings":[]}`: a country without warnings.
fn is_empty_feed(body: &[u8]) -> bool {
    let head = json::head(body);
    let rest = head.split_once("\"warnings\"").and_then(|(_, rest)| rest.trim_start().strip_prefix(':'));
    let rest = rest.and_then(|rest| rest.trim_start().strip_prefix('['));
    rest.is_some_and(|rest| rest.trim_start().starts_with(']'))
}

fn read_document(document: &Document<'_>, text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    if let Some(warnings) = &document.warnings {
        for (at, entry) in &warnings.items {
            let path = format!("warnings[{at}].alert");
            match &entry.alert.0 {
                Some(alert) => hazards.extend(read(alert, &path, bulletin, ID, log)),
                None => log.push(Fault::fatal(Place::default().field(path), "the warning has no alert in it")),
            }
        }
        if warnings.odd > 0 {
            let what = format!("{} entries are no warnings", warnings.odd);
            log.push(Fault::fatal(Place::default().field("warnings"), what));
        }
    } else if let Some(alert) = &document.alert.0 {
        hazards.extend(read(alert, "alert", bulletin, ID, log));
    } else if document.identifier.get().is_some() {
        match json::parse::<JsonAlert<'_>>(text) {
            Ok(alert) => hazards.extend(read(&alert, "", bulletin, ID, log)),
            Err(fault) => log.push(fault),
        }
    } else {
        let fault =
            Fault::fatal(Place::default().field("warnings"), "there are no MeteoAlarm warnings in this document");
        log.push(fault.hint("ask for /api/v1/warnings/feeds-<country>"));
    }
    without_repeats(hazards)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FeedId, HazardKind, MsgType, Severity, Timestamp};

    fn parse(body: &str) -> Parsed {
        MeteoAlarm.parse(&Bulletin::new(FeedId::new("test"), "", "feed", Timestamp::UNIX_EPOCH, body.into()))
    }

    const KNMI: &str = include_str!("../../tests/data/sources/meteoalarm-json/gale.json");

    #[track_caller]
    fn check(body: &str, hazards: usize, fatal: bool) -> Parsed {
        let parsed = parse(body);
        let is_fatal = parsed.faults.iter().any(|fault| fault.is_fatal);
        assert_eq!((parsed.hazards.len(), is_fatal), (hazards, fatal), "{:?}", parsed.faults);
        parsed
    }

    #[test]
    fn no_warnings_are_no_fault() {
        assert!(check("{\"warnings\":[]}", 0, false).faults.is_empty());
        assert!(MeteoAlarm.recognises(b"{ \"warnings\" : [ ] }"));
        check("{\"warnings\":null}", 0, true);
        check("{\"warnings\":[7]}", 0, true);
        check("{\"warnings\":[{\"uuid\":\"x\"}]}", 0, true);
    }

    #[test]
    fn the_levels_down_to_green() {
        let hazards = check(KNMI, 2, false).hazards;
        assert_eq!((hazards[0].severity, hazards[0].kind), (Severity::Severe, HazardKind::Wind));
        assert_eq!(hazards[0].texts.iter().map(|text| text.lang.as_str()).collect::<Vec<_>>(), ["nl-NL", "en-GB"]);
        assert_eq!((hazards[1].msg, hazards[1].texts.len()), (MsgType::Cancel, 1));
        let green = KNMI.replace("3; orange; Severe", "1; green; Minor");
        assert!(check(&green, 2, false).hazards.iter().all(|hazard| hazard.msg == MsgType::Cancel));
        assert_eq!(check(&KNMI.replace("3; orange; Severe", "1"), 2, false).hazards[0].msg, MsgType::Cancel);
        assert_eq!(check(&KNMI.replace("3; orange; Severe", "2; yellow"), 2, false).hazards[0].msg, MsgType::Update);
    }

    #[test]
    fn one_entry_and_a_bare_alert() {
        let alert = "{\"identifier\":\"a\",\"sender\":\"s@x.example\",\"sent\":\"2030-01-01T00:00:00Z\",\
             \"status\":\"Actual\",\"msgType\":\"Alert\",\"info\":{\"event\":\"Wind\"}}";
        let bare = check(alert, 1, false);
        assert_eq!(bare.hazards[0].id.as_str(), "cap:s@x.example,a");
        assert!(MeteoAlarm.recognises(alert.as_bytes()));
        let entry = format!("{{\"uuid\":\"u\",\"alert\":{alert}}}");
        assert_eq!(check(&entry, 1, false).hazards[0].id, bare.hazards[0].id);
        assert!(MeteoAlarm.recognises(entry.as_bytes()));
        check(&alert.replace("Actual", "Maybe"), 0, true);
        check(&alert.replace("\"identifier\":\"a\",", ""), 0, true);
    }

    #[test]
    fn polygons_as_text_or_list() {
        let with = |polygon: &str| {
            KNMI.replace("\"areaDesc\":\"Zeeland\"", &format!("\"areaDesc\":\"Zeeland\",\"polygon\":{polygon}"))
        };
        let one = check(&with("\"51.2,3.3 51.8,3.6 51.5,4.3 51.2,3.3\""), 2, false);
        assert_eq!(one.hazards[0].footprint.polygons.len(), 1);
        let list = check(&with("[\"51.2,3.3 51.8,3.6 51.5,4.3 51.2,3.3\",\"\"]"), 2, false);
        assert_eq!(list.hazards[0].footprint, one.hazards[0].footprint);
        check(&with("\"here and there\""), 2, true);
    }
}
