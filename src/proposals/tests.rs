use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    AnswerId, ApprovalLimits, Case, Cause, Currency, Dealer, DealerId, Decision, EventId, GoodsLine, LaneId, Language,
    Matter, Money, Order, Person, PersonId, Portfolio, Proposal, ProposalState, Role, ShipmentId, Switch, Timestamp,
    Vote, Way, WayKind,
};

fn h(hour: i64) -> Timestamp {
    Timestamp::from_second(1_092_000_000 + hour * 3600).expect("in range")
}

fn cny(amount: i64) -> Money {
    Money::new(amount.into(), Currency::parse("CNY").expect("a currency"))
}

fn person(id: &str, role: Role, dealer: Option<&str>) -> (PersonId, Person) {
    let person = Person {
        id: PersonId::new(id),
        name: id.to_owned(),
        email: format!("{id}@example.com"),
        role,
        reports_to: None,
        language: Language::English,
        time_zone: "Asia/Shanghai".to_owned(),
        quiet: None,
        visit: None,
        digest: None,
        channels: Vec::new(),
        deputy: None,
        away: Vec::new(),
        dealer: dealer.map(DealerId::new),
    };
    (person.id.clone(), person)
}

fn portfolio(has_contact: bool) -> Portfolio {
    let dealer = Dealer {
        id: DealerId::new("D-SEA"),
        name: "A Marine".to_owned(),
        tier: "A".to_owned(),
        manager: PersonId::new("wang"),
        language: Language::Chinese,
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let mut people = BTreeMap::from([
        person("wang", Role::AccountManager, None),
        person("sun", Role::Logistics, None),
        person("zhao", Role::Management, None),
        person("ops", Role::Operator, None),
        person("other", Role::Dealer, Some("D-XX")),
    ]);
    if has_contact {
        people.extend([person("ma", Role::Dealer, Some("D-SEA"))]);
    }
    Portfolio { dealers: BTreeMap::from([(dealer.id.clone(), dealer)]), people, ..Portfolio::default() }
}

fn way(kind: WayKind, lane: &str, arrives: i64, cost: i64) -> Way {
    Way {
        kind,
        lane: LaneId::new(lane),
        mode: "rail".to_owned(),
        leaves: Some(h(10)),
        arrives: Some(h(arrives)),
        arrives_late: Some(h(arrives + 10)),
        p_late: Some(0.1),
        p_danger: Some(0.02),
        added_cost: Some(cny(cost)),
        stock_out: Some(cny(0)),
        total: Some(cny(cost)),
    }
}

fn switch(cost: i64) -> Matter {
    Matter::Switch(Switch {
        shipment: ShipmentId::new("SH-1"),
        required_by: Some(h(90)),
        value: Some(cny(240_000)),
        ways: vec![way(WayKind::Switch, "RAIL", 60, cost)],
        planned: way(WayKind::Keep, "SEA", 140, 0),
    })
}

fn order(quantity: i64) -> Matter {
    Matter::Order(Order {
        lane: LaneId::new("SEA"),
        outage_days: 6.0,
        lines: vec![GoodsLine {
            sku: "FAN-40".to_owned(),
            quantity: quantity.into(),
            cover_days: 2.9,
            unit_value: Some((85.into(), Currency::parse("CNY").expect("a currency"))),
        }],
    })
}

fn limits() -> ApprovalLimits {
    ApprovalLimits(BTreeMap::from([(Currency::parse("CNY").expect("a currency"), 5_000.into())]))
}

fn case(matter: Matter, has_contact: bool) -> Case {
    let steps = steps(&matter, Some(&DealerId::new("D-SEA")), &portfolio(has_contact), &limits());
    Case { matter, act_by: Some(h(24)), steps }
}

fn made(case: Case) -> Proposal {
    let id = proposal_id(case.matter.kind(), &EventId::new("wp162004"), "SH-1");
    propose(None, (id, EventId::new("wp162004"), Some(DealerId::new("D-SEA"))), case, h(0)).expect("a proposal")
}

fn again(known: &Proposal, case: Case, now: Timestamp) -> Option<Proposal> {
    propose(Some(known), (known.id.clone(), known.event.clone(), known.dealer.clone()), case, now)
}

fn word(proposal: &Proposal, person: &str, verdict: Vote, at: i64) -> Decision {
    Decision {
        id: AnswerId::new("x"),
        proposal: proposal.id.clone(),
        revision: proposal.revision,
        person: Some(PersonId::new(person)),
        verdict,
        quantities: BTreeMap::new(),
        note: None,
        at: h(at),
    }
}

fn signers(matter: &Matter, has_contact: bool) -> Vec<Vec<String>> {
    let steps = steps(matter, Some(&DealerId::new("D-SEA")), &portfolio(has_contact), &limits());
    steps.iter().map(|step| step.people.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn who_signs() {
    assert_eq!(signers(&switch(4_000), true), [["sun"]]);
    assert_eq!(signers(&switch(5_000), true), [["sun"]]);
    assert_eq!(signers(&switch(-900), true), [["sun"]]);
    assert_eq!(signers(&switch(5_001), true), [["sun"], ["zhao"]]);
    assert_eq!(signers(&order(10), true), [["ma"]]);
    assert_eq!(signers(&order(10), false), [["wang"]]);
    let nobody = Portfolio { people: BTreeMap::from([person("ops", Role::Operator, None)]), ..portfolio(false) };
    assert_eq!(steps(&switch(9_000), None, &nobody, &limits())[1].people, [PersonId::new("ops")]);
}

#[test]
fn both_sign_and_it_is_approved() {
    let proposal = made(case(switch(9_000), true));
    let one = decide(&proposal, &word(&proposal, "sun", Vote::Approve, 1)).expect("signed");
    assert_eq!((one.state, one.signed), (ProposalState::Proposed, 1));
    assert_eq!(decide(&one, &word(&one, "sun", Vote::Approve, 2)), Err(Refused::NotTheirs));
    let both = decide(&one, &word(&one, "zhao", Vote::Approve, 3)).expect("signed");
    assert_eq!(both.state, ProposalState::Approved);
    assert_eq!(decide(&both, &word(&both, "zhao", Vote::Decline, 4)), Err(Refused::Over));
}

#[test]
fn whose_word_changes_nothing() {
    let proposal = made(case(switch(9_000), true));
    let refused = |person, at| decide(&proposal, &word(&proposal, person, Vote::Approve, at)).expect_err("refused");
    assert_eq!(refused("zhao", 1), Refused::NotTheirs);
    assert_eq!(refused("li", 1), Refused::NotTheirs);
    assert_eq!(refused("sun", 25), Refused::Late);
    let old = Decision { revision: 0, ..word(&proposal, "sun", Vote::Approve, 1) };
    assert_eq!(decide(&proposal, &old), Err(Refused::Changed));
    let goods = Decision { quantities: BTreeMap::from([("X".to_owned(), 1.into())]), ..old };
    let goods = Decision { revision: 1, ..goods };
    assert_eq!(decide(&proposal, &goods), Err(Refused::Quantities));
    // An operator at the command line may speak for the one whose turn it is.
    let operator = Decision { person: None, ..word(&proposal, "sun", Vote::Approve, 1) };
    assert!(decide(&proposal, &operator).is_ok());
}

#[test]
fn a_dealer_changes_the_quantities() {
    let proposal = made(case(order(300), true));
    let quantities = |sku: &str, n: i64| BTreeMap::from([(sku.to_owned(), n.into())]);
    let with = |quantities| Decision { quantities, ..word(&proposal, "ma", Vote::Approve, 1) };
    assert_eq!(decide(&proposal, &with(quantities("OTHER", 5))), Err(Refused::Quantities));
    assert_eq!(decide(&proposal, &with(quantities("FAN-40", -1))), Err(Refused::Quantities));
    let signed = decide(&proposal, &with(quantities("FAN-40", 250))).expect("signed");
    assert_eq!(signed.state, ProposalState::Approved);
    assert_eq!(signed.case.matter.cost(), Some(cny(250 * 85)));
}

#[test]
fn only_what_a_person_would_sign_otherwise_is_proposed_anew() {
    let proposal = made(case(switch(9_000), true));
    assert_eq!(again(&proposal, case(switch(9_000), true), h(1)), None);
    assert_eq!(again(&proposal, case(switch(9_500), true), h(1)), None);
    let one = decide(&proposal, &word(&proposal, "sun", Vote::Approve, 1)).expect("signed");
    assert_eq!(again(&one, case(switch(19_000), true), h(11)), None);
    let anew = again(&one, case(switch(19_000), true), h(12)).expect("proposed anew");
    assert_eq!((anew.revision, anew.signed, anew.state), (2, 0, ProposalState::Proposed));
    let no = decide(&proposal, &word(&proposal, "sun", Vote::Decline, 1)).expect("declined");
    assert_eq!(again(&no, case(switch(14_000), true), h(2)), None);
    let late = expired(&proposal, h(25)).expect("expired");
    assert_eq!(expired(&proposal, h(24)), None);
    assert_eq!(again(&late, case(switch(9_000), true), h(25)), None);
    let later = Case { act_by: Some(h(60)), ..case(switch(9_000), true) };
    assert_eq!(again(&late, later.clone(), h(23)), None);
    assert_eq!(again(&late, later, h(25)).map(|p| (p.revision, p.state)), Some((2, ProposalState::Proposed)));
}

fn told(proposal: &mut Proposal, now: i64) -> Vec<(String, Errand)> {
    let owed = owed(proposal, &portfolio(true), h(now));
    for (person, errand) in &owed {
        tell(proposal, person, *errand, h(now));
    }
    owed.into_iter().map(|(person, errand)| (person.to_string(), errand)).collect()
}

#[test]
fn each_is_asked_once_reminded_once_and_told_what_came_of_it() {
    let mut proposal = made(case(switch(9_000), true));
    assert_eq!(told(&mut proposal, 0), [("sun".to_owned(), Errand::Ask)]);
    assert_eq!(told(&mut proposal, 11), []);
    assert_eq!(told(&mut proposal, 12), [("sun".to_owned(), Errand::Remind)]);
    assert_eq!(told(&mut proposal, 23), []);
    proposal = decide(&proposal, &word(&proposal, "sun", Vote::Approve, 23)).expect("signed");
    assert_eq!(told(&mut proposal, 23), [("zhao".to_owned(), Errand::Ask)]);
    proposal = decide(&proposal, &word(&proposal, "zhao", Vote::Approve, 24)).expect("signed");
    let mut people: Vec<String> = told(&mut proposal, 24).into_iter().map(|(person, _)| person).collect();
    people.sort();
    assert_eq!(people, ["ma", "sun", "wang", "zhao"]);
    assert_eq!(told(&mut proposal, 25), []);
}

#[test]
fn what_is_needed_no_more_is_told_to_those_who_were_asked() {
    let proposal = made(case(switch(9_000), true));
    let mut unasked = withdrawn(&proposal, Cause::NeededNoMore, h(1)).expect("withdrawn");
    assert_eq!(told(&mut unasked, 1), []);
    let mut asked = proposal;
    told(&mut asked, 0);
    let mut asked = withdrawn(&asked, Cause::NeededNoMore, h(1)).expect("withdrawn");
    assert_eq!(told(&mut asked, 1), [("sun".to_owned(), Errand::Outcome)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever happens, the trail alone gives the same proposal, and JSON loses nothing of it.
    #[test]
    fn the_trail_replays_to_the_same_state(deeds in prop::collection::vec((0..6_u8, 0..4_usize, 1..60_i64), 0..20)) {
        let people = ["sun", "zhao", "ma", "nobody"];
        let mut proposal = made(case(switch(9_000), true));
        for (deed, who, at) in deeds {
            let next = match deed {
                0 | 1 => decide(&proposal, &word(&proposal, people[who], Vote::Approve, at)).ok(),
                2 => decide(&proposal, &word(&proposal, people[who], Vote::Decline, at)).ok(),
                3 => again(&proposal, Case { act_by: Some(h(at + 24)), ..case(switch(at * 1_000), true) }, h(at)),
                4 => expired(&proposal, h(at)),
                _ => withdrawn(&proposal, Cause::NeededNoMore, h(at)),
            };
            proposal = next.unwrap_or(proposal);
        }
        let trail = proposal.trail.clone();
        let replayed = Proposal::of(proposal.id.clone(), proposal.event.clone(), proposal.dealer.clone(), trail);
        prop_assert_eq!(replayed.as_ref(), Some(&proposal));
        let json = serde_json::to_string(&proposal).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Proposal>(&json).expect("read back"), proposal);
    }
}
