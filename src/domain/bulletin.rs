//! A fetched document as it came, and what a source reads in it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Fault, FeedId, Hazard, Timestamp};

/// The SHA-256 of a document's bytes: its address for ever. Written `sha256:<64 hex digits>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentHash(String);

impl DocumentHash {
    /// The hash of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use std::fmt::Write as _;
        let mut text = String::from("sha256:");
        for byte in Sha256::digest(bytes) {
            // Writing to a String cannot fail.
            write!(text, "{byte:02x}").unwrap_or_default();
        }
        Self(text)
    }

    /// `sha256:` and the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits alone, as a file name.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.0.strip_prefix("sha256:").unwrap_or(&self.0)
    }
}

impl fmt::Display for DocumentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One fetched document, kept as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulletin {
    /// The SHA-256 of `body`.
    pub hash: DocumentHash,
    /// The feed it came by.
    pub feed: FeedId,
    /// The agency as the feed's configuration names it, such as `jtwc`; empty when unknown.
    pub agency: String,
    /// The address or path it came from.
    pub url: String,
    /// When it was fetched.
    pub fetched: Timestamp,
    /// The charset that the transport named, if any; it outranks the document's own word.
    pub charset: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Bulletin {
    /// A document with its hash.
    #[must_use]
    pub fn new(feed: FeedId, agency: &str, url: &str, fetched: Timestamp, body: Vec<u8>) -> Self {
        let hash = DocumentHash::of(&body);
        Self { hash, feed, agency: agency.to_owned(), url: url.to_owned(), fetched, charset: None, body }
    }
}

/// The storms that one agency holds active, by its own list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveStorms {
    /// The agency: `nhc`, `jma`.
    pub agency: String,
    /// The storms, each by the `event` or one of the `aliases` that its hazards bear.
    pub keys: Vec<String>,
}

/// What a source read in one bulletin. A half-readable bulletin yields what could be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// The hazards found.
    pub hazards: Vec<Hazard>,
    /// Documents that this one points on to, in order, each once. Relative ones are as they stood.
    pub links: Vec<String>,
    /// The storms that the agency holds active, when the document is its list of all of them: each by the event or an
    /// alias of its hazards. A storm that is missing there without a final bulletin is silence, not safety.
    pub active: Option<ActiveStorms>,
    /// What was wrong.
    pub faults: Vec<Fault>,
}
