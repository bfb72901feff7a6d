//! The post: takes notices out of the outbox and hands them over, until the receiving server has them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::Shared;
use crate::domain::{Delivery, Notice, Span, Timestamp};
use crate::notifiers::Notifier;
use crate::store::outbox;

/// People served at the same time; one person's mails go in order.
const AT_ONCE: usize = 4;
/// The outbox is looked into at least this often.
const ROUND: Duration = Duration::from_secs(5);
/// The first and the longest wait after a failure.
const FIRST_WAIT_S: i64 = 10;
const LONGEST_WAIT_S: i64 = 15 * 60;

/// Hands over what is due, for ever; ends when the keeper drains.
pub(super) async fn run(shared: Arc<Shared>, notifier: Arc<dyn Notifier>) {
    while !shared.keeper.is_draining() {
        round(&shared, &notifier).await;
        // Woken by a new notice, else after a while for those that wait to be tried again.
        if tokio::time::timeout(ROUND, shared.post.notified()).await.is_ok() {
            tracing::trace!("the post was rung for");
        }
    }
}

async fn round(shared: &Arc<Shared>, notifier: &Arc<dyn Notifier>) {
    let store = shared.store.clone();
    let read = tokio::task::spawn_blocking(move || outbox::outbox(&*store)).await;
    let notices = match read {
        Ok(Ok(notices)) => notices,
        Ok(Err(error)) => return tracing::error!(%error, "the outbox cannot be read"),
        Err(error) => return tracing::error!(%error, "the outbox cannot be read"),
    };
    let mut by_person: BTreeMap<String, Vec<Notice>> = BTreeMap::new();
    for notice in notices {
        by_person.entry(notice.to.clone()).or_default().push(notice);
    }
    let mut tasks = JoinSet::new();
    for notices in by_person.into_values() {
        while tasks.len() >= AT_ONCE {
            tasks.join_next().await;
        }
        tasks.spawn(hand_over(shared.clone(), notifier.clone(), notices));
    }
    while tasks.join_next().await.is_some() {}
}

/// One person's notices, oldest first. After one that must wait the later ones wait too, so that an update
/// never comes before what it updates.
async fn hand_over(shared: Arc<Shared>, notifier: Arc<dyn Notifier>, notices: Vec<Notice>) {
    for notice in notices {
        let now = shared.clock.now();
        if notice.next_try.is_some_and(|at| at > now) || shared.keeper.is_draining() {
            return;
        }
        let delivery = notifier.deliver(&notice).await;
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
        let must_wait = matches!(delivery, Delivery::Later(_));
        if let Err(error) = shared.keeper.settle(notice, delivery, Some(next_try)).await {
            return tracing::error!(%error, "a delivery could not be written down; the mail may be sent again");
        }
        if must_wait {
            return;
        }
    }
}

/// Doubles from ten seconds to a quarter of an hour: a typhoon warning does not wait for hours.
fn next_try(notice: &Notice, now: Timestamp) -> Timestamp {
    let doublings = notice.attempts.min(10);
    let wait = (FIRST_WAIT_S << doublings).min(LONGEST_WAIT_S);
    now.checked_add(Span::from_secs(wait)).unwrap_or(now)
}
