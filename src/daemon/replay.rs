//! The whole daemon over recorded bulletins under a simulated clock: the same turns, the same store
//! transactions, and every notice taken at once.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::DaemonError;
use crate::domain::{
    Alert, Answer, AnswerId, AnswerKind, Bulletin, Decision, Delivery, DocumentHash, Fault, Found, LaneId, Notice,
    PersonId, PlanWord, PlannedSwitch, Proposal, Said, Span, State, Timestamp, Vote,
};
use crate::store::{MemoryStore, inbox, outbox, records};
use crate::turn::{Input, World, turn};
use crate::{proposals, sources};

/// How often time alone is looked at, besides each bulletin and answer.
const TICK: Span = Span::from_mins(30);

/// How long after the last record time alone is looked at: no warning runs for longer.
const LINGER: Span = Span::from_hours(60 * 24);

/// What a recorded person says: an answer for an alert, a word on a proposal, or what came of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordedWord {
    Told,
    Moving,
    Refused,
    Done,
    Approve,
    Decline,
    /// What came of it, in `found`.
    Outcome,
    /// A season's plan whose switches are to be signed, in `plan`.
    Plan,
}

/// A season's plan as `seawall season --format json` has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordedPlan {
    /// The lanes that it weighed.
    pub lanes: Vec<LaneId>,
    /// Its switches.
    pub switches: Vec<PlannedSwitch>,
}

/// A recorded answer of a person, by the subject of the alert or proposal: ids are not known beforehand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedAnswer {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub person: PersonId,
    /// The site or lane; of a proposal the shipment, lane or dealer; nothing for a plan.
    #[serde(default)]
    pub subject: String,
    /// What.
    #[serde(rename = "as")]
    pub word: RecordedWord,
    /// The words with it.
    #[serde(default)]
    pub note: Option<String>,
    /// Other quantities of an order, by SKU.
    #[serde(default)]
    pub quantities: BTreeMap<String, Decimal>,
    /// What came of an alert.
    #[serde(default)]
    pub found: Option<Found>,
    /// A season's plan.
    #[serde(default)]
    pub plan: Option<RecordedPlan>,
}

/// What was recorded.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    /// Documents with the time they were fetched, in any order.
    pub bulletins: Vec<Bulletin>,
    /// Answers, in any order.
    pub answers: Vec<RecordedAnswer>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Replayed {
    /// The journal.
    pub timeline: Vec<crate::domain::Line>,
    /// Every notice, in the order they were sent.
    pub notices: Vec<Notice>,
    /// What was wrong with documents, by address, and with rules and texts.
    pub faults: Vec<(String, Fault)>,
    /// The state at the end.
    pub state: State,
}

/// Replays `archive` from its first record to a day after its last, or between the instants given.
pub fn replay(
    world: &World<'_>,
    archive: &Archive,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Replayed, DaemonError> {
    replay_watched(world, archive, (from, to), &mut |_, _| {})
}

/// The same, showing the state after each turn to whoever wants to keep one of them.
pub fn replay_watched(
    world: &World<'_>,
    archive: &Archive,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    watch: &mut dyn FnMut(Timestamp, &State),
) -> Result<Replayed, DaemonError> {
    let mut tape = Tape::new(archive, from, to);
    let store = MemoryStore::new();
    let mut replayed = Replayed::default();
    while let Some((now, bulletins)) = tape.next() {
        let mut inputs = Vec::new();
        for bulletin in bulletins {
            let parsed = sources::parse(None, bulletin).unwrap_or_else(|error| crate::domain::Parsed {
                faults: vec![Fault::fatal(crate::domain::Place::default(), error.to_string())],
                ..Default::default()
            });
            replayed.faults.extend(parsed.faults.iter().map(|fault| (bulletin.url.clone(), fault.clone())));
            inputs.push(Input::Bulletin(Box::new(bulletin.clone()), parsed));
        }
        for said in tape.said(now, &replayed.state) {
            inbox::put_said(&store, &said)?;
        }
        inputs.extend(inbox::inbox(&store)?.into_iter().map(Input::from));
        let turned = turn(world, &replayed.state, inputs, now);
        records::commit(&store, &turned.changes, now)?;
        replayed.state.apply(&turned.changes);
        watch(now, &replayed.state);
        replayed.faults.extend(turned.faults.into_iter().map(|fault| ("rules".to_owned(), fault)));
        replayed.timeline.extend(turned.changes.timeline);
        for notice in outbox::outbox(&store)? {
            outbox::settle(&store, &notice, &Delivery::Taken, now, None)?;
            replayed.notices.push(notice);
        }
    }
    Ok(replayed)
}

/// The instants of a replay, and what happens at each.
struct Tape<'a> {
    instants: std::vec::IntoIter<Timestamp>,
    bulletins: BTreeMap<Timestamp, Vec<&'a Bulletin>>,
    answers: BTreeMap<Timestamp, Vec<&'a RecordedAnswer>>,
}

impl<'a> Tape<'a> {
    fn new(archive: &'a Archive, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        let mut bulletins: BTreeMap<Timestamp, Vec<&Bulletin>> = BTreeMap::new();
        for bulletin in &archive.bulletins {
            bulletins.entry(bulletin.fetched).or_default().push(bulletin);
        }
        for at_once in bulletins.values_mut() {
            at_once.sort_by(|a, b| (&a.feed, &a.url, &a.hash).cmp(&(&b.feed, &b.url, &b.hash)));
        }
        let mut answers: BTreeMap<Timestamp, Vec<&RecordedAnswer>> = BTreeMap::new();
        for answer in &archive.answers {
            answers.entry(answer.at).or_default().push(answer);
        }
        let happen: BTreeSet<Timestamp> = bulletins.keys().chain(answers.keys()).copied().collect();
        let day = Span::from_hours(24);
        let from = from.or(happen.first().copied()).unwrap_or_default();
        let to = to.or_else(|| happen.last().and_then(|last| last.checked_add(day).ok())).unwrap_or(from);
        // Before the first record and long after the last nothing can happen, however far the times given reach.
        let mut tick = happen.first().map_or(from, |first| from.max(*first));
        let to = happen.last().and_then(|last| last.checked_add(LINGER).ok()).map_or(to, |end| to.min(end));
        let mut instants: BTreeSet<Timestamp> = happen.into_iter().filter(|at| from <= *at && *at <= to).collect();
        while tick <= to && !instants.is_empty() {
            instants.insert(tick);
            let Ok(next) = tick.checked_add(TICK) else { break };
            tick = next;
        }
        Self { instants: instants.into_iter().collect::<Vec<_>>().into_iter(), bulletins, answers }
    }

    fn next(&mut self) -> Option<(Timestamp, Vec<&'a Bulletin>)> {
        let now = self.instants.next()?;
        Some((now, self.bulletins.get(&now).cloned().unwrap_or_default()))
    }

    /// What is said at an instant: one answer for each live alert of the subject, one word for each open proposal about it.
    fn said(&self, now: Timestamp, state: &State) -> Vec<Said> {
        let recorded = self.answers.get(&now).into_iter().flatten();
        recorded.flat_map(|recorded| recorded.said(state)).collect()
    }
}

impl RecordedAnswer {
    fn said(&self, state: &State) -> Vec<Said> {
        let of_subject = |alert: &&Alert| alert.subject.id == self.subject;
        let mut alerts = state.alerts.values().filter(of_subject);
        let kind = match self.word {
            RecordedWord::Told => AnswerKind::Told,
            RecordedWord::Moving => AnswerKind::Moving,
            RecordedWord::Refused => AnswerKind::Refused,
            RecordedWord::Done => AnswerKind::Done,
            RecordedWord::Approve => return self.decisions(state, Vote::Approve),
            RecordedWord::Decline => return self.decisions(state, Vote::Decline),
            RecordedWord::Plan => return vec![self.plan()],
            RecordedWord::Outcome => {
                let found = self.found.clone().unwrap_or_default();
                return alerts
                    .next()
                    .map(|alert| self.answer(alert, AnswerKind::Done, Some(found)))
                    .into_iter()
                    .collect();
            }
        };
        alerts.filter(|alert| alert.is_live()).map(|alert| self.answer(alert, kind, None)).collect()
    }

    fn plan(&self) -> Said {
        let RecordedPlan { lanes, switches } = self.plan.clone().unwrap_or_default();
        PlanWord { id: self.id("season", "plan"), lanes, switches, at: self.at }.into()
    }

    fn answer(&self, alert: &Alert, kind: AnswerKind, outcome: Option<Found>) -> Said {
        let said = Answer {
            id: self.id(alert.id.as_str(), if outcome.is_some() { "outcome" } else { kind.as_str() }),
            alert: alert.id.clone(),
            person: Some(self.person.clone()),
            kind,
            note: self.note.clone(),
            at: self.at,
            outcome,
        };
        said.into()
    }

    fn decisions(&self, state: &State, verdict: Vote) -> Vec<Said> {
        let is_it = |proposal: &&Proposal| {
            proposal.is_open() && proposals::subject(&proposal.case.matter, proposal.dealer.as_ref()) == self.subject
        };
        let decision = |proposal: &Proposal| {
            let decision = Decision {
                id: self.id(proposal.id.as_str(), verdict.as_str()),
                proposal: proposal.id.clone(),
                revision: proposal.revision,
                person: Some(self.person.clone()),
                verdict,
                quantities: self.quantities.clone(),
                note: self.note.clone(),
                at: self.at,
            };
            decision.into()
        };
        state.proposals.values().filter(is_it).map(decision).collect()
    }

    fn id(&self, about: &str, word: &str) -> AnswerId {
        let key = format!("{}\n{}\n{about}\n{word}", self.at, self.person);
        AnswerId::new(DocumentHash::of(key.as_bytes()).digits())
    }
}
