//! Why the daemon could not go on.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What stops the daemon from starting, or a turn from being kept.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The store said no.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The fetcher could not be made.
    #[error(transparent)]
    Fetch(#[from] crate::sources::fetch::FetchError),
    /// The mail settings are of no use.
    #[error(transparent)]
    Notifier(#[from] crate::notifiers::NotifierError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}\nhint: set `listen` to a free address, such as 127.0.0.1:0")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Everybody could read and answer.
    #[error(
        "`listen` is {address}, which others can reach, and there are no users\nhint: add one with `seawall user add NAME --role operator`, or listen on 127.0.0.1 behind a proxy"
    )]
    NoUsers {
        /// The address.
        address: SocketAddr,
    },
    /// The users cannot be read.
    #[error(transparent)]
    Users(#[from] crate::web::UsersError),
    /// The provider of `[oidc]` cannot be asked.
    #[error(
        "the provider of [oidc] cannot be asked\nhint: check `issuer` and `base_url`, and build with `--features oidc`"
    )]
    NoProvider,
    /// The key that signs links.
    #[error("cannot read or make the link key {}: {source}\nhint: it must be a file of 32 bytes or more that only seawall may read", path.display())]
    LinkKey {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] std::io::Error),
    /// Signals cannot be heard.
    #[error("cannot listen for signals: {0}")]
    Signal(#[source] std::io::Error),
    /// Something in a turn panicked. What was not heard is asked for again.
    #[error("a turn panicked; the rest goes on\nhint: the log names what it was about; please report it")]
    Panicked,
    /// The keeper has ended.
    #[error("the keeper of the state has ended; see the log above for why")]
    KeeperGone,
}
