//! Ids as types, so that a site's can never be given where a dealer's is meant.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A text of which up to 24 bytes lie in place: most ids, codes and names do, and then cost no allocation.
pub type ShortText = CompactString;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(CompactString);

        impl $name {
            /// Takes the text as the id, unchanged.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(CompactString::new(text))
            }

            /// The id as it stands in files and links.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// A dealer: `dealers.csv`, column `id`.
    DealerId,
    /// A warehouse, shop or occasion: `sites.csv`, column `id`.
    SiteId,
    /// A shipping lane: `lanes.geojson`, property `id`.
    LaneId,
    /// A shipment: `shipments.csv`, column `id`.
    ShipmentId,
    /// A person: `people.csv`, column `id`.
    PersonId,
    /// A rule: the name of its file under `rules/`, without `.toml`.
    RuleId,
    /// One real-world storm or warning: `wp162004`, or `cap-` and a hash for a plain warning.
    EventId,
    /// What one hazard replaces and is replaced by: the newest with the same id is in force.
    HazardId,
    /// The lifecycle of (rule, event, subject).
    AlertId,
    /// One message to one person on one channel.
    NoticeId,
    /// A person's answer, by link or command.
    AnswerId,
    /// What is proposed to people who must agree.
    ProposalId,
    /// A silence.
    SilenceId,
    /// A configured feed.
    FeedId,
}
