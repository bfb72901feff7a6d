//! One task a feed: asks, keeps the document, reads it, follows what it points on to, gives it to the keeper.
//!
//! A fault of one feed stays with that feed. The address of an index is only marked as read when all that
//! it points to was had, so that what failed is asked for again.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Shared;
use crate::config::FeedConfig;
use crate::domain::{Bulletin, FeedState, Parsed, Span};
use crate::sources;
use crate::sources::fetch::{FetchError, FetchRequest, Fetched, Fetcher, follow, next_poll};
use crate::turn::Input;

/// A document that an index points to is asked for again after this long, should it have changed in place.
const ASK_AGAIN: Span = Span::from_hours(1);

type Known = BTreeMap<String, FeedState>;

/// Polls one feed for ever.
pub(super) async fn run(shared: Arc<Shared>, fetcher: Arc<Fetcher>, feed: FeedConfig) {
    let mut was_silent = false;
    loop {
        let (failures, retry_after) = match poll(&shared, &fetcher, &feed).await {
            Ok(()) => (0, None),
            Err(failure) => {
                tracing::warn!(feed = %feed.id, error = %failure.what, failures = failure.failures, "feed failed");
                (failure.failures, failure.retry_after)
            }
        };
        was_silent = note_silence(&shared, &feed, was_silent).await;
        let near = shared.storm_near.load(Ordering::Relaxed);
        let wait = next_poll(feed.cadence, feed.near_cadence, near, failures, retry_after, jitter());
        #[expect(clippy::disallowed_methods, reason = "waiting between polls is what the daemon does")]
        tokio::time::sleep(wait).await;
    }
}

struct Failure {
    what: String,
    failures: u32,
    retry_after: Option<std::time::Duration>,
}

async fn poll(shared: &Shared, fetcher: &Fetcher, feed: &FeedConfig) -> Result<(), Failure> {
    let states = shared.keeper.feed_states(&feed.id).await.unwrap_or_default();
    let known: Known = states.into_iter().map(|state| (state.url.clone(), state)).collect();
    let mut inputs = Vec::new();
    let result = visit(shared, fetcher, feed, &known, &mut inputs).await;
    let failure = match result {
        Ok(main) => {
            inputs.push(Input::Feed(main));
            None
        }
        Err(error) => {
            let before = known.get(&feed.url);
            let failures = before.map_or(0, |state| state.failures).saturating_add(1);
            let mut state = before.cloned().unwrap_or_else(|| new_state(feed, &feed.url));
            (state.failures, state.fault) = (failures, Some(error.to_string()));
            inputs.push(Input::Feed(state));
            Some(Failure { what: error.to_string(), failures, retry_after: retry_after(&error) })
        }
    };
    // Durable before the next poll: the ETag and what was read go in together, or not at all.
    if let Err(error) = shared.turn(inputs).await {
        return Err(Failure { what: error.to_string(), failures: 1, retry_after: None });
    }
    failure.map_or(Ok(()), Err)
}

/// Why a visit to a feed failed.
#[derive(Debug, thiserror::Error)]
enum VisitError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0}")]
    Unreadable(String),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error("{failed} of {of} documents that the index points to failed; the first: {first}")]
    Followed { failed: usize, of: usize, first: String },
}

fn retry_after(error: &VisitError) -> Option<std::time::Duration> {
    match error {
        VisitError::Fetch(error) => error.retry_after(),
        _ => None,
    }
}

async fn visit(
    shared: &Shared,
    fetcher: &Fetcher,
    feed: &FeedConfig,
    known: &Known,
    inputs: &mut Vec<Input>,
) -> Result<FeedState, VisitError> {
    let now = shared.clock.now();
    let before = known.get(&feed.url).cloned().unwrap_or_else(|| new_state(feed, &feed.url));
    let Got::Document(had) = get(shared, fetcher, feed, &before).await? else {
        return Ok(FeedState { ok_at: Some(now), failures: 0, fault: None, ..before });
    };
    let Had { bulletin, state, base } = *had;
    let (bulletin, parsed) = read(feed.format.clone(), bulletin).await?;
    let links = if feed.follow { parsed.links.clone() } else { Vec::new() };
    inputs.push(Input::Bulletin(Box::new(bulletin), parsed));
    follow_all(shared, fetcher, feed, known, &base, &links, inputs).await?;
    Ok(state)
}

async fn follow_all(
    shared: &Shared,
    fetcher: &Fetcher,
    feed: &FeedConfig,
    known: &Known,
    base: &str,
    links: &[String],
    inputs: &mut Vec<Input>,
) -> Result<(), VisitError> {
    let mut failed: Vec<String> = Vec::new();
    let links = follow(base, links);
    for refused in &links.refused {
        tracing::warn!(feed = %feed.id, %refused, "a link of the index is not followed");
    }
    for url in &links.urls {
        match follow_one(shared, fetcher, feed, known, url).await {
            Ok(found) => inputs.extend(found),
            Err(error) => failed.push(error.to_string()),
        }
    }
    match failed.first() {
        None => Ok(()),
        Some(first) => Err(VisitError::Followed { failed: failed.len(), of: links.urls.len(), first: first.clone() }),
    }
}

async fn follow_one(
    shared: &Shared,
    fetcher: &Fetcher,
    feed: &FeedConfig,
    known: &Known,
    url: &str,
) -> Result<Vec<Input>, VisitError> {
    let before = known.get(url).cloned().unwrap_or_else(|| new_state(feed, url));
    let now = shared.clock.now();
    let is_fresh = before.ok_at.is_some_and(|at| now.duration_since(at) < ASK_AGAIN);
    if before.document.is_some() && is_fresh {
        return Ok(Vec::new());
    }
    match get(shared, fetcher, feed, &before).await? {
        Got::NotModified => Ok(vec![Input::Feed(FeedState { ok_at: Some(now), failures: 0, fault: None, ..before })]),
        Got::Document(had) => {
            let Had { bulletin, state, .. } = *had;
            let (bulletin, parsed) = read(None, bulletin).await?;
            Ok(vec![Input::Bulletin(Box::new(bulletin), parsed), Input::Feed(state)])
        }
    }
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

async fn get(shared: &Shared, fetcher: &Fetcher, feed: &FeedConfig, before: &FeedState) -> Result<Got, VisitError> {
    let request = FetchRequest {
        url: before.url.clone(),
        etag: before.etag.clone(),
        last_modified: before.last_modified.clone(),
        timeout: feed.timeout,
        max_bytes: feed.max_bytes,
        now: shared.clock.now(),
    };
    let Fetched::Document { body, charset, etag, last_modified, final_url } = fetcher.get(&request).await? else {
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
    let state = FeedState {
        feed: feed.id.clone(),
        url: before.url.clone(),
        etag,
        last_modified,
        document: Some(bulletin.hash.clone()),
        ok_at: Some(now),
        failures: 0,
        fault: None,
    };
    Ok(Got::Document(Box::new(Had { bulletin, state, base: final_url })))
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

fn new_state(feed: &FeedConfig, url: &str) -> FeedState {
    FeedState {
        feed: feed.id.clone(),
        url: url.to_owned(),
        etag: None,
        last_modified: None,
        document: None,
        ok_at: None,
        failures: 0,
        fault: None,
    }
}

/// Says once that a feed has gone silent, and once that it is back.
async fn note_silence(shared: &Shared, feed: &FeedConfig, was_silent: bool) -> bool {
    let states = shared.keeper.feed_states(&feed.id).await.unwrap_or_default();
    let since = states.iter().find(|state| state.url == feed.url).and_then(|state| state.ok_at);
    let silence_after = Span::try_from(feed.silence_after).unwrap_or(Span::MAX);
    let is_silent = since.is_some_and(|since| shared.clock.now().duration_since(since) > silence_after);
    if is_silent && !was_silent {
        tracing::error!(feed = %feed.id, ?since, "feed has gone silent: in a storm silence is not safety");
    } else if was_silent && !is_silent {
        tracing::info!(feed = %feed.id, "feed speaks again");
    }
    is_silent
}

/// A number of 0..1 that differs from call to call, so that clients do not knock in step.
fn jitter() -> f64 {
    let bits = std::collections::hash_map::RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}
