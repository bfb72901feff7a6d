//! How likely each wind is, and how early it could come, given how far forecasts have missed.
//!
//! The forecast track is shifted east and north by errors that grow with lead time as the agency's published
//! mean errors do, alike in all directions. A fixed lattice of errors stands for the distribution, so the same
//! input gives the same answer. One member keeps its place in the distribution for the whole forecast:
//! full correlation in time, an assumption that errs towards the forecast's own timing. (Errors along and
//! across the motion would turn with it, and a member would leap where the forecast turns.) The 1,000-member
//! ensemble with autocorrelated, intensity and size errors (DeMaria et al. 2009, Wea. Forecasting 24:1573)
//! takes this file's place behind the same [`Likelihood`].

use super::path::Snapshot;
use super::wind::{reach_km, wind_at_kt};
use crate::domain::{ByThreshold, Position, THRESHOLDS_KT, Timestamp, TrackErrorRow};
use crate::geo;

/// For a two-dimensional normal error with σ on each axis the mean distance is σ √(π/2) (Rayleigh mean).
const MEAN_OVER_SIGMA: f64 = 1.253_314_137_315_500_3;
/// Lattice points either side of the middle, and the distance in σ between them: 13 from −2.7 to +2.7.
const POINTS: i32 = 6;
const SPACING: f64 = 0.45;

/// A place further than this outside the gale is not looked at: within an hour no storm comes so far.
const FAR_KM: f64 = 150.0;

/// What the possible tracks bring to a place, or to the worst of several places.
#[derive(Debug, Clone, PartialEq)]
pub struct Likelihood {
    /// The probability of each wind, 0..=1; never higher for a stronger wind.
    pub probability: ByThreshold<f64>,
    /// Of the tracks that bring the wind: when one in ten has brought it, and when nine in ten have.
    pub arrival: ByThreshold<Option<(Timestamp, Timestamp)>>,
    /// Each track's probability and its highest 1-minute wind in knots.
    pub peaks_kt: Vec<(f64, f64)>,
}

/// The mean error at a lead, straight between the rows of the table, the last held beyond it.
///
/// ```
/// # use seawall::{domain::TrackErrorRow, storm::mean_error_km};
/// let row = TrackErrorRow {
///     agency: "any".into(), basin: "wp".into(), from_year: 2014, to_year: 2018,
///     mean_error_km: vec![(0.0, 44.4), (12.0, 63.0), (24.0, 85.2)], mean_wind_error_kt: vec![],
/// };
/// assert_eq!(mean_error_km(&row, 18.0), 74.1);
/// assert_eq!(mean_error_km(&row, 99.0), 85.2);
/// ```
pub fn mean_error_km(row: &TrackErrorRow, lead_h: f64) -> f64 {
    let table = &row.mean_error_km;
    let after = table.partition_point(|(tau, _)| *tau <= lead_h);
    match (after.checked_sub(1).and_then(|i| table.get(i)), table.get(after)) {
        (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (lead_h - a.0) / (b.0 - a.0),
        (Some(end), None) | (None, Some(end)) => end.1,
        (None, None) => 0.0,
    }
}

/// One agency's forecast: its sampled track (hourly samples are right) and how far its forecasts have missed.
pub type Forecast<'a> = (&'a [Snapshot], &'a TrackErrorRow);

/// The likelihood at the worst of `places`, over the tracks that each agency's forecast makes possible, and those of a
/// model's ensemble. Agencies, and the ensemble as one more, count alike, so that where they disagree the possible tracks
/// lie further apart.
pub fn likelihood(forecasts: &[Forecast<'_>], ensemble: &[Vec<Snapshot>], places: &[Position]) -> Likelihood {
    let share = 1.0 / (forecasts.len() + usize::from(!ensemble.is_empty())).max(1) as f64;
    let mut members: Vec<Member> = Vec::new();
    for (storm, errors) in forecasts {
        let steps: Vec<Step> = storm.iter().map(|s| Step::near(s, places, sigma_km(errors, s))).collect();
        members.extend(lattice().map(|(weight, east, north)| run(&steps, weight * share, east, north)));
    }
    for storm in ensemble {
        let steps: Vec<Step> = storm.iter().map(|s| Step::near(s, places, 0.0)).collect();
        members.push(run(&steps, share / ensemble.len() as f64, 0.0, 0.0));
    }
    let of =
        |kt: usize| members.iter().filter_map(move |m| m.arrivals.get(kt).copied().flatten().map(|t| (m.weight, t)));
    let index = |kt: u32| THRESHOLDS_KT.iter().position(|k| *k == kt).unwrap_or_default();
    Likelihood {
        probability: ByThreshold::from_fn(|kt| of(index(kt)).map(|(weight, _)| weight).sum::<f64>().clamp(0.0, 1.0)),
        arrival: ByThreshold::from_fn(|kt| percentiles(of(index(kt)).collect())),
        peaks_kt: members.iter().map(|m| (m.weight, m.peak_kt)).collect(),
    }
}

/// How far the error spreads on each axis at a snapshot's lead.
fn sigma_km(errors: &TrackErrorRow, storm: &Snapshot) -> f64 {
    mean_error_km(errors, storm.lead_h) / MEAN_OVER_SIGMA
}

/// One instant of the track with the places that some member could reach.
struct Step<'a> {
    storm: &'a Snapshot,
    sigma_km: f64,
    /// The furthest that the gale reaches in any direction.
    reach_km: f64,
    /// Each place: kilometres east and north of the forecast centre.
    places: Vec<(f64, f64)>,
}

struct Member {
    weight: f64,
    arrivals: [Option<f64>; 3],
    peak_kt: f64,
}

impl<'a> Step<'a> {
    fn near(storm: &'a Snapshot, places: &[Position], sigma_km: f64) -> Self {
        let [gale, _, _] = &storm.radii;
        let reach = gale.iter().copied().fold(storm.rmw_km, f64::max);
        let furthest = reach + sigma_km * SPACING * f64::from(POINTS) * std::f64::consts::SQRT_2 + 20.0;
        let places: Vec<(f64, f64)> = places
            .iter()
            .map(|place| geo::plane_km(storm.position, *place))
            .filter(|(east, north)| east.hypot(*north) <= furthest)
            .collect();
        // A step with no place in reach still matters: it is where a member's wind has not come yet.
        Self { storm, sigma_km, reach_km: reach, places }
    }

    /// Kilometres by which the wind `kt` reaches over the nearest place (negative: falls short), and the
    /// highest wind at any of them, when the centre lies `east` and `north` of the forecast one.
    fn over(&self, east: f64, north: f64) -> ([f64; 3], f64) {
        let mut margins = [f64::NEG_INFINITY; 3];
        let mut peak: f64 = 0.0;
        for place in &self.places {
            let (dx, dy) = (place.0 - east, place.1 - north);
            let r_km = dx.hypot(dy);
            if r_km > self.reach_km + FAR_KM {
                continue;
            }
            let bearing = dx.atan2(dy).to_degrees().rem_euclid(360.0);
            for (margin, quadrants) in margins.iter_mut().zip(&self.storm.radii) {
                let reach = reach_km(quadrants, bearing);
                let over = if reach > 0.0 { reach - r_km } else { -1e4 };
                *margin = margin.max(over);
            }
            if margins.first().is_some_and(|gale| *gale > -50.0) {
                peak = peak.max(wind_at_kt(self.storm, r_km, bearing));
            }
        }
        (margins, peak)
    }
}

/// Weight and error to the east and north in σ of each lattice point; the weights add up to 1.
fn lattice() -> impl Iterator<Item = (f64, f64, f64)> {
    let axis = || (-POINTS..=POINTS).map(|i| f64::from(i) * SPACING);
    let density = |z: f64| (-z * z / 2.0).exp();
    let total: f64 = axis().map(density).sum();
    axis()
        .flat_map(move |east| axis().map(move |north| (density(east) * density(north) / (total * total), east, north)))
}

fn run(steps: &[Step<'_>], weight: f64, east: f64, north: f64) -> Member {
    let mut member = Member { weight, arrivals: [None; 3], peak_kt: 0.0 };
    let mut before: Option<(f64, [f64; 3])> = None;
    for step in steps {
        let (margins, peak) = step.over(east * step.sigma_km, north * step.sigma_km);
        let now = step.storm.time.as_second() as f64;
        member.peak_kt = member.peak_kt.max(peak);
        for (index, arrival) in member.arrivals.iter_mut().enumerate() {
            let margin = margins.get(index).copied().unwrap_or(f64::NEG_INFINITY);
            if arrival.is_none() && margin >= 0.0 {
                let calm = before.and_then(|(time, margins)| Some((time, margins.get(index).copied()?)));
                *arrival = Some(calm.map_or(now, |calm| crossing(calm, (now, margin))));
            }
        }
        before = Some((now, margins));
    }
    member
}

/// When the margin crosses zero between two samples; straight between them.
fn crossing((t0, m0): (f64, f64), (t1, m1): (f64, f64)) -> f64 {
    if (-1e3..0.0).contains(&m0) { t0 + (t1 - t0) * (-m0 / (m1 - m0)) } else { t1 }
}

fn percentiles(mut times: Vec<(f64, f64)>) -> Option<(Timestamp, Timestamp)> {
    times.sort_by(|a, b| a.1.total_cmp(&b.1));
    let total: f64 = times.iter().map(|(weight, _)| weight).sum();
    let at = |share: f64| {
        let mut so_far = 0.0;
        times.iter().find(|(weight, _)| {
            so_far += weight;
            so_far >= share * total
        })
    };
    Some((minute(at(0.1)?.1), minute(at(0.9)?.1)))
}

#[expect(clippy::cast_possible_truncation, reason = "a time of a track, far from the limits of i64")]
fn minute(second: f64) -> Timestamp {
    Timestamp::from_second((second / 60.0).floor() as i64 * 60).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Span;
    use crate::storm::passage::{PASSAGE_STEP, passage};
    use crate::storm::path::Path;
    use crate::storm::path::tests::{at, rananim};

    fn errors(km: f64) -> TrackErrorRow {
        let mean_error_km = vec![(0.0, km)];
        TrackErrorRow { agency: "any".into(), basin: "wp".into(), from_year: 2014, to_year: 2018, mean_error_km, mean_wind_error_kt: Vec::new() }
    }

    fn check(lat: f64, lon: f64, km: f64) -> Likelihood {
        let path = Path::new(&rananim()).expect("a path");
        let samples = path.sampled(path.start(), Span::from_hours(1));
        likelihood(&[(&samples, &errors(km))], &[], &[at(lat, lon)])
    }

    #[test]
    fn agencies_that_disagree_lie_between_each_other() {
        let (taizhou, path) = (at(28.66, 121.45), Path::new(&rananim()).expect("a path"));
        let samples = path.sampled(path.start(), Span::from_hours(1));
        let elsewhere: Vec<Snapshot> = samples
            .iter()
            .map(|storm| Snapshot { position: at(storm.position.lat() - 4.0, storm.position.lon()), ..storm.clone() })
            .collect();
        let row = errors(60.0);
        let p = |forecasts: &[Forecast<'_>]| likelihood(forecasts, &[], &[taizhou]).probability.gale;
        let (near, far) = (p(&[(&samples, &row)]), p(&[(&elsewhere, &row)]));
        let both = likelihood(&[(&samples, &row), (&elsewhere, &row)], &[], &[taizhou]);
        assert!(near > 0.9 && far < 0.2, "{near} {far}");
        assert!((both.probability.gale - f64::midpoint(near, far)).abs() < 1e-9);
        assert!((both.peaks_kt.iter().map(|(weight, _)| weight).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((p(&[(&samples, &row), (&samples, &row)]) - near).abs() < 1e-9, "agreement changes nothing");
    }

    #[test]
    fn a_bulls_eye_is_certain_when_errors_are_small() {
        let taizhou = check(28.66, 121.45, 5.0);
        assert!(taizhou.probability.gale > 0.999, "{:?}", taizhou.probability);
        let (early, late) = taizhou.arrival.gale.expect("gales");
        let path = Path::new(&rananim()).expect("a path");
        let (first, _) = passage(&path, &path.sampled(path.start(), PASSAGE_STEP), at(28.66, 121.45))
            .and_then(|p| p.winds.gale)
            .expect("gales");
        let minutes = |t: Timestamp| t.duration_since(first).as_mins();
        assert!((-20..=15).contains(&minutes(early)) && (-15..=20).contains(&minutes(late)), "{early} {first} {late}");
        let peak: f64 = taizhou.peaks_kt.iter().map(|(w, kt)| w * kt).sum();
        assert!((40.0..64.0).contains(&peak), "{peak}");
    }

    #[test]
    fn far_away_is_safe() {
        let qingdao = check(36.07, 120.38, 100.0);
        assert!(qingdao.probability.gale < 1e-6);
        assert_eq!(qingdao.arrival.gale, None);
    }

    proptest! {
        #[test]
        fn probabilities_are_ordered_and_widen(lat in 22.0..34.0f64, lon in 116.0..128.0f64, km in 1.0..400.0) {
            let there = check(lat, lon, km);
            let p = there.probability;
            prop_assert!((0.0..=1.0).contains(&p.gale) && p.storm <= p.gale + 1e-12 && p.typhoon <= p.storm + 1e-12);
            if let Some((early, late)) = there.arrival.gale { prop_assert!(early <= late); }
            prop_assert!(there.peaks_kt.iter().all(|(w, kt)| w.is_finite() && kt.is_finite()));
        }

        #[test]
        fn wider_errors_never_raise_a_bulls_eye(km in 10.0..200.0f64, more in 1.0..300.0f64) {
            let (narrow, wide) = (check(28.0, 121.3, km), check(28.0, 121.3, km + more));
            prop_assert!(wide.probability.gale <= narrow.probability.gale + 1e-9);
        }
    }
}
