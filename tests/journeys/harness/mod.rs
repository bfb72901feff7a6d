//! What the stories stand on: a stage (a folder of its own), feeds, a mail server, the daemon, the weather.

mod daemon;
mod feeds;
mod sink;
mod stage;
mod weather;
mod web;

use std::time::{Duration, Instant};

pub(crate) use daemon::{Daemon, seawall};
pub(crate) use feeds::{Answer, Feeds};
pub(crate) use sink::{Mail, Secrecy, Sink, SinkOptions, mails_in, python};
pub(crate) use stage::{FeedLine, Stage};
pub(crate) use weather::{Place, TAIZHOU, WENZHOU, Weather};
pub(crate) use web::{Reply, get, post_form, post_json, put_json};

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
