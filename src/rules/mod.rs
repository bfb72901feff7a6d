//! Which exposures matter, at which level.
//!
//! In: TOML with CEL conditions, exposures. Out: levels, with the facts they were judged on.
//! Never: computes weather.

mod condition;
mod facts;
mod grammar;
mod nearest;
mod page;
mod scope;
mod subject_view;

pub use condition::{Condition, FactContext, Mistake, Wanted};
pub use facts::{FACTS, FactRow, FactValue, Facts, Getter, Presence, Seen};
pub use nearest::nearest;
pub use page::{Page, Section, as_number};
pub use scope::Scope;
pub use subject_view::SubjectView;
