//! The talk with the server, step by step, and the connections kept for the next mail.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::address::Envelope;
use tokio::time::Instant;

use super::Tls;
use super::tls::Secured;
use super::wire::{Reply, Wire, dotted};
use crate::domain::Secret;

/// How long a connection is kept unused. Servers close theirs after 30 s or more; one that was closed under us
/// shows only at the next mail.
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

/// Who we are to the server.
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: Secret,
}

/// Where and how to connect.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) mode: Tls,
    /// There unless `mode` is [`Tls::None`].
    pub(super) secured: Option<Secured>,
    pub(super) login: Option<Login>,
}

/// The server, and connections to it that are free.
pub(super) struct Pool {
    server: Server,
    idle: Mutex<Vec<(Connection, Instant)>>,
    idle_max: usize,
}

/// A connection that has said EHLO and logged in.
struct Connection {
    wire: Wire,
    offers: Offers,
}

/// What the server offers (RFC 5321 4.1.1.1).
#[derive(Debug, Default, PartialEq, Eq)]
struct Offers {
    pipelining: bool,
    starttls: bool,
    eight_bit: bool,
    utf8: bool,
    size: bool,
    auth: Vec<String>,
}

impl Pool {
    /// Connects to nothing yet; keeps at most `idle_max` connections.
    pub(super) fn new(server: Server, idle_max: usize) -> Self {
        Self { server, idle: Mutex::new(Vec::new()), idle_max }
    }

    /// Hands one mail over. `Ok` means that the server has taken it. A connection on which anything failed is closed.
    pub(super) async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), Failure> {
        if let Some(mut kept) = self.take() {
            match kept.hand_over(envelope, mail).await {
                Err(failure) if failure.is_closed_while_idle() => {}
                outcome => return outcome.map(|()| self.keep(kept)),
            }
        }
        let mut fresh = self.server.connect().await?;
        fresh.hand_over(envelope, mail).await?;
        self.keep(fresh);
        Ok(())
    }

    fn take(&self) -> Option<Connection> {
        let mut idle = self.idle();
        idle.retain(|(_, since)| since.elapsed() < IDLE_MAX);
        idle.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle();
        if idle.len() < self.idle_max {
            idle.push((connection, Instant::now()));
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    /// The caller's time limit holds for all of this.
    async fn connect(&self) -> Result<Connection, Failure> {
        let (wire, hello) = self.open().await?;
        let mut connection = Connection::greeted(wire, &hello).await?;
        if let (Tls::StartTls, Some(secured)) = (self.mode, &self.secured) {
            connection = connection.secured(secured, &hello).await?;
        }
        if let Some(login) = &self.login {
            connection.log_in(login).await?;
        }
        Ok(connection)
    }

    /// A connection that has been greeted, and the name that we give ourselves on it.
    async fn open(&self) -> Result<(Wire, String), Failure> {
        let failed = |error| broken(Stage::Connect, &error);
        let stream = Wire::connect(&self.host, self.port).await.map_err(failed)?;
        let hello = own_name(stream.local_addr().ok());
        let mut wire = match (self.mode, &self.secured) {
            (Tls::Implicit, Some(Secured { connector, name })) => {
                Wire::new(connector.connect(name.clone(), stream).await.map_err(failed)?)
            }
            _ => Wire::new(stream),
        };
        yes(wire.reply().await, Stage::Connect)?;
        Ok((wire, hello))
    }
}

impl Connection {
    async fn greeted(mut wire: Wire, hello: &str) -> Result<Self, Failure> {
        let said = ask(&mut wire, &format!("EHLO {hello}\r\n"), Stage::Connect).await?;
        Ok(Self { wire, offers: Offers::of(&said) })
    }

    async fn secured(mut self, secured: &Secured, hello: &str) -> Result<Self, Failure> {
        if !self.offers.starttls {
            let words = "it offers no STARTTLS".to_owned();
            return Err(Failure { stage: Stage::Connect, code: None, words });
        }
        ask(&mut self.wire, "STARTTLS\r\n", Stage::Connect).await?;
        let failed = |error| broken(Stage::Connect, &error);
        let stream = self.wire.into_stream().map_err(failed)?;
        let Secured { connector, name } = secured;
        let stream = connector.connect(name.clone(), stream).await.map_err(failed)?;
        Self::greeted(Wire::new(stream), hello).await
    }

    async fn log_in(&mut self, login: &Login) -> Result<(), Failure> {
        let Login { user, password } = login;
        let password = password.reveal();
        let offers = |mechanism: &str| self.offers.auth.iter().any(|offered| offered == mechanism);
        if offers("PLAIN") {
            let token = STANDARD.encode(format!("\0{user}\0{password}"));
            return ask(&mut self.wire, &format!("AUTH PLAIN {token}\r\n"), Stage::Login).await.map(drop);
        }
        if offers("LOGIN") {
            for line in ["AUTH LOGIN".to_owned(), STANDARD.encode(user), STANDARD.encode(password)] {
                ask(&mut self.wire, &format!("{line}\r\n"), Stage::Login).await?;
            }
            return Ok(());
        }
        let words = "it offers neither AUTH PLAIN nor AUTH LOGIN".to_owned();
        Err(Failure { stage: Stage::Login, code: None, words })
    }

    async fn hand_over(&mut self, envelope: &Envelope, mail: &[u8]) -> Result<(), Failure> {
        let mut commands = vec![(self.offers.mail_from(envelope, mail)?, Stage::Sender)];
        commands.extend(envelope.to().iter().map(|to| (format!("RCPT TO:<{to}>\r\n"), Stage::Recipient)));
        commands.push(("DATA\r\n".to_owned(), Stage::Mail));
        if self.offers.pipelining {
            // All at once (RFC 2920); the replies come in order, so that it is known which one was refused. After a
            // refusal the connection is closed by the caller, whatever the server thinks of DATA.
            let all: String = commands.iter().map(|(command, _)| command.as_str()).collect();
            self.wire.say(all.as_bytes()).await.map_err(|error| broken(Stage::Sender, &error))?;
            for (_, stage) in commands {
                yes(self.wire.reply().await, stage)?;
            }
        } else {
            for (command, stage) in commands {
                ask(&mut self.wire, &command, stage).await?;
            }
        }
        self.wire.say(&dotted(mail)).await.map_err(|error| broken(Stage::Mail, &error))?;
        yes(self.wire.reply().await, Stage::Mail).map(drop)
    }
}

impl Offers {
    fn of(said: &Reply) -> Self {
        let mut offers = Self::default();
        // The first line is the server's name.
        for line in said.lines.iter().skip(1) {
            let mut words = line.split([' ', '=']).map(str::to_ascii_uppercase);
            match words.next().as_deref() {
                Some("PIPELINING") => offers.pipelining = true,
                Some("STARTTLS") => offers.starttls = true,
                Some("8BITMIME") => offers.eight_bit = true,
                Some("SMTPUTF8") => offers.utf8 = true,
                Some("SIZE") => offers.size = true,
                Some("AUTH") => offers.auth.extend(words),
                _ => {}
            }
        }
        offers
    }

    /// The command with what this mail needs, if the server has it.
    fn mail_from(&self, envelope: &Envelope, mail: &[u8]) -> Result<String, Failure> {
        let needs_utf8 = envelope.to().iter().chain(envelope.from()).any(|address| !address.to_string().is_ascii());
        let needs_eight_bit = !mail.is_ascii();
        if (needs_utf8 && !self.utf8) || (needs_eight_bit && !self.eight_bit) {
            return Err(Failure { stage: Stage::Unsupported, code: None, words: String::new() });
        }
        let from = envelope.from().map(ToString::to_string).unwrap_or_default();
        let mut command = format!("MAIL FROM:<{from}>");
        if self.size {
            command.push_str(&format!(" SIZE={}", mail.len()));
        }
        if needs_eight_bit {
            command.push_str(" BODY=8BITMIME");
        }
        if needs_utf8 {
            command.push_str(" SMTPUTF8");
        }
        Ok(command + "\r\n")
    }
}

impl Failure {
    /// True when the server had closed the connection before this mail: nothing of it was taken.
    fn is_closed_while_idle(&self) -> bool {
        self.stage == Stage::Sender && matches!(self.code, None | Some(421))
    }
}

async fn ask(wire: &mut Wire, line: &str, stage: Stage) -> Result<Reply, Failure> {
    wire.say(line.as_bytes()).await.map_err(|error| broken(stage, &error))?;
    yes(wire.reply().await, stage)
}

fn yes(reply: io::Result<Reply>, stage: Stage) -> Result<Reply, Failure> {
    let reply = reply.map_err(|error| broken(stage, &error))?;
    if reply.is_yes() {
        return Ok(reply);
    }
    Err(Failure { stage, code: Some(reply.code), words: short(reply.words()) })
}

fn broken(stage: Stage, error: &io::Error) -> Failure {
    Failure { stage, code: None, words: short(error.to_string()) }
}

fn short(mut words: String) -> String {
    words.truncate(words.floor_char_boundary(WORDS_BYTES_MAX));
    words
}

/// The machine's name if it is one that can stand in EHLO, else our address (RFC 5321 4.1.3).
fn own_name(local: Option<SocketAddr>) -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    let is_good = name.contains('.') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    match local {
        _ if is_good => name.to_owned(),
        Some(SocketAddr::V6(address)) => format!("[IPv6:{}]", address.ip()),
        Some(SocketAddr::V4(address)) => format!("[{}]", address.ip()),
        None => "[127.0.0.1]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_offers() {
        let lines = [
            "mail.example.com PIPELINING",
            "pipelining",
            "SIZE 10240000",
            "AUTH PLAIN LOGIN",
            "AUTH=PLAIN LOGIN",
            "8BITMIME",
            "STARTTLS",
        ];
        let offers = Offers::of(&Reply { code: 250, lines: lines.map(str::to_owned).to_vec() });
        assert!(offers.pipelining && offers.size && offers.eight_bit && offers.starttls && !offers.utf8);
        assert_eq!(offers.auth, ["PLAIN", "LOGIN", "PLAIN", "LOGIN"]);
        assert_eq!(Offers::of(&Reply { code: 250, lines: vec!["PIPELINING".to_owned()] }), Offers::default());
    }

    #[test]
    fn addresses_and_letters_that_the_server_must_be_able_to_take() {
        let envelope =
            |to: &str| Envelope::new("a@example.com".parse().ok(), vec![to.parse().expect("an address")]).expect("one");
        let plain = Offers::default();
        let rich = Offers { utf8: true, eight_bit: true, size: true, ..Offers::default() };
        let of = |offers: &Offers, to: &str, mail: &str| offers.mail_from(&envelope(to), mail.as_bytes()).ok();
        assert_eq!(of(&plain, "b@example.com", "x").as_deref(), Some("MAIL FROM:<a@example.com>\r\n"));
        assert_eq!(
            of(&rich, "b@example.com", "雨").as_deref(),
            Some("MAIL FROM:<a@example.com> SIZE=3 BODY=8BITMIME\r\n")
        );
        assert_eq!(of(&plain, "b@example.com", "雨"), None);
    }
}
