//! Numbers for the things of a portfolio that stay when others come and go.

use std::cmp::Ordering;

use crate::domain::{Lane, Site};

/// What has an id by which a portfolio orders it.
pub(super) trait Numbered {
    /// By id, as the portfolio orders.
    fn order(&self, other: &Self) -> Ordering;
    /// True when both lie at the same place and bear the same codes, so that an index need not know of the change.
    fn lies_alike(&self, other: &Self) -> bool;
}

impl Numbered for Site {
    fn order(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }

    fn lies_alike(&self, other: &Self) -> bool {
        self.position == other.position && self.codes == other.codes
    }
}

impl Numbered for Lane {
    fn order(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }

    fn lies_alike(&self, other: &Self) -> bool {
        self.course == other.course
    }
}

/// The things of a portfolio, each in a numbered slot.
#[derive(Debug, Clone)]
pub(super) struct Slots<'a, T> {
    things: Vec<Option<&'a T>>,
    /// The slots in use, in the portfolio's order.
    order: Vec<u32>,
    /// True while slots are numbered in the portfolio's order.
    is_in_order: bool,
}

/// A slot whose thing has come (it was none), gone (it is none), or changed where it lies.
#[derive(Debug)]
pub(super) struct Change<'a, 'b, T> {
    pub(super) slot: u32,
    pub(super) was: Option<&'a T>,
    pub(super) is: Option<&'b T>,
}

/// The numbers of a portfolio's things, without the things.
#[derive(Debug)]
pub(super) struct RestingSlots {
    slots: usize,
    order: Vec<u32>,
    is_in_order: bool,
}

impl RestingSlots {
    /// With the things again, which come in order: they must be those that were numbered.
    pub(super) fn wake<'a, T>(self, things: impl Iterator<Item = &'a T>) -> Slots<'a, T> {
        let mut slots = vec![None; self.slots];
        for (slot, thing) in self.order.iter().zip(things) {
            if let Some(place) = slots.get_mut(*slot as usize) {
                *place = Some(thing);
            }
        }
        Slots { things: slots, order: self.order, is_in_order: self.is_in_order }
    }
}

impl<'a, T: Numbered> Slots<'a, T> {
    /// Numbers things that come in order, from 0.
    pub(super) fn new(things: impl Iterator<Item = &'a T>) -> Self {
        let slots: Vec<Option<&T>> = things.map(Some).collect();
        let order = (0..).zip(&slots).map(|(slot, _)| slot).collect();
        Self { things: slots, order, is_in_order: true }
    }

    /// The same numbers for the things of another portfolio, which come in order too, and what has changed. Who is new
    /// takes a slot that was free, else one at the end.
    pub(super) fn carried_on<'b>(&self, things: impl Iterator<Item = &'b T>) -> (Slots<'b, T>, Vec<Change<'a, 'b, T>>) {
        let mut free = (0..).zip(&self.things).filter(|(_, thing)| thing.is_none()).map(|(slot, _)| slot);
        let (mut changes, mut slots, mut order) = (Vec::new(), vec![None; self.things.len()], Vec::new());
        let mut known = self.order.iter().filter_map(|slot| Some((*slot, self.get(*slot)?))).peekable();
        for is in things {
            while let Some((slot, was)) = known.next_if(|(_, was)| was.order(is).is_lt()) {
                changes.push(Change { slot, was: Some(was), is: None });
            }
            let slot = if let Some((slot, was)) = known.next_if(|(_, was)| was.order(is).is_eq()) {
                if !was.lies_alike(is) {
                    changes.push(Change { slot, was: Some(was), is: Some(is) });
                }
                slot
            } else {
                let slot = free.next().unwrap_or_else(|| {
                    slots.push(None);
                    u32::try_from(slots.len() - 1).unwrap_or(u32::MAX)
                });
                changes.push(Change { slot, was: None, is: Some(is) });
                slot
            };
            if let Some(place) = slots.get_mut(slot as usize) {
                *place = Some(is);
            }
            order.push(slot);
        }
        changes.extend(known.map(|(slot, was)| Change { slot, was: Some(was), is: None }));
        let is_in_order = order.is_sorted();
        (Slots { things: slots, order, is_in_order }, changes)
    }

    /// The numbers alone, for as long as nobody holds the portfolio.
    pub(super) fn rest(self) -> RestingSlots {
        RestingSlots { slots: self.things.len(), order: self.order, is_in_order: self.is_in_order }
    }

    /// The things of some slots, each once, in the portfolio's order.
    pub(super) fn pick(&self, mut numbers: Vec<u32>) -> Vec<&'a T> {
        numbers.sort_unstable();
        numbers.dedup();
        let mut things: Vec<&T> = numbers.into_iter().filter_map(|slot| self.get(slot)).collect();
        if !self.is_in_order {
            // Long runs are in order already, which this sort makes use of.
            things.sort_by(|a, b| a.order(b));
        }
        things
    }

    fn get(&self, slot: u32) -> Option<&'a T> {
        self.things.get(slot as usize).copied().flatten()
    }
}
