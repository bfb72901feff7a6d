//! The talk with the server, step by step, and the connections kept for the next mail.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::{Error, response::Response};
use tokio::time::Instant;

use super::stream::{Encrypted, connect};
use super::tls::Shield;

/// How long a connection is kept unused. Servers close theirs after 30 s or more; one that was closed under us
/// shows only at the next mail (lettre/lettre 743).
const IDLE_MAX: Duration = Duration::from_secs(20);

/// The most bytes of a server's words that are kept.
const WORDS_BYTES_MAX: usize = 2000;

/// Which step failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Name, connection, greeting, EHLO, STARTTLS, TLS.
    Connect,
    /// AUTH.
    Login,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA and the mail itself.
    Mail,
    /// The server lacks what this mail needs.
    Unsupported,
}

/// A step that failed, and the server's or the system's words.
pub(super) struct Failure {
    /// Which step.
    pub(super) stage: Stage,
    /// The reply's code; `None` when there was no reply.
    pub(super) code: Option<u16>,
    /// The words; they may hold addresses.
    pub(super) words: String,
}

impl fmt::Debug for Failure {
    /// Without the words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure").field("stage", &self.stage).field("code", &self.code).finish_non_exhaustive()
    }
}

/// Where and how to connect.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) shield: Shield,
    pub(super) credentials: Option<Credentials>,
}

/// The server, and connections to it that are free.
pub(super) struct Pool {
    server: Server,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
    idle_max: usize,
}

impl Pool {
    /// Connects to nothing yet; keeps at most `idle_max` connections.
    pub(super) fn new(server: Server, idle_max: usize) -> Self {
        Self { server, idle: Mutex::new(Vec::new()), idle_max }
    }

    /// Hands one mail over. `Ok` means that the server has taken it. A connection on which anything failed is closed.
    pub(super) async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), Failure> {
        if let Some(mut kept) = self.take() {
            match hand_over(&mut kept, envelope, mail).await {
                Err(failure) if failure.is_closed_while_idle() => {}
                outcome => return outcome.map(|()| self.keep(kept)),
            }
        }
        let mut fresh = self.server.connect().await?;
        hand_over(&mut fresh, envelope, mail).await?;
        self.keep(fresh);
        Ok(())
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle();
        idle.retain(|(_, since)| since.elapsed() < IDLE_MAX);
        idle.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle();
        if idle.len() < self.idle_max {
            idle.push((connection, Instant::now()));
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(AsyncSmtpConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    /// The caller's time limit holds for all of this.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let hello = ClientId::default();
        let stream = self.open().await.map_err(|error| broken(&error))?;
        let connected = AsyncSmtpConnection::connect_with_transport(stream, &hello).await;
        let mut connection = connected.map_err(at(Stage::Connect))?;
        if let Shield::StartTls(tls) = &self.shield {
            connection.starttls(tls.clone(), &hello).await.map_err(at(Stage::Connect))?;
        }
        if let Some(credentials) = &self.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, credentials).await.map_err(at(Stage::Login))?;
        }
        Ok(connection)
    }

    async fn open(&self) -> io::Result<Box<dyn AsyncTokioStream>> {
        let stream = connect(&self.host, self.port).await?;
        Ok(match &self.shield {
            Shield::Implicit { connector, name } => Box::new(Encrypted(connector.connect(name.clone(), stream).await?)),
            Shield::None | Shield::StartTls(_) => Box::new(stream),
        })
    }
}

impl Failure {
    /// True when the server had closed the connection before this mail: nothing of it was taken.
    fn is_closed_while_idle(&self) -> bool {
        self.stage == Stage::Sender && matches!(self.code, None | Some(421))
    }
}

async fn hand_over(connection: &mut AsyncSmtpConnection, envelope: &Envelope, bytes: &[u8]) -> Result<(), Failure> {
    let parameters = parameters(connection, envelope, bytes)?;
    let mail = Mail::new(envelope.from().cloned(), parameters);
    said_yes(connection.command(mail).await, Stage::Sender)?;
    for recipient in envelope.to() {
        said_yes(connection.command(Rcpt::new(recipient.clone(), Vec::new())).await, Stage::Recipient)?;
    }
    said_yes(connection.command(Data).await, Stage::Mail)?;
    said_yes(connection.message(bytes).await, Stage::Mail)
}

fn parameters(
    connection: &AsyncSmtpConnection,
    envelope: &Envelope,
    bytes: &[u8],
) -> Result<Vec<MailParameter>, Failure> {
    let unsupported = || Failure { stage: Stage::Unsupported, code: None, words: String::new() };
    let needs_utf8 = envelope.to().iter().chain(envelope.from()).any(|address| !address.to_string().is_ascii());
    let mut parameters = Vec::new();
    for (is_needed, extension, parameter) in [
        (needs_utf8, Extension::SmtpUtfEight, MailParameter::SmtpUtfEight),
        (!bytes.is_ascii(), Extension::EightBitMime, MailParameter::Body(MailBodyParameter::EightBitMime)),
    ] {
        if is_needed && !connection.server_info().supports_feature(extension) {
            return Err(unsupported());
        }
        if is_needed {
            parameters.push(parameter);
        }
    }
    Ok(parameters)
}

fn said_yes(reply: Result<Response, Error>, stage: Stage) -> Result<(), Failure> {
    reply.map(drop).map_err(at(stage))
}

fn at(stage: Stage) -> impl FnOnce(Error) -> Failure {
    move |error| {
        let mut words = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        words.truncate(words.floor_char_boundary(WORDS_BYTES_MAX));
        Failure { stage, code: error.status().map(u16::from), words }
    }
}

/// No connection at all.
fn broken(error: &io::Error) -> Failure {
    let mut words = error.to_string();
    words.truncate(words.floor_char_boundary(WORDS_BYTES_MAX));
    Failure { stage: Stage::Connect, code: None, words }
}
