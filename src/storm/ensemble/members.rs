//! The possible storms: each an agency's forecast with errors that hang together in time.

use super::official::Hour;
use super::physics::Physics;
use super::random::Random;
use super::{LEVELS_KT, land, vortex};

/// One possible storm at one hour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) lat: f32,
    /// East of the ensemble's own meridian.
    pub(super) lon: f32,
    pub(super) vmax_kt: f32,
    pub(super) rmw_km: f32,
    /// How far each level's wind reaches in the mean of all bearings; 0 where it does not blow.
    pub(super) reach_km: [f32; LEVELS_KT.len()],
}

/// One possible storm: whose forecast it errs from, and where it is hour by hour.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) group: usize,
    pub(super) steps: Vec<Step>,
}

/// What one member errs by.
struct Draws {
    along: Vec<f64>,
    cross: Vec<f64>,
    wind: Vec<f64>,
    size: Vec<f64>,
    fat: f64,
}

/// The member of a number, of the forecast of a group; `moved` are offsets (km east and north) that stand in the place of
/// track errors where a model's ensemble gives them. `meridian` is where longitudes are counted from.
pub(super) fn member(
    number: u64,
    (group, hours): (usize, &[Hour]),
    moved: Option<&[(f64, f64)]>,
    meridian: f64,
    physics: &Physics,
) -> Member {
    let draws = Draws::new(number, hours, physics);
    let mut steps = Vec::with_capacity(hours.len());
    let mut wind = Wind { kt: None, was_on_land: false, is_weakened: false };
    for (at, hour) in hours.iter().enumerate() {
        let draw = |series: &[f64]| series.get(at).copied().unwrap_or_default();
        let (lat, lon) = match moved {
            Some(moved) => {
                let (east, north) = moved.get(at).or(moved.last()).copied().unwrap_or_default();
                hour.shifted(east, north)
            }
            None => hour.moved(
                draw(&draws.along) * draws.fat * hour.sigma_along_km,
                draw(&draws.cross) * draws.fat * hour.sigma_cross_km,
            ),
        };
        let vmax_kt = wind.next(hour, draw(&draws.wind), land::is_land(lat, lon), physics);
        let (first, last) = physics.size_sigma;
        let sigma = first + (last - first) * (hour.lead_h / 120.0).clamp(0.0, 1.0).sqrt();
        // The mean of a log-normal draw is exp(σ²/2): taken off, so that the mean size stays.
        let size = (draw(&draws.size) * sigma - sigma * sigma / 2.0).exp();
        steps.push(step((lat, lon - meridian), vmax_kt, size, hour, physics));
    }
    Member { group, steps }
}

fn step((lat, lon): (f64, f64), vmax_kt: f64, size: f64, hour: &Hour, physics: &Physics) -> Step {
    let mut reach_km = [0.0_f32; LEVELS_KT.len()];
    if vmax_kt >= 34.0 && vmax_kt > physics.wind_least_kt {
        let (rmw_km, power) = (vortex::rmw_km(vmax_kt, hour.lat), 1.0 / vortex::exponent(vmax_kt, hour.lat));
        let log_wind = vmax_kt.ln();
        for (reach, kt) in reach_km.iter_mut().zip(LEVELS_KT) {
            if vmax_kt < kt {
                break;
            }
            *reach = (rmw_km * ((log_wind - kt.ln()) * power).exp() * size) as f32;
        }
    }
    Step {
        lat: lat as f32,
        lon: lon as f32,
        vmax_kt: vmax_kt as f32,
        rmw_km: vortex::rmw_km(vmax_kt, hour.lat) as f32,
        reach_km,
    }
}

/// The wind of a member from hour to hour.
struct Wind {
    kt: Option<f64>,
    was_on_land: bool,
    /// True from the landfall until the wind over water is what it would have been without it.
    is_weakened: bool,
}

impl Wind {
    fn next(&mut self, hour: &Hour, error: f64, is_on_land: bool, physics: &Physics) -> f64 {
        let back = physics.wind_towards_mean * (hour.lead_h / 120.0).clamp(0.0, 1.0);
        let errs = |forecast: f64| forecast + error * hour.sigma_kt + back * (physics.wind_mean_kt - forecast);
        let kt = match (self.kt, is_on_land) {
            (None, _) => errs(hour.vmax_kt),
            (Some(before), true) => {
                let coast = if self.was_on_land { 1.0 } else { land::COAST };
                let decayed = land::an_hour_over_land(before * coast);
                if hour.is_on_land {
                    // Both ashore: the forecast knows the land there, the storm's own past how strong it came.
                    decayed + (errs(hour.vmax_kt) - decayed) * physics.inland_pull
                } else {
                    decayed
                }
            }
            (Some(before), false) if self.is_weakened => errs(hour.sea_kt).min(before + physics.recovery_kt_h),
            (Some(_), false) => errs(hour.sea_kt),
        };
        let kt = kt.clamp(0.0, physics.wind_most_kt);
        self.is_weakened = is_on_land || (self.is_weakened && kt < errs(hour.sea_kt));
        (self.kt, self.was_on_land) = (Some(kt), is_on_land);
        kt
    }
}

impl Draws {
    fn new(number: u64, hours: &[Hour], physics: &Physics) -> Self {
        let mut random = Random::new(number);
        let fat = random.fat();
        let mut series = |memory| standard(&mut random, hours, memory);
        Self {
            along: series(physics.track_memory),
            cross: series(physics.track_memory),
            wind: series(physics.wind_memory),
            size: series(physics.size_memory),
            fat,
        }
    }
}

/// Standard normal errors at each hour that keep `memory` of themselves in twelve hours: drawn every twelve hours of lead,
/// E(t) = a E(t−12) + √(1−a²) n, and straight between.
fn standard(random: &mut Random, hours: &[Hour], memory: f64) -> Vec<f64> {
    const STEP_H: f64 = 12.0;
    let fresh = (1.0 - memory * memory).max(0.0).sqrt();
    let mut left = random.normal();
    let mut right = memory * left + fresh * random.normal();
    let mut from = 0.0;
    let mut errors = Vec::with_capacity(hours.len());
    for hour in hours {
        while hour.lead_h > from + STEP_H {
            (left, right) = (right, memory * right + fresh * random.normal());
            from += STEP_H;
        }
        let share = ((hour.lead_h - from) / STEP_H).clamp(0.0, 1.0);
        let scale = ((1.0 - share).powi(2) + share.powi(2) + 2.0 * share * (1.0 - share) * memory).sqrt();
        errors.push((left + (right - left) * share) / scale);
    }
    errors
}

impl Step {
    /// Nearer to the middle than this a wind of `kt` does not blow: within the radius of maximum wind the wind falls to
    /// nothing in proportion. On a side where the wind reaches no further it does not blow at all.
    pub(super) fn calm_km(&self, kt: f64) -> f32 {
        self.rmw_km * (kt as f32 / self.vmax_kt.max(1.0)).min(1.0)
    }
}
