//! One storm as several agencies tell it: one event, one alert a site, one thread; agencies side by side.

use super::stage::*;
use crate::domain::*;

/// The storm that JTWC calls `wp01`, as another agency tells it under its own key.
fn by(agency: &str, key: &str, issued: i64, to: (f64, f64), after_h: i32) -> Hazard {
    let mut hazard = storm("wp01", issued, to, after_h);
    hazard.id = HazardId::new(format!("{key}:{agency}"));
    hazard.event = key.to_owned();
    hazard.name = Some("SAUDEL".to_owned());
    if let Some(track) = &mut hazard.track {
        agency.clone_into(&mut track.agency);
    }
    hazard
}

fn agencies(alert: &Alert) -> Vec<&str> {
    alert.exposure.agencies.iter().map(|word| word.agency.as_str()).collect()
}

#[test]
fn four_agencies_are_one_event_and_one_alert_a_site() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![by("jma", "jma:TC2601", 0, TAIZHOU, 40)]);
    stage.hear(h(1), vec![by("jtwc", "wp012026", 0, TAIZHOU, 38)]);
    stage.hear(h(2), vec![by("cma", "nmc:33", 0, (28.0, 121.0), 38)]);
    stage.hear(h(3), vec![by("hko", "hko:2601", 0, (29.0, 122.0), 42)]);
    assert_eq!(stage.state.events.len(), 1, "{:?}", stage.state.events.keys());
    let alert = stage.alert("TZ");
    assert_eq!(agencies(alert), ["jtwc", "cma", "jma", "hko"], "the leading one first");
    assert_eq!(alert.exposure.hazard.as_str(), "wp012026:jtwc");
    let firsts = whys(&stage.mails).iter().filter(|why| why.contains("first-match")).count();
    assert_eq!(firsts, 1, "{:?}", whys(&stage.mails));
}

#[test]
fn agencies_that_disagree_lie_between_each_other() {
    let p = |hazards: &[Hazard]| {
        let mut stage = Stage::new();
        stage.hear(h(0), hazards.to_vec());
        stage.alert("TZ").exposure.clone()
    };
    let near = by("jtwc", "wp012026", 0, TAIZHOU, 40);
    let off = by("cma", "nmc:33", 0, (25.5, 119.0), 40);
    let (alone, both) = (p(std::slice::from_ref(&near)), p(&[near.clone(), off]));
    assert!(both.p_34kt() < alone.p_34kt(), "{} {}", both.p_34kt(), alone.p_34kt());
    let [jtwc, cma] = both.agencies.as_slice() else { panic!("{:?}", both.agencies) };
    assert!(jtwc.closest_km < cma.closest_km && jtwc.p_34kt > cma.p_34kt, "{jtwc:?} {cma:?}");
    assert!((f64::midpoint(jtwc.p_34kt, cma.p_34kt) - both.p_34kt()).abs() < 0.002);
    // Winds of one averaging period: agreement changes nothing.
    let agreed = p(&[near, by("cma", "nmc:33", 0, TAIZHOU, 40)]);
    assert!((agreed.p_34kt() - alone.p_34kt()).abs() < 0.02);
}

#[test]
fn an_agency_that_has_fallen_behind_does_not_lead() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![by("jtwc", "wp012026", 0, TAIZHOU, 40)]);
    for issued in [6, 12, 18, 24] {
        stage.hear(h(issued), vec![by("cma", "nmc:33", issued, TAIZHOU, 40 - i32::try_from(issued).unwrap())]);
    }
    assert_eq!(agencies(stage.alert("TZ")), ["cma"]);
}

#[test]
fn two_events_that_turn_out_to_be_one_go_on_in_one_thread() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![by("jtwc", "wp012026", 0, TAIZHOU, 40)]);
    // Nameless, and five degrees away: another storm, as far as anyone can tell.
    let mut other = by("gdacs", "gdacs:TC1", 0, (33.0, 126.5), 40);
    other.name = None;
    stage.hear(h(1), vec![other]);
    let told = stage.mails.len();
    let before = stage.live();
    stage.hear(h(6), vec![by("gdacs", "gdacs:TC1", 6, TAIZHOU, 34)]);
    let live: Vec<&Event> = stage.state.events.values().filter(|event| event.over.is_none()).collect();
    assert_eq!(live.len(), 1, "{live:?}");
    assert!(stage.live() <= before);
    assert!(stage.state.alerts.values().filter(|alert| alert.is_live()).all(|alert| alert.event == live[0].id));
    let later = whys(&stage.mails[told..]);
    assert!(later.iter().all(|why| !why.contains("danger-over") && !why.contains("merged")), "{later:?}");
}

#[test]
fn an_answer_to_the_alert_that_moved_counts() {
    let mut stage = Stage::new();
    let nameless = |issued, to, after_h| {
        let mut hazard = by("gdacs", "gdacs:TC1", issued, to, after_h);
        hazard.name = None;
        hazard
    };
    stage.hear(h(0), vec![nameless(0, TAIZHOU, 40)]);
    stage.hear(h(1), vec![by("jtwc", "wp012026", 0, (32.0, 125.0), 40)]);
    assert_eq!(stage.state.events.len(), 2);
    let of = |stage: &Stage, event: &str| {
        let is_it = |alert: &&Alert| alert.event.as_str() == event && alert.subject.id == "TZ";
        stage.state.alerts.values().find(is_it).cloned()
    };
    let first = of(&stage, "gdacs:TC1").expect("told by GDACS first");
    stage.hear(h(6), vec![by("jtwc", "wp012026", 6, TAIZHOU, 34)]);
    let alert = of(&stage, "gdacs:TC1").expect("the first event stays");
    assert!(alert.is_live());
    if let Some(moved) = of(&stage, "wp012026") {
        assert_eq!(moved.moved_to.as_ref(), Some(&alert.id));
        stage.answer(h(7), &moved.id, "li", AnswerKind::Moving);
    } else {
        stage.answer(h(7), &first.id, "li", AnswerKind::Moving);
    }
    assert_eq!(of(&stage, "gdacs:TC1").map(|alert| alert.state), Some(AlertState::Acting));
}

#[test]
fn one_event_that_turns_out_to_be_two_storms_goes_apart() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![by("jtwc", "wp012026", 0, TAIZHOU, 40)]);
    let mut near = by("gdacs", "gdacs:TC1", 0, (28.8, 121.9), 40);
    near.name = None;
    stage.hear(h(1), vec![near.clone()]);
    assert_eq!(stage.state.events.len(), 1);
    let mut away = by("gdacs", "gdacs:TC1", 6, HAIPHONG, 10);
    away.name = None;
    stage.hear(h(6), vec![away]);
    assert_eq!(stage.state.events.len(), 2, "{:?}", stage.state.events);
    assert!(stage.state.events.values().all(|event| event.hazards.len() == 1));
}
