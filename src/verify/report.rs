//! The scores as they are printed: one object a line, ratios of nothing unknown (`null`).

use std::collections::BTreeSet;

use serde::Serialize;

use super::cycle::Cycle;
use super::lead::Leads;
use super::pairs::{Pair, cycle};
use super::tally::{BINS, Tally, ratio};
use crate::domain::{ByThreshold, Timestamp};

/// All of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// One a forecast, by storm, agency and time.
    pub cycles: Vec<CycleScore>,
    /// One for each of 34, 50 and 64 kt.
    pub thresholds: Vec<ThresholdScore>,
    /// The bins of each, lowest first.
    pub bins: Vec<Bin>,
    /// Forecasts that have too little time in common with the tropical part of their best track, or no wind: event and time of analysis.
    pub unscored: Vec<(String, Option<Timestamp>)>,
}

/// One forecast.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CycleScore {
    /// `pair`.
    pub what: &'static str,
    /// The storm, as its best track names it.
    pub event: String,
    /// Whose forecast.
    pub agency: String,
    /// As the document names it.
    pub technique: String,
    /// The time that its hours are counted from.
    pub cycle: Timestamp,
    /// How many hours are scored.
    pub hours: f64,
    /// At how many places.
    pub places: usize,
    /// Of the best track's fixes of 34 kt and more in that time, the share that has radii.
    pub observed_radii_share: Option<f64>,
    /// The error statistics that the chances were drawn with: agency, basin, first and last season.
    pub errors: String,
    /// The scores.
    pub kt: ByThreshold<CycleThreshold>,
}

/// One forecast and wind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CycleThreshold {
    /// Places that had the wind.
    pub observed: usize,
    /// Of them those that the track had shown.
    pub hits: usize,
    /// Places that the track had shown in vain.
    pub false_alarms: usize,
    /// Places that would have it, by the sum of the chances.
    pub expected: f64,
    /// The chances' Brier score.
    pub brier: Option<f64>,
}

/// All forecasts at one wind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThresholdScore {
    /// `threshold`.
    pub what: &'static str,
    /// Knots.
    pub kt: u32,
    /// Storms that were scored. Cases of one storm hang together: this many are independent, not `cases`.
    pub storms: usize,
    /// Forecasts.
    pub cycles: usize,
    /// Forecasts times places.
    pub cases: usize,
    /// In how many of them the wind came.
    pub observed: usize,
    /// The same as a share.
    pub base_rate: Option<f64>,
    /// Of the best tracks' fixes of 34 kt and more, the share that has radii.
    pub observed_radii_share: Option<f64>,
    /// Track alone: of the winds that came, the share that was shown.
    pub hit_rate: Option<f64>,
    /// Track alone: of the winds that were shown, the share that did not come.
    pub false_alarm_ratio: Option<f64>,
    /// Track alone: hits over all that was shown or came.
    pub csi: Option<f64>,
    /// Track alone: how far off arrivals were.
    pub arrival: ArrivalError,
    /// Track alone: how early it was right.
    pub lead: Lead,
    /// The chances' Brier score, 0 at best.
    pub brier: Option<f64>,
    /// Brier scores of simpler forecasts.
    pub brier_of: References,
    /// By how much the chances' Brier score is better, as a share of the simpler one's; 1 at best, negative when worse.
    pub brier_skill: References,
    /// Murphy's decomposition over the bins: 0 at best.
    pub reliability: Option<f64>,
    /// The larger the better, up to the uncertainty.
    pub resolution: Option<f64>,
    /// The variance of what happened.
    pub uncertainty: Option<f64>,
    /// Of the bins of more than 200 cases, the largest difference of chance and frequency; positive: too high.
    pub worst_bin_difference: Option<f64>,
}

/// Hours by which the track's arrivals were off, where the wind came, was shown, and did not blow at the beginning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArrivalError {
    /// How many arrivals.
    pub count: usize,
    /// Their mean error; positive: shown too late.
    pub mean_h: Option<f64>,
    /// The mean of its size.
    pub mean_absolute_h: Option<f64>,
}

/// How long before a wind came to a place the first forecast was that rightly showed it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lead {
    /// Places and storms to which the wind came after a forecast.
    pub places: usize,
    /// Those to which a forecast had shown it.
    pub warned: usize,
    /// The mean lead of these; no more than the forecasts at hand and their ends allow.
    pub mean_h: Option<f64>,
}

/// A score of each of the simpler forecasts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct References {
    /// Always the base rate of these very cases.
    pub base_rate: Option<f64>,
    /// The track alone, yes or no.
    pub track: Option<f64>,
    /// Yes within the mean storm's reach and the mean track error round the forecast centre.
    pub circle: Option<f64>,
    /// The mariner's 1-2-3 rule, of 34 kt alone.
    pub rule_123: Option<f64>,
}

/// The cases of one stretch of chances.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// `bin`.
    pub what: &'static str,
    /// Knots.
    pub kt: u32,
    /// Chances above this …
    pub above: f64,
    /// … and up to this; both 0: no chance at all.
    pub to: f64,
    /// How many.
    pub count: usize,
    /// Their mean chance.
    pub p: Option<f64>,
    /// In what share the wind came.
    pub observed: Option<f64>,
}

/// A bin of no more cases than this is not judged.
pub(super) const COUNT_MIN: usize = 200;

/// Collects cycles, in the order of their pairs.
#[derive(Debug, Default)]
pub(super) struct Builder {
    cycles: Vec<CycleScore>,
    totals: ByThreshold<Tally>,
    fixes: (usize, usize),
    storms: BTreeSet<String>,
    leads: Leads,
    unscored: Vec<(String, Option<Timestamp>)>,
}

impl Builder {
    pub(super) fn add(&mut self, cycle: Cycle) {
        self.totals.gale.merge(&cycle.tallies.gale);
        self.totals.storm.merge(&cycle.tallies.storm);
        self.totals.typhoon.merge(&cycle.tallies.typhoon);
        self.fixes = (self.fixes.0 + cycle.fixes.0, self.fixes.1 + cycle.fixes.1);
        self.storms.insert(cycle.event.clone());
        let of = format!("{} {} {}", cycle.event, cycle.agency, cycle.technique);
        self.leads.add(&of, &cycle.sightings);
        self.cycles.push(told(cycle));
    }

    pub(super) fn unscored(&mut self, pair: &Pair<'_>) {
        self.unscored.push((pair.best.event.clone(), cycle(pair.forecast)));
    }

    pub(super) fn finish(self) -> Scores {
        let ByThreshold { gale, storm, typhoon } = &self.totals;
        let all = [(34, gale), (50, storm), (64, typhoon)];
        let bins: Vec<Bin> = all.iter().flat_map(|(kt, tally)| bins(*kt, tally)).collect();
        let thresholds = all.iter().map(|(kt, tally)| self.threshold(*kt, tally, &bins)).collect();
        Scores { thresholds, bins, cycles: self.cycles, unscored: self.unscored }
    }

    fn threshold(&self, kt: u32, tally: &Tally, bins: &[Bin]) -> ThresholdScore {
        let (places, warned, lead_h) = self.leads.of(kt);
        let (reliability, resolution) = tally.decomposition().unzip();
        let brier = tally.mean(tally.brier);
        let brier_of = References {
            base_rate: tally.uncertainty(),
            track: tally.mean(tally.brier_track),
            circle: tally.mean(tally.brier_circle),
            rule_123: tally.brier_rule_123.and_then(|sum| tally.mean(sum)),
        };
        let of_arrivals = |sum: f64| (tally.arrivals > 0).then(|| rounded(sum / tally.arrivals as f64, 2));
        let judged = bins.iter().filter(|bin| bin.kt == kt && bin.count > COUNT_MIN).filter_map(Bin::difference);
        ThresholdScore {
            what: "threshold",
            kt,
            storms: self.storms.len(),
            cycles: self.cycles.len(),
            cases: tally.cases(),
            observed: tally.observed(),
            base_rate: fine(tally.base_rate()),
            observed_radii_share: coarse(ratio(self.fixes.1, self.fixes.0)),
            hit_rate: coarse(tally.hit_rate()),
            false_alarm_ratio: coarse(tally.false_alarm_ratio()),
            csi: coarse(tally.csi()),
            arrival: ArrivalError {
                count: tally.arrivals,
                mean_h: of_arrivals(tally.arrival_error_h),
                mean_absolute_h: of_arrivals(tally.arrival_error_abs_h),
            },
            lead: Lead { places, warned, mean_h: lead_h.map(|hours| rounded(hours, 1)) },
            brier: fine(brier),
            brier_skill: brier_of.map(|of| brier.filter(|_| of > 0.0).map(|brier| rounded(1.0 - brier / of, 3))),
            brier_of: brier_of.map(|of| Some(rounded(of, 5))),
            reliability: fine(reliability),
            resolution: fine(resolution),
            uncertainty: fine(tally.uncertainty()),
            worst_bin_difference: judged.max_by(|a, b| a.abs().total_cmp(&b.abs())).map(|gap| rounded(gap, 3)),
        }
    }
}

impl References {
    fn map(&self, to: impl Fn(f64) -> Option<f64>) -> Self {
        Self {
            base_rate: self.base_rate.and_then(&to),
            track: self.track.and_then(&to),
            circle: self.circle.and_then(&to),
            rule_123: self.rule_123.and_then(&to),
        }
    }
}

impl Bin {
    /// The mean chance less the frequency; nothing for an empty bin.
    pub fn difference(&self) -> Option<f64> {
        Some(self.p? - self.observed?)
    }
}

fn bins(kt: u32, tally: &Tally) -> impl Iterator<Item = Bin> {
    (0..BINS).zip(tally.bins).map(move |(number, bin)| Bin {
        what: "bin",
        kt,
        above: number.saturating_sub(1) as f64 / 10.0,
        to: number as f64 / 10.0,
        count: bin.count,
        p: coarse((bin.count > 0).then(|| bin.p / bin.count as f64)),
        observed: coarse(ratio(bin.observed, bin.count)),
    })
}

fn told(cycle: Cycle) -> CycleScore {
    let (agency, basin, from, to) = cycle.errors;
    let told = |tally: &Tally| CycleThreshold {
        observed: tally.observed(),
        hits: tally.hits,
        false_alarms: tally.false_alarms,
        expected: rounded(tally.bins.iter().map(|bin| bin.p).sum(), 1),
        brier: fine(tally.mean(tally.brier)),
    };
    let ByThreshold { gale, storm, typhoon } = &cycle.tallies;
    CycleScore {
        what: "pair",
        event: cycle.event,
        agency: cycle.agency,
        technique: cycle.technique,
        cycle: cycle.analysed,
        hours: rounded(cycle.hours, 1),
        places: cycle.places,
        observed_radii_share: coarse(ratio(cycle.fixes.1, cycle.fixes.0)),
        errors: format!("{agency} {basin} {from}-{to}"),
        kt: ByThreshold { gale: told(gale), storm: told(storm), typhoon: told(typhoon) },
    }
}

fn coarse(value: Option<f64>) -> Option<f64> {
    value.map(|value| rounded(value, 3))
}

fn fine(value: Option<f64>) -> Option<f64> {
    value.map(|value| rounded(value, 5))
}

fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    // No −0 in what is printed.
    (value * scale).round() / scale + 0.0
}
