//! Backups as JSON lines, and the way from one backend to another.
//!
//! The first line says what it is, the last how many records there must be and the SHA-256 of all bytes before
//! it; between them a record a line: `{"table":"alerts","key":"…","value":{…}}`.

use std::io::{BufRead, Write as Output};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Store, StoreError, Table, Write};

/// The version of the format.
const VERSION: u64 = 1;

/// What an export holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many records.
    pub count: usize,
    /// The SHA-256 of every byte before the last line, in hex digits.
    pub sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    seawall_export: u64,
}

#[derive(Serialize, Deserialize)]
struct Row {
    table: String,
    key: String,
    value: Value,
}

/// Writes every record. Call it while nothing is committed: tables are read one after the other.
pub fn export(store: &dyn Store, out: &mut dyn Output) -> Result<Summary, StoreError> {
    let mut hasher = Sha256::new();
    let mut count = 0;
    write_line(out, &mut hasher, &Header { seawall_export: VERSION })?;
    for table in Table::ALL {
        for (key, value) in store.scan(table)? {
            write_line(out, &mut hasher, &Row { table: table.name().to_owned(), key, value })?;
            count += 1;
        }
    }
    let summary = Summary { count, sha256: digits(hasher.clone()) };
    write_line(out, &mut hasher, &summary)?;
    out.flush().map_err(|source| StoreError::Stream { doing: "write", source })?;
    Ok(summary)
}

/// Reads an export into an empty store: checked to its last line first, then written in one transaction.
pub fn import(store: &dyn Store, input: &mut dyn BufRead) -> Result<Summary, StoreError> {
    for table in Table::ALL {
        if !store.scan(table)?.is_empty() {
            return Err(StoreError::NotEmpty { table: table.name() });
        }
    }
    let (batch, summary) = read(input)?;
    store.commit(&batch)?;
    Ok(summary)
}

fn read(input: &mut dyn BufRead) -> Result<(Vec<Write>, Summary), StoreError> {
    let mut hasher = Sha256::new();
    let mut batch = Vec::new();
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        number += 1;
        let read = input.read_until(b'\n', &mut line);
        let bad = |what: &str| StoreError::BadExport { line: number, what: what.to_owned() };
        if read.map_err(|source| StoreError::Stream { doing: "read", source })? == 0 {
            return Err(bad("the last line, with count and checksum, is missing"));
        }
        if number == 1 {
            check_header(&line).map_err(|what| bad(&what))?;
        } else if let Ok(summary) = serde_json::from_slice::<Summary>(&line) {
            check_summary(&summary, batch.len(), &digits(hasher)).map_err(|what| bad(&what))?;
            return Ok((batch, summary));
        } else {
            batch.push(parse_row(&line).map_err(|what| bad(&what))?);
        }
        hasher.update(&line);
    }
}

fn check_header(line: &[u8]) -> Result<(), String> {
    match serde_json::from_slice::<Header>(line) {
        Ok(Header { seawall_export: VERSION }) => Ok(()),
        Ok(Header { seawall_export }) => Err(format!("it has version {seawall_export}, this seawall reads {VERSION}")),
        Err(error) => Err(format!("it is not a backup of seawall: {error}")),
    }
}

fn check_summary(summary: &Summary, count: usize, sha256: &str) -> Result<(), String> {
    if summary.count != count {
        return Err(format!("it should hold {} records, but holds {count}", summary.count));
    }
    if summary.sha256 != sha256 {
        return Err(format!("the checksum should be {}, but is {sha256}", summary.sha256));
    }
    Ok(())
}

fn parse_row(line: &[u8]) -> Result<Write, String> {
    let row: Row = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let table = Table::parse(&row.table).ok_or_else(|| format!("there is no table `{}`", row.table.escape_debug()))?;
    Ok(Write::put(table, row.key, row.value))
}

fn write_line(out: &mut dyn Output, hasher: &mut Sha256, line: &impl Serialize) -> Result<(), StoreError> {
    let mut bytes = serde_json::to_vec(line)
        .map_err(|error| StoreError::Engine { doing: "write a record as JSON", detail: error.to_string() })?;
    bytes.push(b'\n');
    hasher.update(&bytes);
    out.write_all(&bytes).map_err(|source| StoreError::Stream { doing: "write", source })
}

fn digits(hasher: Sha256) -> String {
    use std::fmt::Write as _;
    hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::{MemoryStore, SledStore};

    fn filled() -> MemoryStore {
        let store = MemoryStore::new();
        let batch: Vec<Write> = Table::ALL
            .into_iter()
            .flat_map(|table| {
                (0..3).map(move |n| Write::put(table, format!("台/{n}"), json!({ "v": 1, "record": 0.1 })))
            })
            .chain([Write::put(Table::Alerts, "large", json!({ "text": "\n雨".repeat(9000) }))])
            .collect();
        store.commit(&batch).expect("commit");
        store
    }

    fn exported(store: &dyn Store) -> (Vec<u8>, Summary) {
        let mut bytes = Vec::new();
        let summary = export(store, &mut bytes).expect("export");
        (bytes, summary)
    }

    #[test]
    fn an_export_moves_everything_from_one_backend_to_another_and_back() {
        let (bytes, summary) = exported(&filled());
        assert_eq!(summary.count, 52);
        let dir = tempfile::tempdir().expect("tempdir");
        let sled = SledStore::open(dir.path()).expect("open");
        assert_eq!(import(&sled, &mut bytes.as_slice()).expect("import"), summary);
        assert_eq!(exported(&sled).0, bytes);
        let error = import(&sled, &mut bytes.as_slice()).expect_err("not empty");
        assert!(matches!(error, StoreError::NotEmpty { .. }), "{error}");
    }

    #[test]
    fn a_cut_or_changed_export_restores_nothing() {
        let (bytes, _) = exported(&filled());
        let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
        let mut spoilt: Vec<Vec<u8>> = (0..lines.len())
            .map(|gone| {
                lines.iter().enumerate().filter(|(n, _)| *n != gone).flat_map(|(_, line)| line.to_vec()).collect()
            })
            .collect();
        spoilt.extend([0, 1, bytes.len() / 2, bytes.len() - 10].map(|length| bytes[..length].to_vec()));
        spoilt.push(String::from_utf8_lossy(&bytes).replacen("0.1", "0.2", 1).into_bytes());
        for bytes in spoilt {
            let store = MemoryStore::new();
            let error = import(&store, &mut bytes.as_slice()).expect_err("refused");
            assert!(matches!(error, StoreError::BadExport { .. }), "{error}");
            assert!(Table::ALL.iter().all(|table| store.scan(*table).expect("scan").is_empty()));
        }
    }
}
