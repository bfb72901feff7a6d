//! A portfolio with its sites and lanes by where they are, so that a hazard looks only at those that it can reach.

use std::collections::BTreeMap;

use super::warnings;
use crate::domain::{Hazard, Km, Lane, Portfolio, Position, Site, code_covers};
use crate::geo::{self, CourseIndex, PlaceIndex, PreparedFootprint};

/// From so many sites or lanes on, they are indexed on all threads; fewer are done before a thread has begun.
const MANY: usize = 20_000;

/// A portfolio and where its sites and lanes lie. It is made once, and again when the portfolio changes.
#[derive(Debug, Clone)]
pub struct Places<'a> {
    pub(super) portfolio: &'a Portfolio,
    /// In the portfolio's order; a site's number in the index is its place here.
    sites: Vec<&'a Site>,
    site_index: PlaceIndex,
    lanes: Vec<&'a Lane>,
    lane_index: CourseIndex,
    /// The sites of each code, as it is written.
    coded: BTreeMap<&'a str, Vec<u32>>,
}

impl<'a> Places<'a> {
    /// Indexes a portfolio.
    #[must_use]
    pub fn new(portfolio: &'a Portfolio) -> Self {
        let sites: Vec<&Site> = portfolio.sites.values().collect();
        let lanes: Vec<&Lane> = portfolio.lanes.values().collect();
        let threads = |count: usize| if count < MANY { 1 } else { geo::threads() };
        let positions: Vec<Position> = sites.iter().map(|site| site.position).collect();
        let courses: Vec<&[Position]> = lanes.iter().map(|lane| lane.course.as_slice()).collect();
        let mut coded: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (site, number) in sites.iter().zip(0..) {
            for code in &site.codes {
                coded.entry(code.as_str()).or_default().push(number);
            }
        }
        Self {
            portfolio,
            site_index: PlaceIndex::new(&positions, threads(sites.len())),
            sites,
            lane_index: CourseIndex::new(&courses, threads(lanes.len())),
            lanes,
            coded,
        }
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
        pick(&self.sites, numbers)
    }

    /// The lanes that cross a warning's area, in the portfolio's order.
    pub(super) fn lanes_in(&self, hazard: &Hazard) -> Vec<&'a Lane> {
        pick(&self.lanes, self.areas(hazard).iter().flat_map(|area| self.lane_index.touched_by(area)).collect())
    }

    /// The sites that may lie within reach of a storm's way, in the portfolio's order.
    pub(super) fn sites_near(&self, way: &[Position], reach: Km) -> Vec<&'a Site> {
        pick(&self.sites, self.site_index.near(way, reach))
    }

    /// The lanes that may come within reach of a storm's way, in the portfolio's order.
    pub(super) fn lanes_near(&self, way: &[Position], reach: Km) -> Vec<&'a Lane> {
        pick(&self.lanes, self.lane_index.near(way, reach))
    }

    /// What a warning draws, and the shapes that the portfolio gives its codes.
    fn areas(&self, hazard: &Hazard) -> Vec<PreparedFootprint> {
        let shapes = warnings::shapes(hazard, &self.portfolio.geocodes);
        std::iter::once(&hazard.footprint).chain(shapes).map(PreparedFootprint::new).collect()
    }
}

fn pick<'a, T>(all: &[&'a T], mut numbers: Vec<u32>) -> Vec<&'a T> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into_iter().filter_map(|number| all.get(number as usize).copied()).collect()
}
