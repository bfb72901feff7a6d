//! The storm between its fixes.
//!
//! In: a track and how far such tracks have missed. Out: wind at a place and time, arrival, probability,
//! damage. Never: knows a site's owner or its money.

mod basin;
mod damage;
pub mod ensemble;
pub mod er11;
mod fill;
mod hermite;
pub mod holland_1980;
pub mod holland_2008;
pub mod holland_2010;
mod land;
mod onshore;
mod passage;
mod path;
mod swath;
pub mod willoughby_2006;
mod wind;

pub use basin::basin;
pub use damage::{is_surge_zone, surge_damage, wind_damage};
pub use land::{is_open_sea, sea_bearing_deg};
pub use onshore::{deficit_hpa, onshore_kt};
pub use passage::{PASSAGE_STEP, Passage, passage};
pub use path::{Path, Quadrants, Snapshot};
pub use swath::Swath;
pub use wind::{reach_km, wind_at_kt, wind_from_deg, wind_kt};

/// The Coriolis parameter 2 Ω sin |φ|, a second; Ω = 7.29·10⁻⁵.
fn coriolis_s(lat: f64) -> f64 {
    2.0 * 7.29e-5 * lat.abs().to_radians().sin()
}
