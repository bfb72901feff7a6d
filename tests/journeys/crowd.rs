//! A crowd at the door that never finishes what it says, and bodies without an end: the daemon goes on polling and sending.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::harness::{
    Answer, Daemon, FeedLine, Feeds, Sink, SinkOptions, Stage, TAIZHOU, Weather, get, python, wait_for, wait_until,
};

/// Ten thousand come; how many get as far as the system's queue depends on the machine.
const CROWD_MAX: usize = 10_000;

#[test]
fn a_crowd_at_the_door_holds_up_no_warning() {
    let Some(python) = python() else { return };
    let (stage, feeds) = (Stage::new("crowd"), Feeds::start());
    let sink = Sink::start(&python, &stage, SinkOptions::default());
    let weather = Weather::today();
    feeds.put("/deck.dat", Answer::Document(weather.a_deck(1)));
    feeds.put("/index.xml", Answer::Document(weather.index(&[])));
    let lines = [
        FeedLine { id: "deck", path: "/deck.dat", format: Some("atcf"), more: "" },
        FeedLine { id: "warnings", path: "/index.xml", format: None, more: "follow = true" },
    ];
    let config = stage.config("seawall.toml", "data", &feeds, &lines, &sink);
    let mut daemon = Daemon::start(&config);
    let address = daemon.address();
    wait_until("the first mail", || !sink.mails().is_empty());

    let heads = [
        "GET /healthz HTTP/1.1\r\nhost: loc",
        "POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 104857600\r\n\r\nx",
    ];
    let at: SocketAddr = address.parse().expect("an address");
    let mut crowd = Vec::new();
    for number in 0..CROWD_MAX {
        // Where the daemon takes up no more, and the system's queue before it is full, it is crowd enough.
        let Ok(mut stream) = TcpStream::connect_timeout(&at, Duration::from_secs(2)) else { break };
        let head = heads.get(number % heads.len()).copied().unwrap_or_default();
        if stream.write_all(head.as_bytes()).is_err() {
            break;
        }
        crowd.push(stream);
    }
    assert!(crowd.len() > 500, "only {} came in", crowd.len());
    // Some room for the feeds' server and the mail sink, which live in this process and beside it.
    crowd.truncate(crowd.len().saturating_sub(100));
    let asked = feeds.asked();
    feeds.put("/index.xml", Answer::Document(weather.index(&["/flood.xml"])));
    feeds.put("/flood.xml", Answer::Document(weather.warning(1, TAIZHOU, "Severe")));
    wait_for("a mail about the warning", || {
        sink.mails().into_iter().find(|mail| mail.text.contains("Rainstorm") || mail.subject.contains("Rainstorm"))
    });
    assert!(feeds.asked() > asked, "it went on polling");
    drop(crowd);
    wait_until("the door to be free again", || get(&address, "/healthz").is_some_and(|reply| reply.status == 200));
    daemon.stop();
}
