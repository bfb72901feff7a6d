//! Where a ship, train, truck or barge is, hour by hour.

use crate::domain::{Position, Span, Timestamp, Whereabouts, hours_between};
use crate::geo;

/// A lane's course with the kilometres to each of its positions.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    origin: Position,
    /// The positions after it, each with the kilometres to it.
    places: Vec<(f64, Position)>,
}

impl Course {
    /// A course through some positions; `None` when there are none.
    pub fn new(positions: &[Position]) -> Option<Self> {
        let origin = *positions.first()?;
        let mut so_far = 0.0;
        let legs = positions.iter().zip(positions.iter().skip(1));
        let places = legs.map(|(from, to)| {
            so_far += geo::distance(*from, *to).0;
            (so_far, *to)
        });
        Some(Self { origin, places: places.collect() })
    }

    /// Its length along the geodesics, kilometres.
    pub fn length_km(&self) -> f64 {
        self.places.last().map_or(0.0, |(km, _)| *km)
    }

    /// The place at a share (0..=1) of its length.
    pub fn at(&self, share: f64) -> Position {
        let wanted = self.length_km() * share.clamp(0.0, 1.0);
        let after = self.places.partition_point(|(km, _)| *km <= wanted);
        let before = after.checked_sub(1).and_then(|at| self.places.get(at));
        let (from_km, from) = before.copied().unwrap_or((0.0, self.origin));
        self.places
            .get(after)
            .map_or(from, |(to_km, to)| geo::between(from, *to, (wanted - from_km) / (to_km - from_km).max(1e-9)))
    }

    /// Where it begins.
    pub fn origin(&self) -> Position {
        self.origin
    }

    /// Where it ends.
    pub fn destination(&self) -> Position {
        self.places.last().map_or(self.origin, |(_, place)| *place)
    }
}

/// One way of something over a course: at the origin until it leaves, then evenly along the course, at the destination from
/// its arrival on. Ships do not sail evenly, but nobody tells where they slow down.
///
/// ```
/// # use seawall::{domain::Position, transport::Voyage};
/// let (from, to) = (Position::lat_lon(30.0, 122.0).unwrap(), Position::lat_lon(24.0, 122.0).unwrap());
/// let (etd, eta) = ("2004-08-11T00:00:00Z".parse().unwrap(), "2004-08-12T12:00:00Z".parse().unwrap());
/// let voyage = Voyage::new(&[from, to], etd, eta).unwrap();
/// let midway = voyage.at("2004-08-11T18:00:00Z".parse().unwrap());
/// assert!((midway.lat() - 27.0).abs() < 0.01);
/// assert_eq!(voyage.at("2004-08-10T00:00:00Z".parse().unwrap()), from);
/// assert_eq!(voyage.at("2004-08-20T00:00:00Z".parse().unwrap()), to);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Voyage {
    course: Course,
    etd: Timestamp,
    eta: Timestamp,
}

impl Voyage {
    /// A voyage over some positions; `None` without any, or when it arrives before it departs.
    pub fn new(positions: &[Position], etd: Timestamp, eta: Timestamp) -> Option<Self> {
        let course = Course::new(positions)?;
        (etd <= eta).then_some(Self { course, etd, eta })
    }

    /// The share of the course that lies behind it.
    pub fn share(&self, at: Timestamp) -> f64 {
        let whole = hours_between(self.etd, self.eta);
        let done = hours_between(self.etd, at);
        if done <= 0.0 { 0.0 } else { (done / whole.max(1e-9)).min(1.0) }
    }

    /// Where it is.
    pub fn at(&self, at: Timestamp) -> Position {
        self.course.at(self.share(at))
    }

    /// Where it is hour by hour from an instant (or its departure, if later) to its arrival, which is included.
    pub fn hourly(&self, from: Timestamp) -> Vec<Whereabouts> {
        let mut way = Vec::new();
        let mut at = from.max(self.etd);
        while at < self.eta {
            way.push(Whereabouts { at, position: self.at(at) });
            let Ok(next) = at.checked_add(Span::from_hours(1)) else { break };
            at = next;
        }
        if from <= self.eta {
            way.push(Whereabouts { at: self.eta, position: self.course.destination() });
        }
        way
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Km;

    fn at(lat: f64, lon: f64) -> Position {
        Position::lat_lon(lat, lon).expect("a position")
    }

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// The legs of a course count by their length: of 1 and 3 degrees on a meridian, the first corner is passed at a quarter.
    #[test]
    fn legs_count_by_their_length() {
        let course = Course::new(&[at(30.0, 122.0), at(29.0, 122.0), at(26.0, 122.0)]).expect("a course");
        assert!((course.length_km() - 443.3).abs() < 0.5, "{}", course.length_km());
        assert!((course.at(0.25).lat() - 29.0).abs() < 0.01);
        assert!((course.at(0.625).lat() - 27.5).abs() < 0.01);
        assert_eq!((course.origin(), course.destination()), (at(30.0, 122.0), at(26.0, 122.0)));
    }

    #[test]
    fn the_line_of_180_degrees_is_no_wall() {
        let course = Course::new(&[at(20.0, 179.0), at(20.0, -179.0)]).expect("a course");
        assert!(course.at(0.5).lon().abs() > 179.9 && course.length_km() < 210.0);
    }

    #[test]
    fn hour_by_hour() {
        let (etd, eta) = (time("2004-08-11T00:00:00Z"), time("2004-08-11T02:30:00Z"));
        let voyage = Voyage::new(&[at(30.0, 122.0), at(29.0, 122.0)], etd, eta).expect("a voyage");
        let hours = |from: &str| voyage.hourly(time(from)).iter().map(|w| w.at.to_string()).collect::<Vec<_>>();
        let all = ["2004-08-11T00:00:00Z", "2004-08-11T01:00:00Z", "2004-08-11T02:00:00Z", "2004-08-11T02:30:00Z"];
        assert_eq!(hours("2004-08-10T00:00:00Z"), all);
        assert_eq!(hours("2004-08-11T02:15:00Z"), ["2004-08-11T02:15:00Z", "2004-08-11T02:30:00Z"]);
        assert!(hours("2004-08-12T00:00:00Z").is_empty());
        assert_eq!(Voyage::new(&[at(0.0, 0.0)], eta, etd), None);
        assert_eq!(Voyage::new(&[], etd, eta), None);
        // One position, no time: still somewhere.
        let still = Voyage::new(&[at(1.0, 2.0)], etd, etd).expect("a voyage");
        assert_eq!((still.at(etd), still.hourly(etd).len()), (at(1.0, 2.0), 1));
    }

    proptest! {
        /// It never goes back, nor faster than its length over its time.
        #[test]
        fn it_moves_evenly(
            places in proptest::collection::vec((-60.0..60.0, -180.0..180.0), 2..6),
            transit_h in 1_i64..200,
        ) {
            let places: Vec<Position> = places.into_iter().map(|(lat, lon)| at(lat, lon)).collect();
            let etd = time("2004-08-11T00:00:00Z");
            let voyage = Voyage::new(&places, etd, etd + Span::from_hours(transit_h)).expect("a voyage");
            let speed = voyage.course.length_km() / transit_h as f64;
            let way = voyage.hourly(etd);
            prop_assert_eq!(i64::try_from(way.len()), Ok(transit_h + 1));
            for (a, b) in way.iter().zip(way.iter().skip(1)) {
                let Km(km) = geo::distance(a.position, b.position);
                prop_assert!(km <= speed + 0.01, "{km} in an hour at {speed}");
            }
        }
    }
}
