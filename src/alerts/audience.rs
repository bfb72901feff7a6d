//! Who hears of an alert first.

use super::stand_in::stand_in;
use crate::domain::{LaneId, Person, PersonId, Portfolio, Role, Subject, SubjectKind, Timestamp};
use crate::rules::Audience;

/// Somebody who hears of an alert first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearer {
    /// The person.
    pub person: PersonId,
    /// Whom they stand in for, who is away.
    pub stands_in_for: Option<PersonId>,
}

/// The people of a rule's audience for a subject, each once, in the audience's order; who is away is stood in for.
/// Nobody left means nobody would be warned, so the operators are told instead.
pub fn audience(of_rule: &[Audience], subject: &Subject, portfolio: &Portfolio, now: Timestamp) -> Vec<Hearer> {
    let mut people: Vec<&Person> = Vec::new();
    for audience in of_rule {
        match audience {
            Audience::AccountManager => {
                people.extend(subject.dealer.as_ref().and_then(|dealer| portfolio.manager_of(dealer)));
            }
            Audience::ShipmentManagers => people.extend(shipment_managers(subject, portfolio)),
            Audience::Everyone(role) => people.extend(portfolio.people_with(*role)),
        }
    }
    if people.is_empty() {
        people.extend(portfolio.people_with(Role::Operator));
    }
    let mut hearers: Vec<Hearer> = Vec::new();
    for person in people {
        let heard = &stand_in(person, portfolio, now).id;
        let stands_in_for = (*heard != person.id).then(|| person.id.clone());
        match hearers.iter_mut().find(|known| known.person == *heard) {
            // Whoever hears anyway hears for themself.
            Some(known) => known.stands_in_for = known.stands_in_for.take().and(stands_in_for),
            None => hearers.push(Hearer { person: heard.clone(), stands_in_for }),
        }
    }
    hearers
}

fn shipment_managers<'a>(subject: &Subject, portfolio: &'a Portfolio) -> impl Iterator<Item = &'a Person> {
    let lane = (subject.kind == SubjectKind::Lane).then(|| LaneId::new(subject.id.clone()));
    let on_lane = portfolio.shipments.values().filter(move |shipment| Some(&shipment.lane) == lane.as_ref());
    on_lane.filter_map(|shipment| portfolio.manager_of(&shipment.dealer))
}
