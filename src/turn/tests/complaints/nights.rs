//! Nights, silences, answers, and old alerts.

use super::*;

fn hush(until: i64) -> Input {
    let covers = Covered { dealer: Some(DealerId::new("D-MA")), ..Covered::default() };
    let (id, reason) = (SilenceId::new("s"), "trucks are ordered".to_owned());
    let silence = Silence { id, covers, even_act: false, author: None, reason, from: h(0), until: h(until) };
    Input::from(Hush { id: AnswerId::new("hush"), silence, at: h(0) })
}

#[test]
fn complaint_13_what_still_fires_when_a_mute_ends_is_not_sent() {
    let mut stage = Stage::new();
    stage.turn(h(0), vec![hush(4)]);
    stage.hear(h(1), vec![gale("A1", 1, &[])]);
    assert!(stage.ticks(2..=3).is_empty());
    assert_eq!(whys(&stage.tick(h(4))), ["li first-match"], "in the very turn in which it ends");
}

#[test]
fn complaint_14_mute_windows_are_in_the_wrong_zone() {
    // 02:00 in Shanghai is 20:00 in Berlin.
    for (zone, held) in [("Asia/Shanghai", true), ("Europe/Berlin", false)] {
        let mut stage = Stage::new();
        edit(&mut stage, "li", |li| (li.quiet, li.time_zone) = (Some(night()), zone.to_owned()));
        let mails = stage.hear(h(15), vec![gale("A1", 15, &[])]);
        assert_eq!(mails.is_empty(), held, "{zone}");
    }
}

#[test]
fn complaint_15_escalation_ignores_the_night_of_whom_it_wakes() {
    let mut stage = Stage::new();
    edit(&mut stage, "chen", |chen| (chen.quiet, chen.time_zone) = (Some(night()), "America/New_York".to_owned()));
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 100)]);
    stage.ticks(1..=48);
    for mail in stage.mails.iter().filter(|mail| mail.person.as_str() == "chen" && mail.level < Level::Act) {
        let local = mail.queued_at.in_tz("America/New_York").expect("a zone").hour();
        assert!((7..22).contains(&local), "woken at {local}:00");
    }
    assert!(to(&stage, "chen").contains(&"climbed".to_owned()), "{:?}", whys(&stage.mails));
}

#[test]
fn complaint_16_notices_go_on_after_the_acknowledgement() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 100)]);
    for alert in stage.state.alerts.keys().cloned().collect::<Vec<_>>() {
        stage.answer(h(1), &alert, "li", AnswerKind::Told);
    }
    let said = stage.mails.len();
    for issued in (6..=24).step_by(6) {
        let left = i32::try_from(100 - issued).expect("small");
        stage.hear(h(issued), vec![storm("wp01", issued, TAIZHOU, left)]);
        stage.ticks(issued + 1..=issued + 5);
    }
    let after = whys(&stage.mails[said..]);
    assert!(after.iter().all(|why| !why.contains("unanswered") && !why.contains("climbed")), "{after:?}");
}

#[test]
fn complaint_17_an_acknowledged_alert_wakes_people_months_later() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 60)]);
    let alert = stage.alert("TZ").id.clone();
    stage.answer(h(1), &alert, "li", AnswerKind::Told);
    stage.ticks(2..=160);
    assert_eq!(stage.live(), 0);
    let said = stage.mails.len();
    for day in 7..120 {
        stage.tick(h(day * 24));
    }
    assert_eq!(stage.mails.len(), said);
}

#[test]
fn complaint_18_nobody_sees_who_is_on_it() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 100)]);
    stage.ticks(1..=40);
    assert!(to(&stage, "chen").contains(&"climbed".to_owned()), "{:?}", whys(&stage.mails));
    let alert = stage.alert("TZ").id.clone();
    let answer = Answer {
        id: AnswerId::new("a"),
        alert,
        person: Some(PersonId::new("li")),
        kind: AnswerKind::Moving,
        note: Some("four trucks at six".to_owned()),
        at: h(41),
        outcome: None,
    };
    stage.turn(h(41), vec![Input::from(answer)]);
    stage.ticks(42..=48);
    let mail = stage.mails.iter().rev().find(|mail| mail.person.as_str() == "chen").expect("a mail");
    assert!(mail.text.contains("li") && mail.text.contains("four trucks at six"), "{}", mail.text);
}

#[test]
fn complaint_20_the_end_does_not_land_in_the_thread_of_the_beginning() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![warning("A1", 0, TAIZHOU, &[])]);
    stage.hear(h(8), vec![cancel("A2", 8, &["A1"])]);
    stage.ticks(9..=20);
    let [first, last] = &stage.mails[..] else { panic!("{:?}", whys(&stage.mails)) };
    assert_eq!((&last.subject, last.references.first()), (&first.subject, Some(&first.message_id)));
    assert_eq!(last.why, ["cancelled"]);
}
