//! Room for labels: each is set beside its place where it covers neither another nor a place.

use super::frame::Frame;
use super::letters::width;

/// What is taken already.
#[derive(Debug)]
pub(super) struct Labels {
    taken: Vec<Box4>,
}

/// Left, top, right, bottom.
type Box4 = (f64, f64, f64, f64);

/// Where a label was set: the left end of its line, and the line's foot.
pub(super) type Spot = (f64, f64);

impl Labels {
    /// None yet but those of the places themselves.
    pub(super) fn around(places: impl Iterator<Item = (f64, f64)>, radius: f64) -> Self {
        Self { taken: places.map(|(x, y)| (x - radius, y - radius, x + radius, y + radius)).collect() }
    }

    /// Takes a box out of use.
    pub(super) fn take(&mut self, taken: Box4) {
        self.taken.push(taken);
    }

    /// Room for a text beside a place, `gap` pixels from its middle: right of it, left, above, below, then the corners.
    pub(super) fn beside(
        &mut self,
        (x, y): (f64, f64),
        gap: f64,
        text: &str,
        size: f64,
        frame: &Frame,
    ) -> Option<Spot> {
        let (wide, tall) = (width(text) * size, size * 1.15);
        let near = gap * 0.75;
        let spots = [
            (x + gap, y - tall / 2.0),
            (x - gap - wide, y - tall / 2.0),
            (x - wide / 2.0, y - gap - tall),
            (x - wide / 2.0, y + gap),
            (x + near, y - near - tall * 0.8),
            (x + near, y + near * 0.6),
            (x - near - wide, y - near - tall * 0.8),
            (x - near - wide, y + near * 0.6),
        ];
        let spot = spots.into_iter().find(|(left, top)| {
            let all = (*left, *top, left + wide, top + tall);
            frame.holds((all.0, all.1), 3.0)
                && frame.holds((all.2, all.3), 3.0)
                && !self.taken.iter().any(|b| meet(*b, all))
        })?;
        self.take((spot.0 - 1.0, spot.1, spot.0 + wide + 1.0, spot.1 + tall));
        Some((spot.0, spot.1 + size * 0.95))
    }
}

fn meet(a: Box4, b: Box4) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}
