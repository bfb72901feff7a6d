//! Places on the round earth.
//!
//! In: positions and footprints. Out: distances, bearings, inside or not.
//! Never: knows a storm.

mod distance;
mod footprint;

pub use distance::{
    bearing_deg, between, densify, destination, distance, distance_and_bearing, plane_km, shortest_lon,
};
pub use footprint::{covers, touches};
