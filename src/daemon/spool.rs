//! Answers given on the command line while the daemon holds the store: a file in `data_dir/spool/` each.
//!
//! `ID.json` is the answer, written whole and renamed into place; the daemon replaces it by `ID.heard`
//! or `ID.refused` with its word on it. `ID.ask` is a question; its answer is `ID.told`. `ID.errand` is what takes
//! longer, see [`errand`]. Who may read and write the folder may do all of it, and nobody else.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Shared, errand};
use crate::domain::{Alert, Answer, Outcome, Said, Span, Timestamp};
use crate::proposals;
use crate::store::{Store, StoreError, inbox, outbox, records};

/// How often the folder is looked into.
const ROUND: Duration = Duration::from_millis(500);
/// How long the daemon's word on an answer is kept for whoever asked.
const WORD_KEPT: Span = Span::from_hours(24);
/// No answer, and no plan of some thousand switches, is longer; what is, is not read.
const ANSWER_BYTES: u64 = 4 << 20;
/// How the files end that nobody needs any more after [`WORD_KEPT`].
const ENDINGS_SWEPT: [&str; 6] = ["heard", "refused", "told", "part", errand::DOING, errand::BACKUP];

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

/// What the command line may want to know while the daemon holds the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// How things stand: one JSON object, a [`super::Status`].
    Status,
    /// What happened: the journal, a JSON line each.
    Journal,
    /// The proposals, a JSON line each.
    Proposals,
    /// The silences, a JSON line each.
    Silences,
    /// What waits for its server and what was given up: an [`super::OutboxRow`] each.
    Outbox,
    /// What the ledger is made from: one JSON object, a [`LedgerFacts`].
    Ledger,
}

/// What the ledger is made from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LedgerFacts {
    /// Every alert, live or cleared.
    pub alerts: Vec<Alert>,
    /// What people entered.
    pub outcomes: Vec<Outcome>,
}

impl LedgerFacts {
    /// Those of a store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(store: &dyn Store) -> Result<Self, StoreError> {
        let (alerts, outcomes) = records::for_ledger(store)?;
        Ok(Self { alerts, outcomes })
    }
}

/// Puts a question to the running daemon, and gives the way to look for the answer; it is cleared away when read.
pub fn spool_question(
    data_dir: &Path,
    question: Question,
    unique: &str,
) -> io::Result<impl Fn() -> io::Result<Option<Vec<u8>>> + use<>> {
    let folder = data_dir.join("spool");
    fs::create_dir_all(&folder)?;
    let name = crate::domain::DocumentHash::of(unique.as_bytes()).digits().to_owned();
    write_whole(&folder, &format!("{name}.ask"), &serde_json::to_vec(&question)?)?;
    Ok(move || {
        let path = folder.join(format!("{name}.told"));
        match fs::read(&path) {
            Ok(told) => fs::remove_file(&path).map(|()| Some(told)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    })
}

/// Puts an answer where the running daemon will find it, and gives the way to ask what became of it.
pub fn spool_answer(data_dir: &Path, said: &Said) -> io::Result<impl Fn() -> SpoolReply + use<>> {
    let folder = data_dir.join("spool");
    fs::create_dir_all(&folder)?;
    let name = crate::domain::DocumentHash::of(said.id().as_str().as_bytes()).digits().to_owned();
    write_whole(&folder, &format!("{name}.json"), &serde_json::to_vec(said)?)?;
    Ok(move || {
        if let Ok(why) = fs::read_to_string(folder.join(format!("{name}.refused"))) {
            return SpoolReply::Refused(why);
        }
        if folder.join(format!("{name}.heard")).exists() { SpoolReply::Heard } else { SpoolReply::Waiting }
    })
}

/// Why what somebody says is of no use to anybody; `None` when it is welcome.
pub fn refused(store: &dyn Store, said: &Said) -> Result<Option<String>, StoreError> {
    Ok(match said {
        Said::Answer(answer) => no_answer(answer, records::alert(store, &answer.alert)?.as_ref()),
        Said::Hush(hush) => hush.silence.check().err().map(|refused| refused.to_string()),
        Said::Decision(decision) => match records::proposal(store, &decision.proposal)? {
            None => Some(format!("there is no proposal `{}`\nhint: `seawall proposals` lists them", decision.proposal)),
            Some(proposal) => proposals::decide(&proposal, decision).err().map(|refused| refused.to_string()),
        },
        Said::Letter(word) => (!outbox::is_dead_letter(store, &word.letter)?).then(|| {
            format!("no notice `{}` was given up\nhint: `seawall outbox list` shows those that were", word.letter)
        }),
        // Which of its switches are proposed is the turn's to say.
        Said::Plan(_) | Said::Subscription(_) => None,
    })
}

fn no_answer(answer: &Answer, alert: Option<&Alert>) -> Option<String> {
    match alert {
        None => Some(format!(
            "there is no alert `{}`\nhint: `seawall status` lists those that are live; a mail names its own in its last lines",
            answer.alert
        )),
        // What came of it is known only when it is over.
        Some(alert) if !alert.is_live() && answer.outcome.is_none() => {
            let over = alert.history.last().map(|last| format!(" since {}", last.at)).unwrap_or_default();
            Some(format!("alert `{}` is over{over}\nhint: nothing is left to answer", answer.alert))
        }
        Some(_) => None,
    }
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

/// Clears away words and backups that nobody came for, and halves of what was never finished.
pub(super) fn sweep(data_dir: &Path, now: Timestamp) {
    let Ok(entries) = fs::read_dir(data_dir.join("spool")) else { return };
    let Ok(before) = now.checked_sub(WORD_KEPT) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let is_word = path.extension().is_some_and(|end| ENDINGS_SWEPT.iter().any(|word| end == *word));
        let modified = path.metadata().and_then(|facts| facts.modified());
        let is_old = modified.is_ok_and(|at| at < SystemTime::from(before));
        if is_word
            && is_old
            && let Err(error) = fs::remove_file(&path)
        {
            tracing::warn!(%error, path = %path.display(), "an old word on an answer cannot be cleared away");
        }
    }
}

/// Writes a file so that it is there whole or not at all, whatever happens.
pub(super) fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let partial = folder.join(format!("{name}.part"));
    let mut file = fs::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&partial, folder.join(name))?;
    // The name must be on the disk too before anyone is told that it is kept.
    fs::File::open(folder)?.sync_all()
}

/// Tells what is asked. A question that cannot be answered is cleared away all the same; whoever asked is told by
/// their own patience.
fn tell(shared: &Shared, path: &Path) {
    let told = read_file(path, ANSWER_BYTES).and_then(|bytes| {
        let question = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        let store = &*shared.store;
        match question {
            Question::Status => super::status(store, &shared.config.feeds, shared.clock.now())
                .map_err(|error| error.to_string())
                .and_then(|status| serde_json::to_vec(&status).map_err(|error| error.to_string())),
            Question::Journal => records::journal(store).map_err(|error| error.to_string()).and_then(|all| lines(&all)),
            Question::Proposals => {
                records::proposals(store).map_err(|error| error.to_string()).and_then(|all| lines(&all))
            }
            Question::Silences => {
                records::silences(store).map_err(|error| error.to_string()).and_then(|all| lines(&all))
            }
            Question::Outbox => {
                super::outbox_rows(store).map_err(|error| error.to_string()).and_then(|all| lines(&all))
            }
            Question::Ledger => LedgerFacts::of(store)
                .map_err(|error| error.to_string())
                .and_then(|facts| serde_json::to_vec(&facts).map_err(|error| error.to_string())),
        }
    });
    let name = path.with_extension("told");
    let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().unwrap_or(Path::new(""));
    let written = told.and_then(|bytes| write_whole(folder, &name, &bytes).map_err(|error| error.to_string()));
    if let Err(error) = written.and_then(|()| fs::remove_file(path).map_err(|error| error.to_string())) {
        tracing::error!(%error, path = %path.display(), "a spooled question cannot be answered");
        drop(fs::remove_file(path));
    }
}

fn lines<T: Serialize>(all: &[T]) -> Result<Vec<u8>, String> {
    let lines: Result<Vec<String>, _> = all.iter().map(serde_json::to_string).collect();
    lines.map(|lines| lines.join("\n").into_bytes()).map_err(|error| error.to_string())
}

fn take_all(shared: &Arc<Shared>) -> usize {
    let Ok(entries) = fs::read_dir(shared.config.data_dir.join("spool")) else { return 0 };
    let files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let ending =
        |wanted: &'static str| files.iter().filter(move |path| path.extension().is_some_and(|ending| ending == wanted));
    ending("ask").for_each(|path| tell(shared, path));
    ending(errand::ERRAND).for_each(|path| errand::begin(shared, path));
    ending("json").map(|path| usize::from(take(shared, path))).sum()
}

fn take(shared: &Shared, path: &Path) -> bool {
    let outcome = read(path).and_then(|said| put(shared, &said));
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

fn read(path: &Path) -> Result<Said, String> {
    serde_json::from_slice(&read_file(path, ANSWER_BYTES)?).map_err(|error| format!("it is no answer: {error}"))
}

/// The bytes of a file that somebody put there, unless they are more than it can have.
pub(super) fn read_file(path: &Path, bytes_max: u64) -> Result<Vec<u8>, String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > bytes_max {
        return Err(format!("it is no answer: {length} bytes are too many"));
    }
    fs::read(path).map_err(|error| error.to_string())
}

fn put(shared: &Shared, said: &Said) -> Result<(), String> {
    refused(&*shared.store, said).map_err(|error| error.to_string())?.map_or(Ok(()), Err)?;
    inbox::put_said(&*shared.store, said).map(|_| ()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_nobody_came_for_go_after_a_day_and_answers_never() {
        let dir = tempfile::tempdir().expect("a folder");
        let spool = dir.path().join("spool");
        fs::create_dir(&spool).expect("a folder");
        for name in ["a.heard", "b.refused", "c.part", "d.json"] {
            fs::write(spool.join(name), "").expect("a file");
        }
        let written = spool.join("a.heard").metadata().and_then(|facts| facts.modified()).expect("a time");
        let written = Timestamp::try_from(written).expect("a time");
        let left = || fs::read_dir(&spool).expect("a folder").count();
        sweep(dir.path(), written + Span::from_hours(23));
        assert_eq!(left(), 4);
        sweep(dir.path(), written + Span::from_hours(25));
        assert_eq!(left(), 1, "the answer stays");
    }
}
