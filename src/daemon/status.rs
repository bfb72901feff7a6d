//! How things stand: feeds, live alerts, mails that wait.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::FeedConfig;
use crate::domain::{
    AlertId, AlertState, FeedId, FeedState, FeedTrouble, Level, Notice, NoticeId, PersonId, State, Timestamp,
};
use crate::store::outbox::DeadLetter;
use crate::store::{Store, StoreError, outbox, records};

/// How things stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// When.
    pub at: Timestamp,
    /// The configured feeds, in the order of the configuration.
    pub feeds: Vec<FeedStatus>,
    /// How many alerts are live, by level.
    pub live: BTreeMap<Level, usize>,
    /// The live alerts: the highest level first, then the nearest deadline.
    pub alerts: Vec<AlertStatus>,
    /// Notices that wait for the mail server.
    pub outbox: usize,
    /// When the oldest of them was written.
    pub outbox_since: Option<Timestamp>,
    /// Notices that were given up.
    pub dead_letters: usize,
    /// The newest of them, the newest first.
    #[serde(default)]
    pub given_up: Vec<GivenUp>,
}

/// A notice that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// Its id.
    pub notice: NoticeId,
    /// Whom it was for.
    pub person: PersonId,
    /// By which channel.
    pub channel: String,
    /// Its level.
    pub level: Level,
    /// When it was given up.
    pub at: Timestamp,
    /// Why.
    pub fault: Option<String>,
}

/// A notice that has not left: it waits for its server, or was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Its id.
    pub notice: NoticeId,
    /// Whom it is for.
    pub person: PersonId,
    /// By which channel.
    pub channel: String,
    /// Its level.
    pub level: Level,
    /// What it is about.
    pub subject: String,
    /// When it was written.
    pub queued: Timestamp,
    /// Attempts so far.
    pub attempts: u32,
    /// Not to be tried before.
    pub next_try: Option<Timestamp>,
    /// When it was given up; `None` while it waits.
    pub given_up: Option<Timestamp>,
    /// The newest failure.
    pub fault: Option<String>,
}

/// What has not left: what waits, then what was given up, each the oldest first.
pub fn outbox_rows(store: &dyn Store) -> Result<Vec<OutboxRow>, StoreError> {
    let waiting = outbox::outbox(store)?.into_iter().map(|notice| outbox_row(notice, None));
    let given_up = outbox::dead_letters(store)?.into_iter().map(|letter| outbox_row(letter.notice, Some(letter.at)));
    Ok(waiting.chain(given_up).collect())
}

fn outbox_row(notice: Notice, given_up: Option<Timestamp>) -> OutboxRow {
    let Notice { id, person, channel, level, subject, queued_at, attempts, next_try, last_fault, .. } = notice;
    OutboxRow {
        notice: id,
        person,
        channel,
        level,
        subject,
        queued: queued_at,
        attempts,
        next_try,
        given_up,
        fault: last_fault,
    }
}

/// The most that are named; the number tells of all.
const GIVEN_UP_MAX: usize = 100;

/// One feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedStatus {
    /// Its id.
    pub feed: FeedId,
    /// When it last answered well; `None` when it never has.
    pub ok_at: Option<Timestamp>,
    /// True when that is longer ago than its `silence_after`, or never was.
    pub is_silent: bool,
    /// Failures in a row.
    pub failures: u32,
    /// The newest failure; with no failures, what is odd about its answers.
    pub fault: Option<String>,
    /// The newest issue time that came from it.
    #[serde(default)]
    pub issued: Option<Timestamp>,
    /// What is wrong with it by the newest turn, and since when.
    #[serde(default)]
    pub trouble: Option<FeedTrouble>,
}

/// One live alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertStatus {
    /// Its id.
    pub alert: AlertId,
    /// Its level.
    pub level: Level,
    /// Where it stands.
    pub state: AlertState,
    /// The last instant at which the best action can begin.
    pub act_by: Option<Timestamp>,
}

/// How things stand by what the store holds.
pub fn status(store: &dyn Store, feeds: &[FeedConfig], now: Timestamp) -> Result<Status, StoreError> {
    let state = records::load_state(store)?;
    let mut live: BTreeMap<Level, usize> = BTreeMap::new();
    let mut alerts = Vec::new();
    for alert in state.alerts.values().filter(|alert| alert.is_live()) {
        *live.entry(alert.level).or_default() += 1;
        let (id, act_by) = (alert.id.clone(), alert.advice.act_by);
        alerts.push(AlertStatus { alert: id, level: alert.level, state: alert.state, act_by });
    }
    alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.level), alert.act_by.is_none(), alert.act_by));
    let letters = outbox::dead_letters(store)?;
    let outbox = outbox::outbox(store)?;
    let of_feed = |feed: &FeedConfig| {
        let known = state.feeds.get(&(feed.id.clone(), feed.url.clone()));
        let ok_at = known.and_then(|known| known.ok_at);
        let is_recent = |at: Timestamp| now.duration_since(at).unsigned_abs() <= feed.silence_after;
        FeedStatus {
            feed: feed.id.clone(),
            ok_at,
            is_silent: !ok_at.is_some_and(is_recent),
            failures: known.map_or(0, |known| known.failures),
            fault: known.and_then(|known| known.fault.clone()),
            issued: of_feed_addresses(&state, &feed.id).filter_map(|known| known.issued).max(),
            trouble: known.and_then(|known| known.vigil.trouble),
        }
    };
    Ok(Status {
        at: now,
        feeds: feeds.iter().map(of_feed).collect(),
        live,
        alerts,
        outbox: outbox.len(),
        outbox_since: outbox.first().map(|notice| notice.queued_at),
        dead_letters: letters.len(),
        given_up: letters.into_iter().rev().take(GIVEN_UP_MAX).map(given_up).collect(),
    })
}

fn given_up(DeadLetter { notice, at }: DeadLetter) -> GivenUp {
    let Notice { id, person, channel, level, last_fault, .. } = notice;
    GivenUp { notice: id, person, channel, level, at, fault: last_fault }
}

fn of_feed_addresses<'s>(state: &'s State, feed: &FeedId) -> impl Iterator<Item = &'s FeedState> {
    let feed = feed.clone();
    state.feeds.values().filter(move |known| known.feed == feed)
}
