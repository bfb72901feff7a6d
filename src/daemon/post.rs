//! The post: takes notices out of the outbox and hands each to the notifier of its channel, until the receiving server
//! has it.
//!
//! One person's notices on one channel go in order. Channels and people wait for nobody else: what is slow or refused
//! holds up nothing beside itself. The most urgent and then the oldest go first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::Shared;
use super::poll::jitter;
use super::routes::{Route, Routes};
use super::undelivered::Undelivered;
use crate::alerts;
use crate::domain::{Delivery, Notice, Span, Timestamp};
use crate::notifiers::Notifier;
use crate::store::outbox;

/// The outbox is looked into at least this often.
const ROUND: Duration = Duration::from_secs(5);
/// And never more often than this for what waits.
const ROUND_MIN: Duration = Duration::from_millis(20);
/// The first and the longest wait after a failure.
const FIRST_WAIT_S: i64 = 10;
const LONGEST_WAIT_S: i64 = 15 * 60;
/// The longest wait that a server may ask for.
const NAMED_WAIT_MAX: Span = Span::from_hours(1);

/// The channel and the address.
type Person = (String, String);

/// One person's notices on one channel, oldest first.
type Pile = (Person, Vec<Notice>);

/// What is on its way and what is held.
struct Post {
    shared: Arc<Shared>,
    routes: Arc<Routes>,
    tasks: JoinSet<Option<Timestamp>>,
    busy: HashMap<Id, Person>,
    /// Held by our own limits, until when.
    held: BTreeMap<Person, Timestamp>,
    /// Those whose notices are on their way and who have got more.
    has_more: BTreeSet<Person>,
}

/// Hands over what is due, for ever; ends when the keeper drains.
pub(super) async fn run(shared: Arc<Shared>, routes: Arc<Routes>) {
    let mut post = Post {
        shared: shared.clone(),
        routes: routes.clone(),
        tasks: JoinSet::new(),
        busy: HashMap::new(),
        held: BTreeMap::new(),
        has_more: BTreeSet::new(),
    };
    let mut undelivered = Undelivered::new(shared.clock.now());
    while !shared.keeper.is_draining() {
        let notices = waiting(&shared).await;
        undelivered.look(&shared, &routes, &notices).await;
        let next = post.send_off(notices);
        post.wait(next).await;
    }
    // What has been begun is ended and written down.
    while let Some(ended) = post.tasks.join_next_with_id().await {
        post.ended(ended);
    }
}

async fn waiting(shared: &Arc<Shared>) -> Vec<Notice> {
    let store = shared.store.clone();
    match tokio::task::spawn_blocking(move || outbox::outbox(&*store)).await {
        Ok(Ok(notices)) => return notices,
        Ok(Err(error)) => tracing::error!(%error, "the outbox cannot be read"),
        Err(error) => tracing::error!(%error, "the outbox cannot be read"),
    }
    Vec::new()
}

impl Post {
    /// Begins to hand over whatever is due and not on its way; when to look again.
    fn send_off(&mut self, notices: Vec<Notice>) -> Option<Timestamp> {
        let now = self.shared.clock.now();
        self.held.retain(|_, until| *until > now && until.duration_since(now) <= NAMED_WAIT_MAX);
        self.has_more.clear();
        let mut next: Option<Timestamp> = None;
        for (person, notices) in piles(notices) {
            let due = notices.first().filter(|first| must_wait(first, now)).and_then(|first| first.next_try);
            if self.busy.values().any(|busy| *busy == person) {
                self.has_more.insert(person);
            } else if let Some(until) = due.max(self.held.get(&person).copied()) {
                next = Some(next.map_or(until, |next| next.min(until)));
            } else {
                let route = self.routes.get(&person.0).cloned();
                let task = self.tasks.spawn(hand_over(self.shared.clone(), route, notices));
                self.busy.insert(task.id(), person);
            }
        }
        next
    }

    /// Until there is something to do: a new notice, one that has waited long enough, or somebody who has got more.
    async fn wait(&mut self, next: Option<Timestamp>) {
        let until = self.instant(next);
        let timer = sleep_until(until);
        tokio::pin!(timer);
        loop {
            tokio::select! {
                () = self.shared.post.notified() => return,
                () = &mut timer => return,
                Some(ended) = self.tasks.join_next_with_id() => {
                    let (has_more, held) = self.ended(ended);
                    if has_more {
                        return;
                    }
                    let sooner = held.map(|held| self.instant(Some(held))).filter(|sooner| *sooner < timer.deadline());
                    if let Some(sooner) = sooner {
                        timer.as_mut().reset(sooner);
                    }
                }
            }
        }
    }

    /// When to look again for what is due at an instant.
    fn instant(&self, next: Option<Timestamp>) -> Instant {
        let now = self.shared.clock.now();
        let due = next.map(|next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
        Instant::now() + due.unwrap_or(ROUND).clamp(ROUND_MIN, ROUND)
    }

    /// Whether the person has got more meanwhile, and until when our limits hold theirs. A panic is told; what was
    /// handed over is tried again.
    fn ended(&mut self, ended: Result<(Id, Option<Timestamp>), JoinError>) -> (bool, Option<Timestamp>) {
        let (id, held) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(%error, "handing over panicked; please report the lines above");
                (error.id(), None)
            }
        };
        let Some(person) = self.busy.remove(&id) else { return (false, held) };
        let has_more = self.has_more.remove(&person);
        if let Some(until) = held {
            self.held.insert(person, until);
        }
        (has_more, held)
    }
}

/// The notices of each person on each channel: the most urgent first, then the oldest.
fn piles(notices: Vec<Notice>) -> Vec<Pile> {
    let mut by_person: BTreeMap<Person, Vec<Notice>> = BTreeMap::new();
    for notice in notices {
        by_person.entry((notice.channel.clone(), notice.to.clone())).or_default().push(notice);
    }
    let mut piles: Vec<Pile> = by_person.into_iter().collect();
    let urgency = |(_, notices): &Pile| {
        let level = notices.iter().map(|notice| notice.level).max();
        (Reverse(level), notices.first().map(|notice| notice.queued_at))
    };
    piles.sort_by_key(urgency);
    piles
}

/// One person's notices, oldest first. After one that must wait the later ones wait too, so that an update
/// never comes before what it updates. Until when our own limits hold the rest, if they do.
async fn hand_over(shared: Arc<Shared>, route: Option<Arc<Route>>, notices: Vec<Notice>) -> Option<Timestamp> {
    let Some(route) = route else {
        for notice in notices {
            let fault = format!("there is no channel `{}` in the configuration", notice.channel);
            settle(&shared, notice, Delivery::Never(fault)).await;
        }
        return None;
    };
    // Never closed.
    let _turn = route.turns.acquire().await;
    let mut notices = VecDeque::from(notices);
    while let Some(notice) = notices.pop_front() {
        let now = shared.clock.now();
        if let Some(newer) = alerts::overtaken_by(&notice, notices.iter(), now).map(|newer| newer.id.clone()) {
            settle(&shared, notice, Delivery::Overtaken(newer)).await;
            continue;
        }
        if must_wait(&notice, now) || shared.keeper.is_draining() {
            return None;
        }
        let (notice, delivery) = deliver(route.notifier.clone(), notice, now).await;
        if let Delivery::Held(until) = delivery {
            tracing::debug!(notice = %notice.id, %until, "held by the limit of messages a minute");
            return Some(until);
        }
        route.note(&delivery);
        let is_kept = matches!(delivery, Delivery::Later(_) | Delivery::NotBefore(..));
        if !settle(&shared, notice, delivery).await || is_kept {
            return None;
        }
    }
    None
}

/// Writes down what came of a delivery; false when that failed.
async fn settle(shared: &Arc<Shared>, notice: Notice, delivery: Delivery) -> bool {
    let (id, channel) = (&notice.id, &notice.channel);
    match &delivery {
        Delivery::Taken if channel == super::routes::EMAIL => tracing::info!(notice = %id, "mail taken by the server"),
        Delivery::Taken => tracing::info!(notice = %id, %channel, "message taken by the server"),
        Delivery::Later(fault) | Delivery::NotBefore(_, fault) => {
            tracing::warn!(notice = %id, %channel, attempts = notice.attempts + 1, %fault, "mail kept for later");
        }
        Delivery::Never(fault) => {
            tracing::error!(notice = %id, %channel, %fault, "mail refused for good: see the dead letters");
        }
        Delivery::Overtaken(by) => tracing::info!(notice = %id, %by, "not sent: a later notice says it all"),
        Delivery::Held(_) => {}
    }
    let next_try = next_try(&notice, &delivery, shared.clock.now(), jitter());
    let is_dead = matches!(delivery, Delivery::Never(_));
    if let Err(error) = shared.keeper.settle(notice, delivery, Some(next_try)).await {
        tracing::error!(%error, "a delivery could not be written down; the mail may be sent again");
        return false;
    }
    if is_dead {
        // Only now that it can be read.
        shared.has_dead_letters.store(true, Ordering::Relaxed);
    }
    true
}

/// A notice that makes the notifier panic waits like any other that failed, instead of being tried at every round.
async fn deliver(notifier: Arc<dyn Notifier>, notice: Notice, now: Timestamp) -> (Notice, Delivery) {
    let copy = notice.clone();
    let delivered = tokio::spawn(async move { notifier.deliver(&copy, now).await }).await;
    let delivery = delivered.unwrap_or_else(|error| Delivery::Later(format!("handing it over panicked: {error}")));
    (notice, delivery)
}

/// Its next try lies ahead. One further ahead than any wait was set by a clock that has been put back since.
fn must_wait(notice: &Notice, now: Timestamp) -> bool {
    notice.next_try.is_some_and(|at| at > now && at.duration_since(now) <= NAMED_WAIT_MAX)
}

/// Doubles from ten seconds to a quarter of an hour, since a typhoon warning does not wait for hours; a part of that
/// between a half and all, by `jitter` of 0..=1, so that not all knock at once when a server is back. What the server
/// named is kept to.
fn next_try(notice: &Notice, delivery: &Delivery, now: Timestamp, jitter: f64) -> Timestamp {
    if let Delivery::NotBefore(at, _) = delivery {
        return *at;
    }
    let doublings = notice.attempts.min(10);
    let wait = Span::from_secs((FIRST_WAIT_S << doublings).min(LONGEST_WAIT_S));
    let part = Span::try_from_secs_f64(wait.as_secs_f64() * (0.5 + 0.5 * jitter.clamp(0.0, 1.0))).unwrap_or(wait);
    now.checked_add(part).unwrap_or(now)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{EventId, Level, NoticeId, PersonId};

    pub(crate) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    pub(crate) fn notice(id: &str, queued: i64) -> Notice {
        Notice {
            id: NoticeId::new(id),
            person: PersonId::new("li"),
            channel: "email".to_owned(),
            to_name: "Li".to_owned(),
            to: "li@example.com".to_owned(),
            event: EventId::new("e"),
            alerts: Vec::new(),
            level: Level::Warn,
            act_by: None,
            why: Vec::new(),
            lang: "en".to_owned(),
            subject: String::new(),
            message_id: format!("<{id}@example.com>"),
            references: Vec::new(),
            text: String::new(),
            html: String::new(),
            list_unsubscribe: None,
            attachments: Vec::new(),
            queued_at: at(queued),
            attempts: 0,
            next_try: None,
            last_fault: None,
        }
    }

    #[test]
    fn a_try_set_by_a_wrong_clock_is_not_waited_for() {
        let waits = |next: i64| must_wait(&Notice { next_try: Some(at(next)), ..notice("n", 0) }, at(1000));
        assert_eq!([waits(999), waits(1100), waits(1000 + 3600), waits(1_000_000)], [false, true, true, false]);
    }

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour_and_differ() {
        let wait = |attempts, jitter| {
            let notice = Notice { attempts, ..notice("n", 0) };
            next_try(&notice, &Delivery::Later(String::new()), at(0), jitter).as_second()
        };
        assert_eq!([wait(0, 1.0), wait(1, 1.0), wait(3, 1.0), wait(40, 1.0)], [10, 20, 80, 900]);
        assert_eq!([wait(0, 0.0), wait(1, 0.5), wait(40, 0.0), wait(0, f64::NAN)], [5, 15, 450, 10]);
        let named = Delivery::NotBefore(at(77), String::new());
        assert_eq!(next_try(&notice("n", 0), &named, at(0), 0.0), at(77));
    }

    #[test]
    fn the_most_urgent_and_then_the_oldest_go_first() {
        let of = |id: &str, to: &str, level, queued| Notice { to: to.to_owned(), level, ..notice(id, queued) };
        let all = vec![
            of("1", "a", Level::Watch, 1),
            of("2", "b", Level::Warn, 2),
            of("3", "c", Level::Act, 3),
            of("4", "a", Level::Act, 4),
        ];
        let order: Vec<Vec<String>> =
            piles(all).iter().map(|(_, pile)| pile.iter().map(|notice| notice.id.to_string()).collect()).collect();
        assert_eq!(order, [vec!["1", "4"], vec!["3"], vec!["2"]]);
    }
}
