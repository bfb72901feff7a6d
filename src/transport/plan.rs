//! One way of getting goods there, member by member: when it leaves, what it meets, when it is through.

use std::cell::OnceCell;

use super::gate::Gate;
use super::storms::{Storms, of};
use super::voyage::Course;
use crate::domain::{Lane, Meeting, ModeParams, Position, Timestamp, TransportParams};
use crate::storm::ensemble::Met;

/// A lane, or what is left of it for something under way, made ready to be asked about many departures.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) mode: ModeParams,
    pub(super) transit_h: f64,
    /// Places by hours since the departure.
    track: Vec<(f64, Position)>,
    /// True when no storm comes near.
    is_far: bool,
    /// The port it leaves; nothing for what has left.
    pub(super) origin: Option<Gate>,
    pub(super) destination: Gate,
    step_h: f64,
    /// For each departure on the grid, the members in which the way is free; made when first asked for.
    free: Vec<OnceCell<Vec<bool>>>,
}

/// Where a line begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Begins {
    /// At the lane's origin.
    InPort,
    /// At this share of its course.
    UnderWay(f64),
}

/// What a departure comes to.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) etd_h: f64,
    pub(super) eta_h: f64,
    pub(super) way: Vec<(Timestamp, Position)>,
    pub(super) met: Vec<Met>,
    /// When it is through, by member, hours from now.
    pub(super) arrivals_h: Vec<f64>,
    pub(super) meeting: Meeting,
}

impl Line {
    /// `None` for a lane without a course.
    pub(super) fn new(
        lane: &Lane,
        transit_h: f64,
        begins: Begins,
        (storms, params): (&Storms<'_>, &TransportParams),
    ) -> Option<Self> {
        let course = Course::new(&lane.course)?;
        let mode = params.mode(&lane.mode);
        let from = match begins {
            Begins::InPort => 0.0,
            Begins::UnderWay(share) => share,
        };
        let transit_h = transit_h.max(0.0);
        let share = |hour: f64| from + (1.0 - from) * hour / transit_h.max(1e-9);
        let mut track: Vec<(f64, Position)> =
            whole_hours(transit_h).map(|hour| (hour, course.at(share(hour)))).collect();
        track.push((transit_h, course.destination()));
        let places: Vec<Position> = track.iter().map(|(_, place)| *place).collect();
        let gate = |place| Gate::new(place, &mode, params.queue_h_per_closed_h, storms);
        let rows = whole_hours(storms.end_h / params.hold_step_h).count() + 1;
        Some(Self {
            mode,
            transit_h,
            is_far: storms.are_far_from(&places),
            track,
            origin: (begins == Begins::InPort).then(|| gate(course.origin())),
            destination: gate(course.destination()),
            step_h: params.hold_step_h,
            free: vec![OnceCell::new(); rows],
        })
    }

    /// Leaving at an hour from now. The carrier itself waits, in each member, while the port is closed or that storm would be
    /// met on the way: it looks again every few hours, and knows by then what the storm will do. So the arrivals are those of
    /// a careful carrier, and what is met is what it would meet going through with it.
    pub(super) fn run(&self, etd_h: f64, storms: &Storms<'_>, params: &TransportParams) -> Run {
        let way = self.way(etd_h, storms);
        let met = if self.is_far { vec![Met::default(); storms.members] } else { storms.met(&way) };
        let arrival = |(member, met): (usize, &Met)| {
            let ready_h = self.origin.as_ref().map_or(etd_h, |gate| gate.through_h(member, etd_h));
            let is_free = of(&met.hours, self.mode.limit_kt) <= 0.0;
            let leaves_h = if is_free && ready_h <= etd_h { etd_h } else { self.leaves_h(member, ready_h, storms) };
            self.destination.through_h(member, leaves_h + self.transit_h)
        };
        let arrivals_h = met.iter().enumerate().map(arrival).collect();
        let meeting = storms.meeting(&way, &met, &self.mode, params);
        Run { etd_h, eta_h: etd_h + self.transit_h, way, met, arrivals_h, meeting }
    }

    fn way(&self, etd_h: f64, storms: &Storms<'_>) -> Vec<(Timestamp, Position)> {
        self.track.iter().map(|(hour, place)| (storms.instant(etd_h + hour), *place)).collect()
    }

    /// The first departure of the grid from an hour on at which a member's way is free. After the forecast all are.
    fn leaves_h(&self, member: usize, ready_h: f64, storms: &Storms<'_>) -> f64 {
        let grid = |step: usize| step as f64 * self.step_h;
        let first = (0..self.free.len()).find(|step| grid(*step) >= ready_h);
        let Some(first) = first else { return ready_h };
        let is_free = |step: &usize| {
            let row = self.free.get(*step).map(|row| row.get_or_init(|| self.row(grid(*step), storms)));
            row.and_then(|row| row.get(member)).copied().unwrap_or(true)
        };
        (first..self.free.len()).find(is_free).map_or(grid(self.free.len()), grid)
    }

    fn row(&self, etd_h: f64, storms: &Storms<'_>) -> Vec<bool> {
        if self.is_far {
            return vec![true; storms.members];
        }
        let met = storms.met(&self.way(etd_h, storms));
        met.iter().map(|met| of(&met.hours, self.mode.limit_kt) <= 0.0).collect()
    }
}

/// 0, 1, 2 and so on below a number of hours, a year of them at most.
fn whole_hours(below: f64) -> impl Iterator<Item = f64> {
    (0_u32..9_000).map(f64::from).take_while(move |hour| *hour < below)
}
