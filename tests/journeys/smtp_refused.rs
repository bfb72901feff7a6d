//! The mail server is not there, or says no, or wants TLS and a password: mails wait, and leave once.

use std::net::TcpListener;

use seawall::store::{SledStore, outbox};

use crate::harness::{
    Answer, Daemon, FeedLine, Feeds, Mail, Secrecy, Sink, SinkOptions, Stage, Weather, python, wait_until,
};

const DECK: &str = "/deck.dat";
const LINES: [FeedLine; 1] = [FeedLine { id: "deck", path: DECK, format: Some("atcf"), more: "" }];

#[test]
fn mails_wait_while_the_server_is_down() {
    let Some(python) = python() else { return };
    let (stage, feeds) = (Stage::new("smtp-down"), Feeds::start());
    // A server that was there when the configuration was written.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
    let options = SinkOptions { port, ..SinkOptions::default() };
    let sink = Sink::start(&python, &stage, options.clone());
    let config = stage.config("seawall.toml", "data", &feeds, &LINES, &sink);
    drop(sink);
    feeds.put(DECK, Answer::Document(Weather::today().a_deck(1)));
    let daemon = Daemon::start(&config);
    wait_until("a mail to be kept for later", || !daemon.said("kept for later").is_empty());
    daemon.stop();
    let waiting = waiting(&stage);
    assert!(waiting > 0, "what could not be handed over waits in the outbox");

    let sink = Sink::start(&python, &stage, options);
    let daemon = Daemon::start(&config);
    wait_until("the mails that waited", || sink.mails().len() >= waiting);
    settled(&feeds);
    daemon.stop();
    assert_eq!(distinct(&sink.mails()), waiting);
    assert_eq!(sink.mails().len(), waiting, "each left once");
    assert_eq!(self::waiting(&stage), 0);
}

#[test]
fn mails_wait_while_the_server_says_not_now() {
    let Some(python) = python() else { return };
    let (stage, feeds) = (Stage::new("smtp-not-now"), Feeds::start());
    let mut sink = Sink::start(&python, &stage, SinkOptions::default());
    sink.order("refuse 451");
    let config = stage.config("seawall.toml", "data", &feeds, &LINES, &sink);
    feeds.put(DECK, Answer::Document(Weather::today().a_deck(1)));
    let daemon = Daemon::start(&config);
    wait_until("a mail to be kept for later", || !daemon.said("kept for later").is_empty());
    sink.order("accept");
    let refused: Vec<String> = daemon.said("kept for later").iter().map(|line| notice(line)).collect();
    let is_taken = |id: &String| daemon.said("mail taken").iter().any(|line| notice(line) == *id);
    wait_until("what was refused to be taken", || refused.iter().all(is_taken));
    settled(&feeds);
    daemon.stop();
    let mails = sink.mails();
    assert_eq!(distinct(&mails), mails.len(), "each left once");
}

#[test]
fn starttls_with_a_password() {
    tls(Secrecy::StartTls, "smtp-starttls");
}

#[test]
fn tls_from_the_first_byte_with_a_password() {
    tls(Secrecy::Implicit, "smtp-implicit");
}

fn tls(tls: Secrecy, story: &str) {
    let Some(python) = python() else { return };
    let (stage, feeds) = (Stage::new(story), Feeds::start());
    let login = Some(("seawall", "a-long-password"));
    let sink = Sink::start(&python, &stage, SinkOptions { tls, login, port: 0 });
    let config = stage.config("seawall.toml", "data", &feeds, &LINES, &sink);
    feeds.put(DECK, Answer::Document(Weather::today().a_deck(1)));
    let daemon = Daemon::start(&config);
    wait_until("a mail", || !sink.mails().is_empty());
    assert!(sink.said("login ").iter().all(|user| user == "seawall") && !sink.said("login ").is_empty());
    assert!(daemon.said("a-long-password").is_empty(), "no log shows a password");
    assert!(daemon.said("li.wei@example.com").is_empty(), "no log shows an address");
    daemon.stop();

    // A server whose certificate nobody we trust has signed gets nothing.
    let strangers = stage.path("ca/ca.pem");
    std::fs::remove_file(&strangers).expect("the authority's certificate can be removed");
    let text = std::fs::read_to_string(&config).expect("the configuration can be read");
    let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("extra_ca_file")).collect();
    let without = without.join("\n").replace("data_dir = \"data\"", "data_dir = \"data-2\"");
    let config = stage.write("strangers.toml", &without);
    let before = sink.mails().len();
    let daemon = Daemon::start(&config);
    wait_until("a mail to be kept for later", || !daemon.said("kept for later").is_empty());
    daemon.stop();
    assert_eq!(sink.mails().len(), before, "nothing goes to a server that is not who it says");
}

fn waiting(stage: &Stage) -> usize {
    let store = SledStore::open(&stage.path("data/store")).expect("the store can be opened again");
    outbox::outbox(&store).expect("the outbox can be read").len()
}

/// The notice that a line of the log is about.
fn notice(line: &str) -> String {
    let (_, rest) = line.split_once("notice=").expect("the line names its notice");
    rest.split(' ').next().unwrap_or_default().to_owned()
}

/// Waits for twenty more questions to the feed: time enough for what should not happen.
fn settled(feeds: &Feeds) {
    let asked = feeds.asked();
    wait_until("twenty more rounds", || feeds.asked() >= asked + 20);
}

fn distinct(mails: &[Mail]) -> usize {
    mails.iter().map(|mail| &mail.message_id).collect::<std::collections::BTreeSet<_>>().len()
}
