//! The machine is lost after the nightly backup, which was taken while the daemon ran. A fresh one goes on as the same Seawall:
//! nobody is told again, what is open stays open, and links in mails that people have still answer.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use seawall::domain::State;
use seawall::store::{SledStore, outbox, records};
use serde_json::Value;

use crate::harness::{Daemon, FeedLine, Stormy, get, seawall, wait_for, wait_until};

#[test]
fn a_fresh_machine_goes_on_where_the_lost_one_was() {
    let Some(Stormy { stage, feeds, sink, config }) = Stormy::new("backup") else { return };
    let rounds = || {
        let asked = feeds.asked();
        wait_until("ten more rounds", || feeds.asked() >= asked + 10);
    };
    let empty = command("backup", &stage.path("early.backup"), &config, &[]);
    assert_eq!(empty.status.code(), Some(2), "there is nothing to back up: {}", words(&empty.stderr));
    let daemon = Daemon::start(&config);
    let to_li = || sink.mails().into_iter().find(|mail| mail.to == "li.wei@example.com");
    let mail = wait_for("the first mail to Li Wei", to_li);
    rounds();

    // While the daemon has the store and goes on.
    let file = stage.path("night.backup");
    let said = command("backup", &file, &config, &["--format", "json"]);
    assert_eq!(said.status.code(), Some(0), "{}", words(&said.stderr));
    let taken: Value = serde_json::from_slice(&said.stdout).expect("one JSON object");
    let bytes = file.metadata().expect("a backup").len();
    assert!(taken["records"].as_u64() > Some(10) && taken["documents"].as_u64() > Some(0), "{taken}");
    assert_eq!((&taken["bytes"], mode(&file)), (&bytes.into(), 0o600), "{taken}");
    assert!(taken["files"].as_u64() >= Some(4), "a key and a portfolio: {taken}");
    wait_until("the spool to be empty", || std::fs::read_dir(stage.path("data/spool")).expect("a spool").count() == 0);
    let told = sink.mails().len();
    rounds();
    daemon.stop();
    assert_eq!(sink.mails().len(), told, "the story is over before the machine is lost");
    let lost = state(&stage.path("data/store"));

    // With the daemon down the same backup goes through a pipe.
    let piped = command("backup", Path::new("-"), &config, &[]);
    assert!(words(&piped.stdout).starts_with("{\"seawall_export\":2,"), "{}", words(&piped.stderr));
    assert!(words(&piped.stderr).contains(" records, "), "{}", words(&piped.stderr));

    damage_a_document(&stage.path("data/documents"));
    let damaged = command("backup", &stage.path("damaged.backup"), &config, &[]);
    assert_eq!(damaged.status.code(), Some(1), "one document is left out, which is said");
    assert!(words(&damaged.stderr).contains("it is not in the backup"), "{}", words(&damaged.stderr));

    let lines = [FeedLine { id: "deck", path: "/deck.dat", format: Some("atcf"), more: "" }];
    let fresh = stage.config("fresh/seawall.toml", "data", &feeds, &lines, &sink);
    let said = command("restore", &file, &fresh, &["--portfolio", "--format", "json"]);
    assert_eq!(said.status.code(), Some(0), "{}", words(&said.stderr));
    let restored: Value = serde_json::from_slice(&said.stdout).expect("one JSON object");
    assert_eq!((&restored["records"], &restored["sha256"]), (&taken["records"], &taken["sha256"]));
    assert_eq!(mode(&stage.path("fresh/data/link.key")), 0o600);
    let sites = |folder: &str| std::fs::read(stage.path(folder).join("sites.csv")).expect("sites");
    assert_eq!(sites("fresh/portfolio"), sites("portfolio"));
    let again = command("restore", &file, &fresh, &[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(words(&again.stderr).contains("already holds records"), "{}", words(&again.stderr));

    let mut daemon = Daemon::start(&fresh);
    let address = daemon.address();
    rounds();
    let running = command("restore", &file, &fresh, &[]);
    assert_eq!(running.status.code(), Some(2));
    assert!(words(&running.stderr).contains("in use by process"), "{}", words(&running.stderr));
    let alerts = get(&address, "/api/v1/alerts").expect("the alerts").body;
    let alerts: Value = serde_json::from_str(&alerts).expect("JSON");
    let is_open = |alert: &Value| alert["subject"] == "TZ-01" && alert["state"] == "open";
    assert!(alerts["alerts"].as_array().expect("alerts").iter().any(is_open), "{alerts}");
    let page = get(&address, &link_in(&mail.text)).expect("the page of a link");
    assert!(page.status == 200 && page.body.contains("Seawall warehouse"), "{page:?}");
    daemon.stop();
    assert_eq!(sink.mails().len(), told, "nobody is told again");
    let store = stage.path("fresh/data/store");
    assert_eq!(state(&store).threads, lost.threads, "the next mail answers the one that people have");
    let store = SledStore::open(&store).expect("the store");
    assert!(outbox::outbox(&store).expect("the outbox").is_empty());
}

/// Changes the bytes of a raw bulletin on the disk.
fn damage_a_document(documents: &Path) {
    let shard = std::fs::read_dir(documents).expect("documents").flatten().next().expect("a shard").path();
    let document = std::fs::read_dir(shard).expect("a shard").flatten().next().expect("a document").path();
    std::fs::write(document, "torn").expect("a file");
}

fn command(verb: &str, file: &Path, config: &Path, more: &[&str]) -> Output {
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let (file, config) = (text(file), text(config));
    seawall(&[&[verb, &file, "--config", &config], more].concat())
}

fn state(store: &Path) -> State {
    let store = SledStore::open(store).expect("the store can be opened again");
    records::load_state(&store).expect("the state can be read")
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("a file").permissions().mode() & 0o777
}

/// The path of the first link of a mail.
fn link_in(text: &str) -> String {
    let (_, rest) = text.split_once("http://seawall.test/a/").expect("the mail has a link");
    let token: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
    format!("/a/{token}")
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
