//! Feeds go wrong in every way that a server can, and the good one's warning is mailed all the same.

use seawall::store::{SledStore, records};

use crate::harness::{Answer, Daemon, FeedLine, Feeds, Sink, SinkOptions, Stage, TAIZHOU, Weather, python, wait_until};

/// Id and path of each bad feed.
const BAD: [(&str, &str); 8] = [
    ("gone", "/gone"),
    ("broken", "/broken"),
    ("nonsense", "/nonsense"),
    ("torn", "/torn"),
    ("huge", "/huge"),
    ("endless", "/endless"),
    ("silent", "/silent"),
    ("not-http", "/not-http"),
];

#[test]
fn a_bad_feed_is_its_own_fault_alone() {
    let Some(python) = python() else { return };
    let (stage, feeds, weather) = (Stage::new("bad-feeds"), Feeds::start(), Weather::today());
    let sink = Sink::start(&python, &stage, SinkOptions::default());
    let mut torn = weather.warning(9, TAIZHOU, "Extreme");
    torn.truncate(torn.len() / 2);
    feeds.put("/gone", Answer::Status(404));
    feeds.put("/broken", Answer::Status(500));
    feeds.put("/nonsense", Answer::Document((0..=255).cycle().take(40_000).collect()));
    feeds.put("/torn", Answer::Document(torn));
    feeds.put("/huge", Answer::Huge);
    feeds.put("/endless", Answer::Endless);
    feeds.put("/silent", Answer::Silence);
    feeds.put("/not-http", Answer::NotHttp);
    feeds.put("/index.atom", Answer::Document(weather.index(&["/cap/missing.xml", "/cap/1.xml"])));
    feeds.put("/cap/1.xml", Answer::Document(weather.warning(1, TAIZHOU, "Severe")));
    let mut lines: Vec<FeedLine> =
        BAD.iter().map(|(id, path)| FeedLine { id, path, format: None, more: "timeout = \"1s\"" }).collect();
    lines.push(FeedLine { id: "good", path: "/index.atom", format: Some("feed"), more: "" });
    let config = stage.config("seawall.toml", "data", &feeds, &lines, &sink);
    let mut daemon = Daemon::start(&config);
    let address = daemon.address();

    wait_until("the good feed's warning", || sink.mails().iter().any(|mail| mail.to == "li.wei@example.com"));
    for (id, path) in BAD {
        wait_until("each bad feed to be asked", || feeds.asked_for(path) > 0);
        let field = format!("feed={id} ");
        wait_until(id, || daemon.said("feed failed").iter().any(|line| line.contains(&field)));
    }
    // The index is asked for again, for its missing document, and the warning is not told again.
    let asked = feeds.asked_for("/cap/missing.xml");
    wait_until("the missing document to be asked for again", || feeds.asked_for("/cap/missing.xml") > asked);
    let health = crate::harness::get(&address, "/healthz").expect("an answer");
    assert_eq!(health.status, 200);
    daemon.stop();

    let to_li = sink.mails().into_iter().filter(|mail| mail.to == "li.wei@example.com").count();
    assert_eq!(to_li, 1, "one warning, one mail");
    let store = SledStore::open(&stage.path("data/store")).expect("the store can be opened again");
    let state = records::load_state(&store).expect("the state can be read");
    for (id, _) in BAD {
        let of_feed = state.feeds.values().find(|feed| feed.feed.as_str() == id).expect("each feed is remembered");
        assert!(of_feed.failures > 0 && of_feed.fault.is_some(), "{id}: {of_feed:?}");
    }
}

#[test]
fn a_document_is_heard_once_and_not_asked_for_again() {
    let Some(python) = python() else { return };
    let (stage, feeds, weather) = (Stage::new("not-modified"), Feeds::start(), Weather::today());
    let sink = Sink::start(&python, &stage, SinkOptions::default());
    feeds.put("/deck.dat", Answer::Document(weather.a_deck(2)));
    let lines = [FeedLine { id: "deck", path: "/deck.dat", format: None, more: "" }];
    let config = stage.config("seawall.toml", "data", &feeds, &lines, &sink);
    let daemon = Daemon::start(&config);
    wait_until("answers of 'not modified'", || feeds.not_modified() >= 5);
    daemon.stop();
    let whole = feeds.asked() - feeds.not_modified();
    assert_eq!(whole, 1, "the ETag is sent with each question after the first");
    let mails = sink.mails();
    let ids: std::collections::BTreeSet<_> = mails.iter().map(|mail| &mail.message_id).collect();
    assert_eq!(ids.len(), mails.len());
}

#[test]
fn what_an_index_points_to_may_change_in_place() {
    let Some(python) = python() else { return };
    let (stage, feeds, weather) = (Stage::new("in-place"), Feeds::start(), Weather::today());
    let sink = Sink::start(&python, &stage, SinkOptions::default());
    // An index, a list that it leads to, a storm that the list names: the two above never change.
    feeds.put("/index.atom", Answer::Document(weather.index(&["/list.atom"])));
    feeds.put("/list.atom", Answer::Document(weather.index(&["/deck.dat", "/index.atom"])));
    feeds.put("/deck.dat", Answer::Document(weather.a_deck(1)));
    let lines = [FeedLine { id: "index", path: "/index.atom", format: Some("feed"), more: "" }];
    let config = stage.config("seawall.toml", "data", &feeds, &lines, &sink);
    let daemon = Daemon::start(&config);
    wait_until("the storm's alert", || sink.mails().iter().any(|mail| mail.to == "li.wei@example.com"));
    let before = feeds.not_modified();
    feeds.put("/deck.dat", Answer::Document(weather.a_deck(4)));
    wait_until("many rounds", || feeds.not_modified() > before + 20);
    daemon.stop();
    let store = SledStore::open(&stage.path("data/store")).expect("the store can be opened again");
    let state = records::load_state(&store).expect("the state can be read");
    assert!(state.hazards.values().any(|hazard| hazard.issued == Some(weather.base())), "the newest was heard");
}
