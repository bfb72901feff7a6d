//! A clock that was set: the operators hear of it, and nothing waits for what was written ahead of it.

use super::super::Input;
use super::stage::{Stage, TAIZHOU, h, storm, whys};
use crate::domain::*;

fn jump(stage: &mut Stage, expected: i64, shown: i64) -> Vec<String> {
    let jump = ClockJump { expected: h(expected), shown: h(shown) };
    whys(&stage.turn(h(shown), vec![Input::Jump(jump)]))
}

#[test]
fn operators_hear_of_it_once_an_hour_and_the_journal_each_time() {
    let mut stage = Stage::new();
    assert_eq!(jump(&mut stage, 0, 5), ["desk clock-jump"]);
    assert_eq!(jump(&mut stage, 5, 3), [""; 0], "to and fro");
    assert_eq!(jump(&mut stage, 5, 9), ["desk clock-jump"]);
    let told: Vec<_> =
        stage.lines.iter().filter(|line| line.what == "clock").map(|line| &line.fields["by_s"]).collect();
    assert_eq!(told, [18_000, -7_200, 14_400]);
}

#[test]
fn reminders_do_not_wait_for_the_clock_to_be_there_again() {
    let mut stage = Stage::new();
    let told = stage.hear(h(20), vec![storm("wp01", 0, TAIZHOU, 72)]);
    assert_eq!(told.len(), 1);
    jump(&mut stage, 20, 0);
    let thread = &stage.state.threads[&(PersonId::new("li"), told[0].event.clone())];
    assert_eq!(thread.last_at, h(0));
    assert_eq!(stage.state.mailboxes[&PersonId::new("li")].sent, [h(0)]);
    let mails = stage.ticks(1..=13);
    assert!(whys(&mails).iter().any(|why| why.starts_with("li") && why.contains("unanswered")), "{:?}", whys(&mails));
}
