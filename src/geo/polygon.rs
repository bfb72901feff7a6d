//! A polygon made ready: its rings by rows of latitude, and within a row what lies wholly inside or outside.

use geo::{Coord, Polygon};

use super::ring::{Bounds, PreparedRing, Segment, Side, band};

/// A polygon with holes, unwrapped, made ready once to be asked many times.
#[derive(Debug, Clone)]
pub(super) struct PreparedPolygon {
    outer: PreparedRing,
    holes: Vec<PreparedRing>,
    /// The box around all rings: a hole of a faulty polygon may lie outside.
    reach: Bounds,
}

impl PreparedPolygon {
    pub(super) fn new(polygon: &Polygon) -> Self {
        let outer = PreparedRing::new(polygon.exterior());
        let holes: Vec<PreparedRing> = polygon.interiors().iter().map(PreparedRing::new).collect();
        let reach = holes.iter().map(|hole| hole.bounds).fold(outer.bounds, Bounds::joined);
        Self { outer, holes, reach }
    }

    /// The box around its outer ring.
    pub(super) fn bounds(&self) -> &Bounds {
        &self.outer.bounds
    }

    /// The box around all its rings.
    pub(super) fn reach(&self) -> &Bounds {
        &self.reach
    }

    /// True for a place inside and in no hole, or on an edge.
    pub(super) fn covers(&self, place: Coord) -> bool {
        match self.outer.side(place) {
            Side::Outside => false,
            Side::Edge => true,
            Side::Inside => {
                let hole = self.holes.iter().map(|hole| hole.side(place)).find(|side| *side != Side::Outside);
                hole != Some(Side::Inside)
            }
        }
    }

    /// The stretches of longitude in a row that an edge may pass through, from west to east, none touching the next. What
    /// lies between two of them is wholly inside or wholly outside.
    pub(super) fn edge_stretches(&self, row: usize, stretches: &mut Vec<(f64, f64)>) {
        stretches.clear();
        let (south, north) = band(row, 1);
        for ring in std::iter::once(&self.outer).chain(&self.holes) {
            let edges = ring.edges_in(row).iter();
            let here = edges.filter(|edge| edge.a.y.min(edge.b.y) <= north && edge.a.y.max(edge.b.y) >= south);
            stretches.extend(here.map(|edge| edge.within((south, north))));
        }
        stretches.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        stretches.dedup_by(|next, last| {
            let touch = next.0 <= last.1;
            if touch {
                last.1 = last.1.max(next.1);
            }
            touch
        });
    }

    /// True when the segment has a point in common with an edge.
    pub(super) fn has_edge_on(&self, segment: &Segment) -> bool {
        std::iter::once(&self.outer).chain(&self.holes).any(|ring| ring.is_met_by(segment))
    }
}
