//! The forecast track's passage at a place: when each wind comes and goes, the peak, the closest approach.

use super::path::{Path, Snapshot};
use super::wind::{wind_from_deg, wind_kt, wind_off_kt};
use crate::domain::{ByThreshold, Position, Span, Timestamp};
use crate::geo::{self, Plane};

/// How finely a passage is looked for; crossings, the peak and the closest approach are then found to the minute.
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
    /// From where it then blows, degrees clockwise from north, over the sea.
    pub peak_dir_deg: f64,
    /// First and last instant of each threshold; the first is `from` when the wind is already there.
    pub winds: ByThreshold<Option<(Timestamp, Timestamp)>>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    time: Timestamp,
    km: f64,
    kt: f64,
}

/// The passage at `place` over `track`, the path sampled every [`PASSAGE_STEP`] from the instant asked
/// about; `None` when the track has ended by then.
pub fn passage(path: &Path, track: &[Snapshot], place: Position) -> Option<Passage> {
    let mut samples: Vec<Sample> = track.iter().map(|storm| sample(storm, place)).collect();
    let nearest = samples.iter().min_by(|a, b| a.km.total_cmp(&b.km))?;
    // Of equal peaks the earliest counts.
    let peak = samples.iter().rev().max_by(|a, b| a.kt.total_cmp(&b.kt))?;
    let ends = (samples.first()?.time, samples.last()?.time);
    let within = |time: &Timestamp| (ends.0..=ends.1).contains(time);
    let nearest = climbed(*nearest, |time| Some(sample(&path.at(time).filter(|_| within(&time))?, place)), |a| -a.km);
    let peak = climbed(*peak, |time| Some(sample(&path.at(time).filter(|_| within(&time))?, place)), |a| a.kt);
    // A wind that blows for less than a step still blows.
    let at = samples.partition_point(|sample| sample.time < peak.time);
    samples.insert(at, peak);
    let (closest, strongest) = (path.at(nearest.time)?, path.at(peak.time)?);
    Some(Passage {
        closest_km: geo::distance(closest.position, place).0,
        closest_at: nearest.time,
        peak_kt: peak.kt,
        peak_at: peak.time,
        peak_dir_deg: wind_from_deg(&strongest, place),
        winds: ByThreshold::from_fn(|kt| crossing(&samples, f64::from(kt), path, place)),
    })
}

fn sample(storm: &Snapshot, place: Position) -> Sample {
    let (east, north) = Plane::new(storm.position).offset_km(place);
    Sample { time: storm.time, km: east.hypot(north), kt: wind_off_kt(storm, (east, north)) }
}

fn crossing(samples: &[Sample], kt: f64, path: &Path, place: Position) -> Option<(Timestamp, Timestamp)> {
    let blows = |sample: &Sample| sample.kt >= kt;
    let first = samples.iter().position(blows)?;
    let last = samples.iter().rposition(blows)?;
    let is_blowing = |time: Timestamp| path.at(time).is_some_and(|storm| wind_kt(&storm, place) >= kt);
    let first_at = samples.get(first)?.time;
    let begin = match first.checked_sub(1).and_then(|before| samples.get(before)) {
        Some(calm) => to_the_minute(calm.time, first_at, is_blowing),
        None => first_at,
    };
    let last_at = samples.get(last)?.time;
    let end = match samples.get(last + 1) {
        Some(calm) => to_the_minute(last_at, calm.time, |time| !is_blowing(time)),
        None => last_at,
    };
    Some((begin, end))
}

/// The first whole minute after `before` at which `holds`, given that it holds at `after`; `after` itself when there is no
/// whole minute between.
fn to_the_minute(before: Timestamp, after: Timestamp, holds: impl Fn(Timestamp) -> bool) -> Timestamp {
    let instant = |minute: i64| Timestamp::from_second(minute * 60).ok();
    let (mut no, mut yes) = (before.as_second().div_euclid(60), (after.as_second() + 59).div_euclid(60));
    while yes - no > 1 {
        let middle = i64::midpoint(no, yes);
        if instant(middle).is_some_and(&holds) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    instant(yes).map_or(after, |minute| minute.min(after))
}

/// The highest place within a step of a sample that is higher than its neighbours, to the minute.
fn climbed(mut top: Sample, at: impl Fn(Timestamp) -> Option<Sample>, height: impl Fn(&Sample) -> f64) -> Sample {
    for minutes in [8, 4, 2, 1] {
        let asked =
            [-minutes, minutes].map(|minutes| top.time.checked_add(Span::from_mins(minutes)).ok().and_then(&at));
        for sample in asked.into_iter().flatten() {
            if height(&sample) > height(&top) {
                top = sample;
            }
        }
    }
    top
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Track;
    use crate::storm::path::tests::{at, rananim, time};

    fn check(lat: f64, lon: f64, from: &str) -> Option<Passage> {
        let path = Path::new(&rananim()).expect("a path");
        passage(&path, &path.sampled(time(from), PASSAGE_STEP), at(lat, lon))
    }

    /// The figures of the published track: landfall near Wenling about 12 UTC on 12 August 2004.
    #[test]
    fn rananim_at_taizhou() {
        let taizhou = check(28.66, 121.45, "2004-08-11T18:00:00Z").expect("a passage");
        // Reckoned apart, with PROJ along the geodesics between the fixes: 73.57 km at 12:35. A fix is told to 0.1 degrees,
        // 5 km each way, and every six hours.
        assert!((taizhou.closest_km - 73.57).abs() < 0.05, "{}", taizhou.closest_km);
        let minutes = taizhou.closest_at.duration_since(time("2004-08-12T12:35:00Z")).as_mins();
        assert!(minutes.abs() <= 1, "{}", taizhou.closest_at);
        let (first, last) = taizhou.winds.gale.expect("gales");
        assert!(first > time("2004-08-12T02:00:00Z") && first < time("2004-08-12T05:00:00Z"), "{first}");
        assert!(last > time("2004-08-12T15:00:00Z") && last < time("2004-08-12T19:00:00Z"), "{last}");
        assert_eq!(first.as_second() % 60, 0);
        assert!((34.0..64.0).contains(&taizhou.peak_kt), "{}", taizhou.peak_kt);
        assert_eq!(taizhou.winds.typhoon, None);
        // North of the centre the wind comes from the sea: easterly.
        assert!((60.0..120.0).contains(&taizhou.peak_dir_deg), "{}", taizhou.peak_dir_deg);
        let [peak_at, closest_at] = [taizhou.peak_at, taizhou.closest_at].map(|at| at.as_second() / 3600);
        assert!((peak_at - closest_at).abs() <= 2, "{}", taizhou.peak_at);
    }

    /// The instants are those at which the wind is what it is said to be, to the minute.
    #[test]
    fn comes_and_goes_to_the_minute() {
        let path = Path::new(&rananim()).expect("a path");
        let place = at(28.66, 121.45);
        let taizhou = check(28.66, 121.45, "2004-08-11T18:00:00Z").expect("a passage");
        let (first, last) = taizhou.winds.gale.expect("gales");
        let minute = Span::from_secs(60);
        let kt = |time| wind_kt(&path.at(time).expect("within"), place);
        assert!(kt(first) >= 34.0 && kt(first - minute) < 34.0, "{} {}", kt(first), kt(first - minute));
        assert!(kt(last) < 34.0 && kt(last - minute) >= 34.0, "{} {}", kt(last), kt(last - minute));
        assert!(kt(taizhou.peak_at + minute) <= taizhou.peak_kt && kt(taizhou.peak_at - minute) <= taizhou.peak_kt);
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

    /// The storm and the place turned round the earth, or to the other hemisphere.
    fn elsewhere(mirrored: bool, turn: f64) -> impl Fn(Position) -> Position {
        move |place| {
            let lat = if mirrored { -place.lat() } else { place.lat() };
            at(lat, geo::shortest_lon(place.lon() + turn))
        }
    }

    fn moved(track: &Track, mirrored: bool, turn: f64) -> Track {
        let to = elsewhere(mirrored, turn);
        let mut track = track.clone();
        for fix in &mut track.fixes {
            fix.position = to(fix.position);
            for radii in fix.radii.iter_mut().filter(|_| mirrored) {
                std::mem::swap(&mut radii.ne_km, &mut radii.se_km);
                std::mem::swap(&mut radii.nw_km, &mut radii.sw_km);
            }
        }
        track
    }

    fn passed(track: &Track, place: Position) -> Passage {
        let path = Path::new(track).expect("a path");
        passage(&path, &path.sampled(path.start(), PASSAGE_STEP), place).expect("a passage")
    }

    fn same(a: &Passage, b: &Passage) -> bool {
        let near = |a: Timestamp, b: Timestamp| a.duration_since(b).as_secs().abs() <= 60;
        let both = |a: Option<(Timestamp, Timestamp)>, b: Option<(Timestamp, Timestamp)>| match (a, b) {
            (Some(a), Some(b)) => near(a.0, b.0) && near(a.1, b.1),
            (a, b) => a == b,
        };
        (a.closest_km - b.closest_km).abs() < 1e-6
            && (a.peak_kt - b.peak_kt).abs() < 1e-6
            && near(a.closest_at, b.closest_at)
            && both(a.winds.gale, b.winds.gale)
            && both(a.winds.storm, b.winds.storm)
            && both(a.winds.typhoon, b.winds.typhoon)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_earth_may_be_turned_and_mirrored(
            lat in 24.0..32.0_f64, lon in 116.0..127.0_f64, turn in prop_oneof![Just(58.0), Just(180.0), Just(-121.0)],
            is_bare in any::<bool>(),
        ) {
            let mut track = rananim();
            if is_bare {
                track.fixes.iter_mut().for_each(|fix| fix.radii.clear());
            }
            let place = at(lat, lon);
            let here = passed(&track, place);
            let turned = passed(&moved(&track, false, turn), elsewhere(false, turn)(place));
            prop_assert!(same(&here, &turned), "{here:?} {turned:?}");
            prop_assert!(geo::shortest_lon(here.peak_dir_deg - turned.peak_dir_deg).abs() < 1.0);
            let south = passed(&moved(&track, true, 0.0), elsewhere(true, 0.0)(place));
            prop_assert!(same(&here, &south), "{here:?} {south:?}");
            prop_assert!(geo::shortest_lon(180.0 - here.peak_dir_deg - south.peak_dir_deg).abs() < 1.0);
        }

        /// Whatever figures a document brings, what comes out are numbers.
        #[test]
        fn no_nan_comes_out(
            odd in prop::collection::vec(prop_oneof![
                Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(0.0), Just(-5.0), Just(1e300), 0.0..300.0_f64,
            ], 24),
            lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64,
        ) {
            let mut track = rananim();
            for (fix, odd) in track.fixes.iter_mut().zip(odd.chunks(4)) {
                (fix.vmax_kt, fix.rmw_km, fix.pmin_hpa) = (Some(odd[0]), Some(odd[1]), Some(odd[2]));
                if let Some(radii) = fix.radii.first_mut() {
                    radii.ne_km = odd[3];
                }
            }
            let Some(path) = Path::new(&track) else { return Ok(()) };
            let samples = path.sampled(path.start(), Span::from_hours(1));
            for place in [at(lat, lon), track.fixes[3].position] {
                prop_assert!(samples.iter().all(|storm| wind_kt(storm, place).is_finite()));
                let passage = passage(&path, &samples, place).expect("a passage");
                prop_assert!(passage.closest_km.is_finite() && passage.peak_kt.is_finite() && passage.peak_dir_deg.is_finite());
            }
        }
    }
}
