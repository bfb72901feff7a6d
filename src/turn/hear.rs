//! What came in: bulletins, answers, feeds; and what has run out.

use super::House;
use crate::domain::{Answer, Bulletin, BulletinRecord, FeedState, Hazard, HazardId, Parsed, Status, Technique};
use crate::events::Stands;
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
            self.end_hazard(&id, "expired");
        }
    }

    fn hear_hazard(&mut self, hazard: Hazard) {
        let stands = if events::is_withdrawal(&hazard) || events::is_superseded(&hazard, &self.state.events) {
            Stands::No
        } else {
            Stands::Yes
        };
        let is_no_news = self.is_old_news(&hazard) || self.is_second_to_official(&hazard);
        if stands == Stands::Yes && (is_no_news || engine::is_expired(&hazard, self.now)) {
            return;
        }
        let id = events::identify(&hazard, &self.state.events);
        let known = self.state.events.get(&id).cloned();
        let event = events::hear(&hazard, id.clone(), known.as_ref(), stands, self.now);
        if known.is_none() {
            self.note_event(&event, "new");
        }
        self.touched.insert(id);
        self.put_event(event);
        let replaced = events::replaced(&hazard, self.state.hazards.values());
        let withdrawn = if events::is_withdrawal(&hazard) { "cancelled" } else { "updated" };
        for gone in &replaced {
            self.end_hazard(gone, withdrawn);
        }
        if stands == Stands::Yes {
            self.put_hazard(hazard);
        }
    }

    /// A hazard is no longer in force: every event that it speaks of is judged without it.
    fn end_hazard(&mut self, id: &HazardId, how: &str) {
        self.drop_hazard(id);
        let spoke: Vec<_> = self.state.events.values().filter(|event| event.hazards.contains(id)).cloned().collect();
        for event in spoke {
            let after = events::forget(&event, id, self.now);
            self.touched.insert(after.id.clone());
            if after.over.is_some() || how != "updated" {
                self.note_event(&after, how);
            }
            self.put_event(after);
        }
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
