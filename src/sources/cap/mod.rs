//! The Common Alerting Protocol, OASIS CAP 1.0, 1.1 and 1.2: one alert, or several in any wrapper.
//!
//! In: XML. Out: a hazard for each warning, its texts one per language. What the standard demands and a document
//! lacks is a fatal fault; what could be read is read all the same, as long as the alert can be told from others
//! (identifier, sender) and says whether it is meant (status).

mod alert;
mod area;
mod info;

use std::collections::HashSet;

use roxmltree::{Document, Node};

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::{slim_xml, text, xml};
use crate::domain::{Bulletin, Fault, Hazard, Parsed, Place};

/// CAP documents. The format is `cap`.
#[derive(Debug)]
pub struct Cap;

impl Source for Cap {
    fn id(&self) -> &'static str {
        "cap"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        xml::root_name(body).is_some_and(|name| matches!(name.as_str(), "alert" | "alerts"))
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = match slim_xml::parse(&text) {
            Ok(document) => read_document(&document, bulletin, &mut log),
            Err(fault) => {
                log.push(fault);
                Vec::new()
            }
        };
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

fn read_document(document: &slim_xml::Document<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    let mut is_empty = true;
    for node in slim_xml::outermost(document, |node| slim_xml::is_cap(node, "alert")) {
        is_empty = false;
        hazards.extend(alert::read(node, bulletin, "cap", log));
    }
    if is_empty {
        let fault = Fault::fatal(Place::at(1, 1).field("alert"), "there is no CAP alert in this document");
        log.push(fault.hint("an index of alerts is of the format `feed`"));
    }
    without_repeats(hazards)
}

/// The alerts of a document, wherever they stand, each once; an alert within an alert is part of the outer one.
pub(crate) fn alerts_in<'a, 'i>(document: &'a Document<'i>) -> Vec<Node<'a, 'i>> {
    xml::outermost(document, |node| xml::is_cap(node, "alert"))
}

/// The hazards of an alert that stands in another document; see [`alert::read`].
pub(crate) fn read_alert(node: Node<'_, '_>, bulletin: &Bulletin, format: &str, log: &mut FaultLog) -> Vec<Hazard> {
    let document = slim_xml::slimmed(node);
    document.root_element().map(|root| alert::read(root, bulletin, format, log)).unwrap_or_default()
}

/// The hazards, without those that say again what one before said: indexes repeat an alert for each of its areas.
pub(crate) fn without_repeats(hazards: Vec<Hazard>) -> Vec<Hazard> {
    let mut seen = HashSet::new();
    let key = |hazard: &Hazard| (hazard.id.clone(), hazard.cap.as_ref().map(|cap| cap.identifier.clone()));
    hazards.into_iter().filter(|hazard| seen.insert(key(hazard))).collect()
}

#[cfg(test)]
mod tests;
