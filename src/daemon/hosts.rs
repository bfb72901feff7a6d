//! How much we ask of one host: so many questions at a time, and a pause between any two.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Questions to one host at the same time.
const AT_ONCE: usize = 2;
/// The least time between the beginnings of two questions to one host; our own choice. This machine needs none.
const PAUSE: Duration = Duration::from_millis(250);

/// The gates of all hosts, shared by every feed.
#[derive(Debug, Clone, Default)]
pub(super) struct Hosts(Arc<Mutex<BTreeMap<String, Gate>>>);

#[derive(Debug, Clone)]
struct Gate {
    turns: Arc<Semaphore>,
    /// When the next question may begin.
    next: Arc<Mutex<Instant>>,
    pause: Duration,
}

impl Hosts {
    /// Waits until the host of an address may be asked. While what comes back is held, it counts as being asked.
    pub(super) async fn enter(&self, url: &str) -> Option<OwnedSemaphorePermit> {
        let gate = self.gate(url);
        // The gate is never closed; were it, nothing would be held back by it.
        let turn = gate.turns.acquire_owned().await.ok();
        let begins = {
            let mut next = gate.next.lock().unwrap_or_else(PoisonError::into_inner);
            let begins = (*next).max(Instant::now());
            *next = begins + gate.pause;
            begins
        };
        tokio::time::sleep_until(begins).await;
        turn
    }

    fn gate(&self, url: &str) -> Gate {
        let url = url::Url::parse(url).ok();
        let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
        let is_here = url.as_ref().is_some_and(is_here);
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Gate {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            next: Arc::new(Mutex::new(Instant::now())),
            pause: if is_here { Duration::ZERO } else { PAUSE },
        };
        gates.entry(host.to_owned()).or_insert_with(new).clone()
    }
}

fn is_here(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn begins(url: &str, count: u32) -> Duration {
        let (hosts, began) = (Hosts::default(), Instant::now());
        for _ in 0..count {
            drop(hosts.enter(url).await);
        }
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_is_given_a_pause_and_this_machine_needs_none() {
        assert_eq!(begins("https://example.com/a", 5).await, PAUSE * 4);
        assert_eq!(begins("http://127.0.0.1:9/a", 5).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn two_at_a_time_and_other_hosts_are_not_held_up() {
        let hosts = Hosts::default();
        let _first = hosts.enter("https://example.com/a").await;
        let _second = hosts.enter("https://example.com/b").await;
        assert!(tokio::time::timeout(Duration::from_mins(1), hosts.enter("https://example.com/c")).await.is_err());
        assert!(hosts.enter("https://example.org/").await.is_some());
    }
}
