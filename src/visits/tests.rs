use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};

use super::*;
use crate::domain::{
    AlertId, Currency, Dealer, DealerDanger, DealerId, Language, Level, Money, Person, PersonId, QuietHours, Role,
    Timestamp, VisitReason, VisitTold,
};

/// A clock time in Shanghai, August 2004; the 12th is the Thursday of the visit.
fn at(day: i8, hour: i8) -> Timestamp {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    zone.to_timestamp(jiff::civil::date(2004, 8, day).at(hour, 0, 0, 0)).expect("a time")
}

fn li(quiet: Option<(&str, &str)>) -> Person {
    let time = |text: &str| text.parse().expect("a time");
    Person {
        id: PersonId::new("li"),
        name: "Li".to_owned(),
        email: "li@example.com".to_owned(),
        role: Role::AccountManager,
        reports_to: None,
        language: Language::English,
        time_zone: "Asia/Shanghai".to_owned(),
        quiet: quiet.map(|(from, to)| QuietHours { from: time(from), to: time(to) }),
        visit: Some(Weekday::Thursday),
        digest: None,
        channels: Vec::new(),
        deputy: None,
        away: Vec::new(),
        dealer: None,
    }
}

fn dealer(id: &str, tier: &str) -> Dealer {
    Dealer {
        id: DealerId::new(id),
        name: id.to_owned(),
        tier: tier.to_owned(),
        manager: PersonId::new("li"),
        language: Language::English,
        time_zone: "Asia/Shanghai".to_owned(),
    }
}

fn danger(level: Level, act_by: Option<Timestamp>, loss: i64) -> DealerDanger {
    DealerDanger {
        alert: AlertId::new("a"),
        level,
        is_in_hand: false,
        act_by,
        p_34kt: Some(0.5),
        expected_loss: Some(Money::new(loss.into(), Currency::parse("CNY").expect("a code"))),
        gale: None,
    }
}

/// What was told on the day before at four.
fn told(order: &[&str]) -> VisitTold {
    VisitTold {
        person: PersonId::new("li"),
        week: jiff::civil::date(2004, 8, 9),
        day: jiff::civil::date(2004, 8, 12),
        briefed_at: Some(at(11, 16)),
        changed_on: None,
        sequence: 0,
        order: order.iter().map(|id| DealerId::new(*id)).collect(),
        go_on: None,
    }
}

fn decided(person: &Person, dangers: &[(&str, DealerDanger)], told: Option<&VisitTold>, now: Timestamp) -> Decided {
    let dealers = [dealer("B", "B"), dealer("A2", "A"), dealer("A1", "A")];
    let dealers: Vec<&Dealer> = dealers.iter().collect();
    let dangers: BTreeMap<DealerId, DealerDanger> =
        dangers.iter().map(|(id, danger)| (DealerId::new(*id), danger.clone())).collect();
    decide(&Question { person, dealers: &dealers, dangers: &dangers, told, quiet_until: None, now })
}

fn order(decided: &Decided) -> Vec<&str> {
    let brief = decided.brief.as_ref().expect("a brief");
    brief.stops.iter().map(|stop| stop.dealer.as_str()).collect()
}

#[test]
fn the_brief_is_due_at_four_on_the_day_before_and_earlier_before_quiet_hours() {
    let check = |quiet, now, expected| {
        assert_eq!(is_due(&li(quiet), None, now), expected, "{quiet:?} at {now}");
    };
    check(None, at(11, 15), false);
    check(None, at(11, 16), true);
    check(None, at(12, 16), true);
    check(None, at(12, 17), false);
    check(Some(("22:00", "07:00")), at(11, 15), false);
    check(Some(("15:00", "07:00")), at(11, 13), false);
    check(Some(("15:00", "07:00")), at(11, 14), true);
    // Who sleeps from midnight to six in the evening is told before midnight.
    check(Some(("00:00", "18:00")), at(10, 22), false);
    check(Some(("00:00", "18:00")), at(10, 23), true);
    assert!(!is_due(&li(None), Some(&told(&[])), at(12, 8)), "once");
    let none = Person { visit: None, ..li(None) };
    assert_eq!((is_due(&none, None, at(11, 16)), visit_of(&none, at(11, 16))), (false, None));
    let thursday: Date = jiff::civil::date(2004, 8, 12);
    assert_eq!(visit_of(&li(None), at(12, 16)), Some((thursday, jiff::civil::date(2004, 8, 9))));
    assert_eq!(visit_of(&li(None), at(12, 17)).map(|(day, _)| day), Some(jiff::civil::date(2004, 8, 19)));
}

#[test]
fn dealers_stand_by_danger_then_by_tier_and_name() {
    let quiet = decided(&li(None), &[], None, at(11, 16));
    assert_eq!((order(&quiet), &quiet.why), (vec!["A1", "A2", "B"], &VisitReason::DayBefore));
    let act = danger(Level::Act, Some(at(13, 12)), 100);
    let warn = danger(Level::Warn, Some(at(13, 8)), 900);
    let check = |dangers: &[(&str, DealerDanger)], expected: [&str; 3]| {
        assert_eq!(order(&decided(&li(None), dangers, None, at(11, 16))), expected, "{dangers:?}");
    };
    check(&[("B", act.clone()), ("A2", warn.clone())], ["B", "A2", "A1"]);
    check(&[("B", DealerDanger { is_in_hand: true, ..act.clone() }), ("A2", warn)], ["A2", "B", "A1"]);
    let sooner = DealerDanger { act_by: Some(at(13, 10)), ..act.clone() };
    check(&[("B", act.clone()), ("A2", sooner)], ["A2", "B", "A1"]);
    let dearer = danger(Level::Act, Some(at(13, 12)), 700);
    check(&[("B", act.clone()), ("A2", dearer)], ["A2", "B", "A1"]);
    // A last start that is past is no reason to hurry there.
    let past = DealerDanger { act_by: Some(at(11, 10)), ..act.clone() };
    check(&[("B", past), ("A2", act)], ["A2", "B", "A1"]);
}

#[test]
fn another_order_is_told_between_brief_and_visit_once_a_day() {
    let both = [("A1", danger(Level::Act, Some(at(13, 12)), 1)), ("B", danger(Level::Act, Some(at(13, 10)), 1))];
    let told_as = told(&["B", "A1"]);
    assert_eq!(decided(&li(None), &both, Some(&told_as), at(11, 20)).why, VisitReason::NothingNew);
    let other = told(&["A1", "B"]);
    let change = decided(&li(None), &both, Some(&other), at(11, 20));
    assert_eq!((&change.why, order(&change)[0]), (&VisitReason::OrderChanged, "B"));
    let next = change.brief.expect("a brief").told;
    assert_eq!(
        (next.sequence, next.briefed_at, next.changed_on),
        (1, Some(at(11, 16)), Some(jiff::civil::date(2004, 8, 11)))
    );
    let back = [("A1", danger(Level::Act, Some(at(13, 9)), 1)), both[1].clone()];
    assert_eq!(decided(&li(None), &back, Some(&next), at(11, 21)).why, VisitReason::OneADay);
    assert_eq!(decided(&li(None), &back, Some(&next), at(12, 7)).why, VisitReason::OrderChanged);
    // Nobody is sent where a gale is by then.
    let gale = Some((at(12, 3), at(12, 20)));
    let storm = [("A1", DealerDanger { gale, ..back[0].1.clone() }), both[1].clone()];
    assert_eq!(decided(&li(None), &storm, Some(&next), at(12, 7)).why, VisitReason::NothingNew);
    // On level watch, or with all of it in hand, no order is news.
    let watch = [("A1", danger(Level::Watch, None, 1))];
    assert_eq!(decided(&li(None), &watch, Some(&told(&["B"])), at(11, 20)).why, VisitReason::NothingNew);
}

#[test]
fn a_visit_is_brought_forward_to_before_the_last_start() {
    let check = |act_by, now, expected: Option<i8>| {
        let decided = decided(&li(None), &[("B", danger(Level::Warn, Some(act_by), 1))], None, now);
        let on = if let VisitReason::GoEarlier { on, .. } = decided.why { Some(on.day()) } else { None };
        assert_eq!(on, expected, "last start {act_by}, now {now}: {:?}", decided.why);
    };
    check(at(11, 14), at(10, 10), Some(11));
    check(at(11, 14), at(9, 10), None);
    check(at(11, 10), at(9, 10), Some(10));
    check(at(12, 8), at(10, 10), Some(11));
    check(at(10, 8), at(10, 5), Some(10));
    check(at(10, 8), at(10, 7), None);
    check(at(12, 9), at(10, 10), None);
    check(at(9, 8), at(9, 10), None);
    // The visit of this week is over, the next is a week ahead.
    check(at(13, 20), at(12, 18), None);
    // What has been told is told again only when it is earlier still.
    let known = VisitTold { briefed_at: None, go_on: Some(jiff::civil::date(2004, 8, 10)), ..told(&[]) };
    let later = [("B", danger(Level::Warn, Some(at(11, 14)), 1))];
    assert!(matches!(decided(&li(None), &later, Some(&known), at(10, 10)).why, VisitReason::NotYet { .. }));
}

#[test]
fn who_is_away_or_asleep_or_has_nobody_to_visit_is_left_alone() {
    let mut away = li(None);
    away.away = vec![(jiff::civil::date(2004, 8, 12), jiff::civil::date(2004, 8, 20))];
    assert_eq!(decided(&away, &[], None, at(11, 16)).why, VisitReason::Away);
    let person = li(None);
    let question = Question {
        person: &person,
        dealers: &[],
        dangers: &BTreeMap::new(),
        told: None,
        quiet_until: Some(at(12, 7)),
        now: at(11, 23),
    };
    assert_eq!(decide(&question).why, VisitReason::NoVisit);
    let dealer = dealer("A", "A");
    let question = Question { dealers: &[&dealer], ..question };
    assert_eq!(decide(&question).why, VisitReason::QuietHours { until: at(12, 7) });
}
