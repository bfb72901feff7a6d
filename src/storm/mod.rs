//! The storm between its fixes.
//!
//! In: a track and how far such tracks have missed. Out: wind at a place and time, arrival, probability,
//! damage. Never: knows a site's owner or its money.

mod basin;
mod damage;
pub mod ensemble;
mod passage;
mod path;
pub mod willoughby_2006;
mod wind;

pub use basin::basin;
pub use damage::{is_surge_zone, surge_damage, wind_damage};
pub use ensemble::is_open_sea;
pub use passage::{PASSAGE_STEP, Passage, passage};
pub use path::{Path, Quadrants, Snapshot};
pub use wind::{reach_km, wind_at_kt, wind_kt};
