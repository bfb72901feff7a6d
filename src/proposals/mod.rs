//! The life of a proposal: who must sign, what their word does, when it is over, and who is owed a word of it.
//!
//! In: a proposal, a person's decision, the portfolio, an instant. Out: the proposal as it then is, or why not.
//! Never: finds out what to propose, writes mails.

mod life;
mod owed;
mod signers;
#[cfg(test)]
mod tests;

pub use life::{Refused, decide, expired, proposal_id, propose, subject, withdrawn};
pub use owed::{Errand, owed, tell};
pub use signers::steps;
