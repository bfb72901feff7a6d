//! Places on the round earth.
//!
//! In: positions and footprints. Out: distances, bearings, inside or not.
//! Never: knows a storm.
