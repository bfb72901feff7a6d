//! A portfolio takes another's place while a storm is on its way: by the API, and by a signal after its files were changed. A
//! bad one is named and the old one goes on.

use serde_json::{Value, json};

use crate::harness::{Daemon, Reply, Stormy, get, put_json, wait_for, wait_until};

const FILES: &str = "/api/v1/portfolio/files";

/// A warehouse beside that of Taizhou.
fn site(id: &str) -> String {
    format!("{id},D-NEW,New store,warehouse,28.65,121.44,60,3,400000,CNY,yes,12,8000,TZ-02,,\n")
}

#[test]
fn a_new_site_under_an_open_storm_has_its_alert_without_a_restart() {
    let Some(Stormy { stage, feeds: _feeds, sink, config }) = Stormy::new("portfolio-import") else { return };
    let mut daemon = Daemon::start(&config);
    let address = daemon.address();
    let read = |path: &str| -> Option<Value> { serde_json::from_str(&get(&address, path)?.body).ok() };
    let has_alert = |id: &str| {
        let alerts = read("/api/v1/alerts")?["alerts"].as_array()?.clone();
        alerts.iter().any(|alert| alert["subject"] == id).then_some(())
    };
    let put = |query: &str, body: &Value| -> Reply {
        put_json(&address, &format!("{FILES}{query}"), &body.to_string()).expect("an answer")
    };
    wait_for("an alert of TZ-01", || has_alert("TZ-01"));

    // A dry run shows what would change, and changes nothing; a bad one is refused with its mistakes.
    let given = read(FILES).expect("the files");
    let old = given["files"]["sites.csv"].as_str().expect("sites").to_owned();
    let with = |sites: &str| {
        let mut files = given["files"].clone();
        files["sites.csv"] = json!(sites);
        for (file, row) in [
            ("people.csv", "zhao-min,Zhao Min,zhao.min@example.com,account-manager,chen,en,Asia/Shanghai,,\n"),
            ("dealers.csv", "D-NEW,New Trading,B,zhao-min,en,Asia/Shanghai\n"),
        ] {
            files[file] = json!(files[file].as_str().expect("a file").to_owned() + row);
        }
        json!({ "files": files, "revision": given["revision"] })
    };
    let more = old.clone() + &site("TZ-09");
    let shown = put("?dry_run=true", &with(&more));
    assert!(shown.status == 200 && shown.body.contains("\"added\":[\"TZ-09\"]"), "{shown:?}");
    let refused = put("", &with(&more.replace("TZ-09,D-NEW", "TZ-09,D-NOBODY")));
    assert!(refused.status == 422 && refused.body.contains("D-NOBODY"), "{refused:?}");
    let on_disk = || std::fs::read_to_string(stage.path("portfolio/sites.csv")).expect("the file");
    assert_eq!((on_disk(), read(FILES).expect("the files")["files"].clone()), (old, given["files"].clone()));

    let taken = put("", &with(&more));
    assert_eq!(taken.status, 200, "{taken:?}");
    // Durable when it came back: the alert is there, and the file.
    has_alert("TZ-09").expect("an alert of the new site");
    assert_eq!(on_disk(), more);
    wait_until("a mail to its manager, who is new too", || {
        sink.mails().iter().any(|mail| mail.to == "zhao.min@example.com")
    });
    assert_eq!(put("", &with(&more)).status, 409, "the files have changed since");

    // The same by a signal: a bad file is named, and the old portfolio goes on.
    stage.write("portfolio/sites.csv", "id,name\nTZ-10,Nowhere\n");
    daemon.hang_up();
    wait_until("the mistakes to be named", || !daemon.said("nothing was changed").is_empty());
    assert!(daemon.said("a mistake in what was read anew").iter().any(|line| line.contains("sites.csv:1")));
    let all = read("/api/v1/portfolio").expect("the portfolio");
    assert!(all["sites"].as_array().expect("sites").iter().any(|site| site["id"] == "TZ-09"), "{all}");
    stage.write("portfolio/sites.csv", &(more.clone() + &site("TZ-10")));
    daemon.hang_up();
    wait_for("an alert of the site in the file", || has_alert("TZ-10"));
    daemon.stop();

    let mut daemon = Daemon::start(&config);
    let address = daemon.address();
    let all = get(&address, "/api/v1/portfolio").expect("the portfolio").body;
    assert!(all.contains("TZ-09") && all.contains("TZ-10"), "{all}");
    daemon.stop();
}
