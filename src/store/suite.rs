//! What every backend must do alike, and small records for the tests of this room.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::{KEY_BYTES_MAX, Records, Store, StoreError, Table, Write};
use crate::domain::{
    AlertId, Answer, AnswerId, AnswerKind, Certainty, DocumentHash, EventId, Hazard, HazardId, HazardKind, Level,
    Notice, NoticeId, PersonId, Severity, Timestamp, Urgency,
};

/// Opens the same records once more; whoever had them open before has been dropped.
pub(super) type Reopen = Box<dyn Fn() -> Box<dyn Store>>;

/// Runs every rule on a fresh store.
pub(super) fn run(fresh: &dyn Fn() -> Reopen) {
    for rule in [last_write_holds, order_is_of_bytes, tables_are_apart, refused_is_untouched] {
        rule(&*fresh()());
    }
    what_was_committed_is_there_after_reopening(&fresh());
    readers_see_whole_batches(&*fresh()());
    tables_are_read_as_at_one_moment(&*fresh()());
}

fn last_write_holds(store: &dyn Store) {
    let put = |n: i64| Write::put(Table::Events, "k", json!(n));
    let get = || store.get(Table::Events, "k").expect("get");
    assert_eq!(get(), None);
    store.commit(&[]).expect("an empty batch is no fault");
    store.commit(&[Write::delete(Table::Events, "k")]).expect("deleting nothing is no fault");
    store.commit(&[put(1), put(2)]).expect("commit");
    store.commit(&[put(2)]).expect("twice is as once");
    assert_eq!(get(), Some(json!(2)));
    store.commit(&[put(3), Write::delete(Table::Events, "k")]).expect("commit");
    assert_eq!(get(), None);
    store.commit(&[Write::delete(Table::Events, "k"), put(4)]).expect("commit");
    assert_eq!(get(), Some(json!(4)));
}

fn order_is_of_bytes(store: &dyn Store) {
    let mut keys = vec!["b", "a", "", "a/b", "a\u{0}", "ab", "雨", "Z", "~", "a.b"];
    let batch: Vec<Write> = keys.iter().map(|key| Write::put(Table::Alerts, *key, json!(key))).collect();
    store.commit(&batch).expect("commit");
    keys.sort_unstable();
    let scanned = store.scan(Table::Alerts).expect("scan");
    assert_eq!(scanned, keys.iter().map(|key| ((*key).to_owned(), json!(key))).collect::<Vec<_>>());
}

fn tables_are_apart(store: &dyn Store) {
    let batch: Vec<Write> = Table::ALL.iter().map(|table| Write::put(*table, "k", json!(table.name()))).collect();
    store.commit(&batch).expect("commit");
    for table in Table::ALL {
        assert_eq!(store.get(table, "k").expect("get"), Some(json!(table.name())));
        assert_eq!(store.scan(table).expect("scan").len(), 1);
        assert_eq!(Table::parse(table.name()), Some(table));
    }
}

fn refused_is_untouched(store: &dyn Store) {
    let long = Write::put(Table::Alerts, "k".repeat(KEY_BYTES_MAX + 1), json!(1));
    let error = store.commit(&[Write::put(Table::Alerts, "a", json!(1)), long]).expect_err("too long");
    assert!(matches!(error, StoreError::KeyTooLong { .. }), "{error}");
    assert_eq!(store.scan(Table::Alerts).expect("scan"), vec![]);
    store.commit(&[Write::put(Table::Alerts, "k".repeat(KEY_BYTES_MAX), json!(1))]).expect("just short enough");
}

fn what_was_committed_is_there_after_reopening(open: &Reopen) {
    let records: Vec<(String, Value)> =
        awkward().into_iter().enumerate().map(|(n, value)| (format!("{n:02}"), value)).collect();
    for round in 0..3 {
        let store = open();
        if round == 0 {
            let batch: Vec<Write> =
                records.iter().map(|(key, value)| Write::put(Table::Hazards, key, value.clone())).collect();
            store.commit(&batch).expect("commit");
        }
        assert_eq!(store.scan(Table::Hazards).expect("scan"), records);
        for (key, value) in &records {
            assert_eq!(store.get(Table::Hazards, key).expect("get").as_ref(), Some(value));
        }
    }
}

/// Values that a backend might bend: large, deep, odd, or like a backend's own marks.
fn awkward() -> Vec<Value> {
    let digits = DocumentHash::of(b"x").digits().to_owned();
    vec![
        json!(null),
        json!({}),
        json!(0.1 + 0.2),
        json!(u64::MAX),
        json!("\u{0}\u{2028}\r\n雨"),
        json!({ "blob": digits }),
        json!({ "blob": "../../etc/passwd" }),
        json!({ "blob": digits, "v": 1 }),
        json!({ "text": "x".repeat(3050) }),
        json!({ "text": "x".repeat(3060) }),
        json!({ "text": "雨".repeat(400_000) }),
        json!(vec![vec![121.42; 2]; 20_000]),
    ]
}

fn readers_see_whole_batches(store: &dyn Store) {
    const ROUNDS: u32 = 50;
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..ROUNDS {
                let batch: Vec<Write> =
                    (0..20).map(|key| Write::put(Table::Events, format!("{key:02}"), json!(n))).collect();
                store.commit(&batch).expect("commit");
            }
            is_over.store(true, Ordering::Release);
        });
        while !is_over.load(Ordering::Acquire) {
            let seen: Vec<Value> = store.scan(Table::Events).expect("scan").into_iter().map(|(_, n)| n).collect();
            assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "half a batch: {seen:?}");
            assert!(seen.is_empty() || seen.len() == 20);
        }
    });
}

/// What goes from one table to another in one batch is always in one of them, and never in both.
fn tables_are_read_as_at_one_moment(store: &dyn Store) {
    const ROUNDS: usize = 60;
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..ROUNDS {
                let key = format!("{n:02}");
                let queued =
                    [Write::put(Table::Outbox, &key, json!(n)), Write::put(Table::Meta, "count", json!(n + 1))];
                store.commit(&queued).expect("commit");
                let taken = [Write::delete(Table::Outbox, &key), Write::put(Table::Taken, &key, json!(n))];
                store.commit(&taken).expect("commit");
            }
            is_over.store(true, Ordering::Release);
        });
        let mut is_last = false;
        while !is_last {
            is_last = is_over.load(Ordering::Acquire);
            // In the order in which what was moved between two readings would be missed.
            let read = store.scan_all(&[Table::Meta, Table::Taken, Table::Outbox]).expect("scan");
            let mut found = read.into_iter().flatten().map(|(_, value)| value);
            let count = found.next().and_then(|count| count.as_u64()).unwrap_or_default();
            assert_eq!(found.collect::<Vec<_>>(), (0..count).map(|n| json!(n)).collect::<Vec<_>>(), "lost or doubled");
        }
        assert_eq!(store.scan_all(&[]).expect("scan"), Vec::<Records>::new());
        assert_eq!(store.scan_all(&[Table::Outbox, Table::Taken]).expect("scan").concat().len(), ROUNDS);
    });
}

/// A second of Unix time.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

/// A notice of that id.
pub(super) fn notice(id: &str) -> Notice {
    Notice {
        id: NoticeId::new(id),
        person: PersonId::new("li"),
        channel: "email".to_owned(),
        to_name: "李".to_owned(),
        to: "li@example.com".to_owned(),
        event: EventId::new("wp162004"),
        alerts: vec![AlertId::new("a1")],
        level: Level::Act,
        act_by: None,
        why: vec!["first-match".to_owned()],
        lang: "zh-CN".to_owned(),
        subject: "台风云娜".to_owned(),
        message_id: format!("<{id}@seawall>"),
        references: Vec::new(),
        text: "text".repeat(1000),
        html: "<p>html</p>".repeat(1000),
        list_unsubscribe: None,
        attachments: Vec::new(),
        queued_at: at(0),
        attempts: 0,
        next_try: None,
        last_fault: None,
    }
}

/// An answer of that id.
pub(super) fn answer(id: &str) -> Answer {
    Answer {
        id: AnswerId::new(id),
        alert: AlertId::new("a1"),
        person: Some(PersonId::new("li")),
        kind: AnswerKind::Told,
        note: None,
        at: at(3),
        outcome: None,
    }
}

/// A hazard of that id, with nothing in it.
pub(super) fn hazard(id: &str) -> Hazard {
    Hazard {
        name: Some("RANANIM".to_owned()),
        issued: Some(at(1)),
        severity: Severity::Extreme,
        urgency: Urgency::Immediate,
        certainty: Certainty::Observed,
        ..Hazard::new(
            HazardId::new(id),
            "jtwc",
            "atcf",
            &DocumentHash::of(b"one"),
            "wp162004",
            HazardKind::TropicalCyclone,
        )
    }
}
