//! A notice becomes a delivery.
//!
//! In: notices. Out: taken, later or never.
//! Never: decides anything (when to try again is the daemon's), logs an address or a mail's body.

pub mod email;
mod error;

use std::future::Future;
use std::pin::Pin;
use std::sync::Once;

use crate::domain::{Delivery, Notice};

pub use email::{EmailNotifier, EmailSettings, Password, Sender, Tls, eml, message};
pub use error::NotifierError;

/// A way to reach a person.
pub trait Notifier: Send + Sync {
    /// The name in [`Notice::channel`]: `email`.
    fn channel(&self) -> &'static str;

    /// Hands one notice over. It always comes to an end by itself, and dropping it is safe: the notice may then
    /// have been taken, which a further try tells by its Message-ID.
    fn deliver<'a>(&'a self, notice: &'a Notice) -> Pin<Box<dyn Future<Output = Delivery> + Send + 'a>>;
}

/// Makes ring the process's provider of TLS ciphers, once. Whoever builds a TLS client or server calls it first:
/// rustls panics when none was chosen.
pub fn install_crypto() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // An error means that another was installed before, which serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}
