//! Act or wait: cost-loss with one more bulletin to wait for.
//!
//! Static cost-loss says: act when the chance is above cost over loss. It leaves out that a forecast gets better while
//! there is still time (Regnier & Harr 2006, Weather and Forecasting 21:764: protect or *wait*). Here: waiting is
//! worth something only while there is time for one more bulletin, and only when that bulletin can change the answer.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::{ActOrWait, Loss, Money, Span, Timestamp, Verdict, VerdictWhy, hours_between};

/// Hours between an agency's bulletins on a storm: the synoptic times 00, 06, 12 and 18 UTC (WMO/TD-No. 84; JTWC, JMA
/// and CMA alike; some issue oftener near the coast, which only makes waiting easier).
pub const CYCLE_H: i64 = 6;

/// Best possible strike probability by lead in hours: (lead, probability). NHC's former strike probability product;
/// middle of each range that it names: 10 % at 72 h, 13-18 at 48, 20-25 at 36, 35-50 at 24, 60-80 at 12.
const BEST_STRIKE: [(f64, f64); 5] = [(12.0, 0.70), (24.0, 0.425), (36.0, 0.225), (48.0, 0.155), (72.0, 0.10)];

/// What there is to decide on.
#[derive(Debug, Clone, Copy)]
pub struct Stakes<'a> {
    /// What acting costs.
    pub cost: Money,
    /// What is lost on average and at most, doing nothing.
    pub loss: &'a Loss,
    /// Share (0..=1) of the loss that acting avoids.
    pub avoids: f64,
    /// The last instant to begin; `None` for any time.
    pub act_by: Option<Timestamp>,
    /// When the danger begins.
    pub danger_from: Option<Timestamp>,
    /// When the newest bulletin was issued.
    pub issued: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

/// Act, wait or leave it; `None` in two currencies or with nothing to lose.
///
/// More chance, all else alike, never turns [`Verdict::Act`] into another: both tests (that it pays, and that it
/// pays at the lower of tomorrow's two chances) only get easier.
#[must_use]
pub fn act_or_wait(stakes: &Stakes<'_>) -> Option<ActOrWait> {
    let Stakes { cost, loss, avoids, act_by, now, .. } = *stakes;
    (cost.currency == loss.currency && loss.at_risk > Decimal::ZERO && avoids > 0.0).then_some(())?;
    let avoided = loss.expected().share(avoids);
    let net = avoided.amount.checked_sub(cost.amount)?;
    let next = stakes.issued.and_then(|issued| next_after(issued, now));
    let has_time = |at: &Timestamp| act_by.is_none_or(|by| *at <= by);
    let too_late_after = next.filter(has_time).and_then(|next| last_before(next, act_by?));
    let may_fall = stakes.danger_from.map_or(0.0, |from| fall(hours_between(now, from)));
    let eased = avoided.as_f64() * (1.0 - may_fall);
    let (verdict, why) = if net <= Decimal::ZERO {
        (Verdict::Leave, VerdictWhy::BelowBreakEven)
    } else if !next.is_some_and(|next| has_time(&next)) {
        (Verdict::Act, VerdictWhy::LastChance)
    } else if eased > cost.as_f64() {
        (Verdict::Act, VerdictWhy::PaysAnyway)
    } else {
        (Verdict::Wait, VerdictWhy::MayEase)
    };
    Some(ActOrWait {
        verdict,
        why,
        p: (loss.expected.to_f64()? / loss.at_risk.to_f64()?).clamp(0.0, 1.0),
        expected_loss: loss.expected(),
        net_gain: Money::new(net, cost.currency),
        next_bulletin_at: next,
        too_late_after,
        waiting_risks: Money::new(net.max(Decimal::ZERO), cost.currency),
    })
}

/// The share by which a chance may fall until the next bulletin, 0..=0.5, for a danger so many hours away.
///
/// A forecast's chance is, on average, what the next one says too (else it would be a bad forecast), so that what it
/// can gain it can also lose. What it gains when the storm comes on is taken from the best possible strike
/// probabilities, which grow as the lead falls: from 0.155 at 48 h to 0.187 at 42 h, a fifth more; so it may fall by a
/// fifth. That one product's growth stands for every chance of ours is a guess.
///
/// ```
/// assert!((seawall::advice::fall(48.0) - 0.205).abs() < 0.001);
/// ```
#[must_use]
pub fn fall(lead_h: f64) -> f64 {
    const LEAD_H_MAX: f64 = 240.0;
    let (step_h, lead_h) = (CYCLE_H as f64, lead_h.clamp(0.0, LEAD_H_MAX));
    (best_strike((lead_h - step_h).max(0.0)) / best_strike(lead_h) - 1.0).clamp(0.0, 0.5)
}

/// The table's probability at a lead: its logarithm runs straight between the rows and beyond them; 1 at most.
fn best_strike(lead_h: f64) -> f64 {
    let [first, .., last] = BEST_STRIKE;
    let mut pairs = BEST_STRIKE.iter().zip(BEST_STRIKE.iter().skip(1));
    let pair = pairs.clone().find(|(_, (to, _))| lead_h <= *to).or_else(|| pairs.next_back());
    let ((from, p), (to, q)) = pair.map_or((first, last), |(a, b)| (*a, *b));
    let share = (lead_h - from) / (to - from);
    (p.ln() + share * (q.ln() - p.ln())).exp().min(1.0)
}

/// The first bulletin of the cycle after `now`.
fn next_after(issued: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let cycle_s = CYCLE_H * 3600;
    let since_s = now.duration_since(issued).as_secs();
    issued.checked_add(Span::from_secs((since_s.max(0) / cycle_s + 1) * cycle_s)).ok()
}

/// The last bulletin of the cycle, from `next` on, that is out by `by`.
fn last_before(next: Timestamp, by: Timestamp) -> Option<Timestamp> {
    let cycle_s = CYCLE_H * 3600;
    let spare_s = by.duration_since(next).as_secs();
    next.checked_add(Span::from_secs(spare_s.max(0) / cycle_s * cycle_s)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Currency;

    fn at(h: i64) -> Timestamp {
        "2026-08-11T00:00:00Z".parse::<Timestamp>().expect("time") + Span::from_hours(h)
    }

    fn cny(amount: i64) -> Money {
        Money::new(amount.into(), Currency::parse("CNY").expect("code"))
    }

    /// 600,000 at risk, moved whole for 10,000; the bulletin of 0 h, at 1 h; gales at 48 h.
    fn weigh(expected: i64, act_by_h: i64) -> ActOrWait {
        let loss = Loss { currency: cny(0).currency, at_risk: 600_000.into(), expected: expected.into() };
        let stakes = Stakes {
            cost: cny(10_000),
            loss: &loss,
            avoids: 1.0,
            act_by: Some(at(act_by_h)),
            danger_from: Some(at(49)),
            issued: Some(at(0)),
            now: at(1),
        };
        act_or_wait(&stakes).expect("weighed")
    }

    fn check(expected: i64, act_by_h: i64, verdict: Verdict, why: VerdictWhy, too_late_after: Option<i64>) {
        let got = weigh(expected, act_by_h);
        assert_eq!((got.verdict, got.why), (verdict, why), "{got:?}");
        assert_eq!(got.too_late_after, too_late_after.map(at), "{got:?}");
        assert_eq!(got.next_bulletin_at, Some(at(6)));
    }

    /// The table of `docs/decisions.md`, "Act or wait".
    #[test]
    fn the_worked_examples() {
        use VerdictWhy::{BelowBreakEven, LastChance, MayEase, PaysAnyway};
        // p 14 %: 84,000 against 10,000; at worst 84,000 less a fifth: it pays anyway. Act-by 32 h: bulletins at 6..30.
        check(84_000, 32, Verdict::Act, PaysAnyway, Some(30));
        // p 2 %: 12,000 pays, but 12,000 less a fifth is 9,540: wait for the bulletin of 6 h; the last is that of 30 h.
        check(12_000, 32, Verdict::Wait, MayEase, Some(30));
        // The same with act-by at 5 h: the next bulletin comes too late.
        check(12_000, 5, Verdict::Act, LastChance, None);
        // p 1.5 %: below 1.67 %.
        check(9_000, 32, Verdict::Leave, BelowBreakEven, Some(30));
        let got = weigh(84_000, 32);
        assert_eq!((got.net_gain, got.waiting_risks), (cny(74_000), cny(74_000)));
        assert!((got.p - 0.14).abs() < 1e-12);
        assert_eq!(weigh(9_000, 32).net_gain, cny(-1_000));
    }

    #[test]
    fn chances_may_fall_by_what_they_may_grow() {
        for (lead_h, want) in [(72.0, 0.116), (48.0, 0.205), (36.0, 0.374), (24.0, 0.283), (3.0, 0.0)] {
            assert!((fall(lead_h) - want).abs() < 0.001, "{lead_h} {}", fall(lead_h));
        }
        assert!((best_strike(24.0) - 0.425).abs() < 1e-12);
        assert!((0.0..=0.5).contains(&fall(f64::MAX)));
    }

    #[test]
    fn two_currencies_are_not_weighed() {
        let usd = Money::new(1.into(), Currency::parse("USD").expect("code"));
        let loss = Loss { currency: cny(0).currency, at_risk: 1.into(), expected: 1.into() };
        let (act_by, danger_from, issued) = (None, None, None);
        let stakes = Stakes { cost: usd, loss: &loss, avoids: 1.0, act_by, danger_from, issued, now: at(0) };
        assert_eq!(act_or_wait(&stakes), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn more_chance_never_turns_act_into_wait(
            cost in 0i64..50_000, avoids in 0.01f64..1.0, low in 0i64..600_000, more in 0i64..600_000,
            act_by_h in -10i64..100, danger_h in 0i64..120,
        ) {
            let weigh = |expected: i64| {
                let loss = Loss { currency: cny(0).currency, at_risk: 600_000.into(), expected: expected.into() };
                let (act_by, danger_from) = (Some(at(act_by_h)), Some(at(danger_h)));
                let stakes =
                    Stakes { cost: cny(cost), loss: &loss, avoids, act_by, danger_from, issued: Some(at(0)), now: at(1) };
                act_or_wait(&stakes).expect("weighed")
            };
            let (a, b) = (weigh(low), weigh((low + more).min(600_000)));
            prop_assert!(a.verdict != Verdict::Act || b.verdict == Verdict::Act, "{a:?} {b:?}");
            // Money adds up: what is avoided is the cost and the gain.
            let loss = Loss { currency: cny(0).currency, at_risk: 600_000.into(), expected: low.into() };
            prop_assert_eq!(a.net_gain.checked_add(cny(cost)), Some(loss.expected().share(avoids)));
            prop_assert!(a.waiting_risks.amount >= Decimal::ZERO && b.net_gain.amount >= a.net_gain.amount);
        }
    }
}
