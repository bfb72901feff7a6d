//! Alert and advice become words.
//!
//! In: a draft and what it speaks of. Out: a notice in the person's language.
//! Never: reads the clock or knows SMTP.
//!
//! All words are data under `rules/texts/<tag>/`; this room chooses which facts a mail tells and in which
//! order. A mail never fails for its texts: an override that breaks gives way to the shipped text, and
//! that, should it break, to a bare list of facts. What went wrong comes back beside the mail.

mod actions;
mod amounts;
mod block;
mod brief;
pub mod calendar;
mod clean;
mod clock;
mod compose;
mod decision;
mod digest;
mod entry;
mod error;
mod facts;
mod feeds;
#[cfg(test)]
mod fixtures;
mod forward;
mod keys;
pub mod languages;
mod opening;
mod pages;
mod picture;
mod plain;
mod proposal;
mod scene;
mod season;
mod sources;
mod speaker;
mod standing;
mod storm;
mod table;
mod tag;
#[cfg(test)]
mod tests;
mod texts;
mod todo;
mod view;
mod voice;
mod when;

pub use brief::{BriefNews, compose_brief};
pub use clock::{CLOCK, compose_clock};
pub use compose::{Composed, Desk, compose};
pub use digest::{DigestNews, FeedsHeard, compose_digest};
pub use error::NoticeError;
pub use feeds::{FeedNews, compose_feed};
pub use pages::Pages;
pub use proposal::{ProposalNews, compose_proposal};
pub use season::compose_season;
pub use texts::Texts;
