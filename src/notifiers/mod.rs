//! A notice becomes a delivery.
//!
//! In: notices. Out: taken, later or never.
//! Never: decides anything (when to try again is the daemon's), logs an address or a mail's body.

mod channel;
mod dingtalk;
pub mod email;
mod error;
mod feishu;
mod http;
mod pace;
mod robot;
mod sign;
mod slack;
#[cfg(test)]
mod suite;
mod teams;
mod webhook;
mod wecom;
mod words;

use std::future::Future;
use std::pin::Pin;
use std::sync::Once;

use crate::domain::{Delivery, Notice, Timestamp};

pub use channel::{Channel, ChannelNotifier, ChannelSettings, Heard, Outgoing, channel_kind};
pub use email::{DkimSettings, EmailNotifier, EmailSettings, Sender, Tls, eml, message};
pub use error::NotifierError;
pub use http::Http;
pub use pace::Limit;
pub use webhook::ORDER_MEDIA_TYPE;

/// The kinds of channels beside mail. A further one is a file beside these and a line here; the suite runs over all.
pub const ALL: &[&dyn Channel] =
    &[&webhook::Webhook, &slack::Slack, &teams::Teams, &wecom::WeCom, &dingtalk::DingTalk, &feishu::Feishu];

/// A way to reach a person.
pub trait Notifier: Send + Sync {
    /// The name in [`Notice::channel`]: `email`, or a channel's id.
    fn channel(&self) -> &str;

    /// Hands one notice over at an instant. It always comes to an end by itself, and dropping it is safe: the notice may then
    /// have been taken, which a further try tells by its Message-ID.
    fn deliver<'a>(&'a self, notice: &'a Notice, now: Timestamp)
    -> Pin<Box<dyn Future<Output = Delivery> + Send + 'a>>;
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
