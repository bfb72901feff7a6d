//! Ways out beside mail: they can be tried out, they carry to the operator what mail could not, and a heartbeat is heard.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use seawall::store::{SledStore, records};
use serde_json::Value;

use crate::harness::{
    Answer, Daemon, FeedLine, Feeds, Sink, SinkOptions, Stage, Weather, python, seawall, wait_for, wait_until,
};

const DECK: &str = "/deck.dat";
const LINES: [FeedLine; 1] = [FeedLine { id: "deck", path: DECK, format: Some("atcf"), more: "" }];
const PEOPLE: &str = "\
id,name,email,role,reports_to,language,time_zone,channels
li-wei,Li Wei,li.wei@example.com,account-manager,chen,en,Asia/Shanghai,room
wang-fang,王芳,wang.fang@example.com,account-manager,chen,zh-CN,Asia/Shanghai,
chen,Chen Jing,chen.jing@example.com,regional-manager,,en,Asia/Shanghai,lost
ops,Operations,ops@example.com,operator,,en,UTC,room
";

/// Requests: their first lines and bodies.
type Asked = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A server that takes every request, or has moved away for good.
struct Hook {
    address: String,
    asked: Asked,
}

impl Hook {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let asked: Asked = Arc::default();
        let there = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let asked = there.clone();
                std::thread::spawn(move || serve(stream, &asked));
            }
        });
        Self { address, asked }
    }

    /// The bodies that came to a path.
    fn bodies(&self, path: &str) -> Vec<Vec<u8>> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|(line, _)| line.contains(path)).map(|(_, body)| body.clone()).collect()
    }
}

/// One request a connection; a path with `gone` in it is answered 410.
fn serve(mut stream: TcpStream, asked: &Mutex<Vec<(String, Vec<u8>)>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then_some(())?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let status = if first.contains("gone") { "410 Gone" } else { "200 OK" };
    asked.lock().unwrap_or_else(PoisonError::into_inner).push((first, body));
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").ok()
}

/// The stage's configuration with more lines at its end.
fn config(stage: &Stage, feeds: &Feeds, sink: &Sink, more: &str) -> std::path::PathBuf {
    stage.write("portfolio/people.csv", PEOPLE);
    let path = stage.config("seawall.toml", "data", feeds, &LINES, sink);
    let text = std::fs::read_to_string(&path).expect("the configuration can be read");
    stage.write("seawall.toml", &format!("{text}\n{more}"))
}

#[test]
fn channels_can_be_tried_out() {
    let Some(python) = python() else { return };
    let (stage, feeds, hook) = (Stage::new("notify-test"), Feeds::start(), Hook::start());
    let sink = Sink::start(&python, &stage, SinkOptions::default());
    let more = format!(
        "[[channel]]\nid = \"room\"\nkind = \"slack\"\nurl = \"{0}/T0/B0/s3cret-key\"\n\
         [[channel]]\nid = \"old-room\"\nkind = \"teams\"\nurl = \"{0}/gone/s3cret-key\"\n",
        hook.address
    );
    let config = config(&stage, &feeds, &sink, &more).display().to_string();
    let test = |arguments: &[&str]| {
        let output = seawall(&[&["notify", "test", "--config", config.as_str()], arguments].concat());
        let words = String::from_utf8(output.stdout).expect("text") + &String::from_utf8_lossy(&output.stderr);
        assert!(!words.contains("s3cret-key"), "{words}");
        (output.status.code(), words)
    };
    let (status, words) = test(&["--to", "li-wei"]);
    assert_eq!((status, words.contains("email: taken\nroom: taken\n")), (Some(0), true), "{words}");
    let body = hook.bodies("/T0/B0/s3cret-key").pop().expect("a message");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert!(body.pointer("/blocks/0/text/text").and_then(Value::as_str).is_some_and(|title| title.contains("test")));
    assert_eq!(sink.mails().len(), 1);

    let (status, words) = test(&["--to", "li-wei", "--channel", "old-room"]);
    assert_eq!(status, Some(1), "{words}");
    assert!(words.contains("old-room: refused: channel `old-room` (teams): it answered 410 Gone"), "{words}");
    let (status, words) = test(&["--to", "chen"]);
    assert_eq!(status, Some(1));
    assert!(words.contains("email: taken\nlost: there is no such channel"), "{words}");
    assert_eq!(test(&["--to", "nobody"]).0, Some(2));
}

#[test]
fn complaints_21_and_28_messages_drop_unnoticed_and_nobody_hears_that_the_watch_is_dead() {
    let Some(python) = python() else { return };
    let (stage, feeds, hook) = (Stage::new("undelivered"), Feeds::start(), Hook::start());
    let mut sink = Sink::start(&python, &stage, SinkOptions::default());
    sink.order("refuse 550 5.6.0");
    let more = format!(
        "[[channel]]\nid = \"room\"\nkind = \"slack\"\nurl = \"{0}/room\"\n\
         [heartbeat]\nurl = \"{0}/beat\"\nevery = \"50ms\"\n",
        hook.address
    );
    let config = config(&stage, &feeds, &sink, &more);
    feeds.put(DECK, Answer::Document(Weather::today().a_deck(1)));
    let daemon = Daemon::start(&config);
    assert_eq!(daemon.said("channel `lost` of `chen` is not in").len(), 1, "it is named at the start");
    let told = wait_for("the operator to be told", || hook.bodies("/room").pop());
    let told = String::from_utf8(told).expect("text");
    assert!(told.contains("550 5.6.0") && (told.contains("li-wei") || told.contains("wang-fang")), "{told}");
    wait_until("three signs of life", || hook.bodies("/beat").len() >= 3);

    let status = seawall(&["status", "--config", &config.display().to_string()]);
    let words = String::from_utf8(status.stdout).expect("text");
    assert_eq!(status.status.code(), Some(1), "{words}");
    assert!(words.contains("given up") && words.contains("by email") && words.contains("550 5.6.0"), "{words}");

    // The server is mended, and the operator has what was given up sent again, while the daemon runs.
    let outbox = |arguments: &[&str]| {
        let config = config.display().to_string();
        let output = seawall(&[&["outbox"][..], arguments, &["--config", &config][..]].concat());
        let words = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(words).expect("text"))
    };
    let given_up = || -> Vec<String> {
        let (status, rows) = outbox(&["list", "--format", "json"]);
        assert_eq!(status, Some(0), "{rows}");
        let rows = rows.lines().map(|row| serde_json::from_str::<Value>(row).expect("JSON"));
        let dead = rows.filter(|row| !row["given_up"].is_null() && row["channel"] == "email");
        dead.map(|row| row["notice"].as_str().expect("an id").to_owned()).collect()
    };
    let dead = given_up();
    let (dropped, again) = dead.split_last().expect("what was refused");
    assert!(outbox(&["list"]).1.contains("550 5.6.0"), "it says why");
    assert_eq!(outbox(&["drop", dropped]).0, Some(2), "not without a reason");
    assert_eq!(outbox(&["drop", "no-such-letter", "--why", "x"]).0, Some(2));
    let (status, words) = outbox(&["drop", dropped, "--why", "told by telephone"]);
    assert_eq!(status, Some(0), "{words}");
    wait_until("it to be dropped", || !given_up().contains(dropped));
    sink.order("accept");
    for id in again {
        assert_eq!(outbox(&["retry", id, "--why", "the server is mended"]).0, Some(0));
    }
    let has = |id: &String| sink.mails().iter().any(|mail| mail.message_id.contains(id.as_str()));
    wait_until("the others to be sent", || again.iter().all(has));
    assert!(!has(dropped));
    daemon.stop();
    assert_eq!(hook.bodies("/room").len(), 1, "once an hour");
    let store = SledStore::open(&stage.path("data/store")).expect("the store");
    let journal = records::journal(&store).expect("the journal");
    let letters: Vec<_> = journal.iter().filter(|line| line.what == "letter").collect();
    assert_eq!(letters.len(), dead.len(), "whose word it was and why is kept");
    assert!(letters.iter().any(|line| line.id == *dropped && line.fields["note"] == "told by telephone"));
}
