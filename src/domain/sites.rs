//! The sites of a portfolio, in order of their ids and without room between them: there may be a million.

use std::ops::Index;

use super::{Site, SiteId};

/// Sites by id, in order of it, each id once. A map by what it does; a list by the memory it takes.
///
/// Putting a single site in or taking one out moves those behind it: make it from all of them at once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sites(Vec<Site>);

impl Sites {
    /// The site of an id.
    #[must_use]
    pub fn get(&self, id: &SiteId) -> Option<&Site> {
        self.find(id).ok().and_then(|at| self.0.get(at))
    }

    /// The same, to change anything but the id.
    pub fn get_mut(&mut self, id: &SiteId) -> Option<&mut Site> {
        self.find(id).ok().and_then(|at| self.0.get_mut(at))
    }

    /// True when there is one of this id.
    #[must_use]
    pub fn contains_key(&self, id: &SiteId) -> bool {
        self.find(id).is_ok()
    }

    /// Takes a site in under its own id, in place of the one that had it, which is given back.
    pub fn insert(&mut self, id: SiteId, mut site: Site) -> Option<Site> {
        site.id = id;
        match self.find(&site.id) {
            Ok(at) => self.0.get_mut(at).map(|known| std::mem::replace(known, site)),
            Err(at) => {
                self.0.insert(at, site);
                None
            }
        }
    }

    /// All, in order of id.
    pub fn values(&self) -> std::slice::Iter<'_, Site> {
        self.0.iter()
    }

    /// Keeps those that are to stay.
    pub fn retain(&mut self, mut stays: impl FnMut(&SiteId, &Site) -> bool) {
        self.0.retain(|site| stays(&site.id, site));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn find(&self, id: &SiteId) -> Result<usize, usize> {
        self.0.binary_search_by(|site| site.id.cmp(id))
    }

    /// In order, the last of each id.
    fn ordered(mut sites: Vec<Site>) -> Self {
        if !sites.is_sorted_by(|a, b| a.id < b.id) {
            sites.sort_by(|a, b| a.id.cmp(&b.id));
            // The later of two is to stay, and takes the place of the earlier.
            sites.dedup_by(|later, earlier| {
                let is_same = later.id == earlier.id;
                if is_same {
                    std::mem::swap(later, earlier);
                }
                is_same
            });
        }
        sites.shrink_to_fit();
        Self(sites)
    }
}

impl FromIterator<Site> for Sites {
    fn from_iter<I: IntoIterator<Item = Site>>(sites: I) -> Self {
        Self::ordered(sites.into_iter().collect())
    }
}

impl FromIterator<(SiteId, Site)> for Sites {
    fn from_iter<I: IntoIterator<Item = (SiteId, Site)>>(sites: I) -> Self {
        sites.into_iter().map(|(id, site)| Site { id, ..site }).collect()
    }
}

impl Extend<(SiteId, Site)> for Sites {
    fn extend<I: IntoIterator<Item = (SiteId, Site)>>(&mut self, sites: I) {
        let known = std::mem::take(&mut self.0);
        *self = known.into_iter().chain(sites.into_iter().map(|(id, site)| Site { id, ..site })).collect();
    }
}

impl Index<&SiteId> for Sites {
    type Output = Site;

    /// # Panics
    /// When there is no site of this id.
    fn index(&self, id: &SiteId) -> &Site {
        self.get(id).expect("there is a site of this id")
    }
}
