//! Which hazards speak of the same storm.
//!
//! In: hazards and the events known. Out: each hazard's event.
//! Never: knows a level or a person.
