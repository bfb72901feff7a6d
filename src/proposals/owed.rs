//! Who is owed a word of a proposal: those who must sign, once and once again; those who were asked, when it is
//! needed no more; the account manager and the dealer, what came of it.

use crate::domain::{DealerId, Matter, PersonId, Portfolio, Proposal, ProposalState, Role, Span, Timestamp, ToldOf};

use super::signers::contacts;

/// What a mail about a proposal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// To ask for a signature.
    Ask,
    /// To ask once more: half of the time is over.
    Remind,
    /// To say what came of it.
    Outcome,
}

impl Errand {
    /// The word in the journal and the key in the texts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Remind => "remind",
            Self::Outcome => "outcome",
        }
    }
}

/// Without a deadline a person is asked again after two days: a guess.
const REMIND_AFTER: Span = Span::from_hours(48);

/// The people who are owed a word now, each once.
#[must_use]
pub fn owed(proposal: &Proposal, portfolio: &Portfolio, now: Timestamp) -> Vec<(PersonId, Errand)> {
    if let Some(step) = proposal.step() {
        let errand = |person: &PersonId| asked(proposal, person, now).map(|errand| (person.clone(), errand));
        return step.people.iter().filter_map(errand).collect();
    }
    let is_told = |person: &PersonId| {
        let told = proposal.told.get(person);
        told.is_some_and(|told| told.state == proposal.state && told.revision == proposal.revision)
    };
    hearers(proposal, portfolio).into_iter().filter(|person| !is_told(person)).map(|p| (p, Errand::Outcome)).collect()
}

fn asked(proposal: &Proposal, person: &PersonId, now: Timestamp) -> Option<Errand> {
    let Some(told) = proposal.told.get(person).filter(|told| told.revision == proposal.revision) else {
        return Some(Errand::Ask);
    };
    let until = proposal.case.act_by.map_or(REMIND_AFTER, |act_by| told.at.duration_until(act_by) / 2);
    (!told.is_reminded && told.at.duration_until(now) >= until).then_some(Errand::Remind)
}

/// Who hears what came of it. What nobody was asked about, or what was withdrawn, is told to those who were asked alone.
fn hearers(proposal: &Proposal, portfolio: &Portfolio) -> Vec<PersonId> {
    let mut people: Vec<PersonId> = proposal.told.keys().cloned().collect();
    let mut add = |person: PersonId| {
        if !people.contains(&person) {
            people.push(person);
        }
    };
    if proposal.state != ProposalState::Withdrawn {
        let managers = dealers(proposal, portfolio).into_iter().filter_map(|dealer| portfolio.manager_of(dealer));
        managers.for_each(|manager| add(manager.id.clone()));
    }
    if proposal.state == ProposalState::Approved {
        contacts(proposal.dealer.as_ref(), portfolio).into_iter().for_each(&mut add);
        // Whoever sends the goods must know what the dealer has ordered.
        if matches!(proposal.case.matter, Matter::Order(_)) {
            portfolio.people_with(Role::Logistics).for_each(|person| add(person.id.clone()));
        }
    }
    people
}

/// Whose goods it is about: the proposal's dealer; of a standing switch all who have shipments on the lane.
fn dealers<'a>(proposal: &'a Proposal, portfolio: &'a Portfolio) -> Vec<&'a DealerId> {
    let Some(season) = proposal.season() else { return proposal.dealer.iter().collect() };
    let on_lane = portfolio.shipments.values().filter(|shipment| shipment.lane == season.planned.switch.lane);
    let mut dealers: Vec<&DealerId> = on_lane.map(|shipment| &shipment.dealer).collect();
    dealers.sort();
    dealers.dedup();
    dealers
}

/// Remembers that a person was told.
pub fn tell(proposal: &mut Proposal, person: &PersonId, errand: Errand, now: Timestamp) {
    let told =
        ToldOf { at: now, revision: proposal.revision, state: proposal.state, is_reminded: errand == Errand::Remind };
    proposal.told.insert(person.clone(), told);
}
