//! A small mail server for tests that behaves as badly as it is told, and the tests of handing over to it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{EmailNotifier, EmailSettings, Password, Tls};
use crate::domain::{AlertId, Delivery, EventId, Level, Notice, NoticeId, PersonId, Timestamp};
use crate::notifiers::{Notifier as _, NotifierError};

/// What the server does.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Takes everything.
    Takes,
    /// Answers this command with this reply, and takes everything else. `.` is the end of a mail.
    Answers(&'static str, &'static str),
    /// Hangs up in the middle of a mail.
    CutsInMail,
    /// Hangs up after each mail that it took.
    HangsUpAfterMail,
    /// Says nothing at all.
    IsSilent,
}

#[derive(Clone, Default)]
struct Sink {
    mails: Arc<Mutex<Vec<String>>>,
    commands: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Sink {
    /// Starts a server; gives it and its port.
    async fn start(manner: Manner) -> (Self, u16) {
        let sink = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let port = listener.local_addr().expect("address").port();
        let server = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                server.connections.fetch_add(1, Ordering::Relaxed);
                let server = server.clone();
                tokio::spawn(async move { server.serve(stream, manner).await });
            }
        });
        (sink, port)
    }

    /// Ends with the connection; an error is the other side's going away.
    async fn serve(&self, stream: TcpStream, manner: Manner) -> Option<()> {
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        if let Manner::IsSilent = manner {
            return std::future::pending().await;
        }
        writing.write_all(b"220 sink ready\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            self.commands.lock().expect("lock").push(line.clone());
            let mut command = line.split(' ').next()?.to_ascii_uppercase();
            let mut reply = match command.as_str() {
                "EHLO" => "250-sink\r\n250 AUTH PLAIN LOGIN",
                "DATA" => "354 go on",
                "AUTH" => "235 welcome",
                _ => "250 fine",
            };
            if command == "DATA" && !matches!(manner, Manner::Answers("DATA", _)) {
                writing.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    mail.extend([line.strip_prefix('.').unwrap_or(&line), "\r\n"]);
                    if let Manner::CutsInMail = manner {
                        return None;
                    }
                }
                self.mails.lock().expect("lock").push(mail);
                (command, reply) = (".".to_owned(), "250 taken");
            }
            if let Manner::Answers(at, other) = manner
                && at == command
            {
                reply = other;
            }
            writing.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
            if command == "." && matches!(manner, Manner::HangsUpAfterMail) {
                return None;
            }
        }
        Some(())
    }

    fn mails(&self) -> usize {
        self.mails.lock().expect("lock").len()
    }
}

fn settings(port: u16) -> EmailSettings {
    EmailSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        user: Some("seawall".to_owned()),
        password: Some(Password::new("open sesame")),
        from: "Seawall <alerts@example.com>".to_owned(),
        reply_to: None,
        timeout: Duration::from_secs(30),
        extra_ca_file: None,
        connections_max: 4,
    }
}

fn notifier(port: u16) -> EmailNotifier {
    EmailNotifier::new(&settings(port)).expect("good settings")
}

/// A notice of that id, in Chinese.
pub(super) fn notice(id: &str) -> Notice {
    Notice {
        id: NoticeId::new(id),
        person: PersonId::new("li"),
        channel: "email".to_owned(),
        to_name: "李伟".to_owned(),
        to: "li@example.com".to_owned(),
        event: EventId::new("wp162004"),
        alerts: vec![AlertId::new("a1")],
        level: Level::Act,
        why: vec!["first-match".to_owned()],
        lang: "zh-CN".to_owned(),
        subject: "台风云娜 RANANIM：台州仓库须在 8 月 12 日 06:00 前搬离".to_owned(),
        message_id: format!("<{id}@seawall>"),
        references: Vec::new(),
        text: "台风将至。\n.\nMove the stock.\n".to_owned(),
        html: "<p>台风将至。</p>\n<p>Move the stock.</p>\n".to_owned(),
        list_unsubscribe: None,
        attachments: Vec::new(),
        queued_at: Timestamp::from_second(1_092_182_400).expect("in range"),
        attempts: 0,
        next_try: None,
        last_fault: None,
    }
}

async fn deliver(manner: Manner) -> (Delivery, Sink) {
    let (sink, port) = Sink::start(manner).await;
    (notifier(port).deliver(&notice("n1")).await, sink)
}

async fn check_later(manner: Manner, words: &str) {
    match deliver(manner).await.0 {
        Delivery::Later(fault) => assert!(fault.contains(words) && !fault.contains('@'), "{manner:?}: {fault}"),
        other => panic!("{manner:?}: {other:?}"),
    }
}

async fn check_never(manner: Manner, words: &str) {
    match deliver(manner).await.0 {
        Delivery::Never(fault) => assert!(fault.contains(words) && !fault.contains('@'), "{manner:?}: {fault}"),
        other => panic!("{manner:?}: {other:?}"),
    }
}

#[tokio::test]
async fn a_mail_that_was_taken_is_the_mail_that_was_meant() {
    let (delivery, sink) = deliver(Manner::Takes).await;
    assert_eq!(delivery, Delivery::Taken);
    let mails = sink.mails.lock().expect("lock");
    let parsed = mail_parser::MessageParser::default().parse(mails[0].as_bytes()).expect("parses");
    assert_eq!(parsed.subject(), Some(notice("n1").subject.as_str()));
    assert!(parsed.body_text(0).expect("text").contains("\r\n.\r\nMove the stock."));
    assert!(sink.commands.lock().expect("lock").contains(&"RCPT TO:<li@example.com>".to_owned()));
}

#[tokio::test]
async fn what_the_server_says_of_the_recipient_or_mail_is_believed() {
    check_never(Manner::Answers("RCPT", "550 5.1.1 <li@example.com> unknown"), "refused the recipient: 550").await;
    check_later(Manner::Answers("RCPT", "451 4.7.1 greylisted"), "refused the recipient: 451 4.7.1").await;
    check_later(Manner::Answers("RCPT", "554 5.7.1 Relay access denied"), "Relay access denied").await;
    check_never(Manner::Answers(".", "554 5.6.0 not a mail"), "refused the mail: 554").await;
    check_later(Manner::Answers(".", "452 4.3.1 no room"), "refused the mail: 452").await;
    check_later(Manner::Answers("DATA", "451 wait"), "refused the mail: 451").await;
}

#[tokio::test]
async fn a_refusal_of_us_is_no_fault_of_the_recipient() {
    check_later(Manner::Answers("AUTH", "535 5.7.8 password expired"), "refused our login").await;
    check_later(Manner::Answers("EHLO", "554 5.7.1 go away"), "cannot be reached: 554").await;
    check_later(Manner::Answers("EHLO", "250 sink"), "refused our login").await;
    check_later(Manner::Answers("MAIL", "550 5.1.8 bad sender"), "refused our sender address: 550").await;
}

#[tokio::test]
async fn a_broken_or_missing_connection_is_tried_again() {
    check_later(Manner::CutsInMail, "the server may have the mail").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let port = listener.local_addr().expect("address").port();
    drop(listener);
    let Delivery::Later(fault) = notifier(port).deliver(&notice("n1")).await else {
        panic!("nobody listens");
    };
    assert!(fault.contains("cannot be reached"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up_in_time() {
    check_later(Manner::IsSilent, "did not finish within 30 s").await;
}

#[tokio::test]
async fn the_connection_is_kept_and_replaced_when_the_server_closed_it() {
    for (manner, connections) in [(Manner::Takes, 1), (Manner::HangsUpAfterMail, 3)] {
        let (sink, port) = Sink::start(manner).await;
        let notifier = notifier(port);
        for id in ["n1", "n2", "n3"] {
            assert_eq!(notifier.deliver(&notice(id)).await, Delivery::Taken, "{manner:?}");
        }
        assert_eq!((sink.mails(), sink.connections.load(Ordering::Relaxed)), (3, connections), "{manner:?}");
    }
}

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let (sink, port) = Sink::start(Manner::Takes).await;
    let notifier = notifier(port);
    let notices: Vec<Notice> = (0..40).map(|n| notice(&format!("n{n}"))).collect();
    let deliveries = futures_util::future::join_all(notices.iter().map(|notice| notifier.deliver(notice))).await;
    assert!(deliveries.iter().all(|delivery| *delivery == Delivery::Taken));
    assert_eq!(sink.mails(), 40);
    assert!(sink.connections.load(Ordering::Relaxed) <= 4);
}

#[tokio::test]
async fn tls_that_cannot_be_had_keeps_the_password_at_home() {
    for tls in [Tls::StartTls, Tls::Implicit] {
        let (sink, port) = Sink::start(Manner::Takes).await;
        let notifier = EmailNotifier::new(&EmailSettings { tls, ..settings(port) }).expect("good settings");
        let Delivery::Later(fault) = notifier.deliver(&notice("n1")).await else {
            panic!("{tls:?}");
        };
        assert!(fault.contains("cannot be reached"), "{fault}");
        assert!(!sink.commands.lock().expect("lock").iter().any(|command| command.contains("AUTH")));
    }
}

#[test]
fn settings_are_refused_with_what_is_wrong() {
    let refused = |settings: EmailSettings| EmailNotifier::new(&settings).expect_err("refused").to_string();
    let good = settings(25);
    assert!(refused(EmailSettings { password: None, ..good.clone() }).contains("`password` is missing"));
    assert!(refused(EmailSettings { from: "nobody".to_owned(), ..good.clone() }).contains("`from`"));
    assert!(refused(EmailSettings { host: "mail.example.com".to_owned(), ..good.clone() }).contains("in clear"));
    let dir = tempfile::tempdir().expect("tempdir");
    let path = dir.path().join("ca.pem");
    let with_ca = EmailSettings { tls: Tls::StartTls, extra_ca_file: Some(path.clone()), ..good };
    assert!(matches!(EmailNotifier::new(&with_ca), Err(NotifierError::ExtraCa { .. })));
    std::fs::write(&path, "no certificate").expect("write");
    assert!(matches!(EmailNotifier::new(&with_ca), Err(NotifierError::ExtraCaContent { .. })));
}

#[tokio::test]
async fn no_log_shows_an_address_a_password_or_a_body() {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("lock").extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let (sink, port) = Sink::start(Manner::Takes).await;
    let notifier = notifier(port);
    assert_eq!(notifier.deliver(&notice("n1")).await, Delivery::Taken);
    tracing::debug!(?notifier, settings = ?settings(port), "the log works");
    drop(guard);
    let text = String::from_utf8(log.0.lock().expect("lock").clone()).expect("text");
    assert!(text.contains("the log works"));
    let login = sink.commands.lock().expect("lock").iter().find(|command| command.contains("AUTH")).cloned();
    let login = login.expect("we log in").rsplit(' ').next().expect("a token").to_owned();
    for secret in ["example.com", "sesame", "Move the stock", login.as_str()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
