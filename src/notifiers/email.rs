//! Mail over SMTP.
//!
//! The connection is driven command by command, so that it is known which one was refused: only then can a
//! mailbox that does not exist be told from a password that ran out (see `verdict`). Connections that
//! took a mail are kept for the next, for as long as no server closes them.

mod message;
mod session;
#[cfg(test)]
mod sink;
mod verdict;

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use tokio::sync::Semaphore;
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;

use super::{Notifier, NotifierError, install_crypto};
use crate::domain::{Delivery, Notice};

pub use message::{Sender, eml, message};
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

/// A password that no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes the text as the password, unchanged.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
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
    pub password: Option<Password>,
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
    sender: Sender,
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
            mode: settings.tls,
            tls: tls_parameters(settings)?,
            credentials: credentials(settings)?,
        };
        Ok(Self {
            pool: Pool::new(server, connections_max),
            turns: Semaphore::new(connections_max),
            sender: Sender::parse(&settings.from, settings.reply_to.as_deref())?,
            timeout: settings.timeout,
        })
    }

    async fn attempt(&self, notice: &Notice) -> Delivery {
        let message = match message(notice, &self.sender) {
            Ok(message) => message,
            Err(error) => return Delivery::Never(error.to_string()),
        };
        // The time spent waiting for a free connection is not the server's fault. The semaphore is never closed.
        let _turn = self.turns.acquire().await;
        // lettre writes every command and mail into the debug log, passwords too: not into ours.
        let sending = self.pool.send(&message).with_subscriber(NoSubscriber::new());
        match tokio::time::timeout(self.timeout, sending).await {
            Ok(Ok(())) => Delivery::Taken,
            Ok(Err(failure)) => verdict::of(&failure),
            Err(_) => Delivery::Later(format!(
                "the mail server did not finish within {} s; it may have the mail, the next try bears the same Message-ID",
                self.timeout.as_secs_f64()
            )),
        }
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

    fn deliver<'a>(&'a self, notice: &'a Notice) -> Pin<Box<dyn Future<Output = Delivery> + Send + 'a>> {
        Box::pin(self.attempt(notice))
    }
}

fn credentials(settings: &EmailSettings) -> Result<Option<Credentials>, NotifierError> {
    let (user, password) = match (&settings.user, &settings.password) {
        (None, None) => return Ok(None),
        (Some(user), Some(password)) => (user, password),
        (Some(_), None) => return Err(NotifierError::HalfALogin { missing: "password" }),
        (None, Some(_)) => return Err(NotifierError::HalfALogin { missing: "user" }),
    };
    if settings.tls == Tls::None && !is_this_machine(&settings.host) {
        return Err(NotifierError::PasswordInClear { host: settings.host.clone() });
    }
    Ok(Some(Credentials::new(user.clone(), password.0.clone())))
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn tls_parameters(settings: &EmailSettings) -> Result<Option<TlsParameters>, NotifierError> {
    if settings.tls == Tls::None {
        return Ok(None);
    }
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.extra_ca_file {
        builder = builder.add_root_certificate(extra_certificate(path)?);
    }
    let built = builder.build();
    built.map(Some).map_err(|error| NotifierError::Tls { host: settings.host.clone(), detail: error.to_string() })
}

fn extra_certificate(path: &Path) -> Result<Certificate, NotifierError> {
    let pem = std::fs::read(path).map_err(|source| NotifierError::ExtraCa { path: path.to_owned(), source })?;
    let content = |detail: String| NotifierError::ExtraCaContent { path: path.to_owned(), detail };
    // lettre takes a file without any certificate for an empty list.
    if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        return Err(content("there is none in it".to_owned()));
    }
    Certificate::from_pem(&pem).map_err(|error| content(error.to_string()))
}
