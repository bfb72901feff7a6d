//! Forecasts beside what happened: how often the chances that we give come true.
//!
//! In: forecasts, best tracks, places and the error statistics of `rules/errors/track.toml`. Out: scores of the track alone
//! (hits, false alarms, arrival errors, lead times), of the chances (Brier score, reliability) and of simple rules to beat.
//! Never: tunes anything, and never scores a forecast beyond its own end or the best track's, or an extratropical stage.
//!
//! Each forecast is scored from its own hour 0 to its own end (120 h at most), at each place, for 34, 50 and 64 kt: did the
//! best track bring the wind within that time? Where the best track has no radii, the parametric profile fills in, as it
//! does for forecasts; the share of fixes with radii is told.

mod baselines;
mod cycle;
mod diagram;
mod lead;
mod pairs;
mod places;
mod report;
mod tally;

use crate::domain::TrackErrors;
use crate::geo;

pub use self::diagram::reliability_svg;
pub use self::pairs::{Pair, Pairs, pairs};
pub use self::places::{Places, REACH_KM};
pub use self::report::{ArrivalError, Bin, CycleScore, CycleThreshold, Lead, References, Scores, ThresholdScore};

/// Scores pairs at places, on up to so many threads; the same for any number of them.
pub fn score(pairs: &[Pair<'_>], places: Places<'_>, errors: &TrackErrors, threads: usize) -> Scores {
    let scored = geo::in_parallel(pairs, threads, |pair| cycle::score(pair, places, errors));
    let mut report = report::Builder::default();
    for (pair, cycle) in pairs.iter().zip(scored) {
        match cycle {
            Some(cycle) => report.add(cycle),
            None => report.unscored(pair),
        }
    }
    report.finish()
}

#[cfg(test)]
mod tests;
