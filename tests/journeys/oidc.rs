//! Logging in by an OpenID provider: who is a user gets in, and whatever is wrong with the provider's word keeps everybody
//! out, with a page that says so.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::{
    CLIENT, Daemon, Feeds, Manner, Page, Provider, Reply, SECRET, Signed, Stage, get, get_with, leave, post_form,
    python, seawall, wait_until,
};

/// The session's cookie.
const SESSION: &str = "__Host-seawall";
const BACK: &str = "/login/oidc/back";

/// A daemon whose users log in by a provider.
struct House {
    stage: Stage,
    provider: Provider,
    daemon: Daemon,
    address: String,
}

impl House {
    fn build(story: &str, more: &str) -> Self {
        let (stage, provider) = (Stage::new(story), Provider::start());
        let config = config(&stage, &provider, more);
        let file = config.display().to_string();
        for (name, role) in [("li@example.com", "logistics"), ("4711", "viewer"), ("li", "approver")] {
            let added = seawall(&["user", "add", name, "--role", role, "--oidc", "--config", &file]);
            assert_eq!(added.status.code(), Some(0), "{}", String::from_utf8_lossy(&added.stderr));
            assert!(!String::from_utf8_lossy(&added.stderr).contains("warning"), "the provider is there");
        }
        let mut daemon = Daemon::start(&config);
        let address = daemon.address();
        Self { stage, provider, daemon, address }
    }

    fn browser(&self) -> Browser<'_> {
        Browser { house: self, cookies: BTreeMap::new() }
    }

    /// Nothing secret was ever said.
    fn end(self) {
        let Self { daemon, stage, .. } = self;
        for secret in [SECRET, "opens nothing", "code-", "eyJ"] {
            assert_eq!(daemon.said(secret), Vec::<String>::new(), "{secret}");
        }
        daemon.stop();
        drop(stage);
    }
}

fn config(stage: &Stage, provider: &Provider, more: &str) -> PathBuf {
    stage.write("client.secret", &format!("{SECRET}\n"));
    let text = format!(
        "data_dir = \"data\"\nportfolio = \"portfolio\"\ncontact = \"ops@example.com\"\n\
         base_url = \"https://seawall.test\"\nlisten = \"127.0.0.1:0\"\n\
         [smtp]\nhost = \"127.0.0.1\"\nport = 9\ntls = \"none\"\nfrom = \"Seawall <seawall@example.com>\"\n\
         [[feed]]\nid = \"deck\"\nurl = \"{}\"\nformat = \"atcf\"\n\
         [oidc]\nissuer = \"http://{}\"\nclient_id = \"{CLIENT}\"\nclient_secret_file = \"client.secret\"\n\
         name = \"Example & <Co>\"\n{more}\n",
        Feeds::start().url("/deck.dat"),
        provider.address()
    );
    stage.write("seawall.toml", &text)
}

/// A browser that keeps cookies and goes where it is sent when it is told to.
struct Browser<'h> {
    house: &'h House,
    cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    fn get(&mut self, path: &str) -> Reply {
        let sent: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let reply = get_with(&self.house.address, path, &sent.join("; ")).expect("the daemon answers");
        for (name, value) in reply.cookies() {
            if value.is_empty() { drop(self.cookies.remove(&name)) } else { drop(self.cookies.insert(name, value)) }
        }
        reply
    }

    /// Presses the button and lets the provider lead it: to where it is led back.
    fn led_back(&mut self) -> String {
        let reply = self.get("/login/oidc");
        assert_eq!(reply.status, 303, "{}", reply.body);
        let provider = self.house.provider.address();
        let there = reply.header("location").expect("a place").to_owned();
        let path = there.strip_prefix(&format!("http://{provider}")).expect("the provider's own address");
        let reply = get(&provider, path).expect("the provider answers");
        assert_eq!(reply.status, 303, "{}", reply.body);
        let back = reply.header("location").expect("a way back").to_owned();
        back.strip_prefix("https://seawall.test").expect("our own address").to_owned()
    }

    fn log_in(&mut self) -> Reply {
        let back = self.led_back();
        self.get(&back)
    }

    /// In, by a session that knows the role.
    fn is_in(&mut self, name: &str, role: &str) {
        let session: Value = serde_json::from_str(&self.get("/api/v1/session").body).expect("JSON");
        let told = |key: &str| session.get(key).and_then(Value::as_str);
        assert_eq!((told("name"), told("role")), (Some(name), Some(role)), "{session}");
        assert_eq!(self.get("/").status, 200);
    }

    fn is_out_after_logout(&mut self) {
        let session: Value = serde_json::from_str(&self.get("/api/v1/session").body).expect("JSON");
        let word = session.get("csrf").and_then(Value::as_str).expect("a word");
        let cookie = self.cookies.get(SESSION).expect("a session");
        let left = leave(&self.house.address, cookie, word).expect("an answer");
        assert_eq!(left.status, 204, "{}", left.body);
        assert_eq!(self.get("/api/v1/session").status, 401);
    }

    /// Refused with a page that says why, and out.
    fn is_refused(&mut self, why: &str, reply: &Reply, status: u16, words: &str) {
        assert_eq!(reply.status, status, "{why}: {}", reply.body);
        assert!(reply.body.contains(words), "{why}: {}", reply.body);
        assert!(reply.body.contains("href=\"/login/oidc\""), "{why}: it can be tried again");
        assert!(
            reply.cookies().iter().all(|(name, value)| name != SESSION && value.is_empty()),
            "{why}: {}",
            reply.head
        );
        assert_eq!(self.get("/api/v1/session").status, 401, "{why}");
    }
}

#[test]
#[cfg_attr(not(feature = "oidc"), ignore = "needs --features oidc")]
fn a_user_comes_in_by_the_provider_and_goes_again() {
    let house = House::build("oidc-good", "");
    let mut browser = house.browser();
    assert_eq!(browser.get("/").header("location"), Some("/login"));
    let form = browser.get("/login");
    assert!(form.body.contains("Log in with Example &amp; &lt;Co&gt;</a>"), "{}", form.body);
    assert!(!form.body.contains("<script"), "it works without a script");
    let policy = form.header("content-security-policy").expect("a policy");
    assert!(policy.contains("form-action 'self'") && !policy.contains("http"), "{policy}");

    let begun = browser.get("/login/oidc");
    for word in ["__Host-seawall-login=", "Path=/", "Max-Age=600", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(begun.header("set-cookie").is_some_and(|cookie| cookie.contains(word)), "{word}: {}", begun.head);
    }
    let reply = browser.log_in();
    assert_eq!((reply.status, reply.header("location")), (303, Some("/")), "{}", reply.body);
    assert!(reply.cookies().contains(&("__Host-seawall-login".to_owned(), String::new())), "{}", reply.head);
    browser.is_in("li@example.com", "logistics");
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), [SESSION], "what the login needed is gone");
    assert_eq!(house.provider.asked("discovery"), 1, "what the provider says of itself is kept");

    // Who comes by the provider alone has no password, not even an empty one or nobody's.
    for password in ["", "nobody%27s", "four+random+words+here"] {
        let fields = [("name", "li%40example.com"), ("password", password)];
        let reply = post_form(&house.address, "/login", &fields).expect("a page");
        assert_eq!((reply.status, reply.cookies()), (403, Vec::new()), "{password}");
    }
    browser.is_out_after_logout();
    house.end();
}

#[test]
#[cfg_attr(not(feature = "oidc"), ignore = "needs --features oidc")]
fn an_rsa_key_signs_and_a_new_key_is_fetched_once() {
    let Some(python) = python() else { return };
    let house = House::build("oidc-keys", "");
    assert_eq!(house.browser().log_in().status, 303);
    let asked = house.provider.asked("keys");
    house.provider.change_keys("key-2");
    assert_eq!(house.browser().log_in().status, 303, "a key that is new is asked for");
    assert_eq!(house.provider.asked("keys"), asked + 1);
    house.provider.change_keys("key-3");
    let mut browser = house.browser();
    let reply = browser.log_in();
    browser.is_refused("the second within a minute", &reply, 403, "cannot be trusted");
    assert_eq!(house.provider.asked("keys"), asked + 1, "and nobody makes us ask and ask");
    house.end();

    let house = House::build("oidc-rsa", "");
    let keys = house.stage.folder("keys");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journeys/dkim_check.py");
    let made = Command::new(python).args([script, "make", "rsa"]).arg(&keys).stdin(Stdio::null()).status();
    assert!(made.expect("a key is made").success());
    let pem = std::fs::read_to_string(keys.join("dkim.pem")).expect("a key");
    let der: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    house.provider.sign_by_rsa(&STANDARD.decode(der).expect("base64"));
    assert_eq!(house.browser().log_in().status, 303, "most providers sign by RS256");
    house.end();
}

#[test]
#[cfg_attr(not(feature = "oidc"), ignore = "needs --features oidc")]
fn the_claim_that_the_configuration_names_is_the_users_name() {
    let unverified = || Manner { claims: json!({"email_verified": false}), ..Manner::default() };
    for (claim, name, role) in [("sub", "4711", "viewer"), ("preferred_username", "li", "approver")] {
        let house = House::build(&format!("oidc-{claim}"), &format!("claim = \"{claim}\""));
        house.provider.behave(unverified());
        let mut browser = house.browser();
        assert_eq!(browser.log_in().status, 303);
        browser.is_in(name, role);
        house.end();
    }
}

const NOT_TRUSTED: &str = "cannot be trusted";

/// What is wrong, how the provider behaves, the status, and what the page says.
fn wrongs() -> Vec<(&'static str, Manner, u16, &'static str)> {
    let claims = |claims: Value| Manner { claims, ..Manner::default() };
    let signed = |signed: Signed| Manner { signed, ..Manner::default() };
    let error = |error, description| Manner { error: Some((error, description)), ..Manner::default() };
    let token = |token: Page| Manner { token, ..Manner::default() };
    vec![
        ("another nonce", claims(json!({"nonce": "x"})), 403, NOT_TRUSTED),
        ("no nonce", claims(json!({"nonce": null})), 403, NOT_TRUSTED),
        ("another audience", claims(json!({"aud": "other"})), 403, NOT_TRUSTED),
        ("one more audience", claims(json!({"aud": [CLIENT, "other"]})), 403, NOT_TRUSTED),
        ("another party", claims(json!({"azp": "other"})), 403, NOT_TRUSTED),
        ("another issuer", claims(json!({"iss": "https://evil.example"})), 403, NOT_TRUSTED),
        ("too late", claims(json!({"exp": -300})), 403, NOT_TRUSTED),
        ("too early", claims(json!({"iat": 300})), 403, NOT_TRUSTED),
        ("no algorithm", signed(Signed::Not), 403, NOT_TRUSTED),
        ("signed by our secret", signed(Signed::BySecret(SECRET)), 403, NOT_TRUSTED),
        ("signed by our id", signed(Signed::BySecret(CLIENT)), 403, NOT_TRUSTED),
        ("signed by a stranger", signed(Signed::ByStranger), 403, NOT_TRUSTED),
        ("signed in another's name", signed(Signed::InAnothersName), 403, NOT_TRUSTED),
        ("changed", signed(Signed::AndChanged), 403, NOT_TRUSTED),
        ("no address", claims(json!({"email": null})), 403, NOT_TRUSTED),
        ("not verified", claims(json!({"email_verified": false})), 403, "has not verified your address"),
        ("verified, who knows", claims(json!({"email_verified": null})), 403, "has not verified your address"),
        ("nobody of ours", claims(json!({"email": "<b>wu@example.com"})), 403, "<b>&lt;b&gt;wu@example.com</b>"),
        ("another case", claims(json!({"email": "Li@example.com"})), 403, "seawall user add"),
        ("no", error("access_denied", "<i>no</i>"), 403, "<b>access_denied: &lt;i&gt;no&lt;&#x2f;i&gt;</b>"),
        ("from another", Manner { from: Some("https://evil.example"), ..Manner::default() }, 403, NOT_TRUSTED),
        ("from nobody", Manner { from: Some(""), ..Manner::default() }, 403, NOT_TRUSTED),
        ("token endpoint broken", token(Page::Broken), 502, "does not answer"),
        ("token endpoint endless", token(Page::Huge), 502, "does not answer"),
        ("token endpoint silent", token(Page::Silent), 502, "does not answer"),
        ("token endpoint elsewhere", token(Page::Moved), 502, "does not answer"),
    ]
}

#[test]
#[cfg_attr(not(feature = "oidc"), ignore = "needs --features oidc")]
fn whatever_is_wrong_with_the_providers_word_keeps_everybody_out() {
    let house = House::build("oidc-wrong", "timeout = \"1s\"");
    for (why, manner, status, words) in wrongs() {
        house.provider.behave(manner);
        let mut browser = house.browser();
        let reply = browser.log_in();
        browser.is_refused(why, &reply, status, words);
    }
    house.provider.behave(Manner::default());
    // In the language of who is refused.
    let reply = get_with(&house.address, &format!("{BACK}?state=x"), "a=b\r\naccept-language: zh-CN");
    assert!(reply.expect("a page").body.contains("请重新开始"));
    let mut browser = house.browser();
    assert_eq!(browser.log_in().status, 303, "and then all is well again");
    browser.is_in("li@example.com", "logistics");
    house.end();
}

#[test]
#[cfg_attr(not(feature = "oidc"), ignore = "needs --features oidc")]
fn only_the_browser_that_began_a_login_ends_it_and_once() {
    let house = House::build("oidc-browser", "");
    let stale = "Begin again";
    let refused = |why: &str, browser: &mut Browser<'_>, path: &str| {
        let asked = house.provider.asked("token");
        let reply = browser.get(path);
        browser.is_refused(why, &reply, 403, stale);
        assert_eq!(house.provider.asked("token"), asked, "{why}: the provider is not asked");
    };
    for path in ["", "?", "?code=code-0", "?state=", "?state=x&code=y", "?state=%ff", "?error=access_denied"] {
        refused("out of the blue", &mut house.browser(), &format!("{BACK}{path}"));
    }
    let mut browser = house.browser();
    let back = browser.led_back();
    refused("another state", &mut browser, &back.replacen("state=", "state=x", 1));
    let back = house.browser().led_back();
    refused("without the cookie", &mut house.browser(), &back);
    let (mut one, mut other) = (house.browser(), house.browser());
    let (theirs, _) = (one.led_back(), other.led_back());
    refused("with the cookie of another login", &mut other, &theirs);
    refused("used up by that", &mut one, &theirs);
    let mut browser = house.browser();
    let back = browser.led_back();
    refused("a word said twice", &mut browser, &format!("{back}&state=x"));

    let mut browser = house.browser();
    let back = browser.led_back();
    let kept = browser.cookies.clone();
    assert_eq!(browser.get(&format!("{back}&next=https%3A%2F%2Fevil.example")).header("location"), Some("/"));
    browser.is_in("li@example.com", "logistics");
    let mut again = house.browser();
    again.cookies = kept;
    refused("played back", &mut again, &back);
    house.end();
}

#[test]
#[cfg_attr(not(feature = "oidc"), ignore = "needs --features oidc")]
fn a_provider_that_is_down_endless_or_slow_holds_nobody_up() {
    let house = House::build("oidc-down", "timeout = \"300ms\"");
    for page in [Page::Broken, Page::Huge, Page::Silent, Page::Moved] {
        house.provider.behave(Manner { discovery: page, ..Manner::default() });
        let asked = house.provider.asked("discovery");
        wait_until("the provider to be asked", || {
            let mut browser = house.browser();
            let reply = browser.get("/login/oidc");
            browser.is_refused("no discovery", &reply, 502, "does not answer");
            house.provider.asked("discovery") > asked
        });
        assert_eq!(get(&house.address, "/healthz").map(|reply| reply.status), Some(200));
    }
    house.provider.behave(Manner::default());
    wait_until("the provider to be asked again", || house.browser().get("/login/oidc").status == 303);
    assert_eq!(house.browser().log_in().status, 303);
    house.end();
}
