//! A port, or the end of a railway or road: closed while the wind blows, and busy after it.

use super::storms::{Storms, of, tenth, thousandth};
use crate::domain::{Delay, Instants, ModeParams, PortClosure, Position, Span, Timestamp, hours_between};

/// From and until when a place is closed, hours from now.
type Closed = (f64, f64);

/// When a place is closed: in each member, from its first such wind until its last and the tail. Hours from now.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate {
    /// A list a member, in order of time; one closure a storm.
    closures: Vec<Vec<Closed>>,
    queue_h_per_closed_h: f64,
}

impl Gate {
    pub(super) fn new(place: Position, mode: &ModeParams, queue_h_per_closed_h: f64, storms: &Storms<'_>) -> Self {
        let mut closures: Vec<Vec<Closed>> = vec![Vec::new(); storms.members];
        if !storms.are_far_from(&[place]) {
            let until = storms.instant(storms.end_h);
            let hourly = std::iter::successors(Some(storms.now), |at| at.checked_add(Span::from_hours(1)).ok());
            let still: Vec<(Timestamp, Position)> =
                hourly.take_while(|at| *at <= until).map(|at| (at, place)).collect();
            for threat in storms.threats {
                for (closures, met) in closures.iter_mut().zip(threat.possible.of_forecast(None).met(&still)) {
                    let times = of(&met.times, mode.limit_kt);
                    let since = |at: Timestamp| hours_between(storms.now, at);
                    closures.extend(times.map(|(first, last)| (since(first), since(last) + mode.tail_h)));
                }
            }
        }
        for closures in &mut closures {
            closures.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Self { closures, queue_h_per_closed_h }
    }

    /// When what comes at an hour is through, in one member: at once while it is open; else as its turn comes, those that
    /// came first being first, and the queue being worked off after the opening.
    pub(super) fn through_h(&self, member: usize, at_h: f64) -> f64 {
        let closures = self.closures.get(member).map(Vec::as_slice).unwrap_or_default();
        closures.iter().fold(at_h, |at, closure| through_one(at, *closure, self.queue_h_per_closed_h))
    }

    /// The chance that it closes, and when.
    pub(super) fn summary(
        &self,
        (port, mode, position): (&str, &str, Position),
        limit_kt: u32,
        storms: &Storms<'_>,
    ) -> Option<PortClosure> {
        let ends = |end: &dyn Fn(&[Closed]) -> Option<f64>| -> Option<Instants> {
            let hours: Vec<f64> = self.closures.iter().filter_map(|closures| end(closures)).collect();
            instants(hours, storms)
        };
        let q = self.queue_h_per_closed_h;
        Some(PortClosure {
            port: port.to_owned(),
            mode: mode.to_owned(),
            position,
            limit_kt,
            p: thousandth(self.p()),
            from: ends(&|closures| closures.first().map(|(from, _)| *from))?,
            until: ends(&|closures| closures.last().map(|(_, until)| *until))?,
            queue_until: ends(&|closures| closures.last().map(|(from, until)| until + q * (until - from)))?,
        })
    }

    /// The share of members in which it closes.
    pub(super) fn p(&self) -> f64 {
        let closed = self.closures.iter().filter(|closures| !closures.is_empty()).count();
        closed as f64 / self.closures.len().max(1) as f64
    }
}

/// Coming in the closure, one waits for the opening and then for those that came before: `queue` hours for each hour since
/// the closing. Coming after it, until the last of the queue is through. Never earlier for coming later.
fn through_one(at_h: f64, (from, until): Closed, queue: f64) -> f64 {
    if at_h < from {
        at_h
    } else if at_h <= until {
        until + queue * (at_h - from)
    } else {
        at_h.max(until + queue * (until - from))
    }
}

/// What 10, 50 and 90 % of some hours are below; nothing of none.
pub(super) fn percentiles(mut values: Vec<f64>) -> Option<[f64; 3]> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = |percent: usize| values.get((percent * values.len() / 100).min(last)).copied();
    Some([at(10)?, at(50)?, at(90)?])
}

pub(super) fn instants(hours: Vec<f64>, storms: &Storms<'_>) -> Option<Instants> {
    let [p10, p50, p90] = percentiles(hours)?.map(|hour| storms.instant(hour));
    Some(Instants { p10, p50, p90 })
}

pub(super) fn delay(hours: Vec<f64>) -> Delay {
    let mean_h = tenth(hours.iter().sum::<f64>() / hours.len().max(1) as f64);
    let [p10_h, p50_h, p90_h] = percentiles(hours).unwrap_or_default().map(tenth);
    Delay { p10_h, p50_h, p90_h, mean_h }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(at_h: f64, want: f64) {
        // Closed from 10 to 30, half an hour of queue an hour.
        let through = through_one(at_h, (10.0, 30.0), 0.5);
        assert!((through - want).abs() < 1e-9, "{at_h}: {through}");
    }

    /// The table of `docs/decisions.md`.
    #[test]
    fn the_queue_is_worked_off() {
        for (at_h, want) in [(5.0, 5.0), (10.0, 30.0), (20.0, 35.0), (30.0, 40.0), (36.0, 40.0), (45.0, 45.0)] {
            check(at_h, want);
        }
    }

    #[test]
    fn percentiles_of_few() {
        assert_eq!(percentiles(vec![]), None);
        assert_eq!(percentiles(vec![3.0]), Some([3.0, 3.0, 3.0]));
        let ten = (1..=10).rev().map(f64::from).collect();
        assert_eq!(percentiles(ten), Some([2.0, 6.0, 10.0]));
    }

    proptest! {
        #[test]
        fn who_comes_later_is_never_through_earlier(a in -10.0..100.0, more in 0.0..50.0, q in 0.0..2.0) {
            let closure = (10.0, 30.0);
            prop_assert!(through_one(a, closure, q) <= through_one(a + more, closure, q) + 1e-9);
            prop_assert!(through_one(a, closure, q) >= a);
        }
    }
}
