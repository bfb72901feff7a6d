//! How soon a mail may follow the last of its thread.

use super::super::{SoFar, not_before};
use super::fixture::*;
use crate::domain::*;

/// The last mail went out at hour 10, it is hour 10 still; the next may go at this one.
fn check(level: Level, reason: &Reason, act_by: Option<i64>, want: i64) {
    let alert = Alert { level, advice: advice(act_by), ..told(level) };
    let got = not_before(&alert, reason, SoFar::Open(h(10)), h(10));
    assert_eq!(got, h(want), "{level:?} {reason:?}");
    assert_eq!(not_before(&alert, reason, SoFar::Nothing, h(10)), h(10), "the first waits for nothing");
}

#[test]
fn what_is_urgent_waits_less() {
    let unanswered = Reason::Unanswered { since: h(0), reminder: 1 };
    let told = Reason::Answered { kind: "told".to_owned() };
    for (level, want) in [(Level::Watch, 22), (Level::Warn, 16)] {
        check(level, &Reason::FirstMatch, Some(50), want);
        check(level, &Reason::LevelRose, Some(50), want);
        check(level, &unanswered, Some(50), want);
        check(level, &told, Some(50), want);
        check(level, &Reason::Expired, Some(50), want);
    }
    check(Level::Act, &Reason::FirstMatch, Some(50), 11);
    check(Level::Act, &Reason::LevelRose, Some(50), 11);
    check(Level::Act, &Reason::ActByMoved { by_s: -9999 }, Some(50), 11);
    check(Level::Act, &unanswered, Some(50), 16);
    check(Level::Act, &unanswered, Some(22), 13);
    check(Level::Act, &told, Some(50), 16);
    check(Level::Warn, &Reason::Cancelled, Some(50), 11);
    check(Level::Warn, &Reason::DealerRefused, Some(50), 11);
    check(Level::Act, &Reason::Climbed { from: PersonId::new("li") }, Some(50), 11);
    check(Level::Warn, &Reason::Climbed { from: PersonId::new("li") }, Some(50), 16);
}

#[test]
fn in_the_last_hours_nothing_urgent_waits() {
    let unanswered = Reason::Unanswered { since: h(0), reminder: 1 };
    check(Level::Act, &unanswered, Some(14), 10);
    check(Level::Act, &Reason::FirstMatch, Some(10), 10);
    check(Level::Act, &unanswered, Some(15), 13);
    check(Level::Act, &unanswered, Some(9), 16);
    check(Level::Warn, &unanswered, Some(14), 16);
}

#[test]
fn an_all_clear_of_one_place_waits_while_others_are_in_danger() {
    let clear = Alert { state: AlertState::Cleared, ..told(Level::Warn) };
    for (thread, want) in [(SoFar::Open(h(10)), 22), (SoFar::Over(h(10)), 16)] {
        assert_eq!(not_before(&clear, &Reason::DangerOver, thread, h(10)), h(want), "{thread:?}");
    }
}
