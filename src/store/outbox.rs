//! The outbox: a notice stays until a receiving server has taken it, and is sent by one id only once.

use serde::{Deserialize, Serialize};

use super::record::{all, get, has, key_of, put};
use super::records::{Mark, queued};
use super::{Store, StoreError, Table, Write};
use crate::domain::{Delivery, Fate, LetterFate, Notice, NoticeId, Timestamp};

/// A notice that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The notice, its last fault in it.
    pub notice: Notice,
    /// When it was given up.
    pub at: Timestamp,
}

/// Puts notices into the outbox outside of a turn. Those known already are left as they are.
pub fn queue(store: &dyn Store, notices: &[Notice]) -> Result<(), StoreError> {
    let mut batch = Vec::new();
    for notice in notices {
        if !is_known(store, &notice.id)? {
            batch.push(queued(notice)?);
        }
    }
    store.commit(&batch)
}

/// The notices still to be handed over, oldest first, waiting ones too: the caller looks at `next_try`.
pub fn outbox(store: &dyn Store) -> Result<Vec<Notice>, StoreError> {
    let mut notices: Vec<Notice> = all(store, Table::Outbox)?.into_iter().map(|(_, notice)| notice).collect();
    notices.sort_by(|a, b| (a.queued_at, a.id.as_str()).cmp(&(b.queued_at, b.id.as_str())));
    Ok(notices)
}

/// Writes down what came of handing a notice over.
///
/// `Taken` strikes it off for ever; `Later` and `NotBefore` count the attempt and keep the fault and `next_try`; `Overtaken`
/// strikes it off too, if it is still there; `Never` moves it to the dead letters; `Held` changes nothing. A second verdict on a notice that has left the outbox changes nothing.
pub fn settle(
    store: &dyn Store,
    notice: &Notice,
    outcome: &Delivery,
    now: Timestamp,
    next_try: Option<Timestamp>,
) -> Result<(), StoreError> {
    let key = key_of(&[notice.id.as_str()]);
    let strike = Write::delete(Table::Outbox, key.clone());
    if let Delivery::Taken = outcome {
        return store.commit(&[strike, put(Table::Taken, key, &Mark { at: now })?]);
    }
    let Some(mut stored) = get::<Notice>(store, Table::Outbox, &key)? else {
        return Ok(());
    };
    stored.attempts = stored.attempts.saturating_add(1);
    match outcome {
        Delivery::Taken | Delivery::Held(_) => Ok(()),
        Delivery::Overtaken(_) => store.commit(&[strike, put(Table::Taken, key, &Mark { at: now })?]),
        Delivery::Later(fault) | Delivery::NotBefore(_, fault) => {
            stored.last_fault = Some(fault.clone());
            stored.next_try = next_try;
            store.commit(&[put(Table::Outbox, key, &stored)?])
        }
        Delivery::Never(fault) => {
            stored.last_fault = Some(fault.clone());
            stored.next_try = None;
            store.commit(&[strike, put(Table::DeadLetters, key, &DeadLetter { notice: stored, at: now })?])
        }
    }
}

/// The notices that were given up, oldest first.
pub fn dead_letters(store: &dyn Store) -> Result<Vec<DeadLetter>, StoreError> {
    let mut letters: Vec<DeadLetter> = all(store, Table::DeadLetters)?.into_iter().map(|(_, letter)| letter).collect();
    letters.sort_by(|a, b| (a.at, a.notice.id.as_str()).cmp(&(b.at, b.notice.id.as_str())));
    Ok(letters)
}

/// True for a notice that was given up.
pub fn is_dead_letter(store: &dyn Store, id: &NoticeId) -> Result<bool, StoreError> {
    has(store, Table::DeadLetters, &key_of(&[id.as_str()]))
}

/// The writes by which a dead letter goes back into the outbox, with the same Message-ID and its attempts at 0, or is
/// dropped for good; none where it is no dead letter any more.
pub(super) fn of_dead_letter(store: &dyn Store, fate: &LetterFate, now: Timestamp) -> Result<Vec<Write>, StoreError> {
    let key = key_of(&[fate.letter.as_str()]);
    let Some(letter) = get::<DeadLetter>(store, Table::DeadLetters, &key)? else {
        return Ok(Vec::new());
    };
    let strike = Write::delete(Table::DeadLetters, key.clone());
    if fate.fate == Fate::Drop {
        // The mark keeps a turn that is done twice from queueing it again.
        return Ok(vec![strike, put(Table::Taken, key, &Mark { at: now })?]);
    }
    let (to_name, to) = fate.to.clone().unwrap_or((letter.notice.to_name.clone(), letter.notice.to.clone()));
    let notice = Notice { to_name, to, attempts: 0, next_try: None, ..letter.notice };
    Ok(vec![strike, queued(&notice)?])
}

/// True when the notice lies in the outbox, was taken, or was given up.
///
/// The outbox is asked first: a notice leaves it in the same transaction that leaves the mark, so that what is
/// no longer there is surely marked by the time we look.
pub(super) fn is_known(store: &dyn Store, id: &NoticeId) -> Result<bool, StoreError> {
    let key = key_of(&[id.as_str()]);
    Ok(has(store, Table::Outbox, &key)? || has(store, Table::Taken, &key)? || has(store, Table::DeadLetters, &key)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Changes;
    use crate::store::suite::{at, notice};
    use crate::store::{MemoryStore, records};

    fn store_with(id: &str) -> MemoryStore {
        let store = MemoryStore::new();
        queue(&store, &[notice(id)]).expect("queue");
        store
    }

    fn decide(store: &dyn Store, fate: Fate, to: Option<(String, String)>) {
        let letters = vec![LetterFate { letter: notice("n1").id, fate, to }];
        records::commit(store, &Changes { letters, ..Changes::default() }, at(7)).expect("commit");
    }

    fn ids(store: &dyn Store) -> Vec<String> {
        outbox(store).expect("outbox").into_iter().map(|notice| notice.id.to_string()).collect()
    }

    #[test]
    fn a_taken_notice_is_struck_off_and_never_queued_again() {
        let store = store_with("n1");
        settle(&store, &notice("n1"), &Delivery::Taken, at(5), None).expect("settle");
        assert!(ids(&store).is_empty());
        queue(&store, &[notice("n1")]).expect("queue");
        let replayed = Changes { notices: vec![notice("n1"), notice("n2")], ..Changes::default() };
        records::commit(&store, &replayed, at(6)).expect("commit");
        assert_eq!(ids(&store), ["n2"]);
    }

    #[test]
    fn later_counts_and_a_replayed_turn_does_not_forget_the_count() {
        let store = store_with("n1");
        for n in 1..=3 {
            settle(&store, &notice("n1"), &Delivery::Later("busy".to_owned()), at(n), Some(at(n + 60)))
                .expect("settle");
        }
        records::commit(&store, &Changes { notices: vec![notice("n1")], ..Changes::default() }, at(9)).expect("commit");
        let kept = outbox(&store).expect("outbox").remove(0);
        assert_eq!((kept.attempts, kept.next_try, kept.last_fault.as_deref()), (3, Some(at(63)), Some("busy")));
    }

    #[test]
    fn never_moves_it_to_the_dead_letters_from_where_it_can_come_back() {
        let store = store_with("n1");
        settle(&store, &notice("n1"), &Delivery::Never("no such mailbox".to_owned()), at(5), None).expect("settle");
        queue(&store, &[notice("n1")]).expect("queue");
        assert!(ids(&store).is_empty());
        let letter = dead_letters(&store).expect("dead letters").remove(0);
        assert_eq!((letter.at, letter.notice.last_fault.as_deref()), (at(5), Some("no such mailbox")));
        let to = Some(("Li Wei".to_owned(), "li.new@example.com".to_owned()));
        for _ in 0..2 {
            decide(&store, Fate::Retry, to.clone());
        }
        assert_eq!(ids(&store), ["n1"]);
        assert!(!is_dead_letter(&store, &notice("n1").id).expect("dead letters"));
        let again = outbox(&store).expect("outbox").remove(0);
        assert_eq!((again.attempts, again.to.as_str()), (0, "li.new@example.com"));
        assert_eq!(again.message_id, notice("n1").message_id);
    }

    #[test]
    fn what_is_dropped_never_comes_back() {
        let store = store_with("n1");
        decide(&store, Fate::Drop, None);
        assert_eq!(ids(&store), ["n1"], "what was not given up is not dropped");
        settle(&store, &notice("n1"), &Delivery::Never("no such mailbox".to_owned()), at(5), None).expect("settle");
        decide(&store, Fate::Drop, None);
        assert!(dead_letters(&store).expect("dead letters").is_empty());
        queue(&store, &[notice("n1")]).expect("queue");
        decide(&store, Fate::Retry, None);
        assert!(ids(&store).is_empty());
    }

    #[test]
    fn a_late_verdict_on_a_taken_notice_changes_nothing() {
        let store = store_with("n1");
        settle(&store, &notice("n1"), &Delivery::Taken, at(5), None).expect("settle");
        for late in [Delivery::Later("x".to_owned()), Delivery::Never("x".to_owned())] {
            settle(&store, &notice("n1"), &late, at(6), None).expect("settle");
        }
        assert!(ids(&store).is_empty());
        assert!(dead_letters(&store).expect("dead letters").is_empty());
    }

    #[test]
    fn the_oldest_comes_first() {
        let store = MemoryStore::new();
        let old = Notice { queued_at: at(-50), ..notice("z") };
        queue(&store, &[notice("a"), old]).expect("queue");
        assert_eq!(ids(&store), ["z", "a"]);
    }
}
