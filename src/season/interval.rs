//! How sure a mean a year is: the interval of a weighted sum of Poisson counts.

use crate::domain::ClosedDays;

/// The probability outside of the interval at each end: 90 % lie within.
const TAIL: f64 = 0.05;

/// The rate of closed days from the lengths of their unbroken runs over so many years.
///
/// Runs come as a Poisson process, and each brings as many days as it is long: the days are a weighted sum of Poisson
/// counts. Its interval is that of Fay & Feuer (1997, Statistics in Medicine 16:791-801), gamma distributions by the
/// sum y = Σ l and its variance v = Σ l²:
///
/// ```text
/// low  = G(5 %;  y²/v, v/y)        high = G(95 %; (y + w)²/(v + w²), (v + w²)/(y + w))
/// ```
///
/// where G is the quantile of the gamma distribution of that shape and scale. For runs of one day each it is the exact
/// Poisson interval (Garwood 1936, Biometrika 28:437-442). Fay & Feuer take for w the largest weight; here it is
/// `typical`, the lane's mean length of a run, after Tiwari, Clegg & Zou (2006, Statistical Methods in Medical Research
/// 15:547-569), who show that the largest one is too wide. Unlike a bootstrap over years it has an upper end for a month
/// in which nothing ever happened.
///
/// Worked value: in 10 years 4 runs of 2 days each: 0.8 days a year, 0.27..1.83.
pub(super) fn rate(lengths: &[u32], typical: f64, years: usize, years_with_any: u32) -> ClosedDays {
    let runs = u32::try_from(lengths.len()).unwrap_or(u32::MAX);
    let days: u32 = lengths.iter().sum();
    if years == 0 {
        return ClosedDays::default();
    }
    let (n, y) = (years as f64, f64::from(days));
    let v: f64 = lengths.iter().map(|length| f64::from(*length).powi(2)).sum();
    let low = if days == 0 { 0.0 } else { gamma_quantile(TAIL, y * y / v, v / y) };
    let (upper_y, upper_v) = (y + typical, v + typical * typical);
    let high = gamma_quantile(1.0 - TAIL, upper_y * upper_y / upper_v, upper_v / upper_y);
    ClosedDays {
        mean: hundredth(y / n),
        low: hundredth(low / n),
        high: hundredth(high / n),
        days,
        runs,
        years_with_any,
    }
}

pub(super) fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The quantile of the gamma distribution, by halving: 60 times takes it beyond what a rate is shown with.
fn gamma_quantile(p: f64, shape: f64, scale: f64) -> f64 {
    let (mut low, mut high) = (0.0, shape + 1.0);
    while gamma_share(shape, high) < p && high < 1e9 {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if gamma_share(shape, middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    high * scale
}

/// The regularized lower incomplete gamma function P(a, x), by its series (NIST Digital Library of Mathematical Functions,
/// 8.7.1): x^a e^−x Σ x^k / Γ(a + k + 1).
fn gamma_share(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let mut term = (a * x.ln() - x - ln_gamma(a + 1.0)).exp();
    let (mut sum, mut k) = (term, a);
    while term > sum * 1e-14 && k < 1e5 {
        k += 1.0;
        term *= x / k;
        sum += term;
    }
    sum.min(1.0)
}

/// ln Γ(x) for x of 1 and more: Stirling's series (NIST DLMF 5.11.1) from 10 up, below it by Γ(x + 1) = x Γ(x).
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut below) = (x, 0.0);
    while x < 10.0 {
        below += x.ln();
        x += 1.0;
    }
    let series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1260.0 * x.powi(5));
    (x - 0.5) * x.ln() - x + (2.0 * std::f64::consts::PI).ln() / 2.0 + series - below
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(lengths: &[u32], typical: f64, years: usize, expected: (f64, f64, f64)) {
        let rate = rate(lengths, typical, years, 0);
        assert_eq!((rate.mean, rate.low, rate.high), expected, "{lengths:?}");
    }

    /// Exact Poisson limits of 90 % from Garwood's table: 0: 0..2.996, 1: 0.051..4.744, 4: 1.366..9.154, 10: 5.425..16.962.
    #[test]
    fn runs_of_one_day_are_exactly_poisson() {
        check(&[], 1.0, 1, (0.0, 0.0, 3.0));
        check(&[1], 1.0, 1, (1.0, 0.05, 4.74));
        check(&[1; 4], 1.0, 1, (4.0, 1.37, 9.15));
        check(&[1; 10], 1.0, 1, (10.0, 5.43, 16.96));
    }

    #[test]
    fn longer_runs_are_less_sure() {
        check(&[2; 4], 2.0, 10, (0.8, 0.27, 1.83));
        check(&[], 2.5, 31, (0.0, 0.0, 0.24));
        check(&[1, 3], 2.0, 2, (2.0, 0.26, 6.59));
    }

    #[test]
    fn no_years_no_rate() {
        check(&[], 1.0, 0, (0.0, 0.0, 0.0));
    }

    proptest! {
        #[test]
        fn the_mean_lies_within(lengths in prop::collection::vec(1_u32..9, 0..60), years in 1_usize..60) {
            let typical = if lengths.is_empty() { 1.0 } else { f64::from(lengths.iter().sum::<u32>()) / lengths.len() as f64 };
            let rate = rate(&lengths, typical, years, 0);
            prop_assert!(rate.low <= rate.mean && rate.mean <= rate.high && rate.high.is_finite(), "{rate:?}");
        }
    }
}
