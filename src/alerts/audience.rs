//! Who hears of an alert first.

use crate::domain::{LaneId, Person, PersonId, Portfolio, Role, Subject, SubjectKind};
use crate::rules::Audience;

/// The people of a rule's audience for a subject, each once, in the audience's order. Nobody left means
/// nobody would be warned, so the operators are told instead.
pub fn audience(of_rule: &[Audience], subject: &Subject, portfolio: &Portfolio) -> Vec<PersonId> {
    let mut people: Vec<PersonId> = Vec::new();
    let mut add = |person: &Person| {
        if !people.contains(&person.id) {
            people.push(person.id.clone());
        }
    };
    for audience in of_rule {
        match audience {
            Audience::AccountManager => {
                let manager = subject.dealer.as_ref().and_then(|dealer| portfolio.manager_of(dealer));
                manager.into_iter().for_each(&mut add);
            }
            Audience::ShipmentManagers => shipment_managers(subject, portfolio).for_each(&mut add),
            Audience::Everyone(role) => portfolio.people_with(*role).for_each(&mut add),
        }
    }
    if people.is_empty() {
        return portfolio.people_with(Role::Operator).map(|person| person.id.clone()).collect();
    }
    people
}

fn shipment_managers<'a>(subject: &Subject, portfolio: &'a Portfolio) -> impl Iterator<Item = &'a Person> {
    let lane = (subject.kind == SubjectKind::Lane).then(|| LaneId::new(subject.id.clone()));
    let on_lane = portfolio.shipments.values().filter(move |shipment| Some(&shipment.lane) == lane.as_ref());
    on_lane.filter_map(|shipment| portfolio.manager_of(&shipment.dealer))
}
