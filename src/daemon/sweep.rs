//! Once a day what is old enough is forgotten, so that nothing grows without end.

use std::sync::Arc;
use std::time::Duration;

use super::{DaemonError, Shared, spool};
use crate::domain::{Span, Timestamp};
use crate::store::SledStore;

/// How often.
const DAY: Duration = Duration::from_hours(24);

/// Sweeps at the start and every day, for ever.
pub(super) async fn run(shared: Arc<Shared>, disk: Arc<SledStore>) {
    let mut interval = tokio::time::interval(DAY);
    loop {
        interval.tick().await;
        if let Err(error) = sweep(&shared, &disk).await {
            tracing::error!(%error, "the daily sweep failed; what is old stays until tomorrow");
        }
    }
}

/// Records first, then the files that only they pointed to.
async fn sweep(shared: &Arc<Shared>, disk: &Arc<SledStore>) -> Result<(), DaemonError> {
    let now = shared.clock.now();
    let Some(before) = before(now, shared.config.retention) else { return Ok(()) };
    let kept = shared.keeper.forget(before).await?;
    let forgotten = kept.forgotten;
    let (shared, disk) = (shared.clone(), disk.clone());
    let files = tokio::task::spawn_blocking(move || {
        spool::sweep(&shared.config.data_dir, now);
        Ok::<_, DaemonError>(shared.documents.sweep(before, &kept.documents)? + disk.sweep()?)
    });
    // A panic there is told by its own lines; the sweep is tried again tomorrow.
    let files = files.await.unwrap_or(Ok(0))?;
    tracing::info!(records = forgotten, files, %before, "swept");
    Ok(())
}

/// Before when things are old; `None` when that is before all time.
fn before(now: Timestamp, retention: Duration) -> Option<Timestamp> {
    now.checked_sub(Span::try_from(retention).ok()?).ok()
}
