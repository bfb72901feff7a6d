//! What one turn of the house changes, and the state that the changes add up to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    Alert, AlertId, AnswerId, DocumentHash, Event, EventId, FeedId, FeedState, Hazard, HazardId, LetterFate, Line,
    Mailbox, Notice, Outcome, PersonId, Proposal, ProposalId, Silence, SilenceId, Timestamp, VisitTold,
};

/// A document that has been read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulletinRecord {
    /// The document.
    pub hash: DocumentHash,
    /// The feed it came by.
    pub feed: FeedId,
    /// Where from.
    pub url: String,
    /// When.
    pub fetched: Timestamp,
    /// How many hazards it held.
    pub hazards: usize,
    /// How many faults.
    pub faults: usize,
}

/// The thread of mails to one person about one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The person.
    pub person: PersonId,
    /// The event.
    pub event: EventId,
    /// The subject that all its mails bear.
    pub subject: String,
    /// The Message-IDs so far: the first, and the newest few.
    pub message_ids: Vec<String>,
    /// When the newest was written.
    pub last_at: Timestamp,
    /// How many mails there have been.
    pub count: u32,
    /// When the calendar entry begins that these mails have put into the person's calendar; `None` without one, or when it
    /// was taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_at: Option<Timestamp>,
}

/// All that must be known to go on: what the store holds, in memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Documents that have been read.
    pub seen: BTreeSet<DocumentHash>,
    /// Hazards in force.
    pub hazards: BTreeMap<HazardId, Hazard>,
    /// Events heard of.
    pub events: BTreeMap<EventId, Event>,
    /// Alerts, cleared ones too until they are swept.
    pub alerts: BTreeMap<AlertId, Alert>,
    /// Proposals, decided ones too until they are swept.
    pub proposals: BTreeMap<ProposalId, Proposal>,
    /// Silences, those that have ended too until they are swept.
    pub silences: BTreeMap<SilenceId, Silence>,
    /// People's mails, whatever they were about.
    pub mailboxes: BTreeMap<PersonId, Mailbox>,
    /// What managers were told of their weekly visits, by manager and Monday.
    pub visits: BTreeMap<(PersonId, Date), VisitTold>,
    /// Mail threads.
    pub threads: BTreeMap<(PersonId, EventId), Thread>,
    /// Feeds by feed and address.
    pub feeds: BTreeMap<(FeedId, String), FeedState>,
}

/// What one turn changes. Committed in one transaction, or not at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Documents read.
    pub bulletins: Vec<BulletinRecord>,
    /// Hazards now in force.
    pub hazards: Vec<Hazard>,
    /// Hazards no longer in force.
    pub hazards_gone: Vec<HazardId>,
    /// Events, as they now are.
    pub events: Vec<Event>,
    /// Alerts, as they now are.
    pub alerts: Vec<Alert>,
    /// Proposals, as they now are.
    pub proposals: Vec<Proposal>,
    /// Silences, as they now are.
    pub silences: Vec<Silence>,
    /// Mailboxes, as they now are.
    pub mailboxes: Vec<Mailbox>,
    /// Visits, as they were told.
    pub visits: Vec<VisitTold>,
    /// Threads, as they now are.
    pub threads: Vec<Thread>,
    /// Notices for the outbox.
    pub notices: Vec<Notice>,
    /// What becomes of notices that were given up.
    pub letters: Vec<LetterFate>,
    /// Feeds, as they now are.
    pub feeds: Vec<FeedState>,
    /// Answers taken out of the inbox.
    pub answers: Vec<AnswerId>,
    /// What came of alerts, as people entered it.
    pub outcomes: Vec<Outcome>,
    /// The journal.
    pub timeline: Vec<Line>,
}

impl Changes {
    /// True when there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl State {
    /// Takes the changes in, as the store has.
    pub fn apply(&mut self, changes: &Changes) {
        self.seen.extend(changes.bulletins.iter().map(|b| b.hash.clone()));
        for id in &changes.hazards_gone {
            self.hazards.remove(id);
        }
        self.hazards.extend(changes.hazards.iter().map(|h| (h.id.clone(), h.clone())));
        self.events.extend(changes.events.iter().map(|e| (e.id.clone(), e.clone())));
        self.alerts.extend(changes.alerts.iter().map(|a| (a.id.clone(), a.clone())));
        self.proposals.extend(changes.proposals.iter().map(|p| (p.id.clone(), p.clone())));
        self.silences.extend(changes.silences.iter().map(|s| (s.id.clone(), s.clone())));
        self.mailboxes.extend(changes.mailboxes.iter().map(|m| (m.person.clone(), m.clone())));
        self.visits.extend(changes.visits.iter().map(|v| ((v.person.clone(), v.week), v.clone())));
        self.threads.extend(changes.threads.iter().map(|t| ((t.person.clone(), t.event.clone()), t.clone())));
        self.feeds.extend(changes.feeds.iter().map(|f| ((f.feed.clone(), f.url.clone()), f.clone())));
    }
}
