//! What somebody answers on the page changes the alert at once, in the daemon and after it.

use seawall::domain::AlertState;
use seawall::store::{SledStore, records};
use serde_json::Value;

use crate::harness::{Daemon, Stormy, get, post_json, wait_for};

#[test]
fn an_answer_through_the_api_changes_the_alert() {
    let Some(Stormy { stage, feeds: _feeds, sink: _sink, config }) = Stormy::new("page-answer") else { return };
    let mut daemon = Daemon::start(&config);
    let address = daemon.address();
    let read = |path: &str| -> Option<Value> { serde_json::from_str(&get(&address, path)?.body).ok() };
    let id = wait_for("an alert of TZ-01", || {
        let all = read("/api/v1/alerts")?;
        let mut alerts = all["alerts"].as_array()?.iter();
        alerts.find(|alert| alert["subject"] == "TZ-01")?["id"].as_str().map(str::to_owned)
    });
    let page = get(&address, "/").expect("the page");
    assert!(page.status == 200 && page.body.contains("/page/app.js"), "{}", page.body);
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("script-src 'self'")));
    for part in ["track", "fix", "wind"] {
        let hazards = read("/api/v1/hazards").expect("hazards");
        let features = hazards["features"].as_array().expect("features");
        assert!(features.iter().any(|feature| feature["properties"]["part"] == part), "no {part}");
    }
    let path = format!("/api/v1/alerts/{id}");
    let answered = post_json(&address, &format!("{path}/answers"), r#"{"as":"moving","note":"two lorries"}"#);
    assert_eq!(answered.expect("an answer").status, 202);
    wait_for("the change of the alert", || (read(&path)?["state"] == "acting").then_some(()));
    let answers = read(&path).expect("the alert")["answers"].clone();
    assert_eq!((&answers[0]["kind"], &answers[0]["note"]), (&"moving".into(), &"two lorries".into()), "{answers}");
    daemon.stop();

    let store = SledStore::open(&stage.path("data/store")).expect("the store can be opened again");
    let state = records::load_state(&store).expect("the state can be read");
    let alert = state.alerts.values().find(|alert| alert.id.as_str() == id).expect("the alert");
    assert_eq!(alert.state, AlertState::Acting);
}
