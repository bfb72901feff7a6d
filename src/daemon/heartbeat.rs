//! A dead man's switch: an address is asked for as long as feeds are polled and turns are made, and no longer. Whoever
//! listens there raises the alarm when we fall silent, whatever the reason.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Shared;
use crate::config::HeartbeatConfig;
use crate::domain::{FeedId, Span, Timestamp};
use crate::notifiers::Http;

/// How long one sign of life may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(20);
/// A turn may be late by so much on a busy machine.
const TURN_GRACE: Span = Span::from_mins(2);
/// A poll may take so long: all addresses of a feed and what they lead to.
const POLL_GRACE: Span = Span::from_mins(15);

/// When each feed is to have been polled again, and the newest turn.
#[derive(Debug, Default)]
pub(super) struct Pulse(Mutex<Beats>);

#[derive(Debug, Default)]
struct Beats {
    turned: Option<Timestamp>,
    polled_by: BTreeMap<FeedId, Timestamp>,
}

impl Pulse {
    /// A turn was made and kept.
    pub(super) fn turned(&self, now: Timestamp) {
        self.beats().turned = Some(now);
    }

    /// A feed will be polled again after a wait; before the first poll, after none.
    pub(super) fn polls(&self, feed: &FeedId, now: Timestamp, wait: Duration) {
        let wait = Span::try_from(wait).unwrap_or(Span::ZERO);
        let by = now.checked_add(wait).and_then(|at| at.checked_add(POLL_GRACE)).unwrap_or(now);
        self.beats().polled_by.insert(feed.clone(), by);
    }

    /// What does not live any more; `None` when all is well.
    pub(super) fn fault(&self, now: Timestamp, tick: Duration) -> Option<String> {
        let beats = self.beats();
        let ticks = Span::try_from(tick * 3).unwrap_or(Span::ZERO);
        let is_late =
            |turned: Timestamp| now.duration_since(turned) > ticks.checked_add(TURN_GRACE).unwrap_or(Span::MAX);
        if beats.turned.is_none_or(is_late) {
            return Some("no turn was made".to_owned());
        }
        let (feed, _) = beats.polled_by.iter().find(|(_, by)| now > **by)?;
        Some(format!("feed `{feed}` is not polled"))
    }

    fn beats(&self) -> MutexGuard<'_, Beats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a sign of life at the configured pace, for ever.
pub(super) async fn run(shared: Arc<Shared>, config: HeartbeatConfig, http: Http) {
    let mut interval = tokio::time::interval(config.every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut is_well = true;
    loop {
        interval.tick().await;
        let now = shared.clock.now();
        let fault = shared.pulse.fault(now, shared.config.tick);
        let was_well = std::mem::replace(&mut is_well, fault.is_none());
        match fault {
            Some(fault) if was_well => tracing::error!(%fault, "no sign of life is given"),
            Some(_) => {}
            None => match http.ping(&config.url, now).await {
                Ok(200..=299) => tracing::debug!("sign of life"),
                Ok(status) => tracing::warn!(status, "whoever hears our sign of life does not want it"),
                Err(error) => tracing::warn!(%error, "our sign of life is not heard"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn alive_is_who_turns_and_polls() {
        let (pulse, tick) = (Pulse::default(), Duration::from_secs(30));
        assert!(pulse.fault(at(0), tick).is_some(), "nothing has happened yet");
        pulse.turned(at(0));
        assert_eq!(pulse.fault(at(210), tick), None);
        assert!(pulse.fault(at(211), tick).is_some_and(|fault| fault.contains("turn")));
        pulse.polls(&FeedId::new("jtwc"), at(0), Duration::from_mins(10));
        pulse.turned(at(1501));
        assert_eq!(pulse.fault(at(1500), tick), None);
        assert!(pulse.fault(at(1501), tick).is_some_and(|fault| fault.contains("`jtwc`")));
        pulse.polls(&FeedId::new("jtwc"), at(1501), Duration::ZERO);
        assert_eq!(pulse.fault(at(1600), tick), None);
    }
}
