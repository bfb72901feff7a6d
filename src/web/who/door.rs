//! The door: finds out who asks, and whether what they send comes from our own page.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use tokio::sync::Semaphore;

use super::guest::{Guest, Known, Operator};
use super::oidc::Oidc;
use super::sessions::Sessions;
use super::users::Users;
use crate::web::Web;
use crate::web::api::Problem;
use crate::web::serve::Peer;

/// The cookie of a session. `__Host-`: of this host alone, over TLS or on this machine.
pub(super) const COOKIE: &str = "__Host-seawall";
/// The header in which the page repeats its session's word.
const CSRF: &str = "x-csrf-token";
/// How many passwords are looked at at once: each takes 19 MB and a tenth of a second.
const PASSWORDS_AT_ONCE: usize = 2;

/// Who is let in.
#[derive(Clone)]
pub struct Door(pub(super) Arc<Lock>);

pub(super) enum Lock {
    /// Everybody may look, nobody may say anything.
    Shown,
    /// Those who log in; while there are no users, whoever is at this machine.
    Users(Box<Guarded>),
}

/// What guards the door of those who log in.
pub(super) struct Guarded {
    pub(super) users: Users,
    pub(super) sessions: Sessions,
    pub(super) passwords: Semaphore,
    /// Who else says who somebody is.
    pub(super) oidc: Option<Oidc>,
}

impl Door {
    /// A demonstration: everybody may look, nobody may say anything.
    #[must_use]
    pub fn shown() -> Self {
        Self(Arc::new(Lock::Shown))
    }

    /// Those users; while there are none, whoever is at this machine.
    #[must_use]
    pub fn of(users: Users) -> Self {
        Self::with(users, None)
    }

    /// The same, who may also log in by a provider.
    #[must_use]
    pub fn with(users: Users, oidc: Option<Oidc>) -> Self {
        let passwords = Semaphore::new(PASSWORDS_AT_ONCE);
        Self(Arc::new(Lock::Users(Box::new(Guarded { users, sessions: Sessions::default(), passwords, oidc }))))
    }

    /// The provider by which users may log in.
    pub(super) fn oidc(&self) -> Option<&Oidc> {
        match &*self.0 {
            Lock::Users(guarded) => guarded.oidc.as_ref(),
            Lock::Shown => None,
        }
    }

    /// True for a demonstration.
    pub(in crate::web) fn is_shown(&self) -> bool {
        matches!(*self.0, Lock::Shown)
    }
}

impl FromRequestParts<Web> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let guest = known(parts, web)?;
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            check_own(&guest, &parts.headers)?;
        }
        Ok(guest)
    }
}

impl FromRequestParts<Web> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let guest = Guest::from_request_parts(parts, web).await?;
        if !guest.tends() {
            let hint = "log in as an operator, or use a token of one: `seawall user token NAME --scope admin`";
            return Err(Problem::forbidden("this is for operators", hint));
        }
        Ok(Self(guest))
    }
}

fn known(parts: &Parts, web: &Web) -> Result<Guest, Problem> {
    let Lock::Users(guarded) = &*web.door.0 else { return Ok(Guest::nameless(Known::Shown)) };
    let Guarded { users, sessions, .. } = &**guarded;
    if users.is_empty() {
        return local(parts);
    }
    if let Some(token) = bearer(&parts.headers) {
        return users.of_token(token).ok_or_else(Problem::unknown_guest);
    }
    let session = cookie(&parts.headers, COOKIE).and_then(|cookie| sessions.user(cookie, web.clock.now()));
    let (name, csrf) = session.ok_or_else(Problem::unknown_guest)?;
    users.of_name(&name, Known::Session { csrf }).ok_or_else(Problem::unknown_guest)
}

/// Somebody at this machine, asking for it by its own name: a page of elsewhere cannot lead a browser here by a name of
/// its own, nor a proxy everybody else.
fn local(parts: &Parts) -> Result<Guest, Problem> {
    let is_near = parts.extensions.get::<Peer>().is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    if is_near && host(&parts.headers).is_some_and(is_this_machine) {
        return Ok(Guest::nameless(Known::Local));
    }
    Err(Problem::forbidden(
        "there are no users yet, so only this machine itself may ask, as localhost or 127.0.0.1",
        "add users with `seawall user add NAME --role ROLE`",
    ))
}

/// Refuses what a page of another site makes a browser send.
fn check_own(guest: &Guest, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if guest.known == Known::Token {
        // No browser adds a token by itself.
        return Ok(());
    }
    let has_word = match &guest.known {
        Known::Session { csrf } => text(CSRF).is_some_and(|word| word == csrf),
        _ => true,
    };
    if has_word && is_same_origin(headers) {
        return Ok(());
    }
    Err(Problem::forbidden(
        "this did not come from our own page",
        "load the page again; a program sends `Authorization: Bearer`, or the header x-csrf-token of /api/v1/session",
    ))
}

/// Whether a browser says that its page is one of ours; what is no browser says nothing.
pub(super) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let is_origin = text("origin").is_none_or(|origin| {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        authority.is_some() && authority == text("host")
    });
    is_site && is_origin
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// What a cookie holds.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

fn host(headers: &HeaderMap) -> Option<&str> {
    let authority = headers.get(header::HOST)?.to_str().ok()?;
    let is_bare = authority.ends_with(']') || !authority.contains(':');
    Some(if is_bare { authority } else { authority.rsplit_once(':').map_or(authority, |(host, _)| host) })
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
