//! Who is owed a mail, and whom an alert climbs to.

use super::super::{Ladder, Situation, audience, early_reminder, show, step};
use super::fixture::*;
use crate::domain::*;
use crate::rules::{Audience, ClimbTo};

fn check(alert: &Alert, at: i64, want: &[&str]) {
    assert_eq!(owed_at(alert, at), want, "at hour {at}");
}

fn cleared(alert: &Alert, at: i64) -> Alert {
    step(alert, &Situation::Over(Reason::Expired), &ladder(), h(at)).alert
}

/// Li told at 0, reminded at 12 and 18, and silent.
fn reminded_twice() -> Alert {
    let mut alert = told(Level::Warn);
    for at in [12, 18] {
        check(&alert, at, &["li unanswered"]);
        told_too(&mut alert, "li", &Reason::Unanswered { since: h(0), reminder: 1 }, at);
    }
    alert
}

#[test]
fn the_first_match_is_told_until_it_is_told() {
    for level in [Level::Watch, Level::Warn, Level::Act] {
        check(&opened(level), 0, &["li first-match"]);
        check(&opened(level), 30, &["li first-match"]);
        check(&told(level), 0, &[]);
    }
    check(&cleared(&opened(Level::Act), 3), 3, &[]);
}

#[test]
fn a_level_that_rose_is_told_once_and_one_that_fell_never() {
    let mut risen = bulletin(&told(Level::Warn), 6, Level::Act).alert;
    check(&risen, 6, &["li level-rose"]);
    told_too(&mut risen, "li", &Reason::LevelRose, 6);
    check(&risen, 6, &[]);
    let fallen = Alert { level: Level::Warn, ..risen };
    check(&fallen, 7, &[]);
}

#[test]
fn an_act_by_that_moved_is_told_only_when_much_earlier() {
    for (act_by, want) in [(80, &[][..]), (50, &[]), (48, &[]), (47, &["li act-by-moved"]), (20, &["li act-by-moved"])]
    {
        let alert = Alert { advice: advice(Some(act_by)), ..told(Level::Warn) };
        check(&alert, 1, want);
        check(&Alert { level: Level::Watch, ..alert }, 1, &[]);
    }
    check(&Alert { advice: advice(None), ..told(Level::Warn) }, 1, &[]);
}

#[test]
fn a_loss_that_doubled_is_told_while_something_can_be_done() {
    let loss = |amount: i64| {
        let currency = Currency::parse("CNY").expect("a currency");
        Some(Loss { currency, at_risk: 600_000.into(), expected: amount.into() })
    };
    let with_loss = |mut alert: Alert, amount: i64| {
        alert.exposure.loss = loss(amount);
        alert
    };
    let mut told = with_loss(opened(Level::Warn), 15_000);
    told_too(&mut told, "li", &Reason::FirstMatch, 0);
    for (amount, want) in [(29_999, &[][..]), (30_000, &["li loss-rose"]), (5_000, &[])] {
        check(&with_loss(told.clone(), amount), 1, want);
    }
    check(&Alert { level: Level::Watch, ..with_loss(told.clone(), 40_000) }, 1, &[]);
    // Twice next to nothing: a fiftieth of 600,000 is 12,000.
    let mut little = with_loss(opened(Level::Warn), 4_000);
    told_too(&mut little, "li", &Reason::FirstMatch, 0);
    for (amount, want) in [(15_999, &[][..]), (16_000, &["li loss-rose"])] {
        check(&with_loss(little.clone(), amount), 1, want);
    }
    let mut too_late = with_loss(told.clone(), 40_000);
    too_late.advice = advice(Some(50));
    check(&too_late, 49, &["li loss-rose"]);
    check(&too_late, 50, &[]);
    check(&answered(&with_loss(told.clone(), 40_000), Some("li"), AnswerKind::Done, 1), 2, &[]);
    let known = answered(&told, Some("li"), AnswerKind::Told, 1);
    check(&known, 2, &[]);
    check(&with_loss(known, 40_000), 2, &["li loss-rose"]);
}

#[test]
fn silence_is_reminded_at_warn_and_above_while_something_can_be_done() {
    check(&told(Level::Warn), 11, &[]);
    check(&told(Level::Warn), 12, &["li unanswered"]);
    check(&told(Level::Act), 12, &["li unanswered"]);
    check(&told(Level::Watch), 40, &[]);
    // Act by hour 50, or nothing left to begin.
    check(&told(Level::Warn), 49, &["li unanswered"]);
    check(&told(Level::Warn), 50, &[]);
    check(&Alert { advice: advice(None), ..told(Level::Warn) }, 30, &[]);
    // A plain warning may have no deadline.
    let mut plain = Alert { advice: advice(None), ..told(Level::Warn) };
    (plain.exposure.probability, plain.exposure.arrival) = (None, None);
    check(&plain, 30, &["li unanswered"]);
}

#[test]
fn nobody_is_sent_out_into_the_wind() {
    let late = Alert { advice: advice(Some(300)), ..told(Level::Act) };
    check(&late, 71, &["li unanswered"]);
    for hour in [72, 78, 84] {
        check(&late, hour, &[]);
    }
    check(&late, 85, &["li unanswered"]);
}

#[test]
fn reminders_are_counted_and_any_mail_when_one_was_nearly_due_counts() {
    let li = PersonId::new("li");
    for (at, reminders, asked_at) in [(8, 0, 0), (9, 1, 9), (12, 1, 12)] {
        let mut alert = told(Level::Warn);
        let early = early_reminder(&alert, &li, &alert.told[&li], &ladder(), h(at));
        assert_eq!(early.is_some(), reminders == 1, "at hour {at}");
        told_too(&mut alert, "li", &Reason::LevelRose, at);
        let told = &alert.told[&li];
        assert_eq!((told.reminders, told.asked_at, told.at, told.first_at), (reminders, h(asked_at), h(at), h(0)));
    }
}

#[test]
fn a_mail_that_shows_the_alert_as_it_stands_is_no_reminder() {
    let mut alert = bulletin(&told(Level::Warn), 6, Level::Act).alert;
    show(&mut alert, &PersonId::new("li"));
    check(&alert, 6, &[]);
    check(&alert, 12, &["li unanswered"]);
    show(&mut alert, &PersonId::new("chen"));
    assert!(!alert.told.contains_key(&PersonId::new("chen")), "who was never told is not told by it");
}

#[test]
fn silence_climbs_once_and_only_after_the_reminders() {
    let mut alert = reminded_twice();
    check(&alert, 20, &[]);
    check(&alert, 21, &["li unanswered", "chen climbed"]);
    told_too(&mut alert, "li", &Reason::Unanswered { since: h(0), reminder: 3 }, 21);
    told_too(&mut alert, "chen", &Reason::Climbed { from: PersonId::new("li") }, 21);
    // Chen knows now; Li is called once more, in the last hours.
    check(&alert, 45, &["chen unanswered"]);
    check(&alert, 46, &["li unanswered", "chen unanswered"]);
    // Chen too is asked for an answer, and her silence climbs in turn.
    let silent: Vec<String> = (33..50)
        .flat_map(|at| {
            let owed = owed_at(&alert, at);
            for line in &owed {
                let (person, key) = line.split_once(' ').expect("two words");
                let reason = match key {
                    "climbed" => Reason::Climbed { from: PersonId::new("chen") },
                    _ => Reason::Unanswered { since: h(0), reminder: 1 },
                };
                told_too(&mut alert, person, &reason, at);
            }
            owed
        })
        .filter(|line| line.contains("climbed"))
        .collect();
    assert_eq!(silent, ["zhao climbed"]);
}

#[test]
fn whoever_let_the_whole_ladder_pass_is_asked_again_when_it_gets_worse() {
    let mut alert = reminded_twice();
    told_too(&mut alert, "li", &Reason::Unanswered { since: h(0), reminder: 3 }, 21);
    told_too(&mut alert, "chen", &Reason::Climbed { from: PersonId::new("li") }, 21);
    let mut risen = bulletin(&alert, 24, Level::Act).alert;
    check(&risen, 24, &["li level-rose", "chen level-rose"]);
    told_too(&mut risen, "li", &Reason::LevelRose, 24);
    told_too(&mut risen, "chen", &Reason::LevelRose, 24);
    check(&risen, 26, &[]);
    check(&risen, 27, &["li unanswered"]);
}

#[test]
fn a_climb_that_could_not_be_told_at_once_is_still_owed() {
    // Chen sleeps when Li's third reminder goes out: what is owed in the night is owed in the morning.
    let mut alert = reminded_twice();
    told_too(&mut alert, "li", &Reason::Unanswered { since: h(0), reminder: 3 }, 21);
    check(&alert, 22, &["chen climbed"]);
    check(&answered(&alert, Some("li"), AnswerKind::Told, 22), 23, &[]);
}

#[test]
fn cycles_and_dead_ends_above_are_harmless() {
    let alert = reminded_twice();
    let mut portfolio = people();
    for (reports_to, want) in [(Some("li"), 1), (Some("nobody"), 1), (None, 1), (Some("chen"), 2)] {
        portfolio.people.insert(PersonId::new("li"), person("li", Role::AccountManager, reports_to));
        assert_eq!(owed_with(&alert, 21, &portfolio, &ladder()).len(), want, "reports to {reports_to:?}");
    }
    portfolio.people.insert(PersonId::new("chen"), person("chen", Role::RegionalManager, Some("li")));
    let mut round = alert;
    told_too(&mut round, "chen", &Reason::Climbed { from: PersonId::new("li") }, 21);
    for at in 21..50 {
        let owed = owed_with(&round, at, &portfolio, &ladder());
        assert!(owed.iter().all(|line| line.ends_with("unanswered")), "{owed:?}");
    }
}

#[test]
fn it_climbs_to_a_role_when_the_rule_says_so() {
    let ladder = Ladder { climb_to: ClimbTo::Everyone(Role::Management), ..ladder() };
    assert_eq!(owed_with(&reminded_twice(), 21, &people(), &ladder), ["li unanswered", "zhao climbed"]);
}

#[test]
fn after_an_answer_only_worse_is_told() {
    let acknowledged = answered(&told(Level::Warn), Some("li"), AnswerKind::Told, 2);
    for at in 2..72 {
        check(&acknowledged, at, &[]);
    }
    check(&bulletin(&acknowledged, 6, Level::Act).alert, 6, &["li level-rose"]);
    check(&Alert { advice: advice(Some(40)), ..acknowledged }, 6, &["li act-by-moved"]);
}

#[test]
fn whoever_acts_is_only_hurried_and_whoever_is_done_is_left_alone() {
    let risen = |kind| bulletin(&answered(&told(Level::Warn), Some("li"), kind, 2), 6, Level::Act).alert;
    let hurried = |kind| Alert { advice: advice(Some(30)), ..risen(kind) };
    check(&risen(AnswerKind::Moving), 20, &[]);
    check(&hurried(AnswerKind::Moving), 20, &["li act-by-moved"]);
    check(&risen(AnswerKind::Done), 20, &[]);
    check(&hurried(AnswerKind::Done), 20, &[]);
}

#[test]
fn a_refusal_is_the_managers_task_and_the_refuser_is_left_alone() {
    let mut refused = answered(&told(Level::Warn), Some("li"), AnswerKind::Refused, 2);
    check(&refused, 2, &["chen dealer-refused"]);
    told_too(&mut refused, "chen", &Reason::DealerRefused, 2);
    check(&refused, 13, &[]);
    check(&refused, 14, &["chen unanswered"]);
    // Chen was told before: the same word, for the same reason.
    let mut known = told(Level::Warn);
    told_too(&mut known, "chen", &Reason::Climbed { from: PersonId::new("li") }, 1);
    let known = answered(&known, Some("li"), AnswerKind::Refused, 2);
    check(&known, 2, &["chen dealer-refused"]);
}

#[test]
fn a_second_refusal_does_not_wake_the_first_refuser() {
    let mut refused = answered(&told(Level::Warn), Some("li"), AnswerKind::Refused, 2);
    told_too(&mut refused, "chen", &Reason::DealerRefused, 2);
    let refused = answered(&refused, Some("chen"), AnswerKind::Refused, 3);
    check(&refused, 3, &["zhao dealer-refused"]);
    let mut refused = refused;
    told_too(&mut refused, "zhao", &Reason::DealerRefused, 3);
    check(&refused, 14, &[]);
    check(&refused, 15, &["zhao unanswered"]);
}

#[test]
fn a_refusal_by_somebody_unknown_climbs_all_the_same() {
    for by in [None, Some("sun"), Some("a stranger")] {
        let refused = answered(&told(Level::Warn), by, AnswerKind::Refused, 2);
        let owed = owed_at(&refused, 2);
        assert!(owed.contains(&"chen dealer-refused".to_owned()), "{by:?}: {owed:?}");
    }
}

#[test]
fn others_are_told_of_an_answer_once() {
    for kind in AnswerKind::ALL {
        let mut both = told(Level::Warn);
        told_too(&mut both, "chen", &Reason::Climbed { from: PersonId::new("li") }, 1);
        let mut answered = answered(&both, Some("li"), kind, 2);
        let want = if kind == AnswerKind::Refused { "chen dealer-refused" } else { "chen answered" };
        check(&answered, 3, &[want]);
        told_too(&mut answered, "chen", &Reason::Answered { kind: kind.as_str().to_owned() }, 3);
        check(&answered, 4, &[]);
    }
    // Given by the operator, everyone hears of it.
    check(&answered(&told(Level::Warn), None, AnswerKind::Done, 2), 3, &["li answered"]);
}

#[test]
fn the_end_is_told_once_to_whoever_was_told() {
    let mut both = told(Level::Warn);
    told_too(&mut both, "chen", &Reason::Climbed { from: PersonId::new("li") }, 1);
    let mut clear = cleared(&both, 9);
    check(&clear, 9, &["li expired", "chen expired"]);
    told_too(&mut clear, "li", &Reason::Expired, 9);
    check(&clear, 10, &["chen expired"]);
    told_too(&mut clear, "chen", &Reason::Expired, 10);
    for at in 11..99 {
        check(&clear, at, &[]);
    }
    check(&cleared(&answered(&told(Level::Warn), Some("li"), AnswerKind::Done, 2), 9), 9, &["li expired"]);
    let back = bulletin(&clear, 12, Level::Act).alert;
    check(&back, 12, &["li first-match", "chen first-match"]);
}

#[test]
fn the_audience_is_each_person_once_and_never_nobody() {
    let portfolio = people();
    let names = |of_rule: &[Audience], subject: &Subject, portfolio: &Portfolio| -> Vec<String> {
        heard(of_rule, subject, portfolio)
    };
    let managers = [Audience::AccountManager, Audience::Everyone(Role::AccountManager)];
    assert_eq!(names(&managers, &subject(), &portfolio), ["li"]);
    assert_eq!(names(&[Audience::Everyone(Role::Logistics), managers[0]], &subject(), &portfolio), ["sun", "li"]);
    let unknown = Subject { dealer: Some(DealerId::new("D-??")), ..subject() };
    assert_eq!(names(&managers[..1], &unknown, &portfolio), ["desk"]);
    assert_eq!(names(&[], &subject(), &portfolio), ["desk"]);
    assert_eq!(names(&[Audience::Everyone(Role::Dealer)], &subject(), &portfolio), ["desk"]);
    let mut gone = people();
    gone.people.remove(&PersonId::new("li"));
    assert_eq!(names(&managers, &subject(), &gone), ["desk"]);
}

#[test]
fn a_lane_is_its_shipments_managers() {
    let mut portfolio = people();
    let lane = Subject { kind: SubjectKind::Lane, id: "L-1".to_owned(), dealer: None };
    for (id, lane) in [("S-1", "L-1"), ("S-2", "L-1"), ("S-3", "L-2")] {
        let shipment = Shipment {
            id: ShipmentId::new(id),
            lane: LaneId::new(lane),
            dealer: DealerId::new("D-MA"),
            etd: None,
            eta: None,
            value: None,
            required_by: None,
            status: "planned".to_owned(),
        };
        portfolio.shipments.insert(shipment.id.clone(), shipment);
    }
    let of_rule = [Audience::ShipmentManagers];
    assert_eq!(heard(&of_rule, &lane, &portfolio), ["li"]);
    let empty = Subject { id: "L-9".to_owned(), ..lane };
    assert_eq!(heard(&of_rule, &empty, &portfolio), ["desk"]);
}

fn heard(of_rule: &[Audience], subject: &Subject, portfolio: &Portfolio) -> Vec<String> {
    audience(of_rule, subject, portfolio, h(0)).iter().map(|hearer| hearer.person.to_string()).collect()
}
