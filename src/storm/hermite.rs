//! Curves in time that never overshoot.
//!
//! Fritsch & Carlson 1980 (SIAM J. Numer. Anal. 17:238): a cubic Hermite curve through points is monotone between any two
//! of them when its slopes are chosen for it; here they are the weighted harmonic means of Fritsch & Butland 1984 (SIAM J.
//! Sci. Stat. Comput. 5:300), known as PCHIP. Where the points rise and then fall, the curve turns at the point itself.

/// A curve through points whose times, in hours, grow.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    hours: Vec<f64>,
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl Curve {
    /// `None` without points.
    pub(super) fn new(points: &[(f64, f64)]) -> Option<Self> {
        let (hours, values): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
        let slopes = slopes(&hours, &values);
        (!points.is_empty()).then_some(Self { hours, values, slopes })
    }

    /// The value at an hour; `None` before the first point and after the last.
    pub(super) fn at(&self, hour: f64) -> Option<f64> {
        let after = self.hours.partition_point(|known| *known <= hour);
        let before = after.checked_sub(1)?;
        let (from, a, slope_a) = self.point(before)?;
        let Some((to, b, slope_b)) = self.point(after) else {
            return (hour <= from).then_some(a);
        };
        Some(between((hour - from) / (to - from), to - from, (a, slope_a), (b, slope_b)))
    }

    /// The first point and the last: hour and value.
    pub(super) fn ends(&self) -> Option<((f64, f64), (f64, f64))> {
        let (first, last) = (self.point(0)?, self.point(self.hours.len().checked_sub(1)?)?);
        Some(((first.0, first.1), (last.0, last.1)))
    }

    fn point(&self, at: usize) -> Option<(f64, f64, f64)> {
        Some((*self.hours.get(at)?, *self.values.get(at)?, *self.slopes.get(at)?))
    }
}

/// The slope at each point, in units an hour.
pub(super) fn slopes(hours: &[f64], values: &[f64]) -> Vec<f64> {
    let steps: Vec<(f64, f64)> = hours
        .windows(2)
        .zip(values.windows(2))
        .map(|(hours, values)| {
            let (h, rise) = (rise(hours), rise(values));
            (h, if h > 0.0 { rise / h } else { 0.0 })
        })
        .collect();
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return vec![0.0; values.len()] };
    let mut slopes = vec![end(*first, steps.get(1).copied())];
    slopes.extend(steps.windows(2).map(|pair| match pair {
        [before, after] => middle(*before, *after),
        _ => 0.0,
    }));
    slopes.push(end(*last, steps.len().checked_sub(2).and_then(|at| steps.get(at)).copied()));
    slopes
}

fn rise(pair: &[f64]) -> f64 {
    pair.last().zip(pair.first()).map_or(0.0, |(b, a)| b - a)
}

/// Between two steps, each its length and its own slope.
fn middle((h0, d0): (f64, f64), (h1, d1): (f64, f64)) -> f64 {
    if d0 * d1 <= 0.0 {
        return 0.0;
    }
    let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
    (w0 + w1) / (w0 / d0 + w1 / d1)
}

/// At an end: the parabola's slope there, bounded so that the curve stays monotone.
fn end((h0, d0): (f64, f64), next: Option<(f64, f64)>) -> f64 {
    let Some((h1, d1)) = next else { return d0 };
    if h0 + h1 <= 0.0 {
        return 0.0;
    }
    let slope = ((2.0 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
    if slope * d0 <= 0.0 {
        0.0
    } else if d0 * d1 <= 0.0 && slope.abs() > 3.0 * d0.abs() {
        3.0 * d0
    } else {
        slope
    }
}

/// The curve at a share (0..=1) of the `hours` between two points, each a value and a slope.
pub(super) fn between(share: f64, hours: f64, (a, slope_a): (f64, f64), (b, slope_b): (f64, f64)) -> f64 {
    let rest = 1.0 - share;
    let value = rest * rest * ((1.0 + 2.0 * share) * a + share * hours * slope_a)
        + share * share * ((3.0 - 2.0 * share) * b - rest * hours * slope_b);
    // Rounding alone could leave the stretch.
    value.clamp(a.min(b), a.max(b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn goes_through_its_points_and_turns_at_them() {
        let curve = Curve::new(&[(0.0, 90.0), (6.0, 90.0), (12.0, 85.0), (18.0, 70.0), (30.0, 75.0)]).expect("points");
        for (hour, want) in [(0.0, 90.0), (3.0, 90.0), (6.0, 90.0), (12.0, 85.0), (18.0, 70.0), (30.0, 75.0)] {
            assert!(curve.at(hour).is_some_and(|value| (value - want).abs() < 1e-12), "{hour}");
        }
        let early = curve.at(9.0).expect("within");
        assert!(early > 87.5 && early < 90.0, "falls later than a straight line: {early}");
        assert_eq!((curve.at(-0.1), curve.at(30.1)), (None, None));
        assert_eq!(Curve::new(&[]), None);
        assert_eq!(Curve::new(&[(1.0, 5.0)]).and_then(|one| one.at(1.0)), Some(5.0));
    }

    /// Made with `SciPy`'s `PchipInterpolator`, which is Fritsch and Butland's.
    #[test]
    fn agrees_with_scipy() {
        let curve = Curve::new(&[(0.0, 35.0), (12.0, 50.0), (24.0, 70.0), (36.0, 90.0), (48.0, 60.0)]).expect("points");
        for (hour, want) in SCIPY {
            assert!(curve.at(hour).is_some_and(|value| (value - want).abs() < 1e-9), "{hour}");
        }
    }

    #[rustfmt::skip]
    const SCIPY: [(f64, f64); 6] = [
        (3.0, 38.297_991_071_428_58), (6.0, 41.919_642_857_142_86), (20.0, 63.121_693_121_693_12),
        (30.0, 82.5), (40.0, 86.296_296_296_296_3), (47.0, 64.441_550_925_925_92),
    ];

    proptest! {
        #[test]
        fn stays_between_its_neighbours(
            steps in prop::collection::vec((0.5..48.0_f64, 0.0..200.0_f64), 2..9), share in 0.0..=1.0_f64,
        ) {
            let mut hour = 0.0;
            let points: Vec<(f64, f64)> = steps.iter().map(|(step, value)| { hour += step; (hour, *value) }).collect();
            let curve = Curve::new(&points).expect("points");
            for pair in points.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                let value = curve.at(a.0 + (b.0 - a.0) * share * 0.999_999).expect("within");
                prop_assert!(value >= a.1.min(b.1) && value <= a.1.max(b.1), "{value} {a:?} {b:?}");
                let later = curve.at(a.0 + (b.0 - a.0) * (share * 0.999_999 + 1.0) / 2.0).expect("within");
                prop_assert!((later - value) * (b.1 - a.1) >= -1e-9, "not monotone: {value} {later} {a:?} {b:?}");
            }
        }
    }
}
