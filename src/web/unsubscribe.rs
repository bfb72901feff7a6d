//! Where a reader stops their daily digest, or has it again: by the link in it, or by the one POST of RFC 8058 that mail
//! programs send.
//!
//! `GET /u/<token>` shows, `POST` does. A POST without a word stops, as mail programs send `List-Unsubscribe=One-Click`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::Web;
use super::answer::{Refusal, page, render};
use crate::domain::{AnswerId, DocumentHash, Language, Subscription, UnsubscribeClaim};
use crate::store::inbox;

const TEMPLATE: &str = include_str!("unsubscribe.html");
/// What the button that begins it again sends.
const AGAIN: &str = "as=start";

/// Shows how it stands; changes nothing.
pub(super) async fn show(State(web): State<Web>, Path(token): Path<String>) -> Response {
    match web.link_key.verify::<UnsubscribeClaim>(&token, web.clock.now()) {
        Ok(claim) => {
            let state = web.state.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            let stopped = state.mailboxes.get(&claim.person).is_some_and(|mailbox| mailbox.has_stopped(claim.from));
            drop(state);
            shown(&web, &claim, stopped, false)
        }
        Err(error) => Refusal::Link(error).page(&web),
    }
}

/// Takes the word into the inbox. Answers with a page, not with a redirect, which RFC 8058 forbids.
pub(super) async fn take(State(web): State<Web>, Path(token): Path<String>, body: String) -> Response {
    let now = web.clock.now();
    let claim = match web.link_key.verify::<UnsubscribeClaim>(&token, now) {
        Ok(claim) => claim,
        Err(error) => return Refusal::Link(error).page(&web),
    };
    let stops = !body.split('&').any(|pair| pair == AGAIN);
    let id = DocumentHash::of(format!("{token}\n{stops}\n{now}").as_bytes());
    let word = Subscription {
        id: AnswerId::new(id.digits()),
        person: claim.person.clone(),
        kind: claim.from,
        is_stopped: stops,
        at: now,
    };
    let store = web.store.clone();
    match tokio::task::spawn_blocking(move || inbox::put_said(&*store, &word.into())).await {
        Ok(Ok(_)) => {
            (web.wake)();
            shown(&web, &claim, stops, true)
        }
        Ok(Err(error)) => Refusal::store(&error).page(&web),
        Err(_) => Refusal::Store.page(&web),
    }
}

fn shown(web: &Web, claim: &UnsubscribeClaim, is_stopped: bool, is_done: bool) -> Response {
    let portfolio = web.portfolio.get();
    let person = portfolio.people.get(&claim.person);
    let language = person.map_or(Language::English, |person| person.language);
    let facts = context! {
        lang => language.tag(), t => web.words.of(language), is_stopped, is_done,
        person => person.map(|person| person.name.clone()),
    };
    page(StatusCode::OK, render(TEMPLATE, &facts))
}
