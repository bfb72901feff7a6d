//! An OpenID provider: it does all that it should, or one of the things that none should do.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use ring::{digest, hmac};
use seawall::domain::Timestamp;
use serde_json::{Value, json};

use super::runtime;

/// Our client there, and its secret: with what no form may hold as it stands.
pub(crate) const CLIENT: &str = "seawall";
pub(crate) const SECRET: &str = "s3cret +&%:";

/// How it behaves.
#[derive(Clone, Default)]
pub(crate) struct Manner {
    /// Claims in the place of the right ones; `null` leaves one out.
    pub(crate) claims: Value,
    pub(crate) signed: Signed,
    /// `error` and its description, in the place of a code.
    pub(crate) error: Option<(&'static str, &'static str)>,
    /// Who sends the browser back, when it does not say the truth.
    pub(crate) from: Option<&'static str>,
    /// What it says of itself.
    pub(crate) discovery: Page,
    /// Where codes are exchanged.
    pub(crate) token: Page,
}

/// Who signs the ID token.
#[derive(Clone, Default)]
pub(crate) enum Signed {
    #[default]
    Well,
    /// Nobody: `none`.
    Not,
    /// Whoever knows this, by HS256.
    BySecret(&'static str),
    /// A key that is not among those shown.
    ByStranger,
    /// Such a key, under the name of one that is.
    InAnothersName,
    /// Well, and then the address in it was changed.
    AndChanged,
}

/// How an address answers.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum Page {
    #[default]
    Good,
    /// It never ends.
    Huge,
    /// It never begins.
    Silent,
    /// It says 503.
    Broken,
    /// It leads elsewhere.
    Moved,
}

enum Key {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// A login that the provider has let through.
struct Grant {
    nonce: String,
    challenge: String,
    redirect: String,
}

struct Desk {
    issuer: String,
    key: Key,
    kid: String,
    manner: Manner,
    grants: BTreeMap<String, Grant>,
    asked: BTreeMap<&'static str, usize>,
}

type Shared = Arc<Mutex<Desk>>;

/// The provider. It ends with the process.
pub(crate) struct Provider {
    address: SocketAddr,
    desk: Shared,
}

impl Provider {
    /// Starts on a free port.
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let desk = Desk {
            issuer: format!("http://{address}"),
            key: new_key(),
            kid: "key-1".to_owned(),
            manner: Manner::default(),
            grants: BTreeMap::new(),
            asked: BTreeMap::new(),
        };
        let desk = Arc::new(Mutex::new(desk));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(desk.clone());
        std::thread::spawn(move || {
            runtime().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await.expect("it serves");
            });
        });
        Self { address, desk }
    }

    /// `127.0.0.1:4711`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on it behaves so.
    pub(crate) fn behave(&self, manner: Manner) {
        lock(&self.desk).manner = manner;
    }

    /// From now on another key signs, and is shown.
    pub(crate) fn change_keys(&self, kid: &str) {
        let mut desk = lock(&self.desk);
        (desk.key, desk.kid) = (new_key(), kid.to_owned());
    }

    /// From now on an RSA key signs, given as PKCS 8.
    pub(crate) fn sign_by_rsa(&self, pkcs8: &[u8]) {
        lock(&self.desk).key = Key::Rsa(RsaKeyPair::from_pkcs8(pkcs8).expect("an RSA key"));
    }

    /// How often one of `discovery`, `keys`, `token` has been asked for.
    pub(crate) fn asked(&self, what: &str) -> usize {
        lock(&self.desk).asked.get(what).copied().unwrap_or_default()
    }
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn new_key() -> Key {
    let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
    Key::P256(EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).expect("a key"))
}

impl Key {
    fn algorithm(&self) -> &'static str {
        match self {
            Self::P256(_) => "ES256",
            Self::Rsa(_) => "RS256",
        }
    }

    fn shown(&self, kid: &str) -> Value {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::P256(key) => {
                // After a first byte that says so, both halves of the point.
                let (x, y) = key.public_key().as_ref().split_at(1).1.split_at(32);
                json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": part(x), "y": part(y)})
            }
            Self::Rsa(key) => {
                let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(key.public_key());
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": part(&n), "e": part(&e)})
            }
        }
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::P256(key) => key.sign(&random, text).expect("signed").as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).expect("signed");
                signature
            }
        }
    }
}

/// What an address answers when it is not good.
async fn badly(page: Page) -> Option<Response> {
    Some(match page {
        Page::Good => return None,
        Page::Huge => {
            let chunk = || async { Some((Ok::<_, std::io::Error>(vec![b' '; 65_536]), ())) };
            let body = Body::from_stream(futures_util::stream::unfold((), move |()| chunk()));
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Page::Silent => std::future::pending().await,
        Page::Broken => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Page::Moved => Redirect::temporary("/authorize").into_response(),
    })
}

async fn discovery(State(desk): State<Shared>) -> Response {
    let page = {
        let mut desk = lock(&desk);
        *desk.asked.entry("discovery").or_default() += 1;
        desk.manner.discovery
    };
    if let Some(bad) = badly(page).await {
        return bad;
    }
    let issuer = lock(&desk).issuer.clone();
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize?kept=1"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        "authorization_response_iss_parameter_supported": true,
    });
    Json(document).into_response()
}

async fn keys(State(desk): State<Shared>) -> Json<Value> {
    let mut desk = lock(&desk);
    *desk.asked.entry("keys").or_default() += 1;
    Json(json!({"keys": [desk.key.shown(&desk.kid)]}))
}

/// Asks nobody: whoever comes is let through.
async fn authorize(State(desk): State<Shared>, Query(asked): Query<BTreeMap<String, String>>) -> Response {
    let mut desk = lock(&desk);
    let word = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let scopes = word("scope");
    let is_right = word("response_type") == "code"
        && word("client_id") == CLIENT
        && scopes.split(' ').any(|scope| scope == "openid")
        && scopes.split(' ').any(|scope| scope == "email")
        && word("code_challenge_method") == "S256"
        && word("kept") == "1"
        && [word("state"), word("nonce"), word("code_challenge")].iter().all(|word| word.len() == 43);
    assert!(is_right, "a question that no client should ask: {asked:?}");
    let from = desk.manner.from.unwrap_or(&desk.issuer).to_owned();
    let mut back = vec![("state", word("state"))];
    if !from.is_empty() {
        back.push(("iss", from));
    }
    if let Some((error, description)) = desk.manner.error {
        back.extend([("error", error.to_owned()), ("error_description", description.to_owned())]);
    } else {
        let number = desk.asked.entry("authorize").or_default();
        *number += 1;
        let code = format!("code-{number}");
        let (nonce, challenge, redirect) = (word("nonce"), word("code_challenge"), word("redirect_uri"));
        desk.grants.insert(code.clone(), Grant { nonce, challenge, redirect });
        back.push(("code", code));
    }
    let back = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(back).finish();
    Redirect::to(&format!("{}?{back}", word("redirect_uri"))).into_response()
}

async fn token(
    State(desk): State<Shared>,
    headers: HeaderMap,
    Form(asked): Form<BTreeMap<String, String>>,
) -> Response {
    let page = {
        let mut desk = lock(&desk);
        *desk.asked.entry("token").or_default() += 1;
        desk.manner.token
    };
    if let Some(bad) = badly(page).await {
        return bad;
    }
    let mut desk = lock(&desk);
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    if !is_client(&headers) {
        return refused("invalid_client");
    }
    let word = |name: &str| asked.get(name).cloned().unwrap_or_default();
    // Each code is good once.
    let Some(grant) = desk.grants.remove(&word("code")) else { return refused("invalid_grant") };
    let proof = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, word("code_verifier").as_bytes()));
    let is_right = word("grant_type") == "authorization_code"
        && word("redirect_uri") == grant.redirect
        && proof == grant.challenge;
    if !is_right {
        return refused("invalid_grant");
    }
    let id_token = id_token(&desk, &grant.nonce);
    Json(json!({"access_token": "opens nothing", "token_type": "Bearer", "expires_in": 60, "id_token": id_token}))
        .into_response()
}

/// RFC 6749, section 2.3.1: id and secret, each encoded as in a form.
fn is_client(headers: &HeaderMap) -> bool {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let pair = STANDARD.decode(sent.trim_start_matches("Basic ")).unwrap_or_default();
    let pair = String::from_utf8(pair).unwrap_or_default();
    let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    pair == format!("{CLIENT}:{encoded}")
}

#[expect(clippy::disallowed_methods, reason = "the process under test has a real clock, and so has its provider")]
fn id_token(desk: &Desk, nonce: &str) -> String {
    let now = Timestamp::now().as_second();
    let mut claims = json!({
        "iss": desk.issuer, "sub": "4711", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
        "email": "li@example.com", "email_verified": true, "preferred_username": "li",
    });
    for (name, value) in desk.manner.claims.as_object().into_iter().flatten() {
        let all = claims.as_object_mut().expect("an object");
        // An instant may be given as so many seconds from now.
        let by_now = value.as_i64().filter(|_| name == "exp" || name == "iat").map(|seconds| json!(now + seconds));
        match by_now.unwrap_or_else(|| value.clone()) {
            Value::Null => drop(all.remove(name)),
            value => drop(all.insert(name.clone(), value)),
        }
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = |kid: &str, alg: &str, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        let text = format!("{}.{}", part(&json!({"alg": alg, "kid": kid, "typ": "JWT"})), part(&claims));
        let signature = URL_SAFE_NO_PAD.encode(sign(text.as_bytes()));
        format!("{text}.{signature}")
    };
    let (kid, own) = (desk.kid.as_str(), desk.key.algorithm());
    match desk.manner.signed {
        Signed::Well => signed(kid, own, &|text| desk.key.sign(text)),
        Signed::Not => signed(kid, "none", &|_| Vec::new()),
        Signed::BySecret(secret) => signed(kid, "HS256", &|text| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), text).as_ref().to_vec()
        }),
        Signed::ByStranger => signed("nobody's", "ES256", &|text| new_key().sign(text)),
        Signed::InAnothersName => signed(kid, "ES256", &|text| new_key().sign(text)),
        Signed::AndChanged => {
            let token = signed(kid, own, &|text| desk.key.sign(text));
            let (head, rest) = token.split_once('.').expect("three parts");
            let (_, signature) = rest.split_once('.').expect("three parts");
            let mut changed = claims.clone();
            changed.as_object_mut().expect("an object").insert("email".to_owned(), json!("li"));
            format!("{head}.{}.{signature}", part(&changed))
        }
    }
}
