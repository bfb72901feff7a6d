//! Places on the round earth.
//!
//! In: positions and footprints. Out: distances, bearings, inside or not; of many places and courses, those that a
//! footprint meets ([`PlaceIndex`], [`CourseIndex`]), which are always those that [`covers`] and [`touches`] name one by one.
//! Never: knows a storm.

mod cells;
mod circle;
mod courses;
mod distance;
mod footprint;
mod parallel;
mod places;
mod plane;
mod polygon;
mod prepared;
mod ring;

pub use courses::CourseIndex;
pub use distance::{
    bearing_deg, between, densify, destination, destination_and_bearing, distance, distance_and_bearing, plane_km,
    shortest_lon,
};
pub use footprint::{covers, touches};
pub use parallel::{in_parallel, threads};
pub use places::PlaceIndex;
pub use plane::Plane;
pub use prepared::PreparedFootprint;

#[cfg(test)]
mod tests;
