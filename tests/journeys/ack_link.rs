//! The link in a mail: opening it changes nothing, its button does, once.

use seawall::domain::{AlertState, Level};
use seawall::store::{SledStore, records};

use crate::harness::{Daemon, Reply, Stormy, get, post_form, wait_for, wait_until};

#[test]
fn a_link_shows_on_get_and_answers_on_post() {
    let Some(Stormy { stage, feeds, sink, config }) = Stormy::new("ack-link") else { return };
    let mut daemon = Daemon::start(&config);
    let address = daemon.address();
    let to_li = || sink.mails().into_iter().find(|mail| mail.to == "li.wei@example.com");
    let mail = wait_for("the first mail to Li Wei", to_li);
    let link = link_in(&mail.text);
    let settle = || {
        let asked = feeds.asked();
        wait_until("ten more rounds", || feeds.asked() >= asked + 10);
    };
    settle();
    let mails_before = sink.mails().len();

    // A mail scanner opens every link, as often as it likes.
    for _ in 0..3 {
        let page = show(&address, &link);
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("Seawall warehouse"), "{}", page.body);
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    settle();
    assert_eq!(sink.mails().len(), mails_before, "opening a link tells nobody anything");

    refuse_changed(&address, &link);

    let press = press_in(&show(&address, &link).body);
    for _ in 0..2 {
        let reply = post_form(&address, &link, &[("as", "moving"), ("press", &press), ("note", "two+lorries")]);
        let reply = reply.expect("an answer to the button");
        assert!(matches!(reply.status, 200 | 303), "{reply:?}");
    }
    let wrong = post_form(&address, &link, &[("as", "dancing"), ("press", &press)]).expect("an answer");
    assert_eq!(wrong.status, 400, "{wrong:?}");
    daemon.stop();

    let store = SledStore::open(&stage.path("data/store")).expect("the store can be opened again");
    let state = records::load_state(&store).expect("the state can be read");
    let acting: Vec<_> = state.alerts.values().filter(|alert| alert.state == AlertState::Acting).collect();
    let [alert] = acting.as_slice() else { panic!("one alert is being acted on, not {}", acting.len()) };
    assert_eq!(alert.subject.id, "TZ-01");
    assert!(alert.level >= Level::Warn);
    let answers: Vec<_> = alert.history.iter().filter(|change| change.by.is_some()).collect();
    assert_eq!(answers.len(), 1, "the same press twice is one answer: {answers:?}");
    assert_eq!(answers.first().and_then(|answer| answer.note.as_deref()), Some("two lorries"));
}

/// No byte of a link can be changed, and nothing else is a link.
fn refuse_changed(address: &str, link: &str) {
    let token = link.trim_start_matches("/a/");
    for at in (0..token.len()).step_by(7).chain([token.len() - 1]) {
        let mut bytes = token.as_bytes().to_vec();
        let byte = bytes.get_mut(at).expect("within the token");
        *byte = if *byte == b'A' { b'B' } else { b'A' };
        let changed = format!("/a/{}", String::from_utf8(bytes).expect("ASCII"));
        let shown = show(address, &changed);
        assert_eq!(shown.status, 403, "byte {at} was changed, and the page was shown");
        let pressed = post_form(address, &changed, &[("as", "done"), ("press", "x")]).expect("an answer");
        assert_eq!(pressed.status, 403, "byte {at} was changed, and the button worked");
    }
    assert_eq!(show(address, "/a/v1.e30.AAAA").status, 403);
}

fn show(address: &str, path: &str) -> Reply {
    get(address, path).expect("a page")
}

/// The path of the first link of a mail.
fn link_in(text: &str) -> String {
    let (_, rest) = text.split_once("http://seawall.test/a/").expect("the mail has a link");
    let token: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
    format!("/a/{token}")
}

/// What the page's form sends along.
fn press_in(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"press\" value=\"").expect("the page has a form");
    rest.split('"').next().unwrap_or_default().to_owned()
}
