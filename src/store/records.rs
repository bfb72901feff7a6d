//! One turn's changes become a batch of writes, and the records add up to the state again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::outbox::{is_known, of_dead_letter};
use super::record::{all, get, key_of, put};
use super::{Store, StoreError, Table, Write};
use crate::domain::{
    Alert, AlertId, AnswerId, BulletinRecord, Changes, Event, FeedState, Hazard, Line, Mailbox, Notice, NoticeId,
    Outcome, Proposal, ProposalId, Silence, State, Thread, Timestamp, VisitTold,
};

/// The key in [`Table::Meta`] of what was last matched with what is in force.
const MATCHED: &str = "matched";
/// The key in [`Table::Meta`] of the journal's next number.
const NEXT_LINE: &str = "journal-next";

/// When something was done for good: an answer heard, a notice taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// When.
    pub(super) at: Timestamp,
}

/// Commits one turn: all of it or nothing. There must be one turn at a time; deliveries and answers may
/// go on beside it.
///
/// A notice that lies in the outbox already, or was taken or given up before, is left as it is, so that a
/// turn done twice sends nothing twice. After an error load the state again: the turn may have been written.
pub fn commit(store: &dyn Store, changes: &Changes, now: Timestamp) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut known = BTreeSet::new();
    for notice in &changes.notices {
        if is_known(store, &notice.id)? {
            known.insert(notice.id.clone());
        }
    }
    let mut batch = writes(changes, &known, next_line(store)?, now)?;
    for letter in &changes.letters {
        batch.extend(of_dead_letter(store, letter, now)?);
    }
    store.commit(&batch)
}

/// The batch of one turn, but for the letters. `known` are notices not to be queued again; `first_line` is the number of the
/// first journal line; `now` is when the answers count as heard.
pub fn writes(
    changes: &Changes,
    known: &BTreeSet<NoticeId>,
    first_line: u64,
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let mut batch = Vec::new();
    batch.extend(changes.hazards_gone.iter().map(|id| Write::delete(Table::Hazards, key_of(&[id.as_str()]))));
    for bulletin in &changes.bulletins {
        batch.push(put(Table::Bulletins, bulletin.hash.as_str().to_owned(), bulletin)?);
    }
    for hazard in &changes.hazards {
        batch.push(put(Table::Hazards, key_of(&[hazard.id.as_str()]), hazard)?);
    }
    for event in &changes.events {
        batch.push(put(Table::Events, key_of(&[event.id.as_str()]), event)?);
    }
    for alert in &changes.alerts {
        batch.push(put(Table::Alerts, key_of(&[alert.id.as_str()]), alert)?);
        if !alert.is_live() {
            batch.push(put(Table::Ledger, key_of(&[alert.id.as_str()]), alert)?);
        }
    }
    for outcome in &changes.outcomes {
        batch.push(put(Table::Outcomes, key_of(&[outcome.id.as_str()]), outcome)?);
    }
    for proposal in &changes.proposals {
        batch.push(put(Table::Proposals, key_of(&[proposal.id.as_str()]), proposal)?);
    }
    for silence in &changes.silences {
        batch.push(put(Table::Silences, key_of(&[silence.id.as_str()]), silence)?);
    }
    for mailbox in &changes.mailboxes {
        batch.push(put(Table::Mailboxes, key_of(&[mailbox.person.as_str()]), mailbox)?);
    }
    for told in &changes.visits {
        batch.push(put(Table::Visits, key_of(&[told.person.as_str(), &told.week.to_string()]), told)?);
    }
    for thread in &changes.threads {
        batch.push(put(Table::Threads, key_of(&[thread.person.as_str(), thread.event.as_str()]), thread)?);
    }
    for feed in &changes.feeds {
        batch.push(put(Table::Feeds, key_of(&[feed.feed.as_str(), &feed.url]), feed)?);
    }
    for notice in changes.notices.iter().filter(|notice| !known.contains(&notice.id)) {
        batch.push(queued(notice)?);
    }
    for answer in &changes.answers {
        batch.extend(heard(answer, now)?);
    }
    batch.extend(lines(&changes.timeline, first_line)?);
    Ok(batch)
}

/// All that must be known to go on.
pub fn load_state(store: &dyn Store) -> Result<State, StoreError> {
    let bulletins: Vec<(String, BulletinRecord)> = all(store, Table::Bulletins)?;
    let hazards: Vec<(String, Hazard)> = all(store, Table::Hazards)?;
    let events: Vec<(String, Event)> = all(store, Table::Events)?;
    let alerts: Vec<(String, Alert)> = all(store, Table::Alerts)?;
    let proposals: Vec<(String, Proposal)> = all(store, Table::Proposals)?;
    let silences: Vec<(String, Silence)> = all(store, Table::Silences)?;
    let mailboxes: Vec<(String, Mailbox)> = all(store, Table::Mailboxes)?;
    let visits: Vec<(String, VisitTold)> = all(store, Table::Visits)?;
    let threads: Vec<(String, Thread)> = all(store, Table::Threads)?;
    let feeds: Vec<(String, FeedState)> = all(store, Table::Feeds)?;
    Ok(State {
        seen: bulletins.into_iter().map(|(_, bulletin)| bulletin.hash).collect(),
        hazards: hazards.into_iter().map(|(_, hazard)| (hazard.id.clone(), hazard)).collect(),
        events: events.into_iter().map(|(_, event)| (event.id.clone(), event)).collect(),
        alerts: alerts.into_iter().map(|(_, alert)| (alert.id.clone(), alert)).collect(),
        proposals: proposals.into_iter().map(|(_, proposal)| (proposal.id.clone(), proposal)).collect(),
        silences: silences.into_iter().map(|(_, silence)| (silence.id.clone(), silence)).collect(),
        mailboxes: mailboxes.into_iter().map(|(_, mailbox)| (mailbox.person.clone(), mailbox)).collect(),
        visits: visits.into_iter().map(|(_, told)| ((told.person.clone(), told.week), told)).collect(),
        threads: threads
            .into_iter()
            .map(|(_, thread)| ((thread.person.clone(), thread.event.clone()), thread))
            .collect(),
        feeds: feeds.into_iter().map(|(_, feed)| ((feed.feed.clone(), feed.url.clone()), feed)).collect(),
    })
}

/// One alert; a cleared one also when it has been swept.
pub fn alert(store: &dyn Store, id: &AlertId) -> Result<Option<Alert>, StoreError> {
    let key = key_of(&[id.as_str()]);
    match get(store, Table::Alerts, &key)? {
        Some(alert) => Ok(Some(alert)),
        None => get(store, Table::Ledger, &key),
    }
}

/// Every alert that is known, and every outcome: what a ledger is made from. Of a cleared alert that was opened again
/// it is the newest that counts.
pub fn for_ledger(store: &dyn Store) -> Result<(Vec<Alert>, Vec<Outcome>), StoreError> {
    let mut alerts: BTreeMap<String, Alert> = all(store, Table::Ledger)?.into_iter().collect();
    alerts.extend(all::<Alert>(store, Table::Alerts)?);
    let outcomes = all(store, Table::Outcomes)?.into_iter().map(|(_, outcome)| outcome).collect();
    Ok((alerts.into_values().collect(), outcomes))
}

/// One proposal.
pub fn proposal(store: &dyn Store, id: &ProposalId) -> Result<Option<Proposal>, StoreError> {
    get(store, Table::Proposals, &key_of(&[id.as_str()]))
}

/// All proposals, in order of id.
pub fn proposals(store: &dyn Store) -> Result<Vec<Proposal>, StoreError> {
    Ok(all(store, Table::Proposals)?.into_iter().map(|(_, proposal)| proposal).collect())
}

/// All silences, in order of id.
pub fn silences(store: &dyn Store) -> Result<Vec<Silence>, StoreError> {
    Ok(all(store, Table::Silences)?.into_iter().map(|(_, silence)| silence).collect())
}

/// The journal, oldest line first.
pub fn journal(store: &dyn Store) -> Result<Vec<Line>, StoreError> {
    Ok(all(store, Table::Journal)?.into_iter().map(|(_, line)| line).collect())
}

/// The write that puts a notice into the outbox.
pub(super) fn queued(notice: &Notice) -> Result<Write, StoreError> {
    put(Table::Outbox, key_of(&[notice.id.as_str()]), notice)
}

/// The writes that take an answer out of the inbox for good.
fn heard(answer: &AnswerId, now: Timestamp) -> Result<[Write; 2], StoreError> {
    let key = key_of(&[answer.as_str()]);
    Ok([Write::delete(Table::Inbox, key.clone()), put(Table::Answered, key, &Mark { at: now })?])
}

fn lines(timeline: &[Line], first: u64) -> Result<Vec<Write>, StoreError> {
    if timeline.is_empty() {
        return Ok(Vec::new());
    }
    let mut batch = Vec::new();
    let mut number = first;
    for line in timeline {
        batch.push(put(Table::Journal, line_key(number), line)?);
        number = number.saturating_add(1);
    }
    batch.push(put(Table::Meta, NEXT_LINE.to_owned(), &number)?);
    Ok(batch)
}

/// What stands for the portfolio and the rules that were last matched with all that is in force.
///
/// # Errors
/// When the store cannot be read.
pub fn matched(store: &dyn Store) -> Result<Option<String>, StoreError> {
    get(store, Table::Meta, MATCHED)
}

/// Remembers it.
///
/// # Errors
/// When the store cannot be written.
pub fn note_matched(store: &dyn Store, stamp: &str) -> Result<(), StoreError> {
    store.commit(&[put(Table::Meta, MATCHED.to_owned(), &stamp.to_owned())?])
}

/// Padded to the width of the largest number, so that the order of keys is the order of lines.
fn line_key(number: u64) -> String {
    format!("{number:020}")
}

fn next_line(store: &dyn Store) -> Result<u64, StoreError> {
    Ok(get(store, Table::Meta, NEXT_LINE)?.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;
    use crate::domain::{DocumentHash, EventId, FeedId, HazardId, PersonId};
    use crate::store::suite::{at, hazard, notice};
    use crate::store::{MemoryStore, outbox};

    fn changes() -> Changes {
        let feed = FeedId::new("jtwc");
        Changes {
            bulletins: vec![BulletinRecord {
                hash: DocumentHash::of(b"one"),
                feed: feed.clone(),
                url: "https://example.org/one".to_owned(),
                fetched: at(1),
                hazards: 1,
                faults: 0,
            }],
            hazards: vec![hazard("h1"), hazard(&"long id ".repeat(400))],
            threads: vec![Thread {
                person: PersonId::new("li"),
                event: EventId::new("wp162004"),
                subject: "RANANIM".to_owned(),
                message_ids: vec!["<1@seawall>".to_owned()],
                last_at: at(1),
                count: 1,
                entry_at: Some(at(2)),
            }],
            visits: vec![VisitTold {
                person: PersonId::new("li"),
                week: Date::constant(2004, 8, 9),
                day: Date::constant(2004, 8, 12),
                briefed_at: Some(at(1)),
                changed_on: None,
                sequence: 0,
                order: Vec::new(),
                go_on: None,
            }],
            notices: vec![notice("n1"), notice("n2")],
            feeds: vec![FeedState {
                feed,
                url: "https://example.org/".to_owned() + &"x".repeat(4000),
                etag: Some("\"e\"".to_owned()),
                last_modified: None,
                document: Some(DocumentHash::of(b"one")),
                ok_at: Some(at(1)),
                failures: 0,
                fault: None,
                ..FeedState::new(FeedId::new("f"), "")
            }],
            silences: vec![Silence {
                id: crate::domain::SilenceId::new("s1"),
                covers: crate::domain::Covered { subject: Some("TZ-01".to_owned()), ..Default::default() },
                even_act: false,
                author: None,
                reason: "the dealer is on the telephone".to_owned(),
                from: at(1),
                until: at(2),
            }],
            mailboxes: vec![Mailbox { sent: vec![at(1)], ..Mailbox::new(PersonId::new("li")) }],
            timeline: vec![Line::new(at(1), "bulletin", "one"), Line::new(at(1), "alert", "a").with("level", "act")],
            ..Changes::default()
        }
    }

    #[test]
    fn the_records_add_up_to_the_state_that_the_turn_left() {
        let store = MemoryStore::new();
        let mut state = State::default();
        let first = changes();
        let second =
            Changes { hazards_gone: vec![HazardId::new("h1")], hazards: vec![hazard("h2")], ..Changes::default() };
        for changes in [first, second] {
            commit(&store, &changes, at(2)).expect("commit");
            state.apply(&changes);
        }
        assert_eq!(load_state(&store).expect("load"), state);
        assert_eq!(outbox::outbox(&store).expect("outbox"), vec![notice("n1"), notice("n2")]);
    }

    #[test]
    fn a_hazard_that_goes_and_comes_in_one_turn_is_there() {
        let store = MemoryStore::new();
        let changes =
            Changes { hazards_gone: vec![HazardId::new("h1")], hazards: vec![hazard("h1")], ..Changes::default() };
        commit(&store, &changes, at(2)).expect("commit");
        assert_eq!(load_state(&store).expect("load").hazards.len(), 1);
    }

    #[test]
    fn the_journal_keeps_its_order_over_turns_and_beyond_ten() {
        let store = MemoryStore::new();
        let line = |n: i64| Line::new(at(n), "feed", n.to_string());
        for turn in 0..5 {
            let timeline = (0..4).map(|n| line(turn * 4 + n)).collect();
            commit(&store, &Changes { timeline, ..Changes::default() }, at(turn)).expect("commit");
        }
        assert_eq!(journal(&store).expect("journal"), (0..20).map(line).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_to_commit_touches_nothing() {
        let store = MemoryStore::new();
        commit(&store, &Changes::default(), at(1)).expect("commit");
        assert_eq!(Table::ALL.map(|table| store.scan(table).expect("scan").len()), [0; Table::ALL.len()]);
    }
}
