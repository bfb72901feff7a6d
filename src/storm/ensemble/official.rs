//! One agency's forecast, hour by hour, as its members need it: where, how strong, how far such forecasts have missed, and
//! the shape of its winds.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2, TAU};

use super::physics::Physics;
use super::{DEGREE_KM, Forecast, LEVELS_KT, land, vortex};
use crate::domain::{Fix, NMI_KM, Position, Span, THRESHOLDS_KT, Timestamp, TrackErrorRow, hours_between};
use crate::geo;
use crate::storm::path::{Quadrants, Snapshot};

/// How many bearings, from north clockwise, a shape is told at.
pub(super) const BEARINGS: usize = 24;

/// For each level and bearing: the reach over that of the mean storm of the same strength.
pub(super) type Shape = [[f32; BEARINGS]; LEVELS_KT.len()];

/// The forecast at one hour.
#[derive(Debug, Clone)]
pub(super) struct Hour {
    pub(super) lead_h: f64,
    pub(super) lat: f64,
    /// Beyond 180 rather than leaping.
    pub(super) lon: f64,
    pub(super) heading_rad: f64,
    pub(super) asymmetry_kt: f64,
    pub(super) vmax_kt: f64,
    /// What the wind would be had the storm not come ashore.
    pub(super) sea_kt: f64,
    pub(super) is_on_land: bool,
    /// Standard deviations of the errors along and across the motion (km) and of the wind (kt).
    pub(super) sigma_along_km: f64,
    pub(super) sigma_cross_km: f64,
    pub(super) sigma_kt: f64,
    pub(super) shape: Shape,
    /// The largest ratio of any level and bearing in it.
    pub(super) furthest: f32,
}

/// Half the stretch of time over which a motion is told.
const MOTION_HOURS: usize = 6;

/// The hours of a forecast from an instant on; none when it has ended by then.
pub(super) fn hours(forecast: &Forecast<'_>, from: Timestamp, physics: &Physics) -> Vec<Hour> {
    let mut samples = forecast.path.sampled(from, Span::from_hours(1));
    // What is tuned here was tuned with winds on straight lines between fixes.
    for storm in &mut samples {
        storm.vmax_kt = forecast.path.straight_kt(storm.time).unwrap_or(storm.vmax_kt);
    }
    let given = given(forecast, from, physics);
    let mut hours: Vec<Hour> = Vec::with_capacity(samples.len());
    for (at, storm) in samples.iter().enumerate() {
        let (heading_rad, motion_kt) = motion(&samples, at);
        let before = hours.last();
        let lon = before
            .map_or(storm.position.lon(), |before| before.lon + geo::shortest_lon(storm.position.lon() - before.lon));
        let is_on_land = land::is_land(storm.position.lat(), lon);
        let sea_kt = match before {
            Some(before) if is_on_land => storm.vmax_kt.max(before.sea_kt),
            _ => storm.vmax_kt,
        };
        let (along, cross) = axes(forecast.errors.track_error_km(storm.lead_h), motion_kt, physics);
        let asymmetry_kt = vortex::asymmetry_kt(motion_kt) * physics.asymmetry;
        let mut hour = Hour {
            lead_h: storm.lead_h,
            lat: storm.position.lat(),
            lon,
            heading_rad,
            asymmetry_kt,
            vmax_kt: storm.vmax_kt,
            sea_kt,
            is_on_land,
            sigma_along_km: along,
            sigma_cross_km: cross,
            sigma_kt: sigma_kt(forecast.errors, storm.lead_h),
            shape: [[1.0; BEARINGS]; LEVELS_KT.len()],
            furthest: 1.0,
        };
        hour.shape = shape(&hour, given.as_ref().map(|given| given.at(storm.time, physics)), physics);
        hour.furthest = hour.shape.iter().flatten().copied().fold(0.0, f32::max);
        hours.push(hour);
    }
    hours
}

/// Direction (radians from north clockwise) and speed over some hours either side.
fn motion(samples: &[Snapshot], at: usize) -> (f64, f64) {
    let ends = samples
        .get(at.saturating_sub(MOTION_HOURS))
        .zip(samples.get((at + MOTION_HOURS).min(samples.len().saturating_sub(1))));
    let Some((a, b)) = ends else { return (0.0, 0.0) };
    let hours = b.time.duration_since(a.time).as_secs_f64() / 3600.0;
    let (east, north) = geo::plane_km(a.position, b.position);
    if hours <= 0.0 { (0.0, 0.0) } else { (east.atan2(north), east.hypot(north) / NMI_KM / hours) }
}

/// For a two-dimensional normal error with σ on each axis the mean distance is σ √(π/2) (Rayleigh mean). The axis along the
/// motion has more of it, the more the faster the storm moves.
fn axes(mean_km: f64, motion_kt: f64, physics: &Physics) -> (f64, f64) {
    let sigma = mean_km / FRAC_PI_2.sqrt() * physics.track_width;
    let ratio = 1.0 + (physics.along_over_cross - 1.0) * (motion_kt / 10.0).clamp(0.0, 1.0);
    let cross = sigma * (2.0 / (1.0 + ratio * ratio)).sqrt();
    (cross * ratio, cross)
}

/// The mean size of a normal error is σ √(2/π).
fn sigma_kt(errors: &TrackErrorRow, lead_h: f64) -> f64 {
    errors.wind_error_kt(lead_h) * FRAC_PI_2.sqrt()
}

/// The radii of an analysis.
struct Given {
    time: Timestamp,
    /// Over the reach of a mean storm of that strength: 34, 50 and 64 kt in the four quadrants.
    ratios: [Quadrants; 3],
}

impl Given {
    /// The ratios, and how much they still count.
    fn at(&self, time: Timestamp, physics: &Physics) -> (&[Quadrants; 3], f64) {
        let since = hours_between(self.time, time).max(0.0);
        (&self.ratios, (-since / physics.radii_memory_h).exp())
    }
}

/// The radii of the analysis, which is the last fix by an instant, or those of the first fix that has some.
fn given(forecast: &Forecast<'_>, from: Timestamp, physics: &Physics) -> Option<Given> {
    let mut with_radii = forecast.track.fixes.iter().filter(|fix| !fix.radii.is_empty());
    let known = |fix: &&Fix| fix.tau_h <= 0 && fix.time <= from;
    let fix = with_radii.clone().rfind(known).or_else(|| with_radii.next())?;
    let storm = forecast.path.at(fix.time)?;
    let mut ratios = [[1.0; 4]; 3];
    let mut weaker: Option<Quadrants> = None;
    for (ratio, (kt, given)) in ratios.iter_mut().zip(THRESHOLDS_KT.iter().zip(&storm.radii)) {
        let mean = vortex::reach_km(f64::from(*kt), storm.vmax_kt, storm.position.lat());
        if mean > 0.0 && given.iter().any(|km| *km > 0.0) {
            *ratio = given.map(|km| (km / mean).min(physics.ratio_max));
        } else if let Some(weaker) = weaker {
            *ratio = weaker;
        }
        weaker = Some(*ratio);
    }
    Some(Given { time: fix.time, ratios })
}

/// The side where the motion adds to the wind: to the right of it north of the equator, to the left south of it.
fn strongest_rad(lat: f64, heading_rad: f64) -> f64 {
    if lat < 0.0 { heading_rad - FRAC_PI_2 } else { heading_rad + FRAC_PI_2 }
}

/// The climatological storm's shape, and in it what of the agency's own radii still holds.
fn shape(hour: &Hour, given: Option<(&[Quadrants; 3], f64)>, physics: &Physics) -> Shape {
    let (given, kept) = given.unzip();
    let kept = kept.unwrap_or_default();
    let strongest = strongest_rad(hour.lat, hour.heading_rad);
    let mut shape = [[1.0_f32; BEARINGS]; LEVELS_KT.len()];
    let (mut quadrants, mut given) = (None, given.into_iter().flatten());
    for (bearings, kt) in shape.iter_mut().zip(LEVELS_KT) {
        // Winds beyond 64 kt lie as those of 64 kt do.
        quadrants = given.next().or(quadrants);
        for (reach, step) in bearings.iter_mut().zip(0..BEARINGS) {
            let bearing = step as f64 / BEARINGS as f64 * TAU;
            let told = quadrants.map_or(1.0, |quadrants| outline(quadrants, bearing, physics.lean));
            let mean = vortex::lopsided(kt, (hour.vmax_kt, hour.lat), hour.asymmetry_kt, bearing - strongest);
            *reach = (kept * told * physics.given_size + (1.0 - kept) * mean * physics.climate_size) as f32;
        }
    }
    shape
}

/// The mean of the quadrants and one wave round it, as the vortex has: the wave is the least-squares one through the four
/// middles. A wind that blows in one half alone has a side where it does not reach.
fn outline([ne, se, sw, nw]: &Quadrants, bearing_rad: f64, lean: f64) -> f64 {
    let mean = (ne + se + sw + nw) / 4.0;
    let (east, north) = ((ne + se - sw - nw) / 2.0 * FRAC_1_SQRT_2, (ne - se - sw + nw) / 2.0 * FRAC_1_SQRT_2);
    (mean + lean * (east * bearing_rad.sin() + north * bearing_rad.cos())).max(0.0)
}

impl Hour {
    /// Degrees of latitude and longitude of a place so far along and across (to the right of) the motion.
    pub(super) fn moved(&self, along_km: f64, cross_km: f64) -> (f64, f64) {
        let (sin, cos) = self.heading_rad.sin_cos();
        self.shifted(along_km * sin + cross_km * cos, along_km * cos - cross_km * sin)
    }

    /// The same, so far east and north.
    pub(super) fn shifted(&self, east_km: f64, north_km: f64) -> (f64, f64) {
        let lat = (self.lat + north_km / DEGREE_KM).clamp(-85.0, 85.0);
        let scale = f64::midpoint(self.lat, lat).to_radians().cos().max(0.1);
        (lat, self.lon + east_km / DEGREE_KM / scale)
    }

    /// Kilometres east and north of the forecast centre.
    pub(super) fn offset_km(&self, place: Position) -> (f64, f64) {
        Position::lat_lon(self.lat, geo::shortest_lon(self.lon)).map_or((0.0, 0.0), |here| geo::plane_km(here, place))
    }
}
