//! The inbox: what people said, each press of a button once.

use super::record::{all, has, key_of, put};
use super::{Store, StoreError, Table};
use crate::domain::{Answer, Said};

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It is new, and will be heard in the next turn.
    Fresh,
    /// It has come in before; nothing was changed.
    Repeat,
}

/// Puts an answer into the inbox. The same id comes in once, however often it is pressed.
pub fn put_answer(store: &dyn Store, answer: &Answer) -> Result<Receipt, StoreError> {
    put_said(store, &answer.clone().into())
}

/// Puts whatever a person said into the inbox, likewise.
pub fn put_said(store: &dyn Store, said: &Said) -> Result<Receipt, StoreError> {
    let key = key_of(&[said.id().as_str()]);
    // Inbox first: an answer leaves it in the same transaction that marks it as heard.
    if has(store, Table::Inbox, &key)? || has(store, Table::Answered, &key)? {
        return Ok(Receipt::Repeat);
    }
    store.commit(&[put(Table::Inbox, key, said)?])?;
    Ok(Receipt::Fresh)
}

/// What is still to be heard, oldest first.
///
/// One that was heard before is left out even if two simultaneous presses put it back.
pub fn inbox(store: &dyn Store) -> Result<Vec<Said>, StoreError> {
    let mut unheard = Vec::new();
    for (key, said) in all::<Said>(store, Table::Inbox)? {
        if !has(store, Table::Answered, &key)? {
            unheard.push(said);
        }
    }
    unheard.sort_by(|a, b| (a.at(), a.id().as_str()).cmp(&(b.at(), b.id().as_str())));
    Ok(unheard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Changes;
    use crate::store::suite::{answer, at};
    use crate::store::{MemoryStore, Write, records};

    #[test]
    fn an_answer_comes_in_once_before_and_after_it_was_heard() {
        let store = MemoryStore::new();
        assert_eq!(put_answer(&store, &answer("x")).expect("put"), Receipt::Fresh);
        assert_eq!(put_answer(&store, &answer("x")).expect("put"), Receipt::Repeat);
        assert_eq!(inbox(&store).expect("inbox"), vec![answer("x").into()]);
        let heard = Changes { answers: vec![answer("x").id], ..Changes::default() };
        records::commit(&store, &heard, at(9)).expect("commit");
        assert!(inbox(&store).expect("inbox").is_empty());
        assert_eq!(put_answer(&store, &answer("x")).expect("put"), Receipt::Repeat);
        assert!(inbox(&store).expect("inbox").is_empty());
    }

    #[test]
    fn a_press_that_lost_the_race_with_the_turn_is_not_heard_twice() {
        let store = MemoryStore::new();
        let heard = Changes { answers: vec![answer("x").id], ..Changes::default() };
        records::commit(&store, &heard, at(9)).expect("commit");
        let late: Write = put(Table::Inbox, "x".to_owned(), &answer("x")).expect("fit");
        store.commit(&[late]).expect("commit");
        assert!(inbox(&store).expect("inbox").is_empty());
    }
}
