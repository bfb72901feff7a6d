//! What came in: bulletins, answers, feeds; and what has run out.

use super::House;
use crate::domain::{Answer, Bulletin, BulletinRecord, FeedState, Hazard, HazardId, Parsed, Status, Technique};
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
        self.answers.push(answer.clone());
        let known = self.state.alerts.get(&answer.alert).cloned();
        self.note_answer(answer, known.as_ref());
        if let Some(alert) = known {
            let step = alerts::answer(&alert, answer);
            if step.changed {
                self.note_alert(&step.alert, &step.why);
                self.put_alert(step.alert);
            }
        }
    }

    /// How a feed is; said in the journal only when it turns bad or good again.
    pub(super) fn note_feed(&mut self, feed: FeedState) {
        let key = (feed.feed.clone(), feed.url.clone());
        let before = self.state.feeds.get(&key);
        let was_well = before.is_none_or(|before| before.failures == 0);
        if was_well != (feed.failures == 0) {
            self.note_feed_turn(&feed);
        }
        self.state.feeds.insert(key, feed.clone());
        self.feeds.push(feed);
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
            self.drop_hazard(&id);
            let spoke: Vec<_> =
                self.state.events.values().filter(|event| event.hazards.contains(&id)).cloned().collect();
            for event in spoke {
                let after = events::forget(&event, &id, self.now);
                self.touched.insert(after.id.clone());
                self.note_event(&after, "expired");
                self.put_event(after);
            }
        }
    }

    fn hear_hazard(&mut self, hazard: Hazard) {
        if !events::is_withdrawal(&hazard) && (self.is_old_news(&hazard) || self.is_second_to_official(&hazard)) {
            return;
        }
        let id = events::identify(&hazard, &self.state.events);
        let known = self.state.events.get(&id).cloned();
        if events::is_withdrawal(&hazard) && known.is_none() {
            return;
        }
        if !events::is_withdrawal(&hazard) && engine::is_expired(&hazard, self.now) {
            return;
        }
        let event = events::hear(&hazard, id.clone(), known.as_ref(), self.now);
        if known.is_none() {
            self.note_event(&event, "new");
        } else if events::is_withdrawal(&hazard) {
            self.note_event(&event, "cancelled");
        }
        self.touched.insert(id);
        let replaced: Vec<HazardId> = self.replaced_by(&hazard);
        let event = replaced.iter().fold(event, |event, gone| events::forget(&event, gone, self.now));
        for gone in &replaced {
            self.drop_hazard(gone);
        }
        if events::is_withdrawal(&hazard) {
            self.put_event(event);
        } else {
            self.put_event(events::hear(&hazard, event.id.clone(), Some(&event), self.now));
            self.put_hazard(hazard);
        }
    }

    /// Hazards in force that a CAP message names in its references, whatever their ids: agencies name the
    /// message before, or the first one, or all. Only the sender's own; the identifier decides, as the time in
    /// a reference is often wrong.
    fn replaced_by(&self, hazard: &Hazard) -> Vec<HazardId> {
        let Some(cap) = &hazard.cap else { return Vec::new() };
        let named = |identifier: &str| {
            identifier == hazard.event || cap.references.iter().any(|r| r.split(',').nth(1) == Some(identifier))
        };
        let old = self.state.hazards.values().filter(|known| {
            known.cap.as_ref().is_some_and(|old| {
                old.sender == cap.sender && old.identifier != cap.identifier && named(&old.identifier)
            })
        });
        old.map(|known| known.id.clone()).collect()
    }

    /// True for an older or equal issue than the one in force, and for one that says the same.
    fn is_old_news(&self, hazard: &Hazard) -> bool {
        let Some(known) = self.state.hazards.get(&hazard.id) else { return false };
        let same_words = Hazard { bulletin: known.bulletin.clone(), ..hazard.clone() } == *known;
        same_words || hazard.issued < known.issued
    }

    /// Guidance is not kept while an official forecast of the same storm is in force.
    fn is_second_to_official(&self, hazard: &Hazard) -> bool {
        let standing = |hazard: &Hazard| hazard.track.as_ref().map(|track| track.standing.clone());
        standing(hazard) == Some(Technique::Guidance)
            && self
                .state
                .hazards
                .values()
                .any(|known| known.event == hazard.event && standing(known) == Some(Technique::Official))
    }
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
    ordered.sort_by_key(|hazard| {
        hazard.track.as_ref().map_or(0, |track| match track.standing {
            Technique::Official => 0,
            Technique::Analysis => 1,
            Technique::Guidance => 2,
        })
    });
    ordered
}
