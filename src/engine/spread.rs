//! An ensemble's members as possible tracks of the leading forecast: how far each lies from the middle of all.

use crate::domain::{Hazard, Km, Position, Span, Technique, Timestamp, Track, hours_between};
use crate::geo;
use crate::storm::Snapshot;

/// Fewer members tell no spread.
const MEMBERS_MIN: usize = 10;
/// An ensemble this much older than the leading forecast is of another forecast. Ensembles run every 6 to 12 h and come
/// some 8 h later.
const AGE_MAX: Span = Span::from_hours(24);

/// The leading track moved by each member's distance from the middle of all members at that time.
///
/// Winds and radii stay those of the leading forecast: models of this kind are too coarse for a storm's core (ECMWF's
/// ensemble underrates intense storms; Magnusson et al. 2019, BAMS 100:445), and what they are asked for
/// is how far the tracks part. Members that have ended stay where their distance was last.
pub(super) fn spread(lead: &[Snapshot], issued: Option<Timestamp>, hazards: &[&Hazard]) -> Vec<Vec<Snapshot>> {
    let is_of_now = |hazard: &Hazard| match (issued, hazard.issued) {
        (Some(issued), Some(member)) => issued.duration_since(member).abs() <= AGE_MAX,
        _ => false,
    };
    let members = hazards.iter().filter(|hazard| is_of_now(hazard)).filter_map(|hazard| hazard.track.as_ref());
    let members: Vec<&Track> = members.filter(|track| track.standing == Technique::Member).collect();
    if members.len() < MEMBERS_MIN {
        return Vec::new();
    }
    let mut moved: Vec<Vec<Snapshot>> = vec![Vec::with_capacity(lead.len()); members.len()];
    let mut last = vec![(0.0, 0.0); members.len()];
    for storm in lead {
        let places: Vec<Option<(f64, f64)>> = members
            .iter()
            .map(|track| place_at(track, storm.time).map(|place| geo::plane_km(storm.position, place)))
            .collect();
        let middle = middle(&places);
        for ((moved, last), place) in moved.iter_mut().zip(&mut last).zip(places) {
            if let (Some((east, north)), Some((east_0, north_0))) = (place, middle) {
                *last = (east - east_0, north - north_0);
            }
            moved.push(Snapshot { position: shifted(storm.position, *last), ..storm.clone() });
        }
    }
    moved
}

/// The mean of those that are there; none when fewer are than tell a spread.
fn middle(places: &[Option<(f64, f64)>]) -> Option<(f64, f64)> {
    let there: Vec<(f64, f64)> = places.iter().copied().flatten().collect();
    let count = there.len() as f64;
    let sum = there.iter().fold((0.0, 0.0), |sum, place| (sum.0 + place.0, sum.1 + place.1));
    (there.len() >= MEMBERS_MIN).then(|| (sum.0 / count, sum.1 / count))
}

fn shifted(from: Position, (east, north): (f64, f64)) -> Position {
    geo::destination(from, east.atan2(north).to_degrees().rem_euclid(360.0), Km(east.hypot(north)))
}

fn place_at(track: &Track, time: Timestamp) -> Option<Position> {
    let after = track.fixes.partition_point(|fix| fix.time <= time);
    let before = track.fixes.get(after.checked_sub(1)?)?;
    match track.fixes.get(after) {
        Some(next) => {
            let share = hours_between(before.time, time) / hours_between(before.time, next.time);
            Some(geo::between(before.position, next.position, share))
        }
        None => (before.time == time).then_some(before.position),
    }
}
