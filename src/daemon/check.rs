//! Asks each feed once and says how it is: good, slow, stale or broken. Nothing is followed, kept or told.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use serde::Serialize;
use tokio::time::Instant;

use super::hosts::Hosts;
use super::noticed::{Heard, in_words, newest, odd, odd_clock, old_after};
use super::visit::unreadable;
use super::{DaemonError, SystemClock};
use crate::config::FeedConfig;
use crate::domain::{Bulletin, Clock as _, FeedId, Parsed, Position, Span, Timestamp};
use crate::sources;
use crate::sources::fetch::{FetchRequest, FetchSettings, Fetched, Fetcher, parse_http_date};

/// Hosts that are asked at the same time.
const HOSTS_AT_ONCE: usize = 8;
/// An answer is slow when it takes more than this part of the feed's `timeout`: a bad day away from none.
const SLOW_PART: u32 = 5;
/// A document without issue times that has not changed for this long may be out of season, or dead. A guess.
const UNCHANGED_MAX: Span = Span::from_hours(30 * 24);

/// How a feed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It answers with a document that can be read and is of today.
    Good,
    /// As good, but it takes long.
    Slow,
    /// It answers with what is long out of date.
    Stale,
    /// It does not answer, or with something that is no document.
    Broken,
}

impl Verdict {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Slow => "slow",
            Self::Stale => "stale",
            Self::Broken => "broken",
        }
    }
}

/// What came of asking a feed once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The feed.
    pub feed: FeedId,
    /// The address that was asked.
    pub url: String,
    /// How it is.
    pub verdict: Verdict,
    /// The HTTP status, or why there is none: `200`, `404`, `time-out`, `no connection`.
    pub what: String,
    /// How long the answer took, in milliseconds.
    pub ms: u64,
    /// The bytes of the document, unpacked.
    pub bytes: Option<usize>,
    /// Hazards in it.
    pub hazards: usize,
    /// Documents that it points on to.
    pub links: usize,
    /// The newest issue time in it, else its `Last-Modified`.
    pub issued: Option<Timestamp>,
    /// How old that is, in words.
    pub age: Option<String>,
    /// What is wrong and what to do about it.
    pub hint: Option<String>,
}

/// Asks each feed once: hosts side by side, the feeds of one host one after the other. In the order of `feeds`.
/// `point` is where a service is asked for that answers for places.
///
/// # Errors
/// When the HTTP client cannot be made.
pub async fn check(feeds: &[FeedConfig], contact: &str, point: Position) -> Result<Vec<Checked>, DaemonError> {
    let fetcher = Fetcher::new(&FetchSettings::new(contact))?;
    let hosts = Hosts::default();
    let mut by_host: BTreeMap<String, Vec<(usize, &FeedConfig)>> = BTreeMap::new();
    for (index, feed) in feeds.iter().enumerate() {
        let host = url::Url::parse(&feed.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        by_host.entry(host.unwrap_or_default()).or_default().push((index, feed));
    }
    let of_host = |feeds: Vec<(usize, &FeedConfig)>| {
        let feeds: Vec<(usize, FeedConfig)> = feeds.into_iter().map(|(index, feed)| (index, feed.clone())).collect();
        let (fetcher, hosts) = (fetcher.clone(), hosts.clone());
        async move {
            let mut checked = Vec::new();
            for (index, feed) in feeds {
                checked.push((index, check_one(&fetcher, &hosts, &feed, point).await));
            }
            checked
        }
    };
    let rounds: Vec<_> = by_host.into_values().map(of_host).collect();
    let mut checked: Vec<(usize, Checked)> = stream::iter(rounds).buffer_unordered(HOSTS_AT_ONCE).concat().await;
    checked.sort_by_key(|(index, _)| *index);
    Ok(checked.into_iter().map(|(_, checked)| checked).collect())
}

/// The first address, and when that is broken whether another would answer.
async fn check_one(fetcher: &Fetcher, hosts: &Hosts, feed: &FeedConfig, point: Position) -> Checked {
    let urls = feed.addresses(SystemClock.now());
    let mut first: Option<Checked> = None;
    for url in &urls {
        let checked = ask(fetcher, hosts, feed, url, point).await;
        match &mut first {
            None if checked.verdict != Verdict::Broken => return checked,
            None => first = Some(checked),
            Some(first) if checked.verdict != Verdict::Broken => {
                let hint = first.hint.take().unwrap_or_default();
                first.hint = Some(format!("{hint}; its other address answers: {}", checked.url));
                break;
            }
            Some(_) => {}
        }
    }
    first.unwrap_or_else(|| blank(feed, &feed.url))
}

async fn ask(fetcher: &Fetcher, hosts: &Hosts, feed: &FeedConfig, url: &str, point: Position) -> Checked {
    let format = feed.format.as_deref().unwrap_or_default();
    let question = match (feed.points, sources::questions(format)) {
        (true, Some(questions)) => questions(url, &[point]).into_iter().next(),
        (true, None) => None,
        (false, _) => Some(url.to_owned()),
    };
    let Some(question) = question else {
        let hint = Some(format!("a service of format `{format}` is not asked for points; take `points` out"));
        return Checked { what: "not asked".to_owned(), hint, ..blank(feed, url) };
    };
    let now = SystemClock.now();
    let request = FetchRequest {
        url: question,
        etag: None,
        last_modified: None,
        referer: feed.referer.clone(),
        timeout: feed.timeout,
        max_bytes: feed.max_bytes,
        now,
    };
    let _turn = hosts.enter(url).await;
    let began = Instant::now();
    let answer = fetcher.get(&request).await;
    let took = began.elapsed();
    let base = Checked { ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX), ..blank(feed, url) };
    match answer {
        Err(error) => Checked { what: error.short(), hint: Some(one_line(&error.to_string())), ..base },
        Ok(Fetched::NotModified { .. }) => Checked { what: "304".to_owned(), ..base },
        Ok(Fetched::Document { body, charset, last_modified, clock, .. }) => {
            let mut bulletin = Bulletin::new(feed.id.clone(), &feed.agency, url, now, body);
            bulletin.charset = charset;
            let changed = last_modified.as_deref().and_then(parse_http_date);
            let mut checked = read(feed, bulletin, changed, took, base).await;
            if checked.hint.is_none() {
                checked.hint = odd_clock(clock, now).map(|odd| odd.to_string());
            }
            checked
        }
    }
}

async fn read(
    feed: &FeedConfig,
    bulletin: Bulletin,
    changed: Option<Timestamp>,
    took: Duration,
    base: Checked,
) -> Checked {
    let base = Checked { what: "200".to_owned(), bytes: Some(bulletin.body.len()), ..base };
    let (format, now) = (feed.format.clone(), bulletin.fetched);
    let reading = tokio::task::spawn_blocking(move || {
        let parsed = sources::parse(format.as_deref(), &bulletin).map_err(|error| error.to_string())?;
        unreadable(&bulletin.body, &parsed).map_or(Ok(parsed), Err)
    });
    let parsed = reading.await.unwrap_or_else(|error| Err(format!("a reader panicked: {error}; please report it")));
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(why) => return Checked { hint: Some(one_line(&why)), ..base },
    };
    let issued = newest(&parsed, now).or(changed);
    let (verdict, hint) = judge(feed, &parsed, changed, took, now);
    Checked {
        verdict,
        hazards: parsed.hazards.len(),
        links: parsed.links.len(),
        issued,
        age: issued.map(|issued| in_words(now.duration_since(issued))),
        hint,
        ..base
    }
}

/// How a document that could be read is.
fn judge(
    feed: &FeedConfig,
    parsed: &Parsed,
    changed: Option<Timestamp>,
    took: Duration,
    now: Timestamp,
) -> (Verdict, Option<String>) {
    if let Some(why) = stale(feed, parsed, changed, now) {
        return (Verdict::Stale, Some(why));
    }
    let faults = parsed.faults.len();
    let torn = (faults > 0).then(|| format!("{faults} faults in the document; `seawall parse` names them"));
    if took > feed.timeout / SLOW_PART {
        let (took, limit) = (took.as_secs_f64(), feed.timeout.as_secs_f64());
        let slow = format!("{took:.1} s of {limit:.1} s; raise `timeout` before it is cut off");
        return (Verdict::Slow, Some(torn.map_or(slow.clone(), |torn| format!("{slow}; {torn}"))));
    }
    (Verdict::Good, torn)
}

fn stale(feed: &FeedConfig, parsed: &Parsed, changed: Option<Timestamp>, now: Timestamp) -> Option<String> {
    if let Some(odd) = odd(parsed, &Heard::new(), feed, now) {
        return Some(odd.to_string());
    }
    let ends: Option<Vec<Timestamp>> = parsed.hazards.iter().map(|hazard| hazard.expires).collect();
    let last_end = ends.and_then(|ends| ends.into_iter().max());
    if let Some(end) = last_end.filter(|end| now.duration_since(*end) > old_after(feed)) {
        let ago = in_words(now.duration_since(end));
        return Some(format!("everything in it ended, the last of it {ago} ago: an old copy?"));
    }
    let changed =
        changed.filter(|changed| newest(parsed, now).is_none() && now.duration_since(*changed) > UNCHANGED_MAX)?;
    let ago = in_words(now.duration_since(changed));
    Some(format!("unchanged for {ago}: out of season, or nobody fills it any more"))
}

fn blank(feed: &FeedConfig, url: &str) -> Checked {
    Checked {
        feed: feed.id.clone(),
        url: url.to_owned(),
        verdict: Verdict::Broken,
        what: String::new(),
        ms: 0,
        bytes: None,
        hazards: 0,
        links: 0,
        issued: None,
        age: None,
        hint: None,
    }
}

fn one_line(text: &str) -> String {
    text.replace("\nhint: ", "; ").lines().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::feed_by_id;
    use crate::domain::{DocumentHash, Hazard, HazardId, HazardKind};

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_000_000_000 + day * 86_400).expect("in range")
    }

    fn warning(expires: i64) -> Parsed {
        let hash = DocumentHash::of(b"x");
        let bare = Hazard::new(HazardId::new("h"), "x", "cap", &hash, "x", HazardKind::Flood);
        let hazard = Hazard { issued: Some(at(expires - 1)), expires: Some(at(expires)), ..bare };
        Parsed { hazards: vec![hazard], ..Parsed::default() }
    }

    fn check(parsed: &Parsed, changed: Option<i64>, took_s: u64, expected: Verdict) {
        let feed = feed_by_id("cma-cap").expect("a feed");
        let (verdict, hint) = judge(&feed, parsed, changed.map(at), Duration::from_secs(took_s), at(0));
        assert_eq!(verdict, expected, "{hint:?}");
        assert_eq!(hint.is_some(), verdict != Verdict::Good, "{hint:?}");
    }

    #[test]
    fn good_slow_and_stale() {
        check(&warning(1), None, 1, Verdict::Good);
        check(&warning(-1), None, 1, Verdict::Good);
        check(&warning(1), None, 7, Verdict::Slow);
        check(&warning(-3), None, 1, Verdict::Stale);
        check(&Parsed::default(), Some(-29), 1, Verdict::Good);
        check(&Parsed::default(), Some(-31), 1, Verdict::Stale);
        check(&warning(1), Some(-31), 1, Verdict::Good);
    }
}
