//! One task a feed: asks, keeps the document, reads it, follows what it points on to, gives it to the keeper.
//!
//! A fault of one feed stays with that feed. The address of an index is only marked as read when all that
//! it points to was had, so that what failed is asked for again.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::{DaemonError, Shared};
use crate::config::FeedConfig;
use crate::domain::{Bulletin, FeedState, Parsed, Span, Timestamp};
use crate::sources;
use crate::sources::fetch::{FetchError, FetchRequest, Fetched, Fetcher, follow, next_poll};
use crate::store::StoreError;
use crate::turn::Input;

/// A document that an index points to is asked for again after this long, should it have changed in place.
const ASK_AGAIN: Span = Span::from_hours(1);

/// What was read is made known at least this often while a long index is followed.
const KNOWN_AFTER: Span = Span::from_secs(10);
/// And before this many bytes wait.
const BYTES_WAITING: usize = 32 << 20;
/// After this many failures in a row the server is left alone till the next round.
const FAILURES_IN_A_ROW: usize = 3;
/// Questions to one host at the same time.
const AT_ONCE: usize = 2;

type Known = BTreeMap<String, FeedState>;

/// What one feed's task stands on.
#[derive(Clone)]
pub(super) struct Poller {
    shared: Arc<Shared>,
    fetcher: Arc<Fetcher>,
    feed: FeedConfig,
    /// Shared by the feeds of one host.
    gate: Arc<Semaphore>,
}

impl Poller {
    /// One for each feed.
    pub(super) fn all(shared: &Arc<Shared>, fetcher: &Arc<Fetcher>) -> Vec<Self> {
        let mut gates: BTreeMap<String, Arc<Semaphore>> = BTreeMap::new();
        let of_feed = |feed: &FeedConfig| {
            let host = url::Url::parse(&feed.url).ok().and_then(|url| url.host_str().map(str::to_owned));
            let gate = gates.entry(host.unwrap_or_default()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)));
            Self { shared: shared.clone(), fetcher: fetcher.clone(), feed: feed.clone(), gate: gate.clone() }
        };
        shared.config.feeds.iter().map(of_feed).collect()
    }

    /// What it is called in the log.
    pub(super) fn name(&self) -> String {
        format!("feed {}", self.feed.id)
    }

    /// Polls for ever.
    pub(super) async fn run(self) {
        let began = self.shared.clock.now();
        let mut was_silent = false;
        loop {
            let (failures, retry_after) = match self.poll().await {
                Ok(()) => (0, None),
                Err(failure) => {
                    let (feed, failures) = (&self.feed.id, failure.failures);
                    tracing::warn!(%feed, error = %failure.what, failures, "feed failed");
                    (failures, failure.retry_after)
                }
            };
            was_silent = self.note_silence(began, was_silent).await;
            let near = self.shared.storm_near.load(Ordering::Relaxed);
            let (cadence, near_cadence) = (self.feed.cadence, self.feed.near_cadence);
            let wait = next_poll(cadence, near_cadence, near, failures, retry_after, jitter());
            #[expect(clippy::disallowed_methods, reason = "waiting between polls is what the daemon does")]
            tokio::time::sleep(wait).await;
        }
    }

    async fn poll(&self) -> Result<(), Failure> {
        let (shared, feed) = (&self.shared, &self.feed);
        let states = shared.keeper.feed_states(&feed.id).await.unwrap_or_default();
        let known: Known = states.into_iter().map(|state| (state.url.clone(), state)).collect();
        let mut inputs = Vec::new();
        let failure = match self.visit(&known, &mut inputs).await {
            Ok(main) => {
                inputs.push(Input::Feed(main));
                None
            }
            Err(error) => {
                let before = known.get(&feed.url).cloned().unwrap_or_else(|| self.new_state(&feed.url));
                let state = failed(before, &error, shared.clock.now());
                let (failures, retry_after) = (state.failures, error.retry_after());
                inputs.push(Input::Feed(state));
                Some(Failure { what: error.to_string(), failures, retry_after })
            }
        };
        // Durable before the next poll: the ETag and what was read go in together, or not at all.
        if let Err(error) = shared.turn(inputs).await {
            return Err(Failure { what: error.to_string(), failures: 1, retry_after: None });
        }
        failure.map_or(Ok(()), Err)
    }

    async fn visit(&self, known: &Known, inputs: &mut Vec<Input>) -> Result<FeedState, VisitError> {
        let before = known.get(&self.feed.url).cloned().unwrap_or_else(|| self.new_state(&self.feed.url));
        let Got::Document(had) = self.get(&before).await? else {
            return Ok(well(before, self.shared.clock.now()));
        };
        let Had { bulletin, state, base } = *had;
        let (bulletin, parsed) = read(self.feed.format.clone(), bulletin).await?;
        let links = if self.feed.follow { parsed.links.clone() } else { Vec::new() };
        inputs.push(Input::Bulletin(Box::new(bulletin), parsed));
        self.follow_all(known, &base, &links, inputs).await?;
        Ok(state)
    }

    async fn follow_all(
        &self,
        known: &Known,
        base: &str,
        links: &[String],
        inputs: &mut Vec<Input>,
    ) -> Result<(), VisitError> {
        let links = follow(base, links);
        for refused in &links.refused {
            tracing::warn!(feed = %self.feed.id, %refused, "a link of the index is not followed");
        }
        let mut failures = Failures::default();
        let mut known_at = self.shared.clock.now();
        for (done, url) in links.urls.iter().enumerate() {
            match self.follow_one(known, url).await {
                Ok(found) => {
                    failures.in_a_row = 0;
                    inputs.extend(found);
                }
                Err(error) => failures.add(&error),
            }
            let now = self.shared.clock.now();
            if now.duration_since(known_at) > KNOWN_AFTER || bytes(inputs) > BYTES_WAITING {
                // One slow document must not hold back the warning that was read before it.
                self.shared.turn(std::mem::take(inputs)).await?;
                known_at = now;
            }
            if failures.in_a_row >= FAILURES_IN_A_ROW || failures.retry_after.is_some() {
                failures.count += links.urls.len() - done - 1;
                break;
            }
        }
        failures.into_result(links.urls.len())
    }

    async fn follow_one(&self, known: &Known, url: &str) -> Result<Vec<Input>, VisitError> {
        let before = known.get(url).cloned().unwrap_or_else(|| self.new_state(url));
        let now = self.shared.clock.now();
        let is_fresh = before.ok_at.is_some_and(|at| now.duration_since(at) < ASK_AGAIN);
        if before.document.is_some() && is_fresh {
            return Ok(Vec::new());
        }
        match self.get(&before).await? {
            Got::NotModified => Ok(vec![Input::Feed(well(before, now))]),
            Got::Document(had) => {
                let Had { bulletin, state, .. } = *had;
                let (bulletin, parsed) = read(None, bulletin).await?;
                Ok(vec![Input::Bulletin(Box::new(bulletin), parsed), Input::Feed(state)])
            }
        }
    }

    async fn get(&self, before: &FeedState) -> Result<Got, VisitError> {
        let (shared, feed) = (&self.shared, &self.feed);
        let request = FetchRequest {
            url: before.url.clone(),
            etag: before.etag.clone(),
            last_modified: before.last_modified.clone(),
            timeout: feed.timeout,
            max_bytes: feed.max_bytes,
            now: shared.clock.now(),
        };
        let fetched = {
            // The gate is never closed; were it, nothing would be held back by it.
            let _turn = self.gate.acquire().await.ok();
            self.fetcher.get(&request).await?
        };
        let Fetched::Document { body, charset, etag, last_modified, final_url } = fetched else {
            return Ok(Got::NotModified);
        };
        let now = shared.clock.now();
        let mut bulletin = Bulletin::new(feed.id.clone(), &feed.agency, &before.url, now, body);
        bulletin.charset = charset;
        // Kept before it is read: what we acted on can always be shown.
        let documents = shared.documents.clone();
        let bulletin = tokio::task::spawn_blocking(move || documents.put(&bulletin.body, now).map(|_| bulletin))
            .await
            .map_err(|error| VisitError::Unreadable(error.to_string()))??;
        let document = Some(bulletin.hash.clone());
        let state = well(FeedState { etag, last_modified, document, ..before.clone() }, now);
        Ok(Got::Document(Box::new(Had { bulletin, state, base: final_url })))
    }

    fn new_state(&self, url: &str) -> FeedState {
        FeedState {
            feed: self.feed.id.clone(),
            url: url.to_owned(),
            etag: None,
            last_modified: None,
            document: None,
            ok_at: None,
            failures: 0,
            fault: None,
        }
    }

    /// Says once that the feed has gone silent, and once that it is back. One that never answered is silent since
    /// it was first asked.
    async fn note_silence(&self, began: Timestamp, was_silent: bool) -> bool {
        let feed = &self.feed;
        let states = self.shared.keeper.feed_states(&feed.id).await.unwrap_or_default();
        let since = states.iter().find(|state| state.url == feed.url).and_then(|state| state.ok_at).unwrap_or(began);
        let silence_after = Span::try_from(feed.silence_after).unwrap_or(Span::MAX);
        let is_silent = self.shared.clock.now().duration_since(since) > silence_after;
        if is_silent && !was_silent {
            tracing::error!(feed = %feed.id, %since, "feed has gone silent: in a storm silence is not safety");
        } else if was_silent && !is_silent {
            tracing::info!(feed = %feed.id, "feed speaks again");
        }
        is_silent
    }
}

struct Failure {
    what: String,
    failures: u32,
    retry_after: Option<Duration>,
}

/// Why a visit to a feed failed.
#[derive(Debug, thiserror::Error)]
enum VisitError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0}")]
    Unreadable(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Keeper(#[from] DaemonError),
    #[error("{failed} of {of} documents that the index points to failed; the first: {first}")]
    Followed { failed: usize, of: usize, first: String, retry_after: Option<Duration> },
}

impl VisitError {
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Fetch(error) => error.retry_after(),
            Self::Followed { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// What failed of the documents of an index.
#[derive(Default)]
struct Failures {
    count: usize,
    in_a_row: usize,
    first: Option<String>,
    retry_after: Option<Duration>,
}

impl Failures {
    fn add(&mut self, error: &VisitError) {
        self.count += 1;
        // A document that is gone says nothing of the next; a server that does not answer does.
        let is_of_server = matches!(error, VisitError::Fetch(error) if error.is_transient());
        self.in_a_row = if is_of_server { self.in_a_row + 1 } else { 0 };
        self.first.get_or_insert_with(|| error.to_string());
        self.retry_after = self.retry_after.max(error.retry_after());
    }

    fn into_result(self, of: usize) -> Result<(), VisitError> {
        let Self { count: failed, first, retry_after, .. } = self;
        first.map_or(Ok(()), |first| Err(VisitError::Followed { failed, of, first, retry_after }))
    }
}

/// An address that answered well.
fn well(state: FeedState, now: Timestamp) -> FeedState {
    FeedState { ok_at: Some(now), failures: 0, fault: None, ..state }
}

/// A feed that failed. Its ETag stays the old one, so that what failed is asked for again. Where only some documents
/// of an index failed the agency is not silent: one dead link must not raise that alarm.
fn failed(before: FeedState, error: &VisitError, now: Timestamp) -> FeedState {
    let has_spoken = matches!(error, VisitError::Followed { failed, of, .. } if failed < of);
    FeedState {
        ok_at: if has_spoken { Some(now) } else { before.ok_at },
        failures: before.failures.saturating_add(1),
        fault: Some(error.to_string()),
        ..before
    }
}

fn bytes(inputs: &[Input]) -> usize {
    inputs.iter().map(|input| if let Input::Bulletin(bulletin, _) = input { bulletin.body.len() } else { 0 }).sum()
}

enum Got {
    NotModified,
    Document(Box<Had>),
}

struct Had {
    bulletin: Bulletin,
    state: FeedState,
    /// The address that links are relative to.
    base: String,
}

/// Reads a document where blocking is allowed. A panic of a reader is that document's fault alone.
async fn read(format: Option<String>, bulletin: Bulletin) -> Result<(Bulletin, Parsed), VisitError> {
    let reading = tokio::task::spawn_blocking(move || {
        let parsed = sources::parse(format.as_deref(), &bulletin);
        (bulletin, parsed)
    });
    let (bulletin, parsed) =
        reading.await.map_err(|error| VisitError::Unreadable(format!("a reader panicked: {error}")))?;
    let parsed = parsed.map_err(|error| VisitError::Unreadable(error.to_string()))?;
    let gave_nothing = parsed.hazards.is_empty() && parsed.links.is_empty();
    if let Some(fault) = parsed.faults.iter().find(|fault| fault.is_fatal && gave_nothing) {
        return Err(VisitError::Unreadable(format!("the document cannot be read{fault}")));
    }
    Ok((bulletin, parsed))
}

/// A number of 0..1 that differs from call to call, so that clients do not knock in step.
fn jitter() -> f64 {
    let bits = std::collections::hash_map::RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeedId;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn check(error: &VisitError, ok_at: i64) {
        let before = FeedState {
            feed: FeedId::new("f"),
            url: "u".to_owned(),
            etag: Some("old".to_owned()),
            last_modified: None,
            document: None,
            ok_at: Some(at(1)),
            failures: 2,
            fault: None,
        };
        let after = failed(before, error, at(100));
        assert_eq!((after.ok_at, after.failures, after.etag.as_deref()), (Some(at(ok_at)), 3, Some("old")), "{error}");
        assert!(after.fault.is_some());
    }

    #[test]
    fn one_dead_link_is_no_silence_and_all_of_them_are() {
        let followed = |failed, of| VisitError::Followed { failed, of, first: "gone".to_owned(), retry_after: None };
        check(&followed(1, 3), 100);
        check(&followed(3, 3), 1);
        check(&VisitError::Unreadable("torn".to_owned()), 1);
    }

    #[test]
    fn a_server_that_does_not_answer_is_left_alone_and_a_dead_link_is_passed_over() {
        let mut failures = Failures::default();
        let gone = || VisitError::Fetch(FetchError::NotFound { url: "u".to_owned() });
        let down = || VisitError::Fetch(FetchError::Status { url: "u".to_owned(), status: 500 });
        for error in [down(), down(), gone(), down()] {
            failures.add(&error);
        }
        assert_eq!((failures.count, failures.in_a_row), (4, 1));
        failures.add(&down());
        failures.add(&down());
        assert_eq!(failures.in_a_row, FAILURES_IN_A_ROW);
    }
}
