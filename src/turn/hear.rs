//! What came in: bulletins, answers, feeds; and what has run out.

use std::collections::BTreeSet;

use super::House;
use super::sound::sound;
use crate::domain::{
    Answer, Bulletin, BulletinRecord, Event, EventId, Hazard, HazardId, MsgType, Parsed, Status, Technique,
};
use crate::{alerts, engine, events};

impl House<'_> {
    /// A bulletin is read once; the same bytes again change nothing.
    pub(super) fn hear(&mut self, bulletin: &Bulletin, parsed: Parsed) {
        if !self.state.seen.insert(bulletin.hash.clone()) {
            return;
        }
        self.bulletins.push(BulletinRecord {
            hash: bulletin.hash.clone(),
            feed: bulletin.feed.clone(),
            url: bulletin.url.clone(),
            fetched: bulletin.fetched,
            hazards: parsed.hazards.len(),
            faults: parsed.faults.len(),
        });
        self.note_bulletin(bulletin, &parsed);
        for hazard in newest(parsed.hazards) {
            if hazard.status == Status::Actual {
                self.hear_hazard(hazard);
            }
        }
    }

    /// An answer to an alert that is not known is taken out of the inbox and noted.
    pub(super) fn take_answer(&mut self, answer: &Answer) {
        self.answers.push(answer.id.clone());
        if let Some(outcome) = answer.as_outcome() {
            self.note_outcome(&outcome);
            self.outcomes.push(outcome);
            return;
        }
        let known = self.state.alerts.get(&answer.alert).cloned();
        let known = known.map(|alert| self.standing(alert));
        self.note_answer(answer, known.as_ref());
        if let Some(alert) = known {
            let step = alerts::answer(&alert, answer);
            if step.changed {
                self.note_alert(&step.alert, &step.why);
                self.put_alert(step.alert);
            }
        }
    }

    /// Warnings past their end, and tracks whose last fix is long past, are no longer in force.
    pub(super) fn expire(&mut self) {
        let expired: Vec<HazardId> = self
            .state
            .hazards
            .values()
            .filter(|hazard| engine::is_expired(hazard, self.now))
            .map(|hazard| hazard.id.clone())
            .collect();
        for id in expired {
            for event in self.withdraw(&[id]) {
                if let Some(event) = self.state.events.get(&event).cloned() {
                    self.note_event(&event, "expired");
                }
            }
        }
    }

    pub(super) fn hear_hazard(&mut self, hazard: Hazard) {
        let hazard = sound(hazard);
        match hazard.msg {
            MsgType::Alert | MsgType::Update => self.hear_warning(&in_own_name(hazard)),
            MsgType::Cancel => self.hear_withdrawal(&in_own_name(hazard)),
            // Talk between agencies: it neither warns nor withdraws.
            MsgType::Ack | MsgType::Error => {}
        }
    }

    fn hear_warning(&mut self, hazard: &Hazard) {
        if self.is_superseded(hazard) || engine::is_expired(hazard, self.now) {
            return self.hear_late(hazard);
        }
        if self.is_old_news(hazard) {
            return;
        }
        let id = events::identify(hazard, &self.state.events, &self.state.hazards);
        let is_new = !self.state.events.contains_key(&id);
        if self.is_second(hazard, &id) {
            return;
        }
        self.withdraw(&events::replaced_by(hazard, self.state.hazards.values()));
        let event = events::hear(hazard, id.clone(), self.state.events.get(&id), self.now);
        let spoke = |known: &Hazard| known.agency() == hazard.agency();
        let joins = !event.hazards.iter().any(|known| self.state.hazards.get(known).is_some_and(spoke));
        if is_new {
            self.note_event(&event, "new");
        } else if joins {
            self.note_told_by(&event, hazard);
        }
        self.note_unplaced(&event, hazard);
        self.touched.insert(id.clone());
        self.put_event(event);
        self.put_hazard(hazard.clone());
        self.put_right(hazard, &id);
    }

    /// A message that came after the one which replaces it, or after its own end, does not warn, but what it refers
    /// to is superseded too: where each message names only the one before it, the middle of a chain ties its ends
    /// together.
    fn hear_late(&mut self, hazard: &Hazard) {
        self.withdraw(&events::referred_to(hazard, self.state.hazards.values()));
        let Some(cap) = &hazard.cap else { return };
        let name = events::full_name(&cap.sender, &cap.identifier);
        let knows = self.state.events.values().find(|event| event.keys.contains(&name));
        if let Some(event) = knows.map(|event| events::named(event, hazard)) {
            self.put_event(event);
        }
    }

    /// A cancellation ends what its own sender has in force. One that comes before its warning is remembered, so
    /// that the warning does not alert when it comes late.
    fn hear_withdrawal(&mut self, hazard: &Hazard) {
        let gone = events::withdrawn_by(hazard, &self.state.hazards);
        if gone.is_empty() {
            let id = events::own_id(hazard);
            if !self.state.events.contains_key(&id) {
                self.put_event(events::hear(hazard, id, None, self.now));
            }
            return;
        }
        for id in self.withdraw(&gone) {
            let event = events::hear(hazard, id.clone(), self.state.events.get(&id), self.now);
            self.note_event(&event, "cancelled");
            self.cancelled.insert(id);
            self.put_event(event);
        }
    }

    /// Takes hazards out of force, and out of every event that speaks of them; those events.
    fn withdraw(&mut self, gone: &[HazardId]) -> BTreeSet<EventId> {
        let mut spoke = BTreeSet::new();
        for hazard in gone {
            self.drop_hazard(hazard);
            let of_hazard = self.state.events.values().filter(|event| event.hazards.contains(hazard));
            for event in of_hazard.cloned().collect::<Vec<_>>() {
                spoke.insert(event.id.clone());
                self.touched.insert(event.id.clone());
                self.put_event(events::forget(&event, hazard, self.now));
            }
        }
        spoke
    }

    /// True for an older or equal issue than the one in force, and for one that says the same.
    fn is_old_news(&self, hazard: &Hazard) -> bool {
        let Some(known) = self.state.hazards.get(&hazard.id) else { return self.is_out_of_chain(hazard) };
        let same_words = Hazard { bulletin: known.bulletin.clone(), ..hazard.clone() } == *known;
        same_words || hazard.issued < known.issued
    }

    /// True when a newer message of the same chain is in force, which no longer has this warning of the older one.
    fn is_out_of_chain(&self, hazard: &Hazard) -> bool {
        let Some(cap) = &hazard.cap else { return false };
        let newer = |known: &Hazard| known.event == hazard.event && known.issued > hazard.issued;
        let of_sender = |known: &Hazard| known.cap.as_ref().is_some_and(|other| other.sender == cap.sender);
        self.state.hazards.values().any(|known| newer(known) && of_sender(known))
    }

    /// True for a CAP message that its sender has replaced or withdrawn, or that has run out: it comes late, or once
    /// more in other bytes.
    fn is_superseded(&self, hazard: &Hazard) -> bool {
        let Some(cap) = &hazard.cap else { return false };
        let is_it = |known: &Hazard| {
            known.cap.as_ref().is_some_and(|other| (&other.sender, &other.identifier) == (&cap.sender, &cap.identifier))
        };
        let name = events::full_name(&cap.sender, &cap.identifier);
        let knows = |event: &Event| event.keys.contains(&name) && hazard.issued <= event.issued;
        !self.state.hazards.values().any(is_it) && self.state.events.values().any(knows)
    }

    /// Guidance is not kept while an official forecast of the same storm is in force, and one member of an ensemble is
    /// no news of a storm that nobody else tells of.
    fn is_second(&self, hazard: &Hazard, id: &EventId) -> bool {
        let standing = |hazard: &Hazard| hazard.track.as_ref().map(|track| track.standing);
        let event = self.state.events.get(id);
        let mut told = event.into_iter().flat_map(|event| &event.hazards).filter_map(|id| self.state.hazards.get(id));
        match standing(hazard) {
            Some(Technique::Guidance) => told.any(|known| standing(known) == Some(Technique::Official)),
            Some(Technique::Member) => !told.any(|known| standing(known) < Some(Technique::Member)),
            _ => false,
        }
    }
}

/// The id that a CAP reader gives goes back to the first message of the chain, whoever sent that. Who refers to
/// another sender's message says something of their own, and takes nothing of the other's place.
fn in_own_name(mut hazard: Hazard) -> Hazard {
    let Some(cap) = &hazard.cap else { return hazard };
    if !hazard.id.as_str().starts_with(&format!("cap:{},", cap.sender)) {
        hazard.id = HazardId::new(format!("{} of {}", hazard.id, cap.sender));
    }
    hazard
}

/// Of hazards with one id in one document the newest counts; official forecasts come before guidance.
fn newest(hazards: Vec<Hazard>) -> Vec<Hazard> {
    let mut newest: std::collections::BTreeMap<HazardId, Hazard> = std::collections::BTreeMap::new();
    for hazard in hazards {
        let is_newer = newest.get(&hazard.id).is_none_or(|known| hazard.issued >= known.issued);
        if is_newer {
            newest.insert(hazard.id.clone(), hazard);
        }
    }
    let mut ordered: Vec<Hazard> = newest.into_values().collect();
    ordered.sort_by_key(|hazard| hazard.track.as_ref().map_or(Technique::Official, |track| track.standing));
    ordered
}
