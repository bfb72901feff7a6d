//! What becomes other when a portfolio takes another's place.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Portfolio;

/// The ids of one kind of thing that came, went or are other than they were, each in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// Those that are new.
    pub added: Vec<String>,
    /// Those that are other than they were.
    pub changed: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
}

/// How a portfolio differs from the one before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PortfolioDiff {
    /// Dealers, by id.
    pub dealers: Differing,
    /// Sites, by id.
    pub sites: Differing,
    /// Lanes, by id.
    pub lanes: Differing,
    /// Shipments, by id.
    pub shipments: Differing,
    /// Lines of stock, by dealer and SKU.
    pub stock: Differing,
    /// People, by id.
    pub people: Differing,
    /// Whether warning areas lie elsewhere, so that every site may be hit by others.
    pub areas: bool,
}

/// A portfolio that has just taken another's place, for the turn that looks at what is new in it.
#[derive(Debug, Clone)]
pub struct Renewal {
    /// The user who brought it; `None` when the files on the machine were read anew.
    pub by: Option<String>,
    /// How it differs.
    pub diff: PortfolioDiff,
    /// The sites and lanes that are new or other than they were; `None` when all are to be looked at again.
    pub changed: Option<Box<Portfolio>>,
}

impl Portfolio {
    /// How this portfolio differs from the one before it.
    #[must_use]
    pub fn diff_from(&self, before: &Self) -> PortfolioDiff {
        let stock = |of: &Self| -> BTreeMap<String, super::StockLine> {
            of.stock.iter().map(|line| (format!("{}/{}", line.dealer, line.sku), line.clone())).collect()
        };
        let (stock_now, stock_before) = (stock(self), stock(before));
        PortfolioDiff {
            dealers: differing(self.dealers.iter(), before.dealers.iter()),
            sites: differing(
                self.sites.values().map(|site| (&site.id, site)),
                before.sites.values().map(|site| (&site.id, site)),
            ),
            lanes: differing(self.lanes.iter(), before.lanes.iter()),
            shipments: differing(self.shipments.iter(), before.shipments.iter()),
            stock: differing(stock_now.iter(), stock_before.iter()),
            people: differing(self.people.iter(), before.people.iter()),
            areas: self.geocodes != before.geocodes,
        }
    }

    /// Its sites and lanes that are new or other than they were; `None` when a warning area lies elsewhere, and all may be hit
    /// by others.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Option<Self> {
        if self.geocodes != before.geocodes {
            return None;
        }
        let mut changed = Self { geocodes: self.geocodes.clone(), ..Self::default() };
        let other = self.sites.values().filter(|site| before.sites.get(&site.id) != Some(*site));
        changed.sites = other.cloned().collect();
        let other = self.lanes.iter().filter(|(id, lane)| before.lanes.get(*id) != Some(*lane));
        changed.lanes = other.map(|(id, lane)| (id.clone(), lane.clone())).collect();
        Some(changed)
    }
}

impl PortfolioDiff {
    /// True when nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Differing {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.added.len() + self.changed.len() + self.removed.len()
    }
}

/// Walks two lists in order of their keys at once.
fn differing<'a, K: Ord + ToString + 'a, T: PartialEq + 'a>(
    now: impl Iterator<Item = (&'a K, &'a T)>,
    before: impl Iterator<Item = (&'a K, &'a T)>,
) -> Differing {
    let mut found = Differing::default();
    let mut before = before.peekable();
    for (key, is) in now {
        while let Some((gone, _)) = before.next_if(|(known, _)| *known < key) {
            found.removed.push(gone.to_string());
        }
        match before.next_if(|(known, _)| *known == key) {
            Some((_, was)) if was == is => {}
            Some(_) => found.changed.push(key.to_string()),
            None => found.added.push(key.to_string()),
        }
    }
    found.removed.extend(before.map(|(gone, _)| gone.to_string()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Dealer, DealerId, Language, PersonId};

    fn of(dealers: &[(&str, &str)]) -> Portfolio {
        let dealer = |(id, name): &(&str, &str)| Dealer {
            id: DealerId::new(*id),
            name: (*name).to_owned(),
            tier: String::new(),
            manager: PersonId::new("li"),
            language: Language::English,
            time_zone: "UTC".to_owned(),
        };
        let dealers = dealers.iter().map(dealer).map(|dealer| (dealer.id.clone(), dealer));
        Portfolio { dealers: dealers.collect(), ..Portfolio::default() }
    }

    #[test]
    fn what_came_went_and_changed_is_named() {
        let check = |before: &[(&str, &str)], now: &[(&str, &str)], expected: [&[&str]; 3]| {
            let Differing { added, changed, removed } = of(now).diff_from(&of(before)).dealers;
            assert_eq!(
                [added, changed, removed],
                expected.map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>())
            );
        };
        check(&[], &[], [&[], &[], &[]]);
        check(&[("A", "a"), ("C", "c")], &[("A", "a"), ("B", "b"), ("C", "x")], [&["B"], &["C"], &[]]);
        check(&[("A", "a"), ("B", "b"), ("C", "c")], &[("B", "b")], [&[], &[], &["A", "C"]]);
        assert!(of(&[("A", "a")]).diff_from(&of(&[("A", "a")])).is_empty());
    }
}
