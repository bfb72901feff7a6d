//! One round over what a feed has to say: asks its address, keeps and reads the document, follows what it points on
//! to, and notices what is odd on the way.
//!
//! The address of an index is only marked as read when all that it points to was had, so that what failed is asked
//! for again. A fault of one document stays with that document.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::hosts::Hosts;
use super::noticed::{Heard, Odd, newest, odd, odd_clock, page_title, remember};
use super::{DaemonError, Shared};
use crate::config::FeedConfig;
use crate::domain::{Bulletin, FeedState, Parsed, Span, Timestamp};
use crate::sources;
use crate::sources::fetch::{FetchError, FetchRequest, Fetched, Fetcher, LINKS_MAX, follow};
use crate::store::StoreError;
use crate::turn::Input;

/// A document that does not change in place is asked for again after this long, should it have changed all the same.
const ASK_AGAIN: Span = Span::from_hours(1);
/// What changes in place and has not for this long is a storm that is over: it too is asked for only so often.
const IS_OVER: Span = Span::from_hours(48);
/// How far an index may lead: to documents, and to those that they in turn list.
const DEPTH_MAX: usize = 2;

/// What was read is made known at least this often while a long index is followed.
const KNOWN_AFTER: Span = Span::from_secs(10);
/// And before this many bytes wait.
const BYTES_WAITING: usize = 32 << 20;
/// After this many failures in a row the server is left alone till the next round.
const FAILURES_IN_A_ROW: usize = 3;

/// What is remembered of a feed's addresses.
pub(super) type Known = BTreeMap<String, FeedState>;

/// What is remembered of an index, or of a document that changes in place, since it was last read. It is not stored:
/// after a start each is asked for whole, once.
#[derive(Default)]
pub(super) struct Lead {
    /// The address that its links are relative to.
    base: String,
    links: Vec<String>,
    heard: Heard,
}

/// Leads by address.
pub(super) type Leads = BTreeMap<String, Lead>;

/// What a feed's questions are asked with.
#[derive(Clone)]
pub(super) struct Asker {
    pub(super) shared: Arc<Shared>,
    pub(super) fetcher: Arc<Fetcher>,
    pub(super) feed: FeedConfig,
    /// Shared by all feeds.
    pub(super) hosts: Hosts,
}

/// One round.
pub(super) struct Visit<'a> {
    asker: &'a Asker,
    known: &'a Known,
    leads: &'a mut Leads,
    /// For the turn, in order.
    pub(super) inputs: Vec<Input>,
    /// The first odd thing that was noticed.
    pub(super) odd: Option<Odd>,
    failures: Failures,
    /// When what was read was last made known.
    known_at: Timestamp,
}

impl<'a> Visit<'a> {
    pub(super) fn new(asker: &'a Asker, known: &'a Known, leads: &'a mut Leads) -> Self {
        let known_at = asker.shared.clock.now();
        Self { asker, known, leads, inputs: Vec::new(), odd: None, failures: Failures::default(), known_at }
    }

    /// Asks an address of the feed and what it leads to; how the address is now. On an error `state` has what was
    /// learnt all the same, with the old validators.
    pub(super) async fn ask(&mut self, url: &str, state: &mut FeedState) -> Result<FeedState, VisitError> {
        let mut before = state.clone();
        let had = self.leads.contains_key(url);
        if !had {
            (before.etag, before.last_modified) = (None, None);
        }
        let format = self.asker.feed.format.clone();
        let (after, is_new) = match self.asker.get(&before, format).await? {
            Got::NotModified { clock } => {
                let now = self.asker.shared.clock.now();
                self.notice(odd_clock(clock, now));
                (well(before, now), false)
            }
            Got::Document(had) => (self.take(*had, true), true),
        };
        (state.issued, state.active) = (after.issued, after.active.clone());
        let (base, links) = self.led(url);
        if self.asker.feed.follow {
            self.follow_all(&base, &links, is_new).await?;
        }
        Ok(after)
    }

    /// Asks a service for its word on each point.
    pub(super) async fn ask_points(&mut self, questions: &[String]) -> Result<(), VisitError> {
        let Some(first) = questions.first() else { return Ok(()) };
        let first = first.clone();
        self.follow_all(&first, questions, true).await
    }

    /// Hears a document that was had; how its address is now.
    fn take(&mut self, had: Had, is_main: bool) -> FeedState {
        let Had { bulletin, parsed, mut state, base, clock } = had;
        let now = self.asker.shared.clock.now();
        let blank = Heard::new();
        let heard = self.leads.get(&state.url).map_or(&blank, |lead| &lead.heard);
        let noticed = odd(&parsed, heard, &self.asker.feed, now).or_else(|| odd_clock(clock, now));
        // An index may well lead to storms that are over.
        self.notice(noticed.filter(|odd| is_main || !matches!(odd, Odd::OldStorm { .. })));
        state.issued = state.issued.max(newest(&parsed, now));
        state.active = parsed.active.clone().or(state.active);
        let tells_of_storms = parsed.hazards.iter().any(|hazard| hazard.track.is_some() || hazard.forecast.is_some());
        state.changes_in_place = tells_of_storms || !parsed.links.is_empty();
        if is_main || state.changes_in_place {
            let lead = self.leads.entry(state.url.clone()).or_default();
            (lead.base, lead.links) = (base, parsed.links.clone());
            remember(&mut lead.heard, &parsed, now);
        }
        self.inputs.push(Input::Bulletin(Box::new(bulletin), parsed));
        state
    }

    /// Where an index led, and the address that its links are relative to.
    fn led(&self, url: &str) -> (String, Vec<String>) {
        self.leads.get(url).map(|lead| (lead.base.clone(), lead.links.clone())).unwrap_or_default()
    }

    fn notice(&mut self, odd: Option<Odd>) {
        if self.odd.is_none() {
            self.odd = odd;
        }
    }

    /// Follows the links of an index, and those of what they lead to. An index leads to each address once, and all
    /// together to [`LINKS_MAX`].
    async fn follow_all(&mut self, base: &str, links: &[String], is_new: bool) -> Result<(), VisitError> {
        let mut found: BTreeSet<String> = BTreeSet::new();
        let mut queue: VecDeque<(String, usize)> = VecDeque::new();
        self.line_up(base, links, 1, &mut found, &mut queue);
        let mut of = queue.len();
        while let Some((url, depth)) = queue.pop_front() {
            match self.follow_one(&url, is_new).await {
                Ok(inputs) => {
                    self.failures.in_a_row = 0;
                    self.inputs.extend(inputs);
                    let (base, links) = self.led(&url);
                    of += self.line_up(&base, &links, depth + 1, &mut found, &mut queue);
                }
                Err(error) => self.failures.add(&error),
            }
            self.make_known().await?;
            if self.failures.in_a_row >= FAILURES_IN_A_ROW || self.failures.retry_after.is_some() {
                self.failures.count += queue.len();
                break;
            }
        }
        std::mem::take(&mut self.failures).into_result(of)
    }

    fn line_up(
        &self,
        base: &str,
        links: &[String],
        depth: usize,
        found: &mut BTreeSet<String>,
        queue: &mut VecDeque<(String, usize)>,
    ) -> usize {
        if depth > DEPTH_MAX {
            return 0;
        }
        let links = follow(base, links);
        for refused in &links.refused {
            tracing::warn!(feed = %self.asker.feed.id, %refused, "a link of the index is not followed");
        }
        let new: Vec<String> = links.urls.into_iter().filter(|url| !found.contains(url)).collect();
        let room = LINKS_MAX.saturating_sub(found.len());
        if new.len() > room {
            tracing::warn!(feed = %self.asker.feed.id, left_out = new.len() - room, "the index leads to too many documents");
        }
        let lined: Vec<String> = new.into_iter().take(room).collect();
        found.extend(lined.iter().cloned());
        let count = lined.len();
        queue.extend(lined.into_iter().map(|url| (url, depth)));
        count
    }

    async fn follow_one(&mut self, url: &str, is_new: bool) -> Result<Vec<Input>, VisitError> {
        let feed = &self.asker.feed;
        let mut before = self.known.get(url).cloned().unwrap_or_else(|| FeedState::new(feed.id.clone(), url));
        let now = self.asker.shared.clock.now();
        if !is_due(&before, is_new, feed.points, now) {
            return Ok(Vec::new());
        }
        if before.changes_in_place && !self.leads.contains_key(url) {
            (before.etag, before.last_modified) = (None, None);
        }
        let format = feed.format.clone().filter(|_| feed.points);
        match self.asker.get(&before, format).await? {
            Got::NotModified { .. } => Ok(vec![Input::Feed(Box::new(well(before, now)))]),
            Got::Document(had) => {
                let state = self.take(*had, false);
                Ok(vec![Input::Feed(Box::new(state))])
            }
        }
    }

    /// One slow document must not hold back the warning that was read before it.
    async fn make_known(&mut self) -> Result<(), VisitError> {
        let now = self.asker.shared.clock.now();
        if now.duration_since(self.known_at) > KNOWN_AFTER || bytes(&self.inputs) > BYTES_WAITING {
            self.asker.shared.turn(std::mem::take(&mut self.inputs)).await?;
            self.known_at = now;
        }
        Ok(())
    }
}

impl Asker {
    async fn get(&self, before: &FeedState, format: Option<String>) -> Result<Got, VisitError> {
        let (shared, feed) = (&self.shared, &self.feed);
        let request = FetchRequest {
            url: before.url.clone(),
            etag: before.etag.clone(),
            last_modified: before.last_modified.clone(),
            referer: feed.referer.clone(),
            timeout: feed.timeout,
            max_bytes: feed.max_bytes,
            now: shared.clock.now(),
        };
        let fetched = {
            let _turn = self.hosts.enter(&before.url).await;
            self.fetcher.get(&request).await?
        };
        let (body, charset, etag, last_modified, final_url, clock) = match fetched {
            Fetched::NotModified { clock } => return Ok(Got::NotModified { clock }),
            Fetched::Document { body, charset, etag, last_modified, final_url, clock } => {
                (body, charset, etag, last_modified, final_url, clock)
            }
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
        let (bulletin, parsed) = read(format, bulletin).await?;
        Ok(Got::Document(Box::new(Had { bulletin, parsed, state, base: final_url, clock })))
    }
}

/// Why a visit to a feed failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum VisitError {
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
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Fetch(error) => error.retry_after(),
            Self::Followed { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// True when the agency has spoken all the same: one dead link is no silence.
    pub(super) fn has_spoken(&self) -> bool {
        matches!(self, Self::Followed { failed, of, .. } if failed < of)
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

/// Whether a document that an index points to is to be asked for: always when it was never had; when it changes in
/// place, as often as the index; else, with a new index, when an hour has passed.
fn is_due(before: &FeedState, is_new: bool, is_point: bool, now: Timestamp) -> bool {
    if before.document.is_none() || is_point {
        return true;
    }
    let is_over = before.issued.is_some_and(|issued| now.duration_since(issued) > IS_OVER);
    let is_fresh = before.ok_at.is_some_and(|at| now.duration_since(at) < ASK_AGAIN);
    if before.changes_in_place { !is_over || !is_fresh } else { is_new && !is_fresh }
}

/// An address that answered well.
pub(super) fn well(state: FeedState, now: Timestamp) -> FeedState {
    FeedState { ok_at: Some(now), failures: 0, fault: None, ..state }
}

/// A feed that failed. Its ETag stays the old one, so that what failed is asked for again. Where only some documents
/// of an index failed the agency is not silent: one dead link must not raise that alarm.
pub(super) fn failed(before: FeedState, error: &VisitError, now: Timestamp) -> FeedState {
    FeedState {
        ok_at: if error.has_spoken() { Some(now) } else { before.ok_at },
        failures: before.failures.saturating_add(1),
        fault: Some(error.to_string()),
        ..before
    }
}

fn bytes(inputs: &[Input]) -> usize {
    inputs.iter().map(|input| if let Input::Bulletin(bulletin, _) = input { bulletin.body.len() } else { 0 }).sum()
}

enum Got {
    NotModified { clock: Option<Timestamp> },
    Document(Box<Had>),
}

struct Had {
    bulletin: Bulletin,
    parsed: Parsed,
    state: FeedState,
    /// The address that links are relative to.
    base: String,
    clock: Option<Timestamp>,
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
    unreadable(&bulletin.body, &parsed).map_or(Ok((bulletin, parsed)), |why| Err(VisitError::Unreadable(why)))
}

/// Why a document counts as none; `None` when it is one. A page for people in which nothing could be read is an error
/// page, whatever the server's status says.
pub(super) fn unreadable(body: &[u8], parsed: &Parsed) -> Option<String> {
    let gave_nothing = parsed.hazards.is_empty() && parsed.links.is_empty();
    if !gave_nothing {
        return None;
    }
    if let Some(title) = page_title(body) {
        let title = if title.is_empty() { String::new() } else { format!(" (`{title}`)") };
        return Some(format!(
            "the server says that all is well and sends a page for people{title} instead of the feed\nhint: open the address in a browser; the agency may have moved it, or refuses this machine"
        ));
    }
    let fatal = parsed.faults.iter().find(|fault| fault.is_fatal)?;
    Some(format!("the document cannot be read{fatal}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DocumentHash, FeedId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn state() -> FeedState {
        FeedState {
            etag: Some("old".to_owned()),
            ok_at: Some(at(1)),
            failures: 2,
            ..FeedState::new(FeedId::new("f"), "u")
        }
    }

    fn check(error: &VisitError, ok_at: i64) {
        let after = failed(state(), error, at(100));
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

    #[test]
    fn what_changes_in_place_is_asked_for_in_each_round_and_the_rest_is_not() {
        let had = FeedState { document: Some(DocumentHash::of(b"x")), ok_at: Some(at(0)), ..state() };
        let storm = FeedState { changes_in_place: true, issued: Some(at(0)), ..had.clone() };
        let hour = 3_600;
        for (before, is_new, now, expected) in [
            (&state(), false, 10, true),
            (&had, true, 10, false),
            (&had, true, hour, true),
            (&had, false, hour, false),
            (&storm, false, 10, true),
            (&FeedState { ok_at: Some(at(49 * hour)), ..storm.clone() }, false, 49 * hour + 10, false),
            (&FeedState { ok_at: Some(at(49 * hour)), ..storm.clone() }, false, 50 * hour, true),
        ] {
            assert_eq!(is_due(before, is_new, false, at(now)), expected, "{before:?} {is_new} {now}");
        }
        assert!(is_due(&had, false, true, at(10)));
    }

    #[test]
    fn an_error_page_is_no_document_whatever_the_status() {
        let nothing = Parsed::default();
        let why = unreadable(b"<html><title>Access Denied</title></html>", &nothing).expect("no document");
        assert!(why.contains("a page for people (`Access Denied`)") && why.contains("\nhint: "), "{why}");
        assert_eq!(unreadable(b"<feed/>", &nothing), None, "an empty index is an answer");
        let led = Parsed { links: vec!["a".to_owned()], ..Parsed::default() };
        assert_eq!(unreadable(b"<html>", &led), None, "a page that is also a bulletin");
    }
}
