//! Answers given on the command line while the daemon holds the store: a file in `data_dir/spool/` each.
//!
//! `ID.json` is the answer, written whole and renamed into place; the daemon replaces it by `ID.heard`
//! or `ID.refused` with its word on it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use crate::domain::Answer;
use crate::store::{inbox, records};

/// How often the folder is looked into.
const ROUND: Duration = Duration::from_millis(500);

/// The daemon's word on a spooled answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpoolReply {
    /// It is in the inbox.
    Heard,
    /// It is not, and why.
    Refused(String),
    /// The daemon has not looked yet.
    Waiting,
}

/// Puts an answer where the running daemon will find it, and gives the way to ask what became of it.
pub fn spool_answer(data_dir: &Path, answer: &Answer) -> io::Result<impl Fn() -> SpoolReply + use<>> {
    let folder = data_dir.join("spool");
    fs::create_dir_all(&folder)?;
    let name = crate::domain::DocumentHash::of(answer.id.as_str().as_bytes()).digits().to_owned();
    let partial = folder.join(format!("{name}.part"));
    let mut file = fs::File::create(&partial)?;
    file.write_all(&serde_json::to_vec(answer)?)?;
    file.sync_all()?;
    fs::rename(&partial, folder.join(format!("{name}.json")))?;
    Ok(move || {
        if let Ok(why) = fs::read_to_string(folder.join(format!("{name}.refused"))) {
            return SpoolReply::Refused(why);
        }
        if folder.join(format!("{name}.heard")).exists() { SpoolReply::Heard } else { SpoolReply::Waiting }
    })
}

/// Takes spooled answers into the inbox, for ever.
pub(super) async fn watch(shared: Arc<Shared>) {
    let mut interval = tokio::time::interval(ROUND);
    loop {
        interval.tick().await;
        let there = shared.clone();
        let taken = tokio::task::spawn_blocking(move || take_all(&there)).await.unwrap_or(0);
        if taken > 0 {
            shared.turn(Vec::new()).await.unwrap_or_else(|error| tracing::error!(%error, "a turn failed"));
        }
    }
}

fn take_all(shared: &Shared) -> usize {
    let Ok(entries) = fs::read_dir(shared.config.data_dir.join("spool")) else { return 0 };
    let files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let answers = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    answers.map(|path| usize::from(take(shared, path))).sum()
}

fn take(shared: &Shared, path: &Path) -> bool {
    let outcome = read(path).and_then(|answer| put(shared, &answer));
    let (ending, word) = match &outcome {
        Ok(()) => ("heard", ""),
        Err(why) => ("refused", why.as_str()),
    };
    // The word is there before the answer is gone, so that nobody waits in vain.
    let settled = fs::write(path.with_extension(ending), word).and_then(|()| fs::remove_file(path));
    if let Err(error) = settled {
        tracing::error!(%error, path = %path.display(), "a spooled answer cannot be cleared away");
    }
    outcome.is_ok()
}

fn read(path: &Path) -> Result<Answer, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| format!("it is no answer: {error}"))
}

fn put(shared: &Shared, answer: &Answer) -> Result<(), String> {
    let known = records::alert(&*shared.store, &answer.alert).map_err(|error| error.to_string())?;
    if known.is_none() {
        return Err(format!("there is no alert `{}`", answer.alert));
    }
    inbox::put_answer(&*shared.store, answer).map(|_| ()).map_err(|error| error.to_string())
}
