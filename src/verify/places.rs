//! Where forecasts are scored.

use crate::domain::Position;
use crate::geo;
use crate::storm::Snapshot;

/// Places further from both tracks than this are not counted: everybody is right about them. A guess, wide enough for the
/// error of five days (some 400 km) and the reach of a large storm's gales (some 500 km).
pub const REACH_KM: f64 = 1_000.0;

/// The places to score at.
#[derive(Debug, Clone, Copy)]
pub enum Places<'a> {
    /// Each whole degree of latitude and longitude, as `DeMaria` et al. 2009 verify on a grid.
    Grid,
    /// These.
    Sites(&'a [Position]),
}

impl Places<'_> {
    /// Those within [`REACH_KM`] of one of the tracks.
    pub(super) fn near(self, tracks: &[&[Snapshot]]) -> Vec<Position> {
        let stops: Vec<Position> = tracks.iter().flat_map(|track| track.iter().map(|storm| storm.position)).collect();
        let is_near = |place: &Position| {
            stops.iter().any(|stop| {
                let (east, north) = geo::plane_km(*stop, *place);
                east.hypot(north) <= REACH_KM
            })
        };
        match self {
            Self::Grid => grid(&stops).into_iter().filter(is_near).collect(),
            Self::Sites(sites) => sites.iter().copied().filter(is_near).collect(),
        }
    }
}

/// Whole degrees in the box round all stops, from the south and the west.
fn grid(stops: &[Position]) -> Vec<Position> {
    let Some(first) = stops.first() else { return Vec::new() };
    let (mut south, mut north, mut west, mut east) = (90.0_f64, -90.0_f64, 0.0_f64, 0.0_f64);
    for stop in stops {
        let from_first = geo::shortest_lon(stop.lon() - first.lon());
        (south, north) = (south.min(stop.lat()), north.max(stop.lat()));
        (west, east) = (west.min(from_first), east.max(from_first));
    }
    let high = REACH_KM / 111.0;
    let wide = high / (north.max(-south) + high).min(85.0).to_radians().cos();
    let (west, east) = (first.lon() + west - wide, (first.lon() + east + wide).min(first.lon() + west - wide + 359.0));
    let degrees = |from: f64, to: f64| {
        let first = from.floor();
        (0_u16..360).map(move |step| first + f64::from(step)).take_while(move |degree| *degree <= to.ceil())
    };
    degrees((south - high).max(-89.0), (north + high).min(89.0))
        .flat_map(|lat| degrees(west, east).map(move |lon| (lat, geo::shortest_lon(lon))))
        .filter_map(|(lat, lon)| Position::lat_lon(lat, lon).ok())
        .collect()
}
