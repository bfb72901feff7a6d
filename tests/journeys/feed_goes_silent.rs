//! A feed turns into an error page, then says "not modified" for ever, then comes back: the operator hears of each, the
//! next mail of the alert says since when there is no news, and nothing is cleared by silence.

use seawall::domain::{AlertState, State};
use seawall::store::{SledStore, records};

use crate::harness::{
    Answer, Daemon, FeedLine, Feeds, Mail, Sink, SinkOptions, Stage, Weather, python, seawall, wait_for, wait_until,
};

const PAGE: &[u8] =
    b"<!DOCTYPE html>\n<html><head><title>Access Denied</title></head><body>Come back later.</body></html>";
const OPERATOR: &str = "ops@example.com";

#[test]
fn the_operator_hears_of_it_and_nothing_is_cleared() {
    let Some(python) = python() else { return };
    let (stage, feeds, weather) = (Stage::new("goes-silent"), Feeds::start(), Weather::today());
    let sink = Sink::start(&python, &stage, SinkOptions::default());
    feeds.put("/deck.dat", Answer::Document(weather.a_deck(3)));
    // The newest of three forecasts is 6 h old and some minutes; a forecast may be 4 h late; so many seconds from now
    // it is overdue.
    let every_s = weather.age_s() + 6 * 3600 + 15 - 4 * 3600;
    let more: &str = format!("silence_after = \"1s\"\nissues_every_s = {every_s}").leak();
    let lines = [FeedLine { id: "deck", path: "/deck.dat", format: Some("atcf"), more }];
    let config = stage.config("seawall.toml", "data", &feeds, &lines, &sink);
    let mut daemon = Daemon::start(&config);
    let address = daemon.address();
    let mail = wait_for("the alert", || sink.mails().into_iter().find(|mail| mail.to == "li.wei@example.com"));
    assert!(!mail.text.contains("No news from"), "{}", mail.text);

    feeds.put("/deck.dat", Answer::Document(PAGE.to_vec()));
    let mail = told(&sink, "No good answer from JTWC since");
    assert!(mail.text.contains("a page for people") && mail.text.contains("Access Denied"), "{}", mail.text);
    assert!(mail.text.contains("None is cleared by this"), "{}", mail.text);

    // The old document is back, and stays: a server that answers is not an agency that speaks.
    let before = feeds.not_modified();
    feeds.put("/deck.dat", Answer::Document(weather.a_deck(3)));
    wait_until("answers of 'not modified'", || feeds.not_modified() > before);
    told(&sink, "said nothing newer since");

    let alert = live(&config);
    let said =
        seawall(&["ack", &alert, "--as", "refused", "--person", "li-wei", "--config", &config.display().to_string()]);
    assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
    let mail = wait_for("the mail to her manager", || {
        sink.mails().into_iter().find(|mail| mail.to == "chen.jing@example.com")
    });
    assert!(flat(&mail).contains("No news from JTWC since"), "{}", mail.text);
    assert!(feeds.not_modified() > before + 3, "the feed said 'not modified' all the while");

    feeds.put("/deck.dat", Answer::Document(weather.a_deck(4)));
    let newest_stale = |mails: &[Mail]| mails.iter().rposition(|mail| flat(mail).contains("said nothing newer"));
    wait_until("the word that it is over", || {
        let mails = to_operator(&sink);
        newest_stale(&mails).is_some_and(|at| mails.iter().skip(at).any(|mail| flat(mail).contains("speaks again")))
    });
    assert_eq!(crate::harness::get(&address, "/healthz").expect("an answer").status, 200);
    daemon.stop();

    let mails = to_operator(&sink);
    for words in ["No good answer", "said nothing newer"] {
        let count = mails.iter().filter(|mail| flat(mail).contains(words)).count();
        assert_eq!(count, 1, "{words}: told once");
    }
    assert!(mails.iter().all(|mail| mail.subject == mails[0].subject), "one thread");
    let store = SledStore::open(&stage.path("data/store")).expect("the store can be opened again");
    let State { alerts, .. } = records::load_state(&store).expect("the state can be read");
    assert!(!alerts.is_empty() && alerts.values().all(|alert| alert.state != AlertState::Cleared), "{alerts:#?}");
}

#[test]
fn while_the_first_address_fails_the_second_is_asked_and_then_the_first_again() {
    let Some(python) = python() else { return };
    let (stage, feeds, weather) = (Stage::new("fails-over"), Feeds::start(), Weather::today());
    let sink = Sink::start(&python, &stage, SinkOptions::default());
    feeds.put("/deck.dat", Answer::Status(503));
    feeds.put("/mirror.dat", Answer::Document(weather.a_deck(3)));
    let more: &str = format!("mirrors = [\"{}\"]", feeds.url("/mirror.dat")).leak();
    let lines = [FeedLine { id: "deck", path: "/deck.dat", format: Some("atcf"), more }];
    let config = stage.config("seawall.toml", "data", &feeds, &lines, &sink);
    let daemon = Daemon::start(&config);
    wait_for("the mirror's alert", || sink.mails().into_iter().find(|mail| mail.to == "li.wei@example.com"));
    wait_until("the log to name it", || !daemon.said("answered by a second address").is_empty());
    let status = seawall(&["status", "--format", "json", "--config", &config.display().to_string()]);
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.contains("answered by a second address") && status.contains("\"is_silent\":false"), "{status}");

    feeds.put("/deck.dat", Answer::Document(weather.a_deck(3)));
    wait_until("the first to be well", || !daemon.said("feed is well").is_empty());
    let (first, mirror) = (feeds.asked_for("/deck.dat"), feeds.asked_for("/mirror.dat"));
    wait_until("more rounds", || feeds.asked_for("/deck.dat") > first + 5);
    assert_eq!(feeds.asked_for("/mirror.dat"), mirror, "the mirror is left alone");
    daemon.stop();
}

fn to_operator(sink: &Sink) -> Vec<Mail> {
    sink.mails().into_iter().filter(|mail| mail.to == OPERATOR).collect()
}

/// Waits for a mail to the operator with these words.
fn told(sink: &Sink, words: &str) -> Mail {
    wait_for(words, || to_operator(sink).into_iter().find(|mail| flat(mail).contains(words)))
}

/// The text without its line breaks.
fn flat(mail: &Mail) -> String {
    mail.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A live alert on the warehouse by the sea.
fn live(config: &std::path::Path) -> String {
    let said = seawall(&["status", "--format", "json", "--config", &config.display().to_string()]);
    let status: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
    let alerts = status.get("alerts").and_then(serde_json::Value::as_array).expect("alerts");
    let mut ids = alerts.iter().filter_map(|alert| alert.get("alert")?.as_str());
    ids.find(|id| id.contains("TZ-01")).expect("an alert").to_owned()
}
