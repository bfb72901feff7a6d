//! Whose signatures a proposal needs.

use crate::domain::{ApprovalLimits, DealerId, Matter, PersonId, Portfolio, Role, Step};

/// The steps in order: logistics, then management above the limit; for an order the dealer alone. A step that nobody
/// in the portfolio could sign goes to the operators, who see that somebody does.
#[must_use]
pub fn steps(matter: &Matter, dealer: Option<&DealerId>, portfolio: &Portfolio, limits: &ApprovalLimits) -> Vec<Step> {
    match matter {
        Matter::Switch(_) | Matter::Season(_) => {
            let mut steps = vec![step(Role::Logistics, portfolio)];
            if limits.needs_management(matter.cost()) {
                steps.push(step(Role::Management, portfolio));
            }
            steps
        }
        Matter::Order(_) => vec![dealers_own(dealer, portfolio)],
    }
}

fn step(role: Role, portfolio: &Portfolio) -> Step {
    let people: Vec<PersonId> = portfolio.people_with(role).map(|person| person.id.clone()).collect();
    or_operators(role, people, portfolio)
}

/// The dealer's people; without one the account manager, who asks the dealer and signs as told.
fn dealers_own(dealer: Option<&DealerId>, portfolio: &Portfolio) -> Step {
    let people = contacts(dealer, portfolio);
    if !people.is_empty() {
        return Step { role: Role::Dealer, people };
    }
    let manager = dealer.and_then(|dealer| portfolio.manager_of(dealer)).map(|person| person.id.clone());
    or_operators(Role::Dealer, manager.into_iter().collect(), portfolio)
}

/// The people of a dealer.
pub(super) fn contacts(dealer: Option<&DealerId>, portfolio: &Portfolio) -> Vec<PersonId> {
    let own = portfolio.people_with(Role::Dealer).filter(|person| dealer.is_some() && person.dealer.as_ref() == dealer);
    own.map(|person| person.id.clone()).collect()
}

fn or_operators(role: Role, people: Vec<PersonId>, portfolio: &Portfolio) -> Step {
    if !people.is_empty() {
        return Step { role, people };
    }
    Step { role, people: portfolio.people_with(Role::Operator).map(|person| person.id.clone()).collect() }
}
