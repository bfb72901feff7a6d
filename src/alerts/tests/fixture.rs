//! The alert that the tables turn about.

use std::collections::BTreeMap;

use super::super::{Ladder, Question, Situation, answer, audience, open, owed, step, tell};
use crate::domain::*;
use crate::rules::{Audience, ClimbTo};

/// So many hours after the first bulletin.
pub(super) fn h(hours: i64) -> Timestamp {
    let start: Timestamp = "2004-08-09T00:00:00Z".parse().expect("a time");
    start + Span::from_hours(hours)
}

/// Reminders after 12, 6 and then each 3 hours; two of them unanswered and it climbs; two bulletins clear.
pub(super) fn ladder() -> Ladder {
    Ladder {
        remind_h: vec![12.0, 6.0, 3.0],
        channel_after: 1,
        climb_after: 2,
        climb_to: ClimbTo::ReportsTo,
        quiet_below: Level::Act,
        act_by_moved_h: 3.0,
        loss_rose: 1.0,
        clear_after: 2,
    }
}

/// What a bulletin issued at that hour means: a gale at hour 72, ending at 84.
pub(super) fn exposure(issued: Option<i64>) -> Exposure {
    let gale = Arrival { first: Some(h(72)), early: Some(h(66)), likely: None, late: Some(h(80)), last: Some(h(84)) };
    Exposure {
        event: EventId::new("wp162004"),
        hazard: HazardId::new("jtwc"),
        kind: HazardKind::TropicalCyclone,
        subject: subject(),
        at: h(0),
        issued: issued.map(h),
        inside: false,
        onset: None,
        expires: None,
        severity: Severity::Extreme,
        closest_km: None,
        closest_at: None,
        peak_kt: None,
        peak_at: None,
        peak_dir_deg: None,
        arrival: Some(ByThreshold { gale: Some(gale), storm: None, typhoon: None }),
        probability: Some(ByThreshold { gale: 0.4, storm: 0.2, typhoon: 0.1 }),
        surge: Surge::default(),
        loss: None,
        basis: BTreeMap::new(),
        agencies: Vec::new(),
    }
}

pub(super) fn subject() -> Subject {
    Subject { kind: SubjectKind::Site, id: "TZ-01".to_owned(), dealer: Some(DealerId::new("D-MA")) }
}

pub(super) fn advice(act_by: Option<i64>) -> Advice {
    Advice { act_by: act_by.map(h), ..Advice::default() }
}

/// Opened at hour 0 by the bulletin of hour 0, to be acted on by hour 50.
pub(super) fn opened(level: Level) -> Alert {
    open(&RuleId::new("storm"), level, &exposure(Some(0)), &advice(Some(50)), h(0))
}

/// Opened, and Li told at hour 0.
pub(super) fn told(level: Level) -> Alert {
    let mut alert = opened(level);
    tell(&mut alert, &PersonId::new("li"), &Reason::FirstMatch, &ladder(), h(0));
    alert
}

pub(super) fn told_too(alert: &mut Alert, person: &str, reason: &Reason, at: i64) {
    tell(alert, &PersonId::new(person), reason, &ladder(), h(at));
}

/// The alert after a bulletin of that hour at that level.
pub(super) fn bulletin(alert: &Alert, issued: i64, level: Level) -> super::super::Step {
    let (exposure, advice) = (exposure(Some(issued)), advice(Some(50)));
    step(alert, &Situation::Matched { level, exposure: &exposure, advice: &advice }, &ladder(), h(issued))
}

/// The alert after a bulletin of that hour that does not match.
pub(super) fn nothing(alert: &Alert, issued: Option<i64>, now: i64) -> super::super::Step {
    step(alert, &Situation::Unmatched { issued: issued.map(h) }, &ladder(), h(now))
}

pub(super) fn answered(alert: &Alert, by: Option<&str>, kind: AnswerKind, at: i64) -> Alert {
    let id = AnswerId::new(format!("{by:?} {kind:?} {at}"));
    let person = by.map(PersonId::new);
    answer(alert, &Answer { id, alert: alert.id.clone(), person, kind, note: None, at: h(at), outcome: None }).alert
}

/// Li reports to Chen, Chen to Zhao, Zhao to nobody; the desk operates.
pub(super) fn people() -> Portfolio {
    let mut portfolio = Portfolio::default();
    for (id, role, reports_to) in [
        ("li", Role::AccountManager, Some("chen")),
        ("chen", Role::RegionalManager, Some("zhao")),
        ("zhao", Role::Management, None),
        ("sun", Role::Logistics, Some("zhao")),
        ("desk", Role::Operator, None),
    ] {
        let person = person(id, role, reports_to);
        portfolio.people.insert(person.id.clone(), person);
    }
    let dealer = Dealer {
        id: DealerId::new("D-MA"),
        name: "Ma".to_owned(),
        tier: "A".to_owned(),
        manager: PersonId::new("li"),
        language: Language::Chinese,
        time_zone: "Asia/Shanghai".to_owned(),
    };
    portfolio.dealers.insert(dealer.id.clone(), dealer);
    portfolio
}

pub(super) fn person(id: &str, role: Role, reports_to: Option<&str>) -> Person {
    Person {
        id: PersonId::new(id),
        name: id.to_owned(),
        email: format!("{id}@example.com"),
        role,
        reports_to: reports_to.map(PersonId::new),
        language: Language::English,
        time_zone: "Asia/Shanghai".to_owned(),
        quiet: None,
        visit: None,
        digest: None,
        channels: Vec::new(),
        deputy: None,
        away: Vec::new(),
        dealer: None,
    }
}

/// Who is owed what at that hour: `li unanswered`, in order.
pub(super) fn owed_at(alert: &Alert, at: i64) -> Vec<String> {
    owed_with(alert, at, &people(), &ladder())
}

pub(super) fn owed_with(alert: &Alert, at: i64, portfolio: &Portfolio, ladder: &Ladder) -> Vec<String> {
    let audience = audience(&[Audience::AccountManager], &alert.subject, portfolio, h(at));
    let question = Question { alert, audience: &audience, portfolio, ladder, now: h(at) };
    owed(&question).into_iter().map(|owed| format!("{} {}", owed.person, owed.reason.key())).collect()
}
