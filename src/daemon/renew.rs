//! Another portfolio, or other rules, while the house goes on: sent to the API, or read anew at SIGHUP. A bad one is named
//! and the old one kept. What another configuration takes is [`super::anew`]'s.
//!
//! Files that were sent lie in a folder within the portfolio's own, which counts from the moment that it has its name. The
//! turn comes then, and the files go to their places after it: a start after a crash in between does what is left.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Mutex;

use super::anew::{self, Look};
use super::books::{Books, place};
use super::keeper::Renewed;
use super::{DaemonError, Shared};
use crate::config::{
    ARRIVED, ConfigError, FILES, FileFault, PortfolioFiles, is_fit_to_run, portfolio_files, portfolio_stamp,
    read_portfolio,
};
use crate::domain::{DocumentHash, Portfolio};
use crate::rules::RuleFiles;
use crate::store::records;
use crate::web::PortfolioDesk;

/// What takes and gives the portfolio's files for the API.
pub(super) fn desk(shared: &Arc<Shared>) -> Arc<dyn PortfolioDesk> {
    Arc::new(Desk(shared.clone()))
}

struct Desk(Arc<Shared>);

impl PortfolioDesk for Desk {
    fn files(&self) -> Result<PortfolioFiles, ConfigError> {
        portfolio_files(&self.0.config.portfolio)
    }

    fn replace(&self, files: PortfolioFiles, portfolio: Portfolio, by: String) -> BoxFuture<'static, io::Result<()>> {
        // A task of its own: what was begun goes on when whoever sent it no longer waits.
        let task = tokio::spawn(replace(self.0.clone(), files, portfolio, by));
        Box::pin(async move { task.await.map_err(io::Error::other)? })
    }
}

/// Puts files, which were read as this portfolio, in the place of those that are, as [`PortfolioDesk::replace`] says.
pub(super) async fn replace(
    shared: Arc<Shared>,
    files: PortfolioFiles,
    portfolio: Portfolio,
    by: String,
) -> io::Result<()> {
    let rules = shared.renewing.lock().await;
    let sites = portfolio.sites.len();
    on_disk(&shared, move |dir| arrive(dir, &files)).await?;
    let user = by.clone();
    let renewed = Renewed { by: Some(by), portfolio: Arc::new(portfolio), books: None, is_all: false };
    if let Err(error) = shared.renew(renewed).await {
        on_disk(&shared, take_back).await?;
        return Err(io::Error::other(error));
    }
    tracing::info!(%user, sites, "another portfolio has taken the place of the old one");
    on_disk(&shared, settle).await?;
    note_matched(&shared, portfolio_stamp(&shared.config.portfolio), &rules).await;
    Ok(())
}

/// Who brought the portfolio while no daemon ran; the next one notes it, and matches all of it with what is in force.
const BROUGHT_BY: &str = ".brought-by";

/// Puts files in the place of a portfolio's on which no daemon runs; a folder that is not there is made.
///
/// # Errors
/// When they cannot be written; what counts then is the old portfolio or the new one, never half of either.
pub fn put_portfolio(dir: &Path, files: &PortfolioFiles, by: &str) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    arrive(dir, files)?;
    fs::write(dir.join(BROUGHT_BY), by)?;
    settle(dir)
}

/// Finishes what a crash left between the arrival of a portfolio and its place, and matches what came while no daemon ran,
/// rules too, with what is in force: the next bulletin may be hours away.
pub(super) async fn finish(shared: Arc<Shared>) {
    let rules = shared.renewing.lock().await;
    let by = fs::read_to_string(shared.config.portfolio.join(BROUGHT_BY)).ok();
    let has_arrived = shared.config.portfolio.join(ARRIVED).is_dir();
    if by.is_none() && !has_arrived && is_matched(&shared, &rules).await {
        return;
    }
    let renewed = Renewed { by, portfolio: shared.portfolio.get(), books: None, is_all: true };
    let put_away = |dir: &Path| {
        if dir.join(ARRIVED).is_dir() {
            settle(dir)?;
        }
        gone(fs::remove_file(dir.join(BROUGHT_BY)))
    };
    match shared.renew(renewed).await {
        Ok(()) => {
            if let Err(error) = on_disk(&shared, put_away).await {
                tracing::error!(%error, "the files of the portfolio that arrived cannot be put into their places");
            }
            // What was put into its place is dated anew; else it is as it was read, whoever may have changed it since.
            let own = || shared.portfolio_stamp.clone();
            let stamp = if has_arrived { portfolio_stamp(&shared.config.portfolio) } else { own() };
            note_matched(&shared, stamp, &rules).await;
        }
        Err(error) => tracing::error!(%error, "a turn over the portfolio that arrived failed"),
    }
}

/// What stands for a portfolio and rules.
fn stamp(portfolio: &str, rules: &RuleFiles) -> String {
    let rules = serde_json::to_vec(&rules.0).unwrap_or_default();
    format!("{portfolio}; rules {}", DocumentHash::of(&rules).digits())
}

/// Whether the portfolio and rules of this start are those that were last matched.
async fn is_matched(shared: &Arc<Shared>, rules: &RuleFiles) -> bool {
    let (store, stamp) = (shared.store.clone(), stamp(&shared.portfolio_stamp, rules));
    let last = tokio::task::spawn_blocking(move || records::matched(&*store)).await;
    matches!(last, Ok(Ok(Some(last))) if last == stamp)
}

/// Remembers what was matched with all that is in force. Where that fails the next start matches it once more.
async fn note_matched(shared: &Arc<Shared>, portfolio: String, rules: &RuleFiles) {
    let (store, stamp) = (shared.store.clone(), stamp(&portfolio, rules));
    match tokio::task::spawn_blocking(move || records::note_matched(&*store, &stamp)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "what was matched is not remembered"),
        Err(error) => tracing::error!(%error, "what was matched is not remembered"),
    }
}

/// Hears SIGHUP from now on.
pub(super) fn asked() -> Result<Arc<Mutex<Signal>>, DaemonError> {
    Ok(Arc::new(Mutex::new(signal(SignalKind::hangup()).map_err(DaemonError::Signal)?)))
}

/// Reads configuration, portfolio and rules anew whenever it is asked for.
pub(super) async fn listen(shared: Arc<Shared>, asked: Arc<Mutex<Signal>>) {
    let mut asked = asked.lock().await;
    while asked.recv().await.is_some() {
        tracing::info!("configuration, portfolio and rules are read anew");
        let (to_look, known) = (shared.clone(), shared.renewing.lock().await.clone());
        let look = tokio::task::spawn_blocking(move || anew::look(&to_look, &known));
        match look.await.unwrap_or(Look::Unfit) {
            Look::Same => reload(&shared).await,
            Look::Other => {
                tracing::info!("the configuration is another one: what was begun is finished, then it holds");
                shared.start_anew.notify_one();
            }
            Look::Unfit => {
                tracing::error!("nothing was changed: everything goes on as it was; mend the mistakes and ask again");
            }
        }
    }
}

async fn reload(shared: &Arc<Shared>) {
    let mut known = shared.renewing.lock().await;
    let (dir, rules, before) = (shared.config.portfolio.clone(), shared.config.rules.clone(), known.clone());
    let read = tokio::task::spawn_blocking(move || {
        // Before it is read: what changes while it is read is another one.
        let stamp = portfolio_stamp(&dir);
        let portfolio = fit(&dir);
        let books = books(rules.as_deref(), &before);
        // Each is looked at even when the other is wrong, so that every mistake is said at once.
        Some((stamp, portfolio?, books.ok()?))
    });
    let Ok(Some((stamp, portfolio, books))) = read.await else {
        tracing::error!(
            "nothing was changed: the portfolio and the rules from before go on; mend the mistakes and ask again"
        );
        return;
    };
    let (sites, files) = (portfolio.sites.len(), books.as_ref().map(|books| books.files.clone()));
    let renewed = Renewed { by: None, portfolio: Arc::new(portfolio), books, is_all: false };
    match shared.renew(renewed).await {
        Ok(()) => {
            tracing::info!(sites, rules = files.is_some(), "what was read anew holds");
            *known = files.unwrap_or_else(|| known.clone());
            note_matched(shared, stamp, &known).await;
        }
        Err(error) => tracing::error!(%error, "nothing was changed: the turn over what was read anew failed"),
    }
}

/// The portfolio of a folder; `None` when it is not fit to run on. Every mistake is said.
pub(super) fn fit(dir: &Path) -> Option<Portfolio> {
    match read_portfolio(dir) {
        Ok((portfolio, faults)) => {
            say(&faults, |file| dir.join(file).display().to_string());
            is_fit_to_run(&faults).then_some(portfolio)
        }
        Err(error) => {
            tracing::error!(%error, "the portfolio cannot be read");
            None
        }
    }
}

/// The books, `None` when they are those from before; an error when there is a mistake, each of which is said.
pub(super) fn books(dir: Option<&Path>, before: &RuleFiles) -> Result<Option<Books>, ()> {
    let files = Books::files(dir).map_err(|error| tracing::error!(%error, "the rules cannot be read"))?;
    if files == *before {
        return Ok(None);
    }
    Books::checked(&files).map(Some).map_err(|faults| say(&faults, |file| place(dir, file)))
}

fn say(faults: &[FileFault], in_folder: impl Fn(&str) -> String) {
    for (file, fault) in faults {
        let fault = fault.in_file(&in_folder(file));
        tracing::error!(%fault, "a mistake in what was read anew");
    }
}

async fn on_disk(shared: &Shared, act: impl FnOnce(&Path) -> io::Result<()> + Send + 'static) -> io::Result<()> {
    let dir = shared.config.portfolio.clone();
    tokio::task::spawn_blocking(move || act(&dir)).await.map_err(io::Error::other)?
}

/// Writes the files beside those in use, whole or not at all; from then on they count.
fn arrive(dir: &Path, files: &PortfolioFiles) -> io::Result<()> {
    if dir.join(ARRIVED).is_dir() {
        settle(dir)?;
    }
    let part = dir.join(format!("{ARRIVED}.part"));
    gone(fs::remove_dir_all(&part))?;
    fs::create_dir(&part)?;
    for (name, text) in files.iter().filter(|(name, _)| FILES.contains(&name.as_str())) {
        let mut file = fs::File::create(part.join(name))?;
        if let Ok(known) = fs::metadata(dir.join(name)) {
            file.set_permissions(known.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
    }
    fs::File::open(&part)?.sync_all()?;
    fs::rename(&part, dir.join(ARRIVED))?;
    fs::File::open(dir)?.sync_all()
}

/// Puts what has arrived into its places. Done twice it is done as well.
fn settle(dir: &Path) -> io::Result<()> {
    let arrived = dir.join(ARRIVED);
    for name in FILES {
        let part = dir.join(format!(".{name}.part"));
        match fs::copy(arrived.join(name), &part) {
            Ok(_) => {
                fs::File::open(&part)?.sync_all()?;
                fs::rename(&part, dir.join(name))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                gone(fs::remove_file(&part))?;
                gone(fs::remove_file(dir.join(name)))?;
            }
            Err(error) => return Err(error),
        }
    }
    fs::File::open(dir)?.sync_all()?;
    take_back(dir)
}

/// What has arrived counts no more.
fn take_back(dir: &Path) -> io::Result<()> {
    let old = dir.join(format!("{ARRIVED}.old"));
    gone(fs::remove_dir_all(&old))?;
    fs::rename(dir.join(ARRIVED), &old)?;
    fs::File::open(dir)?.sync_all()?;
    fs::remove_dir_all(&old)
}

/// What is not there need not be taken away.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(sites: &str) -> PortfolioFiles {
        [("dealers.csv", "d"), ("people.csv", "p"), ("sites.csv", sites)].map(|(n, t)| (n.into(), t.into())).into()
    }

    fn read(dir: &Path) -> PortfolioFiles {
        portfolio_files(dir).expect("the files")
    }

    #[test]
    fn what_has_arrived_counts_before_and_after_it_is_in_its_place() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path();
        for (name, text) in [("sites.csv", "old"), ("stock.csv", "old"), ("notes.txt", "mine")] {
            fs::write(dir.join(name), text).expect("a file");
        }
        arrive(dir, &files("new")).expect("arrived");
        assert_eq!(read(dir), files("new"));
        // A crash in the middle of the settling.
        fs::write(dir.join("sites.csv"), "new").expect("a file");
        assert_eq!(read(dir), files("new"));
        settle(dir).expect("settled");
        assert_eq!(read(dir), files("new"));
        assert!(!dir.join(ARRIVED).exists() && !dir.join("stock.csv").exists());
        assert_eq!(fs::read_to_string(dir.join("notes.txt")).expect("kept"), "mine");
        arrive(dir, &files("refused")).expect("arrived");
        take_back(dir).expect("taken back");
        assert_eq!(read(dir), files("new"));
    }
}
