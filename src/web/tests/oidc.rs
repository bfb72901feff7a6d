//! A provider's word is in time by our clock, and is asked for as seldom as can be.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::*;
use crate::config::{OidcConfig, UserClaim};

const ISSUER: &str = "https://login.example.com";

/// What the provider is to say, and how often it was asked.
struct Script {
    nonce: String,
    issued_s: i64,
    expires_s: i64,
    asked: Vec<String>,
}

struct Told {
    house: House,
    script: Arc<Mutex<Script>>,
    _folder: tempfile::TempDir,
}

impl Told {
    async fn build() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let users = Users::of(folder.path()).expect("users");
        users.add_by_provider("4711", UserRole::Viewer, None).expect("added");
        let script = Script { nonce: String::new(), issued_s: NOW_S, expires_s: NOW_S + 60, asked: Vec::new() };
        let script = Arc::new(Mutex::new(script));
        let oidc = Oidc::new(&config(), "https://seawall.example.com", messenger(script.clone())).expect("a provider");
        let house = House::with(true, Door::with(users, Some(oidc)), Portfolio::default(), Vec::new()).await;
        Self { house, script, _folder: folder }
    }

    /// The status that a browser gets when it comes back with a token of those instants.
    async fn status(&self, issued_s: i64, expires_s: i64) -> u16 {
        let begun =
            self.house.ask_raw("GET /login/oidc HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
        let part = |mark: &str| {
            let rest = begun.split(mark).nth(1).unwrap_or_else(|| panic!("{mark} in {begun}"));
            rest.split(['&', ';', '\r']).next().unwrap_or_default().to_owned()
        };
        assert!(part("location: ").starts_with("https://login.example.com/authorize?"), "{begun}");
        assert_eq!(part("redirect_uri="), "https%3A%2F%2Fseawall.example.com%2Flogin%2Foidc%2Fback");
        {
            let mut script = self.script.lock().expect("unharmed");
            (script.nonce, script.issued_s, script.expires_s) = (part("nonce="), issued_s, expires_s);
        }
        let (state, cookie) = (part("state="), part("__Host-seawall-login="));
        let back = format!(
            "GET /login/oidc/back?code=c&state={state} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             cookie: __Host-seawall-login={cookie}\r\n\r\n"
        );
        self.house.ask(&back).await.status
    }

    fn asked(&self, path: &str) -> usize {
        self.script.lock().expect("unharmed").asked.iter().filter(|asked| *asked == path).count()
    }
}

fn config() -> OidcConfig {
    OidcConfig {
        issuer: ISSUER.to_owned(),
        client_id: "seawall".to_owned(),
        client_secret: None,
        claim: UserClaim::Sub,
        scopes: Vec::new(),
        name: "Example".to_owned(),
        timeout: Duration::from_secs(1),
        extra_ca_file: None,
    }
}

fn messenger(script: Arc<Mutex<Script>>) -> Messenger {
    let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
    let key = Arc::new(EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).expect("a key"));
    Arc::new(move |request| {
        let (script, key) = (script.clone(), key.clone());
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let mut script = script.lock().expect("unharmed");
            script.asked.push(path.clone());
            let body = match path.as_str() {
                "/keys" => json!({"keys": [shown(&key)]}),
                "/token" => json!({"access_token": "a", "token_type": "Bearer", "id_token": signed(&key, &script)}),
                _ => json!({
                    "issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/authorize"),
                    "token_endpoint": format!("{ISSUER}/token"), "jwks_uri": format!("{ISSUER}/keys"),
                    "response_types_supported": ["code"], "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["ES256"],
                }),
            };
            Ok(axum::http::Response::new(body.to_string().into_bytes()))
        })
    })
}

fn shown(key: &EcdsaKeyPair) -> Value {
    // After a first byte that says so, both halves of the point.
    let (x, y) = key.public_key().as_ref().split_at(1).1.split_at(32);
    json!({"kty": "EC", "crv": "P-256", "use": "sig", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
}

fn signed(key: &EcdsaKeyPair, script: &Script) -> String {
    let claims = json!({
        "iss": ISSUER, "sub": "4711", "aud": "seawall", "nonce": script.nonce,
        "iat": script.issued_s, "exp": script.expires_s,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "ES256"})), part(&claims));
    let signature = key.sign(&SystemRandom::new(), text.as_bytes()).expect("signed");
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
#[cfg_attr(not(feature = "oidc"), ignore = "needs --features oidc")]
async fn a_token_is_in_time_by_our_clock_give_or_take_two_minutes() {
    let told = Told::build().await;
    for (issued_s, expires_s, status) in [
        (NOW_S, NOW_S + 60, 303),
        (NOW_S - 400, NOW_S - 119, 303),
        (NOW_S - 400, NOW_S - 121, 403),
        (NOW_S + 119, NOW_S + 600, 303),
        (NOW_S + 121, NOW_S + 600, 403),
        // Good by the clock on the wall, and not by ours.
        (4_000_000_000, 4_000_000_600, 403),
    ] {
        assert_eq!(told.status(issued_s, expires_s).await, status, "{issued_s} {expires_s}");
    }
    assert_eq!((told.asked("/.well-known/openid-configuration"), told.asked("/keys"), told.asked("/token")), (1, 1, 6));
}
