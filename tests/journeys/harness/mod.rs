//! What the stories stand on: a stage (a folder of its own), feeds, a mail server, the daemon, the weather.

mod daemon;
mod feeds;
mod provider;
mod sink;
mod stage;
mod weather;
mod web;

use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(crate) use daemon::{Daemon, seawall};
pub(crate) use feeds::{Answer, Feeds};
pub(crate) use provider::{CLIENT, Manner, Page, Provider, SECRET, Signed};
pub(crate) use sink::{Mail, Secrecy, Sink, SinkOptions, mails_in, python};
pub(crate) use stage::{FeedLine, Stage};
pub(crate) use weather::{Place, TAIZHOU, WENZHOU, Weather};
pub(crate) use web::{Reply, get, get_with, leave, post_form, post_json, put_json};

/// A storm off Taizhou today, in one feed of a daemon that has not begun yet, and a server for its mails.
pub(crate) struct Stormy {
    pub(crate) stage: Stage,
    pub(crate) feeds: Feeds,
    pub(crate) sink: Sink,
    pub(crate) config: PathBuf,
}

impl Stormy {
    /// `None` where the mail server cannot run, which is said.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let python = python()?;
        let (stage, feeds) = (Stage::new(name), Feeds::start());
        let sink = Sink::start(&python, &stage, SinkOptions::default());
        feeds.put("/deck.dat", Answer::Document(Weather::today().a_deck(1)));
        let lines = [FeedLine { id: "deck", path: "/deck.dat", format: Some("atcf"), more: "" }];
        let config = stage.config("seawall.toml", "data", &feeds, &lines, &sink);
        Some(Self { stage, feeds, sink, config })
    }
}

/// Long enough for a loaded machine; a story that goes well never waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// What asynchronous parts of the library run on.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// Looks again and again until `look` finds something.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited {PATIENCE:?} for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Looks again and again until it is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_for(what, || is_so().then_some(()));
}
