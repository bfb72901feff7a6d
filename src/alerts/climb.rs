//! Whom an alert climbs to: the manager above silence, or above a dealer's refusal.

use super::owed::{Owed, Question, answers, is_too_dangerous, unanswered};
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

/// True for whoever brought the refusal; when nobody knows who did, for everyone who was told.
fn refused(question: &Question<'_>, person: &PersonId) -> bool {
    let by = answers(question.alert).next().and_then(|answer| answer.by.as_ref());
    question.alert.state == AlertState::Refused && by.is_none_or(|by| by == person)
}

fn is_silent(question: &Question<'_>, person: &PersonId, told: &Told) -> bool {
    told.reminders >= question.ladder.climb_after
        && unanswered(question.alert, person, told, question.ladder, question.now).is_some()
}

fn above<'a>(question: &Question<'a>, person: &PersonId) -> Vec<&'a Person> {
    let Question { alert, audience, portfolio, ladder, .. } = *question;
    let is_new = |p: &&Person| !alert.told.contains_key(&p.id) && !audience.contains(&p.id);
    match ladder.climb_to {
        ClimbTo::ReportsTo => {
            let id = portfolio.people.get(person).and_then(|person| person.reports_to.as_ref());
            id.and_then(|id| portfolio.people.get(id)).into_iter().filter(is_new).collect()
        }
        ClimbTo::Everyone(role) => portfolio.people_with(role).filter(is_new).collect(),
    }
}
