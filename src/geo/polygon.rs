//! A polygon made ready: its rings by rows of latitude, and within a row what lies wholly inside or outside.

use std::ops::Range;

use geo::{Coord, Polygon};

use super::ring::{Bounds, PreparedRing, Segment, Side, band, side};

/// Room to cut a row in, used for one after the other.
#[derive(Debug, Default)]
pub(super) struct RowCut {
    pub(super) stretches: Vec<Stretch>,
    edges: Vec<CutEdge>,
    windings: Vec<i32>,
}

/// A stretch of longitude in a row that edges pass through.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) west: f64,
    pub(super) east: f64,
    /// True when what lies between this stretch and the next one east is inside.
    pub(super) is_inside_east: bool,
    /// How often the outer ring goes round what lies there.
    turns_east: i32,
    edges: Range<usize>,
}

/// An edge in a row, and the longitudes that it has there.
#[derive(Debug)]
struct CutEdge {
    west: f64,
    east: f64,
    /// 0 for the outer ring, then the holes.
    ring: usize,
    edge: Segment,
}

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

    /// Cuts a row into stretches of longitude that an edge may pass through, from west to east, none touching the next.
    /// What lies between two of them is wholly inside or wholly outside.
    pub(super) fn cut_row(&self, row: usize, cut: &mut RowCut) {
        let (south, north) = band(row, 1);
        cut.edges.clear();
        for (ring, number) in std::iter::once(&self.outer).chain(&self.holes).zip(0..) {
            let edges = ring.edges_in(row).iter();
            let here = edges.filter(|edge| edge.a.y.min(edge.b.y) <= north && edge.a.y.max(edge.b.y) >= south);
            cut.edges.extend(here.map(|edge| {
                let (west, east) = edge.within((south, north));
                CutEdge { west, east, ring: number, edge: *edge }
            }));
        }
        cut.edges.sort_unstable_by(|a, b| a.west.total_cmp(&b.west));
        cut.stretches.clear();
        for (number, edge) in cut.edges.iter().enumerate() {
            match cut.stretches.last_mut() {
                Some(last) if edge.west <= last.east => {
                    last.east = last.east.max(edge.east);
                    last.edges.end = number + 1;
                }
                _ => cut.stretches.push(Stretch {
                    west: edge.west,
                    east: edge.east,
                    edges: number..number + 1,
                    turns_east: 0,
                    is_inside_east: false,
                }),
            }
        }
        self.tell_inside(f64::midpoint(south, north), cut);
    }

    /// Tells from east to west whether what lies beside each stretch is inside: outside at first, then changed by the edges
    /// that pass the middle of the row, as they would be by those that pass any other latitude of it.
    fn tell_inside(&self, lat: f64, cut: &mut RowCut) {
        cut.windings.clear();
        cut.windings.resize(self.holes.len() + 1, 0);
        for stretch in cut.stretches.iter_mut().rev() {
            stretch.turns_east = cut.windings.first().copied().unwrap_or_default();
            let is_in_hole = cut.windings.iter().skip(1).any(|winding| *winding != 0);
            stretch.is_inside_east = stretch.turns_east != 0 && !is_in_hole;
            for CutEdge { ring, edge, .. } in cut.edges.get(stretch.edges.clone()).unwrap_or_default() {
                if let Some(winding) = cut.windings.get_mut(*ring) {
                    *winding += edge.rise_past(lat);
                }
            }
        }
    }

    /// As [`Self::covers`], of a place in one of the stretches of its row.
    pub(super) fn covers_in(&self, stretch: &Stretch, cut: &RowCut, place: Coord) -> bool {
        if !self.holes.is_empty() {
            return self.covers(place);
        }
        let edges = cut.edges.get(stretch.edges.clone()).unwrap_or_default();
        side(edges.iter().map(|cut| &cut.edge), stretch.turns_east, place) != Side::Outside
    }

    /// True when the segment has a point in common with an edge.
    pub(super) fn has_edge_on(&self, segment: &Segment) -> bool {
        std::iter::once(&self.outer).chain(&self.holes).any(|ring| ring.is_met_by(segment))
    }
}
