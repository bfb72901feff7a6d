//! A footprint made ready once, to be asked about many places and courses.

use geo::Coord;

use super::circle::PreparedCircle;
use super::footprint::{TURNS, unwrapped};
use super::polygon::PreparedPolygon;
use crate::domain::{Footprint, Position};

/// A footprint made ready: its polygons unwrapped and their edges sorted by latitude, its circles boxed.
///
/// What it answers is what [`super::covers`] and [`super::touches`] answer. Making it ready takes about as long as asking
/// about one place without it does; then a place costs some dozens of nanoseconds, however many corners there are.
///
/// ```
/// # use seawall::{domain::{Circle, Footprint, Position}, geo::PreparedFootprint};
/// let ningbo = Position::lat_lon(29.87, 121.55).unwrap();
/// let circle = Circle { centre: ningbo, radius_km: 150.0 };
/// let area = PreparedFootprint::new(&Footprint { polygons: Vec::new(), circles: vec![circle] });
/// assert!(area.covers(Position::lat_lon(28.66, 121.45).unwrap()));
/// assert!(!area.covers(Position::lat_lon(31.23, 121.47).unwrap()));
/// ```
#[derive(Debug, Clone)]
pub struct PreparedFootprint {
    pub(super) polygons: Vec<PreparedPolygon>,
    pub(super) circles: Vec<PreparedCircle>,
}

impl PreparedFootprint {
    /// Makes a footprint ready. What is no area is left out.
    #[must_use]
    pub fn new(footprint: &Footprint) -> Self {
        let polygons = footprint.polygons.iter().filter_map(|rings| unwrapped(rings));
        Self {
            polygons: polygons.map(|polygon| PreparedPolygon::new(&polygon)).collect(),
            circles: footprint.circles.iter().filter_map(PreparedCircle::new).collect(),
        }
    }

    /// True when the place lies in one of the polygons (and not in its hole), on an edge, or in a circle.
    #[must_use]
    pub fn covers(&self, place: Position) -> bool {
        let at = |turn: f64| Coord { x: place.lon() + turn, y: place.lat() };
        self.polygons
            .iter()
            .any(|polygon| TURNS.iter().any(|turn| polygon.bounds().holds(at(*turn)) && polygon.covers(at(*turn))))
            || self.circles.iter().any(|circle| circle.covers(place))
    }
}
