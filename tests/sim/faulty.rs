//! A store whose commits fail now and then: before anything is written, or after all of it.

use std::sync::Mutex;

use seawall::store::{MemoryStore, Records, Store, StoreError, Table, Write};
use serde_json::Value;

use crate::dice::Dice;

/// Chances in a hundred of either failure.
const FAILS: i64 = 4;

pub(crate) struct FaultyStore {
    inner: MemoryStore,
    dice: Mutex<Option<Dice>>,
}

impl FaultyStore {
    pub(crate) fn new(dice: Dice) -> Self {
        Self { inner: MemoryStore::new(), dice: Mutex::new(Some(dice)) }
    }

    /// From now on nothing fails.
    pub(crate) fn mend(&self) {
        *self.dice.lock().expect("nobody panics with it") = None;
    }

    fn fails(&self) -> bool {
        self.dice.lock().expect("nobody panics with it").as_mut().is_some_and(|dice| dice.percent(FAILS))
    }
}

impl Store for FaultyStore {
    fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        let failure = |doing| StoreError::Engine { doing, detail: "the simulated disk failed".to_owned() };
        if self.fails() {
            return Err(failure("commit"));
        }
        self.inner.commit(batch)?;
        // The batch is there, and nobody knows.
        if self.fails() { Err(failure("flush")) } else { Ok(()) }
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Value>, StoreError> {
        self.inner.get(table, key)
    }

    fn scan(&self, table: Table) -> Result<Records, StoreError> {
        self.inner.scan(table)
    }

    fn scan_all(&self, tables: &[Table]) -> Result<Vec<Records>, StoreError> {
        self.inner.scan_all(tables)
    }
}
