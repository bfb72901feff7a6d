//! What is old enough to be forgotten.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::outbox::DeadLetter;
use super::record::all;
use super::records::Mark;
use super::{Store, StoreError, Table, Write};
use crate::domain::{
    Alert, BulletinRecord, DocumentHash, Event, EventId, FeedState, Line, Proposal, Silence, Thread, Timestamp,
    VisitTold,
};

/// Forgets what was finished before `before`: marks of notices taken and answers heard, journal lines,
/// cleared alerts, proposals that nobody waits for, silences that have ended, and documents read, except the newest of each address. Gives the number of records.
///
/// `before` must be older than any link still good and any warning still served, else an answer could be heard
/// twice or a storm's alert opened again; months are right.
pub fn forget(store: &dyn Store, before: Timestamp) -> Result<usize, StoreError> {
    let mut batch = Vec::new();
    for table in [Table::Taken, Table::Answered] {
        for (key, mark) in all::<Mark>(store, table)? {
            push_if(mark.at < before, table, key, &mut batch);
        }
    }
    for (key, line) in all::<Line>(store, Table::Journal)? {
        push_if(line.at < before, Table::Journal, key, &mut batch);
    }
    for (key, alert) in all::<Alert>(store, Table::Alerts)? {
        let last = alert.history.last().map_or(alert.opened_at, |transition| transition.at);
        push_if(!alert.is_live() && last < before, Table::Alerts, key, &mut batch);
    }
    for (key, proposal) in all::<Proposal>(store, Table::Proposals)? {
        // What was decided for a season holds until its end, lest the same plan ask again.
        let is_over = proposal.season().is_none_or(|season| season.to_day < before.to_zoned(TimeZone::UTC).date());
        let is_old = is_over && proposal.trail.last().is_none_or(|entry| entry.at < before);
        push_if(!proposal.is_open() && is_old, Table::Proposals, key, &mut batch);
    }
    for (key, silence) in all::<Silence>(store, Table::Silences)? {
        push_if(silence.until < before, Table::Silences, key, &mut batch);
    }
    for (key, told) in all::<VisitTold>(store, Table::Visits)? {
        push_if(told.day < before.to_zoned(TimeZone::UTC).date(), Table::Visits, key, &mut batch);
    }
    let newest = newest_documents(store)?;
    for (key, bulletin) in all::<BulletinRecord>(store, Table::Bulletins)? {
        let is_old = bulletin.fetched < before && !newest.contains(&bulletin.hash);
        push_if(is_old, Table::Bulletins, key, &mut batch);
    }
    store.commit(&batch)?;
    Ok(batch.len())
}

/// Forgets what nothing points to any more: addresses that an index led to and that last answered before `before`
/// (those for which `is_kept` stay, the feeds' own), events not heard of since that no alert or hazard is left of,
/// their threads of mails, and dead letters. To be called after [`forget`]. Gives the number of records.
pub fn forget_strays(
    store: &dyn Store,
    before: Timestamp,
    is_kept: impl Fn(&FeedState) -> bool,
) -> Result<usize, StoreError> {
    let mut batch = Vec::new();
    let alerted: BTreeSet<EventId> =
        all::<Alert>(store, Table::Alerts)?.into_iter().map(|(_, alert)| alert.event).collect();
    for (key, feed) in all::<FeedState>(store, Table::Feeds)? {
        let is_old = feed.ok_at.is_none_or(|at| at < before) && !is_kept(&feed);
        push_if(is_old, Table::Feeds, key, &mut batch);
    }
    for (key, event) in all::<Event>(store, Table::Events)? {
        let is_old = event.last_heard < before && event.hazards.is_empty() && !alerted.contains(&event.id);
        push_if(is_old, Table::Events, key, &mut batch);
    }
    for (key, thread) in all::<Thread>(store, Table::Threads)? {
        push_if(thread.last_at < before && !alerted.contains(&thread.event), Table::Threads, key, &mut batch);
    }
    for (key, letter) in all::<DeadLetter>(store, Table::DeadLetters)? {
        push_if(letter.at < before, Table::DeadLetters, key, &mut batch);
    }
    store.commit(&batch)?;
    Ok(batch.len())
}

fn newest_documents(store: &dyn Store) -> Result<BTreeSet<DocumentHash>, StoreError> {
    Ok(all::<FeedState>(store, Table::Feeds)?.into_iter().filter_map(|(_, feed)| feed.document).collect())
}

fn push_if(is_old: bool, table: Table, key: String, batch: &mut Vec<Write>) {
    if is_old {
        batch.push(Write::delete(table, key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Changes, Delivery, FeedId};
    use crate::store::suite::{answer, at, notice};
    use crate::store::{MemoryStore, inbox, outbox, records};

    fn bulletin(body: &[u8], second: i64) -> BulletinRecord {
        BulletinRecord {
            hash: DocumentHash::of(body),
            feed: FeedId::new("f"),
            url: "u".to_owned(),
            fetched: at(second),
            hazards: 0,
            faults: 0,
        }
    }

    #[test]
    fn only_what_is_finished_and_old_goes() {
        let store = MemoryStore::new();
        let feed = FeedState {
            feed: FeedId::new("f"),
            url: "u".to_owned(),
            etag: None,
            last_modified: None,
            document: Some(DocumentHash::of(b"served")),
            ok_at: None,
            failures: 0,
            fault: None,
            ..FeedState::new(FeedId::new("f"), "")
        };
        let changes = Changes {
            bulletins: vec![bulletin(b"old", 1), bulletin(b"served", 1), bulletin(b"new", 100)],
            notices: vec![notice("waiting"), notice("taken")],
            feeds: vec![feed],
            answers: vec![answer("heard").id],
            timeline: vec![Line::new(at(1), "feed", "f"), Line::new(at(100), "feed", "f")],
            ..Changes::default()
        };
        records::commit(&store, &changes, at(1)).expect("commit");
        inbox::put_answer(&store, &answer("unheard")).expect("put");
        outbox::settle(&store, &notice("taken"), &Delivery::Taken, at(2), None).expect("settle");
        assert_eq!(forget(&store, at(50)).expect("forget"), 4, "old bulletin, old line, taken mark, heard mark");
        assert_eq!(forget(&store, at(50)).expect("forget"), 0);
        assert_eq!(records::load_state(&store).expect("load").seen.len(), 2);
        assert_eq!(records::journal(&store).expect("journal").len(), 1);
        assert_eq!(outbox::outbox(&store).expect("outbox").len(), 1);
        assert_eq!(inbox::inbox(&store).expect("inbox").len(), 1);
    }

    #[test]
    fn strays_go_and_what_is_still_spoken_of_stays() {
        let store = MemoryStore::new();
        let address = |url: &str, ok: Option<i64>| FeedState {
            feed: FeedId::new("f"),
            url: url.to_owned(),
            etag: None,
            last_modified: None,
            document: None,
            ok_at: ok.map(at),
            failures: 0,
            fault: None,
            ..FeedState::new(FeedId::new("f"), "")
        };
        let event = |id: &str, second: i64, hazards: &[&str]| Event {
            id: EventId::new(id),
            kind: crate::domain::HazardKind::TropicalCyclone,
            name: None,
            keys: BTreeSet::new(),
            hazards: hazards.iter().map(|id| crate::domain::HazardId::new(*id)).collect(),
            first_heard: at(1),
            names: std::collections::BTreeSet::new(),
            merged_into: None,
            last_heard: at(second),
            issued: None,
            over: None,
        };
        let changes = Changes {
            feeds: vec![address("index", Some(1)), address("old-link", Some(1)), address("new-link", Some(100))],
            events: vec![event("gone", 1, &[]), event("in-force", 1, &["h"]), event("new", 100, &[])],
            ..Changes::default()
        };
        records::commit(&store, &changes, at(1)).expect("commit");
        assert_eq!(forget_strays(&store, at(50), |feed| feed.url == "index").expect("forget"), 2);
        let state = records::load_state(&store).expect("load");
        assert_eq!(state.feeds.keys().map(|(_, url)| url.as_str()).collect::<Vec<_>>(), ["index", "new-link"]);
        assert_eq!(state.events.keys().map(EventId::as_str).collect::<Vec<_>>(), ["in-force", "new"]);
    }
}
