//! Proposals: what is proposed, what people say to it, when it is over, and who hears of it.

use super::House;
use crate::domain::{Decision, Entry, Fault, PersonId, Place, Proposal, ProposalId, ProposalState, What};
use crate::notices::{self, ProposalNews};
use crate::proposals::{self as desk, Errand};

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
                self.faults.extend(composed.faults);
                self.note_proposal_notice(&composed.notice, &proposal, errand);
                self.state.threads.insert((person.clone(), composed.thread.event.clone()), composed.thread.clone());
                self.threads.push(composed.thread);
                self.notices.push(composed.notice);
            }
            Err(fault) => {
                let what = format!("no mail about a proposal could be written: {fault}");
                self.faults.push(Fault::fatal(Place::default(), what));
            }
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
    fn note_proposal(&mut self, proposal: &Proposal) {
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
        if matches!(what, What::Proposed { .. }) || proposal.state == ProposalState::Approved {
            line = line.with("matter", &proposal.case.matter).with("steps", &proposal.case.steps);
        }
        self.timeline.push(line);
    }

    fn note_proposal_notice(&mut self, notice: &crate::domain::Notice, proposal: &Proposal, errand: Errand) {
        let line = self
            .line("notice", notice.id.as_str())
            .with("to", &notice.to)
            .with("person", &notice.person)
            .with("channel", &notice.channel)
            .with("subject", &notice.subject)
            .with("message_id", &notice.message_id)
            .with("alerts", &notice.alerts)
            .with("level", notice.level)
            .with("proposal", &proposal.id)
            .with("errand", errand.as_str());
        self.timeline.push(line);
    }
}
