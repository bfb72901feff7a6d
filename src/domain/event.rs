//! One real-world storm or warning, across bulletins, updates and agencies.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{EventId, HazardId, HazardKind, Timestamp};

/// A storm or warning as people speak of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// What kind of threat.
    pub kind: HazardKind,
    /// Its name in capitals, or the warning's own words for the event.
    pub name: Option<String>,
    /// A storm's names in every spelling and script that agencies write, as they are compared: letters in capitals.
    #[serde(default)]
    pub names: BTreeSet<String>,
    /// Every key that an agency has for it: ATCF ids, international numbers, CAP identifiers.
    pub keys: BTreeSet<String>,
    /// The hazards that speak of it and are in force.
    pub hazards: BTreeSet<HazardId>,
    /// When we first heard of it.
    pub first_heard: Timestamp,
    /// When we last heard of it.
    pub last_heard: Timestamp,
    /// The newest bulletin's issue time.
    pub issued: Option<Timestamp>,
    /// When it was cancelled or ended, if it was.
    pub over: Option<Timestamp>,
    /// The event that this one turned out to be; it is over then.
    #[serde(default)]
    pub merged_into: Option<EventId>,
}
