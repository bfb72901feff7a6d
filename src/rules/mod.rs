//! Which exposures matter, at which level.
//!
//! In: TOML with CEL conditions, exposures. Out: levels, with the facts they were judged on.
//! Never: computes weather.
//!
//! A rule is a file: `rules/<id>.toml`, with its cases beside it in `<id>.cases.toml`. `FACTS` is the manual of
//! what conditions can ask for. The readers (`Page`, `Condition`) serve the advice room's playbooks too.

mod cases;
mod condition;
mod facts;
mod grammar;
mod nearest;
mod page;
mod rule;
mod rulebook;
mod scope;
mod shipped;
mod subject_view;
mod tables;
mod transport_table;

use std::{io, thread};

pub use cases::{CaseFailure, CaseReport, base_facts, case_facts};
pub use condition::{Condition, FactContext, Mistake, Wanted};
pub use facts::{FACTS, FactRow, FactValue, Facts, Getter, Presence, Seen};
pub use nearest::nearest;
pub use page::{Page, Section, as_number};
pub use rule::{Audience, ClimbTo, Inhibition, Judgement, Ladder, Rule};
pub use rulebook::{FileFaults, PLAYBOOKS, Rulebook};
pub use scope::Scope;
pub use shipped::RuleFiles;
pub use subject_view::SubjectView;

/// Does the work on a thread with 16 MB of stack: CEL's parser recurses, and a 2-MB worker is too small for it.
///
/// # Errors
/// When the thread cannot be had, or the work panicked.
pub fn with_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(16 << 20).spawn_scoped(scope, work)?;
        worker.join().map_err(|_panic| io::Error::other("reading the rules failed inside; please report this"))
    })
}
