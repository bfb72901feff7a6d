//! Changes in one transaction; outbox and inbox.
//!
//! In: changes, answers, outcomes of deliveries, raw bulletins. Out: state, durable before anything
//! is acknowledged.
//! Never: decides anything.
//!
//! A backend is a [`Store`]: three functions over tables of JSON records. What the records mean is
//! written once, above it: [`records`] (one turn's changes and the state they add up to), [`outbox`],
//! [`inbox`], [`retention`] and [`export`]. Raw bulletins lie in files of their own, [`documents`].

pub mod documents;
mod error;
pub mod export;
mod files;
pub mod inbox;
pub mod memory;
pub mod outbox;
mod record;
pub mod records;
pub mod retention;
pub mod sled;
#[cfg(test)]
mod suite;

use serde_json::Value;

pub use documents::Documents;
pub use error::StoreError;
pub use memory::MemoryStore;
pub use sled::SledStore;

/// The longest key, in bytes. Longer ones are refused by every backend alike; [`records`] makes none.
pub const KEY_BYTES_MAX: usize = 512;

/// What a record is about; each table is a space of keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Documents that have been read, by hash.
    Bulletins,
    /// Hazards in force.
    Hazards,
    /// Events heard of.
    Events,
    /// Alerts.
    Alerts,
    /// Proposals.
    Proposals,
    /// Silences.
    Silences,
    /// People's mails, whatever they were about.
    Mailboxes,
    /// What managers were told of their weekly visits.
    Visits,
    /// Mail threads.
    Threads,
    /// Notices still to be handed over.
    Outbox,
    /// Ids of notices that a receiving server has taken: never to be queued again.
    Taken,
    /// Notices that could not be handed over.
    DeadLetters,
    /// Feeds by feed and address.
    Feeds,
    /// Answers and decisions still to be heard.
    Inbox,
    /// Ids of answers and decisions that have been heard: never to come in again.
    Answered,
    /// Alerts that were cleared, for the ledger: not swept.
    Ledger,
    /// What came of alerts, as people entered it.
    Outcomes,
    /// What happened, a line each, in order.
    Journal,
    /// What the store remembers of itself.
    Meta,
}

impl Table {
    /// All of them, in the order in which they are exported.
    pub const ALL: [Self; 19] = [
        Self::Bulletins,
        Self::Hazards,
        Self::Events,
        Self::Alerts,
        Self::Proposals,
        Self::Silences,
        Self::Mailboxes,
        Self::Visits,
        Self::Threads,
        Self::Outbox,
        Self::Taken,
        Self::DeadLetters,
        Self::Feeds,
        Self::Inbox,
        Self::Answered,
        Self::Ledger,
        Self::Outcomes,
        Self::Journal,
        Self::Meta,
    ];

    /// The name in keys and exports: lower case, no `/`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bulletins => "bulletins",
            Self::Hazards => "hazards",
            Self::Events => "events",
            Self::Alerts => "alerts",
            Self::Proposals => "proposals",
            Self::Silences => "silences",
            Self::Mailboxes => "mailboxes",
            Self::Visits => "visits",
            Self::Threads => "threads",
            Self::Outbox => "outbox",
            Self::Taken => "taken",
            Self::DeadLetters => "dead-letters",
            Self::Feeds => "feeds",
            Self::Inbox => "inbox",
            Self::Answered => "answered",
            Self::Ledger => "ledger",
            Self::Outcomes => "outcomes",
            Self::Journal => "journal",
            Self::Meta => "meta",
        }
    }

    /// The table of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// One write of a batch. Of several to one key the last holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The table.
    pub table: Table,
    /// The key, at most [`KEY_BYTES_MAX`] bytes.
    pub key: String,
    /// The record; `None` deletes.
    pub value: Option<Value>,
}

impl Write {
    /// Writes a record.
    #[must_use]
    pub fn put(table: Table, key: impl Into<String>, value: Value) -> Self {
        Self { table, key: key.into(), value: Some(value) }
    }

    /// Deletes a record; one that is not there is no fault.
    #[must_use]
    pub fn delete(table: Table, key: impl Into<String>) -> Self {
        Self { table, key: key.into(), value: None }
    }
}

/// A table's records with their keys, in byte order of the keys.
pub type Records = Vec<(String, Value)>;

/// A backend: tables of JSON records. Every call blocks; call it where blocking is allowed.
pub trait Store: Send + Sync {
    /// Writes the whole batch or nothing of it; durable when it returns `Ok`. No reader sees half of it.
    ///
    /// After an error it is not known whether the batch was written: read the state again before going on.
    fn commit(&self, batch: &[Write]) -> Result<(), StoreError>;

    /// The record of a key.
    fn get(&self, table: Table, key: &str) -> Result<Option<Value>, StoreError>;

    /// All records of a table, in byte order of their keys.
    fn scan(&self, table: Table) -> Result<Records, StoreError>;

    /// All records of several tables, in their order, as at one moment: no commit falls between two of them, so that of
    /// each batch all is there, or nothing. Commits wait until all are read.
    fn scan_all(&self, tables: &[Table]) -> Result<Vec<Records>, StoreError>;
}

/// Refuses a batch that not every backend could hold.
fn check(batch: &[Write]) -> Result<(), StoreError> {
    match batch.iter().find(|write| write.key.len() > KEY_BYTES_MAX) {
        Some(write) => Err(StoreError::KeyTooLong { table: write.table.name(), bytes: write.key.len() }),
        None => Ok(()),
    }
}
