//! What happened, a line each: `timeline.ndjson` and the store's journal.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Timestamp;

/// One line: when, what, of whom, and its own fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// `bulletin`, `event`, `alert`, `notice`, `ack`, `escalation`, `all-clear`, `feed`, `proposal`, `decision` or `plan`.
    pub what: String,
    /// The id of what it is about.
    pub id: String,
    /// The rest, in order of name.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

impl Line {
    /// A line with no fields of its own yet.
    pub fn new(at: Timestamp, what: &str, id: impl Into<String>) -> Self {
        Self { at, what: what.to_owned(), id: id.into(), fields: Map::new() }
    }

    /// The same line with this field. A value that cannot be JSON is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.fields.insert(name.to_owned(), value);
        }
        self
    }
}
