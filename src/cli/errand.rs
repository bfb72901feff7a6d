//! What several commands have the running daemon do for them, and wait for.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use crate::daemon::{Errand, Progress, SentErrand, SystemClock};
use crate::domain::Clock as _;

/// How often it is looked, in a row, before a daemon that shows nothing new is given up: ten seconds.
const PATIENCE: u32 = 100;
const ROUND: Duration = Duration::from_millis(100);

/// Has it done, however long it takes, as long as the daemon shows that it is at work. What is told, or why it was not done.
pub(super) fn done_by_daemon(data_dir: &Path, errand: &Errand) -> anyhow::Result<(SentErrand, Result<Value, String>)> {
    let unique = format!("{}\n{}\nerrand", SystemClock.now(), std::process::id());
    let sent = SentErrand::send(data_dir, errand, &unique)
        .with_context(|| format!("cannot write to {}", data_dir.join("spool").display()))?;
    let (mut seen, mut rounds) = (Progress::Waiting, 0);
    while rounds < PATIENCE {
        let progress = sent.look().with_context(|| format!("cannot read {}", data_dir.join("spool").display()))?;
        if let Progress::Told(told) = progress {
            return Ok((sent, told));
        }
        rounds = if progress == seen { rounds + 1 } else { 0 };
        seen = progress;
        std::thread::park_timeout(ROUND);
    }
    if sent.take_back() {
        anyhow::bail!("the daemon has the store and does not answer\nhint: look at its log; if it hangs, restart it");
    }
    anyhow::bail!("the daemon began and shows no more that it is at work\nhint: look at its log, then try again")
}
