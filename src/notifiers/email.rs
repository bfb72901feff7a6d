//! Mail over SMTP.
//!
//! The connection is driven command by command, so that it is known which one was refused: only then can a
//! mailbox that does not exist be told from a password that ran out (see `verdict`). Connections that
//! took a mail are kept for the next, for as long as no server closes them.

mod dkim;
mod message;
mod session;
#[cfg(test)]
mod sink;
mod stream;
mod tls;
mod verdict;

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use tokio::sync::Semaphore;

use super::pace::{Limit, Pace};
use super::{Notifier, NotifierError, install_crypto};
use crate::domain::{Delivery, Notice, Secret, Timestamp};

pub use dkim::DkimSettings;
pub use message::{Sender, eml, message};

use dkim::DkimSigner;
use session::{Pool, Server};

/// How the connection is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte; port 465.
    Implicit,
    /// TLS after STARTTLS, which the server must offer; port 587.
    StartTls,
    /// None: for a server on this machine or network that needs no password; port 25.
    None,
}

/// The mail server and how we use it.
#[derive(Clone)]
pub struct EmailSettings {
    /// The server's name; with TLS, the name in its certificate.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub tls: Tls,
    /// The user, when the server wants one.
    pub user: Option<String>,
    /// The password, when the server wants one.
    pub password: Option<Secret>,
    /// Our address: `Seawall <alerts@example.com>`.
    pub from: String,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<String>,
    /// The time for one mail, from connecting to the server's last word.
    pub timeout: Duration,
    /// A PEM file of certificates to trust besides the system's.
    pub extra_ca_file: Option<PathBuf>,
    /// The most connections at a time; 0 counts as 1.
    pub connections_max: usize,
    /// The most mails in any minute; `None` for as many as the server takes.
    pub per_minute: Option<usize>,
    /// How mails are signed, if they are.
    pub dkim: Option<DkimSettings>,
}

impl fmt::Debug for EmailSettings {
    /// Neither addresses nor the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("EmailSettings");
        fields.field("host", &self.host).field("port", &self.port).field("tls", &self.tls);
        fields.field("timeout", &self.timeout).field("connections_max", &self.connections_max).finish_non_exhaustive()
    }
}

/// Hands notices to a mail server.
pub struct EmailNotifier {
    pool: Pool,
    turns: Semaphore,
    pace: Mutex<Pace>,
    sender: Sender,
    dkim: Option<DkimSigner>,
    timeout: Duration,
}

impl EmailNotifier {
    /// Checks the settings and reads the certificates; connects to nothing yet.
    pub fn new(settings: &EmailSettings) -> Result<Self, NotifierError> {
        install_crypto();
        let connections_max = settings.connections_max.clamp(1, Semaphore::MAX_PERMITS);
        let server = Server {
            host: settings.host.clone(),
            port: settings.port,
            shield: tls::shield(settings.tls, &settings.host, settings.extra_ca_file.as_deref())?,
            credentials: credentials(settings)?,
        };
        let limits: Vec<Limit> = settings.per_minute.map(|count| Limit::new(count, 60)).into_iter().collect();
        Ok(Self {
            pool: Pool::new(server, connections_max),
            turns: Semaphore::new(connections_max),
            pace: Mutex::new(Pace::new(limits)),
            sender: Sender::parse(&settings.from, settings.reply_to.as_deref())?,
            dkim: settings.dkim.as_ref().map(DkimSigner::new).transpose()?,
            timeout: settings.timeout,
        })
    }

    async fn attempt(&self, notice: &Notice, now: Timestamp) -> Delivery {
        let (envelope, mail) = match self.written(notice) {
            Ok(written) => written,
            Err(error) => return Delivery::Never(error.to_string()),
        };
        if let Err(until) = self.pace.lock().unwrap_or_else(PoisonError::into_inner).enter(now) {
            return Delivery::Held(until);
        }
        // The time spent waiting for a free connection is not the server's fault. The semaphore is never closed.
        let _turn = self.turns.acquire().await;
        match tokio::time::timeout(self.timeout, self.pool.send(&envelope, &mail)).await {
            Ok(Ok(())) => Delivery::Taken,
            Ok(Err(failure)) => verdict::of(&failure),
            Err(_) => Delivery::Later(format!(
                "the mail server did not finish within {} s; it may have the mail, the next try bears the same Message-ID",
                self.timeout.as_secs_f64()
            )),
        }
    }

    /// The mail as it goes out, and from whom to whom.
    fn written(&self, notice: &Notice) -> Result<(Envelope, Vec<u8>), NotifierError> {
        let message = message(notice, &self.sender)?;
        let mail = message.formatted();
        let mail = match &self.dkim {
            Some(signer) => signer.signed(&mail, notice.queued_at)?,
            None => mail,
        };
        Ok((message.envelope().clone(), mail))
    }
}

impl fmt::Debug for EmailNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailNotifier").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Notifier for EmailNotifier {
    fn channel(&self) -> &'static str {
        "email"
    }

    fn deliver<'a>(
        &'a self,
        notice: &'a Notice,
        now: Timestamp,
    ) -> Pin<Box<dyn Future<Output = Delivery> + Send + 'a>> {
        Box::pin(self.attempt(notice, now))
    }
}

fn credentials(settings: &EmailSettings) -> Result<Option<Credentials>, NotifierError> {
    let (user, password) = match (&settings.user, &settings.password) {
        (None, None) => return Ok(None),
        (Some(user), Some(password)) => (user.clone(), password.reveal().to_owned()),
        (Some(_), None) => return Err(NotifierError::HalfALogin { missing: "password" }),
        (None, Some(_)) => return Err(NotifierError::HalfALogin { missing: "user" }),
    };
    if settings.tls == Tls::None && !is_this_machine(&settings.host) {
        return Err(NotifierError::PasswordInClear { host: settings.host.clone() });
    }
    Ok(Some(Credentials::new(user, password)))
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
