//! What is looked at: each shipment that has not arrived, each lane at its worst departure; and how they are planned.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::gate::{Gate, delay};
use super::plan::{Begins, Line, Run};
use super::shelf::Shelf;
use super::storms::Storms;
use super::voyage::{Course, Voyage};
use crate::domain::{
    DealerId, Freight, Lane, LaneId, Money, PortClosure, Portfolio, Position, Shipment, ShipmentId, Timestamp,
    TransportParams, hours, hours_between,
};

/// Delays shorter than this are none: half of the finest step.
const DELAY_H: f64 = 1.0;
/// A shipment of this status is not under way any more, nor will be.
const OVER: [&str; 4] = ["arrived", "delivered", "cancelled", "canceled"];

/// Everything at hand.
pub(super) struct Desk<'a> {
    pub(super) portfolio: &'a Portfolio,
    pub(super) params: &'a TransportParams,
    pub(super) storms: &'a Storms<'a>,
    /// Lanes made ready, by id and minutes of transit.
    lines: RefCell<BTreeMap<(&'a LaneId, i64), Rc<Line>>>,
}

/// One thing in question, as it is planned.
pub(super) struct Case<'a> {
    pub(super) subject: Freight,
    pub(super) lane: &'a Lane,
    pub(super) dealer: Option<&'a DealerId>,
    pub(super) required_by: Option<Timestamp>,
    pub(super) value: Option<Money>,
    pub(super) shelf: Shelf<'a>,
    /// The share (0..=1) of the dealer's goods on order that it brings.
    pub(super) brings: f64,
    pub(super) line: Rc<Line>,
    /// True when it has left.
    pub(super) is_under_way: bool,
    /// The speed taken where no time was given.
    pub(super) assumed_kmh: Option<f64>,
    /// The plan gone through with.
    pub(super) keep: Run,
    pub(super) danger_p: f64,
}

impl Case<'_> {
    /// In danger: it may meet its limit, is within the 1-2-3 area, or will be late.
    pub(super) fn is_in_danger(&self) -> bool {
        is_met(&self.keep, self.danger_p) || self.late_p90_h() >= DELAY_H
    }

    /// How late it comes in nine of ten members.
    pub(super) fn late_p90_h(&self) -> f64 {
        delay(self.keep.arrivals_h.iter().map(|at| at - self.keep.eta_h).collect()).p90_h
    }
}

fn is_met(run: &Run, danger_p: f64) -> bool {
    run.meeting.p_limit >= danger_p || run.meeting.danger_123.is_some() || run.meeting.limit_h > 0.0
}

impl<'a> Desk<'a> {
    pub(super) fn new(portfolio: &'a Portfolio, params: &'a TransportParams, storms: &'a Storms<'a>) -> Self {
        Self { portfolio, params, storms, lines: RefCell::default() }
    }

    /// A lane from its origin, made ready once.
    pub(super) fn line(&self, lane: &'a Lane, transit_h: f64) -> Option<Rc<Line>> {
        let key = (&lane.id, hours(transit_h).as_mins());
        if let Some(known) = self.lines.borrow().get(&key) {
            return Some(Rc::clone(known));
        }
        let line = Rc::new(Line::new(lane, transit_h, Begins::InPort, (self.storms, self.params))?);
        self.lines.borrow_mut().insert(key, Rc::clone(&line));
        Some(line)
    }

    /// Hours that a lane takes, and the usual speed when the lane does not say.
    pub(super) fn transit(&self, lane: &Lane) -> Option<(f64, Option<f64>)> {
        if let Some(given) = lane.transit_h.filter(|h| *h > 0.0) {
            return Some((given, None));
        }
        let speed_kmh = self.params.mode(&lane.mode).speed_kmh;
        Some((Course::new(&lane.course)?.length_km() / speed_kmh.max(1.0), Some(speed_kmh)))
    }

    /// The shipments that have not arrived, and those without any time.
    pub(super) fn shipments(&self) -> (Vec<Case<'a>>, Vec<ShipmentId>) {
        let open = self.portfolio.shipments.values().filter(|shipment| !OVER.contains(&shipment.status.as_str()));
        let (mut timed, mut untimed) = (Vec::new(), Vec::new());
        for shipment in open {
            let Some(lane) = self.portfolio.lanes.get(&shipment.lane) else { continue };
            match self.times(shipment, lane) {
                Some(times) if times.1 > self.storms.now => timed.push((shipment, lane, times)),
                Some(_) => {}
                None => untimed.push(shipment.id.clone()),
            }
        }
        let shares = shares(&timed);
        let cases = timed.iter().zip(shares).filter_map(|(&(shipment, lane, times), (earlier, own))| {
            self.shipment(shipment, lane, times, Shelf::new(shipment, earlier, self.portfolio), own)
        });
        (cases.collect(), untimed)
    }

    /// Departure and arrival; what is not given is reckoned from the other and the lane's transit time.
    fn times(&self, shipment: &Shipment, lane: &Lane) -> Option<Times> {
        let (transit_h, assumed) = self.transit(lane)?;
        match (shipment.etd, shipment.eta) {
            (Some(etd), Some(eta)) => Some((etd, eta, None)),
            (Some(etd), None) => Some((etd, etd.checked_add(hours(transit_h)).ok()?, assumed)),
            (None, Some(eta)) => Some((eta.checked_sub(hours(transit_h)).ok()?, eta, assumed)),
            (None, None) => None,
        }
    }

    fn shipment(
        &self,
        shipment: &'a Shipment,
        lane: &'a Lane,
        (etd, eta, assumed_kmh): Times,
        shelf: Shelf<'a>,
        brings: f64,
    ) -> Option<Case<'a>> {
        let now = self.storms.now;
        let etd_h = hours_between(now, etd);
        let is_under_way = etd_h < 0.0;
        let line = if is_under_way {
            let begins = Begins::UnderWay(Voyage::new(&lane.course, etd, eta)?.share(now));
            Rc::new(Line::new(lane, hours_between(now, eta), begins, (self.storms, self.params))?)
        } else {
            self.line(lane, hours_between(etd, eta))?
        };
        let keep = line.run(etd_h.max(0.0), self.storms, self.params);
        Some(Case {
            subject: Freight::Shipment(shipment.id.clone()),
            lane,
            dealer: Some(&shipment.dealer),
            required_by: shipment.required_by,
            value: shipment.value,
            shelf,
            brings,
            line,
            is_under_way,
            assumed_kmh,
            keep,
            danger_p: self.params.danger_p,
        })
    }

    /// A lane at that departure of the next days which is hit hardest; `None` when none is in danger.
    pub(super) fn lane(&self, lane: &'a Lane) -> Option<Case<'a>> {
        let (transit_h, assumed_kmh) = self.transit(lane)?;
        let line = self.line(lane, transit_h)?;
        let steps = (0_u32..241).map(|step| f64::from(step) * self.params.try_step_h);
        let departures = steps.take_while(|etd_h| *etd_h <= self.params.lane_h);
        let runs = departures.map(|etd_h| line.run(etd_h, self.storms, self.params));
        let runs = runs.filter(|run| is_met(run, self.params.danger_p));
        let keep = runs.reduce(|worst, run| if run.meeting.p_limit > worst.meeting.p_limit { run } else { worst })?;
        Some(Case {
            subject: Freight::Lane(lane.id.clone()),
            lane,
            dealer: None,
            required_by: None,
            value: None,
            shelf: Shelf::default(),
            brings: 0.0,
            line,
            is_under_way: false,
            assumed_kmh,
            keep,
            danger_p: self.params.danger_p,
        })
    }

    /// The ports that may close; lanes of one mode that name the same port share it.
    pub(super) fn closures(&self) -> Vec<PortClosure> {
        let mut ports: BTreeMap<(String, &str), Position> = BTreeMap::new();
        for lane in self.portfolio.lanes.values() {
            let ends = [(&lane.origin, lane.course.first()), (&lane.destination, lane.course.last())];
            for (name, place) in ends {
                if let Some(place) = place {
                    let name = if name.is_empty() { format!("{}, {}", place.lat(), place.lon()) } else { name.clone() };
                    ports.entry((name, lane.mode.as_str())).or_insert(*place);
                }
            }
        }
        let closure = |((name, mode), place): (&(String, &str), &Position)| {
            let params = self.params.mode(mode);
            let gate = Gate::new(*place, &params, self.params.queue_h_per_closed_h, self.storms);
            gate.summary((name.as_str(), *mode, *place), params.limit_kt, self.storms)
        };
        ports.iter().filter_map(closure).filter(|closure| closure.p >= self.params.danger_p).collect()
    }
}

/// Departure, arrival, and the speed taken where a lane does not say how long it takes.
type Times = (Timestamp, Timestamp, Option<f64>);

/// For each shipment, what share of its dealer's goods on order comes before it, and with it: by value where all are known
/// in one currency, else alike. Files do not say what is in a shipment.
fn shares(timed: &[(&Shipment, &Lane, Times)]) -> Vec<(f64, f64)> {
    let share = |(own, _, (_, eta, _)): &(&Shipment, &Lane, Times)| {
        let of_dealer: Vec<(Timestamp, &Shipment)> =
            timed.iter().filter(|(s, ..)| s.dealer == own.dealer).map(|(s, _, times)| (times.1, *s)).collect();
        let currency = own.value.map(|value| value.currency);
        let is_alike = of_dealer.iter().any(|(_, s)| s.value.is_none_or(|value| Some(value.currency) != currency));
        let weight = |s: &Shipment| if is_alike { 1.0 } else { s.value.map_or(0.0, Money::as_f64) };
        let all: f64 = of_dealer.iter().map(|(_, s)| weight(s)).sum();
        let before = of_dealer.iter().filter(|(at, s)| (*at, &s.id) < (*eta, &own.id));
        let earlier: f64 = before.map(|(_, s)| weight(s)).sum();
        if all > 0.0 { (earlier / all, weight(own) / all) } else { (0.0, 0.0) }
    };
    timed.iter().map(share).collect()
}
