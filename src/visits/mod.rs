//! The weekly visits of managers: who is briefed when, whom to see first, and when to go earlier.
//!
//! In: a person, their dealers, how these stand in the storms in force, what was told before, an instant. Out: a brief
//! to be written, or why none is.
//! Never: finds the words, reads a clock.

mod danger;
mod decide;
#[cfg(test)]
mod tests;

pub use danger::dangers;
pub use decide::{Decided, Question, decide, is_due, visit_of};
