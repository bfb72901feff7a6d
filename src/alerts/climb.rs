//! Whom an alert climbs to: the manager above silence, or above a dealer's refusal.

use super::owed::{Owed, Question, is_too_dangerous, refusers, unanswered, waits_for};
use super::stand_in::stand_in;
use crate::domain::{AlertState, Person, PersonId, Reason, Told};
use crate::rules::ClimbTo;

/// The people who hear of it now because somebody below was silent too long, or brought a refusal. Only those
/// who have not heard of it at all.
pub(super) fn climbs(question: &Question<'_>) -> Vec<Owed> {
    let alert = question.alert;
    if !alert.is_live() || is_too_dangerous(alert, question.now) {
        return Vec::new();
    }
    let mut owed: Vec<Owed> = Vec::new();
    for (person, told) in &alert.told {
        let reason = if refused(question, person) {
            Reason::DealerRefused
        } else if is_silent(question, person, told) {
            Reason::Climbed { from: person.clone() }
        } else {
            continue;
        };
        for manager in above(question, person) {
            if owed.iter().all(|known| known.person != manager.id) {
                owed.push(Owed { person: manager.id.clone(), reason: reason.clone() });
            }
        }
    }
    owed
}

/// True for whoever brought the refusal; when that is nobody who was told, for everyone who was.
fn refused(question: &Question<'_>, person: &PersonId) -> bool {
    let alert = question.alert;
    let brought_it = || refusers(alert).any(|by| by == person);
    let is_known = || refusers(alert).any(|by| alert.told.contains_key(by));
    alert.state == AlertState::Refused && (brought_it() || !is_known())
}

/// Silent past the last reminder before the climb. One reminder more has gone out when the person above could not
/// be told at once: the climb is owed still.
fn is_silent(question: &Question<'_>, person: &PersonId, told: &Told) -> bool {
    let Question { alert, ladder, now, .. } = *question;
    let is_overdue = told.reminders > ladder.climb_after && waits_for(alert, person, now);
    is_overdue || told.reminders >= ladder.climb_after && unanswered(alert, person, told, ladder, now).is_some()
}

fn above<'a>(question: &Question<'a>, person: &PersonId) -> Vec<&'a Person> {
    let Question { alert, audience, portfolio, ladder, now } = *question;
    let is_new = |p: &&Person| {
        !alert.told.contains_key(&p.id) && !audience.iter().any(|hearer| hearer.person == p.id) && p.id != *person
    };
    let here = |p: &'a Person| stand_in(p, portfolio, now);
    match ladder.climb_to {
        ClimbTo::ReportsTo => {
            let id = portfolio.people.get(person).and_then(|person| person.reports_to.as_ref());
            id.and_then(|id| portfolio.people.get(id)).into_iter().map(here).filter(is_new).collect()
        }
        ClimbTo::Everyone(role) => portfolio.people_with(role).map(here).filter(is_new).collect(),
    }
}
