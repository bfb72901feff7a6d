//! Which hazards speak of the same storm.
//!
//! In: hazards and the events known. Out: each hazard's event. Never: knows a level or a person.
//!
//! Today: an agency's own number (`wp162004`) and a CAP chain's identifiers and references. Names, places
//! and times across agencies join here.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{CapFacts, DocumentHash, Event, EventId, Hazard, HazardId, HazardKind, MsgType, Timestamp};

/// The event that a hazard speaks of: a known one when any of its keys is known, else a new id.
pub fn identify(hazard: &Hazard, events: &BTreeMap<EventId, Event>) -> EventId {
    let keys = keys(hazard);
    let known = events.values().filter(|event| event.over.is_none() || is_withdrawal(hazard));
    known
        .filter(|event| !event.keys.is_disjoint(&keys))
        .map(|event| event.id.clone())
        .next()
        .unwrap_or_else(|| own_id(hazard))
}

/// The id of an event that begins with this hazard.
pub fn own_id(hazard: &Hazard) -> EventId {
    if hazard.cap.is_none() {
        return EventId::new(hazard.event.clone());
    }
    let hash = DocumentHash::of(hazard.event.as_bytes());
    EventId::new(format!("cap-{}", hash.digits().get(..12).unwrap_or_default()))
}

/// The key of one sender's message: identifiers alone are not told apart between senders.
pub fn full_name(sender: &str, identifier: &str) -> String {
    format!("{sender},{identifier}")
}

/// The event as it is after hearing this hazard.
pub fn hear(hazard: &Hazard, id: EventId, known: Option<&Event>, now: Timestamp) -> Event {
    let mut event = known.cloned().unwrap_or_else(|| Event {
        id,
        kind: hazard.kind,
        name: None,
        keys: BTreeSet::new(),
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
    if is_withdrawal(hazard) {
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

/// Hazards in force that a CAP message names in its references: its own sender's, the identifier decides, as the
/// time in a reference is often wrong.
pub fn referred_to<'a>(hazard: &Hazard, in_force: impl Iterator<Item = &'a Hazard>) -> Vec<HazardId> {
    of_its_sender(hazard, in_force, |cap, _, old| cap.referred().any(|identifier| identifier == old.identifier))
}

/// Hazards in force that a CAP message takes the place of: those that it names, and those that go back to the same
/// first message, whatever their ids: agencies name the message before, or the first one, or all.
pub fn replaced_by<'a>(hazard: &Hazard, in_force: impl Iterator<Item = &'a Hazard>) -> Vec<HazardId> {
    of_its_sender(hazard, in_force, |cap, known, old| {
        let is_named = cap.referred().any(|identifier| identifier == old.identifier);
        is_named || old.identifier == hazard.event || known.event == hazard.event
    })
}

fn of_its_sender<'a>(
    hazard: &Hazard,
    in_force: impl Iterator<Item = &'a Hazard>,
    is_meant: impl Fn(&CapFacts, &Hazard, &CapFacts) -> bool,
) -> Vec<HazardId> {
    let Some(cap) = &hazard.cap else { return Vec::new() };
    let is_old = |known: &&Hazard| {
        known.cap.as_ref().is_some_and(|old| {
            old.sender == cap.sender && old.identifier != cap.identifier && is_meant(cap, known, old)
        })
    };
    in_force.filter(is_old).map(|known| known.id.clone()).collect()
}

/// The event with the names that a late message adds to it: what that message refers to is superseded as well.
pub fn named(event: &Event, hazard: &Hazard) -> Event {
    let mut event = event.clone();
    event.keys.extend(keys(hazard));
    event
}

/// True for a CAP Cancel: it withdraws, it does not warn.
pub fn is_withdrawal(hazard: &Hazard) -> bool {
    hazard.msg == MsgType::Cancel
}

/// Every name of a hazard's event. A CAP message stands with its identifier and that of each message it refers to,
/// alone and in its sender's name.
fn keys(hazard: &Hazard) -> BTreeSet<String> {
    let mut keys = BTreeSet::from([hazard.event.clone()]);
    if let Some(cap) = &hazard.cap {
        for identifier in cap.referred().chain([cap.identifier.as_str()]).filter(|identifier| !identifier.is_empty()) {
            keys.insert(identifier.to_owned());
            keys.insert(full_name(&cap.sender, identifier));
        }
    }
    keys.remove("");
    keys
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
mod tests;
