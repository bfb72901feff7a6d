//! Storms with a track: one thread a person and storm, nothing twice, nothing out of turn.

use super::stage::*;
use crate::domain::*;

#[test]
fn several_sites_are_one_mail_a_person() {
    let mut stage = Stage::new();
    add_lane(&mut stage.portfolio);
    let mails = stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 36)]);
    let to: Vec<&str> = mails.iter().map(|mail| mail.person.as_str()).collect();
    assert_eq!(to, ["li", "sun"], "{:?}", whys(&mails));
    let names = |mail: &Notice, site: &str| mail.alerts.iter().any(|alert| alert.as_str().contains(site));
    for subject in [".TZ.", ".WZ.", ".L."] {
        assert!(names(&mails[0], subject), "{:?}", mails[0].alerts);
    }
    assert_eq!(mails[1].alerts.len(), 1);
    assert!(stage.state.alerts.values().all(|alert| alert.subject.id != "HP"), "too far away");
}

#[test]
fn the_same_bulletin_says_nothing_new() {
    let mut stage = Stage::new();
    let first = document(h(0), "bytes", vec![storm("wp01", 0, TAIZHOU, 60)]);
    assert_eq!(stage.turn(h(0), vec![first.clone()]).len(), 1);
    let state = stage.state.clone();
    for now in [h(0), h(1)] {
        let again = stage.turned(now, vec![first.clone()]).changes;
        assert!(again.bulletins.is_empty() && again.notices.is_empty() && again.timeline.is_empty(), "{again:?}");
    }
    // The same words in other bytes: the document is new, the news is not.
    assert!(stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 60)]).is_empty());
    assert_eq!(stage.state.alerts, state.alerts);
    let words = |state: &State| state.hazards.values().map(|hazard| hazard.bulletin.clone()).collect::<Vec<_>>();
    assert_eq!(words(&stage.state), words(&state), "the first document to say so is kept");
}

#[test]
fn an_older_forecast_after_a_newer_changes_nothing() {
    let mut stage = Stage::new();
    stage.hear(h(6), vec![storm("wp01", 6, TAIZHOU, 54)]);
    let before = stage.state.clone();
    assert!(stage.hear(h(6), vec![storm("wp01", 0, HAIPHONG, 24)]).is_empty());
    assert_eq!((&stage.state.alerts, &stage.state.hazards), (&before.alerts, &before.hazards));
    assert_eq!(stage.state.events, before.events);
}

#[test]
fn two_storms_are_two_threads() {
    let mut stage = Stage::new();
    let both = vec![storm("wp01", 0, TAIZHOU, 40), storm("wp02", 0, WENZHOU, 70)];
    let mails = stage.hear(h(0), both);
    assert_eq!(mails.len(), 2);
    stage.hear(h(6), vec![storm("wp01", 6, TAIZHOU, 30)]);
    stage.ticks(7..=20);
    for mail in &stage.mails {
        assert!(mail.alerts.iter().all(|alert| alert.as_str().starts_with(mail.event.as_str())), "{:?}", mail.alerts);
        let thread = &stage.state.threads[&(mail.person.clone(), mail.event.clone())];
        assert_eq!(mail.subject, thread.subject);
        let others = stage.mails.iter().filter(|other| other.event != mail.event);
        assert!(others.into_iter().all(|other| !mail.references.contains(&other.message_id)));
    }
    let li: Vec<_> = stage.mails.iter().filter(|mail| mail.person.as_str() == "li").collect();
    let subjects: std::collections::BTreeSet<_> = li.iter().map(|mail| &mail.subject).collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
}

#[test]
fn a_bulletin_of_one_storm_matches_no_other_again() {
    let told = |is_indexed: fn(&SiteId) -> bool| {
        let mut stage = Stage::new();
        stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 60), storm("wp02", 0, HAIPHONG, 60)]);
        assert!(stage.alert("TZ").is_live() && stage.alert("HP").is_live());
        let mut indexed = stage.portfolio.clone();
        indexed.sites.retain(|id, _| is_indexed(id));
        stage.indexed = Some(indexed);
        stage.hear(h(6), vec![storm("wp02", 6, HAIPHONG, 54)]);
        stage.ticks(7..=12);
        (stage.state.alerts, stage.mails)
    };
    // Were the first storm matched again, an index that knows none of its sites would find nobody in danger.
    assert_eq!(told(|id| id.as_str() == "HP"), told(|_| true));
}

#[test]
fn a_storm_that_turns_away_is_all_clear_after_two_newer_bulletins() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 60)]);
    let away = |issued| vec![storm("wp01", issued, (15.0, 160.0), 60)];
    stage.hear(h(6), away(6));
    stage.ticks(7..=11);
    assert!(stage.alert("TZ").is_live(), "one bulletin is not believed");
    stage.hear(h(12), away(12));
    assert_eq!(stage.alert("TZ").state, AlertState::Cleared);
    stage.ticks(12..=99);
    let told_end = whys(&stage.mails).iter().filter(|why| *why == "li danger-over").count();
    assert_eq!(told_end, 1, "{:?}", whys(&stage.mails));
}

#[test]
fn silence_of_the_agency_is_not_the_end_of_the_storm() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 60)]);
    stage.ticks(1..=119);
    assert!(stage.alert("TZ").is_live());
    // A day after the last fix there is no word left that it goes on.
    stage.ticks(120..=140);
    assert_eq!(stage.alert("TZ").state, AlertState::Cleared);
    assert_eq!(whys(&stage.mails).iter().filter(|why| *why == "li expired").count(), 1);
}

#[test]
fn the_night_holds_what_can_wait_and_not_what_cannot() {
    let night = QuietHours { from: "22:00".parse().expect("a time"), to: "07:00".parse().expect("a time") };
    // 02:00 in Shanghai; the morning comes at hour 20.
    for (after_h, level, held) in [(84, Level::Warn, true), (20, Level::Act, false)] {
        let mut stage = Stage::new();
        if let Some(li) = stage.portfolio.people.get_mut(&PersonId::new("li")) {
            li.quiet = Some(night);
        }
        let mails = stage.hear(h(15), vec![storm("wp01", 15, TAIZHOU, after_h)]);
        assert_eq!(stage.alert("TZ").level, level);
        assert_eq!(mails.is_empty(), held);
        if held {
            assert!(stage.ticks(16..=19).is_empty(), "still night");
            assert_eq!(whys(&stage.tick(h(20))), ["li first-match"]);
        }
    }
}

#[test]
fn a_rule_that_is_gone_still_has_its_alerts_cleared_and_told() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 60)]);
    assert!(stage.alert("TZ").is_live());
    stage.rules = Some(rules_without("storm-at-warehouse"));
    assert!(stage.ticks(1..=60).is_empty(), "nothing is asked on behalf of a rule that is gone");
    stage.ticks(61..=140);
    assert_eq!(stage.live(), 0);
    assert!(whys(&stage.mails).iter().any(|why| why.contains("expired")), "{:?}", whys(&stage.mails));
}

#[test]
fn message_ids_are_never_used_twice() {
    let mut stage = Stage::new();
    for issued in (0..60).step_by(6) {
        let left = i32::try_from(60 - issued).expect("small");
        stage.hear(h(issued), vec![storm("wp01", issued, TAIZHOU, left)]);
        stage.ticks(issued + 1..=issued + 5);
    }
    let ids: std::collections::BTreeSet<_> = stage.mails.iter().map(|mail| &mail.message_id).collect();
    assert_eq!(ids.len(), stage.mails.len());
    for pair in stage.mails.iter().filter(|mail| mail.person.as_str() == "li").collect::<Vec<_>>().windows(2) {
        assert_eq!(pair[1].references.last(), Some(&pair[0].message_id), "each answers the one before");
    }
}
