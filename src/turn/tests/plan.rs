//! A season's plan becomes proposals: signed, declined, changed, dropped, and never asked about twice.

use super::super::Input;
use super::stage::{Stage, add_lane, cny, h, whys};
use crate::domain::*;

/// `SEA` (the stage's lane `L`) and a railway; `zhao` is the management.
fn stage() -> Stage {
    let mut stage = Stage::new();
    add_lane(&mut stage.portfolio);
    let lane = stage.portfolio.lanes[&LaneId::new("L")].clone();
    let rail = Lane { id: LaneId::new("R"), mode: "rail".to_owned(), cost: Some(cny(5_000)), ..lane };
    stage.portfolio.lanes.insert(rail.id.clone(), rail);
    let chen = stage.portfolio.people[&PersonId::new("chen")].clone();
    let zhao = Person { id: PersonId::new("zhao"), role: Role::Management, ..chen };
    stage.portfolio.people.insert(zhao.id.clone(), zhao);
    stage
}

fn switch((first_month, last_month): (u8, u8), extra_cost: i64) -> PlannedSwitch {
    let (lane, alternate) = (LaneId::new("L"), LaneId::new("R"));
    let switch = SwitchProposal {
        id: SwitchProposal::id_of(&lane, first_month, last_month, &alternate),
        lane,
        alternate,
        mode: "rail".to_owned(),
        first_month,
        last_month,
        extra_per_box: 3_000.into(),
        boxes: 3.into(),
        extra_cost: extra_cost.into(),
        sales_kept: 12_000.into(),
        net: (12_000 - extra_cost).into(),
        break_even_per_box: 4_000.into(),
        currency: Currency::parse("CNY").expect("a code"),
        days_late_saved: 0.15,
        empty_days_saved: 1.5,
        slower_h: Some(12.0),
    };
    PlannedSwitch { switch, closed_days: 2.5, closed_days_there: Some(0.0) }
}

fn plan(hour: i64, switches: Vec<PlannedSwitch>) -> Input {
    let lanes = vec![LaneId::new("L"), LaneId::new("R")];
    Input::from(PlanWord { id: AnswerId::new(format!("plan {hour}")), lanes, switches, at: h(hour) })
}

impl Stage {
    fn decide(&mut self, hour: i64, person: &str, verdict: Vote) -> Vec<Notice> {
        let proposal = self.state.proposals.values().find(|proposal| proposal.is_open()).expect("an open one");
        let decision = Decision {
            id: AnswerId::new(format!("{hour} {person}")),
            proposal: proposal.id.clone(),
            revision: proposal.revision,
            person: Some(PersonId::new(person)),
            verdict,
            quantities: std::collections::BTreeMap::new(),
            note: (verdict == Vote::Decline).then(|| "the yard is full".to_owned()),
            at: h(hour),
        };
        self.turn(h(hour), vec![Input::from(decision)])
    }

    /// `season:L:2004:1001-1031:R proposed 1/2`, a line a proposal.
    fn proposals(&self) -> Vec<String> {
        let line = |p: &Proposal| format!("{} {} {}/{}", p.id, p.state.as_str(), p.signed, p.case.steps.len());
        self.state.proposals.values().map(line).collect()
    }

    fn passed_over(&self) -> String {
        let line = self.lines.iter().rfind(|line| line.what == "plan").expect("a plan");
        line.fields["passed_over"].to_string()
    }
}

const OCTOBER: &str = "season:L:2004:1001-1031:R";

#[test]
fn logistics_then_management_and_the_manager_of_the_lanes_dealers_hears_of_it() {
    let mut stage = stage();
    let asked = stage.turn(h(0), vec![plan(0, vec![switch((10, 10), 9_000)])]);
    assert_eq!(whys(&asked), ["sun proposal-ask"]);
    for words in [
        "Gales close Shanghai → Xiamen (L) for 2.5 days of an average year between 1 Oct and 31 Oct",
        "3,000 CNY more per shipment; 9,000 CNY more for 3 shipments",
        "0.15 days less late per shipment on average; the way takes 12 h longer",
        "pays up to 4,000 CNY more per shipment",
        "1.5 days of empty shelves fewer",
        OCTOBER,
    ] {
        let text = asked[0].text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words), "{words}: {text}");
    }
    // The day before the first, less two weeks, at six in the evening of Shanghai.
    let act_by = stage.state.proposals.values().next().and_then(|proposal| proposal.case.act_by);
    assert_eq!(act_by.expect("a deadline").to_string(), "2004-09-16T10:00:00Z");
    // The same plan again, and again after the first signature: nobody is asked anew.
    assert_eq!(whys(&stage.turn(h(1), vec![plan(1, vec![switch((10, 10), 9_000)])])), Vec::<String>::new());
    assert!(stage.passed_over().contains("same"));
    assert_eq!(whys(&stage.decide(2, "sun", Vote::Approve)), ["zhao proposal-ask"]);
    assert_eq!(whys(&stage.turn(h(3), vec![plan(3, vec![switch((10, 10), 9_000)])])), Vec::<String>::new());
    let told = stage.decide(4, "zhao", Vote::Approve);
    assert_eq!(whys(&told), ["sun proposal-outcome", "zhao proposal-outcome", "li proposal-outcome"]);
    assert_eq!(stage.proposals(), [format!("{OCTOBER} approved 2/2")]);
    // Decided is decided, with other numbers and for a part of the days too.
    for (hour, switch) in [(5, switch((10, 10), 8_000)), (6, switch((10, 11), 9_000))] {
        assert_eq!(whys(&stage.turn(h(hour), vec![plan(hour, vec![switch])])), Vec::<String>::new());
    }
    assert!(stage.passed_over().contains("other-approved"), "{}", stage.passed_over());
    assert_eq!(stage.proposals(), [format!("{OCTOBER} approved 2/2")]);
}

#[test]
fn a_plan_that_changed_replaces_what_is_undecided_and_says_why() {
    let mut stage = stage();
    stage.turn(h(0), vec![plan(0, vec![switch((10, 10), 9_000)])]);
    stage.decide(1, "sun", Vote::Approve);
    let asked = stage.turn(h(2), vec![plan(2, vec![switch((10, 10), 10_500)])]);
    assert_eq!(whys(&asked), ["sun proposal-ask"]);
    assert!(asked[0].text.contains("A new plan has changed the numbers"), "{}", asked[0].text);
    assert_eq!(stage.proposals(), [format!("{OCTOBER} proposed 0/2")], "the signature no longer counts");
    let told = stage.turn(h(3), vec![plan(3, vec![switch((10, 11), 20_000)])]);
    assert_eq!(whys(&told), ["sun proposal-outcome", "zhao proposal-outcome", "sun proposal-ask"]);
    let wider = "season:L:2004:1001-1130:R";
    assert_eq!(stage.proposals(), [format!("{OCTOBER} withdrawn 0/2"), format!("{wider} proposed 0/2")]);
    let cause = |id: &str| stage.state.proposals[&ProposalId::new(id)].cause().cloned();
    assert_eq!(cause(OCTOBER), Some(Cause::Replaced { by: ProposalId::new(wider) }));
    let told = stage.turn(h(4), vec![plan(4, Vec::new())]);
    assert_eq!(whys(&told), ["sun proposal-outcome"]);
    assert!(told[0].text.contains("no longer has this switch"), "{}", told[0].text);
    // A plan that comes back is proposed again.
    let asked = stage.turn(h(5), vec![plan(5, vec![switch((10, 11), 20_000)])]);
    assert_eq!(whys(&asked), ["sun proposal-ask"]);
}

#[test]
fn declined_with_a_reason_and_not_asked_again_in_the_season() {
    let mut stage = stage();
    stage.turn(h(0), vec![plan(0, vec![switch((10, 10), 9_000)])]);
    let told = stage.decide(1, "sun", Vote::Decline);
    assert_eq!(whys(&told), ["sun proposal-outcome", "li proposal-outcome"]);
    assert!(told[1].text.contains("the yard is full"), "{}", told[1].text);
    for (hour, months, why) in [(2, (10, 10), "decided"), (3, (9, 10), "alike-declined")] {
        assert_eq!(whys(&stage.turn(h(hour), vec![plan(hour, vec![switch(months, 9_500)])])), Vec::<String>::new());
        assert!(stage.passed_over().contains(why), "{}", stage.passed_over());
    }
}

#[test]
fn undecided_at_its_last_instant_it_runs_out_and_the_manager_hears_that_too() {
    let mut stage = stage();
    stage.turn(h(0), vec![plan(0, vec![switch((9, 9), 9_000)])]);
    // 17 August, 18:00 in Shanghai, is 223 hours ahead; half of that is the reminder's time.
    assert_eq!(whys(&stage.tick(h(100))), Vec::<String>::new());
    assert_eq!(whys(&stage.tick(h(112))), ["sun proposal-remind"]);
    assert_eq!(whys(&stage.tick(h(223))), Vec::<String>::new());
    assert_eq!(whys(&stage.tick(h(224))), ["sun proposal-outcome", "li proposal-outcome"]);
    assert_eq!(stage.proposals(), ["season:L:2004:0901-0930:R expired 0/2"]);
    // The same plan is about the next year from then on.
    assert_eq!(whys(&stage.turn(h(225), vec![plan(225, vec![switch((9, 9), 9_000)])])), ["sun proposal-ask"]);
    assert_eq!(stage.proposals()[1], "season:L:2005:0901-0930:R proposed 0/2");
}

#[test]
fn a_plan_of_another_portfolio_and_one_that_comes_too_late_propose_nothing() {
    let mut stage = stage();
    stage.portfolio.lanes.remove(&LaneId::new("R"));
    assert_eq!(stage.turn(h(0), vec![plan(0, vec![switch((10, 10), 9_000)])]).len(), 0);
    assert!(stage.passed_over().contains("lane-unknown"), "{}", stage.passed_over());
    let mut stage = self::stage();
    assert_eq!(stage.turn(h(24 * 60), vec![plan(0, vec![switch((10, 10), 9_000)])]).len(), 0);
    assert!(stage.passed_over().contains("too-late"), "{}", stage.passed_over());
    assert_eq!(stage.proposals(), Vec::<String>::new());
}
