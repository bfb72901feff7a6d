//! What is old enough to be forgotten.

use std::collections::BTreeSet;

use super::record::all;
use super::records::Mark;
use super::{Store, StoreError, Table, Write};
use crate::domain::{Alert, BulletinRecord, DocumentHash, FeedState, Line, Timestamp};

/// Forgets what was finished before `before`: marks of notices taken and answers heard, journal lines,
/// cleared alerts, and documents read, except the newest of each address. Gives the number of records.
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
    let newest = newest_documents(store)?;
    for (key, bulletin) in all::<BulletinRecord>(store, Table::Bulletins)? {
        let is_old = bulletin.fetched < before && !newest.contains(&bulletin.hash);
        push_if(is_old, Table::Bulletins, key, &mut batch);
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
}
