//! Readers that several sources share: bytes to text, XML, JSON, archives, dates, shapes, storms'
//! names and tracks, and the words for kinds of threat.
//!
//! In: bytes or text from outside. Out: what stands there, and faults. Never: knows one agency's format.

pub(crate) mod cyclone;
pub(crate) mod dates;
pub(crate) mod fault_log;
pub(crate) mod geometry;
pub(crate) mod gzip;
pub(crate) mod json;
pub(crate) mod kind;
pub(crate) mod slim_xml;
pub(crate) mod storm_key;
pub(crate) mod text;
pub(crate) mod xml;
pub(crate) mod zip;
