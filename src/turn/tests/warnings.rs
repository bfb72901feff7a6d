//! Warnings with an area: alert, update, cancellation, expiry, in any order and from anybody.

use super::stage::*;
use crate::domain::*;

/// Every reason of every mail so far, in order.
fn told(stage: &Stage) -> Vec<String> {
    whys(&stage.mails)
}

#[test]
fn alert_update_cancel_is_one_event_one_alert_and_one_end() {
    let mut stage = Stage::new();
    assert_eq!(whys(&stage.hear(h(0), vec![warning("A1", 0, TAIZHOU, &[])])), ["li first-match"]);
    // Each names the message before alone, with a wrong time.
    stage.hear(h(2), vec![warning("A2", 2, TAIZHOU, &["A1"])]);
    stage.hear(h(4), vec![warning("A3", 4, TAIZHOU, &["A2"])]);
    assert_eq!((stage.state.events.len(), stage.state.alerts.len(), stage.state.hazards.len()), (1, 1, 1));
    assert!(stage.alert("TZ").is_live());
    stage.hear(h(6), vec![cancel("A4", 6, &["A3"])]);
    assert_eq!(stage.alert("TZ").state, AlertState::Cleared);
    assert!(stage.state.hazards.is_empty());
    stage.ticks(6..=60);
    assert_eq!(told(&stage), ["li first-match", "li cancelled"]);
    let threads: Vec<_> = stage.mails.iter().map(|mail| (&mail.subject, &mail.event)).collect();
    assert_eq!(threads.first(), threads.last(), "one thread");
}

#[test]
fn a_graver_update_is_told_and_an_equal_one_is_not() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![warning("A1", 0, TAIZHOU, &[])]);
    assert!(stage.hear(h(1), vec![warning("A2", 1, TAIZHOU, &["A1"])]).is_empty());
    let graver = Hazard { severity: Severity::Extreme, ..warning("A3", 2, TAIZHOU, &["A1"]) };
    assert_eq!(whys(&stage.hear(h(2), vec![graver])), ["li level-rose"]);
}

#[test]
fn nobody_else_can_cancel() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![warning("A1", 0, TAIZHOU, &[])]);
    let (before, lines) = (stage.state.clone(), stage.lines.len());
    stage.hear(h(1), vec![sent_by("prank@example.org", cancel("A2", 1, &["A1"]))]);
    assert_eq!(stage.state.alerts, before.alerts);
    assert_eq!(stage.state.events, before.events, "nor is it news of the event");
    assert_eq!(stage.lines[lines..].iter().filter(|line| line.what == "event").count(), 0);
    assert_eq!(told(&stage), ["li first-match"]);
}

#[test]
fn a_cancellation_takes_all_warnings_of_the_message_with_it() {
    for references in [&["A1"][..], &["A2"], &["A1", "A2"]] {
        let mut stage = Stage::new();
        stage.hear(h(0), vec![warning("A1", 0, TAIZHOU, &[])]);
        let second = warning("A2", 1, TAIZHOU, &["A1"]);
        stage.hear(h(1), vec![second.clone(), sibling(&second, 2, WENZHOU), sibling(&second, 3, HAIPHONG)]);
        assert_eq!(stage.live(), 3);
        stage.hear(h(2), vec![cancel("A3", 2, references)]);
        assert_eq!((stage.live(), stage.state.hazards.len()), (0, 0), "{references:?}");
    }
}

#[test]
fn an_update_that_names_fewer_places_ends_the_others() {
    let mut stage = Stage::new();
    let first = warning("A1", 0, TAIZHOU, &[]);
    stage.hear(h(0), vec![first.clone(), sibling(&first, 2, WENZHOU)]);
    let second = warning("A2", 1, TAIZHOU, &["A1"]);
    stage.hear(h(1), vec![second.clone(), sibling(&second, 2, WENZHOU)]);
    stage.hear(h(2), vec![warning("A3", 2, TAIZHOU, &["A1"])]);
    assert_eq!(stage.state.hazards.len(), 1);
    stage.hear(h(3), vec![warning("A4", 3, TAIZHOU, &["A1"])]);
    assert_eq!((stage.alert("TZ").is_live(), stage.alert("WZ").is_live()), (true, false));
}

#[test]
fn one_message_may_end_several_events() {
    for ends in [cancel("C", 2, &["A1", "B1"]), warning("C", 2, HAIPHONG, &["A1", "B1"])] {
        let mut stage = Stage::new();
        stage.hear(h(0), vec![warning("A1", 0, TAIZHOU, &[])]);
        stage.hear(h(1), vec![warning("B1", 1, WENZHOU, &[])]);
        assert_eq!(stage.state.events.len(), 2);
        stage.hear(h(2), vec![ends]);
        stage.ticks(3..=60);
        assert_eq!(stage.live(), 0, "{:?}", stage.state.alerts);
        let in_force = stage.state.events.values().flat_map(|event| &event.hazards);
        assert_eq!(in_force.count(), 0, "no event waits for a hazard that is gone");
    }
}

#[test]
fn what_was_replaced_or_withdrawn_does_not_come_back_late() {
    let alert = warning("A1", 0, TAIZHOU, &[]);
    let update = warning("A2", 1, TAIZHOU, &["A1"]);
    let last = warning("A3", 2, HAIPHONG, &["A2"]);
    let end = cancel("A4", 3, &["A2"]);
    for (heard, late) in [
        (vec![&alert, &update, &last], vec![&alert, &update]),
        (vec![&update, &last], vec![&update]),
        (vec![&alert, &update, &end], vec![&alert, &update]),
        (vec![&end], vec![&update]),
    ] {
        let mut stage = Stage::new();
        for (hour, hazard) in (10..).zip(&heard) {
            stage.hear(h(hour), vec![(*hazard).clone()]);
        }
        let (alerts, mails) = (stage.state.alerts.clone(), stage.mails.len());
        for hazard in late {
            stage.hear(h(13), vec![hazard.clone()]);
        }
        assert_eq!(stage.state.alerts, alerts, "{heard:?}");
        assert_eq!(stage.mails.len(), mails);
    }
}

#[test]
fn a_stranger_cannot_hide_a_warning_that_is_still_to_come() {
    for odd in [cancel("X", 5, &["A1"]), warning("X", 5, HAIPHONG, &["A1"])] {
        let mut stage = Stage::new();
        stage.hear(h(0), vec![sent_by("prank@example.org", odd)]);
        assert_eq!(whys(&stage.hear(h(1), vec![warning("A1", 0, TAIZHOU, &[])])), ["li first-match"]);
    }
}

#[test]
fn only_actual_alerts_and_updates_alert() {
    for status in [Status::Test, Status::Exercise, Status::System, Status::Draft] {
        let mut stage = Stage::new();
        stage.hear(h(0), vec![Hazard { status, ..warning("A1", 0, TAIZHOU, &[]) }]);
        stage.hear(h(0), vec![Hazard { status, ..storm("wp01", 0, TAIZHOU, 24) }]);
        assert!(stage.state.alerts.is_empty() && stage.mails.is_empty(), "{status:?}");
        // Nor does a test end what is actual.
        stage.hear(h(1), vec![warning("A1", 0, TAIZHOU, &[])]);
        stage.hear(h(2), vec![Hazard { status, ..cancel("A2", 2, &["A1"]) }]);
        assert!(stage.alert("TZ").is_live(), "{status:?}");
    }
    for msg in [MsgType::Ack, MsgType::Error] {
        let mut stage = Stage::new();
        stage.hear(h(0), vec![warning("A1", 0, TAIZHOU, &[])]);
        stage.hear(h(1), vec![Hazard { msg, ..warning("A2", 1, HAIPHONG, &["A1"]) }]);
        stage.hear(h(2), vec![Hazard { msg, ..warning("A3", 2, WENZHOU, &[]) }]);
        assert_eq!((stage.live(), stage.alert("TZ").is_live()), (1, true), "{msg:?}");
    }
}

#[test]
fn it_runs_out_once() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![warning("A1", 0, TAIZHOU, &[])]);
    let alert = stage.alert("TZ").id.clone();
    stage.answer(h(1), &alert, "li", AnswerKind::Told);
    stage.ticks(2..=48);
    assert!(stage.alert("TZ").is_live());
    assert_eq!(whys(&stage.ticks(49..=150)), ["li expired"]);
    assert!(stage.state.hazards.is_empty());
    // What has run out when it comes is not told at all.
    assert!(stage.hear(h(200), vec![warning("B1", 0, WENZHOU, &[])]).is_empty());
    assert_eq!(stage.live(), 0);
}

#[test]
fn codes_alone_warn_a_site() {
    let mut stage = Stage::new();
    if let Some(site) = stage.portfolio.sites.get_mut(&SiteId::new("WZ")) {
        site.codes = Codes::new("330300");
    }
    let mut coded = warning("A1", 0, TAIZHOU, &[]);
    coded.footprint = Footprint::default();
    let geocodes = [("adcode".to_owned(), "330100 330300".to_owned())].into();
    coded.areas = vec![Area { name: "Wenzhou".to_owned(), geocodes }];
    assert_eq!(whys(&stage.hear(h(0), vec![coded])), ["li first-match"]);
    assert!(stage.alert("WZ").is_live() && stage.state.alerts.len() == 1);
}

/// The identifiers in force after a chain, each message naming only the one before it, came in this order.
fn in_force(order: &[usize], is_cancelled: bool) -> Vec<String> {
    let mut chain = vec![warning("A1", 0, TAIZHOU, &[]), warning("A2", 2, TAIZHOU, &["A1"])];
    chain.push(warning("A3", 4, TAIZHOU, &["A2"]));
    if is_cancelled {
        chain.push(cancel("A4", 6, &["A3"]));
    }
    let mut stage = Stage::new();
    for (hour, index) in (7..).zip(order) {
        stage.hear(h(hour), vec![chain[*index].clone()]);
    }
    let in_force = stage.state.hazards.values();
    in_force.filter_map(|hazard| Some(hazard.cap.as_ref()?.identifier.clone())).collect()
}

#[test]
fn a_chain_leaves_its_newest_in_whatever_order_it_comes() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(in_force(&order, false), ["A3"], "{order:?}");
    }
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [0, 3, 1, 2], [2, 3, 0, 1], [3, 0, 1, 2], [0, 3, 2, 1]] {
        assert_eq!(in_force(&order, true), [""; 0], "{order:?}");
    }
}

#[test]
fn a_warning_without_an_end_runs_out_after_two_days() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![Hazard { expires: None, ..warning("A1", 0, TAIZHOU, &[]) }]);
    stage.ticks(1..=47);
    assert!(stage.alert("TZ").is_live());
    stage.ticks(48..=80);
    assert_eq!(stage.alert("TZ").state, AlertState::Cleared);
    assert_eq!(told(&stage).iter().filter(|why| *why == "li expired").count(), 1);
}

#[test]
fn an_update_that_has_run_out_still_ends_what_it_replaces() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![warning("A1", 0, TAIZHOU, &[])]);
    stage.hear(h(3), vec![Hazard { expires: Some(h(2)), ..warning("A2", 1, TAIZHOU, &["A1"]) }]);
    assert!(stage.state.hazards.is_empty());
    assert!(!stage.alert("TZ").is_live());
}
