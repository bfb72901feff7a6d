//! Which notices that still wait for their server need not be sent any more: a newer one says it all.

use crate::domain::{Notice, Span, Timestamp};

/// A notice that has waited for less is sent in its turn: minutes late it is still how things came. A guess.
const LATE: Span = Span::from_mins(30);

/// The later notice on the same way, to the same person, about the same event, that speaks of every alert that a late one
/// speaks of. Each mail tells how all its alerts stand, so that the late one would only be old news.
#[must_use]
pub fn overtaken_by<'a>(
    notice: &Notice,
    mut later: impl Iterator<Item = &'a Notice>,
    now: Timestamp,
) -> Option<&'a Notice> {
    let says_it_all = |newer: &&Notice| {
        (&newer.person, &newer.channel, &newer.event) == (&notice.person, &notice.channel, &notice.event)
            && notice.alerts.iter().all(|alert| newer.alerts.contains(alert))
    };
    let is_late = now.duration_since(notice.queued_at) >= LATE;
    if !is_late || notice.alerts.is_empty() {
        return None;
    }
    later.find(says_it_all)
}
