//! Two alerts that turn out to be about one storm become one: nobody is told the same again, nothing told is forgotten.

use super::life::{alert_id, record};
use crate::domain::{Alert, AlertState, EventId, Reason, Timestamp};

/// The alert of the storm that the other turned out to be: the one that is there, with all that people were told and
/// answered in the other; or the other in its new storm's name, when there is none.
pub fn merged(gone: &Alert, into: &EventId, there: Option<&Alert>, now: Timestamp) -> Alert {
    let Some(there) = there.filter(|alert| alert.is_live()) else {
        let mut moved = gone.clone();
        moved.id = alert_id(&gone.rule, into, &gone.subject);
        moved.event = into.clone();
        moved.exposure.event = into.clone();
        record(&mut moved, Reason::Merged { from: gone.event.clone() }, now);
        return moved;
    };
    let mut joined = there.clone();
    for (person, told) in &gone.told {
        joined.told.entry(person.clone()).or_insert_with(|| told.clone());
    }
    joined.opened_at = joined.opened_at.min(gone.opened_at);
    // An answer given to the one counts for both.
    if joined.state == AlertState::Open {
        joined.state = gone.state;
    }
    record(&mut joined, Reason::Merged { from: gone.event.clone() }, now);
    joined
}

/// The alert that is told under another storm's name from now on. It is closed, and nobody hears an all-clear for it.
pub fn left(gone: &Alert, into: &EventId, now: Timestamp) -> Alert {
    let mut left = gone.clone();
    left.state = AlertState::Cleared;
    left.told.clear();
    left.moved_to = Some(alert_id(&gone.rule, into, &gone.subject));
    record(&mut left, Reason::Merged { from: gone.event.clone() }, now);
    left
}
