//! A portfolio with its sites and lanes by where they are, so that a hazard looks only at those that it can reach.

use std::collections::{BTreeMap, HashMap};

use super::slots::{Change, RestingSlots, Slots};
use super::warnings;
use crate::domain::{Hazard, Km, Lane, Portfolio, Position, Site, code_covers};
use crate::geo::{self, CourseIndex, PlaceIndex, PreparedFootprint};

/// From so many sites or lanes on, they are indexed on all threads; fewer are done before a thread has begun.
const MANY: usize = 20_000;

/// A portfolio and where its sites and lanes lie.
///
/// It is made once; [`Places::updated`] carries it on to another portfolio. Beside the portfolio a site costs some 33 bytes:
/// 21 in the index, 12 for where it stands in the portfolio.
#[derive(Debug, Clone)]
pub struct Places<'a> {
    pub(super) portfolio: &'a Portfolio,
    sites: Slots<'a, Site>,
    site_index: PlaceIndex,
    lanes: Slots<'a, Lane>,
    lane_index: CourseIndex,
    /// The sites of each code, as it is written.
    coded: BTreeMap<String, Vec<u32>>,
}

/// The index of a portfolio that nobody holds just now: what a daemon keeps from one portfolio to the next.
#[derive(Debug)]
pub struct RestingPlaces {
    sites: RestingSlots,
    site_index: PlaceIndex,
    lanes: RestingSlots,
    lane_index: CourseIndex,
    coded: BTreeMap<String, Vec<u32>>,
}

impl RestingPlaces {
    /// The places again. The portfolio must be the one that they were made of.
    #[must_use]
    pub fn wake(self, portfolio: &Portfolio) -> Places<'_> {
        let Self { sites, site_index, lanes, lane_index, coded } = self;
        let (sites, lanes) = (sites.wake(portfolio.sites.values()), lanes.wake(portfolio.lanes.values()));
        Places { portfolio, sites, site_index, lanes, lane_index, coded }
    }
}

impl<'a> Places<'a> {
    /// Indexes a portfolio on as many threads as there are.
    #[must_use]
    pub fn new(portfolio: &'a Portfolio) -> Self {
        Self::on_threads(portfolio, geo::threads())
    }

    /// Indexes a portfolio on up to so many threads; the same on any number of them.
    #[must_use]
    pub fn on_threads(portfolio: &'a Portfolio, threads: usize) -> Self {
        let threads = |count: usize| if count < MANY { 1 } else { threads };
        let positions: Vec<Position> = portfolio.sites.values().map(|site| site.position).collect();
        let courses: Vec<&[Position]> = portfolio.lanes.values().map(|lane| lane.course.as_slice()).collect();
        let (site_index, coded) = std::thread::scope(|scope| {
            let coded = || coded(portfolio.sites.values());
            if threads(positions.len()) < 2 {
                return (PlaceIndex::new(&positions, 1), coded());
            }
            let coded = scope.spawn(coded);
            let site_index = PlaceIndex::new(&positions, threads(positions.len()));
            (site_index, coded.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        Self {
            portfolio,
            site_index,
            sites: Slots::new(portfolio.sites.values()),
            lane_index: CourseIndex::new(&courses, threads(courses.len())),
            lanes: Slots::new(portfolio.lanes.values()),
            coded,
        }
    }

    /// The index carried on to a portfolio that has taken the place of its own: what came, went or moved is changed where
    /// it lies, and nothing else is sorted anew. When more than one in twenty sites or lanes differ, all is indexed afresh:
    /// one change of a row costs about as much as twenty places of a row cost to sort.
    #[must_use]
    pub fn updated(self, portfolio: &Portfolio) -> Places<'_> {
        let (sites, site_changes) = self.sites.carried_on(portfolio.sites.values());
        let (lanes, lane_changes) = self.lanes.carried_on(portfolio.lanes.values());
        let is_much = |changes: usize, all: usize| changes * 20 > all;
        if is_much(site_changes.len(), portfolio.sites.len()) || is_much(lane_changes.len(), portfolio.lanes.len()) {
            return Places::new(portfolio);
        }
        let (mut site_index, mut lane_index, mut coded) = (self.site_index, self.lane_index, self.coded);
        for Change { slot, was, is } in site_changes {
            if let Some(was) = was {
                site_index.remove(slot, was.position);
                uncode(&mut coded, slot, was);
            }
            if let Some(is) = is {
                site_index.insert(slot, is.position);
                code(&mut coded, slot, is);
            }
        }
        for Change { slot, is, .. } in lane_changes {
            match is {
                Some(lane) => lane_index.insert(slot, &lane.course),
                None => _ = lane_index.remove(slot),
            }
        }
        Places { portfolio, sites, site_index, lanes, lane_index, coded }
    }

    /// The index alone, so that it can outlive a hold on its portfolio.
    #[must_use]
    pub fn rest(self) -> RestingPlaces {
        let Self { portfolio: _, sites, site_index, lanes, lane_index, coded } = self;
        RestingPlaces { sites: sites.rest(), site_index, lanes: lanes.rest(), lane_index, coded }
    }

    /// The sites in a warning's area, by shape or by code, in the portfolio's order.
    pub(super) fn sites_in(&self, hazard: &Hazard) -> Vec<&'a Site> {
        let mut numbers: Vec<u32> =
            self.areas(hazard).iter().flat_map(|area| self.site_index.covered_by(area)).collect();
        let codes: Vec<(&str, &str)> = warnings::codes(hazard).collect();
        let is_warned = |own: &str| codes.iter().any(|(system, code)| code_covers(system, code, own));
        if !codes.is_empty() {
            numbers.extend(self.coded.iter().filter(|(own, _)| is_warned(own)).flat_map(|(_, sites)| sites));
        }
        self.sites.pick(numbers)
    }

    /// The lanes that cross a warning's area, in the portfolio's order.
    pub(super) fn lanes_in(&self, hazard: &Hazard) -> Vec<&'a Lane> {
        self.lanes.pick(self.areas(hazard).iter().flat_map(|area| self.lane_index.touched_by(area)).collect())
    }

    /// The sites that may lie within reach of a storm's way, in the portfolio's order.
    pub(super) fn sites_near(&self, way: &[Position], reach: Km) -> Vec<&'a Site> {
        self.sites.pick(self.site_index.near(way, reach))
    }

    /// The lanes that may come within reach of a storm's way, in the portfolio's order.
    pub(super) fn lanes_near(&self, way: &[Position], reach: Km) -> Vec<&'a Lane> {
        self.lanes.pick(self.lane_index.near(way, reach))
    }

    /// What a warning draws, and the shapes that the portfolio gives its codes.
    fn areas(&self, hazard: &Hazard) -> Vec<PreparedFootprint> {
        let shapes = warnings::shapes(hazard, &self.portfolio.geocodes);
        std::iter::once(&hazard.footprint).chain(shapes).map(PreparedFootprint::new).collect()
    }
}

/// The numbers of the sites of each code.
fn coded<'s>(sites: impl Iterator<Item = &'s Site>) -> BTreeMap<String, Vec<u32>> {
    let mut coded: HashMap<&str, Vec<u32>> = HashMap::new();
    for (number, site) in (0..).zip(sites) {
        for code in &site.codes {
            coded.entry(code).or_default().push(number);
        }
    }
    coded.into_iter().map(|(code, numbers)| (code.to_owned(), numbers)).collect()
}

fn code(coded: &mut BTreeMap<String, Vec<u32>>, number: u32, site: &Site) {
    for code in &site.codes {
        match coded.get_mut(code) {
            Some(numbers) => numbers.push(number),
            None => _ = coded.insert(code.to_string(), vec![number]),
        }
    }
}

fn uncode(coded: &mut BTreeMap<String, Vec<u32>>, number: u32, site: &Site) {
    for code in &site.codes {
        if let Some(numbers) = coded.get_mut(code) {
            numbers.retain(|known| *known != number);
        }
    }
}
