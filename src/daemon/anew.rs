//! Another configuration while the house goes on: everything that was begun is finished as at a stop, and the program then
//! starts anew in its own place, under the same process id. One that would not start is named and the old one goes on.
//!
//! Feeds, ways out, the page and its port all hang on the configuration: taking each up in place would be a second way to
//! start, and the seldom used one. The page is away for about a second; browsers come back by themselves.

use std::net::TcpListener;
use std::sync::Arc;

use super::books::Books;
use super::link_key::link_key;
use super::renew::{books, fit};
use super::routes::routes;
use super::{DaemonError, Shared, door};
use crate::config::Config;
use crate::notices::Pages;
use crate::rules::RuleFiles;
use crate::sources::fetch::{FetchSettings, Fetcher};

/// Reads the configuration again; `None` when it has mistakes, each of which it has said.
pub type Reread = Arc<dyn Fn() -> Option<Config> + Send + Sync>;

/// How a daemon ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It was told to stop.
    Stopped,
    /// It is to be started again, since its configuration is another one.
    Anew,
}

/// What a look at the configuration found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing in it is new.
    Same,
    /// It is another one, and everything in it can be started with.
    Other,
    /// It cannot be started with; why was said.
    Unfit,
}

/// Looks at the configuration, the link key and the words of pages; blocks.
pub(super) fn look(shared: &Shared, known: &RuleFiles) -> Look {
    let Some(config) = (shared.reread)() else { return Look::Unfit };
    let has_same_key = match link_key(&config.link_key, shared.clock.now()) {
        Ok(key) => key == shared.link_key,
        Err(error) => {
            tracing::error!(%error, "the link key cannot be read");
            return Look::Unfit;
        }
    };
    if config == shared.config && has_same_key && has_same_pages(&config, known) {
        return Look::Same;
    }
    // Each is looked at even when another is wrong, so that every mistake is said at once.
    let can_start = startable(shared, &config);
    let is_fit = fit(&config.portfolio).is_some();
    let has_rules = books(config.rules.as_deref(), &RuleFiles::default()).is_ok();
    if can_start && is_fit && has_rules { Look::Other } else { Look::Unfit }
}

/// The words of pages are those that the page was started with. What cannot be read is named with the rules.
fn has_same_pages(config: &Config, known: &RuleFiles) -> bool {
    let pages = |files: &RuleFiles| Pages::parse(&files.texts()).ok();
    let read = Books::files(config.rules.as_deref()).ok().and_then(|files| pages(&files));
    read.is_none_or(|read| Some(read) == pages(known))
}

/// Whether what a start stands on is there.
fn startable(shared: &Shared, config: &Config) -> bool {
    let now = shared.config.listen;
    let address = config.listen;
    let can_listen = address == now
        || TcpListener::bind(address)
            .map_err(|source| tracing::error!(error = %DaemonError::Listen { address, source }, "the configuration"))
            .is_ok();
    let has_store = config.data_dir == shared.config.data_dir;
    if !has_store {
        tracing::error!("`data_dir` is another: what is known lies in the old one; move it there and start again");
    }
    let say = |error: DaemonError| tracing::error!(%error, "the configuration");
    let has_door = door(config).map_err(say).is_ok();
    let has_routes = routes(config, Some(shared.clock.now())).map_err(|error| say(error.into())).is_ok();
    let can_fetch = Fetcher::new(&FetchSettings::new(&config.contact)).map_err(|error| say(error.into())).is_ok();
    can_listen && has_store && has_door && has_routes && can_fetch
}
