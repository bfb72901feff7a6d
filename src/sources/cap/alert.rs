//! CAP's alert (CAP 1.2 section 3.2.1) becomes hazards.

use std::borrow::Cow;

use super::info::{Info, date, grouped, required, word};
use crate::domain::{
    Bulletin, CapFacts, Certainty, Footprint, Hazard, HazardId, HazardKind, MsgType, Severity, Status, Timestamp,
    Urgency,
};
use crate::sources::formats::dates;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::slim_xml::{self as xml, Node};

/// Infos that are read of one alert; recorded ones have up to 20. Each is compared with those before it.
const INFOS_MAX: usize = 256;

/// The hazards of one `<alert>`: one for each warning in it; one too when it has no `<info>` (Cancel, Ack).
///
/// None when identifier, sender or status is missing or not CAP's: such a message cannot be told from others, or from
/// a test. `format` is the id of the source that reads it.
pub(crate) fn read(node: Node<'_, '_>, bulletin: &Bulletin, format: &str, log: &mut FaultLog) -> Vec<Hazard> {
    let Some(alert) = Alert::read(node, log) else { return Vec::new() };
    let infos = xml::cap_children(node, "info").take(INFOS_MAX).map(|info| Info::read(info, log)).collect();
    if xml::cap_children(node, "info").nth(INFOS_MAX).is_some() {
        xml::fatal(log, node, "info", format!("infos beyond the first {INFOS_MAX} are not read"));
    }
    let mut groups = grouped(infos);
    if groups.is_empty() {
        groups.push(Info::nothing());
    }
    let hazard = |(at, info)| alert.hazard(at, info, bulletin, format);
    groups.into_iter().enumerate().map(hazard).collect()
}

/// What all warnings of one alert share.
struct Alert {
    facts: CapFacts,
    status: Status,
    msg: MsgType,
    sent: Option<Timestamp>,
    /// Sender and identifier of the first message that this one goes back to; its own when it is the first.
    first: (String, String),
}

impl Alert {
    fn read(node: Node<'_, '_>, log: &mut FaultLog) -> Option<Self> {
        let identifier = required(node, "identifier", log);
        let sender = required(node, "sender", log);
        let sent = required(node, "sent", log);
        let scope = required(node, "scope", log);
        let status = read_status(node, log);
        let msg = word(node, "msgType", MESSAGES, log).unwrap_or(MsgType::Alert);
        let references = read_references(node, msg, log);
        let (identifier, sender) = (identifier?, sender?);
        let first = oldest(&references).unwrap_or_else(|| (sender.clone(), identifier.clone()));
        let facts = CapFacts {
            identifier,
            sender,
            sent: sent.unwrap_or_default(),
            msg_type: xml::cap_text(node, "msgType").map(Cow::into_owned).unwrap_or_default(),
            scope: scope.unwrap_or_default(),
            references,
        };
        Some(Self { facts, status: status?, msg, sent: date(node, "sent", log), first })
    }

    fn hazard(&self, at: usize, info: Info, bulletin: &Bulletin, format: &str) -> Hazard {
        let (sender, identifier) = &self.first;
        // The first keeps the plain id, so that an update or cancellation with one info or none replaces it.
        let number = if at == 0 { String::new() } else { format!("#{}", at + 1) };
        Hazard {
            id: HazardId::new(format!("cap:{sender},{identifier}{number}")),
            source: self.source(bulletin),
            format: format.to_owned(),
            bulletin: bulletin.hash.clone(),
            event: identifier.clone(),
            kind: info.kind,
            name: None,
            names: Vec::new(),
            aliases: Vec::new(),
            is_last: false,
            probabilities: Vec::new(),
            forecast: None,
            issued: self.sent,
            onset: info.onset.or(info.effective).or(self.sent),
            expires: info.expires,
            status: self.status,
            msg: self.msg,
            severity: info.severity,
            urgency: info.urgency,
            certainty: info.certainty,
            texts: info.texts,
            areas: info.areas,
            footprint: info.footprint,
            track: None,
            cap: Some(self.facts.clone()),
        }
    }

    /// The agency as the feed names it, else the domain of the sender's mail or web address, else the sender.
    fn source(&self, bulletin: &Bulletin) -> String {
        if !bulletin.agency.is_empty() {
            return bulletin.agency.clone();
        }
        let sender = &self.facts.sender;
        let after = sender.rsplit_once('@').or_else(|| sender.split_once("://")).map(|(_, after)| after);
        match after.and_then(|after| after.split('/').next()) {
            Some(domain) if !domain.is_empty() => domain.to_lowercase(),
            _ => sender.clone(),
        }
    }
}

impl Info {
    /// What an alert without `<info>` says of the threat: nothing.
    fn nothing() -> Self {
        Self {
            texts: Vec::new(),
            kind: HazardKind::Other,
            severity: Severity::Unknown,
            urgency: Urgency::Unknown,
            certainty: Certainty::Unknown,
            effective: None,
            onset: None,
            expires: None,
            areas: Vec::new(),
            footprint: Footprint::default(),
        }
    }
}

const STATUSES: &[(&str, Status)] = &[
    ("Actual", Status::Actual),
    ("Exercise", Status::Exercise),
    ("System", Status::System),
    ("Test", Status::Test),
    ("Draft", Status::Draft),
];

const MESSAGES: &[(&str, MsgType)] = &[
    ("Alert", MsgType::Alert),
    ("Update", MsgType::Update),
    ("Cancel", MsgType::Cancel),
    ("Ack", MsgType::Ack),
    ("Error", MsgType::Error),
];

/// The status. An unknown one is fatal: to take it for `Actual` would alert, to take it for a test would hide.
fn read_status(node: Node<'_, '_>, log: &mut FaultLog) -> Option<Status> {
    let text = required(node, "status", log)?;
    let found = STATUSES.iter().find(|(known, _)| text.eq_ignore_ascii_case(known)).map(|(_, status)| *status);
    if found.is_none() {
        let shown: String = text.chars().take(40).collect();
        let what = format!("status `{shown}` is none of CAP's, so the alert is not read");
        xml::fatal(log, node, "status", what);
    }
    found
}

/// Each reference as it stands. An update or cancellation without any refers to nothing, which CAP forbids.
fn read_references(node: Node<'_, '_>, msg: MsgType, log: &mut FaultLog) -> Vec<String> {
    let text = xml::cap_text(node, "references").unwrap_or_default();
    let references: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let needs = matches!(msg, MsgType::Update | MsgType::Cancel);
    if references.is_empty() && needs {
        let what = "an update or cancellation must name the message that it replaces in `references`";
        xml::fatal(log, node, "references", what);
    }
    for reference in references.iter().filter(|reference| parts(reference).is_none()) {
        xml::minor(log, node, "references", format!("`{reference}` is not `sender,identifier,sent`"));
    }
    references
}

/// Sender, identifier and date of a reference.
fn parts(reference: &str) -> Option<(&str, &str, &str)> {
    let (sender, rest) = reference.split_once(',')?;
    let (identifier, sent) = rest.rsplit_once(',')?;
    (!sender.is_empty() && !identifier.is_empty()).then_some((sender, identifier, sent))
}

/// Sender and identifier of the oldest message referred to.
///
/// Dates are compared, but some agencies write the new date there; among equals the lesser identifier counts, so that
/// the order of the list does not matter and every update of one chain comes to the same answer.
fn oldest(references: &[String]) -> Option<(String, String)> {
    let dated = references.iter().filter_map(|reference| parts(reference)).map(|(sender, identifier, sent)| {
        let sent = dates::rfc_3339(sent).map_or(Timestamp::MAX, dates::When::instant);
        (sent, identifier, sender)
    });
    dated.min().map(|(_, identifier, sender)| (sender.to_owned(), identifier.to_owned()))
}
