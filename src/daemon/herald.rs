//! Tells the service manager how we are: ready, alive, reloading, stopping. Does nothing where there is none.
//!
//! The protocol is systemd's `sd_notify`: a datagram of `NAME=value` lines to the socket that the environment names.

use std::env;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The service manager, when there is one.
pub(super) struct Herald {
    socket: Option<(UnixDatagram, SocketAddr)>,
    /// How often it wants to hear that we are alive.
    watchdog: Option<Duration>,
}

impl Herald {
    /// The one that started us.
    pub(super) fn of_environment() -> Self {
        let address = env::var("NOTIFY_SOCKET").ok().and_then(|path| address(&path));
        let socket = address.and_then(|address| Some((UnixDatagram::unbound().ok()?, address)));
        // Twice as often as it wants, so that one sign may be late.
        let asked = env::var("WATCHDOG_USEC").ok().and_then(|micros| micros.parse().ok());
        let watchdog = asked.filter(|micros| *micros > 0).map(|micros| Duration::from_micros(micros) / 2);
        Self { socket, watchdog }
    }

    /// How often to call [`Self::alive`]; `None` when nobody wants to hear it.
    pub(super) fn watchdog(&self) -> Option<Duration> {
        self.socket.as_ref().and(self.watchdog)
    }

    /// Everything has begun.
    pub(super) fn ready(&self) {
        self.tell("READY=1");
    }

    /// Turns are still being made.
    pub(super) fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// We start anew under the same process id.
    pub(super) fn reloading(&self) {
        self.tell("RELOADING=1");
    }

    /// We are ending.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    fn tell(&self, word: &str) {
        let Some((socket, address)) = &self.socket else { return };
        if let Err(error) = socket.send_to_addr(word.as_bytes(), address) {
            tracing::warn!(%error, "the service manager could not be told {word}");
        }
    }
}

/// A path, or after `@` a name without one.
fn address(path: &str) -> Option<SocketAddr> {
    match path.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name).ok(),
        None => SocketAddr::from_pathname(path).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_reaches_the_socket_and_nobody_is_no_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        let address = address(path.to_str().expect("UTF-8")).expect("an address");
        let herald = Herald { socket: Some((UnixDatagram::unbound().expect("another"), address)), watchdog: None };
        herald.ready();
        let mut word = [0; 32];
        let length = socket.recv(&mut word).expect("a word");
        assert_eq!(&word[..length], b"READY=1");
        drop((socket, folder));
        herald.alive();
        Herald { socket: None, watchdog: None }.stopping();
    }
}
