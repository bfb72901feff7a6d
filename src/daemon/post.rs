//! The post: takes notices out of the outbox and hands them over, until the receiving server has them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::Shared;
use crate::domain::{Delivery, Notice, NoticeId, Span, Timestamp};
use crate::notifiers::Notifier;
use crate::store::outbox;

/// People served at the same time; one person's mails go in order.
const AT_ONCE: usize = 4;
/// The outbox is looked into at least this often.
const ROUND: Duration = Duration::from_secs(5);
/// The first and the longest wait after a failure.
const FIRST_WAIT_S: i64 = 10;
const LONGEST_WAIT_S: i64 = 15 * 60;
/// A notice that waits for longer is the operator's business, every hour anew.
const OVERDUE: Span = Span::from_hours(1);

/// When the operator was last told of a notice that waits.
type Complaints = BTreeMap<NoticeId, Timestamp>;

/// Hands over what is due, for ever; ends when the keeper drains.
pub(super) async fn run(shared: Arc<Shared>, notifier: Arc<dyn Notifier>) {
    let mut complaints = Complaints::new();
    while !shared.keeper.is_draining() {
        round(&shared, &notifier, &mut complaints).await;
        // Woken by a new notice, else after a while for those that wait to be tried again.
        if tokio::time::timeout(ROUND, shared.post.notified()).await.is_ok() {
            tracing::trace!("the post was rung for");
        }
    }
}

async fn round(shared: &Arc<Shared>, notifier: &Arc<dyn Notifier>, complaints: &mut Complaints) {
    let store = shared.store.clone();
    let read = tokio::task::spawn_blocking(move || outbox::outbox(&*store)).await;
    let notices = match read {
        Ok(Ok(notices)) => notices,
        Ok(Err(error)) => return tracing::error!(%error, "the outbox cannot be read"),
        Err(error) => return tracing::error!(%error, "the outbox cannot be read"),
    };
    for notice in overdue(&notices, complaints, shared.clock.now()) {
        let (since, attempts) = (notice.queued_at, notice.attempts);
        let fault = notice.last_fault.as_deref().unwrap_or("an earlier mail to the same person waits");
        tracing::error!(notice = %notice.id, person = %notice.person, %since, attempts, fault, "a warning has not left; call the person");
    }
    let mut by_person: BTreeMap<String, Vec<Notice>> = BTreeMap::new();
    for notice in notices {
        by_person.entry(notice.to.clone()).or_default().push(notice);
    }
    let mut tasks = JoinSet::new();
    for notices in by_person.into_values() {
        while tasks.len() >= AT_ONCE {
            told(tasks.join_next().await.as_ref());
        }
        tasks.spawn(hand_over(shared.clone(), notifier.clone(), notices));
    }
    while told(tasks.join_next().await.as_ref()) {}
}

/// False when there was no task left. A panic is told; what was handed over is tried again.
fn told(ended: Option<&Result<(), tokio::task::JoinError>>) -> bool {
    if let Some(Err(error)) = ended {
        tracing::error!(%error, "handing over panicked; please report the lines above");
    }
    ended.is_some()
}

/// The notices that have waited for too long and were not complained of within the hour.
fn overdue<'a>(notices: &'a [Notice], complaints: &mut Complaints, now: Timestamp) -> Vec<&'a Notice> {
    complaints.retain(|id, _| notices.iter().any(|notice| notice.id == *id));
    let has_waited = |since: Timestamp| now.duration_since(since) >= OVERDUE;
    let late = notices.iter().filter(|notice| has_waited(notice.queued_at));
    let late: Vec<&Notice> =
        late.filter(|notice| complaints.get(&notice.id).is_none_or(|last| has_waited(*last))).collect();
    complaints.extend(late.iter().map(|notice| (notice.id.clone(), now)));
    late
}

/// One person's notices, oldest first. After one that must wait the later ones wait too, so that an update
/// never comes before what it updates.
async fn hand_over(shared: Arc<Shared>, notifier: Arc<dyn Notifier>, notices: Vec<Notice>) {
    for notice in notices {
        if must_wait(&notice, shared.clock.now()) || shared.keeper.is_draining() {
            return;
        }
        let (notice, delivery) = deliver(notifier.clone(), notice).await;
        let next_try = next_try(&notice, shared.clock.now());
        match &delivery {
            Delivery::Taken => tracing::info!(notice = %notice.id, "mail taken by the server"),
            Delivery::Later(fault) => {
                tracing::warn!(notice = %notice.id, attempts = notice.attempts + 1, %fault, "mail kept for later");
            }
            Delivery::Never(fault) => {
                tracing::error!(notice = %notice.id, %fault, "mail refused for good: see the dead letters");
            }
        }
        let is_kept = matches!(delivery, Delivery::Later(_));
        if let Err(error) = shared.keeper.settle(notice, delivery, Some(next_try)).await {
            return tracing::error!(%error, "a delivery could not be written down; the mail may be sent again");
        }
        if is_kept {
            return;
        }
    }
}

/// A notice that makes the notifier panic waits like any other that failed, instead of being tried at every round.
async fn deliver(notifier: Arc<dyn Notifier>, notice: Notice) -> (Notice, Delivery) {
    let copy = notice.clone();
    let delivered = tokio::spawn(async move { notifier.deliver(&copy).await }).await;
    let delivery = delivered.unwrap_or_else(|error| Delivery::Later(format!("handing it over panicked: {error}")));
    (notice, delivery)
}

/// Its next try lies ahead. One further ahead than any wait was set by a clock that has been put back since.
fn must_wait(notice: &Notice, now: Timestamp) -> bool {
    let longest = Span::from_secs(LONGEST_WAIT_S);
    notice.next_try.is_some_and(|at| at > now && at.duration_since(now) <= longest)
}

/// Doubles from ten seconds to a quarter of an hour: a typhoon warning does not wait for hours.
fn next_try(notice: &Notice, now: Timestamp) -> Timestamp {
    let doublings = notice.attempts.min(10);
    let wait = (FIRST_WAIT_S << doublings).min(LONGEST_WAIT_S);
    now.checked_add(Span::from_secs(wait)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EventId, Level, PersonId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn notice(id: &str, queued: i64) -> Notice {
        Notice {
            id: NoticeId::new(id),
            person: PersonId::new("li"),
            channel: "email".to_owned(),
            to_name: "Li".to_owned(),
            to: "li@example.com".to_owned(),
            event: EventId::new("e"),
            alerts: Vec::new(),
            level: Level::Warn,
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
    fn the_operator_is_told_of_each_late_notice_once_an_hour() {
        let notices = [notice("old", 0), notice("new", 3000)];
        let mut complaints = Complaints::new();
        let mut told = |second| overdue(&notices, &mut complaints, at(second)).len();
        assert_eq!([told(3599), told(3600), told(3605), told(6600), told(7200)], [0, 1, 0, 1, 1]);
        overdue(&[], &mut complaints, at(7300));
        assert!(complaints.is_empty(), "what has left is forgotten");
    }

    #[test]
    fn a_try_set_by_a_wrong_clock_is_not_waited_for() {
        let waits = |next: i64| must_wait(&Notice { next_try: Some(at(next)), ..notice("n", 0) }, at(1000));
        assert_eq!([waits(999), waits(1100), waits(1000 + 900), waits(1_000_000)], [false, true, true, false]);
    }
}
