//! The mail server: `smtp_sink.py`, a process of its own that has each mail on the disk before it says so.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use mail_parser::MessageParser;

use super::{wait_for, wait_until};

/// How the connection is kept secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Not at all.
    #[default]
    None,
    /// After STARTTLS, without which nothing is taken.
    StartTls,
    /// From the first byte.
    Implicit,
}

/// How a mail server is to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct SinkOptions {
    /// Secret or not.
    pub(crate) tls: Secrecy,
    /// The one who may send, with password.
    pub(crate) login: Option<(&'static str, &'static str)>,
    /// The port; 0 for a free one.
    pub(crate) port: u16,
}

/// A mail that the server has taken.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// Its file's name.
    pub(crate) file: String,
    /// Its bytes, as they came.
    pub(crate) bytes: Vec<u8>,
    /// To whom.
    pub(crate) to: String,
    /// About what.
    pub(crate) subject: String,
    /// Its Message-ID, without brackets.
    pub(crate) message_id: String,
    /// The Message-ID that it answers to.
    pub(crate) in_reply_to: Option<String>,
    /// The plain text.
    pub(crate) text: String,
}

/// A running mail server.
pub(crate) struct Sink {
    child: Child,
    orders: ChildStdin,
    said: Arc<Mutex<Vec<String>>>,
    folder: PathBuf,
    options: SinkOptions,
    port: u16,
}

/// The Python that has the mail server, or `None` after saying what is missing. Fails under CI.
pub(crate) fn python() -> Option<PathBuf> {
    let beside_target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("venv/bin/python");
    let python = std::env::var_os("SEAWALL_TEST_PYTHON").map_or(beside_target, PathBuf::from);
    if python.exists() {
        return Some(python);
    }
    let why =
        format!("no Python with aiosmtpd at {}: run tests/run once, or set SEAWALL_TEST_PYTHON", python.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
    eprintln!("THIS JOURNEY DID NOT RUN: {why}");
    None
}

impl Sink {
    /// Starts a server that keeps mails in this folder, and waits until it listens.
    pub(crate) fn start(python: &Path, stage: &super::Stage, options: SinkOptions) -> Self {
        let folder = stage.folder("mail");
        let mut command = Command::new(python);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journeys/smtp_sink.py"));
        command.arg("--out").arg(&folder).arg("--port").arg(options.port.to_string());
        command.arg("--ca").arg(stage.folder("ca")).args(["--tls", options.tls.word()]);
        if let Some((user, password)) = options.login {
            command.arg("--auth").arg(format!("{user}:{password}"));
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the mail server can be started");
        let orders = child.stdin.take().expect("its standard input");
        let lines = BufReader::new(child.stdout.take().expect("its standard output")).lines();
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let there = said.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                there.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        let mut sink = Self { child, orders, said, folder, options, port: 0 };
        sink.port = wait_for("the mail server", || sink.said("listening ").first()?.parse().ok());
        sink
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Secret or not.
    pub(crate) fn tls(&self) -> Secrecy {
        self.options.tls
    }

    /// The one who may send.
    pub(crate) fn login(&self) -> Option<(&'static str, &'static str)> {
        self.options.login
    }

    /// Gives an order, and waits until it holds: `hold-before`, `hold-after`, `release`, `refuse 451`, `accept`.
    pub(crate) fn order(&mut self, order: &str) {
        let obeyed = self.said("obeyed ").len();
        writeln!(self.orders, "{order}").and_then(|()| self.orders.flush()).expect("the mail server listens");
        wait_until("the mail server to obey", || self.said("obeyed ").len() > obeyed);
    }

    /// What follows a word in each line that it has said so far.
    pub(crate) fn said(&self, word: &str) -> Vec<String> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().filter_map(|line| line.strip_prefix(word)).map(str::to_owned).collect()
    }

    /// How many mails have come to their end, taken or not.
    pub(crate) fn offered(&self) -> usize {
        self.said("data ").len()
    }

    /// How many mails have been kept.
    pub(crate) fn kept(&self) -> usize {
        self.said("kept ").len()
    }

    /// The mails that have been taken, in order; the same one twice if it was.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        mails_in(&self.folder)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("the mail server: {error}");
        }
    }
}

impl Secrecy {
    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StartTls => "starttls",
            Self::Implicit => "implicit",
        }
    }
}

/// The mails of a folder of `.eml` files, in order of name.
pub(crate) fn mails_in(folder: &Path) -> Vec<Mail> {
    let entries = fs::read_dir(folder).expect("a folder of mails").flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "eml")).collect();
    paths.sort();
    paths.into_iter().map(|path| read(&path)).collect()
}

fn read(path: &Path) -> Mail {
    let bytes = fs::read(path).expect("a mail can be read");
    let message = MessageParser::default().parse(&bytes).expect("a mail can be parsed");
    Mail {
        file: path.display().to_string(),
        to: message.to().and_then(|to| to.first()?.address()).unwrap_or_default().to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        message_id: message.message_id().unwrap_or_default().to_owned(),
        in_reply_to: message.in_reply_to().as_text().map(str::to_owned),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        bytes: bytes.clone(),
    }
}
