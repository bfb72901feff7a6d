//! The season of `docs/decisions.md`, and what holds of every ledger.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::{
    Advice, AlertState, AnswerId, Currency, Dealer, DealerId, EventId, Exposure, Found, HazardId, HazardKind, Language,
    Level, Money, Person, PersonId, Reason, Role, RuleId, Severity, Subject, SubjectKind, Surge, Timestamp, Transition,
    Weighing,
};

fn at(h: i64) -> Timestamp {
    "2026-08-10T00:00:00Z".parse::<Timestamp>().expect("time") + crate::domain::Span::from_hours(h)
}

fn money(amount: i64, code: &str) -> Money {
    Money::new(amount.into(), Currency::parse(code).expect("code"))
}

/// A cleared alert of a dealer's site: opened at `h`, with this chance of a gale, weighed at 10,000 against 600,000.
fn alert(id: &str, dealer: &str, h: i64, p_34kt: f64, p: f64, answer: Option<AlertState>) -> Alert {
    let subject = Subject { kind: SubjectKind::Site, id: id.to_owned(), dealer: Some(DealerId::new(dealer)) };
    let change = |h: i64, state: AlertState, reason: Reason| Transition {
        at: at(h),
        state,
        level: Level::Act,
        reason,
        by: None,
        note: None,
    };
    let answered = answer.map(|state| change(h + 2, state, Reason::Answered { kind: "moving".to_owned() }));
    let over = change(h + 60, AlertState::Cleared, Reason::DangerOver);
    Alert {
        id: AlertId::new(id),
        rule: RuleId::new("storm-at-warehouse"),
        event: EventId::new("wp102026"),
        level: Level::Act,
        state: AlertState::Cleared,
        opened_at: at(h),
        exposure: exposure(subject.clone()),
        subject,
        advice: Advice::default(),
        lower_in_a_row: 0,
        counted: None,
        told: BTreeMap::new(),
        history: answered.into_iter().chain([over]).collect(),
        moved_to: None,
        weighed: Some(Weighing {
            at: at(h + 1),
            action: Some("move-stock".to_owned()),
            act_by: Some(at(h + 30)),
            cost: Some(money(10_000, "CNY")),
            expected_loss: Some(money(84_000, "CNY")),
            p_34kt: Some(p_34kt),
            p: Some(p),
            break_even: Some(10_000.0 / 600_000.0),
        }),
    }
}

fn exposure(subject: Subject) -> Exposure {
    Exposure {
        event: EventId::new("wp102026"),
        hazard: HazardId::new("h"),
        kind: HazardKind::TropicalCyclone,
        subject,
        at: at(0),
        issued: None,
        inside: false,
        onset: None,
        expires: None,
        severity: Severity::Extreme,
        closest_km: None,
        closest_at: None,
        peak_kt: None,
        peak_at: None,
        peak_dir_deg: None,
        arrival: None,
        probability: None,
        surge: Surge::default(),
        loss: None,
        basis: BTreeMap::new(),
        agencies: Vec::new(),
    }
}

fn outcome(alert: &str, at_h: i64, found: Found) -> Outcome {
    let id = AnswerId::new(format!("{alert} {at_h}"));
    Outcome { id, alert: AlertId::new(alert), found, note: None, by: None, at: at(at_h) }
}

fn portfolio() -> Portfolio {
    let mut portfolio = Portfolio::default();
    for (id, manager) in [("D-MA", "li"), ("D-WZ", "li"), ("D-NB", "wang")] {
        let dealer = Dealer {
            id: DealerId::new(id),
            name: id.to_owned(),
            tier: String::new(),
            manager: PersonId::new(manager),
            language: Language::English,
            time_zone: "UTC".to_owned(),
        };
        portfolio.dealers.insert(dealer.id.clone(), dealer);
        let person = Person {
            id: PersonId::new(manager),
            name: manager.to_owned(),
            email: format!("{manager}@example.com"),
            role: Role::AccountManager,
            reports_to: None,
            language: Language::English,
            time_zone: "UTC".to_owned(),
            quiet: None,
            visit: None,
            digest: None,
            channels: Vec::new(),
            deputy: None,
            away: Vec::new(),
            dealer: None,
        };
        portfolio.people.insert(person.id.clone(), person);
    }
    portfolio
}

/// The table of `docs/decisions.md`, "The ledger".
#[test]
fn the_worked_season() {
    use Judgement::{FalseAndPoor, FalseButRight, Hit, Unknown};
    let (acting, refused) = (Some(AlertState::Acting), Some(AlertState::Refused));
    let alerts = [
        alert("a", "D-MA", 0, 0.60, 0.14, acting),
        alert("b", "D-MA", 600, 0.20, 0.03, acting),
        alert("c", "D-WZ", 0, 0.30, 0.01, acting),
        alert("d", "D-NB", 0, 0.50, 0.10, refused),
        alert("e", "D-NB", 600, 0.20, 0.03, None),
    ];
    let hit = |hit: bool| Found { hit: Some(hit), ..Found::default() };
    let spent = |amount: i64| Some(money(amount, "CNY"));
    let outcomes = [
        outcome("a", 90, hit(true)),
        // Entered again, with the money.
        outcome("a", 99, Found { spent: spent(10_000), saved: spent(600_000), ..hit(true) }),
        outcome("b", 700, Found { spent: spent(10_000), ..hit(false) }),
        outcome("c", 99, Found { spent: spent(9_000), ..hit(false) }),
        outcome("d", 99, Found { lost: spent(350_000), ..hit(true) }),
    ];
    let ledger = ledger(&alerts, &outcomes, &portfolio(), 2026);
    let judged: Vec<Judgement> = ledger.entries.iter().map(|entry| entry.judgement).collect();
    // Oldest first: a, c, d, then b, e.
    assert_eq!(judged, [Hit, FalseAndPoor, Hit, FalseButRight, Unknown]);
    let total = &ledger.total;
    assert_eq!((total.alerts, total.acted, total.refused, total.unanswered), (5, 3, 1, 1));
    assert_eq!((total.known, total.hits, total.false_alarms, total.false_but_right), (4, 2, 2, 1));
    // 0.4 + 0.8 + 0.7 + 0.5 of four.
    assert!(
        (total.expected_false - 2.4).abs() < 1e-9 && (total.expected_false_share().expect("known") - 0.6).abs() < 1e-9
    );
    let cny = &total.money["CNY"];
    let want = [29_000, 600_000, 350_000, 571_000].map(Decimal::from);
    assert_eq!([cny.spent, cny.saved, cny.lost, cny.net], want);
    let who: Vec<(&str, u32)> = ledger.managers.iter().map(|sum| (sum.who.as_str(), sum.alerts)).collect();
    assert_eq!(who, [("li", 3), ("wang", 2)]);
    assert_eq!(ledger.dealers.len(), 3);
}

#[test]
fn another_season_and_what_nobody_entered_are_in_no_sum() {
    let alerts = [alert("a", "D-MA", 0, 0.6, 0.14, None)];
    assert_eq!(ledger(&alerts, &[], &portfolio(), 2025).entries, []);
    let ledger = ledger(&alerts, &[], &portfolio(), 2026);
    assert_eq!((ledger.total.known, ledger.total.money.len()), (0, 0));
    assert_eq!(ledger.entries[0].found, Found::default());
    assert_eq!(ledger.total.expected_false_share(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn money_adds_up_and_currencies_are_not_mixed(
        rows in prop::collection::vec((0usize..3, 0i64..1_000_000, 0i64..1_000_000, any::<bool>()), 0..12),
    ) {
        let dealers = ["D-MA", "D-WZ", "D-NB"];
        let (mut alerts, mut outcomes) = (Vec::new(), Vec::new());
        for (index, (dealer, spent, saved, is_cny)) in rows.iter().enumerate() {
            let (id, code) = (format!("a{index}"), if *is_cny { "CNY" } else { "USD" });
            alerts.push(alert(&id, dealers[*dealer], 0, 0.5, 0.1, None));
            let found = Found { spent: Some(money(*spent, code)), saved: Some(money(*saved, code)), ..Found::default() };
            outcomes.push(outcome(&id, 90, found));
        }
        let ledger = ledger(&alerts, &outcomes, &portfolio(), 2026);
        for code in ["CNY", "USD"] {
            let of = |sum: &Sum| sum.money.get(code).map_or(Decimal::ZERO, |money| money.net);
            let total = of(&ledger.total);
            prop_assert_eq!(ledger.dealers.iter().map(of).sum::<Decimal>(), total);
            prop_assert_eq!(ledger.managers.iter().map(of).sum::<Decimal>(), total);
            let want: i64 = rows.iter().filter(|row| row.3 == (code == "CNY")).map(|row| row.2 - row.1).sum();
            prop_assert_eq!(total, Decimal::from(want));
        }
    }
}
