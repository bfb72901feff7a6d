//! One task a feed: asks its addresses in turn, gives what came to the keeper, waits as long as is polite.
//!
//! A fault of one feed stays with that feed. While the first address fails the next is asked, and the first again
//! as soon as its breaker allows.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::hosts::Hosts;
use super::visit::{Asker, Known, Leads, Visit, VisitError, failed, well};
use super::{Shared, points};
use crate::config::FeedConfig;
use crate::domain::{FeedState, Span, Timestamp};
use crate::sources;
use crate::sources::fetch::{Breaker, Fetcher, Pace, askable, next_poll};
use crate::turn::{GRACE, Input};

/// What one feed's task stands on.
#[derive(Clone)]
pub(super) struct Poller(Asker);

/// What a feed's task remembers from poll to poll.
#[derive(Default)]
struct Memory {
    leads: Leads,
    /// One for each address.
    breakers: Vec<Breaker>,
    /// What was last said of it in the log.
    said: Option<String>,
}

/// How a poll went.
#[derive(Default)]
struct Polled {
    failures: u32,
    retry_after: Option<Duration>,
    /// The newest issue time that the feed has given.
    issued: Option<Timestamp>,
}

impl Poller {
    /// One for each feed.
    pub(super) fn all(shared: &Arc<Shared>, fetcher: &Arc<Fetcher>) -> Vec<Self> {
        let hosts = Hosts::default();
        let of_feed = |feed: &FeedConfig| {
            Self(Asker { shared: shared.clone(), fetcher: fetcher.clone(), feed: feed.clone(), hosts: hosts.clone() })
        };
        shared.config.feeds.iter().map(of_feed).collect()
    }

    /// What it is called in the log.
    pub(super) fn name(&self) -> String {
        format!("feed {}", self.0.feed.id)
    }

    /// Polls for ever.
    pub(super) async fn run(self) {
        let Asker { shared, feed, .. } = &self.0;
        let mut memory = Memory::default();
        loop {
            shared.pulse.polls(&feed.id, shared.clock.now(), Duration::ZERO);
            let polled = self.poll(&mut memory).await;
            let now = shared.clock.now();
            let pace = Pace {
                cadence: feed.cadence,
                near_cadence: feed.near_cadence,
                storm_near: shared.storm_near.load(Ordering::Relaxed),
                is_due: is_due(polled.issued, feed.issues_every, now),
            };
            let wait = next_poll(&pace, polled.failures, polled.retry_after, jitter());
            let wait = wait.max(rest(&memory.breakers, now).unwrap_or_default());
            shared.pulse.polls(&feed.id, now, wait);
            #[expect(clippy::disallowed_methods, reason = "waiting between polls is what the daemon does")]
            tokio::time::sleep(wait).await;
        }
    }

    /// Asks once. What came, and how the feed is now, is durable when it returns.
    async fn poll(&self, memory: &mut Memory) -> Polled {
        let Asker { shared, feed, .. } = &self.0;
        let states = shared.keeper.feed_states(&feed.id).await.unwrap_or_default();
        let known: Known = states.into_iter().map(|state| (state.url.clone(), state)).collect();
        let before = known.get(&feed.url).cloned().unwrap_or_else(|| FeedState::new(feed.id.clone(), &feed.url));
        let mut inputs = Vec::new();
        let (main, retry_after) = self.ask(memory, &known, before, &mut inputs).await;
        if memory.said != main.fault {
            say(feed, &main);
            memory.said.clone_from(&main.fault);
        }
        let issued = known.values().filter_map(|state| state.issued).max().max(main.issued);
        let mut polled = Polled { failures: main.failures, retry_after, issued };
        inputs.push(Input::Feed(Box::new(main)));
        // Durable before the next poll: the ETag and what was read go in together, or not at all.
        if let Err(error) = shared.turn(inputs).await {
            tracing::warn!(feed = %feed.id, %error, "what came of the feed could not be kept; it is asked again");
            // What this round led to was not heard: ask for all of it again.
            memory.leads.clear();
            polled.failures = polled.failures.max(1);
        }
        polled
    }

    /// Asks the feed's addresses until one answers well; how the feed is then.
    async fn ask(
        &self,
        memory: &mut Memory,
        known: &Known,
        mut main: FeedState,
        inputs: &mut Vec<Input>,
    ) -> (FeedState, Option<Duration>) {
        let Asker { shared, feed, .. } = &self.0;
        let urls = feed.addresses(shared.clock.now());
        memory.breakers.resize_with(urls.len(), Breaker::default);
        let mut first_error: Option<VisitError> = None;
        let mut wish = None;
        for index in askable(&memory.breakers, shared.clock.now()) {
            let (Some(url), Some(breaker)) = (urls.get(index), memory.breakers.get_mut(index)) else { continue };
            let mut state = known.get(url).cloned().unwrap_or_else(|| FeedState::new(feed.id.clone(), url));
            let mut visit = Visit::new(&self.0, known, &mut memory.leads);
            let came = self.ask_one(&mut visit, url, &mut state).await;
            let odd = visit.odd.take().map(|odd| odd.to_string());
            inputs.append(&mut visit.inputs);
            (main.issued, main.active) = (main.issued.max(state.issued), state.active.clone().or(main.active));
            let now = shared.clock.now();
            match came {
                Ok(state) => {
                    breaker.well();
                    let beside = (index > 0).then(|| in_place_of(first_error.as_ref()));
                    let fault = beside.or(odd);
                    if *url == main.url {
                        return (FeedState { fault, issued: main.issued, active: main.active, ..state }, None);
                    }
                    inputs.push(Input::Feed(Box::new(state)));
                    return (FeedState { fault, ..well(main, now) }, None);
                }
                Err(error) if error.has_spoken() => {
                    breaker.well();
                    return (failed(main, &error, now), error.retry_after());
                }
                Err(error) => {
                    breaker.failed(now, shared.storm_near.load(Ordering::Relaxed));
                    wish = wish.max(error.retry_after());
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            Some(error) => (failed(main, &error, shared.clock.now()), wish),
            // All rest; nothing was asked and nothing is new.
            None => (main, None),
        }
    }

    async fn ask_one(&self, visit: &mut Visit<'_>, url: &str, state: &mut FeedState) -> Result<FeedState, VisitError> {
        let Asker { shared, feed, .. } = &self.0;
        if !feed.points {
            return visit.ask(url, state).await;
        }
        let format = feed.format.as_deref().unwrap_or_default();
        let Some(questions) = sources::questions(format) else {
            return Err(VisitError::Unreadable(format!("a service of format `{format}` is not asked for points")));
        };
        visit.ask_points(&questions(url, &points(&shared.portfolio.get()))).await?;
        Ok(well(state.clone(), shared.clock.now()))
    }
}

/// Said once for each change, so that a feed that is down all night does not fill the log.
fn say(feed: &FeedConfig, main: &FeedState) {
    let (feed, failures) = (&feed.id, main.failures);
    match &main.fault {
        Some(fault) if failures > 0 => tracing::warn!(%feed, error = %fault, failures, "feed failed"),
        Some(fault) => tracing::warn!(%feed, %fault, "feed answers, but something is amiss"),
        None => tracing::info!(%feed, "feed is well"),
    }
}

fn in_place_of(error: Option<&VisitError>) -> String {
    let why = error.map(|error| error.to_string().lines().next().unwrap_or_default().to_owned());
    let why = why.unwrap_or_else(|| "it failed before and rests".to_owned());
    format!("answered by a second address; the first does not answer well: {why}")
}

/// True from when the agency's next bulletin on a storm is due until it would be called late.
fn is_due(issued: Option<Timestamp>, issues_every: Option<Duration>, now: Timestamp) -> bool {
    let (Some(issued), Some(every)) = (issued, issues_every.and_then(|every| Span::try_from(every).ok())) else {
        return false;
    };
    let age = now.duration_since(issued);
    every <= age && age <= every.checked_add(GRACE).unwrap_or(Span::MAX)
}

/// How long until any address may be asked; `None` when one may now.
fn rest(breakers: &[Breaker], now: Timestamp) -> Option<Duration> {
    let rests: Option<Vec<Duration>> = breakers.iter().map(|breaker| breaker.rest(now)).collect();
    rests?.into_iter().min()
}

/// A number of 0..1 that differs from call to call, so that clients do not knock in step.
pub(super) fn jitter() -> f64 {
    let bits = std::collections::hash_map::RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + hour * 3_600).expect("in range")
    }

    #[test]
    fn a_bulletin_is_due_when_its_time_has_come_and_not_for_ever() {
        let every = Some(Duration::from_hours(6));
        for (hour, expected) in [(5, false), (6, true), (10, true), (11, false), (-1, false)] {
            assert_eq!(is_due(Some(at(0)), every, at(hour)), expected, "{hour}");
        }
        assert!(!is_due(None, every, at(7)) && !is_due(Some(at(0)), None, at(7)));
    }

    #[test]
    fn a_feed_rests_only_when_all_its_addresses_do() {
        let mut down = Breaker::default();
        for hour in 0..3 {
            down.failed(at(hour), false);
        }
        assert_eq!(rest(&[down, Breaker::default()], at(2)), None);
        assert_eq!(rest(&[down, down], at(2)), Some(Duration::from_mins(30)));
        assert_eq!(rest(&[down], at(3)), None);
    }
}
