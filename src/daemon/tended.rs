//! A task that is begun again when it panics, so that no fault of one feed or round ends it for good.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

/// How long after a panic the task is begun again: soon, and never in a tight loop.
const REST: Duration = Duration::from_secs(5);

/// Panics of tasks since the process began.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// Runs what `begin` gives until it comes to its own end. Dropping this ends the task.
pub(super) async fn tended<F>(name: String, begin: impl Fn() -> F + Send)
where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        // A set of one: it ends with us, where a bare task would live on.
        let mut task = JoinSet::new();
        task.spawn(begin());
        match task.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                let panics = PANICS.fetch_add(1, Ordering::Relaxed) + 1;
                tracing::error!(task = %name, panics, "a task panicked and is begun again; please report the lines above");
            }
            _ => return,
        }
        #[expect(clippy::disallowed_methods, reason = "waiting between tries is what the daemon does")]
        tokio::time::sleep(REST).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_begun_again() {
        let begun = Arc::new(AtomicU32::new(0));
        let count = begun.clone();
        let work = move || {
            let count = count.clone();
            async move { assert!(count.fetch_add(1, Ordering::Relaxed) == 2, "a fault") }
        };
        tended("test".to_owned(), work).await;
        assert_eq!(begun.load(Ordering::Relaxed), 3);
    }
}
