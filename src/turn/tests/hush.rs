//! Silences, and a warning under a graver alert: held, never lost.

use super::super::Input;
use super::stage::*;
use crate::domain::*;

fn silence(id: &str, covers: Covered, from: i64, until: i64) -> Silence {
    let reason = "the dealer is on the telephone".to_owned();
    Silence { id: SilenceId::new(id), covers, even_act: false, author: None, reason, from: h(from), until: h(until) }
}

fn hush(silence: Silence, at: i64) -> Input {
    Input::from(Hush { id: AnswerId::new(format!("{} {at}", silence.id)), silence, at: h(at) })
}

fn about(subject: &str) -> Covered {
    Covered { subject: Some(subject.to_owned()), ..Covered::default() }
}

#[test]
fn what_a_silence_held_is_told_when_it_ends() {
    let mut stage = Stage::new();
    stage.turn(h(0), vec![hush(silence("s", about("TZ"), 0, 6), 0)]);
    stage.hear(h(1), vec![warning("a", 1, TAIZHOU, &[])]);
    assert!(stage.ticks(2..=5).is_empty() && stage.mails.is_empty(), "{:?}", whys(&stage.mails));
    assert_eq!(whys(&stage.ticks(6..=8)), ["li first-match"]);
}

#[test]
fn a_silence_ended_early_is_over_at_once() {
    let mut stage = Stage::new();
    stage.turn(h(0), vec![hush(silence("s", about("TZ"), 0, 48), 0)]);
    stage.hear(h(1), vec![warning("a", 1, TAIZHOU, &[])]);
    assert!(stage.mails.is_empty());
    let mails = stage.turn(h(2), vec![hush(silence("s", about("TZ"), 0, 2), 2)]);
    assert_eq!(whys(&mails), ["li first-match"]);
}

#[test]
fn level_act_breaks_a_silence_that_was_not_meant_for_it() {
    for (even_act, want) in [(false, &["li first-match"][..]), (true, &[])] {
        let mut stage = Stage::new();
        stage.turn(h(0), vec![hush(Silence { even_act, ..silence("s", about("TZ"), 0, 48) }, 0)]);
        let mut extreme = warning("a", 1, TAIZHOU, &[]);
        extreme.severity = Severity::Extreme;
        assert_eq!(whys(&stage.hear(h(1), vec![extreme])), want);
    }
}

#[test]
fn a_silence_for_everything_is_refused_and_noted() {
    let mut stage = Stage::new();
    stage.turn(h(0), vec![hush(silence("s", Covered::default(), 0, 6), 0)]);
    assert!(stage.state.silences.is_empty());
    let noted = stage.lines.iter().find(|line| line.what == "silence").expect("noted");
    assert!(noted.fields["refused"].as_str().is_some_and(|why| why.contains("what it covers")), "{noted:?}");
}

#[test]
fn a_gale_warning_hides_under_the_storm_that_brings_it() {
    let gale = |sent: i64| {
        let mut gale = warning("gale", sent, TAIZHOU, &[]);
        gale.kind = HazardKind::Wind;
        gale
    };
    let mut alone = Stage::new();
    assert_eq!(whys(&alone.hear(h(0), vec![gale(0)])), ["li first-match"]);
    let mut under = Stage::new();
    under.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 40)]);
    assert!(under.alert("TZ").level >= Level::Warn, "{:?}", under.alert("TZ").level);
    assert!(under.hear(h(1), vec![gale(1)]).is_empty());
    // A flood is another matter.
    assert_eq!(whys(&under.hear(h(2), vec![warning("flood", 2, TAIZHOU, &[])])), ["li first-match"]);
}
