//! One turn of the house.
//!
//! In: the world (portfolio, rules, texts, models), the state, inputs, an instant. Out: changes, to be
//! committed in one transaction. Never: does I/O. Live, replay, demo and tests run this very code.

mod brief;
mod cases;
mod clock;
mod digest;
mod hear;
mod hush;
mod journal;
mod judge;
mod letters;
mod one_storm;
mod plan;
mod propose;
mod renew;
mod sound;
mod tell;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use crate::advice::Playbooks;
use crate::domain::{
    Alert, AlertId, AnswerId, ApprovalLimits, Bulletin, BulletinRecord, Changes, ClockJump, Event, EventId, Fault,
    FeedState, FeedWatch, Hazard, HazardId, Language, LetterFate, Line, LinkKey, Notice, Outcome, Parsed, PersonId,
    Portfolio, Proposal, ProposalId, Renewal, Said, SilenceId, Span, State, Thread, Timestamp, VisitTold,
};
use crate::engine::{Models, Places, StormAhead};
use crate::notices::Texts;
use crate::pictures::Album;
use crate::rules::Rulebook;

pub use cases::season_case;
pub use watch::{GRACE, trouble};

/// What does not change from turn to turn.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// What can be hit, and who must know.
    pub portfolio: &'a Portfolio,
    /// The same by where it lies.
    pub places: &'a Places<'a>,
    /// Which exposures matter, and what to do.
    pub rules: &'a Rulebook,
    /// What can be done.
    pub playbooks: &'a Playbooks,
    /// The words.
    pub texts: &'a Texts,
    /// The published statistics.
    pub models: Models<'a>,
    /// Up to which cost logistics may decide alone.
    pub limits: &'a ApprovalLimits,
    /// How mails look and where their links lead.
    pub letterhead: &'a Letterhead,
    /// The feeds that are asked, and what is expected of them; none where nothing is asked, as in a replay.
    pub watches: &'a [FeedWatch],
}

/// What every mail bears.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// The domain of Message-IDs: the sender's own.
    pub sender_domain: String,
    /// The address that mails come from, without a name; calendar entries say who asks.
    pub sender: Option<String>,
    /// The address that links in mails begin with; `None` leaves them out.
    pub base_url: Option<String>,
    /// The key that signs them.
    pub link_key: LinkKey,
    /// How long they are good.
    pub link_life: Span,
    /// A language for every mail, whatever the person's own.
    pub language: Option<Language>,
    /// What draws the maps in mails.
    pub album: Album,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// A document came and was read.
    Bulletin(Box<Bulletin>, Parsed),
    /// A person said something.
    Said(Said),
    /// A feed was asked; how it is now.
    Feed(Box<FeedState>),
    /// The clock was set.
    Jump(ClockJump),
    /// The world's portfolio has just taken another's place, or its rules have.
    Renewed(Box<Renewal>),
}

impl<S: Into<Said>> From<S> for Input {
    fn from(said: S) -> Self {
        Self::Said(said.into())
    }
}

/// What a turn gives: the changes, and what was wrong with rules or texts on the way.
#[derive(Debug, Clone, Default)]
pub struct Turned {
    /// To be committed.
    pub changes: Changes,
    /// For the operator.
    pub faults: Vec<Fault>,
}

/// One turn: hears the inputs, judges what they touch, watches the feeds, tells who is owed.
pub fn turn(world: &World<'_>, state: &State, inputs: Vec<Input>, now: Timestamp) -> Turned {
    let mut house = House::new(world, state, now);
    for input in inputs {
        match input {
            Input::Bulletin(bulletin, parsed) => house.hear(&bulletin, parsed),
            Input::Said(Said::Answer(answer)) => house.take_answer(&answer),
            Input::Said(Said::Decision(decision)) => house.take_decision(&decision),
            Input::Said(Said::Hush(hush)) => house.take_hush(hush),
            Input::Said(Said::Subscription(word)) => house.take_subscription(&word),
            Input::Said(Said::Plan(plan)) => house.take_plan(&plan),
            Input::Said(Said::Letter(word)) => house.take_letter(&word),
            Input::Feed(feed) => house.note_feed(*feed),
            Input::Jump(jump) => house.take_jump(&jump),
            Input::Renewed(renewal) => house.renew(*renewal),
        }
    }
    house.expire();
    house.judge();
    house.judge_changed();
    house.propose();
    house.watch();
    house.tell();
    house.tell_of_proposals();
    house.brief();
    house.turned()
}

/// What is in force, and which events there are, after hearing these hazards one after the other: a turn without alerts.
pub fn listen(world: &World<'_>, hazards: Vec<Hazard>, now: Timestamp) -> State {
    let mut house = House::new(world, &State::default(), now);
    for hazard in hazards {
        house.hear_hazard(hazard);
    }
    house.state
}

/// The state as the turn goes on, and what it has changed so far.
struct House<'a> {
    world: &'a World<'a>,
    now: Timestamp,
    state: State,
    touched: BTreeSet<EventId>,
    /// Storms that were made ready in this turn: who else asks about them need not make them again.
    ahead: BTreeMap<EventId, StormAhead>,
    /// Events that lost a hazard to a cancellation in this turn.
    cancelled: BTreeSet<EventId>,
    /// Sites and lanes that are new or other than they were; what is in force is matched with them alone.
    changed: Vec<Portfolio>,
    bulletins: Vec<BulletinRecord>,
    hazards: BTreeMap<HazardId, Option<Hazard>>,
    events: BTreeSet<EventId>,
    alerts: BTreeSet<AlertId>,
    visits: Vec<VisitTold>,
    threads: Vec<Thread>,
    notices: Vec<Notice>,
    letters: Vec<LetterFate>,
    feeds: Vec<FeedState>,
    proposals: BTreeSet<ProposalId>,
    silences: BTreeSet<SilenceId>,
    mailboxes: BTreeSet<PersonId>,
    answers: Vec<AnswerId>,
    outcomes: Vec<Outcome>,
    timeline: Vec<Line>,
    faults: Vec<Fault>,
    /// Agencies gone silent, and since when there is no news from them; said in mails.
    silence: Vec<(String, Timestamp)>,
}

impl<'a> House<'a> {
    fn new(world: &'a World<'a>, state: &State, now: Timestamp) -> Self {
        Self {
            world,
            now,
            state: state.clone(),
            touched: BTreeSet::new(),
            ahead: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            changed: Vec::new(),
            bulletins: Vec::new(),
            hazards: BTreeMap::new(),
            events: BTreeSet::new(),
            alerts: BTreeSet::new(),
            proposals: BTreeSet::new(),
            silences: BTreeSet::new(),
            mailboxes: BTreeSet::new(),
            visits: Vec::new(),
            threads: Vec::new(),
            notices: Vec::new(),
            letters: Vec::new(),
            feeds: Vec::new(),
            answers: Vec::new(),
            outcomes: Vec::new(),
            timeline: Vec::new(),
            faults: Vec::new(),
            silence: Vec::new(),
        }
    }

    fn put_hazard(&mut self, hazard: Hazard) {
        self.state.hazards.insert(hazard.id.clone(), hazard.clone());
        self.hazards.insert(hazard.id.clone(), Some(hazard));
    }

    fn drop_hazard(&mut self, id: &HazardId) {
        self.state.hazards.remove(id);
        self.hazards.insert(id.clone(), None);
    }

    fn put_event(&mut self, event: Event) {
        self.events.insert(event.id.clone());
        self.state.events.insert(event.id.clone(), event);
    }

    fn put_alert(&mut self, alert: Alert) {
        self.alerts.insert(alert.id.clone());
        self.state.alerts.insert(alert.id.clone(), alert);
    }

    fn put_proposal(&mut self, proposal: Proposal) {
        self.proposals.insert(proposal.id.clone());
        self.state.proposals.insert(proposal.id.clone(), proposal);
    }

    fn turned(self) -> Turned {
        let (gone, put): (Vec<_>, Vec<_>) = self.hazards.into_iter().partition(|(_, hazard)| hazard.is_none());
        let state = &self.state;
        let changes = Changes {
            bulletins: self.bulletins,
            hazards: put.into_iter().filter_map(|(_, hazard)| hazard).collect(),
            hazards_gone: gone.into_iter().map(|(id, _)| id).collect(),
            events: self.events.iter().filter_map(|id| state.events.get(id).cloned()).collect(),
            alerts: self.alerts.iter().filter_map(|id| state.alerts.get(id).cloned()).collect(),
            proposals: self.proposals.iter().filter_map(|id| state.proposals.get(id).cloned()).collect(),
            silences: self.silences.iter().filter_map(|id| state.silences.get(id).cloned()).collect(),
            mailboxes: self.mailboxes.iter().filter_map(|id| state.mailboxes.get(id).cloned()).collect(),
            visits: self.visits,
            threads: self.threads,
            notices: self.notices,
            letters: self.letters,
            feeds: self.feeds,
            answers: self.answers,
            outcomes: self.outcomes,
            timeline: self.timeline,
        };
        Turned { changes, faults: self.faults }
    }
}

#[cfg(test)]
mod tests;
