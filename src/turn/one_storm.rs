//! One storm that was told as two becomes one, and two that were told as one go apart.

use std::collections::btree_map::Entry;

use super::House;
use crate::domain::{Alert, Event, EventId, Hazard};
use crate::{alerts, events};

/// A storm told as two is rare, as three rarer still; the bound keeps a broken record from going round.
const MOVES_MAX: usize = 8;

impl House<'_> {
    /// After a hazard was heard as one event's: its old event lets go of it, strays leave, and events that turn out to
    /// be the same storm are told as one.
    pub(super) fn put_right(&mut self, hazard: &Hazard, id: &EventId) {
        let is_old = |event: &&Event| event.id != *id && event.hazards.contains(&hazard.id);
        for event in self.state.events.values().filter(is_old).cloned().collect::<Vec<_>>() {
            self.touched.insert(event.id.clone());
            self.put_event(events::forget(&event, &hazard.id, self.now));
        }
        self.tell_apart(hazard, id);
        let speaks = self.state.events.values().find(|event| event.hazards.contains(&hazard.id));
        let Some(id) = speaks.map(|event| event.id.clone()) else { return };
        for gone in events::one_with(hazard, &id, &self.state.events, &self.state.hazards) {
            self.tell_as_one(&id, &gone);
        }
    }

    /// The alert that goes on in an alert's place since its event turned out to be another's storm; else itself.
    pub(super) fn standing(&self, alert: Alert) -> Alert {
        let mut alert = alert;
        for _ in 0..MOVES_MAX {
            let next = alert.moved_to.as_ref().and_then(|next| self.state.alerts.get(next));
            let Some(next) = next else { break };
            alert = next.clone();
        }
        alert
    }

    fn tell_apart(&mut self, hazard: &Hazard, id: &EventId) {
        let Some(event) = self.state.events.get(id).cloned() else { return };
        let strays = events::strays(hazard, &event, &self.state.hazards);
        for stray in strays.iter().filter_map(|stray| self.state.hazards.get(stray)).cloned().collect::<Vec<_>>() {
            let Some(event) = self.state.events.get(id) else { continue };
            let event = events::without(event, &stray, &self.state.hazards);
            self.put_event(event);
            self.begin_anew(&stray);
        }
    }

    fn begin_anew(&mut self, stray: &Hazard) {
        let id = events::identify(stray, &self.state.events, &self.state.hazards);
        let is_new = !self.state.events.contains_key(&id);
        let event = events::hear(stray, id.clone(), self.state.events.get(&id), self.now);
        if is_new {
            self.note_event(&event, "apart");
        }
        self.touched.insert(id);
        self.put_event(event);
    }

    /// The event that was heard of first stays; alerts, answers and threads of the other go on under its name.
    fn tell_as_one(&mut self, one: &EventId, other: &EventId) {
        let (Some(one), Some(other)) = (self.state.events.get(one), self.state.events.get(other)) else { return };
        let is_first = (one.first_heard, &one.id) <= (other.first_heard, &other.id);
        let (into, gone) = if is_first { (one, other) } else { (other, one) };
        let (into, gone) = events::merge(into, gone, self.now);
        self.note_merged(&gone, &into);
        self.move_alerts(&gone.id, &into.id);
        self.move_threads(&gone.id, &into.id);
        self.touched.remove(&gone.id);
        self.touched.insert(into.id.clone());
        self.put_event(into);
        self.put_event(gone);
    }

    fn move_alerts(&mut self, gone: &EventId, into: &EventId) {
        let of_gone = self.state.alerts.values().filter(|alert| alert.event == *gone && alert.is_live());
        for alert in of_gone.cloned().collect::<Vec<_>>() {
            let there = self.state.alerts.get(&alerts::alert_id(&alert.rule, into, &alert.subject));
            let merged = alerts::merged(&alert, into, there, self.now);
            self.put_alert(merged);
            self.put_alert(alerts::left(&alert, into, self.now));
        }
    }

    fn move_threads(&mut self, gone: &EventId, into: &EventId) {
        let of_gone = self.state.threads.values().filter(|thread| thread.event == *gone).cloned();
        for mut thread in of_gone.collect::<Vec<_>>() {
            let key = (thread.person.clone(), into.clone());
            if let Entry::Vacant(place) = self.state.threads.entry(key) {
                thread.event = into.clone();
                place.insert(thread.clone());
                self.threads.push(thread);
            }
        }
    }
}
