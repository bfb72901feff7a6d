//! An operator takes the portfolio out, adds a site to it and puts it back on the command line: while the daemon runs and a
//! storm is on its way, and with the daemon down.

use std::path::{Path, PathBuf};
use std::process::Output;

use seawall::store::{SledStore, records};
use serde_json::Value;

use crate::harness::{Daemon, Stormy, get, seawall, wait_for, wait_until};

const PERSON: &str = "zhao-min,Zhao Min,zhao.min@example.com,account-manager,chen,en,Asia/Shanghai,,\n";
const DEALER: &str = "D-NEW,New Trading,B,zhao-min,en,Asia/Shanghai\n";

/// A warehouse of the new dealer beside that of Taizhou.
fn site(id: &str) -> String {
    format!("{id},D-NEW,New store,warehouse,28.65,121.44,60,3,400000,CNY,yes,12,8000,TZ-02,,\n")
}

#[test]
fn a_site_is_added_on_the_command_line_and_its_manager_warned() {
    let Some(Stormy { stage, feeds: _feeds, sink, config }) = Stormy::new("portfolio-command") else { return };
    let mut daemon = Daemon::start(&config);
    let address = daemon.address();
    wait_for("an alert of TZ-01", || has_alert(&address, "TZ-01"));

    let next = stage.path("next");
    let said = portfolio("export", &next, &config, &[]);
    assert_eq!(said.status.code(), Some(0), "{}", words(&said.stderr));
    let again = portfolio("export", &next, &config, &[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(words(&again.stderr).contains("is not empty"), "{}", words(&again.stderr));
    let same = portfolio("import", &next, &config, &[]);
    assert_eq!(
        (same.status.code(), words(&same.stdout).trim()),
        (Some(0), "nothing differs from the portfolio in use")
    );

    add(&next, "sites.csv", &site("TZ-09"));
    let orphan = portfolio("import", &next, &config, &[]);
    assert_eq!(orphan.status.code(), Some(2));
    let told = words(&orphan.stderr);
    assert!(
        told.contains("next/sites.csv:") && told.contains("D-NEW") && told.contains("nothing was changed"),
        "{told}"
    );
    add(&next, "people.csv", PERSON);
    add(&next, "dealers.csv", DEALER);
    let shown = portfolio("import", &next, &config, &["--dry-run", "--format", "json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("one JSON object");
    assert_eq!((&shown["diff"]["sites"]["added"][0], &shown["dry_run"]), (&"TZ-09".into(), &true.into()), "{shown}");
    let in_place = || read(&stage.path("portfolio"), "sites.csv");
    assert!(!in_place().contains("TZ-09"), "a dry run changes nothing");
    let nobody = portfolio("import", &next, &config, &["--author", "nobody"]);
    assert_eq!(nobody.status.code(), Some(2), "{}", words(&nobody.stderr));

    let said = portfolio("import", &next, &config, &["--author", "ops"]);
    assert_eq!(said.status.code(), Some(0), "{}", words(&said.stderr));
    let told = words(&said.stdout);
    assert!(told.contains("sites: 1 added (TZ-09)") && told.contains("it is in use"), "{told}");
    assert!(in_place().contains("TZ-09"));
    has_alert(&address, "TZ-09").expect("an alert of the new site, durable when the command came back");
    wait_until("a mail to its manager, who is new too", || {
        sink.mails().iter().any(|mail| mail.to == "zhao.min@example.com")
    });
    daemon.stop();
    assert_eq!(brought_by(&stage.path("data/store")), ["ops"]);

    // With the daemon down the folder is changed, and the daemon runs on it when it starts.
    add(&next, "sites.csv", &site("TZ-10"));
    let said = portfolio("import", &next, &config, &[]);
    assert_eq!(said.status.code(), Some(0), "{}", words(&said.stderr));
    assert!(words(&said.stdout).contains("when it starts") && in_place().contains("TZ-10"), "{}", words(&said.stdout));
    let mut daemon = Daemon::start(&config);
    let address = daemon.address();
    let all = get(&address, "/api/v1/portfolio").expect("the portfolio").body;
    assert!(all.contains("TZ-09") && all.contains("TZ-10"), "{all}");
    wait_for("an alert of the site that came meanwhile", || has_alert(&address, "TZ-10"));
    wait_until("its mark to be gone", || !stage.path("portfolio/.brought-by").exists());
    daemon.stop();
    let brought = brought_by(&stage.path("data/store"));
    assert!(brought.len() == 2 && brought[1].contains("command line"), "{brought:?}");
}

fn has_alert(address: &str, id: &str) -> Option<()> {
    let body = get(address, "/api/v1/alerts")?.body;
    let alerts: Value = serde_json::from_str(&body).ok()?;
    let mut alerts = alerts.get("alerts")?.as_array()?.iter();
    alerts.any(|alert| alert.get("subject").is_some_and(|subject| subject == id)).then_some(())
}

/// Who brought portfolios, as the journal has it.
fn brought_by(store: &Path) -> Vec<String> {
    let store = SledStore::open(store).expect("the store");
    let journal = records::journal(&store).expect("the journal");
    let lines = journal.iter().filter(|line| line.what == "portfolio");
    lines.filter_map(|line| Some(line.fields.get("by")?.as_str()?.to_owned())).collect()
}

fn portfolio(verb: &str, dir: &Path, config: &Path, more: &[&str]) -> Output {
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let (dir, config) = (text(dir), text(config));
    seawall(&[&["portfolio", verb, &dir, "--config", &config], more].concat())
}

fn read(dir: &Path, file: &str) -> String {
    std::fs::read_to_string(dir.join(file)).expect("a file")
}

fn add(dir: &Path, file: &str, row: &str) {
    let path: PathBuf = dir.join(file);
    std::fs::write(&path, read(dir, file) + row).expect("a file");
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
