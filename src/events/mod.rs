//! Which hazards speak of the same storm.
//!
//! In: hazards and the events known. Out: each hazard's event. Never: knows a level or a person.
//!
//! A CAP message belongs to the chain that it refers to; a storm is known by its numbers, names, place and time (see
//! `storms`); a warning in words belongs to the storm that it names.

mod names;
mod storms;
mod whereabouts;

use std::collections::{BTreeMap, BTreeSet};

pub use storms::InForce;

use crate::domain::{
    CapFacts, DocumentHash, Event, EventId, Footprint, Hazard, HazardId, HazardKind, MsgType, Timestamp,
};

/// The event that a hazard speaks of: a known one, else a new id.
pub fn identify(hazard: &Hazard, events: &BTreeMap<EventId, Event>, in_force: &InForce) -> EventId {
    if storms::is_storm(hazard) {
        return storms::find(hazard, events, in_force).unwrap_or_else(|| own_id(hazard));
    }
    let keys = keys(hazard);
    let mut known = events.values().filter(|event| event.over.is_none() || is_withdrawal(hazard));
    let of_chain = known.find(|event| !event.keys.is_disjoint(&keys)).map(|event| event.id.clone());
    let found = of_chain.or_else(|| storms::named_in(hazard, events)).or_else(|| repeated(hazard, events, in_force));
    found.unwrap_or_else(|| own_id(hazard))
}

/// The event of a warning that is the same once more under a new id, without a word of the old one: by the same sender,
/// of the same kind, name and area, and in force at the same time. However grave it is: a graver one is an event that
/// became worse, and is told as that.
fn repeated(hazard: &Hazard, events: &BTreeMap<EventId, Event>, in_force: &InForce) -> Option<EventId> {
    let is_twin = |known: &Hazard| {
        known.id != hazard.id
            && (known.kind, &known.source) == (hazard.kind, &hazard.source)
            && known.cap.as_ref().map(|cap| &cap.sender) == hazard.cap.as_ref().map(|cap| &cap.sender)
            && name(known) == name(hazard)
            && (&known.footprint, &known.areas) == (&hazard.footprint, &hazard.areas)
            && overlap(known, hazard)
    };
    let has_area = !hazard.areas.is_empty() || hazard.footprint != Footprint::default();
    let is_warning = !is_withdrawal(hazard) && hazard.kind != HazardKind::TropicalCyclone;
    if !has_area || !is_warning {
        return None;
    }
    let of_twin =
        |event: &&Event| event.over.is_none() && event.hazards.iter().filter_map(|id| in_force.get(id)).any(is_twin);
    events.values().find(of_twin).map(|event| event.id.clone())
}

/// True when both are in force at some instant; one without a beginning has begun, one without an end goes on.
fn overlap(one: &Hazard, other: &Hazard) -> bool {
    let begins = |hazard: &Hazard| hazard.onset.or(hazard.issued);
    let before = |one: &Hazard, other: &Hazard| {
        one.expires.zip(begins(other)).is_some_and(|(expires, begins)| expires <= begins)
    };
    !before(one, other) && !before(other, one)
}

/// Other events that turn out to be the one that `hazard`, heard as `id`, speaks of: they are to be told as one.
pub fn one_with(hazard: &Hazard, id: &EventId, events: &BTreeMap<EventId, Event>, in_force: &InForce) -> Vec<EventId> {
    if storms::is_storm(hazard) { storms::one_with(hazard, id, events, in_force) } else { Vec::new() }
}

/// Hazards of an event that turn out to speak of another storm than `hazard`: they are to be told apart.
pub fn strays(hazard: &Hazard, event: &Event, in_force: &InForce) -> BTreeSet<HazardId> {
    if storms::is_storm(hazard) { storms::strays(hazard, event, in_force) } else { BTreeSet::new() }
}

/// Two events become one: the first with all that was said of the second, and the second, which is over.
pub fn merge(into: &Event, gone: &Event, now: Timestamp) -> (Event, Event) {
    let (mut into, mut gone) = (into.clone(), gone.clone());
    into.keys.extend(gone.keys.iter().cloned());
    into.names.extend(gone.names.iter().cloned());
    into.hazards.append(&mut gone.hazards);
    into.first_heard = into.first_heard.min(gone.first_heard);
    into.last_heard = into.last_heard.max(gone.last_heard);
    into.issued = into.issued.max(gone.issued);
    into.name = into.name.or_else(|| gone.name.clone());
    into.over = if into.hazards.is_empty() { into.over } else { None };
    gone.over = Some(now);
    gone.merged_into = Some(into.id.clone());
    (into, gone)
}

/// The event without a hazard that speaks of another storm, nor the names that it alone had brought.
pub fn without(event: &Event, stray: &Hazard, in_force: &InForce) -> Event {
    let mut event = event.clone();
    event.hazards.remove(&stray.id);
    let stay: Vec<&Hazard> = event.hazards.iter().filter_map(|id| in_force.get(id)).collect();
    let (kept, named): (BTreeSet<String>, BTreeSet<String>) = (
        stay.iter().flat_map(|known| keys(known)).collect(),
        stay.iter().flat_map(|known| storms::names_of(known)).collect(),
    );
    for key in keys(stray).difference(&kept) {
        event.keys.remove(key);
    }
    for name in storms::names_of(stray).difference(&named) {
        event.names.remove(name);
    }
    event
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
        names: BTreeSet::new(),
        keys: BTreeSet::new(),
        hazards: BTreeSet::new(),
        first_heard: now,
        last_heard: now,
        issued: None,
        over: None,
        merged_into: None,
    });
    event.keys.extend(keys(hazard));
    event.last_heard = event.last_heard.max(now);
    event.issued = event.issued.max(hazard.issued);
    // A storm keeps its first name, whatever others write for it, and a warning's words are none for it.
    let is_named = !event.names.is_empty();
    if let Some(name) = name(hazard).filter(|_| !is_named) {
        event.name = Some(name);
    }
    if hazard.kind == HazardKind::TropicalCyclone {
        event.names.extend(storms::names_of(hazard));
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

/// Hazards in force that a withdrawal ends: those that a CAP message takes the place of; of an agency that sends no CAP,
/// the one that bears the same id and is no newer.
pub fn withdrawn_by(hazard: &Hazard, in_force: &InForce) -> Vec<HazardId> {
    if hazard.cap.is_some() {
        return replaced_by(hazard, in_force.values());
    }
    let known = in_force.get(&hazard.id).filter(|known| hazard.issued.is_none() || known.issued <= hazard.issued);
    known.map(|known| known.id.clone()).into_iter().collect()
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

/// Every key of a hazard's event: its own, others' that it states, and of a CAP message its identifier and that of each
/// message it refers to, alone and in its sender's name.
fn keys(hazard: &Hazard) -> BTreeSet<String> {
    let mut keys = BTreeSet::from([hazard.event.clone()]);
    // ATCF's keys stand without a prefix in `event`.
    keys.extend(hazard.aliases.iter().map(|alias| alias.strip_prefix("atcf:").unwrap_or(alias).to_owned()));
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
