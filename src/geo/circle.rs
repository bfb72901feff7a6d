//! A circle on the ground made ready: the box that holds it, and distances on the sphere where they are enough.

use super::footprint::circle_covers;
use super::ring::Bounds;
use crate::domain::{Circle, Position};

/// Mean earth radius R1 of WGS84 in kilometres, as in `distance`.
const EARTH_KM: f64 = 6371.0088;
/// How far the geodesic may differ from the sphere of mean radius: 0.56 % at most (the meridian at the equator), and some.
const SPHERE_ERROR: f64 = 0.007;

/// A circle, and the box of latitudes and longitudes outside which nothing of it lies.
#[derive(Debug, Clone)]
pub(super) struct PreparedCircle {
    circle: Circle,
    pub(super) bounds: Bounds,
    /// True when it goes round a pole, or all round the earth: its box holds every longitude.
    pub(super) has_all_longitudes: bool,
}

impl PreparedCircle {
    /// `None` for a radius that is negative or no number: it covers nothing.
    pub(super) fn new(circle: &Circle) -> Option<Self> {
        if circle.radius_km.is_nan() || circle.radius_km < 0.0 {
            return None;
        }
        let (lat, lon) = (circle.centre.lat(), circle.centre.lon());
        let angle = (circle.radius_km / EARTH_KM / (1.0 - SPHERE_ERROR)).min(std::f64::consts::PI) + 1e-9;
        let (south, north) = (lat - angle.to_degrees(), lat + angle.to_degrees());
        let has_all_longitudes = south <= -89.9 || north >= 89.9;
        let half = if has_all_longitudes {
            180.0
        } else {
            (angle.sin() / lat.to_radians().cos()).clamp(-1.0, 1.0).asin().to_degrees() + 1e-6
        };
        let bounds = Bounds { west: lon - half, east: lon + half, south: south.max(-90.0), north: north.min(90.0) };
        Some(Self { circle: circle.clone(), bounds, has_all_longitudes })
    }

    /// True for a place within the radius, by the geodesic where the sphere leaves a doubt.
    pub(super) fn covers(&self, place: Position) -> bool {
        let km = sphere_km(self.circle.centre, place);
        if km * (1.0 + SPHERE_ERROR) < self.circle.radius_km {
            return true;
        }
        km * (1.0 - SPHERE_ERROR) <= self.circle.radius_km && circle_covers(&self.circle, place)
    }

    /// False when nothing of the geodesic between two places can lie within the radius: by way of any place on it, from
    /// one end to the other, is at least as far as by way of the nearest.
    pub(super) fn may_reach(&self, a: Position, b: Position) -> bool {
        let (to_a, to_b, length) =
            (sphere_km(self.circle.centre, a), sphere_km(self.circle.centre, b), sphere_km(a, b));
        let nearest = (to_a + to_b) * (1.0 - SPHERE_ERROR) - length * (1.0 + SPHERE_ERROR);
        nearest / 2.0 <= self.circle.radius_km
    }

    /// False when nothing of a box, however it is turned, can lie in the circle.
    pub(super) fn may_meet(&self, other: &Bounds) -> bool {
        if self.has_all_longitudes {
            return other.south <= self.bounds.north && self.bounds.south <= other.north;
        }
        self.bounds.meets_at_any_turn(other)
    }
}

/// The distance on the sphere, in kilometres (haversines: exact enough at short range).
fn sphere_km(a: Position, b: Position) -> f64 {
    let (lat_a, lat_b) = (a.lat().to_radians(), b.lat().to_radians());
    let haversine = |angle: f64| (angle / 2.0).sin().powi(2);
    let h = haversine(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * haversine((b.lon() - a.lon()).to_radians());
    2.0 * EARTH_KM * h.sqrt().min(1.0).asin()
}
