//! The forecast track's passage at a place: when each wind comes and goes, the peak, the closest approach.

use super::path::{Path, Snapshot};
use super::wind::{wind_at_kt, wind_kt};
use crate::domain::{ByThreshold, Position, Span, Timestamp};
use crate::geo;

/// How finely a passage is looked for; crossings are then found to the minute.
pub const PASSAGE_STEP: Span = Span::from_mins(15);

/// What the forecast track alone brings to a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// Distance of closest approach in kilometres.
    pub closest_km: f64,
    /// When that is.
    pub closest_at: Timestamp,
    /// The highest 1-minute wind in knots.
    pub peak_kt: f64,
    /// When that is.
    pub peak_at: Timestamp,
    /// First and last instant of each threshold; the first is `from` when the wind is already there.
    pub winds: ByThreshold<Option<(Timestamp, Timestamp)>>,
}

/// The passage at `place` over `track`, the path sampled every [`PASSAGE_STEP`] from the instant asked
/// about; `None` when the track has ended by then.
pub fn passage(path: &Path, track: &[Snapshot], place: Position) -> Option<Passage> {
    let from = track.first()?.time;
    let samples: Vec<(Timestamp, f64, f64)> = track.iter().map(|storm| sample(storm, place)).collect();
    let nearest = samples.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    // Of equal peaks the earliest counts.
    let peak = samples.iter().rev().max_by(|a, b| a.2.total_cmp(&b.2))?;
    let closest_at = refined(nearest.0, path, |storm| -geo::distance(storm, place).0).max(from);
    let closest_km = path.at(closest_at).map_or(nearest.1, |storm| geo::distance(storm.position, place).0);
    let winds = ByThreshold::from_fn(|kt| crossing(&samples, f64::from(kt), path, place));
    Some(Passage { closest_km, closest_at, peak_kt: peak.2, peak_at: peak.0, winds })
}

fn sample(storm: &Snapshot, place: Position) -> (Timestamp, f64, f64) {
    let (distance, bearing) = geo::distance_and_bearing(storm.position, place);
    (storm.time, distance.0, wind_at_kt(storm, distance.0, bearing))
}

fn crossing(
    samples: &[(Timestamp, f64, f64)],
    kt: f64,
    path: &Path,
    place: Position,
) -> Option<(Timestamp, Timestamp)> {
    let blows = |sample: &(Timestamp, f64, f64)| sample.2 >= kt;
    let first = samples.iter().position(blows)?;
    let last = samples.iter().rposition(blows)?;
    let is_blowing = |time: Timestamp| path.at(time).is_some_and(|storm| wind_kt(&storm, place) >= kt);
    let first_at = samples.get(first)?.0;
    let begin = match first.checked_sub(1).and_then(|before| samples.get(before)) {
        Some(calm) => to_the_minute(calm.0, first_at, is_blowing),
        None => first_at,
    };
    let last_at = samples.get(last)?.0;
    let end = match samples.get(last + 1) {
        Some(calm) => to_the_minute(last_at, calm.0, |time| !is_blowing(time)),
        None => last_at,
    };
    Some((begin, end))
}

/// The first whole minute after `before` at which `holds`, given that it holds at `after`.
fn to_the_minute(before: Timestamp, after: Timestamp, holds: impl Fn(Timestamp) -> bool) -> Timestamp {
    let (mut no, mut yes) = (before.as_second(), after.as_second());
    while yes - no > 60 {
        let middle = i64::midpoint(no, yes);
        if Timestamp::from_second(middle).is_ok_and(&holds) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    let minute = yes.div_euclid(60) * 60;
    Timestamp::from_second(if minute > before.as_second() { minute } else { yes }).unwrap_or(after)
}

/// The instant within a step of `near` at which `height` is greatest, to the minute.
fn refined(near: Timestamp, path: &Path, height: impl Fn(Position) -> f64) -> Timestamp {
    let step = PASSAGE_STEP.as_mins();
    let instants = (-step..=step).filter_map(|minute| near.checked_add(Span::from_mins(minute)).ok());
    let heights = instants.filter_map(|time| Some((time, height(path.at(time)?.position))));
    heights.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(near, |(time, _)| time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storm::path::tests::{at, rananim, time};

    fn check(lat: f64, lon: f64, from: &str) -> Option<Passage> {
        let path = Path::new(&rananim()).expect("a path");
        passage(&path, &path.sampled(time(from), PASSAGE_STEP), at(lat, lon))
    }

    /// The figures of the published track: landfall near Wenling about 12 UTC on 12 August 2004.
    #[test]
    fn rananim_at_taizhou() {
        let taizhou = check(28.66, 121.45, "2004-08-11T18:00:00Z").expect("a passage");
        assert!((50.0..75.0).contains(&taizhou.closest_km), "{}", taizhou.closest_km);
        assert_eq!(taizhou.closest_at.to_string().get(..13), Some("2004-08-12T12"), "{}", taizhou.closest_at);
        let (first, last) = taizhou.winds.gale.expect("gales");
        assert!(first > time("2004-08-12T02:00:00Z") && first < time("2004-08-12T05:00:00Z"), "{first}");
        assert!(last > time("2004-08-12T15:00:00Z") && last < time("2004-08-12T19:00:00Z"), "{last}");
        assert_eq!(first.as_second() % 60, 0);
        assert!((34.0..64.0).contains(&taizhou.peak_kt), "{}", taizhou.peak_kt);
        assert_eq!(taizhou.winds.typhoon, None);
    }

    #[test]
    fn a_wind_that_is_already_there_begins_now() {
        let now = "2004-08-12T12:00:00Z";
        let taizhou = check(28.66, 121.45, now).expect("a passage");
        assert_eq!(taizhou.winds.gale.map(|(first, _)| first), Some(time(now)));
        assert_eq!(check(28.66, 121.45, "2004-08-14T00:00:00Z"), None);
    }

    #[test]
    fn far_away_nothing_blows() {
        let qingdao = check(36.07, 120.38, "2004-08-11T18:00:00Z").expect("a passage");
        assert_eq!(qingdao.winds, ByThreshold::default());
        assert!(qingdao.closest_km > 800.0);
    }
}
