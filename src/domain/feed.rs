//! A feed as it is remembered, what is expected of it, and what may be wrong with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ActiveStorms, DocumentHash, FeedId, HazardId, PersonId, Span, Timestamp};

/// What is remembered of one address: how to ask for it again, and how it has been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedState {
    /// The feed.
    pub feed: FeedId,
    /// The address within the feed; of the feed's own record, as the configuration has it.
    pub url: String,
    /// The ETag of the newest answer.
    pub etag: Option<String>,
    /// The Last-Modified of the newest answer.
    pub last_modified: Option<String>,
    /// The newest document.
    pub document: Option<DocumentHash>,
    /// When it last answered well (200 or 304).
    pub ok_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// The newest failure; with no failures, what is odd about its answers.
    pub fault: Option<String>,
    /// The newest issue time of what came from here, never later than when it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Timestamp>,
    /// The agency's newest list of the storms that it holds active, when it came from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<ActiveStorms>,
    /// What stands here changes under one address, as a storm's newest bulletin does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changes_in_place: bool,
    /// What the watch over the feed remembers. The turn alone writes it.
    #[serde(default, skip_serializing_if = "Vigil::is_blank")]
    pub vigil: Vigil,
}

impl FeedState {
    /// An address that was never asked for.
    pub fn new(feed: FeedId, url: impl Into<String>) -> Self {
        Self {
            feed,
            url: url.into(),
            etag: None,
            last_modified: None,
            document: None,
            ok_at: None,
            failures: 0,
            fault: None,
            issued: None,
            active: None,
            changes_in_place: false,
            vigil: Vigil::default(),
        }
    }

    /// `failing`, `odd` (it answers, but something is amiss) or `well`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match (self.failures, &self.fault) {
            (0, None) => "well",
            (0, Some(_)) => "odd",
            _ => "failing",
        }
    }
}

/// What the watch over a feed remembers from turn to turn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vigil {
    /// Storms in force that the agency's list stopped naming without a final bulletin, and since when.
    #[serde(default)]
    pub unnamed: BTreeMap<HazardId, Timestamp>,
    /// Since when its answers have been odd without a break.
    #[serde(default)]
    pub odd_since: Option<Timestamp>,
    /// What was wrong by the newest turn.
    #[serde(default)]
    pub trouble: Option<FeedTrouble>,
    /// What each operator was told and has not been told the end of.
    #[serde(default)]
    pub told: BTreeMap<PersonId, FeedTold>,
}

impl Vigil {
    /// True when there is nothing to remember.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }
}

/// What an operator was told of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedTold {
    /// What was wrong.
    pub trouble: FeedTrouble,
    /// When it was told.
    pub at: Timestamp,
    /// Since when nothing is wrong any more; told only when that lasts.
    #[serde(default)]
    pub well_since: Option<Timestamp>,
}

/// What is wrong with a feed, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedTrouble {
    /// What.
    pub kind: TroubleKind,
    /// Since when there is no news, or it has been so.
    pub since: Timestamp,
}

/// What can be wrong with a feed, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TroubleKind {
    /// No good answer for longer than its `silence_after`.
    Silent,
    /// It answers, but with nothing newer, though its next issue is overdue and a storm of it is in force.
    Stale,
    /// It no longer names a storm that is in force, and gave no final bulletin.
    Unnamed,
    /// It answers, and its answers are odd: an old copy, last year's storm, a clock that is wrong.
    Odd,
}

impl TroubleKind {
    /// Its name in the journal and in JSON; also the key of its sentence.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Stale => "stale",
            Self::Unnamed => "unnamed",
            Self::Odd => "odd",
        }
    }
}

/// A configured feed, and what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedWatch {
    /// The feed.
    pub feed: FeedId,
    /// Its address, as the configuration has it: the key of its own record.
    pub url: String,
    /// The agency; the feed's id when none is named.
    pub agency: String,
    /// How long it may give no good answer.
    pub silence_after: Span,
    /// How often the agency issues while it has a storm; `None` when that is not known.
    pub issues_every: Option<Span>,
    /// Since when it is watched: what came before, the daemon was not there to ask.
    pub since: Timestamp,
}
