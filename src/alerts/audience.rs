//! Who hears of an alert first.

use crate::domain::{LaneId, Person, PersonId, Portfolio, Role, Subject, SubjectKind};

/// The people of a rule's audience for a subject, each once, in the audience's order. Nobody left means
/// nobody would be warned, so the operators are told instead.
///
/// `account-manager` is the dealer's own for a site; `shipment-managers` those of the dealers with a
/// shipment on the lane; any other word is a role, and everyone who has it.
pub fn audience(words: &[String], subject: &Subject, portfolio: &Portfolio) -> Vec<PersonId> {
    let mut people: Vec<PersonId> = Vec::new();
    let mut add = |person: &Person| {
        if !people.contains(&person.id) {
            people.push(person.id.clone());
        }
    };
    for word in words {
        match word.as_str() {
            "account-manager" => {
                let manager = subject.dealer.as_ref().and_then(|dealer| portfolio.manager_of(dealer));
                manager.into_iter().for_each(&mut add);
            }
            "shipment-managers" => shipment_managers(subject, portfolio).for_each(&mut add),
            word => role(word).into_iter().flat_map(|role| portfolio.people_with(role)).for_each(&mut add),
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

fn role(word: &str) -> Option<Role> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}
