use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

use super::super::orders::OrderDesk;
use super::*;
use crate::domain::{Language, LinkKey, Person, PersonId, Role, Span};
use crate::rules::RuleFiles;
use crate::store::{MemoryStore, Records, Table, Write};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

/// A clock that stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A store that fails from some point on, as sled does after a half-done write.
#[derive(Default)]
struct Failing {
    memory: MemoryStore,
    has_failed: AtomicBool,
}

impl Failing {
    fn check(&self) -> Result<(), StoreError> {
        if self.has_failed.load(Ordering::Acquire) {
            return Err(StoreError::Engine { doing: "go on after a write failed", detail: "no space left".to_owned() });
        }
        Ok(())
    }
}

impl Store for Failing {
    fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        self.check().and_then(|()| self.memory.commit(batch))
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Value>, StoreError> {
        self.check().and_then(|()| self.memory.get(table, key))
    }

    fn scan(&self, table: Table) -> Result<Records, StoreError> {
        self.check().and_then(|()| self.memory.scan(table))
    }

    fn scan_all(&self, tables: &[Table]) -> Result<Vec<Records>, StoreError> {
        self.check().and_then(|()| self.memory.scan_all(tables))
    }
}

fn keeper(store: Arc<dyn Store>) -> Keeper {
    let files = RuleFiles::shipped();
    Keeper {
        store,
        clock: Arc::new(Still(at(1_000_000))),
        portfolio: Current::new(Arc::new(Portfolio::default())),
        books: Books::checked(&files).expect("the shipped rules"),
        letterhead: Letterhead {
            sender_domain: "example.com".to_owned(),
            sender: None,
            base_url: None,
            link_key: LinkKey::new(vec![7; 32]),
            link_life: Span::from_hours(1),
            language: None,
            album: crate::pictures::Album::default(),
        },
        limits: ApprovalLimits::NONE,
        order_desk: OrderDesk::default(),
        state: Arc::default(),
        news: crate::web::News::default(),
        meters: crate::web::Meters::default(),
    }
}

fn feed(url: &str, ok_at: Option<i64>) -> FeedState {
    FeedState {
        feed: FeedId::new("f"),
        url: url.to_owned(),
        etag: None,
        last_modified: None,
        document: None,
        ok_at: ok_at.map(at),
        failures: 0,
        fault: None,
        ..FeedState::new(FeedId::new("f"), "")
    }
}

fn watch() -> FeedWatch {
    FeedWatch {
        feed: FeedId::new("f"),
        url: "index".to_owned(),
        agency: "jma".to_owned(),
        silence_after: Span::from_secs(100),
        issues_every: None,
        since: at(1_000_000),
    }
}

/// One operator.
fn operators() -> BTreeMap<PersonId, Person> {
    let desk = Person {
        id: PersonId::new("desk"),
        name: "Desk".to_owned(),
        email: "desk@example.com".to_owned(),
        role: Role::Operator,
        reports_to: None,
        language: Language::English,
        time_zone: "UTC".to_owned(),
        quiet: None,
        visit: None,
        digest: None,
        channels: Vec::new(),
        deputy: None,
        away: Vec::new(),
        dealer: None,
    };
    BTreeMap::from([(desk.id.clone(), desk)])
}

#[tokio::test]
async fn a_store_that_refuses_to_go_on_ends_the_keeper() {
    let store = Arc::new(Failing::default());
    let (handle, thread) = keeper(store.clone()).start(Vec::new()).expect("the keeper");
    handle.turn(Vec::new()).await.expect("a turn");
    store.has_failed.store(true, Ordering::Release);
    let error = handle.turn(vec![Input::Feed(Box::new(feed("index", None)))]).await.expect_err("no turn");
    assert!(error.to_string().contains("go on after a write failed"), "{error}");
    handle.ended().await;
    assert!(matches!(thread.join().expect("no panic"), Err(DaemonError::Store(_))));
    assert!(matches!(handle.turn(Vec::new()).await, Err(DaemonError::KeeperGone)));
}

#[tokio::test]
async fn an_operator_is_told_once_over_restarts() {
    let people = operators();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    for since in [999_000, 1_000_000, 999_000] {
        let portfolio = Current::new(Arc::new(Portfolio { people: people.clone(), ..Portfolio::default() }));
        let keeper = Keeper { portfolio, ..keeper(store.clone()) };
        let (handle, _thread) = keeper.start(vec![FeedWatch { since: at(since), ..watch() }]).expect("the keeper");
        for _ in 0..3 {
            handle.turn(Vec::new()).await.expect("a turn");
        }
        handle.stop().await;
        handle.ended().await;
        let mails = outbox::outbox(&*store).expect("the outbox");
        assert_eq!(mails.iter().map(|mail| mail.why.join(",")).collect::<Vec<_>>(), ["feed-silent"]);
        assert!(mails[0].text.contains("No good answer from Japan Meteorological Agency"), "{}", mails[0].text);
    }
}

/// Clocks that a test sets: the wall's, and the steady one.
struct Set(std::sync::Mutex<(i64, u64)>);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        at(self.0.lock().expect("nobody panics with it").0)
    }

    fn steady(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.0.lock().expect("nobody panics with it").1)
    }
}

#[tokio::test]
async fn a_clock_that_was_set_is_told_to_the_operator_and_makes_no_feed_silent() {
    let clock = Arc::new(Set(std::sync::Mutex::new((1_000_000, 0))));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let portfolio = Current::new(Arc::new(Portfolio { people: operators(), ..Portfolio::default() }));
    let keeper = Keeper { portfolio, clock: clock.clone(), ..keeper(store.clone()) };
    let (handle, _thread) = keeper.start(vec![watch()]).expect("the keeper");
    for (wall_s, steady_s, mails) in [(1_000_010, 10, 0), (1_086_410, 20, 1), (1_086_420, 30, 1), (1_000_050, 40, 1)] {
        *clock.0.lock().expect("nobody panics with it") = (wall_s, steady_s);
        handle.turn(Vec::new()).await.expect("a turn");
        let told = outbox::outbox(&*store).expect("the outbox");
        assert_eq!(told.len(), mails, "at {wall_s}");
        assert!(told.iter().all(|mail| mail.why == ["clock-jump"]));
    }
}

#[tokio::test]
async fn old_addresses_are_forgotten_in_the_store_and_in_memory() {
    let (handle, _thread) = keeper(Arc::new(MemoryStore::new())).start(vec![watch()]).expect("the keeper");
    let feeds = ["index", "a link"].map(|url| Input::Feed(Box::new(feed(url, Some(1)))));
    handle.turn(feeds.to_vec()).await.expect("a turn");
    let kept = handle.forget(at(500)).await.expect("forgotten");
    assert_eq!(kept.forgotten, 1);
    let left = handle.feed_states(&FeedId::new("f")).await.expect("feeds");
    assert_eq!(left.iter().map(|feed| feed.url.as_str()).collect::<Vec<_>>(), ["index"]);
}
