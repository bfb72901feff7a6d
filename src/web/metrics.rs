//! `/metrics`: what an operator's Prometheus asks for.
//!
//! What happened is counted as it happens; how things stand is read when it is asked for.

use std::fmt::Error;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::Web;
use super::api::{Problem, read};
use super::who::Operator;
use crate::domain::{self, Delivery, FeedId, Timestamp};
use crate::store::{Store, StoreError, outbox};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Seconds: a turn without news takes a millisecond, one with an ensemble a second.
const TURN_S: [f64; 10] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFeed {
    feed: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOutcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLevel {
    level: &'static str,
    answered: &'static str,
}

/// What is counted as it happens. Clones count together.
#[derive(Debug, Clone)]
pub struct Meters {
    turns: Histogram,
    bulletins: Family<OfFeed, Counter>,
    faults: Family<OfFeed, Counter>,
    deliveries: Family<OfOutcome, Counter>,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            turns: Histogram::new(TURN_S),
            bulletins: Family::default(),
            faults: Family::default(),
            deliveries: Family::default(),
        }
    }
}

impl Meters {
    /// A turn, and how long it took.
    pub fn turn(&self, seconds: f64) {
        self.turns.observe(seconds);
    }

    /// A document of a feed, and how many faults it had.
    pub fn bulletin(&self, feed: &FeedId, faults: usize) {
        let of = OfFeed { feed: feed.to_string() };
        self.bulletins.get_or_create(&of).inc();
        self.faults.get_or_create(&of).inc_by(faults.try_into().unwrap_or(u64::MAX));
    }

    /// What came of handing a notice over.
    pub fn delivery(&self, delivery: &Delivery) {
        let outcome = match delivery {
            Delivery::Taken => "taken",
            Delivery::Later(_) | Delivery::NotBefore(..) => "later",
            Delivery::Held(_) => "held",
            Delivery::Overtaken(_) => "overtaken",
            Delivery::Never(_) => "never",
        };
        self.deliveries.get_or_create(&OfOutcome { outcome }).inc();
    }

    fn register(&self, registry: &mut Registry) {
        let turns = "How long turns took";
        registry.register_with_unit("turn", turns, Unit::Seconds, self.turns.clone());
        registry.register("bulletins", "Documents that were read", self.bulletins.clone());
        registry.register("parse_faults", "Faults in documents that were read", self.faults.clone());
        registry.register("deliveries", "Notices that were handed over, by what came of it", self.deliveries.clone());
    }
}

/// How things stand, for those who look after the house.
pub(super) async fn show(State(web): State<Web>, _operator: Operator, headers: HeaderMap) -> Result<Response, Problem> {
    let text = read(&web, |state, web| {
        let mut registry = Registry::with_prefix("seawall");
        web.meters.register(&mut registry);
        let now = web.clock.now();
        feeds(&mut registry, state, web, now);
        alerts(&mut registry, state);
        post(&mut registry, &*web.store, now)?;
        let mut text = String::new();
        text::encode(&mut text, &registry).map_err(|Error| StoreError::Engine {
            doing: "write the metrics",
            detail: "the text could not be written".to_owned(),
        })?;
        Ok(text)
    })
    .await?;
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match text {
        Ok(text) if accepted.contains("application/openmetrics-text") => {
            Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
        }
        Ok(text) => Ok(([(header::CONTENT_TYPE, PLAIN)], in_plain_text(&text)).into_response()),
        Err(error) => Err(Problem::store(&error)),
    }
}

/// The same in the text format that everybody reads: there a counter's comments bear the name of its samples, and there are
/// no units and no end.
fn in_plain_text(open: &str) -> String {
    let counters: Vec<&str> =
        open.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let mut plain = String::with_capacity(open.len());
    for line in open.lines().filter(|line| !line.starts_with("# UNIT ") && *line != "# EOF") {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(kind), Some(name), Some(rest)) if counters.contains(&name) => {
                plain.extend(["# ", kind, " ", name, "_total ", rest]);
            }
            _ => plain.push_str(line),
        }
        plain.push('\n');
    }
    plain
}

fn feeds(registry: &mut Registry, state: &domain::State, web: &Web, now: Timestamp) {
    let (ages, failures, troubled) = (
        Family::<OfFeed, Gauge<f64, std::sync::atomic::AtomicU64>>::default(),
        Family::<OfFeed, Gauge>::default(),
        Family::<OfFeed, Gauge>::default(),
    );
    for feed in web.feeds.iter() {
        let of = OfFeed { feed: feed.id.to_string() };
        let known = state.feeds.get(&(feed.id.clone(), feed.url.clone()));
        if let Some(ok_at) = known.and_then(|known| known.ok_at) {
            ages.get_or_create(&of).set(now.duration_since(ok_at).as_secs_f64());
        }
        failures.get_or_create(&of).set(known.map_or(0, |known| known.failures.into()));
        troubled.get_or_create(&of).set(i64::from(known.is_some_and(|known| known.vigil.trouble.is_some())));
    }
    registry.register_with_unit(
        "feed_age",
        "Since a feed last answered well; absent when it never has",
        Unit::Seconds,
        ages,
    );
    registry.register("feed_failures", "Failures of a feed in a row", failures);
    registry.register("feed_in_trouble", "1 when a feed is silent, stale or odd", troubled);
}

fn alerts(registry: &mut Registry, state: &domain::State) {
    let live = Family::<OfLevel, Gauge>::default();
    for level in [domain::Level::Watch, domain::Level::Warn, domain::Level::Act] {
        for answered in ["no", "yes"] {
            live.get_or_create(&OfLevel { level: level.as_str(), answered }).set(0);
        }
    }
    for alert in state.alerts.values().filter(|alert| alert.is_live()) {
        let answered = if alert.state == domain::AlertState::Open { "no" } else { "yes" };
        live.get_or_create(&OfLevel { level: alert.level.as_str(), answered }).inc();
    }
    registry.register("alerts", "Live alerts, by level and whether somebody has answered", live);
    let events = Gauge::<i64>::default();
    events.set(count(state.events.values().filter(|event| event.over.is_none()).count()));
    registry.register("events", "Storms and warnings in force", events);
}

fn post(registry: &mut Registry, store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
    let waiting = outbox::outbox(store)?;
    let (depth, age, dead) =
        (Gauge::<i64>::default(), Gauge::<f64, std::sync::atomic::AtomicU64>::default(), Gauge::<i64>::default());
    depth.set(count(waiting.len()));
    age.set(waiting.iter().map(|notice| notice.queued_at).min().map_or(0.0, |at| now.duration_since(at).as_secs_f64()));
    dead.set(count(outbox::dead_letters(store)?.len()));
    registry.register("outbox_notices", "Notices that wait to be handed over", depth);
    registry.register_with_unit(
        "outbox_age",
        "Since the oldest notice in the outbox was written; 0 when it is empty",
        Unit::Seconds,
        age,
    );
    registry.register("dead_letters", "Notices that were given up", dead);
    Ok(())
}

fn count(number: usize) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_format_names_counters_as_their_samples_and_has_no_units() {
        let meters = Meters::default();
        meters.turn(0.5);
        meters.bulletin(&FeedId::new("jtwc"), 2);
        let mut registry = Registry::with_prefix("seawall");
        meters.register(&mut registry);
        let mut open = String::new();
        text::encode(&mut open, &registry).expect("text");
        let plain = in_plain_text(&open);
        for line in [
            "# HELP seawall_bulletins_total Documents that were read.",
            "# TYPE seawall_bulletins_total counter",
            "seawall_bulletins_total{feed=\"jtwc\"} 1",
            "# TYPE seawall_turn_seconds histogram",
        ] {
            assert!(plain.lines().any(|known| known == line), "{line}: {plain}");
        }
        assert!(!plain.contains("# UNIT") && !plain.contains("# EOF"), "{plain}");
    }
}
