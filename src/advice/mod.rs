//! What to do, by when, at what cost.
//!
//! In: an exposure, its subject, a playbook, an instant. Out: ranked actions.
//! Never: sends or remembers.
