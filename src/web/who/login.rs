//! Logging in and out: a form that needs no script.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;

use super::door::{COOKIE, Door, Guarded, Lock, cookie, is_same_origin};
use super::guest::Guest;
use super::oidc::Oidc;
use super::sessions::{SESSION_LIFE, Sessions};
use super::users::PASSWORD_BYTES_MAX;
use crate::domain::Timestamp;
use crate::web::Web;
use crate::web::answer::{page, render};
use crate::web::page::language_of;
use crate::web::serve::Peer;

const TEMPLATE: &str = include_str!("login.html");

/// Shows the form.
pub(in crate::web) async fn show(State(web): State<Web>, headers: HeaderMap) -> Response {
    page(StatusCode::OK, form(&web, &headers, None))
}

/// Takes name and password; a right pair gets a cookie and the page.
pub(in crate::web) async fn take(
    State(web): State<Web>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    pressed: Result<Form<BTreeMap<String, String>>, FormRejection>,
) -> Response {
    let Lock::Users(guarded) = &*web.door.0 else { return Redirect::to("/").into_response() };
    let Guarded { sessions, passwords, .. } = &**guarded;
    let Ok(Form(pressed)) = pressed else {
        return page(StatusCode::BAD_REQUEST, form(&web, &headers, Some("login_wrong")));
    };
    if !is_same_origin(&headers) {
        return page(StatusCode::FORBIDDEN, form(&web, &headers, Some("login_elsewhere")));
    }
    let field = |name: &str| pressed.get(name).map(String::as_str).unwrap_or_default();
    let (name, password) = (field("name").to_owned(), field("password").to_owned());
    let now = web.clock.now();
    let mut counted = vec![format!("name {}", name.chars().take(64).collect::<String>())];
    if !peer.0.ip().to_canonical().is_loopback() {
        // Behind a proxy on this machine everybody has its address; one who errs must not lock the others out.
        counted.push(format!("address {}", peer.0.ip()));
    }
    if counted.iter().any(|who| sessions.is_locked(who, now)) {
        tracing::warn!("a login was refused: too many wrong passwords");
        return page(StatusCode::TOO_MANY_REQUESTS, form(&web, &headers, Some("login_locked")));
    }
    for who in &counted {
        sessions.tried(who, now);
    }
    let Ok(_turn) = passwords.acquire().await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let is_right = password.len() <= PASSWORD_BYTES_MAX && checked(web.door.clone(), name.clone(), password).await;
    if !is_right {
        tracing::warn!("a login was refused: wrong name or password");
        return page(StatusCode::FORBIDDEN, form(&web, &headers, Some("login_wrong")));
    }
    for who in &counted {
        sessions.forgive(who);
    }
    let_in(sessions, &name, now)
}

/// Begins the session of somebody who has shown who they are.
pub(super) fn let_in(sessions: &Sessions, name: &str, now: Timestamp) -> Response {
    match sessions.begin(name, now) {
        Ok(secret) => {
            tracing::info!(user = %name, "logged in");
            let life = SESSION_LIFE.as_secs();
            let cookie = format!("{COOKIE}={secret}; Path=/; Max-Age={life}; Secure; HttpOnly; SameSite=Lax");
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a session could not begin");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Ends the session.
pub(in crate::web) async fn leave(State(web): State<Web>, _guest: Guest, headers: HeaderMap) -> Response {
    if let (Lock::Users(guarded), Some(cookie)) = (&*web.door.0, cookie(&headers, COOKIE)) {
        guarded.sessions.end(cookie);
    }
    let gone = format!("{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response()
}

fn form(web: &Web, headers: &HeaderMap, refused: Option<&str>) -> String {
    told(web, headers, refused, None)
}

/// The form, above it why somebody was not let in: the key of the words, and what they are about.
pub(super) fn told(web: &Web, headers: &HeaderMap, refused: Option<&str>, about: Option<&str>) -> String {
    let language = language_of(None, headers);
    let words = web.page_words.of(language);
    let refused = refused.and_then(|key| words.get(key).cloned());
    let provider = web.door.oidc().map(Oidc::name);
    render(TEMPLATE, &context! { lang => language.tag(), t => words, refused, about, provider })
}

/// Looks at the password where it holds nothing else up.
async fn checked(door: Door, name: String, password: String) -> bool {
    let look = move || match &*door.0 {
        Lock::Users(guarded) => guarded.users.is_password(&name, &password),
        Lock::Shown => false,
    };
    tokio::task::spawn_blocking(look).await.unwrap_or(false)
}
