//! The wrapping of every record: `{"v":1,"record":…}`, and keys that are never too long.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{KEY_BYTES_MAX, Store, StoreError, Table, Write};
use crate::domain::DocumentHash;

/// The version of every record that this code writes, and the only one that it reads.
pub(super) const VERSION: u64 = 1;

/// The key of an id, or of several that only together name a record. Ids come from outside and may be
/// of any length; a long one keeps its beginning, for people, and is told apart by its hash.
pub(super) fn key_of(parts: &[&str]) -> String {
    const HEAD_CHARS: usize = 40;
    let key = match parts {
        [one] => (*one).to_owned(),
        // As JSON, so that ("a", "b,c") and ("a,b", "c") differ.
        several => Value::from(several.to_vec()).to_string(),
    };
    if key.len() <= KEY_BYTES_MAX / 2 {
        return key;
    }
    let head: String = key.chars().take(HEAD_CHARS).collect();
    format!("{head}~{}", DocumentHash::of(key.as_bytes()).as_str())
}

/// The write of a record. Refused when it would not read back: better now than at the next start.
pub(super) fn put<T: Serialize + DeserializeOwned>(table: Table, key: String, record: &T) -> Result<Write, StoreError> {
    let unfit = |key: &str, error: serde_json::Error| StoreError::Unfit {
        table: table.name(),
        key: key.to_owned(),
        detail: error.to_string(),
    };
    let value = serde_json::to_value(record).map_err(|error| unfit(&key, error))?;
    if let Err(error) = T::deserialize(&value) {
        return Err(unfit(&key, error));
    }
    Ok(Write::put(table, key, json!({ "v": VERSION, "record": value })))
}

/// The record of a key.
pub(super) fn get<T: DeserializeOwned>(store: &dyn Store, table: Table, key: &str) -> Result<Option<T>, StoreError> {
    store.get(table, key)?.map(|value| unwrap(table, key, value)).transpose()
}

/// True when there is a record of that key.
pub(super) fn has(store: &dyn Store, table: Table, key: &str) -> Result<bool, StoreError> {
    Ok(store.get(table, key)?.is_some())
}

/// All records of a table with their keys, in order of key.
pub(super) fn all<T: DeserializeOwned>(store: &dyn Store, table: Table) -> Result<Vec<(String, T)>, StoreError> {
    let wrapped = store.scan(table)?;
    wrapped.into_iter().map(|(key, value)| unwrap(table, &key, value).map(|record| (key, record))).collect()
}

fn unwrap<T: DeserializeOwned>(table: Table, key: &str, mut value: Value) -> Result<T, StoreError> {
    let version = value.get("v").cloned();
    if version.as_ref().and_then(Value::as_u64) != Some(VERSION) {
        let found = version.map_or_else(|| "none".to_owned(), |found| found.to_string());
        return Err(StoreError::Version { table: table.name(), key: key.to_owned(), found });
    }
    let record = value.get_mut("record").map(Value::take).unwrap_or_default();
    serde_json::from_value(record).map_err(|error| StoreError::Unreadable {
        table: table.name(),
        key: key.to_owned(),
        detail: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[test]
    fn keys_tell_ids_apart_and_stay_short() {
        assert_eq!(key_of(&["a"]), "a");
        assert_ne!(key_of(&["a", "b,c"]), key_of(&["a,b", "c"]));
        assert_ne!(key_of(&["a\"", "b"]), key_of(&["a", "\"b"]));
        let long = "雨".repeat(10_000);
        assert!(key_of(&[&long]).len() <= KEY_BYTES_MAX);
        assert_ne!(key_of(&[&long]), key_of(&[&format!("{long}.")]));
    }

    #[test]
    fn a_record_of_another_version_is_refused_by_name() {
        let store = MemoryStore::new();
        for (value, found) in [(json!({ "v": 2, "record": 1 }), "2"), (json!({ "record": 1 }), "none")] {
            store.commit(&[Write::put(Table::Meta, "k", value)]).expect("commit");
            let error = get::<u32>(&store, Table::Meta, "k").expect_err("refused");
            assert!(error.to_string().contains(&format!("record `k` of table `meta` has version {found}")), "{error}");
        }
    }

    #[test]
    fn what_would_not_read_back_is_not_written() {
        let error = put(Table::Meta, "k".to_owned(), &f64::NAN).expect_err("refused");
        assert!(matches!(error, StoreError::Unfit { .. }), "{error}");
    }
}
