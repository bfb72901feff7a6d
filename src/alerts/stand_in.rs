//! Who hears in a person's place while they are away.

use crate::domain::{Person, Portfolio, Timestamp};

/// How many stand-ins may be away in a row; a ring of people all away ends here.
const STEPS_MAX: usize = 8;

/// True on a day of the person's own zone on which they are away.
#[must_use]
pub fn is_away(person: &Person, now: Timestamp) -> bool {
    if person.away.is_empty() {
        return false;
    }
    let today = now.to_zoned(person.zone()).date();
    person.away.iter().any(|(first, last)| (*first..=*last).contains(&today))
}

/// Who is to hear now: the person; while they are away their deputy, or without one the person they report to, and so
/// on. When everybody on the way is away the person all the same: nobody told is worse than a mail read late.
#[must_use]
pub fn stand_in<'a>(person: &'a Person, portfolio: &'a Portfolio, now: Timestamp) -> &'a Person {
    let mut at = person;
    for _ in 0..STEPS_MAX {
        if !is_away(at, now) {
            return at;
        }
        let next = at.deputy.as_ref().or(at.reports_to.as_ref()).and_then(|id| portfolio.people.get(id));
        let Some(next) = next else { break };
        at = next;
    }
    person
}
