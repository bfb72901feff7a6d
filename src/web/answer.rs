//! The page behind a mail's button: what it is about, four answers, and the word that one was taken.

use std::collections::BTreeMap;

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use minijinja::{Environment, context};
use serde::Deserialize;

use super::{Web, decide};
use crate::domain::{
    Alert, AlertId, Answer, AnswerId, AnswerKind, DocumentHash, Language, LinkClaim, LinkError, Person, Portfolio,
    Reason, SiteId, Timestamp,
};
use crate::store::{Store, StoreError, inbox, records};

const TEMPLATE: &str = include_str!("answer.html");
/// What every page without a script begins with.
const HEAD: &str = include_str!("head.html");
/// The longest words kept with an answer, in characters.
const NOTE_CHARS: usize = 1000;
/// How often an alert's storm may turn out to be another's.
const MOVES_MAX: usize = 8;

/// What the query says after a press.
#[derive(Deserialize)]
pub(super) struct Seen {
    #[serde(default)]
    said: Option<String>,
}

/// Shows the page; changes nothing.
pub(super) async fn show(
    State(web): State<Web>,
    Path(token): Path<String>,
    seen: Result<Query<Seen>, QueryRejection>,
) -> Response {
    let now = web.clock.now();
    if is_proposal(&token) {
        return decide::show(&web, &token, seen.ok().and_then(|Query(seen)| seen.said).as_deref()).await;
    }
    match opened(&web, &token, now).await {
        Ok((claim, alert)) => {
            let said = seen.ok().and_then(|Query(seen)| AnswerKind::parse(&seen.said?));
            page(StatusCode::OK, rendered(&web, &claim, &alert, said, now))
        }
        Err(refusal) => refusal.page(&web),
    }
}

/// Takes an answer into the inbox, durable, and goes back to showing.
pub(super) async fn take(
    State(web): State<Web>,
    Path(token): Path<String>,
    press: Result<Form<BTreeMap<String, String>>, FormRejection>,
) -> Response {
    let press = match press {
        Ok(Form(press)) => press,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => return Refusal::TooLong.page(&web),
        Err(_) => return Refusal::NoAnswer.page(&web),
    };
    if is_proposal(&token) {
        return decide::take(&web, &token, &press).await;
    }
    let now = web.clock.now();
    let (claim, alert) = match opened(&web, &token, now).await {
        Ok(opened) => opened,
        Err(refusal) => return refusal.page(&web),
    };
    if !alert.is_live() {
        // The page, as it now is, says that nothing is left to answer.
        return Redirect::to(&format!("/a/{token}")).into_response();
    }
    // `press` was made when the page was shown, so that a button pressed twice counts once.
    let (Some(kind), Some(nonce)) = (press.get("as").and_then(|word| AnswerKind::parse(word)), press.get("press"))
    else {
        return Refusal::NoAnswer.page(&web);
    };
    let note = noted(press.get("note").map(String::as_str).unwrap_or_default());
    let id = DocumentHash::of(format!("{token}\n{nonce}\n{}", kind.as_str()).as_bytes());
    let answer = Answer {
        id: AnswerId::new(id.digits()),
        alert: claim.alert,
        person: Some(claim.person),
        kind,
        note: (!note.is_empty()).then_some(note),
        at: now,
        outcome: None,
    };
    let store = web.store.clone();
    let put = tokio::task::spawn_blocking(move || inbox::put_answer(&*store, &answer)).await;
    match put {
        Ok(Ok(_)) => {
            (web.wake)();
            Redirect::to(&format!("/a/{token}?said={}", kind.as_str())).into_response()
        }
        Ok(Err(error)) => Refusal::store(&error).page(&web),
        Err(_) => Refusal::Store.page(&web),
    }
}

/// Tokens of proposals begin with their kind.
fn is_proposal(token: &str) -> bool {
    token.starts_with("p1.")
}

/// The dealer's words on one line: white space and control characters are one space, both ends are bare.
pub(super) fn noted(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").chars().take(NOTE_CHARS).collect()
}

/// Why a page is not shown. Never says whether an alert exists.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    Link(LinkError),
    NoAlert,
    NoAnswer,
    TooLong,
    Store,
}

impl Refusal {
    pub(super) fn store(error: &StoreError) -> Self {
        tracing::error!(%error, "an answer could not be kept");
        Self::Store
    }

    pub(super) fn page(self, web: &Web) -> Response {
        let (status, key) = match self {
            Self::Link(LinkError::Forged) => (StatusCode::FORBIDDEN, "refused_forged"),
            Self::Link(LinkError::Expired) => (StatusCode::GONE, "refused_expired"),
            Self::NoAlert => (StatusCode::NOT_FOUND, "refused_gone"),
            Self::NoAnswer => (StatusCode::BAD_REQUEST, "refused_answer"),
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "refused_long"),
            Self::Store => (StatusCode::SERVICE_UNAVAILABLE, "refused_store"),
        };
        if let Self::Link(error) = self {
            tracing::warn!(%error, "a link was refused");
        }
        // Whose language it should be is not known; both say it.
        let messages: Vec<(&str, String)> = [Language::English, Language::Chinese]
            .iter()
            .filter_map(|language| Some((language.tag(), web.words.of(*language).remove(key)?)))
            .collect();
        page(
            status,
            render(TEMPLATE, &context! { refused => messages, lang => "en", t => web.words.of(Language::English) }),
        )
    }
}

async fn opened(web: &Web, token: &str, now: Timestamp) -> Result<(LinkClaim, Alert), Refusal> {
    let claim: LinkClaim = web.link_key.verify(token, now).map_err(Refusal::Link)?;
    let (store, id) = (web.store.clone(), claim.alert.clone());
    let read = tokio::task::spawn_blocking(move || standing(&*store, &id)).await;
    match read {
        Ok(Ok(Some(alert))) => Ok((LinkClaim { alert: alert.id.clone(), ..claim }, alert)),
        Ok(Ok(None)) => Err(Refusal::NoAlert),
        Ok(Err(error)) => Err(Refusal::store(&error)),
        Err(_) => Err(Refusal::Store),
    }
}

/// The alert, or the one that goes on in its place since its event turned out to be another's storm.
fn standing(store: &dyn Store, id: &AlertId) -> Result<Option<Alert>, StoreError> {
    let mut alert = records::alert(store, id)?;
    // A storm told as two is rare, as three rarer still; the bound keeps a broken record from going round.
    for _ in 0..MOVES_MAX {
        let Some(next) = alert.as_ref().and_then(|alert| alert.moved_to.clone()) else { break };
        alert = records::alert(store, &next)?.or(alert);
    }
    Ok(alert)
}

fn rendered(web: &Web, claim: &LinkClaim, alert: &Alert, said: Option<AnswerKind>, now: Timestamp) -> String {
    let portfolio = web.portfolio.get();
    let person = portfolio.people.get(&claim.person);
    let language = person.map_or(Language::English, |person| person.language);
    let site = portfolio.sites.get(&SiteId::new(alert.subject.id.clone()));
    let dealer = alert.subject.dealer.as_ref().and_then(|id| portfolio.dealers.get(id));
    let press = DocumentHash::of(format!("{now}\n{}\n{}", claim.alert, claim.person).as_bytes());
    render(
        TEMPLATE,
        &context! {
            lang => language.tag(),
            t => web.words.of(language),
            subject => alert.subject.id.clone(),
            name => site.map(|site| site.name.as_str()),
            dealer => dealer.map(|dealer| dealer.name.clone()),
            level => alert.level.as_str(),
            is_live => alert.is_live(),
            last => last_answer(&portfolio, alert, person),
            act_by => alert.advice.act_by.map(|at| local(at, person)),
            is_past => alert.advice.act_by.is_some_and(|at| at < now),
            person => person.map(|person| person.name.clone()),
            said => said.map(AnswerKind::as_str),
            answers => AnswerKind::ALL.map(AnswerKind::as_str),
            press => press.digits(),
        },
    )
}

/// The newest answer of anybody: a second reader should not ask the dealer again.
fn last_answer(portfolio: &Portfolio, alert: &Alert, reader: Option<&Person>) -> Option<minijinja::Value> {
    let (change, kind) = alert.history.iter().rev().find_map(|change| match &change.reason {
        Reason::Answered { kind } => Some((change, kind)),
        _ => None,
    })?;
    let by = change.by.as_ref().map(|id| portfolio.people.get(id).map_or(id.to_string(), |by| by.name.clone()));
    Some(context! { kind, by, at => local(change.at, reader), note => change.note.clone() })
}

/// A finished page.
pub(super) fn page(status: StatusCode, html: String) -> Response {
    (status, Html(html)).into_response()
}

/// Local time with the zone's name and offset; the zone is the person's.
pub(super) fn local(at: Timestamp, person: Option<&Person>) -> String {
    let name = person.map_or("UTC", |person| person.time_zone.as_str());
    let zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
    let city = name.rsplit('/').next().unwrap_or(name).replace('_', " ");
    format!(
        "{} ({city}, UTC{})",
        at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M"),
        at.to_zoned(zone).strftime("%:z")
    )
}

pub(super) fn render(template: &str, context: &minijinja::Value) -> String {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    let rendered = environment.add_template("head.html", HEAD).and_then(|()| environment.render_str(template, context));
    rendered.unwrap_or_else(|error| {
        tracing::error!(%error, "the answer page could not be written");
        "<!doctype html><title>Seawall</title><p>This page could not be shown; your answer was not taken.".to_owned()
    })
}
