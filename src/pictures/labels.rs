//! Room for labels: each is set beside its place where it covers neither another nor a place.

use super::frame::Frame;
use super::letters::width;

/// What is taken already.
#[derive(Debug)]
pub(super) struct Labels {
    taken: Vec<Box4>,
    /// What a label may cover when there is no other room: the track.
    spared: Vec<(f64, f64)>,
}

/// Left, top, right, bottom.
type Box4 = (f64, f64, f64, f64);

/// Where a label was set: the left end of its line, and the line's foot.
pub(super) type Spot = (f64, f64);

impl Labels {
    /// None yet but those of the places themselves.
    pub(super) fn around(places: impl Iterator<Item = (f64, f64)>, radius: f64) -> Self {
        let taken = places.map(|(x, y)| (x - radius, y - radius, x + radius, y + radius)).collect();
        Self { taken, spared: Vec::new() }
    }

    /// Keeps labels off a line through these points, where there is other room.
    pub(super) fn spare(&mut self, points: &[(f64, f64)]) {
        const STEP: f64 = 6.0;
        for (from, to) in points.iter().zip(points.iter().skip(1)) {
            let (across, down) = (to.0 - from.0, to.1 - from.1);
            let mut gone = 0.0;
            let length = across.hypot(down).min(4000.0);
            while gone <= length {
                let share = if length > 0.0 { gone / length } else { 0.0 };
                self.spared.push((from.0 + across * share, from.1 + down * share));
                gone += STEP;
            }
        }
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
        let whole = |(left, top): (f64, f64)| (left, top, left + wide, top + tall);
        let has_room = |spot: &Spot| {
            let all = whole(*spot);
            frame.holds((all.0, all.1), 3.0)
                && frame.holds((all.2, all.3), 3.0)
                && !self.taken.iter().any(|taken| meet(*taken, all))
        };
        let covers_line = |spot: &Spot| self.spared.iter().any(|(x, y)| meet((*x, *y, x + 0.1, y + 0.1), whole(*spot)));
        let free: Vec<Spot> = spots.into_iter().filter(has_room).collect();
        let spot = free.iter().find(|spot| !covers_line(spot)).or(free.first()).copied()?;
        self.take((spot.0 - 1.0, spot.1, spot.0 + wide + 1.0, spot.1 + tall));
        Some((spot.0, spot.1 + size * 0.95))
    }
}

fn meet(a: Box4, b: Box4) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}
