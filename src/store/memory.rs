//! A store that forgets: for `replay`, `demo` and tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::{Records, Store, StoreError, Table, Write, check};

/// Records in memory. A clone is another handle on the same records.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    tables: Arc<Mutex<BTreeMap<Table, BTreeMap<String, Value>>>>,
}

impl MemoryStore {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, BTreeMap<Table, BTreeMap<String, Value>>> {
        // No writer can panic half way, so what a poisoned lock guards is whole.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        check(batch)?;
        let mut tables = self.tables();
        for write in batch {
            let table = tables.entry(write.table).or_default();
            match &write.value {
                Some(value) => drop(table.insert(write.key.clone(), value.clone())),
                None => drop(table.remove(&write.key)),
            }
        }
        Ok(())
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Value>, StoreError> {
        Ok(self.tables().get(&table).and_then(|records| records.get(key).cloned()))
    }

    fn scan(&self, table: Table) -> Result<Records, StoreError> {
        Ok(records_of(&self.tables(), table))
    }

    fn scan_all(&self, tables: &[Table]) -> Result<Vec<Records>, StoreError> {
        let held = self.tables();
        Ok(tables.iter().map(|table| records_of(&held, *table)).collect())
    }
}

fn records_of(held: &BTreeMap<Table, BTreeMap<String, Value>>, table: Table) -> Records {
    held.get(&table).into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::suite;

    #[test]
    fn it_keeps_the_rules_of_a_store() {
        suite::run(&|| {
            let store = MemoryStore::new();
            Box::new(move || Box::new(store.clone()))
        });
    }
}
