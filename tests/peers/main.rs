//! Mails handed to real mail servers, each started here in a folder of its own: what they refuse, put off, cut or sleep
//! through arrives once all the same.
//!
//! Needs root, and Postfix and OpenSMTPD, which `tests/run` unpacks into `target/peers`; without them a test says so and
//! does not run.

mod opensmtpd;
mod postfix;
mod relay;
mod tools;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use seawall::domain::{Delivery, EventId, Level, Notice, NoticeId, PersonId, Timestamp};
use seawall::notifiers::{EmailNotifier, EmailSettings, Notifier as _, Tls};
use seawall::store::{MemoryStore, outbox};

/// Long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// An outbox that is emptied through a notifier, as the daemon does but without its waits.
struct House {
    store: MemoryStore,
    notifier: EmailNotifier,
    runtime: tokio::runtime::Runtime,
    /// Every fault that was met, with how often.
    faults: BTreeMap<String, usize>,
}

impl House {
    fn new(settings: &EmailSettings) -> Self {
        Self {
            store: MemoryStore::new(),
            notifier: EmailNotifier::new(settings).expect("good settings"),
            runtime: tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime"),
            faults: BTreeMap::new(),
        }
    }

    fn queue(&self, notices: &[Notice]) {
        outbox::queue(&self.store, notices).expect("queued");
    }

    /// Tries each notice of the outbox once, several at a time; how many are left.
    fn round(&mut self) -> usize {
        let waiting = outbox::outbox(&self.store).expect("an outbox");
        let notifier = &self.notifier;
        let tries = waiting.iter().map(|notice| notifier.deliver(notice, now()));
        let deliveries = self.runtime.block_on(futures_util::future::join_all(tries));
        for (notice, delivery) in waiting.iter().zip(deliveries) {
            if let Delivery::Later(fault) | Delivery::NotBefore(_, fault) | Delivery::Never(fault) = &delivery {
                *self.faults.entry(fault.clone()).or_default() += 1;
            }
            outbox::settle(&self.store, notice, &delivery, now(), None).expect("settled");
        }
        outbox::outbox(&self.store).expect("an outbox").len()
    }

    /// Tries again and again until nothing is left.
    fn empty(&mut self) {
        let end = Instant::now() + PATIENCE;
        while self.round() > 0 {
            assert!(Instant::now() < end, "not all has left: {:#?}", self.faults);
            std::thread::park_timeout(Duration::from_millis(200));
        }
    }

    fn has_met(&self, words: &str) -> bool {
        self.faults.keys().any(|fault| fault.contains(words))
    }

    fn dead(&self) -> Vec<String> {
        let letters = outbox::dead_letters(&self.store).expect("dead letters");
        letters.into_iter().map(|letter| letter.notice.message_id).collect()
    }
}

fn settings(port: u16, tls: Tls, ca: Option<&Path>, password: Option<&str>) -> EmailSettings {
    EmailSettings {
        host: "localhost".to_owned(),
        port,
        tls,
        user: password.map(|_| "seawall".to_owned()),
        password: password.map(seawall::domain::Secret::new),
        from: "Seawall <seawall@example.com>".to_owned(),
        reply_to: None,
        timeout: Duration::from_secs(20),
        extra_ca_file: ca.map(Path::to_owned),
        connections_max: 4,
        per_minute: None,
        dkim: None,
    }
}

#[expect(clippy::disallowed_methods, reason = "the servers under test have a real clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Some mails of 20 KB to an address.
fn mails(name: &str, to: &str, count: usize) -> Vec<Notice> {
    let mail = |number: usize| Notice {
        id: NoticeId::new(format!("{name}-{number}")),
        person: PersonId::new(name),
        channel: "email".to_owned(),
        to_name: name.to_owned(),
        to: to.to_owned(),
        event: EventId::new("wp162004"),
        alerts: Vec::new(),
        level: Level::Act,
        act_by: None,
        why: Vec::new(),
        lang: "zh-CN".to_owned(),
        subject: "台风云娜：台州海堤仓库".to_owned(),
        message_id: format!("<{name}-{number}@example.com>"),
        references: Vec::new(),
        text: "台风将至。\n.\n..\nMove the stock.\n".repeat(160),
        html: "<p>台风将至。</p>\n.\n".repeat(400),
        list_unsubscribe: None,
        attachments: Vec::new(),
        queued_at: now(),
        attempts: 0,
        next_try: None,
        last_fault: None,
    };
    (0..count).map(mail).collect()
}

fn ids(mails: &[Notice]) -> Vec<String> {
    let mut ids: Vec<String> = mails.iter().map(|mail| mail.message_id.clone()).collect();
    ids.sort();
    ids
}

/// Waits until so many mails have come, and a moment longer for what should not; their Message-IDs in order.
fn arrived(count: usize, look: impl Fn() -> Vec<Vec<u8>>) -> Vec<String> {
    let end = Instant::now() + PATIENCE;
    while look().len() < count {
        assert!(Instant::now() < end, "{} of {count} mails have come", look().len());
        std::thread::park_timeout(Duration::from_millis(50));
    }
    std::thread::park_timeout(Duration::from_millis(500));
    let id = |mail: Vec<u8>| {
        let parsed =
            mail_parser::MessageParser::default().parse(&mail).expect("a mail").message_id().map(str::to_owned);
        format!("<{}>", parsed.expect("a Message-ID"))
    };
    let mut ids: Vec<String> = look().into_iter().map(id).collect();
    ids.sort();
    ids
}

#[test]
fn postfix_with_tls_a_password_and_a_greylist() {
    let Some(tools) = tools::found("postfix", "usr/lib/postfix/sbin/master") else { return };
    let Some(ca) = tools::certificates("postfix") else { return };
    let mut server = postfix::Postfix::start(&tools, &ca);
    let relay = relay::Relay::start(server.port);
    let trusted = Some(ca.join("ca.pem"));
    let mut house = House::new(&settings(relay.port, Tls::StartTls, trusted.as_deref(), Some(postfix::PASSWORD)));
    let (li, wang, nobody) = (
        mails("li", "li@example.com", 4),
        mails("wang", "wang@example.com", 3),
        mails("nobody", "nobody@example.com", 2),
    );
    house.queue(&[li.clone(), wang.clone(), nobody.clone()].concat());
    house.round();
    relay.cut_after(12_000);
    house.empty();
    assert!(house.has_met("450 4.2.0"), "the greylist was met: {:#?}", house.faults);
    assert!(house.has_met("the connection broke"), "a connection was cut: {:#?}", house.faults);
    assert!(house.has_met("550 5.1.1 <address>"), "a recipient was refused: {:#?}", house.faults);
    assert_eq!(house.dead(), ids(&nobody), "one bad recipient among good");

    relay.end_all();
    server.stop();
    let late = mails("late", "li@example.com", 3);
    house.queue(&late);
    assert_eq!(house.round(), 3, "nobody is there");
    server.again();
    house.empty();
    let all = [li, wang, late].concat();
    assert_eq!(arrived(all.len(), || server.mails()), ids(&all), "each once");

    let mut locked_out = House::new(&settings(server.port, Tls::StartTls, trusted.as_deref(), Some("wrong")));
    locked_out.queue(&mails("locked", "li@example.com", 1));
    assert_eq!(locked_out.round(), 1);
    assert!(locked_out.has_met("refused our login; check user and password: 535"), "{:#?}", locked_out.faults);
    let mut stranger = House::new(&settings(server.port, Tls::StartTls, None, Some(postfix::PASSWORD)));
    stranger.queue(&mails("stranger", "li@example.com", 1));
    assert_eq!(stranger.round(), 1, "a server whose certificate nobody we trust has signed gets nothing");
    let mut implicit =
        House::new(&settings(server.secure_port, Tls::Implicit, trusted.as_deref(), Some(postfix::PASSWORD)));
    let more = mails("implicit", "wang@example.com", 2);
    implicit.queue(&more);
    implicit.empty();
    assert_eq!(arrived(all.len() + 2, || server.mails()), ids(&[all, more].concat()));
}

#[test]
fn opensmtpd_without_pipelining() {
    let Some(tools) = tools::found("opensmtpd", "usr/sbin/smtpd") else { return };
    let sink = relay::Keeper::start();
    let mut server = opensmtpd::OpenSmtpd::start(&tools, sink.port);
    let relay = relay::Relay::start(server.port);
    let mut house = House::new(&settings(relay.port, Tls::None, None, None));
    let (li, nobody) = (mails("li", "li@example.com", 6), mails("nobody", "nobody@example.com", 1));
    relay.cut_after(12_000);
    house.queue(&[li.clone(), nobody.clone()].concat());
    house.empty();
    assert!(house.has_met("the connection broke"), "a connection was cut: {:#?}", house.faults);
    assert_eq!(house.dead(), ids(&nobody), "{:#?}", house.faults);
    relay.end_all();
    server.stop();
    let late = mails("late", "li@example.com", 3);
    house.queue(&late);
    assert_eq!(house.round(), 3, "nobody is there");
    server.again();
    house.empty();
    let all = [li, late].concat();
    assert_eq!(arrived(all.len(), || sink.mails()), ids(&all), "each once");
}
