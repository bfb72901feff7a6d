//! A lane against its alternates: in which months a switch saves more than it costs.

use rust_decimal::Decimal;

use super::buyers::Lost;
use super::interval::hundredth;
use super::lateness::Tally;
use crate::domain::{Currency, Lane, Money, SwitchProposal, SwitchVerdict, Weighed};

/// A lane with what its closed days bring, ready to be weighed.
pub(super) struct Side<'a> {
    pub(super) lane: &'a Lane,
    pub(super) lost: Lost,
    pub(super) late: [Tally; 12],
    pub(super) closed_days: f64,
}

/// One alternate against the lane.
pub(super) struct Bout<'a> {
    pub(super) lane: &'a Side<'a>,
    pub(super) other: &'a Side<'a>,
    /// Shipments a month.
    pub(super) boxes: Decimal,
    /// The currencies that the lane's buyers sell in.
    pub(super) currencies: &'a [Currency],
}

/// One month's money.
#[derive(Debug, Clone, Copy, Default)]
struct Month {
    cost: Decimal,
    kept: Decimal,
    /// What leaves in it is less late by the alternate.
    is_sooner: bool,
}

impl Month {
    fn net(self) -> Decimal {
        self.kept - self.cost
    }

    /// Out of season, where a switch keeps nothing, a cheaper alternate is no matter of this plan. Nor does it pay where the
    /// alternate is no sooner, and shelves are fuller only by what an earlier month had kept back.
    fn pays(self) -> bool {
        self.is_sooner && self.kept > Decimal::ZERO && self.net() > Decimal::ZERO
    }
}

impl Bout<'_> {
    /// What the switch brings in the months in which it pays.
    pub(super) fn net(&self) -> Decimal {
        self.months()
            .map(|months| months.iter().filter(|month| month.pays()).map(|month| month.net()).sum())
            .unwrap_or_default()
    }

    /// The alternate beside the lane; `is_best` when no other brings more.
    pub(super) fn weighed(&self, is_best: bool) -> Weighed {
        let extra = self.extra();
        let verdict = match self.months() {
            Err(verdict) => verdict,
            Ok(_) if self.net() <= Decimal::ZERO => SwitchVerdict::DoesNotPay,
            Ok(_) if is_best => SwitchVerdict::Proposed,
            Ok(_) => SwitchVerdict::SecondBest,
        };
        let best = self.months().ok().and_then(|months| months.iter().map(|month| month.kept).max());
        Weighed {
            alternate: self.other.lane.id.clone(),
            mode: self.other.lane.mode.clone(),
            verdict,
            extra_per_box: extra.ok().map(|money| money.0),
            currency: extra.ok().map(|money| money.1),
            slower_h: self.slower_h(),
            closed_days: self.other.closed_days,
            break_even_per_box: best.and_then(|kept| per_box(kept, self.boxes)),
        }
    }

    /// The runs of months in which it pays, over the year's end if need be.
    pub(super) fn proposals(&self) -> Vec<SwitchProposal> {
        let (Ok(months), Ok((extra, currency))) = (self.months(), self.extra()) else { return Vec::new() };
        let mut proposals: Vec<SwitchProposal> = runs(months.map(Month::pays))
            .into_iter()
            .map(|(first, count)| self.proposal(&months, (first, count), extra, currency))
            .collect();
        proposals.sort_by_key(|proposal| proposal.first_month);
        proposals
    }

    fn proposal(
        &self,
        months: &[Month; 12],
        (first, count): (usize, usize),
        extra: Decimal,
        currency: Currency,
    ) -> SwitchProposal {
        let within = |month: usize| (month + 12 - first) % 12 < count;
        let chosen = || (0..12).filter(|month| within(*month));
        let of = |get: fn(&Month) -> Decimal| chosen().filter_map(|month| months.get(month)).map(get).sum::<Decimal>();
        let (extra_cost, sales_kept) = (of(|month| month.cost), of(|month| month.kept));
        let boxes = self.boxes * Decimal::from(count);
        let mean_late = |side: &Side<'_>| {
            let tallies = chosen().filter_map(|month| side.late.get(month));
            let (days, late) = tallies.fold((0.0, 0.0), |(days, late), t| (days + t.days, late + t.days_late));
            if days > 0.0 { late / days } else { 0.0 }
        };
        let empty = |side: &Side<'_>| chosen().filter_map(|month| side.lost.empty_days.get(month)).sum::<f64>();
        let (first_month, last_month) = (number(first), number((first + count - 1) % 12));
        SwitchProposal {
            id: SwitchProposal::id_of(&self.lane.lane.id, first_month, last_month, &self.other.lane.id),
            lane: self.lane.lane.id.clone(),
            alternate: self.other.lane.id.clone(),
            mode: self.other.lane.mode.clone(),
            first_month,
            last_month,
            extra_per_box: extra,
            boxes,
            extra_cost,
            sales_kept,
            net: sales_kept - extra_cost,
            break_even_per_box: per_box(sales_kept, boxes).unwrap_or_default(),
            currency,
            days_late_saved: hundredth(mean_late(self.lane) - mean_late(self.other)),
            empty_days_saved: hundredth(empty(self.lane) - empty(self.other)),
            slower_h: self.slower_h(),
        }
    }

    /// What one shipment costs more.
    fn extra(&self) -> Result<(Decimal, Currency), SwitchVerdict> {
        match (self.lane.lane.cost, self.other.lane.cost) {
            (Some(Money { amount: ours, currency }), Some(theirs)) if theirs.currency == currency => {
                Ok((theirs.amount - ours, currency))
            }
            (Some(_), Some(_)) => Err(SwitchVerdict::TwoCurrencies),
            _ => Err(SwitchVerdict::CostUnknown),
        }
    }

    fn months(&self) -> Result<[Month; 12], SwitchVerdict> {
        let (extra, currency) = self.extra()?;
        if !self.currencies.contains(&currency) {
            return Err(SwitchVerdict::LossUnknown);
        }
        let mut months = [Month::default(); 12];
        for (at, month) in months.iter_mut().enumerate() {
            month.cost = (extra * self.boxes).round();
            month.kept = self.lane.lost.in_month(at, currency) - self.other.lost.in_month(at, currency);
            let late = |side: &Side<'_>| side.late.get(at).map_or(0.0, |tally| tally.days_late);
            month.is_sooner = late(self.lane) > late(self.other);
        }
        Ok(months)
    }

    fn slower_h(&self) -> Option<f64> {
        Some(self.other.lane.transit_h? - self.lane.lane.transit_h?)
    }
}

/// In whole units, rounded down: at one more the switch pays nothing.
fn per_box(amount: Decimal, boxes: Decimal) -> Option<Decimal> {
    amount.checked_div(boxes).map(|amount| amount.floor())
}

fn number(month: usize) -> u8 {
    u8::try_from(month + 1).unwrap_or(12)
}

/// The unbroken runs of a ring of months: the first of each, from 0, and how many.
fn runs(pays: [bool; 12]) -> Vec<(usize, usize)> {
    if pays.iter().all(|pays| *pays) {
        return vec![(0, 12)];
    }
    let is_on = |month: usize| pays.get(month % 12).copied().unwrap_or(false);
    let first = (0..12).filter(|month| is_on(*month) && !is_on(month + 11));
    first.map(|first| (first, (1..12).take_while(|step| is_on(first + step)).count() + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_a_ring() {
        let months = |on: &[usize]| {
            let mut pays = [false; 12];
            for month in on {
                pays[month - 1] = true;
            }
            runs(pays)
        };
        assert_eq!(months(&[]), []);
        assert_eq!(months(&[7, 8, 9]), [(6, 3)]);
        assert_eq!(months(&[7, 9]), [(6, 1), (8, 1)]);
        assert_eq!(months(&[12, 1, 2]), [(11, 3)]);
        assert_eq!(months(&(1..=12).collect::<Vec<_>>()), [(0, 12)]);
    }
}
