//! A feed's document becomes hazards.
//!
//! In: bulletins. Out: hazards, links to follow, faults.
//! Never: sees a portfolio, a rule or an alert; only `fetch` does I/O.

/// The only HTTP client of the house.
pub mod fetch;

use crate::domain::{Bulletin, Parsed};

/// A kind of document. `parse` is pure: the same bytes give the same hazards in live, replay and tests.
/// Readers that several sources share (XML, text decoding) lie in `sources/formats/`.
pub trait Source: Sync {
    /// The format's id, as `parse --as` and a feed's `format` name it; also its folder of samples.
    fn id(&self) -> &'static str;
    /// True when the first bytes of a document look like this kind. Cheap; never wrong about its own kind.
    fn recognises(&self, body: &[u8]) -> bool;
    /// What the document says. Nothing panics, loops, or guesses a missing number.
    fn parse(&self, bulletin: &Bulletin) -> Parsed;
}
