//! Readers that several sources share: bytes to text, XML, archives, dates, and the words for kinds of threat.
//!
//! In: bytes or text from outside. Out: what stands there, and faults. Never: a hazard.

pub(crate) mod dates;
pub(crate) mod fault_log;
pub(crate) mod kind;
pub(crate) mod text;
pub(crate) mod xml;
pub(crate) mod zip;
