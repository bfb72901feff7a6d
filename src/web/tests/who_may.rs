//! Who gets in: every route, every role, the own and another's dealer.

use super::*;
use crate::domain::{Dealer, DealerId, LaneId, PersonId, Timestamp};

/// The manager of dealer `D-OWN`.
const OWN: &str = "li";

/// Two dealers of two managers.
fn portfolio() -> Portfolio {
    let dealer = |id: &str, manager: &str| Dealer {
        id: DealerId::new(id),
        name: id.to_owned(),
        tier: String::new(),
        manager: PersonId::new(manager),
        language: Language::English,
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let dealers = [dealer("D-OWN", OWN), dealer("D-OTHER", "wu")];
    Portfolio {
        dealers: dealers.into_iter().map(|dealer| (dealer.id.clone(), dealer)).collect(),
        ..Portfolio::default()
    }
}

/// An alert of a dealer's site; of a lane without one.
fn alert_of(id: &str, dealer: Option<&str>) -> Alert {
    let mut alert = alert(id, id, AlertState::Open);
    alert.subject.dealer = dealer.map(DealerId::new);
    if dealer.is_none() {
        alert.subject = Subject { kind: SubjectKind::Lane, id: LaneId::new("SEA").to_string(), dealer: None };
    }
    alert
}

struct Guarded {
    house: House,
    users: Users,
    folder: tempfile::TempDir,
}

impl Guarded {
    async fn build() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let users = |folder: &tempfile::TempDir| Users::of(folder.path()).expect("users");
        let alerts = vec![alert_of("own", Some("D-OWN")), alert_of("other", Some("D-OTHER")), alert_of("lane", None)];
        let house = House::with(true, Door::of(users(&folder)), portfolio(), alerts).await;
        Self { house, users: users(&folder), folder }
    }

    fn token(&self, role: UserRole, scope: Scope) -> String {
        let name = role.as_str();
        if !self.users.list().expect("users").iter().any(|(known, ..)| known == name) {
            self.users.add(name, role, Some(PersonId::new(OWN)), "four random words here").expect("added");
        }
        self.users.token(name, scope, Timestamp::UNIX_EPOCH).expect("a token")
    }

    async fn ask(&self, token: Option<&str>, method: &str, path: &str, body: &str) -> Reply {
        let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n{token}\r\n"
        );
        if path.ends_with("/stream") {
            return self.head_of(&(head + body)).await;
        }
        self.house.ask(&(head + body)).await
    }
}

impl Guarded {
    /// The head of what does not end.
    async fn head_of(&self, question: &str) -> Reply {
        let mut stream = TcpStream::connect(self.house.address).await.expect("a connection");
        stream.write_all(question.as_bytes()).await.expect("sent");
        let mut all = Vec::new();
        let is_begun = |all: &[u8]| {
            let text = String::from_utf8_lossy(all).into_owned();
            text.starts_with("HTTP/1.1 200") && text.contains("\r\n\r\n")
        };
        while !is_begun(&all) && stream.read_buf(&mut all).await.expect("something") > 0 {}
        let text = String::from_utf8_lossy(&all).into_owned();
        let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        Reply { status, head: head.to_lowercase(), body: body.to_owned() }
    }
}

const TOLD: &str = r#"{"as":"told","note":"by a test"}"#;
const APPROVE: &str = r#"{"as":"approve","revision":1}"#;

const HUSH_OWN: &str = r#"{"dealer":"D-OWN","hours":12,"reason":"they know"}"#;
const HUSH_OTHER: &str = r#"{"dealer":"D-OTHER","hours":12.5,"reason":"they know","even_act":true}"#;

/// Method, path, body, and the status for: nobody, viewer, account-manager, logistics, approver, operator.
const TABLE: &[(&str, &str, &str, [u16; 6])] = &[
    ("GET", "/api/v1/alerts", "", [401, 200, 200, 200, 200, 200]),
    ("GET", "/api/v1/alerts/own", "", [401, 200, 200, 200, 200, 200]),
    ("GET", "/api/v1/alerts/other", "", [401, 200, 404, 200, 200, 200]),
    ("GET", "/api/v1/alerts/lane", "", [401, 200, 200, 200, 200, 200]),
    ("GET", "/api/v1/alerts/nothing", "", [401, 404, 404, 404, 404, 404]),
    ("POST", "/api/v1/alerts/own/answers", TOLD, [401, 403, 202, 403, 403, 202]),
    ("POST", "/api/v1/alerts/other/answers", TOLD, [401, 403, 404, 403, 403, 202]),
    ("POST", "/api/v1/alerts/lane/answers", TOLD, [401, 403, 403, 202, 403, 202]),
    ("POST", "/api/v1/alerts/over/answers", TOLD, [401, 403, 403, 409, 403, 409]),
    ("POST", "/api/v1/alerts/own/answers", r#"{"as":"perhaps"}"#, [401, 400, 400, 400, 400, 400]),
    ("GET", "/api/v1/events", "", [401, 200, 200, 200, 200, 200]),
    ("GET", "/api/v1/hazards", "", [401, 200, 200, 200, 200, 200]),
    ("GET", "/api/v1/exposures", "", [401, 200, 200, 200, 200, 200]),
    ("GET", "/api/v1/proposals", "", [401, 200, 200, 200, 200, 200]),
    // The next signature is that of the person that they all are; a viewer signs nothing.
    ("POST", "/api/v1/proposals/order/decisions", APPROVE, [401, 403, 202, 202, 202, 202]),
    ("POST", "/api/v1/proposals/late/decisions", APPROVE, [401, 409, 409, 409, 409, 409]),
    ("GET", "/api/v1/silences", "", [401, 200, 200, 200, 200, 200]),
    ("POST", "/api/v1/silences", HUSH_OWN, [401, 403, 202, 403, 403, 202]),
    ("POST", "/api/v1/silences", HUSH_OTHER, [401, 403, 403, 403, 403, 202]),
    ("POST", "/api/v1/silences", r#"{"event":"wp16","hours":1,"reason":"x"}"#, [401, 403, 403, 403, 403, 202]),
    ("POST", "/api/v1/silences", r#"{"dealer":"D-OWN","hours":721,"reason":"x"}"#, [401, 403, 422, 403, 403, 422]),
    ("POST", "/api/v1/silences", r#"{"dealer":"D-OWN","hours":1,"reason":" "}"#, [401, 403, 422, 403, 403, 422]),
    ("DELETE", "/api/v1/silences/own", "", [401, 403, 202, 403, 403, 202]),
    ("DELETE", "/api/v1/silences/other", "", [401, 403, 404, 403, 403, 202]),
    ("DELETE", "/api/v1/silences/none", "", [401, 404, 404, 404, 404, 404]),
    ("GET", "/api/v1/feeds", "", [401, 200, 200, 200, 200, 200]),
    ("GET", "/api/v1/ledger", "", [401, 200, 200, 200, 200, 200]),
    ("GET", "/api/v1/portfolio", "", [401, 200, 200, 200, 200, 200]),
    // A token that only answers tends nothing, an operator's neither.
    ("GET", "/api/v1/portfolio/files", "", [401, 403, 403, 403, 403, 403]),
    ("PUT", "/api/v1/portfolio/files", "{}", [401, 403, 403, 403, 403, 403]),
    ("GET", "/api/v1/events/stream", "", [401, 200, 200, 200, 200, 200]),
    ("GET", "/api/nowhere", "", [404; 6]),
    ("GET", "/api/v1/session", "", [401, 200, 200, 200, 200, 200]),
    ("GET", "/", "", [303, 200, 200, 200, 200, 200]),
    ("POST", "/logout", "", [401, 204, 204, 204, 204, 204]),
    ("GET", "/metrics", "", [401, 403, 403, 403, 403, 403]),
    ("GET", "/healthz", "", [200; 6]),
    ("GET", "/readyz", "", [200; 6]),
    ("GET", "/style.css", "", [200; 6]),
    ("GET", "/words.json", "", [200; 6]),
    ("GET", "/page/app.js", "", [200; 6]),
    ("GET", "/page/index.html", "", [404; 6]),
    ("GET", "/login", "", [200; 6]),
    ("POST", "/login", "{}", [400; 6]),
    // Without a provider there is no such way in.
    ("GET", "/login/oidc", "", [404; 6]),
    ("GET", "/login/oidc/back", "", [404; 6]),
    // A link is known by its signature, whoever opens it.
    ("GET", "/a/v1.e30.AAAA", "", [403; 6]),
    ("POST", "/a/v1.e30.AAAA", "as=done&press=1", [400; 6]),
    ("GET", "/u/v1.e30.AAAA", "", [403; 6]),
    ("POST", "/u/v1.e30.AAAA", "as=stop", [403; 6]),
    ("GET", "/api/v1/openapi.json", "", [200; 6]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_whom_it_should() {
    let guarded = Guarded::build().await;
    let mut guests = vec![None];
    guests.extend(UserRole::ALL.map(|role| Some(guarded.token(role, Scope::Answer))));
    for (method, path, body, expected) in TABLE {
        for (guest, expected) in guests.iter().zip(expected) {
            let reply = guarded.ask(guest.as_deref(), method, path, body).await;
            assert_eq!(reply.status, *expected, "{method} {path} {body} as {guest:?}: {}", reply.body);
            if reply.status >= 400 && path.starts_with("/api") {
                assert!(reply.head.contains("application/problem+json"), "{path}: {}", reply.head);
                assert!(reply.body.contains("\"hint\":\""), "{path}: {}", reply.body);
            }
        }
    }
}

/// The router cannot be asked for its routes: those of the API stand in its document, the others in the lines that make it.
#[test]
fn every_route_is_in_the_table() {
    let (router, document) = api::routes();
    drop(router);
    let mut routes: Vec<(String, &str)> = Vec::new();
    for (path, item) in &document.paths.paths {
        let methods = [(&item.get, "GET"), (&item.post, "POST"), (&item.put, "PUT"), (&item.delete, "DELETE")];
        routes.extend(methods.iter().filter(|(there, _)| there.is_some()).map(|(_, method)| (path.clone(), *method)));
        assert!(item.patch.is_none() && item.head.is_none() && item.options.is_none(), "{path}: a method more");
    }
    for source in [include_str!("../mod.rs"), include_str!("../api/mod.rs")] {
        for made in source.split(".route(\"").skip(1) {
            let (path, rest) = made.split_once('"').expect("a path");
            let handlers = rest.split([';', '\n']).next().unwrap_or_default();
            let methods = [("get(", "GET"), ("post(", "POST"), ("any(", "GET")];
            let found = methods.iter().filter(|(word, _)| handlers.contains(word));
            let before = routes.len();
            routes.extend(found.map(|(_, method)| (path.to_owned(), *method)));
            assert!(routes.len() > before, "{path}: by which method?");
        }
    }
    assert!(routes.len() > 25, "{routes:?}");
    for (path, method) in routes {
        let is_tested = TABLE.iter().any(|(tested_by, tested, ..)| *tested_by == method && same_shape(&path, tested));
        assert!(is_tested, "{method} {path} is not in the table");
    }
}

fn same_shape(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let is_rest = template.last().is_some_and(|last| last.starts_with("{*"));
    let is_long = if is_rest { path.len() >= template.len() } else { path.len() == template.len() };
    is_long && template.iter().zip(&path).all(|(a, b)| a.starts_with('{') || a == b)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_manager_lists_the_own_dealers_and_lanes_alone() {
    let guarded = Guarded::build().await;
    let token = guarded.token(UserRole::AccountManager, Scope::Read);
    let listed = guarded.ask(Some(&token), "GET", "/api/v1/alerts", "").await.body;
    assert!(listed.contains("\"own\"") && listed.contains("\"lane\"") && !listed.contains("\"other\""), "{listed}");
    let portfolio = guarded.ask(Some(&token), "GET", "/api/v1/portfolio", "").await.body;
    assert!(portfolio.contains("D-OWN") && !portfolio.contains("D-OTHER"), "{portfolio}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_goes_no_further_than_its_scope_and_ends_with_its_user() {
    let guarded = Guarded::build().await;
    let (read, answer) =
        (guarded.token(UserRole::Operator, Scope::Read), guarded.token(UserRole::Operator, Scope::Answer));
    let path = "/api/v1/alerts/own/answers";
    assert_eq!(guarded.ask(Some(&read), "POST", path, TOLD).await.status, 403);
    assert_eq!(guarded.ask(Some(&answer), "POST", path, TOLD).await.status, 202);
    let said = guarded.house.answers();
    assert_eq!(said.first().and_then(|answer| answer.person.clone()), Some(PersonId::new(OWN)), "who said it is kept");
    for wrong in ["", "seawall_", "seawall_x", read.trim_start_matches('s'), &format!("{read}x")] {
        assert_eq!(guarded.ask(Some(wrong), "GET", "/api/v1/alerts", "").await.status, 401, "{wrong}");
    }
    let kept = std::fs::read_to_string(guarded.folder.path().join("users.toml")).expect("the file");
    assert!(!kept.contains(&read) && !kept.contains("four random words"), "{kept}");
    guarded.users.remove("operator").expect("removed");
    guarded.users.add("viewer", UserRole::Viewer, None, "four random words here").expect("another");
    assert_eq!(guarded.ask(Some(&answer), "GET", "/api/v1/alerts", "").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_opens_with_the_right_password_and_locks_after_five_wrong_ones() {
    let guarded = Guarded::build().await;
    guarded.token(UserRole::Operator, Scope::Read);
    let login = async |password: &str, more: &str| {
        let form = format!("name=operator&password={password}");
        let length = form.len();
        guarded
            .house
            .ask(&format!(
                "POST /login HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                 content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n{more}\r\n{form}"
            ))
            .await
    };
    assert_eq!(login("four+random+words+here", "origin: http://evil.example\r\n").await.status, 403);
    let reply = login("four+random+words+here", "origin: http://localhost\r\n").await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    for word in ["secure", "httponly", "samesite=lax", "path=/"] {
        assert!(reply.head.contains(word), "{word}: {}", reply.head);
    }
    for _ in 0..5 {
        assert_eq!(login("wrong", "").await.status, 403);
    }
    assert_eq!(login("four+random+words+here", "").await.status, 429, "even the right one must wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_says_nothing_without_its_word() {
    let guarded = Guarded::build().await;
    guarded.token(UserRole::Operator, Scope::Read);
    let form = "name=operator&password=four+random+words+here";
    let reply = guarded
        .house
        .ask_raw(&format!(
            "POST /login HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        ))
        .await;
    let cookie = reply.split("set-cookie: ").nth(1).and_then(|rest| rest.split(';').next()).expect("a cookie");
    let with = async |method: &str, path: &str, more: &str, body: &str| {
        let length = body.len();
        guarded
            .house
            .ask(&format!(
                "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncookie: {cookie}\r\n\
                 content-type: application/json\r\ncontent-length: {length}\r\n{more}\r\n{body}"
            ))
            .await
    };
    let session = with("GET", "/api/v1/session", "", "").await;
    let session: serde_json::Value = serde_json::from_str(&session.body).expect("JSON");
    let word = format!("x-csrf-token: {}\r\n", session["csrf"].as_str().expect("a word"));
    let path = "/api/v1/alerts/own/answers";
    assert_eq!(with("POST", path, "", TOLD).await.status, 403, "without the word");
    assert_eq!(with("POST", path, "x-csrf-token: x\r\n", TOLD).await.status, 403, "with a wrong one");
    let elsewhere = format!("{word}sec-fetch-site: cross-site\r\n");
    assert_eq!(with("POST", path, &elsewhere, TOLD).await.status, 403, "from another site");
    assert_eq!(with("POST", path, &word, TOLD).await.status, 202);
    assert_eq!(with("POST", "/logout", &word, "").await.status, 204);
    assert_eq!(with("GET", "/api/v1/session", "", "").await.status, 401, "after the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_users_only_this_machine_by_its_own_name_gets_in() {
    let guarded = Guarded::build().await;
    assert_eq!(guarded.ask(None, "GET", "/api/v1/alerts", "").await.status, 200);
    let metrics = guarded.ask(None, "GET", "/metrics", "").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.body.contains("seawall_alerts{level=\"act\",answered=\"no\"} 5"), "{}", metrics.body);
    assert_eq!(guarded.ask(None, "POST", "/api/v1/alerts/own/answers", TOLD).await.status, 202);
    assert_eq!(
        guarded.house.send("GET", "/api/v1/alerts").await.status,
        403,
        "as `seawall`, which may lead here from afar"
    );
    let from_elsewhere = "POST /api/v1/alerts/own/answers HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                          origin: http://evil.example\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(guarded.house.ask(from_elsewhere).await.status, 403);
}

#[tokio::test]
async fn a_demonstration_shows_everything_and_takes_nothing() {
    let house = House::build(true).await;
    let page = house.send("GET", "/").await;
    assert_eq!(page.status, 200);
    let policy = page.head.split("content-security-policy: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let policy = policy.expect("a policy");
    assert!(
        policy.contains("script-src 'self';") && !policy.contains("unsafe") && !policy.contains("http"),
        "{policy}"
    );
    assert_eq!(house.send("GET", "/api/v1/alerts").await.status, 200);
    let post = format!(
        "POST /api/v1/alerts/live/answers HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{TOLD}",
        TOLD.len()
    );
    assert_eq!(house.ask(&post).await.status, 403);
    assert!(house.answers().is_empty());
}
