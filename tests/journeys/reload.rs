//! Another configuration while a storm is on its way: a bad one is named and the old one goes on; a good one holds, under the
//! same process id, and nobody is told anything twice. Another link key with it.

use std::collections::BTreeSet;
use std::fs;

use crate::harness::{Answer, Daemon, Stormy, Weather, get, seawall, wait_for, wait_until};

#[test]
fn another_configuration_and_another_link_key_hold_without_a_stop() {
    let Some(Stormy { stage, feeds, sink, config }) = Stormy::new("reload") else { return };
    let first = fs::read_to_string(&config).expect("the configuration");
    let mut daemon = Daemon::start(&config);
    let address = daemon.address();
    let mail = wait_for("a mail to Li Wei", || sink.mails().into_iter().find(|mail| mail.to == "li.wei@example.com"));
    let (_, rest) = mail.text.split_once("http://seawall.test").expect("the mail has a link");
    let link: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
    let shown = |address: &str| get(address, &link).expect("a page").status;
    assert_eq!(shown(&address), 200);

    fs::write(&config, format!("{first}\n[[feed]]\nid = \"more\"\nurl = \"gopher://x\"\n")).expect("written");
    daemon.hang_up();
    wait_until("the mistake to be named", || !daemon.said("nothing was changed").is_empty());
    assert!(daemon.said("gopher").iter().any(|line| line.contains("seawall.toml:")), "{:?}", daemon.said("gopher"));
    assert_eq!(shown(&address), 200, "it goes on");

    feeds.put("/more.dat", Answer::Document(Weather::today().a_deck(1)));
    let more = first.replace("[[feed]]\nid = \"deck\"", "[[feed]]\nid = \"more\"").replace("/deck.dat", "/more.dat");
    let (_, more) = more.split_once("[[feed]]").expect("a feed");
    fs::write(&config, format!("{first}\n[[feed]]{more}")).expect("written");
    let file = config.to_str().expect("UTF-8");
    let renewed = seawall(&["link-key", "new", "--config", file]);
    assert!(renewed.status.success(), "{renewed:?}");
    daemon.hang_up();
    let address = daemon.address_of(2);
    wait_until("the other feed to be asked", || feeds.asked_for("/more.dat") > 0);
    assert_eq!(shown(&address), 200, "links that were signed before stay good");
    let asked = feeds.asked();
    wait_until("ten more rounds", || feeds.asked() >= asked + 10);
    let mails = sink.mails();
    let ids: BTreeSet<&str> = mails.iter().map(|mail| mail.message_id.as_str()).collect();
    assert_eq!(ids.len(), mails.len(), "nobody is told anything twice");

    let leaked = seawall(&["link-key", "new", "--leaked", "--config", file]);
    assert!(leaked.status.success(), "{leaked:?}");
    let sites = fs::read_to_string(stage.path("portfolio/sites.csv")).expect("the sites");
    let more = "TZ-09,D-TZ,New store,warehouse,28.65,121.44,60,3,400000,CNY,yes,12,8000,TZ-02,,\n";
    stage.write("portfolio/sites.csv", &(sites + more));
    daemon.hang_up();
    let address = daemon.address_of(3);
    assert_eq!(shown(&address), 403, "no link of a leaked key works");
    // The same bulletins are in force, and none comes: what is new in the portfolio was matched with them.
    wait_until("an alert of the new site", || {
        get(&address, "/api/v1/alerts").is_some_and(|alerts| alerts.body.contains("TZ-09"))
    });
    daemon.stop();
}
