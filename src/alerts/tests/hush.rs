//! Silences, and alerts under a graver one.

use std::collections::BTreeSet;

use super::super::{inhibited, silenced};
use super::fixture::{h, opened};
use crate::domain::NoSilence;
use crate::domain::{Alert, Covered, HazardKind, Level, PersonId, RuleId, Silence, SilenceId};
use crate::rules::Inhibition;

fn silence(covers: Covered) -> Silence {
    Silence {
        id: SilenceId::new("s"),
        covers,
        even_act: false,
        author: None,
        reason: "known".to_owned(),
        from: h(10),
        until: h(20),
    }
}

#[test]
fn a_silence_holds_what_it_covers_while_it_lasts() {
    let about_site = || Covered { subject: Some("TZ-01".to_owned()), ..Covered::default() };
    let check = |silence: Silence, level: Level, hour: i64, want: bool| {
        let alert = opened(level);
        let held = silenced(&alert, &PersonId::new("li"), [&silence].into_iter(), h(hour));
        assert_eq!(held.is_some(), want, "{silence:?} {level:?} at {hour}");
    };
    check(silence(about_site()), Level::Warn, 9, false);
    check(silence(about_site()), Level::Warn, 10, true);
    check(silence(about_site()), Level::Warn, 20, false);
    check(silence(about_site()), Level::Act, 15, false);
    check(Silence { even_act: true, ..silence(about_site()) }, Level::Act, 15, true);
    check(silence(Covered { subject: Some("WZ-01".to_owned()), ..Covered::default() }), Level::Warn, 15, false);
    check(silence(Covered { person: Some(PersonId::new("li")), ..about_site() }), Level::Watch, 15, true);
    check(silence(Covered { person: Some(PersonId::new("wu")), ..about_site() }), Level::Watch, 15, false);
    check(silence(Covered::default()), Level::Watch, 15, false);
}

#[test]
fn a_silence_says_what_why_and_how_long() {
    let check = |silence: Silence, want: Result<(), NoSilence>| assert_eq!(silence.check(), want);
    let some = || Covered { rule: Some(RuleId::new("r")), ..Covered::default() };
    check(silence(some()), Ok(()));
    check(silence(Covered::default()), Err(NoSilence::CoversNothing));
    check(Silence { reason: "  ".to_owned(), ..silence(some()) }, Err(NoSilence::NoReason));
    check(Silence { until: h(9), ..silence(some()) }, Err(NoSilence::Backwards { from: h(10), until: h(9) }));
    check(Silence { until: h(10), ..silence(some()) }, Ok(()));
    check(Silence { until: h(10 + 24 * 31), ..silence(some()) }, Err(NoSilence::TooLong));
}

#[test]
fn a_graver_alert_about_the_same_place_says_it_all() {
    let inhibition =
        Inhibition { rules: BTreeSet::from([RuleId::new("storm")]), kinds: BTreeSet::from([HazardKind::Wind]) };
    let gale = |level| {
        let mut gale = opened(level);
        (gale.rule, gale.exposure.kind) = (RuleId::new("gale"), HazardKind::Wind);
        gale
    };
    let storm = |level| opened(level);
    let check = |gale: Alert, storm: Alert, want: bool| {
        assert_eq!(inhibited(&gale, Some(&inhibition), [&storm].into_iter()).is_some(), want);
    };
    check(gale(Level::Watch), storm(Level::Act), true);
    check(gale(Level::Warn), storm(Level::Warn), true);
    check(gale(Level::Act), storm(Level::Warn), false);
    check(gale(Level::Watch), storm(Level::Watch), false);
    let mut flood = gale(Level::Watch);
    flood.exposure.kind = HazardKind::Flood;
    check(flood, storm(Level::Act), false);
    let mut elsewhere = storm(Level::Act);
    elsewhere.subject.id = "WZ-01".to_owned();
    check(gale(Level::Watch), elsewhere, false);
    assert!(inhibited(&gale(Level::Watch), None, [&storm(Level::Act)].into_iter()).is_none());
}
