//! Whether a brief is due, and which.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::domain::{
    Brief, Dealer, DealerDanger, DealerId, Level, Person, QuietHours, Span, Stop, Timestamp, VisitReason, VisitTold,
};

/// When the brief comes on the day before, in the manager's zone: late enough for the afternoon's forecast, early enough
/// to call a dealer. A choice.
const BRIEF_AT: Time = Time::constant(16, 0, 0, 0);
/// So many hours before quiet hours, when these have begun by then. A choice.
const BEFORE_QUIET_H: i64 = 1;
/// The hours of a visit, which no file says: a working day. A choice.
const FROM: Time = Time::constant(9, 0, 0, 0);
/// Its end.
const TO: Time = Time::constant(17, 0, 0, 0);
/// A dealer is seen on the day of a last start only when that comes after this, else on the day before: the way there and
/// the talk take a morning. A guess.
const NOON: Time = Time::constant(12, 0, 0, 0);

/// A last start that comes sooner is no visit's matter: to get there takes so long, and the alert's own mail asks for a call.
/// A guess.
const REACH: Span = Span::from_hours(2);
/// A visit is brought forward when it is no further ahead than this: who was there two days ago need not hear of the next
/// week's. A choice.
const AHEAD_DAYS: i32 = 4;

/// What is asked about one manager.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The manager.
    pub person: &'a Person,
    /// The manager's own dealers.
    pub dealers: &'a [&'a Dealer],
    /// How dealers stand in what is in force.
    pub dangers: &'a BTreeMap<DealerId, DealerDanger>,
    /// What was told of this week's visit, on whichever day it was.
    pub told: Option<&'a VisitTold>,
    /// When the manager's quiet hours end, while they last.
    pub quiet_until: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

/// A brief, or none; and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The brief.
    pub brief: Option<Brief>,
    /// Why.
    pub why: VisitReason,
}

/// The day of the next visit in the person's zone, and the Monday of its week; today's until its hours are over.
#[must_use]
pub fn visit_of(person: &Person, now: Timestamp) -> Option<(Date, Date)> {
    let weekday = person.visit?;
    let local = local(person, now);
    let is_today = local.weekday() == weekday && local.time() < TO;
    let day = if is_today { local.date() } else { local.date().nth_weekday(1, weekday).ok()? };
    Some((day, monday(day)?))
}

/// True when the brief of a visit is due and has not been written. What it costs to know is next to nothing.
#[must_use]
pub fn is_due(person: &Person, told: Option<&VisitTold>, now: Timestamp) -> bool {
    let Some((day, _)) = visit_of(person, now) else { return false };
    !is_briefed(told, day) && due(person, day).is_some_and(|due| due <= now)
}

/// Decides about one manager.
///
/// The brief comes once a visit. Between it and the visit it is told when another dealer comes first; in the days before a
/// visit, that a last start falls before it, as soon as today or tomorrow is the day to go. Of changes there is one a day,
/// and none at night.
#[must_use]
pub fn decide(question: &Question<'_>) -> Decided {
    let Question { person, told, now, .. } = *question;
    let none = |why| Decided { brief: None, why };
    let Some((day, week)) = visit_of(person, now).filter(|_| !question.dealers.is_empty()) else {
        return none(VisitReason::NoVisit);
    };
    if person.away.iter().any(|(first, last)| (*first..=*last).contains(&day)) {
        return none(VisitReason::Away);
    }
    let visit = Visit { question, day, week };
    let why = match visit.news() {
        Ok(why) => why,
        Err(why) => return none(why),
    };
    let today = local(person, now).date();
    if !matches!(why, VisitReason::DayBefore) && told.is_some_and(|told| told.changed_on == Some(today)) {
        return none(VisitReason::OneADay);
    }
    if let Some(until) = question.quiet_until {
        return none(VisitReason::QuietHours { until });
    }
    let brief = visit.brief(&why, today);
    Decided { why: if brief.is_some() { why } else { VisitReason::NoVisit }, brief }
}

/// The visit that a question is about.
struct Visit<'a> {
    question: &'a Question<'a>,
    day: Date,
    week: Date,
}

impl Visit<'_> {
    /// What there is to say.
    fn news(&self) -> Result<VisitReason, VisitReason> {
        let Question { person, told, now, .. } = *self.question;
        if is_due(person, told, now) {
            return Ok(VisitReason::DayBefore);
        }
        let told = told.filter(|told| told.day == self.day);
        let earlier = self.go_earlier();
        // That there is more time now is said by the alert's own mail.
        let is_news = |on: Date| told.and_then(|told| told.go_on).is_none_or(|known| on < known);
        if let Some((on, act_by)) = earlier.filter(|(on, _)| is_news(*on)) {
            return Ok(VisitReason::GoEarlier { on, act_by });
        }
        // Nobody is sent to a dealer where gales are to be reckoned with by then.
        let first = self.stops().into_iter().find(|stop| pressing(stop).is_some());
        if let Some(first) = first.filter(|stop| !stop.is_out_of_bounds)
            && told.is_some_and(|told| told.briefed_at.is_some() && told.order.first() != Some(&first.dealer))
        {
            return Ok(VisitReason::OrderChanged);
        }
        match due(person, self.day) {
            Some(due) if due > now => Err(VisitReason::NotYet { due }),
            _ => Err(VisitReason::NothingNew),
        }
    }

    /// The dealers, those in danger first: what nobody has in hand, by level, last start and money; then by tier and name.
    fn stops(&self) -> Vec<Stop> {
        let hours = self.hours(self.day);
        let mut stops: Vec<(&Dealer, Stop)> = self
            .question
            .dealers
            .iter()
            .map(|dealer| {
                let danger = self.question.dangers.get(&dealer.id).cloned();
                let gale = danger.as_ref().and_then(|danger| danger.gale);
                let meets = |((from, to), (begins, ends)): ((Timestamp, Timestamp), (Timestamp, Timestamp))| {
                    from < ends && begins < to
                };
                let is_out_of_bounds = gale.zip(hours).is_some_and(meets);
                (*dealer, Stop { dealer: dealer.id.clone(), danger, is_out_of_bounds })
            })
            .collect();
        stops.sort_by_cached_key(|(dealer, stop)| {
            let danger = stop.danger.as_ref().map(|danger| {
                let act_by = danger.act_by.filter(|act_by| self.can_be_reached(*act_by)).unwrap_or(Timestamp::MAX);
                let loss = danger.expected_loss.map_or(rust_decimal::Decimal::ZERO, |loss| loss.amount);
                (danger.is_in_hand, Reverse(danger.level), act_by, Reverse(loss))
            });
            (danger.is_none(), danger, dealer.tier.clone(), dealer.name.clone(), dealer.id.clone())
        });
        stops.into_iter().map(|(_, stop)| stop).collect()
    }

    /// The dealers for whom somebody must still do something, in order.
    fn order_of_danger(&self) -> Vec<DealerId> {
        self.stops().into_iter().filter(|stop| pressing(stop).is_some()).map(|stop| stop.dealer).collect()
    }

    /// The day to go on instead, and the last start that asks for it: the earliest still to come that falls before the
    /// visit's first hour.
    fn go_earlier(&self) -> Option<(Date, Timestamp)> {
        let Question { person, now, .. } = *self.question;
        let (begins, _) = self.hours(self.day)?;
        let stops = self.stops();
        let act_bys = stops.iter().filter_map(|stop| pressing(stop)?.act_by);
        let act_by = act_bys.filter(|act_by| self.can_be_reached(*act_by) && *act_by < begins).min()?;
        let (last, today) = (local(person, act_by), local(person, now).date());
        if today.until(self.day).ok()?.get_days() > AHEAD_DAYS {
            return None;
        }
        let day = if last.time() >= NOON { last.date() } else { last.date().yesterday().ok()? };
        let day = day.max(today);
        (day < self.day && day <= today.tomorrow().ok()?).then_some((day, act_by))
    }

    /// True while somebody can still be there before a last start.
    fn can_be_reached(&self, act_by: Timestamp) -> bool {
        self.question.now.checked_add(REACH).is_ok_and(|there| there < act_by)
    }

    fn brief(&self, why: &VisitReason, today: Date) -> Option<Brief> {
        let Question { person, told, now, .. } = *self.question;
        let of_day = told.filter(|told| told.day == self.day);
        let go_on = self.go_earlier().map(|(on, _)| on);
        let is_brief = matches!(why, VisitReason::DayBefore);
        let next = VisitTold {
            person: person.id.clone(),
            week: self.week,
            day: self.day,
            briefed_at: if is_brief { Some(now) } else { of_day.and_then(|told| told.briefed_at) },
            changed_on: if is_brief { of_day.and_then(|told| told.changed_on) } else { Some(today) },
            sequence: told.map_or(0, |told| told.sequence.saturating_add(1)),
            order: self.order_of_danger(),
            go_on,
        };
        let hours = self.hours(go_on.unwrap_or(self.day))?;
        Some(Brief { told: next, hours, stops: self.stops(), why: why.clone() })
    }

    fn hours(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        let zone = self.question.person.zone();
        let at = |time: Time| zone.to_timestamp(day.to_datetime(time)).ok();
        at(FROM).zip(at(TO))
    }
}

/// The danger of a stop, when it is on level warn or act and nobody has it in hand.
fn pressing(stop: &Stop) -> Option<&DealerDanger> {
    stop.danger.as_ref().filter(|danger| danger.level >= Level::Warn && !danger.is_in_hand)
}

fn is_briefed(told: Option<&VisitTold>, day: Date) -> bool {
    told.is_some_and(|told| told.day == day && told.briefed_at.is_some())
}

/// When the brief is due: at four on the day before, or an hour before the quiet hours that have begun by then.
fn due(person: &Person, day: Date) -> Option<Timestamp> {
    let before = day.yesterday().ok()?;
    let at = before.to_datetime(BRIEF_AT);
    let at = match person.quiet {
        Some(quiet) if is_quiet(quiet, BRIEF_AT) => {
            quiet_since(quiet, before)?.checked_sub(BEFORE_QUIET_H.hours()).ok()?
        }
        _ => at,
    };
    person.zone().to_timestamp(at).ok()
}

fn is_quiet(quiet: QuietHours, time: Time) -> bool {
    if quiet.from <= quiet.to { quiet.from <= time && time < quiet.to } else { time >= quiet.from || time < quiet.to }
}

/// When the quiet hours round the brief's time have begun.
fn quiet_since(quiet: QuietHours, day: Date) -> Option<DateTime> {
    let began = if quiet.from <= BRIEF_AT { day } else { day.yesterday().ok()? };
    Some(began.to_datetime(quiet.from))
}

fn monday(day: Date) -> Option<Date> {
    day.tomorrow().ok()?.nth_weekday(-1, Weekday::Monday).ok()
}

fn local(person: &Person, at: Timestamp) -> DateTime {
    at.to_zoned(person.zone()).datetime()
}
