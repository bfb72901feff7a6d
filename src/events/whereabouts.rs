//! How far apart two tracks are at one time.

use crate::domain::{Fix, Hazard, Position, Timestamp, hours_between};
use crate::geo;

/// Two tracks whose times do not meet are compared over a gap of at most this long.
const GAP_H_MAX: f64 = 12.0;
/// How fast a storm goes at most, for such a gap: 100 km/h, a fast one after recurvature (a guess on the safe side).
const FASTEST_KM_H: f64 = 100.0;

/// How far apart the centres are, in kilometres, at the time that both know best: the later of the two issue times, as
/// far as both tracks reach. Over a gap in time the distance that a fast storm goes in it is taken off.
/// `None` when the tracks are too far apart in time, or one of the two has none.
pub(super) fn apart_km(a: &Hazard, b: &Hazard) -> Option<f64> {
    let (of_a, of_b) = (&a.track.as_ref()?.fixes, &b.track.as_ref()?.fixes);
    let ((a_first, a_last), (b_first, b_last)) = (reach(of_a)?, reach(of_b)?);
    let (from, to) = (a_first.max(b_first), a_last.min(b_last));
    if from <= to {
        let wanted = a.issued.max(b.issued).unwrap_or(from).clamp(from, to);
        return Some(distance_km(place_at(of_a, wanted)?, place_at(of_b, wanted)?));
    }
    // The one ends before the other begins.
    let gap_h = hours_between(to, from);
    let (early, late) = if a_last < b_first { (of_a.last()?, of_b.first()?) } else { (of_b.last()?, of_a.first()?) };
    (gap_h <= GAP_H_MAX).then(|| (distance_km(early.position, late.position) - gap_h * FASTEST_KM_H).max(0.0))
}

fn reach(fixes: &[Fix]) -> Option<(Timestamp, Timestamp)> {
    Some((fixes.first()?.time, fixes.last()?.time))
}

fn distance_km(a: Position, b: Position) -> f64 {
    let (east, north) = geo::plane_km(a, b);
    east.hypot(north)
}

/// The centre at a time within the track.
fn place_at(fixes: &[Fix], time: Timestamp) -> Option<Position> {
    let after = fixes.partition_point(|fix| fix.time <= time);
    let before = fixes.get(after.checked_sub(1)?)?;
    let Some(next) = fixes.get(after) else { return Some(before.position) };
    let share = hours_between(before.time, time) / hours_between(before.time, next.time);
    Some(geo::between(before.position, next.position, share))
}
