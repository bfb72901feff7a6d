//! An operator answers on the command line while the daemon has the store, and asks it how things stand and why.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::harness::{Daemon, Stormy, seawall, wait_for, wait_until};

#[test]
fn an_operator_answers_while_the_daemon_runs() {
    let Some(Stormy { stage: _stage, feeds, sink, config }) = Stormy::new("ack-command") else { return };
    let daemon = Daemon::start(&config);
    wait_for("the first mail to Li Wei", || sink.mails().into_iter().find(|mail| mail.to == "li.wei@example.com"));
    let rounds = || {
        let asked = feeds.asked();
        wait_until("ten more rounds", || feeds.asked() >= asked + 10);
    };
    rounds();

    let alert = alert_of(&status(&config), "TZ-01");
    assert_eq!(text(&alert, "state"), "open", "{alert}");
    let id = text(&alert, "alert");
    let said = ack(&config, &[id, "--as", "moving", "--person", "li-wei", "--note", "two lorries"]);
    assert_eq!((said.status.code(), words(&said.stdout).trim()), (Some(0), format!("{id} is moving").as_str()));
    let acting = || Some(alert_of(&status(&config), "TZ-01")).filter(|alert| text(alert, "state") == "acting");
    wait_for("the alert to be acted on", acting);
    rounds();
    let mails = sink.mails().len();
    rounds();
    assert_eq!(sink.mails().len(), mails, "who has answered is left alone");

    for (arguments, mistake) in [
        (["e.nobody.r", "--as", "moving"], "there is no alert `e.nobody.r`"),
        ([id, "--person", "nobody"], "there is no person `nobody`"),
        ([id, "--as", "dancing"], "invalid value 'dancing'"),
    ] {
        let said = ack(&config, &arguments);
        assert_eq!(said.status.code(), Some(2), "{arguments:?}");
        assert!(words(&said.stderr).contains(mistake), "{}", words(&said.stderr));
    }
    let why = explain(&config);
    assert!(why.contains("answer of li-wei: moving — “two lorries”"), "{why}");
    assert!(why.lines().count() <= 40 && why.contains("mail to li-wei"), "{why}");
    daemon.stop();

    // With the daemon down the same words work on what it left.
    let said = ack(&config, &[id, "--as", "done"]);
    assert_eq!(said.status.code(), Some(0), "{}", words(&said.stderr));
    assert!(words(&said.stdout).contains("hears it when it starts"), "{}", words(&said.stdout));
    assert_eq!(explain(&config), why, "nothing was heard while nobody listened");
    assert_eq!(status(&config).get("running").and_then(Value::as_bool), Some(false));
    let daemon = Daemon::start(&config);
    let done = || Some(alert_of(&status(&config), "TZ-01")).filter(|alert| text(alert, "state") == "done");
    wait_for("the answer to be heard", done);
    outcome_outlives_a_crash(daemon, &config, id);
}

/// What came of it is in the ledger as soon as it is said to be, whatever happens to the daemon then.
fn outcome_outlives_a_crash(daemon: Daemon, config: &Path, id: &str) {
    let file = config.to_str().expect("UTF-8");
    let enter = |more: &[&str]| seawall(&[&["outcome", "--config", file, id], more].concat());
    let nothing = enter(&[]);
    assert_eq!(nothing.status.code(), Some(2), "{}", words(&nothing.stderr));
    let said = enter(&["--hit", "no", "--spent", "10000 CNY", "--person", "li-wei", "--note", "it turned away"]);
    assert_eq!(words(&said.stdout).trim(), format!("{id} is entered in the ledger"), "{}", words(&said.stderr));
    daemon.kill_nine();
    let daemon = Daemon::start(config);
    let entry = || {
        let said = seawall(&["ledger", "--config", file, "--format", "json"]);
        let ledger: Value = serde_json::from_slice(&said.stdout).ok()?;
        let entries = ledger.get("entries")?.as_array()?.clone();
        entries
            .into_iter()
            .find(|entry| text(entry, "alert") == id && entry.pointer("/found/hit") == Some(&false.into()))
    };
    let entry = wait_for("the outcome in the ledger", entry);
    assert_eq!(
        (text(&entry, "note"), text(&entry, "found_by"), text(&entry, "answer")),
        ("it turned away", "li-wei", "done")
    );
    daemon.stop();
    // With the daemon down the store tells the same.
    let table = words(&seawall(&["ledger", "--config", file]).stdout);
    assert!(table.contains("TZ-01") && table.contains("false alarms: 1 of 1"), "{table}");
    let csv = words(&seawall(&["ledger", "--config", file, "--format", "csv"]).stdout);
    assert!(csv.starts_with("alert,subject,dealer,manager,level,") && csv.contains("10000 CNY"), "{csv}");
}

fn ack(config: &Path, arguments: &[&str]) -> Output {
    let mut all = vec!["ack", "--config", config.to_str().expect("UTF-8")];
    all.extend(arguments);
    seawall(&all)
}

fn status(config: &Path) -> Value {
    let said = seawall(&["status", "--format", "json", "--config", config.to_str().expect("UTF-8")]);
    serde_json::from_slice(&said.stdout).expect("status says one JSON object")
}

fn explain(config: &Path) -> String {
    let said = seawall(&["explain", "TZ-01", "--config", config.to_str().expect("UTF-8")]);
    assert_eq!(said.status.code(), Some(0), "{}", words(&said.stderr));
    words(&said.stdout)
}

/// The alert of a site, among the live ones.
fn alert_of(status: &Value, site: &str) -> Value {
    let alerts = status.get("alerts").and_then(Value::as_array).expect("alerts");
    let of_site = alerts.iter().find(|alert| text(alert, "alert").split('.').any(|part| part == site));
    assert!(of_site.is_some(), "an alert of {site} in {status}");
    of_site.cloned().unwrap_or_default()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
