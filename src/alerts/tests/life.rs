//! How an alert changes.

use super::super::{Situation, Step, alert_id, answer, open, step};
use super::fixture::*;
use crate::domain::*;

/// Feeds bulletins (hour of issue; level, or nothing matched) and gives state, level and reason after each.
fn check(from: Level, bulletins: &[(i64, Option<Level>)], want: &[(AlertState, Level, &str)]) {
    let mut alert = opened(from);
    let mut got = Vec::new();
    for (issued, level) in bulletins {
        let Step { alert: after, why, .. } = match level {
            Some(level) => bulletin(&alert, *issued, *level),
            None => nothing(&alert, Some(*issued), *issued),
        };
        got.push((after.state, after.level, why.key()));
        alert = after;
    }
    assert_eq!(got, want);
}

#[test]
fn it_opens_with_its_reason() {
    let alert = opened(Level::Warn);
    assert_eq!(alert.id, alert_id(&RuleId::new("storm"), &EventId::new("wp162004"), &subject()));
    assert_eq!((alert.state, alert.level, alert.opened_at), (AlertState::Open, Level::Warn, h(0)));
    assert_eq!(alert.counted, Some(h(0)));
    assert!(alert.told.is_empty());
    assert_eq!(alert.history.iter().map(|t| t.reason.key()).collect::<Vec<_>>(), ["first-match"]);
}

#[test]
fn a_level_rises_at_once() {
    use AlertState::Open;
    check(Level::Watch, &[(6, Some(Level::Act))], &[(Open, Level::Act, "level-rose")]);
    check(
        Level::Watch,
        &[(6, Some(Level::Watch)), (12, Some(Level::Warn)), (18, Some(Level::Act))],
        &[(Open, Level::Watch, "already-told"), (Open, Level::Warn, "level-rose"), (Open, Level::Act, "level-rose")],
    );
}

#[test]
fn a_level_falls_only_after_twice_as_many_newer_bulletins_as_would_clear() {
    use AlertState::Open;
    let same = (Open, Level::Act, "already-told");
    let low = |hour| (hour, Some(Level::Watch));
    let fell = (Open, Level::Watch, "level-fell");
    check(Level::Act, &[low(6), low(12), low(18), low(24)], &[same, same, same, fell]);
    // The same bulletin, or an older one, is not counted twice.
    check(Level::Act, &[low(6), low(6), low(6), low(3), low(6)], &[same; 5]);
    // One at the old level between, and it is counted anew.
    let high = (18, Some(Level::Act));
    check(Level::Act, &[low(6), low(12), high, low(24), low(30), low(36)], &[same; 6]);
}

#[test]
fn it_clears_only_by_newer_bulletins() {
    use AlertState::{Cleared, Open};
    let same = (Open, Level::Warn, "already-told");
    check(Level::Warn, &[(6, None), (12, None)], &[same, (Cleared, Level::Warn, "danger-over")]);
    check(Level::Warn, &[(6, None), (6, None), (3, None), (0, None)], &[same; 4]);
    check(Level::Warn, &[(6, None), (12, Some(Level::Warn)), (18, None)], &[same; 3]);
    check(Level::Warn, &[(6, Some(Level::Watch)), (12, None)], &[same, (Cleared, Level::Warn, "danger-over")]);
}

#[test]
fn half_a_bulletin_does_not_count_once_the_whole_of_it_matched() {
    use AlertState::Open;
    let same = (Open, Level::Warn, "already-told");
    check(Level::Warn, &[(6, None), (6, Some(Level::Warn)), (12, None), (12, Some(Level::Warn))], &[same; 4]);
}

#[test]
fn neither_time_nor_silence_clears() {
    let mut alert = opened(Level::Warn);
    for hour in 0..500 {
        let after = nothing(&alert, None, hour);
        assert!(!after.changed);
        let aged = Exposure { at: h(hour), ..exposure(Some(0)) };
        let (advice, ladder) = (advice(Some(50)), ladder());
        let situation = Situation::Matched { level: Level::Watch, exposure: &aged, advice: &advice };
        let aged = step(&after.alert, &situation, &ladder, h(hour));
        assert!(!aged.changed, "a tick changes no record");
        alert = aged.alert;
    }
    assert_eq!((alert.state, alert.level, alert.lower_in_a_row), (AlertState::Open, Level::Warn, 0));
}

#[test]
fn over_is_over_with_its_reason() {
    for reason in [Reason::Cancelled, Reason::Expired] {
        let over = Situation::Over(reason.clone());
        let first = step(&opened(Level::Act), &over, &ladder(), h(9));
        assert_eq!((first.alert.state, first.changed, &first.why), (AlertState::Cleared, true, &reason));
        let again = step(&first.alert, &over, &ladder(), h(10));
        assert!(!again.changed && again.alert == first.alert);
    }
}

#[test]
fn a_cleared_alert_opens_again_only_at_warn_or_above() {
    let clear = step(&opened(Level::Act), &Situation::Over(Reason::Expired), &ladder(), h(9)).alert;
    let quiet = bulletin(&clear, 12, Level::Watch);
    assert!(!quiet.changed && quiet.alert == clear);
    for level in [Level::Warn, Level::Act] {
        let Step { alert, why, .. } = bulletin(&clear, 12, level);
        assert_eq!((alert.state, alert.level, why.key()), (AlertState::Open, level, "first-match"));
    }
}

#[test]
fn an_answer_is_kept_with_who_and_why() {
    use AnswerKind::{Done, Moving, Refused, Told};
    for (kind, state) in [
        (Told, AlertState::Acknowledged),
        (Moving, AlertState::Acting),
        (Refused, AlertState::Refused),
        (Done, AlertState::Done),
    ] {
        let mut before = told(Level::Warn);
        told_too(&mut before, "li", &Reason::LevelRose, 12);
        assert_eq!(before.told[&PersonId::new("li")].reminders, 1);
        let after = answered(&before, Some("li"), kind, 13);
        let li = &after.told[&PersonId::new("li")];
        assert_eq!((after.state, li.state, li.reminders), (state, state, 0));
        let last = after.history.last().expect("kept");
        assert_eq!((last.by.as_ref().map(PersonId::as_str), last.at), (Some("li"), h(13)));
        assert_eq!(last.reason, Reason::Answered { kind: kind.as_str().to_owned() });
    }
}

#[test]
fn an_answer_to_a_cleared_alert_changes_nothing() {
    let clear = step(&told(Level::Act), &Situation::Over(Reason::Expired), &ladder(), h(9)).alert;
    let id = AnswerId::new("late");
    let (alert, kind) = (clear.id.clone(), AnswerKind::Refused);
    let late = Answer { id, alert, person: None, kind, note: None, at: h(10), outcome: None };
    let after = answer(&clear, &late);
    assert!(!after.changed && after.alert == clear);
}

#[test]
fn an_answer_outlives_bulletins() {
    let done = answered(&told(Level::Warn), Some("li"), AnswerKind::Done, 2);
    let risen = bulletin(&done, 6, Level::Act).alert;
    assert_eq!((risen.state, risen.level), (AlertState::Done, Level::Act));
}

#[test]
fn the_history_is_bounded_and_keeps_the_newest() {
    let mut alert = told(Level::Warn);
    for hour in 1..200 {
        alert = answered(&alert, Some("li"), AnswerKind::Told, hour);
    }
    assert!(alert.history.len() <= 40, "{}", alert.history.len());
    assert_eq!(alert.history.last().map(|last| last.at), Some(h(199)));
}

#[test]
fn a_bulletin_without_a_time_matches_and_never_clears() {
    let mut alert = open(&RuleId::new("storm"), Level::Warn, &exposure(None), &advice(None), h(0));
    for hour in 1..9 {
        alert = nothing(&alert, None, hour).alert;
    }
    assert!(alert.is_live());
}
