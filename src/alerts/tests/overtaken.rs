//! Notices that a newer one has overtaken.

use super::super::overtaken_by;
use super::fixture::h;
use crate::domain::{AlertId, EventId, Level, Notice, NoticeId, PersonId, Span};

fn notice(id: &str, alerts: &[&str], queued_min: i64) -> Notice {
    Notice {
        id: NoticeId::new(id),
        person: PersonId::new("li"),
        channel: "email".to_owned(),
        to_name: String::new(),
        to: "li@example.com".to_owned(),
        event: EventId::new("wp01"),
        alerts: alerts.iter().map(AlertId::new).collect(),
        level: Level::Warn,
        act_by: None,
        why: Vec::new(),
        lang: "en".to_owned(),
        subject: String::new(),
        message_id: String::new(),
        references: Vec::new(),
        text: String::new(),
        html: String::new(),
        list_unsubscribe: None,
        attachments: Vec::new(),
        queued_at: h(0) + Span::from_mins(queued_min),
        attempts: 0,
        next_try: None,
        last_fault: None,
    }
}

#[test]
fn a_late_notice_gives_way_to_one_that_says_it_all() {
    let check = |old: &Notice, newer: &Notice, now_min: i64, want: bool| {
        let by = overtaken_by(old, [newer].into_iter(), h(0) + Span::from_mins(now_min));
        assert_eq!(by.is_some(), want, "{:?} {:?} at {now_min}", old.alerts, newer.alerts);
    };
    let old = notice("old", &["a", "b"], 0);
    check(&old, &notice("new", &["b", "a", "c"], 20), 30, true);
    check(&old, &notice("new", &["b", "a", "c"], 20), 29, false);
    // An all-clear of `b` is in the old one alone.
    check(&old, &notice("new", &["a"], 20), 300, false);
    check(&old, &Notice { event: EventId::new("wp02"), ..notice("new", &["a", "b"], 20) }, 300, false);
    check(&old, &Notice { channel: "wecom".to_owned(), ..notice("new", &["a", "b"], 20) }, 300, false);
    check(&notice("old", &[], 0), &notice("new", &["a"], 20), 300, false);
}
