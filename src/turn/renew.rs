//! A portfolio that takes another's place, or rules that do: what is in force is looked at again, for what changed alone.

use super::House;
use crate::domain::{EventId, Portfolio, Renewal};
use crate::engine::Places;

impl House<'_> {
    /// Notes who brought what, and which of it must be matched with what is in force.
    pub(super) fn renew(&mut self, renewal: Renewal) {
        self.note_renewal(&renewal);
        match renewal.changed {
            Some(changed) => self.changed.push(*changed),
            None => self.touched.extend(self.in_force()),
        }
    }

    /// Matches the sites and lanes that changed with every event in force. An event that is touched was matched with all of
    /// them already; a site that is gone is no longer matched by the next bulletin.
    pub(super) fn judge_changed(&mut self) {
        let changed = std::mem::take(&mut self.changed);
        let is_some = |portfolio: &&Portfolio| !portfolio.sites.is_empty() || !portfolio.lanes.is_empty();
        for portfolio in changed.iter().filter(is_some) {
            let places = Places::new(portfolio);
            let mut events = self.in_force();
            events.retain(|event| !self.touched.contains(event));
            for event in events {
                for (id, verdict) in self.verdicts(&event, &places) {
                    self.step_or_open(&id, &verdict);
                }
            }
        }
    }

    fn in_force(&self) -> Vec<EventId> {
        let live = self.state.events.values().filter(|event| event.over.is_none() && !event.hazards.is_empty());
        live.map(|event| event.id.clone()).collect()
    }
}
