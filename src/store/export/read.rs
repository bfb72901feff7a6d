//! A backup from its first line to its last.

use std::io::{BufRead, Read as _};

use sha2::{Digest as _, Sha256};

use super::row::{self, Header};
use super::{Belonging, LINE_BYTES_MAX, Summary, VERSION, digits};
use crate::domain::Timestamp;
use crate::store::{StoreError, Write};

/// What a line of a backup says.
#[derive(Debug)]
pub enum Item {
    /// A record.
    Record(Write),
    /// A raw bulletin with the time of its last fetch; its bytes have the hash that they are named by.
    Document(Timestamp, Vec<u8>),
    /// A file; its name cannot lead out of where it is put.
    File(Belonging),
    /// The end: everything before it is whole and unchanged.
    End(Summary),
}

/// Reads a backup line by line. Before its [`Item::End`] nothing is proved, so that what is read must not be used before.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    at: Option<Timestamp>,
    hasher: Sha256,
    number: usize,
    line: Vec<u8>,
    found: Summary,
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// When it is no backup, or one of a newer version.
    pub fn new(input: R) -> Result<Self, StoreError> {
        let found = Summary { count: 0, documents: 0, files: 0, sha256: String::new(), bytes: 0 };
        let mut reader = Self { input, at: None, hasher: Sha256::new(), number: 0, line: Vec::new(), found };
        reader.advance()?;
        let header = serde_json::from_slice::<Header>(&reader.line);
        let header = header.map_err(|error| reader.bad(format!("it is not a backup of seawall: {error}")))?;
        if header.seawall_export > VERSION {
            return Err(StoreError::NewerExport { found: header.seawall_export });
        }
        reader.at = header.at;
        reader.hasher.update(&reader.line);
        Ok(reader)
    }

    /// The moment that it is of; version 1 does not say.
    pub fn at(&self) -> Option<Timestamp> {
        self.at
    }

    /// What the next line says.
    ///
    /// # Errors
    /// When the line is wrong, or the backup is cut or changed.
    pub fn item(&mut self) -> Result<Item, StoreError> {
        self.advance()?;
        let item = row::parse(&self.line).map_err(|what| self.bad(what))?;
        match &item {
            Item::Record(_) => self.found.count += 1,
            Item::Document(..) => self.found.documents += 1,
            Item::File(_) => self.found.files += 1,
            Item::End(summary) => return self.end(summary.clone()).map(Item::End),
        }
        self.hasher.update(&self.line);
        Ok(item)
    }

    /// The error that names the line which was read last.
    pub fn bad(&self, what: impl Into<String>) -> StoreError {
        StoreError::BadExport { line: self.number, what: what.into() }
    }

    fn advance(&mut self) -> Result<(), StoreError> {
        self.line.clear();
        self.number += 1;
        let read = self.input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line);
        let length = read.map_err(|source| StoreError::Stream { doing: "read", source })?;
        self.found.bytes += u64::try_from(length).unwrap_or_default();
        if self.line.ends_with(b"\n") {
            return Ok(());
        }
        let is_long = u64::try_from(length).is_ok_and(|length| length == LINE_BYTES_MAX);
        Err(self.bad(if is_long {
            format!("it is longer than {LINE_BYTES_MAX} bytes")
        } else {
            "the last line, with count and checksum, is missing".to_owned()
        }))
    }

    fn end(&mut self, summary: Summary) -> Result<Summary, StoreError> {
        let rest = self.input.fill_buf().map_err(|source| StoreError::Stream { doing: "read", source })?;
        if !rest.is_empty() {
            return Err(self.bad("something follows what should be the last line"));
        }
        let Summary { count, documents, files, .. } = self.found;
        for (what, said, found) in [
            ("records", summary.count, count),
            ("documents", summary.documents, documents),
            ("files", summary.files, files),
        ] {
            if said != found {
                return Err(self.bad(format!("it should hold {said} {what}, but holds {found}")));
            }
        }
        let sha256 = digits(self.hasher.clone());
        if summary.sha256 != sha256 {
            return Err(self.bad(format!("the checksum should be {}, but is {sha256}", summary.sha256)));
        }
        Ok(Summary { bytes: self.found.bytes, ..summary })
    }
}
