//! The lines of a backup, as they are written and read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Belonging, Item, Summary};
use crate::domain::{DocumentHash, Timestamp};
use crate::store::record::VERSION;
use crate::store::{KEY_BYTES_MAX, Table, Write};

/// The longest name of a file, in bytes.
const NAME_BYTES_MAX: usize = 200;

#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) seawall_export: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct RecordRow {
    pub(super) table: String,
    pub(super) key: String,
    pub(super) value: Value,
}

#[derive(Serialize, Deserialize)]
pub(super) struct FileRow {
    pub(super) file: String,
    pub(super) base64: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct DocumentRow {
    pub(super) document: DocumentHash,
    pub(super) fetched: Timestamp,
    pub(super) base64: String,
}

/// What a line after the first says. Its first field tells its kind.
pub(super) fn parse(line: &[u8]) -> Result<Item, String> {
    let begins = |mark: &str| line.starts_with(mark.as_bytes());
    if begins("{\"table\":") {
        record(of_json(line)?)
    } else if begins("{\"document\":") {
        document(of_json(line)?)
    } else if begins("{\"file\":") {
        file(of_json(line)?)
    } else {
        of_json::<Summary>(line).map(Item::End)
    }
}

fn of_json<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| error.to_string())
}

fn record(RecordRow { table, key, value }: RecordRow) -> Result<Item, String> {
    let of = Table::parse(&table).ok_or_else(|| format!("there is no table `{}`", table.escape_debug()))?;
    if key.len() > KEY_BYTES_MAX {
        return Err(format!("a key of {} bytes is too long, {KEY_BYTES_MAX} are allowed", key.len()));
    }
    match value.get("v").and_then(Value::as_u64) {
        Some(found) if found > VERSION => {
            Err(format!("record `{key}` of table `{table}` has version {found}, this seawall knows {VERSION}"))
        }
        _ => Ok(Item::Record(Write::put(of, key, value))),
    }
}

fn document(DocumentRow { document, fetched, base64 }: DocumentRow) -> Result<Item, String> {
    let body = decoded(&base64)?;
    if DocumentHash::of(&body) != document {
        let named = document.as_str().escape_debug();
        return Err(format!("the bytes of document `{named}` do not have the hash that it is named by"));
    }
    Ok(Item::Document(fetched, body))
}

/// A name is a plain one, or one in a folder: it can never lead out of where it is put.
fn file(FileRow { file, base64 }: FileRow) -> Result<Item, String> {
    let is_plain = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    if file.len() > NAME_BYTES_MAX || file.split('/').count() > 2 || !file.split('/').all(is_plain) {
        return Err(format!("`{}` is no name of a file", file.escape_debug()));
    }
    Ok(Item::File(Belonging { name: file, bytes: decoded(&base64)? }))
}

fn decoded(base64: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(base64).map_err(|error| format!("its base64 cannot be read: {error}"))
}
