//! What could be done with a shipment or lane in danger, and what each comes to.

use super::cases::{Case, Desk};
use super::gate::{delay, instants};
use super::plan::{Line, Run};
use super::rank::{currencies, rank, ranked_by};
use super::shelf::Shortage;
use super::storms::{of, tenth, thousandth};
use crate::domain::{
    Choice, ChoiceKind, Currency, Instants, Lane, LaneId, Money, Ranking, THRESHOLDS_KT, Timestamp, Whereabouts, Why,
    hours_between,
};

/// Chances smaller than this are not worth a reason.
const SPOKEN_P: f64 = 0.01;

impl<'a> Desk<'a> {
    /// The choices of a case, the best first.
    pub(super) fn ranking(&self, case: &Case<'a>) -> Ranking {
        let mut choices = vec![self.choice(case, ChoiceKind::Keep, case.lane, &case.line, &case.keep)];
        choices.extend(best_of(self.waits(case)));
        if !case.is_under_way {
            choices.extend(best_of(self.earlier(case)));
            choices.extend(case.lane.alternates.iter().filter_map(|id| self.alternate(case, id)));
        }
        unsum_several(&mut choices);
        let ranked_by = ranked_by(&choices);
        rank(&mut choices);
        let way = case.keep.way.iter().map(|(at, position)| Whereabouts { at: *at, position: *position });
        Ranking {
            subject: case.subject.clone(),
            lane: case.lane.id.clone(),
            dealer: case.dealer.cloned(),
            at: self.storms.now,
            required_by: case.required_by,
            value: case.value,
            ranked_by,
            choices,
            way: way.collect(),
        }
    }

    fn waits(&self, case: &Case<'a>) -> Vec<Choice> {
        let params = self.params;
        let steps = (1_u32..241).map(|step| f64::from(step) * params.try_step_h);
        let mut choices = Vec::new();
        for wait_h in steps.take_while(|wait_h| *wait_h <= params.wait_h_max) {
            let run = case.line.run(case.keep.etd_h + wait_h, self.storms, params);
            // Once nothing is met and nobody waits any more, later is only later.
            let is_clear = run.meeting.p_limit <= 0.0 && run.arrivals_h.iter().all(|at| *at <= run.eta_h);
            let until = self.storms.instant(run.etd_h);
            choices.push(self.choice(case, ChoiceKind::Wait { until }, case.lane, &case.line, &run));
            if is_clear {
                break;
            }
        }
        choices
    }

    fn earlier(&self, case: &Case<'a>) -> Vec<Choice> {
        let params = self.params;
        let first_h = params.early_lead_h.max(case.keep.etd_h - params.early_h_max);
        let steps = (0_u32..241).map(|step| first_h + f64::from(step) * params.try_step_h);
        let departures = steps.take_while(|etd_h| *etd_h <= case.keep.etd_h - 1.0);
        let choice = |etd_h: f64| {
            let run = case.line.run(etd_h, self.storms, params);
            let etd = self.storms.instant(etd_h);
            self.choice(case, ChoiceKind::Early { etd }, case.lane, &case.line, &run)
        };
        departures.map(choice).collect()
    }

    fn alternate(&self, case: &Case<'a>, id: &LaneId) -> Option<Choice> {
        let lane = self.portfolio.lanes.get(id).filter(|lane| lane.id != case.lane.id)?;
        let (transit_h, assumed_kmh) = self.transit(lane)?;
        let line = self.line(lane, transit_h)?;
        // The goods are ready when they were to leave, and no lane is had at once.
        let etd_h = case.keep.etd_h.max(line.mode.switch_lead_h);
        let run = line.run(etd_h, self.storms, self.params);
        let other_end = other_end(case.lane, lane);
        let kind = match &other_end {
            _ if lane.mode != case.lane.mode => ChoiceKind::Mode { lane: lane.id.clone(), mode: lane.mode.clone() },
            Some(port) => ChoiceKind::Port { lane: lane.id.clone(), port: port.clone() },
            None => ChoiceKind::Lane { lane: lane.id.clone() },
        };
        let mut choice = self.choice(case, kind, lane, &line, &run);
        choice.reasons.extend(other_end.map(|port| Why::FeederUnknown { port }));
        choice.reasons.extend(assumed_kmh.map(|speed_kmh| Why::TransitAssumed { speed_kmh }));
        Some(choice)
    }

    fn choice(&self, case: &Case<'a>, kind: ChoiceKind, lane: &Lane, line: &Line, run: &Run) -> Choice {
        let storms = self.storms;
        let planned_h = case.keep.eta_h;
        let late = Late::of(run, case, storms.now, planned_h);
        let shortage = case.shelf.shortage(&run.arrivals_h);
        let added_cost = added_cost(&kind, case.lane, lane);
        let stock_out = if case.shelf.is_empty() || shortage.has_unknown { Sum::Unknown } else { sum(&shortage.sums) };
        let transit_loss = case.value.map(|value| value.share(self.lost_share(line, run)));
        let total = total(added_cost, &kind, &stock_out, transit_loss);
        let at = |hour: f64| storms.instant(hour);
        let arrival = instants(run.arrivals_h.clone(), storms);
        let mut choice = Choice {
            lane: lane.id.clone(),
            mode: lane.mode.clone(),
            etd: at(run.etd_h),
            eta: at(run.eta_h),
            arrival: arrival.unwrap_or(Instants { p10: at(run.eta_h), p50: at(run.eta_h), p90: at(run.eta_h) }),
            delay: delay(run.arrivals_h.iter().map(|at| at - planned_h).collect()),
            p_late: case.required_by.map(|_| thousandth(late.p)),
            late_h_mean: tenth(late.mean_h),
            meeting: run.meeting,
            added_cost,
            stock_out: stock_out.known(),
            transit_loss,
            total: total.known(),
            reasons: Vec::new(),
            kind,
        };
        choice.reasons = reasons(&choice, case, lane, (line, run), (&late, &shortage));
        choice.reasons.extend(unknowns(&choice, case, lane, (&stock_out, &total)));
        choice
    }

    /// The share of the goods lost in the mean: of each member the strongest wind that is met, from the mode's limit on.
    fn lost_share(&self, line: &Line, run: &Run) -> f64 {
        let lost = |met: &crate::storm::ensemble::Met| {
            let strongest = THRESHOLDS_KT.into_iter().filter(|kt| *kt >= line.mode.limit_kt);
            let strongest = strongest.filter(|kt| of(&met.hours, *kt) > 0.0).max();
            strongest.map_or(0.0, |kt| of(&self.params.loss_share, kt))
        };
        run.met.iter().map(lost).sum::<f64>() / run.met.len().max(1) as f64
    }
}

/// Of several departures the one that ranks first.
fn best_of(mut choices: Vec<Choice>) -> Option<Choice> {
    rank(&mut choices);
    choices.into_iter().next()
}

/// Totals in several currencies cannot be compared: there are none then, and every choice says why.
fn unsum_several(choices: &mut [Choice]) {
    let currencies = currencies(choices);
    if currencies.len() > 1 {
        for choice in choices {
            choice.total = None;
            choice.reasons.retain(|why| !matches!(why, Why::SeveralCurrencies { .. }));
            choice.reasons.push(Why::SeveralCurrencies { currencies: currencies.clone() });
        }
    }
}

/// An end of another lane that is not this one's; ends without a name are taken as the same.
fn other_end(own: &Lane, other: &Lane) -> Option<String> {
    let differs = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && a != b;
    let origin = differs(&own.origin, &other.origin).then(|| other.origin.clone());
    origin.or_else(|| differs(&own.destination, &other.destination).then(|| other.destination.clone()))
}

/// How late it comes, against the time it is required by; without one, against the plan.
struct Late {
    p: f64,
    mean_h: f64,
    /// Hours to spare in nine of ten members; below zero when late.
    spare_h: f64,
}

impl Late {
    fn of(run: &Run, case: &Case<'_>, now: Timestamp, planned_h: f64) -> Self {
        let due_h = case.required_by.map_or(planned_h, |at| hours_between(now, at));
        let count = run.arrivals_h.len().max(1) as f64;
        let late = run.arrivals_h.iter().map(|at| (at - due_h).max(0.0));
        let p90_h = super::gate::percentiles(run.arrivals_h.clone()).map_or(run.eta_h, |[.., p90]| p90);
        Self {
            p: late.clone().filter(|h| *h > 0.0).count() as f64 / count,
            mean_h: late.sum::<f64>() / count,
            spare_h: due_h - p90_h,
        }
    }
}

/// A sum that may not be had.
#[derive(Debug, Clone, PartialEq)]
enum Sum {
    Known(Money),
    Unknown,
    /// Amounts in these, and no rate.
    Several(Vec<Currency>),
}

impl Sum {
    fn known(&self) -> Option<Money> {
        match self {
            Self::Known(money) => Some(*money),
            Self::Unknown | Self::Several(_) => None,
        }
    }
}

/// What is nothing in one currency is nothing in any.
fn sum(parts: &[Money]) -> Sum {
    let counted = || parts.iter().filter(|part| !part.amount.is_zero());
    let Some(first) = counted().next().or(parts.first()) else { return Sum::Unknown };
    let mut currencies: Vec<Currency> = counted().map(|part| part.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    if currencies.len() > 1 {
        return Sum::Several(currencies);
    }
    let amount = counted().try_fold(rust_decimal::Decimal::ZERO, |sum, part| sum.checked_add(part.amount));
    amount.map_or(Sum::Unknown, |amount| Sum::Known(Money::new(amount, first.currency)))
}

/// What a choice costs beyond the plan. The same lane at another time costs the same freight; what holding costs is in no
/// file.
fn added_cost(kind: &ChoiceKind, own: &Lane, other: &Lane) -> Option<Money> {
    if matches!(kind, ChoiceKind::Wait { .. }) {
        return None;
    }
    let (own, other) = (own.cost?, other.cost?);
    let amount = other.amount.checked_sub(own.amount)?;
    (own.currency == other.currency).then(|| Money::new(amount, own.currency))
}

/// Why the freight of one lane cannot be taken from the other's.
fn freight_unknown(own: &Lane, other: &Lane) -> Option<Why> {
    match (own.cost, other.cost) {
        (Some(own), Some(other)) if own.currency == other.currency => None,
        (Some(own), Some(other)) => {
            let mut currencies = vec![own.currency, other.currency];
            currencies.sort_unstable();
            Some(Why::SeveralCurrencies { currencies })
        }
        _ => Some(Why::CostUnknown),
    }
}

fn total(added: Option<Money>, kind: &ChoiceKind, stock_out: &Sum, loss: Option<Money>) -> Sum {
    let is_added_needed = !matches!(kind, ChoiceKind::Wait { .. });
    match stock_out {
        Sum::Several(currencies) => Sum::Several(currencies.clone()),
        Sum::Known(stock_out) if added.is_some() || !is_added_needed => {
            let parts: Vec<Money> = added.into_iter().chain([*stock_out]).chain(loss).collect();
            sum(&parts)
        }
        _ => Sum::Unknown,
    }
}

fn reasons(
    choice: &Choice,
    case: &Case<'_>,
    lane: &Lane,
    (line, run): (&Line, &Run),
    (late, shortage): (&Late, &Shortage),
) -> Vec<Why> {
    let mut reasons = Vec::new();
    let meeting = &choice.meeting;
    reasons.extend(meeting.danger_123.map(|stay| Why::InDangerArea { stay }));
    if meeting.p_limit >= SPOKEN_P {
        reasons.push(Why::MeetsWind { kt: meeting.limit_kt, p: meeting.p_limit });
    } else if meeting.danger_123.is_none() {
        reasons.push(Why::Clear);
    }
    let held = |gate: &super::gate::Gate, at_h: f64| {
        let members = 0..run.arrivals_h.len();
        let held = members.filter(|member| gate.through_h(*member, at_h) > at_h).count();
        thousandth(held as f64 / run.arrivals_h.len().max(1) as f64)
    };
    let origin = line.origin.as_ref().map(|gate| (&lane.origin, held(gate, run.etd_h)));
    for (port, p) in origin.into_iter().chain([(&lane.destination, held(&line.destination, run.eta_h))]) {
        if p >= SPOKEN_P {
            reasons.push(Why::PortMayClose { port: port.clone(), p });
        }
    }
    if case.required_by.is_some() {
        if late.p >= SPOKEN_P {
            reasons.push(Why::Late { p: thousandth(late.p), mean_h: tenth(late.mean_h) });
        }
        if late.spare_h >= 0.0 {
            reasons.push(Why::InTime { spare_h: tenth(late.spare_h) });
        }
    }
    let longest = shortage.longest.clone().filter(|(_, days)| *days >= 0.05);
    reasons.extend(longest.map(|(sku, days)| Why::RunsOut { sku, mean_days: tenth(days) }));
    if case.is_under_way {
        reasons.push(Why::UnderWay);
    }
    reasons
}

/// What is not known or not summed.
fn unknowns(choice: &Choice, case: &Case<'_>, lane: &Lane, (stock_out, total): (&Sum, &Sum)) -> Vec<Why> {
    let mut reasons = Vec::new();
    let is_shipment = case.dealer.is_some();
    if matches!(choice.kind, ChoiceKind::Wait { .. }) {
        reasons.push(Why::HoldingCostUnknown);
    } else if choice.added_cost.is_none() {
        reasons.extend(freight_unknown(case.lane, lane));
    }
    if is_shipment && *stock_out == Sum::Unknown {
        reasons.push(Why::StockOutUnknown);
    }
    if is_shipment && case.value.is_none() {
        reasons.push(Why::ValueUnknown);
    }
    if let Sum::Several(currencies) = total {
        reasons.push(Why::SeveralCurrencies { currencies: currencies.clone() });
    }
    let is_same_lane = choice.lane == case.lane.id;
    reasons.extend(case.assumed_kmh.filter(|_| is_same_lane).map(|speed_kmh| Why::TransitAssumed { speed_kmh }));
    reasons
}
