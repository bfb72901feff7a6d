//! Owns the clock, polling, turns, delivery and signals.
//!
//! In: a configuration, a portfolio, rules and texts. Out: a running Seawall.
//! Never: holds a rule of the trade.
//!
//! One keeper thread owns the state and makes every turn; pollers bring it documents, the post takes
//! notices out of the outbox, the web puts answers into the inbox. A document's ETag is committed in the
//! same transaction as what it said, so that a crash in between asks for it again.

mod anew;
mod backup;
mod books;
mod check;
mod clock;
mod errand;
mod error;
mod heartbeat;
mod herald;
mod hosts;
mod jump;
mod keeper;
mod link_key;
mod noticed;
mod orders;
mod poll;
mod post;
mod renew;
mod replay;
mod restore;
mod routes;
mod spool;
mod status;
mod sweep;
mod tended;
mod trial;
mod undelivered;
mod visit;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

pub use anew::{End, Reread};
pub use backup::{BackedUp, BackupError, moment, write};
pub use books::{Books, place};
pub use check::{Checked, Verdict, check};
pub use clock::SystemClock;
pub use errand::{Errand, Progress, SentErrand};
pub use error::DaemonError;
pub use link_key::new_link_key;
pub use renew::put_portfolio;
pub use replay::{Archive, RecordedAnswer, Replayed, replay, replay_watched};
pub use restore::{RestoreError, Restored, restore};
pub use routes::unknown_channels;
pub use spool::{LedgerFacts, Question, SpoolReply, refused, spool_answer, spool_question};
pub use status::{AlertStatus, FeedStatus, GivenUp, OutboxRow, Status, outbox_rows, status};
pub use trial::{Tried, try_channels};

use crate::config::{Config, FeedConfig};
use crate::domain::{Clock, Current, FeedWatch, Language, LinkKey, Portfolio, Position, Span, State, Timestamp};
use crate::ledger::ledger;
use crate::notices::Pages;
use crate::notifiers::Http;
use crate::pictures::Album;
use crate::rules::RuleFiles;
use crate::sources::fetch::{FetchSettings, Fetcher};
use crate::store::{Documents, SledStore, Store};
use crate::turn::Letterhead;
use crate::web::{self, Door, LedgerOf, Messenger, Meters, News, Oidc, PageWords, Users, Web};
use heartbeat::Pulse;
use herald::Herald;
use keeper::{Keeper, KeeperHandle, Outcome, Renewed};
use orders::OrderDesk;
use poll::Poller;
use routes::{Routes, routes, sender_domain};
use tended::tended;

/// How long a link in a mail is good.
const LINK_LIFE: Span = Span::from_hours(30 * 24);

/// All that a running Seawall stands on, read and checked.
pub struct House {
    /// The configuration.
    pub config: Config,
    /// What can be hit, and who must know.
    pub portfolio: Portfolio,
    /// Rules, playbooks and words.
    pub books: Books,
    /// What [`crate::config::portfolio_stamp`] said before the portfolio was read.
    pub portfolio_stamp: String,
    /// Reads the configuration again when it may have changed.
    pub reread: Reread,
}

/// What the tasks share.
struct Shared {
    config: Config,
    clock: Arc<dyn Clock>,
    store: Arc<dyn Store>,
    documents: Documents,
    /// As the newest turn had it.
    portfolio: Current<Portfolio>,
    keeper: KeeperHandle,
    /// Held while a portfolio takes another's place: one at a time. The rules' files as they were last read.
    renewing: tokio::sync::Mutex<RuleFiles>,
    /// What stands for the portfolio's files as they were read at the start.
    portfolio_stamp: String,
    /// Reads the configuration again.
    reread: Reread,
    /// Rung when another configuration is to hold.
    start_anew: Notify,
    /// What signs links.
    link_key: LinkKey,
    /// Rung when the outbox may have something.
    post: Notify,
    /// Some notice was given up and the operators have not all been told; so at a start, too, until they have.
    has_dead_letters: AtomicBool,
    /// Who lives.
    pulse: Pulse,
    /// A storm is near: feeds are asked more often.
    storm_near: AtomicBool,
    /// Set when everything has begun.
    ready: AtomicBool,
}

/// Runs until SIGTERM or Ctrl-C, or until SIGHUP brings another configuration; then finishes what it has begun.
pub async fn run(house: House) -> Result<End, DaemonError> {
    let House { config, portfolio, books, portfolio_stamp, reread } = house;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let disk = Arc::new(SledStore::open(&config.data_dir.join("store"))?);
    let store: Arc<dyn Store> = disk.clone();
    let documents = Documents::open(&config.data_dir.join("documents"))?;
    let link_key = link_key::link_key(&config.link_key, clock.now())?;
    let door = door(&config)?;
    let (state, news, meters) = (Arc::new(RwLock::new(State::default())), News::default(), Meters::default());
    let portfolio = Current::new(Arc::new(portfolio));
    let rule_files = books.files.clone();
    let (words, page_words) = (page_words(&books.pages, "answer"), page_words(&books.pages, "page"));
    let (letterhead, routes) = (letterhead(&config, link_key.clone()), routes(&config, Some(clock.now()))?);
    let fetcher = Fetcher::new(&FetchSettings::new(&config.contact))?;
    let keeper = Keeper {
        store: store.clone(),
        clock: clock.clone(),
        portfolio: portfolio.clone(),
        books,
        letterhead,
        limits: config.limits.clone(),
        order_desk: order_desk(&config),
        state: state.clone(),
        news: news.clone(),
        meters: meters.clone(),
    };
    let (keeper_handle, thread) = keeper.start(watches(&config, clock.now()))?;
    let shared = Arc::new(Shared {
        config,
        clock: clock.clone(),
        store: store.clone(),
        documents,
        portfolio: portfolio.clone(),
        keeper: keeper_handle,
        renewing: tokio::sync::Mutex::new(rule_files),
        portfolio_stamp,
        reread,
        start_anew: Notify::new(),
        link_key: link_key.clone(),
        post: Notify::new(),
        has_dead_letters: AtomicBool::new(true),
        pulse: Pulse::default(),
        storm_near: AtomicBool::new(false),
        ready: AtomicBool::new(false),
    });
    let site = Web {
        store,
        clock,
        link_key,
        words,
        page_words,
        state,
        news,
        meters,
        feeds: shared.config.feeds.clone().into(),
        ledger: ledger_of(&portfolio),
        portfolio,
        files: Some(renew::desk(&shared)),
        door,
        proxies: shared.config.behind_proxy.clone().into(),
        map: shared.config.map.clone(),
        wake: waker(&shared),
        ready: readiness(&shared),
    };
    let result = work(&shared, fetcher, routes, site, disk).await;
    shared.keeper.stop().await;
    // Why the keeper ended says more than that it did.
    joined(thread).await.and(result)
}

async fn joined(thread: JoinHandle<Result<(), DaemonError>>) -> Result<(), DaemonError> {
    let joined = tokio::task::spawn_blocking(move || thread.join()).await;
    joined.ok().and_then(Result::ok).unwrap_or(Err(DaemonError::KeeperGone))
}

async fn work(
    shared: &Arc<Shared>,
    fetcher: Fetcher,
    routes: Routes,
    site: Web,
    disk: Arc<SledStore>,
) -> Result<End, DaemonError> {
    // Before anyone is told that we are ready, so that an early signal is not the end of us.
    let (stop_asked, reload_asked) = (stop_asked()?, renew::asked()?);
    let listener = tokio::net::TcpListener::bind(shared.config.listen)
        .await
        .map_err(|source| DaemonError::Listen { address: shared.config.listen, source })?;
    let address = listener.local_addr().unwrap_or(shared.config.listen);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { web::serve(listener, site).await });
    let to_spool = shared.clone();
    tasks.spawn(tended("spool".to_owned(), move || spool::watch(to_spool.clone())));
    let (to_renew, to_finish) = (shared.clone(), shared.clone());
    tasks.spawn(tended("reload".to_owned(), move || renew::listen(to_renew.clone(), reload_asked.clone())));
    tasks.spawn(renew::finish(to_finish));
    let to_tick = shared.clone();
    tasks.spawn(tended("tick".to_owned(), move || ticks(to_tick.clone())));
    let to_sweep = shared.clone();
    tasks.spawn(tended("sweep".to_owned(), move || sweep::run(to_sweep.clone(), disk.clone())));
    let (to_post, routes) = (shared.clone(), Arc::new(routes));
    let post = tokio::spawn(tended("post".to_owned(), move || post::run(to_post.clone(), routes.clone())));
    if let Some(config) = shared.config.heartbeat.clone() {
        let (to_beat, http) = (shared.clone(), Http::new(heartbeat::TIMEOUT)?);
        tasks.spawn(tended("heartbeat".to_owned(), move || {
            heartbeat::run(to_beat.clone(), config.clone(), http.clone())
        }));
    }
    for poller in Poller::all(shared, &Arc::new(fetcher)) {
        tasks.spawn(tended(poller.name(), move || poller.clone().run()));
    }
    let herald = Arc::new(Herald::of_environment());
    if let Some(every) = herald.watchdog() {
        let (to_watch, by) = (shared.clone(), herald.clone());
        tasks.spawn(tended("watchdog".to_owned(), move || signs_of_life(to_watch.clone(), by.clone(), every)));
    }
    shared.ready.store(true, Ordering::Release);
    herald.ready();
    tracing::info!(%address, feeds = shared.config.feeds.len(), "ready");
    announce(&format!("seawall: ready on http://{address}"));
    let result = tokio::select! {
        () = stop_asked => Ok(End::Stopped),
        () = shared.start_anew.notified() => Ok(End::Anew),
        () = shared.keeper.ended() => Err(DaemonError::KeeperGone),
    };
    shared.ready.store(false, Ordering::Release);
    if matches!(result, Ok(End::Anew)) {
        herald.reloading();
    } else {
        herald.stopping();
    }
    tracing::info!("stopping");
    // What a poller or the page has half done is undone by not being committed.
    tasks.shutdown().await;
    // A mail in hand-over is given its time-out to be taken and struck off.
    shared.keeper.drain();
    shared.post.notify_one();
    if tokio::time::timeout(longest_delivery(&shared.config), post).await.is_err() {
        tracing::warn!("a mail was still being handed over; it will be sent again with the same Message-ID");
    }
    result
}

/// Says it where a person or a script that started us looks, whatever the log filter.
fn announce(line: &str) {
    use std::io::Write as _;
    if writeln!(std::io::stderr(), "{line}").is_err() {
        tracing::debug!("standard error is closed");
    }
}

/// Makes a turn every tick, for what time alone changes.
async fn ticks(shared: Arc<Shared>) {
    let mut interval = tokio::time::interval(shared.config.tick);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        shared.turn(Vec::new()).await.unwrap_or_else(|error| tracing::error!(%error, "a turn failed"));
    }
}

/// Says that we are alive after each turn that was made: a keeper that hangs says nothing, and we are started again.
async fn signs_of_life(shared: Arc<Shared>, herald: Arc<Herald>, every: std::time::Duration) {
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if shared.turn(Vec::new()).await.is_ok() {
            herald.alive();
        }
    }
}

impl Shared {
    /// Gives inputs to the keeper and waits until they are durable; then the post looks into the outbox.
    async fn turn(&self, inputs: Vec<crate::turn::Input>) -> Result<(), DaemonError> {
        let outcome = self.keeper.turn(inputs).await?;
        self.turned(outcome);
        Ok(())
    }

    /// Puts another portfolio, or other rules, in the place of those that are.
    async fn renew(&self, renewed: Renewed) -> Result<(), DaemonError> {
        let outcome = self.keeper.renew(renewed).await?;
        self.turned(outcome);
        Ok(())
    }

    fn turned(&self, outcome: Outcome) {
        self.pulse.turned(self.clock.now());
        self.storm_near.store(outcome.storm_near, Ordering::Relaxed);
        if outcome.notices > 0 {
            self.post.notify_one();
        }
    }
}

/// A table of the pages' words, by language.
#[must_use]
pub fn page_words(pages: &Pages, table: &str) -> PageWords {
    PageWords::new([Language::English, Language::Chinese].map(|language| (language, pages.of(language, table))))
}

/// What makes a ledger of a portfolio's alerts, for the page.
#[must_use]
pub fn ledger_of(portfolio: &Current<Portfolio>) -> LedgerOf {
    let portfolio = portfolio.clone();
    Arc::new(move |alerts, outcomes, season| {
        serde_json::to_value(ledger(alerts, outcomes, &portfolio.get(), season)).unwrap_or_default()
    })
}

/// The users, and the provider that may say who they are. Without any, nobody but this machine itself may reach us.
fn door(config: &Config) -> Result<Door, DaemonError> {
    let users = Users::of(&config.data_dir)?;
    if users.is_empty() && !config.listen.ip().is_loopback() {
        return Err(DaemonError::NoUsers { address: config.listen });
    }
    let Some(provider) = &config.oidc else { return Ok(Door::of(users)) };
    let http = Http::trusting(provider.timeout, provider.extra_ca_file.as_deref())?;
    let send: Messenger = Arc::new(move |request| {
        let http = http.clone();
        Box::pin(async move { http.exchange(request).await })
    });
    let oidc = Oidc::new(provider, &config.base_url, send).ok_or(DaemonError::NoProvider)?;
    Ok(Door::with(users, Some(oidc)))
}

fn waker(shared: &Arc<Shared>) -> Arc<dyn Fn() + Send + Sync> {
    let shared = shared.clone();
    let runtime = tokio::runtime::Handle::current();
    Arc::new(move || {
        let shared = shared.clone();
        runtime.spawn(async move {
            shared.turn(Vec::new()).await.unwrap_or_else(|error| tracing::error!(%error, "a turn failed"));
        });
    })
}

fn readiness(shared: &Arc<Shared>) -> Arc<dyn Fn() -> bool + Send + Sync> {
    let shared = shared.clone();
    Arc::new(move || shared.ready.load(Ordering::Acquire))
}

/// Comes back when SIGTERM or Ctrl-C has come. Listens from now on, not from when it is first awaited.
fn stop_asked() -> Result<impl Future<Output = ()>, DaemonError> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(DaemonError::Signal);
    let (mut terminated, mut interrupted) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

fn letterhead(config: &Config, link_key: LinkKey) -> Letterhead {
    let sender = config.smtp.from.rsplit('<').next().unwrap_or_default().trim().trim_end_matches('>').trim();
    Letterhead {
        sender_domain: sender_domain(config),
        sender: sender.contains('@').then(|| sender.to_owned()),
        base_url: Some(config.base_url.clone()),
        link_key,
        link_life: LINK_LIFE,
        language: None,
        album: Album::default(),
    }
}

/// Who is told of signed orders.
fn order_desk(config: &Config) -> OrderDesk {
    let channels = config.channels.iter().filter(|channel| channel.orders);
    OrderDesk { channels: channels.map(|channel| channel.id.clone()).collect(), domain: sender_domain(config) }
}

/// The most time that a message in hand-over takes.
fn longest_delivery(config: &Config) -> Duration {
    let channels = config.channels.iter().map(|channel| channel.timeout);
    channels.max().unwrap_or_default().max(config.smtp.timeout)
}

fn watches(config: &Config, now: Timestamp) -> Vec<FeedWatch> {
    config.feeds.iter().map(|feed| watch(feed, now)).collect()
}

/// What is expected of a feed that is watched since an instant.
fn watch(feed: &FeedConfig, since: Timestamp) -> FeedWatch {
    FeedWatch {
        feed: feed.id.clone(),
        url: feed.url.clone(),
        agency: if feed.agency.is_empty() { feed.id.to_string() } else { feed.agency.clone() },
        silence_after: Span::try_from(feed.silence_after).unwrap_or(Span::MAX),
        issues_every: feed.issues_every.and_then(|every| Span::try_from(every).ok()),
        since,
    }
}

/// The places of a portfolio, each once, to the metre.
fn points(portfolio: &Portfolio) -> Vec<Position> {
    let mut seen = BTreeSet::new();
    let positions = portfolio.sites.values().map(|site| site.position);
    positions.filter(|at| seen.insert(format!("{:.5} {:.5}", at.lat(), at.lon()))).collect()
}
