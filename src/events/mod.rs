//! Which hazards speak of the same storm.
//!
//! In: hazards and the events known. Out: each hazard's event. Never: knows a level or a person.
//!
//! Today: an agency's own number (`wp162004`) and a CAP chain's identifiers and references. Names, places
//! and times across agencies join here.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{DocumentHash, Event, EventId, Hazard, HazardId, HazardKind, MsgType, Timestamp};

/// The event that a hazard speaks of: a known one when any of its keys is known, else a new id.
pub fn identify(hazard: &Hazard, events: &BTreeMap<EventId, Event>) -> EventId {
    let keys = keys(hazard);
    let is_late = is_withdrawal(hazard) || is_superseded(hazard, events);
    let known = events.values().filter(|event| event.over.is_none() || is_late);
    known
        .filter(|event| !event.keys.is_disjoint(&keys))
        .map(|event| event.id.clone())
        .next()
        .unwrap_or_else(|| new_id(hazard))
}

/// True for a CAP message that a later one of its sender has referred to already.
pub fn is_superseded(hazard: &Hazard, events: &BTreeMap<EventId, Event>) -> bool {
    let Some(cap) = &hazard.cap else { return false };
    let key = superseded_key(&cap.sender, &cap.identifier);
    events.values().any(|event| event.superseded.contains(&key))
}

/// Whether a message that is heard warns from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// It does.
    Yes,
    /// It withdraws, or was superseded before it came.
    No,
}

/// The event as it is after hearing this hazard.
pub fn hear(hazard: &Hazard, id: EventId, known: Option<&Event>, stands: Stands, now: Timestamp) -> Event {
    let mut event = known.cloned().unwrap_or_else(|| Event {
        id,
        kind: hazard.kind,
        name: None,
        keys: BTreeSet::new(),
        superseded: BTreeSet::new(),
        hazards: BTreeSet::new(),
        first_heard: now,
        last_heard: now,
        issued: None,
        over: None,
    });
    event.keys.extend(keys(hazard));
    event.last_heard = event.last_heard.max(now);
    event.issued = event.issued.max(hazard.issued);
    if let Some(name) = name(hazard) {
        event.name = Some(name);
    }
    event.superseded.extend(referred(hazard));
    if stands == Stands::No {
        event.hazards.remove(&hazard.id);
    } else {
        event.hazards.insert(hazard.id.clone());
        event.over = None;
    }
    if event.hazards.is_empty() {
        event.over = event.over.or(Some(now));
    }
    event
}

/// The event after one of its hazards has run out.
pub fn forget(event: &Event, hazard: &HazardId, now: Timestamp) -> Event {
    let mut event = event.clone();
    event.hazards.remove(hazard);
    if event.hazards.is_empty() {
        event.over = event.over.or(Some(now));
    }
    event
}

/// Hazards in force that a CAP message names in its references, whatever their ids: agencies name the message
/// before, or the first one, or all. Only the sender's own; the identifier decides, as the time in a reference
/// is often wrong.
pub fn replaced<'a>(hazard: &Hazard, in_force: impl Iterator<Item = &'a Hazard>) -> Vec<HazardId> {
    let Some(cap) = &hazard.cap else { return Vec::new() };
    let named = |identifier: &str| {
        identifier == hazard.event || cap.references.iter().any(|r| r.split(',').nth(1) == Some(identifier))
    };
    let is_old = |known: &&Hazard| {
        let old = known.cap.as_ref();
        old.is_some_and(|old| old.sender == cap.sender && old.identifier != cap.identifier && named(&old.identifier))
    };
    in_force.filter(is_old).map(|known| known.id.clone()).collect()
}

/// True for a CAP Cancel: it withdraws, it does not warn.
pub fn is_withdrawal(hazard: &Hazard) -> bool {
    hazard.msg == MsgType::Cancel
}

/// What a message refers to, as its own sender's messages: nobody supersedes another's.
fn referred(hazard: &Hazard) -> impl Iterator<Item = String> {
    let cap = hazard.cap.iter();
    cap.flat_map(|cap| {
        let identifiers = cap.references.iter().filter_map(|reference| reference.split(',').nth(1));
        identifiers.filter(|id| *id != cap.identifier).map(|id| superseded_key(&cap.sender, id))
    })
}

fn superseded_key(sender: &str, identifier: &str) -> String {
    format!("{sender},{identifier}")
}

fn keys(hazard: &Hazard) -> BTreeSet<String> {
    let references =
        hazard.cap.iter().flat_map(|cap| &cap.references).filter_map(|reference| reference.split(',').nth(1));
    let own = hazard.cap.iter().map(|cap| cap.identifier.as_str());
    references.chain(own).chain([hazard.event.as_str()]).filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

fn new_id(hazard: &Hazard) -> EventId {
    if hazard.cap.is_none() {
        return EventId::new(hazard.event.clone());
    }
    let hash = DocumentHash::of(hazard.event.as_bytes());
    EventId::new(format!("cap-{}", hash.digits().get(..12).unwrap_or_default()))
}

/// A storm's name, or the warning's own words in English if there are any.
fn name(hazard: &Hazard) -> Option<String> {
    if hazard.kind == HazardKind::TropicalCyclone && hazard.name.is_some() {
        return hazard.name.clone();
    }
    let texts = &hazard.texts;
    let english = texts.iter().find(|text| text.lang.to_ascii_lowercase().starts_with("en"));
    english.or(texts.first()).map(|text| text.event.clone()).filter(|event| !event.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CapFacts, Certainty, Footprint, Severity, Status, Urgency};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn message(identifier: &str, refers_to: &[&str], msg: MsgType) -> Hazard {
        let references = refers_to.iter().map(|id| format!("cma,{id},2026-08-01T00:00:00+08:00")).collect();
        Hazard {
            id: HazardId::new(format!("cap:cma,{identifier}")),
            source: "cma".to_owned(),
            format: "cap".to_owned(),
            bulletin: DocumentHash::of(identifier.as_bytes()),
            event: refers_to.first().unwrap_or(&identifier).to_string(),
            kind: HazardKind::Wind,
            name: None,
            issued: Some(at(0)),
            onset: None,
            expires: None,
            status: Status::Actual,
            msg,
            severity: Severity::Severe,
            urgency: Urgency::Unknown,
            certainty: Certainty::Unknown,
            texts: Vec::new(),
            areas: Vec::new(),
            footprint: Footprint::default(),
            track: None,
            cap: Some(CapFacts {
                identifier: identifier.to_owned(),
                sender: "cma".to_owned(),
                references,
                ..CapFacts::default()
            }),
        }
    }

    /// Hears the messages in this order; the messages that warn at the end.
    fn check(order: &[Hazard], want: &[&str]) {
        let mut events: BTreeMap<EventId, Event> = BTreeMap::new();
        let mut in_force: Vec<Hazard> = Vec::new();
        for hazard in order {
            let is_late = is_withdrawal(hazard) || is_superseded(hazard, &events);
            let id = identify(hazard, &events);
            let stands = if is_late { Stands::No } else { Stands::Yes };
            let event = hear(hazard, id.clone(), events.get(&id), stands, at(0));
            events.insert(id, event);
            let gone = replaced(hazard, in_force.iter());
            in_force.retain(|known| !gone.contains(&known.id));
            if stands == Stands::Yes {
                in_force.push(hazard.clone());
            }
        }
        let names: Vec<&str> = in_force.iter().filter_map(|h| Some(h.cap.as_ref()?.identifier.as_str())).collect();
        assert_eq!(names, want);
    }

    /// Each names only the message before it, as several agencies do.
    fn chain() -> [Hazard; 4] {
        [
            message("a", &[], MsgType::Alert),
            message("u1", &["a"], MsgType::Update),
            message("u2", &["u1"], MsgType::Update),
            message("c", &["u2"], MsgType::Cancel),
        ]
    }

    #[test]
    fn a_chain_leaves_its_newest_in_whatever_order_it_comes() {
        let [a, u1, u2, _] = chain();
        for order in [[&a, &u1, &u2], [&a, &u2, &u1], [&u1, &a, &u2], [&u1, &u2, &a], [&u2, &a, &u1], [&u2, &u1, &a]] {
            check(&order.map(Clone::clone), &["u2"]);
        }
    }

    #[test]
    fn a_cancel_before_what_it_cancels_still_cancels() {
        let [a, u1, u2, c] = chain();
        check(&[c.clone(), u2.clone(), u1.clone(), a.clone()], &[]);
        check(&[a.clone(), c.clone(), u1.clone(), u2.clone()], &[]);
        check(&[u2, c, a, u1], &[]);
    }

    #[test]
    fn nobody_cancels_anothers_warning() {
        let [a, ..] = chain();
        let mut foreign = message("x", &["a"], MsgType::Cancel);
        if let Some(cap) = &mut foreign.cap {
            cap.sender = "somebody else".to_owned();
        }
        check(&[a.clone(), foreign.clone()], &["a"]);
        check(&[foreign, a], &["a"]);
    }
}
