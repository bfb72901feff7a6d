//! A season's plan: its switches become proposals, and those that it no longer has are withdrawn.

use std::collections::BTreeSet;

use serde_json::json;

use super::House;
use super::cases::season_case;
use crate::domain::{Case, Cause, Matter, PlanWord, PlannedSwitch, Proposal, ProposalId, ProposalState, SeasonSwitch};
use crate::proposals as desk;

/// Why a switch of a plan is not put before anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PassedOver {
    /// The lane or its alternate is not in the portfolio.
    LaneUnknown,
    /// No calendar has its days.
    NoSuchDays,
    /// Its last instant has gone by since the plan was made.
    TooLate,
    /// It has been decided already.
    Decided,
    /// Another switch of the lane is approved for some of its days.
    OtherApproved,
    /// The same alternate was declined for some of its days.
    AlikeDeclined,
    /// Nothing has changed since it was proposed.
    Same,
}

impl PassedOver {
    fn as_str(self) -> &'static str {
        match self {
            Self::LaneUnknown => "lane-unknown",
            Self::NoSuchDays => "no-such-days",
            Self::TooLate => "too-late",
            Self::Decided => "decided",
            Self::OtherApproved => "other-approved",
            Self::AlikeDeclined => "alike-declined",
            Self::Same => "same",
        }
    }
}

impl House<'_> {
    /// Proposes each switch of a plan, anew where its numbers have changed, and withdraws what a lane of the plan had
    /// before and has no more. The same plan again changes nothing.
    pub(super) fn take_plan(&mut self, plan: &PlanWord) {
        self.answers.push(plan.id.clone());
        let mut wanted: Vec<SeasonSwitch> = Vec::new();
        let (mut proposed, mut passed) = (Vec::new(), Vec::new());
        for planned in &plan.switches {
            match self.put_before_people(planned, plan, &mut wanted) {
                Ok(id) => proposed.push(id),
                Err(why) => passed.push(json!({ "switch": planned.switch.id, "why": why.as_str() })),
            }
        }
        self.withdraw_unplanned(plan, &wanted);
        let line = self
            .line("plan", plan.id.as_str())
            .with("lanes", &plan.lanes)
            .with("proposed", proposed)
            .with("passed_over", passed);
        self.timeline.push(line);
    }

    fn put_before_people(
        &mut self,
        planned: &PlannedSwitch,
        plan: &PlanWord,
        wanted: &mut Vec<SeasonSwitch>,
    ) -> Result<ProposalId, PassedOver> {
        let portfolio = self.world.portfolio;
        if ![&planned.switch.lane, &planned.switch.alternate].iter().all(|id| portfolio.lanes.contains_key(*id)) {
            return Err(PassedOver::LaneUnknown);
        }
        let case = season_case(planned, self.world.rules.transport(), portfolio, plan.at);
        let (switch, act_by) = case.ok_or(PassedOver::NoSuchDays)?;
        let (id, event) = (switch.proposal_id(), switch.event());
        wanted.push(switch.clone());
        let known = self.state.proposals.get(&id);
        if known.is_some_and(|known| matches!(known.state, ProposalState::Approved | ProposalState::Declined)) {
            return Err(PassedOver::Decided);
        }
        self.is_settled(&switch, &id).map_or(Ok(()), Err)?;
        if act_by <= self.now {
            return Err(PassedOver::TooLate);
        }
        let matter = Matter::Season(switch);
        let steps = desk::steps(&matter, None, portfolio, self.world.limits);
        let case = Case { matter, act_by: Some(act_by), steps };
        let next = desk::propose(known, (id.clone(), event, None), case, self.now).ok_or(PassedOver::Same)?;
        self.note_proposal(&next);
        self.put_proposal(next);
        Ok(id)
    }

    /// Whether what was decided for some of the days stands in the way: nobody is asked twice in a season.
    fn is_settled(&self, switch: &SeasonSwitch, id: &ProposalId) -> Option<PassedOver> {
        let (lane, alternate) = (&switch.planned.switch.lane, &switch.planned.switch.alternate);
        let others = self.state.proposals.values().filter(|known| known.id != *id);
        let mut decided = others.filter_map(|known| Some((known.state, known.season()?)));
        decided.find_map(|(state, known)| {
            let is_near = known.planned.switch.lane == *lane && known.overlaps(switch);
            match state {
                ProposalState::Approved if is_near => Some(PassedOver::OtherApproved),
                ProposalState::Declined if is_near && known.planned.switch.alternate == *alternate => {
                    Some(PassedOver::AlikeDeclined)
                }
                _ => None,
            }
        })
    }

    /// Undecided switches of the plan's lanes that it no longer has.
    fn withdraw_unplanned(&mut self, plan: &PlanWord, wanted: &[SeasonSwitch]) {
        let lanes: BTreeSet<_> = plan.lanes.iter().collect();
        let kept: BTreeSet<ProposalId> = wanted.iter().map(SeasonSwitch::proposal_id).collect();
        let gone = |known: &Proposal| {
            let season = known.season()?;
            let lane = &season.planned.switch.lane;
            if kept.contains(&known.id) || !lanes.contains(lane) {
                return None;
            }
            let other = wanted.iter().find(|new| new.planned.switch.lane == *lane && new.overlaps(season));
            let why = other.map_or(Cause::NotInPlan, |other| Cause::Replaced { by: other.proposal_id() });
            desk::withdrawn(known, why, self.now)
        };
        let gone: Vec<Proposal> = self.state.proposals.values().filter_map(gone).collect();
        for proposal in gone {
            self.note_proposal(&proposal);
            self.put_proposal(proposal);
        }
    }
}
