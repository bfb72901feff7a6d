//! Counts and sums of cases, and the scores that they come to (Wilks 2011, "Statistical Methods in the Atmospheric Sciences",
//! chapter 8).

use super::cycle::Case;
use crate::domain::{Timestamp, hours_between};

/// Bins of chances: nothing at all, then tenths.
pub(super) const BINS: usize = 11;

/// Chances below this are none: half a member in a thousand.
const NONE: f64 = 0.0005;

/// One bin of chances.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct BinTally {
    pub(super) count: usize,
    pub(super) p: f64,
    pub(super) observed: usize,
}

/// The cases of one wind.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) hits: usize,
    pub(super) misses: usize,
    pub(super) false_alarms: usize,
    pub(super) calm: usize,
    /// Arrivals that were forecast, came and were not there at the beginning; the sum of their errors (h, positive: forecast
    /// too late) and of the sizes of these.
    pub(super) arrivals: usize,
    pub(super) arrival_error_h: f64,
    pub(super) arrival_error_abs_h: f64,
    /// Sums of squared errors: of the chances, and of the yes-or-no forecasts.
    pub(super) brier: f64,
    pub(super) brier_track: f64,
    pub(super) brier_circle: f64,
    pub(super) brier_rule_123: Option<f64>,
    pub(super) bins: [BinTally; BINS],
}

impl Tally {
    /// A case of a forecast whose scored time begins at `from`.
    pub(super) fn add(&mut self, case: &Case, from: Timestamp) {
        let came = case.observed.is_some();
        let count = match (case.forecast.is_some(), came) {
            (true, true) => &mut self.hits,
            (false, true) => &mut self.misses,
            (true, false) => &mut self.false_alarms,
            (false, false) => &mut self.calm,
        };
        *count += 1;
        if let (Some(forecast), Some(observed)) = (case.forecast, case.observed.filter(|onset| *onset > from)) {
            let error_h = hours_between(observed, forecast);
            self.arrivals += 1;
            self.arrival_error_h += error_h;
            self.arrival_error_abs_h += error_h.abs();
        }
        let wrong = |says: bool| f64::from(u8::from(says != came));
        self.brier += (case.p - f64::from(u8::from(came))).powi(2);
        self.brier_track += wrong(case.forecast.is_some());
        self.brier_circle += wrong(case.circle);
        if let Some(says) = case.rule_123 {
            *self.brier_rule_123.get_or_insert(0.0) += wrong(says);
        }
        if let Some(bin) = self.bins.get_mut(bin(case.p)) {
            bin.count += 1;
            bin.p += case.p;
            bin.observed += usize::from(came);
        }
    }

    /// Adds those of another forecast.
    pub(super) fn merge(&mut self, other: &Self) {
        self.hits += other.hits;
        self.misses += other.misses;
        self.false_alarms += other.false_alarms;
        self.calm += other.calm;
        self.arrivals += other.arrivals;
        self.arrival_error_h += other.arrival_error_h;
        self.arrival_error_abs_h += other.arrival_error_abs_h;
        self.brier += other.brier;
        self.brier_track += other.brier_track;
        self.brier_circle += other.brier_circle;
        if let Some(sum) = other.brier_rule_123 {
            *self.brier_rule_123.get_or_insert(0.0) += sum;
        }
        for (bin, more) in self.bins.iter_mut().zip(&other.bins) {
            bin.count += more.count;
            bin.p += more.p;
            bin.observed += more.observed;
        }
    }

    pub(super) fn cases(&self) -> usize {
        self.hits + self.misses + self.false_alarms + self.calm
    }

    pub(super) fn observed(&self) -> usize {
        self.hits + self.misses
    }

    pub(super) fn base_rate(&self) -> Option<f64> {
        ratio(self.observed(), self.cases())
    }

    /// Of the winds that came, the share that the track had shown.
    pub(super) fn hit_rate(&self) -> Option<f64> {
        ratio(self.hits, self.observed())
    }

    /// Of the winds that the track had shown, the share that did not come.
    pub(super) fn false_alarm_ratio(&self) -> Option<f64> {
        ratio(self.false_alarms, self.hits + self.false_alarms)
    }

    /// The critical success index: hits over all that was shown or came.
    pub(super) fn csi(&self) -> Option<f64> {
        ratio(self.hits, self.hits + self.misses + self.false_alarms)
    }

    /// A sum over all cases as a mean.
    pub(super) fn mean(&self, sum: f64) -> Option<f64> {
        (self.cases() > 0).then(|| sum / self.cases() as f64)
    }

    /// The Brier score of always giving the base rate: its variance.
    pub(super) fn uncertainty(&self) -> Option<f64> {
        self.base_rate().map(|rate| rate * (1.0 - rate))
    }

    /// Murphy's decomposition over the bins: how far chances and frequencies are apart (reliability, the smaller the better),
    /// and how far frequencies are from the base rate (resolution, the larger the better). Brier score = reliability −
    /// resolution + uncertainty, but for what the chances differ within a bin.
    pub(super) fn decomposition(&self) -> Option<(f64, f64)> {
        let (rate, cases) = (self.base_rate()?, self.cases() as f64);
        let filled = self.bins.iter().filter(|bin| bin.count > 0).map(|bin| {
            let count = bin.count as f64;
            (count, bin.p / count, bin.observed as f64 / count)
        });
        Some(filled.fold((0.0, 0.0), |(reliability, resolution), (count, p, observed)| {
            (
                reliability + count * (p - observed).powi(2) / cases,
                resolution + count * (observed - rate).powi(2) / cases,
            )
        }))
    }
}

/// Of so many so many; unknown of none.
pub(super) fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The bin of a chance: 0 for none, k for those above (k−1)/10 up to k/10.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=10 before the cast")]
fn bin(p: f64) -> usize {
    if p < NONE { 0 } else { (p * 10.0 - 1e-9).ceil().clamp(1.0, 10.0) as usize }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).expect("a time")
    }

    fn case(p: f64, forecast: Option<i64>, observed: Option<i64>) -> Case {
        let circle = forecast.is_some();
        Case { p, forecast: forecast.map(at), observed: observed.map(at), rule_123: Some(true), circle }
    }

    fn tally(cases: &[Case]) -> Tally {
        let mut tally = Tally::default();
        for case in cases {
            tally.add(case, at(0));
        }
        tally
    }

    fn near(got: Option<f64>, want: f64) {
        assert!(got.is_some_and(|got| (got - want).abs() < 1e-12), "{got:?} instead of {want}");
    }

    /// By hand: (0.9−1)² + (0.6−1)² + (0.3−0)² + (0.2−1)² + (0−0)² = 0.01 + 0.16 + 0.09 + 0.64 + 0 = 0.90, over 5.
    #[test]
    fn scores_by_hand() {
        let tally = tally(&[
            case(0.9, Some(10), Some(12)),
            case(0.6, Some(20), Some(16)),
            case(0.3, Some(30), None),
            case(0.2, None, Some(8)),
            case(0.0, None, None),
        ]);
        near(tally.mean(tally.brier), 0.18);
        near(tally.mean(tally.brier_track), 0.4);
        near(tally.mean(tally.brier_rule_123.unwrap_or_default()), 0.4);
        near(tally.base_rate(), 0.6);
        near(tally.uncertainty(), 0.24);
        near(tally.hit_rate(), 2.0 / 3.0);
        near(tally.false_alarm_ratio(), 1.0 / 3.0);
        near(tally.csi(), 0.5);
        assert_eq!(tally.arrivals, 2);
        near(Some(tally.arrival_error_h / 2.0), 1.0);
        near(Some(tally.arrival_error_abs_h / 2.0), 3.0);
        // Each bin has one case: reliability is the Brier score, resolution the uncertainty.
        let (reliability, resolution) = tally.decomposition().expect("cases");
        near(Some(reliability), 0.18);
        near(Some(resolution), 0.24);
    }

    #[test]
    fn bins_are_tenths() {
        for (p, want) in [(0.0, 0), (0.0004, 0), (0.001, 1), (0.1, 1), (0.101, 2), (0.3, 3), (0.95, 10), (1.0, 10)] {
            assert_eq!(bin(p), want, "{p}");
        }
    }

    #[test]
    fn a_wind_that_blows_already_has_no_arrival_and_nothing_no_scores() {
        let blowing = tally(&[case(1.0, Some(0), Some(0))]);
        assert_eq!((blowing.hits, blowing.arrivals), (1, 0));
        let none = Tally::default();
        assert_eq!((none.base_rate(), none.csi(), none.decomposition(), none.mean(0.0)), (None, None, None, None));
    }

    proptest! {
        #[test]
        fn a_perfect_forecaster_scores_nought(came in prop::collection::vec(any::<bool>(), 1..50)) {
            let perfect = |came: &bool| case(f64::from(u8::from(*came)), came.then_some(5), came.then_some(5));
            let tally = tally(&came.iter().map(perfect).collect::<Vec<_>>());
            prop_assert!(tally.brier == 0.0 && tally.brier_track == 0.0 && tally.misses + tally.false_alarms == 0);
            let (reliability, resolution) = tally.decomposition().expect("cases");
            prop_assert!(reliability.abs() < 1e-12);
            prop_assert!((resolution - tally.uncertainty().expect("cases")).abs() < 1e-12);
        }

        #[test]
        fn scores_are_finite_and_add_up(
            cases in prop::collection::vec((0.0..=1.0_f64, any::<bool>(), any::<bool>()), 0..60), cut in 0_usize..60
        ) {
            let cases: Vec<Case> =
                cases.iter().map(|(p, says, came)| case(*p, says.then_some(9), came.then_some(7))).collect();
            let whole = tally(&cases);
            let (left, right) = cases.split_at(cut.min(cases.len()));
            let mut merged = tally(left);
            merged.merge(&tally(right));
            prop_assert_eq!((merged.cases(), merged.observed()), (whole.cases(), whole.observed()));
            prop_assert!((merged.brier - whole.brier).abs() < 1e-9);
            if let Some((reliability, resolution)) = whole.decomposition() {
                let brier = whole.mean(whole.brier).unwrap_or(f64::NAN);
                prop_assert!(brier.is_finite() && (0.0..=1.0).contains(&brier));
                // But for the variance within a bin, which is a tenth wide.
                let sum = reliability - resolution + whole.uncertainty().unwrap_or(f64::NAN);
                prop_assert!((brier - sum).abs() < 0.06, "{} {}", brier, sum);
            }
        }
    }
}
