//! What is not told now: silences, and alerts under a graver one.

use super::House;
use crate::alerts;
use crate::domain::{Alert, Hush, PersonId, Reason};

impl House<'_> {
    /// Keeps, changes or ends a silence. One that may not be is taken out of the inbox and noted.
    pub(super) fn take_hush(&mut self, hush: Hush) {
        self.answers.push(hush.id.clone());
        let refused = hush.silence.check().err();
        self.note_hush(&hush, refused.as_ref().map(ToString::to_string).as_deref());
        if refused.is_none() {
            self.silences.insert(hush.silence.id.clone());
            self.state.silences.insert(hush.silence.id.clone(), hush.silence);
        }
    }

    /// Why a mail about the alert does not go to the person now, though it is owed.
    pub(super) fn held(&self, alert: &Alert, person: &PersonId) -> Option<Reason> {
        let inhibition = self.world.rules.rule(&alert.rule).and_then(|rule| rule.inhibited_by.as_ref());
        let silenced = || alerts::silenced(alert, person, self.state.silences.values(), self.now);
        alerts::inhibited(alert, inhibition, self.state.alerts.values()).or_else(silenced)
    }
}
