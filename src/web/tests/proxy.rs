//! Behind a proxy: what it says counts only from where it is named.

use super::*;
use crate::config::Network;

async fn asked(proxies: &[&str], more: &str) -> u16 {
    let proxies = proxies.iter().map(|text| Network::parse(text).expect("a network")).collect();
    let house = House::behind(proxies).await;
    let question = format!("GET /api/v1/session HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{more}\r\n");
    house.ask(&question).await.status
}

#[tokio::test]
async fn a_proxy_is_believed_where_it_is_named_and_nowhere_else() {
    // While there are no users, this machine alone gets in: who comes through a proxy does not.
    for (proxies, more, status) in [
        (&[][..], "", 200),
        (&[], "x-forwarded-for: 203.0.113.9\r\n", 200),
        (&["127.0.0.1"], "x-forwarded-for: 203.0.113.9\r\n", 403),
        (&["127.0.0.0/8", "10.0.0.0/8"], "x-forwarded-for: 127.0.0.1, 203.0.113.9, 10.1.2.3\r\n", 403),
        (&["127.0.0.1"], "x-forwarded-for: 203.0.113.9\r\nx-forwarded-for: ::1\r\n", 200),
        (&["127.0.0.1"], "x-forwarded-host: seawall.example.com\r\n", 403),
        (&["192.0.2.1"], "x-forwarded-for: 203.0.113.9\r\n", 200),
        (&["127.0.0.1"], "x-forwarded-for: nonsense\r\n", 200),
    ] {
        assert_eq!(asked(proxies, more).await, status, "{proxies:?} {more}");
    }
}

#[tokio::test]
async fn a_map_of_ones_own_widens_the_policy_to_its_origin_alone() {
    let house = House::build(true).await;
    let own = house.send("GET", "/").await;
    assert!(!own.head.contains("https:"), "{}", own.head);
    let map = MapConfig {
        is_style: false,
        address: "https://tiles.example.com/{z}/{x}/{y}.png?a=\"b".to_owned(),
        origin: "https://tiles.example.com".to_owned(),
        attribution: "© <b>Example</b>".to_owned(),
    };
    let house = House::with_map(map).await;
    for path in ["/", "/page/app.js"] {
        let reply = house.send("GET", path).await;
        let policy = reply.head.split("content-security-policy: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let policy = policy.expect("a policy");
        assert_eq!(policy.matches("https://tiles.example.com").count(), 2, "{policy}");
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    }
    let page = house.send("GET", "/").await.body;
    assert!(
        page.contains("data-tiles=\"https:&#x2f;&#x2f;tiles.example.com") && !page.contains("<b>Example"),
        "{page}"
    );
}
