//! What drives the sea against a coast: wind from the sea, and low pressure. Never a metre of water.

use super::holland_1980;
use super::path::Snapshot;
use super::wind::{wind_from_deg, wind_kt};
use crate::domain::{MS_PER_KNOT, Position};
use crate::geo::{self, Plane};

/// The strongest part of the wind that blows from the sea while the storm passes, in knots: the wind times the cosine of its
/// angle to `sea_bearing_deg`, the direction in which the sea lies. 0 when it always blows from the land.
pub fn onshore_kt(track: &[Snapshot], place: Position, sea_bearing_deg: f64) -> f64 {
    let part = |storm: &Snapshot| {
        let angle = geo::shortest_lon(wind_from_deg(storm, place) - sea_bearing_deg);
        wind_kt(storm, place) * angle.to_radians().cos()
    };
    track.iter().map(part).fold(0.0, f64::max)
}

/// By how much the storm lowers the pressure at a place at most, in hectopascals, by Holland's profile of 1980 through its
/// central pressure; `None` where no central pressure is known.
///
/// The pressure round the storm is that of its basin as CLIMADA has it: 1010 hPa in the N Atlantic and E Pacific, 1005 hPa in
/// the NW Pacific, 1004 hPa in the south; 1005 hPa in the N Indian Ocean is a guess.
pub fn deficit_hpa(track: &[Snapshot], place: Position) -> Option<f64> {
    let plane = Plane::new(place);
    let here = |storm: &Snapshot| {
        let deficit = (surroundings_hpa(storm.position) - storm.pmin_hpa?).max(0.0);
        let b = holland_1980::b(storm.vmax_kt * MS_PER_KNOT / GRADIENT_TO_SURFACE, deficit.max(1.0));
        let (east, north) = plane.offset_km(storm.position);
        Some(holland_1980::deficit_at_hpa(east.hypot(north), storm.rmw_km, b, deficit))
    };
    track.iter().filter_map(here).max_by(f64::total_cmp)
}

/// What of the gradient wind is left at the surface, as CLIMADA has it.
const GRADIENT_TO_SURFACE: f64 = 0.9;

fn surroundings_hpa(position: Position) -> f64 {
    match (position.lat(), position.lon()) {
        (lat, _) if lat < 0.0 => 1004.0,
        (_, lon) if lon < 0.0 => 1010.0,
        _ => 1005.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Span;
    use crate::storm::Path;
    use crate::storm::path::tests::{at, rananim};

    fn track() -> Vec<Snapshot> {
        let mut track = rananim();
        track.fixes.iter_mut().for_each(|fix| fix.pmin_hpa = Some(955.0));
        let path = Path::new(&track).expect("a path");
        path.sampled(path.start(), Span::from_hours(1))
    }

    /// Rananim came ashore south of Taizhou, whose sea lies in the east.
    #[test]
    fn the_wind_north_of_a_landfall_is_onshore() {
        let (track, taizhou) = (track(), at(28.66, 121.45));
        let strongest = track.iter().map(|storm| wind_kt(storm, taizhou)).fold(0.0, f64::max);
        let (east, west) = (onshore_kt(&track, taizhou, 90.0), onshore_kt(&track, taizhou, 270.0));
        assert!(east > 0.9 * strongest && east <= strongest, "{east} of {strongest}");
        assert!(west < 0.5 * strongest, "{west}");
    }

    #[test]
    fn pressure_is_lowest_in_the_middle() {
        let track = track();
        let (middle, beside) = (deficit_hpa(&track, at(28.0, 121.3)), deficit_hpa(&track, at(28.66, 121.45)));
        assert!(middle.is_some_and(|hpa| (49.0..50.5).contains(&hpa)), "{middle:?}");
        assert!(beside.is_some_and(|hpa| (1.0..35.0).contains(&hpa)), "{beside:?}");
        let unknown: Vec<Snapshot> = track.into_iter().map(|storm| Snapshot { pmin_hpa: None, ..storm }).collect();
        assert_eq!(deficit_hpa(&unknown, at(28.0, 121.3)), None);
    }
}
