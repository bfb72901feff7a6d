//! Logging in by an OpenID provider: the authorization code flow of OpenID Connect Core 1.0 (section 3.1) with PKCE
//! (RFC 7636), as RFC 9700, section 2.1, wants it.
//!
//! In: a browser that wants to log in, and later comes back from the provider. Out: the session that the form gives too, or
//! a page that says why not. Never: lets anybody in whom `users.toml` does not name, or goes anywhere but to `/`.

mod pending;
#[cfg_attr(not(feature = "oidc"), path = "absent.rs")]
mod provider;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, Request, Response as Answer, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;

use super::door::{Guarded, Lock, cookie};
use super::login::{let_in, told};
use super::users::random;
use crate::config::OidcConfig;
use crate::domain::Timestamp;
use crate::web::Web;
use crate::web::answer::page;
use crate::web::serve::Peer;
use pending::{PENDING_LIFE, Pending};
use provider::{Login, Provider};

/// Whether this build can log in by an OpenID provider at all.
pub const HAS_OIDC: bool = cfg!(feature = "oidc");

/// Where the provider sends browsers back to, below `base_url`.
const BACK: &str = "/login/oidc/back";
/// The cookie that binds a login to the browser that began it. `Lax` lets it come along when the provider leads back.
const COOKIE: &str = "__Host-seawall-login";
/// Takes it away.
const GONE: &str = "__Host-seawall-login=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax";
/// How long all that is asked of the provider may take, so that what we say of it comes in time.
const WHOLE: Duration = Duration::from_secs(12);
/// How many codes are exchanged at once; further ones wait.
const EXCHANGES: usize = 8;
/// The most characters that a page repeats of what came from outside.
const SHOWN_CHARS: usize = 200;

/// What asks a server for something: one request, no redirect followed, within a time and a size. The words of an error bear
/// no secret.
pub type Messenger = Arc<dyn Fn(Request<Vec<u8>>) -> BoxFuture<'static, Result<Answer<Vec<u8>>, String>> + Send + Sync>;

/// A provider, and who is on the way through it.
pub struct Oidc {
    provider: Provider,
    name: String,
    pending: Pending<Login>,
    exchanges: Semaphore,
}

/// A login that begins.
struct Entry {
    /// Where the browser must go.
    address: String,
    /// What the way back must bear.
    state: String,
    login: Login,
}

/// Why somebody was not let in. Words are for the log, and bear no secret.
#[derive(Debug)]
enum Refusal {
    /// The provider gave no answer of use.
    Down(String),
    /// The provider refused, in its own words.
    Said(String),
    /// This browser has begun no such login, or too long ago, or has come back before.
    Stale,
    /// What the provider gave cannot be believed.
    Token(String),
    /// It names nobody by an address that it has verified.
    Unverified,
    /// It names nobody of ours.
    Unknown(String),
    /// Too many logins from one address.
    Crowded,
    /// The system gives no random bytes.
    Machine,
}

impl Oidc {
    /// The provider of a configuration; `None` when this build has none, or an address is none.
    #[must_use]
    pub fn new(config: &OidcConfig, base_url: &str, send: Messenger) -> Option<Self> {
        let provider = Provider::new(config, &format!("{base_url}{BACK}"), send)?;
        let exchanges = Semaphore::new(EXCHANGES);
        Some(Self { provider, name: config.name.clone(), pending: Pending::default(), exchanges })
    }

    /// What people call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Sends the browser to the provider.
pub(in crate::web) async fn start(
    State(web): State<Web>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let Some(oidc) = web.door.oidc() else { return StatusCode::NOT_FOUND.into_response() };
    match begun(&web, oidc, peer).await {
        Ok((address, cookie)) => {
            let life = PENDING_LIFE.as_secs();
            let cookie = format!("{COOKIE}={cookie}; Path=/; Max-Age={life}; Secure; HttpOnly; SameSite=Lax");
            ([(header::SET_COOKIE, cookie)], Redirect::to(&address)).into_response()
        }
        Err(refusal) => refusal.page(&web, &headers),
    }
}

/// Takes the browser back: who is a user gets a session.
pub(in crate::web) async fn back(
    State(web): State<Web>,
    said: Result<Query<Vec<(String, String)>>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Lock::Users(guarded) = &*web.door.0 else { return StatusCode::NOT_FOUND.into_response() };
    let Some(oidc) = &guarded.oidc else { return StatusCode::NOT_FOUND.into_response() };
    let now = web.clock.now();
    let said = said.map(|Query(said)| said).unwrap_or_default();
    let mut response = match user(&web, guarded, oidc, said, &headers, now).await {
        Ok(name) => let_in(&guarded.sessions, &name, now),
        Err(refusal) => refusal.page(&web, &headers),
    };
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(GONE));
    response
}

/// Begins a login: where the browser must go, and what its cookie holds.
async fn begun(web: &Web, oidc: &Oidc, peer: Peer) -> Result<(String, String), Refusal> {
    let now = web.clock.now();
    // Behind a proxy on this machine everybody has its address; one who knocks must not lock the others out.
    let from = (!peer.0.ip().to_canonical().is_loopback()).then(|| peer.0.ip().to_string());
    if from.as_deref().is_some_and(|from| oidc.pending.is_crowded(from, now)) {
        return Err(Refusal::Crowded);
    }
    let entry = in_time(oidc.provider.begin(now)).await?;
    let cookie = word()?;
    oidc.pending.begin(&entry.state, &cookie, entry.login, from, now);
    Ok((entry.address, cookie))
}

/// The user who comes back (section 3.1.2.5 to 3.1.3).
async fn user(
    web: &Web,
    guarded: &Guarded,
    oidc: &Oidc,
    said: Vec<(String, String)>,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<String, Refusal> {
    let count = said.len();
    let mut said: BTreeMap<String, String> = said.into_iter().collect();
    let state = said.remove("state").filter(|_| said.len() + 1 == count);
    let login =
        state.and_then(|state| oidc.pending.take(&state, cookie(headers, COOKIE), now)).ok_or(Refusal::Stale)?;
    if let Some(error) = said.remove("error") {
        let more = said.remove("error_description").map(|more| format!(": {more}")).unwrap_or_default();
        return Err(Refusal::Said(shown(&format!("{error}{more}"))));
    }
    let code = said.remove("code").ok_or_else(|| Refusal::token("the provider sent no code"))?;
    let (door, from) = (web.door.clone(), said.remove("iss"));
    // A task of its own, so that a panic over what the provider sent ends nothing else.
    let asked = tokio::spawn(async move {
        let Some(oidc) = door.oidc() else { return Err(Refusal::Stale) };
        in_time(async {
            let Ok(_turn) = oidc.exchanges.acquire().await else { return Err(Refusal::Stale) };
            oidc.provider.user(&login, &code, from.as_deref(), now).await
        })
        .await
    });
    let asked = asked.await.unwrap_or_else(|_| Err(Refusal::token("reading what it sent panicked")));
    let name = asked?.ok_or(Refusal::Unverified)?;
    if guarded.users.has(&name) { Ok(name) } else { Err(Refusal::Unknown(shown(&name))) }
}

async fn in_time<T>(asked: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    let late = || Refusal::Down("no whole answer in time".to_owned());
    tokio::time::timeout(WHOLE, asked).await.unwrap_or_else(|_| Err(late()))
}

/// 43 characters that nobody can guess: more than the 32 bytes that RFC 7636, section 7.1, wants of a verifier.
fn word() -> Result<String, Refusal> {
    random().ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).ok_or(Refusal::Machine)
}

/// What of outside words may stand on a page and in a log: one line, nothing hidden, not long.
fn shown(words: &str) -> String {
    let is_seen = |c: &char| c.is_alphanumeric() || c.is_ascii_graphic() || *c == ' ';
    words.chars().filter(is_seen).take(SHOWN_CHARS).collect()
}

impl Refusal {
    fn token(why: &str) -> Self {
        Self::Token(shown(why))
    }

    fn page(self, web: &Web, headers: &HeaderMap) -> Response {
        let (status, key, detail) = match &self {
            Self::Down(_) => (StatusCode::BAD_GATEWAY, "login_oidc_down", None),
            Self::Said(words) => (StatusCode::FORBIDDEN, "login_oidc_said", Some(words.as_str())),
            Self::Stale => (StatusCode::FORBIDDEN, "login_oidc_stale", None),
            Self::Token(_) => (StatusCode::FORBIDDEN, "login_oidc_token", None),
            Self::Unverified => (StatusCode::FORBIDDEN, "login_oidc_unverified", None),
            Self::Unknown(name) => (StatusCode::FORBIDDEN, "login_oidc_unknown", Some(name.as_str())),
            Self::Crowded => (StatusCode::TOO_MANY_REQUESTS, "login_oidc_crowded", None),
            Self::Machine => (StatusCode::SERVICE_UNAVAILABLE, "login_oidc_down", None),
        };
        let why = match &self {
            Self::Down(why) | Self::Token(why) => shown(why),
            // Names may be addresses, which no log holds: the page tells them to the one who has them.
            Self::Unknown(_) => "no user has that name".to_owned(),
            other => format!("{other:?}"),
        };
        tracing::warn!(%why, "a login by the provider was refused");
        page(status, told(web, headers, Some(key), detail))
    }
}
