//! The pace of a person's mails, whatever they are about.

use std::collections::BTreeSet;

use super::super::{Way, can_wait, digest_is_due, way};
use super::fixture::{h, person};
use crate::domain::{DigestWish, Level, Mailbox, PersonId, Reason, Role, Span, UnsubscribeFrom};

#[test]
fn beyond_six_an_hour_mails_go_together_and_none_is_dropped() {
    let check = |sent_min_ago: &[i64], ready: usize, is_urgent: bool, want: Way| {
        let sent = sent_min_ago.iter().map(|ago| h(10) - Span::from_mins(*ago)).collect();
        let mailbox = Mailbox { person: PersonId::new("li"), sent, stopped: BTreeSet::new(), digest_day: None };
        assert_eq!(way(Some(&mailbox), ready, is_urgent, h(10)), want, "{sent_min_ago:?} and {ready}");
    };
    check(&[], 6, false, Way::Each);
    check(&[], 7, false, Way::Together);
    check(&[50, 40, 30, 20, 10], 1, false, Way::Each);
    check(&[50, 40, 30, 20, 10], 2, false, Way::Together);
    check(&[50, 40, 30, 20, 15, 12], 1, false, Way::NotYet);
    check(&[50, 40, 30, 20, 15, 12], 1, true, Way::Together);
    check(&[50, 40, 30, 20, 15, 9], 1, true, Way::NotYet);
    check(&[60, 40, 30, 20, 15, 9], 1, false, Way::Each);
    assert_eq!(way(None, 1, false, h(10)), Way::Each);
}

#[test]
fn what_is_small_waits_for_the_digest() {
    let refused = Reason::DealerRefused;
    for (level, reason, want) in [
        (Level::Watch, Reason::FirstMatch, true),
        (Level::Watch, Reason::DangerOver, true),
        (Level::Warn, Reason::FirstMatch, false),
        (Level::Warn, Reason::DangerOver, false),
        (Level::Act, Reason::Answered { kind: "done".to_owned() }, true),
        (Level::Watch, refused, false),
    ] {
        assert_eq!(can_wait(level, &reason), want, "{level:?} {reason:?}");
    }
}

#[test]
fn a_digest_comes_once_a_day_at_the_persons_own_hour() {
    let mut li = person("li", Role::AccountManager, None);
    assert!(!digest_is_due(&li, None, h(0)), "who wants none gets none");
    li.digest = Some(DigestWish { at: "07:30".parse().expect("a time"), even_when_quiet: false });
    let check = |last: Option<&str>, now: &str, want: bool| {
        let digest_day = last.map(|day| day.parse().expect("a day"));
        let mailbox = Mailbox { person: li.id.clone(), sent: Vec::new(), stopped: BTreeSet::new(), digest_day };
        assert_eq!(digest_is_due(&li, Some(&mailbox), now.parse().expect("a time")), want, "{last:?} at {now}");
    };
    // 07:30 in Shanghai is 23:30 UTC of the day before.
    check(None, "2004-08-09T23:29:00Z", false);
    check(None, "2004-08-09T23:30:00Z", true);
    check(Some("2004-08-09"), "2004-08-09T23:29:00Z", false);
    check(Some("2004-08-09"), "2004-08-09T23:30:00Z", true);
    check(Some("2004-08-10"), "2004-08-10T10:00:00Z", false);
    let stopped = BTreeSet::from([UnsubscribeFrom::Digest]);
    let mailbox = Mailbox { stopped, ..Mailbox::new(li.id.clone()) };
    assert!(!digest_is_due(&li, Some(&mailbox), "2004-08-09T23:30:00Z".parse().expect("a time")), "who stopped it");
}
