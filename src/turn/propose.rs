//! Proposals: what is proposed, what people say to it, when it is over, and who hears of it.

use std::collections::BTreeSet;

use super::House;
use super::cases::{order_case, switch_case};
use crate::domain::{
    Case, Cause, DealerId, Decision, Entry, Event, EventId, Freight, HazardKind, Matter, Notice, PersonId, Proposal,
    ProposalId, ProposalState, ShipmentId, SubjectKind, Way, What,
};
use crate::engine;
use crate::notices::{self, ProposalNews};
use crate::proposals::{self as desk, Errand};
use crate::transport::{self, Threat};

impl House<'_> {
    /// Applies a person's word on a proposal. One that changes nothing is taken out of the inbox, and noted with the reason.
    pub(super) fn take_decision(&mut self, decision: &Decision) {
        self.answers.push(decision.id.clone());
        let known = self.state.proposals.get(&decision.proposal);
        match known.map(|proposal| desk::decide(proposal, decision)) {
            Some(Ok(next)) => {
                self.note_decision(decision, None);
                self.note_proposal(&next);
                self.put_proposal(next);
            }
            Some(Err(refused)) => self.note_decision(decision, Some(&refused.to_string())),
            None => self.note_decision(decision, Some("there is no such proposal")),
        }
    }

    /// What time has ended, what is proposed now, and mails to those who are owed one.
    pub(super) fn propose(&mut self) {
        let proposals = self.state.proposals.values();
        let late: Vec<Proposal> = proposals.filter_map(|proposal| desk::expired(proposal, self.now)).collect();
        for late in late {
            self.note_proposal(&late);
            self.put_proposal(late);
        }
        if let Some(event) = self.storm_on_lanes() {
            self.propose_for(&event);
        }
    }

    /// The first storm with news that threatens a lane. Where none does, no transport is in question.
    fn storm_on_lanes(&self) -> Option<EventId> {
        let is_storm = |id: &&EventId| {
            let event = self.state.events.get(id);
            event.is_some_and(|event| event.kind == HazardKind::TropicalCyclone)
        };
        let has_lane = |id: &&EventId| {
            let mut alerts = self.state.alerts.values();
            let waits = |id: &EventId| {
                let mut open = self.state.proposals.values().filter(|proposal| proposal.is_open());
                open.any(|proposal| proposal.event == *id)
            };
            alerts.any(|alert| alert.event == **id && alert.is_live() && alert.subject.kind == SubjectKind::Lane)
                || waits(id)
        };
        self.touched.iter().filter(is_storm).find(has_lane).cloned()
    }

    /// Weighs every shipment and every shelf against the storms in force; proposes what is better than the plan, and
    /// withdraws what no longer is.
    fn propose_for(&mut self, event: &EventId) {
        let (portfolio, now) = (self.world.portfolio, self.now);
        self.make_storms_ready();
        let threats: Vec<Threat<'_>> =
            self.ahead.values().map(|storm| Threat { path: &storm.path, possible: &storm.possible }).collect();
        let outlook = transport::outlook(portfolio, self.world.rules.transport(), &threats, now);
        let mut wanted: BTreeSet<ProposalId> = BTreeSet::new();
        for ranking in &outlook.rankings {
            let Freight::Shipment(shipment) = &ranking.subject else { continue };
            let proposed = self.proposed_way(shipment);
            let Some((matter, act_by)) = switch_case(ranking, shipment, proposed.as_ref()) else { continue };
            wanted.insert(self.propose_one(event, shipment.as_str(), ranking.dealer.as_ref(), (matter, Some(act_by))));
        }
        for order in &outlook.orders {
            let Some((matter, act_by)) = order_case(order, &outlook.closures, portfolio, now) else { continue };
            let dealer = &order.dealer;
            wanted.insert(self.propose_one(event, dealer.as_str(), Some(dealer), (matter, Some(act_by))));
        }
        let storms: BTreeSet<EventId> = self.state.events.keys().cloned().collect();
        let needless = self.state.proposals.values().filter(|proposal| {
            !wanted.contains(&proposal.id)
                && storms.contains(&proposal.event)
                && !matches!(proposal.case.matter, Matter::Season(_))
        });
        let needless: Vec<Proposal> =
            needless.filter_map(|proposal| desk::withdrawn(proposal, Cause::NeededNoMore, now)).collect();
        for proposal in needless {
            self.note_proposal(&proposal);
            self.put_proposal(proposal);
        }
    }

    /// Makes those storms in force ready that this turn has not looked at yet.
    fn make_storms_ready(&mut self) {
        let (models, now) = (self.world.models, self.now);
        let in_force = |event: &&Event| event.kind == HazardKind::TropicalCyclone && event.over.is_none();
        let events = &self.state.events;
        self.ahead.retain(|id, _| events.get(id).as_ref().is_some_and(in_force));
        let unready: Vec<&Event> =
            events.values().filter(in_force).filter(|event| !self.ahead.contains_key(&event.id)).collect();
        for event in unready {
            let hazards: Vec<_> = event.hazards.iter().filter_map(|id| self.state.hazards.get(id)).collect();
            let storm = engine::storm_ahead(&hazards, &models, now);
            self.ahead.extend(storm.map(|storm| (event.id.clone(), storm)));
        }
    }

    /// The way that an open proposal about a shipment would go.
    fn proposed_way(&self, shipment: &ShipmentId) -> Option<Way> {
        let mut open = self.state.proposals.values().filter(|proposal| proposal.is_open());
        open.find_map(|proposal| match &proposal.case.matter {
            Matter::Switch(switch) if switch.shipment == *shipment => switch.ways.first().cloned(),
            _ => None,
        })
    }

    /// Proposes one thing, or leaves it as it is; the proposal's id either way.
    fn propose_one(
        &mut self,
        event: &EventId,
        subject: &str,
        dealer: Option<&DealerId>,
        (matter, act_by): (Matter, Option<jiff::Timestamp>),
    ) -> ProposalId {
        let kind = matter.kind();
        // A second storm over the same shipment changes the proposal that there is.
        let same = |known: &&Proposal| {
            known.is_open()
                && known.case.matter.kind() == kind
                && desk::subject(&known.case.matter, known.dealer.as_ref()) == subject
        };
        let known = self.state.proposals.values().find(same);
        let event = known.map_or_else(|| event.clone(), |known| known.event.clone());
        let id = desk::proposal_id(kind, &event, subject);
        let known = self.state.proposals.get(&id);
        let steps = desk::steps(&matter, dealer, self.world.portfolio, self.world.limits);
        let case = Case { matter, act_by, steps };
        if let Some(next) = desk::propose(known, (id.clone(), event, dealer.cloned()), case, self.now) {
            self.note_proposal(&next);
            self.put_proposal(next);
        }
        id
    }

    /// Writes the mails about proposals that are owed now.
    pub(super) fn tell_of_proposals(&mut self) {
        let owed: Vec<(ProposalId, PersonId, Errand)> = self
            .state
            .proposals
            .values()
            .flat_map(|proposal| {
                let owed = desk::owed(proposal, self.world.portfolio, self.now).into_iter();
                owed.map(|(person, errand)| (proposal.id.clone(), person, errand))
            })
            .collect();
        for (id, person, errand) in owed {
            self.write_of_proposal(&id, &person, errand);
        }
    }

    fn write_of_proposal(&mut self, id: &ProposalId, person: &PersonId, errand: Errand) {
        let Some(mut proposal) = self.state.proposals.get(id).cloned() else { return };
        let news = ProposalNews { proposal: &proposal, errand: errand.as_str() };
        let composed = notices::compose_proposal(&news, person, &self.desk());
        // Told or not, nobody is tried again for ever: who is gone from the portfolio cannot be told.
        desk::tell(&mut proposal, person, errand, self.now);
        match composed {
            Ok(composed) => {
                self.note_proposal_notice(&composed.notice, &proposal, errand);
                self.post(composed);
            }
            Err(fault) => self.note_unwritten(&fault),
        }
        self.put_proposal(proposal);
    }

    fn note_decision(&mut self, decision: &Decision, refused: Option<&str>) {
        let line = self
            .line("decision", decision.proposal.as_str())
            .with("by", &decision.person)
            .with("as", decision.verdict)
            .with("note", &decision.note)
            .with("quantities", &decision.quantities)
            .with("refused", refused);
        self.timeline.push(line);
    }

    /// The newest line of a proposal's trail.
    pub(super) fn note_proposal(&mut self, proposal: &Proposal) {
        let Some(Entry { by, what, .. }) = proposal.trail.last() else { return };
        let mut line = self
            .line("proposal", proposal.id.as_str())
            .with("kind", proposal.case.matter.kind())
            .with("event", &proposal.event)
            .with("dealer", &proposal.dealer)
            .with("state", proposal.state)
            .with("revision", proposal.revision)
            .with("signed", proposal.signed)
            .with("act_by", proposal.case.act_by)
            .with("by", by);
        if let What::Proposed { why: Some(why), .. } | What::Withdrawn { why: Some(why) } = what {
            line = line.with("why", why);
        }
        if matches!(what, What::Proposed { .. }) || proposal.state == ProposalState::Approved {
            line = line.with("matter", &proposal.case.matter).with("steps", &proposal.case.steps);
        }
        self.timeline.push(line);
    }

    fn note_proposal_notice(&mut self, notice: &Notice, proposal: &Proposal, errand: Errand) {
        let line = self.noticed(notice).with("proposal", &proposal.id).with("errand", errand.as_str());
        self.timeline.push(line);
    }
}
