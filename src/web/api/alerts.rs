//! Alerts: the list, one with its story, and answers for it.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::Problem;
use super::row::{AlertRow, Answered, LevelWord, StateWord, answers, order};
use super::{JSON, LIMIT_MAX, LIMIT_USUAL, Wanted, asked, read, sent_read};
use crate::domain::{Alert, AlertId, AlertState, Answer, AnswerId, AnswerKind, DocumentHash, Portfolio, Timestamp};
use crate::store::inbox;
use crate::web::Web;
use crate::web::answer::noted;
use crate::web::who::Guest;

/// Some alerts, the nearest act-by first.
#[derive(Serialize, ToSchema)]
pub(super) struct AlertPage {
    /// The alerts.
    alerts: Vec<AlertRow>,
    /// Give this as `cursor` for the next page; `null` when this is the last.
    next: Option<String>,
    /// How many there are on all pages.
    total: usize,
}

/// Alerts, the nearest act-by time first.
#[utoipa::path(
    get, path = "/alerts", params(Wanted), tag = "alerts",
    responses(
        (status = 200, description = "One page of them", body = AlertPage),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 400, description = "A parameter is not understood", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(web): State<Web>,
    guest: Guest,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let wanted = asked(wanted)?;
    let limit = wanted.limit.unwrap_or(LIMIT_USUAL);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::bad(format!("limit {limit} is not within 1 to {LIMIT_MAX}"), "leave it out for 200"));
    }
    let after = wanted.cursor.clone();
    sent_read(&web, &headers, JSON, move |state, web| {
        let portfolio = web.portfolio.get();
        let mut found: Vec<(String, &Alert)> = state
            .alerts
            .values()
            .filter(|alert| wanted.has(alert, &portfolio))
            .filter(|alert| guest.sees(&portfolio, alert.subject.dealer.as_ref()))
            .map(|alert| (order(alert), alert))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let total = found.len();
        let mut rest = found.into_iter().filter(|(key, _)| after.as_ref().is_none_or(|after| key > after)).peekable();
        let page: Vec<(String, &Alert)> = rest.by_ref().take(limit).collect();
        let next = rest.peek().and(page.last()).map(|(key, _)| key.clone());
        let alerts = page.iter().map(|(_, alert)| AlertRow::of(alert, state, &portfolio)).collect();
        AlertPage { alerts, next, total }
    })
    .await
}

impl Wanted {
    /// Whether an alert is asked for.
    pub(super) fn has(&self, alert: &Alert, portfolio: &Portfolio) -> bool {
        let dealer = alert.subject.dealer.as_ref();
        let manager = || dealer.and_then(|id| portfolio.dealers.get(id)).map(|dealer| dealer.manager.as_str());
        let is_state = match self.state {
            Some(state) => state == StateWord::from(alert.state),
            None => alert.state != AlertState::Cleared,
        };
        is_state
            && self.dealer.as_deref().is_none_or(|wanted| dealer.is_some_and(|id| id.as_str() == wanted))
            && self.manager.as_deref().is_none_or(|wanted| manager() == Some(wanted))
            && self.level.is_none_or(|level| level == LevelWord::from(alert.level))
            && self.event.as_deref().is_none_or(|event| alert.event.as_str() == event)
    }
}

/// What one person was last told.
#[derive(Serialize, ToSchema)]
pub(super) struct ToldRow {
    /// The person.
    person: String,
    /// Their name.
    name: Option<String>,
    /// When a mail last named this alert to them.
    at: Timestamp,
    /// When they were first told.
    first_at: Timestamp,
    /// The level they were told.
    level: LevelWord,
    /// How many reminders they have had since they were last answered.
    reminders: u32,
}

/// An alert with its story.
#[derive(Serialize, ToSchema)]
pub(super) struct AlertStory {
    /// The alert.
    #[serde(flatten)]
    row: AlertRow,
    /// The newest exposure that mattered, as `seawall assess` prints it.
    #[schema(value_type = Object)]
    exposure: Value,
    /// The actions, best first, with act-by times, costs and whether to act or wait.
    #[schema(value_type = Object)]
    advice: Value,
    /// Every change with its reason, oldest first.
    #[schema(value_type = Vec<Object>)]
    history: Value,
    /// What each person was last told.
    told: Vec<ToldRow>,
    /// People's answers, oldest first.
    answers: Vec<Answered>,
    /// The alert that goes on in its place, when its event turned out to be another's storm.
    moved_to: Option<String>,
    /// Whether you may answer for it.
    may_answer: bool,
}

/// One alert with its story: exposure, advice, history, who was told, and what people answered.
#[utoipa::path(
    get, path = "/alerts/{id}", params(("id" = String, Path, description = "The alert's id")), tag = "alerts",
    responses(
        (status = 200, description = "The alert", body = AlertStory),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none that you may see", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn one(
    State(web): State<Web>,
    guest: Guest,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let story = read(&web, move |state, web| {
        let alert = state.alerts.get(&AlertId::new(&id));
        let alert = alert.filter(|alert| guest.sees(&web.portfolio.get(), alert.subject.dealer.as_ref()));
        alert
            .map(|alert| story(alert, state, &web.portfolio.get(), &guest))
            .ok_or_else(|| Problem::missing("alert", &id))
    })
    .await??;
    Ok(crate::web::sent::json(&headers, JSON, &story))
}

fn story(alert: &Alert, state: &crate::domain::State, portfolio: &Portfolio, guest: &Guest) -> AlertStory {
    let as_json = |value: serde_json::Result<Value>| value.unwrap_or(Value::Null);
    let told = alert.told.iter().map(|(person, told)| ToldRow {
        person: person.to_string(),
        name: portfolio.people.get(person).map(|person| person.name.clone()),
        at: told.at,
        first_at: told.first_at,
        level: told.level.into(),
        reminders: told.reminders,
    });
    AlertStory {
        row: AlertRow::of(alert, state, portfolio),
        exposure: as_json(serde_json::to_value(&alert.exposure)),
        advice: as_json(serde_json::to_value(&alert.advice)),
        history: as_json(serde_json::to_value(&alert.history)),
        told: told.collect(),
        answers: answers(alert, portfolio).collect(),
        moved_to: alert.moved_to.as_ref().map(ToString::to_string),
        may_answer: alert.is_live() && guest.answers(portfolio, alert.subject.dealer.as_ref()),
    }
}

/// What is answered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AnswerWord {
    /// The dealer has been told.
    Told,
    /// The dealer is moving the stock.
    Moving,
    /// The dealer refuses.
    Refused,
    /// It is done.
    Done,
}

/// An answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerBody {
    /// What the dealer says.
    #[serde(rename = "as")]
    kind: AnswerWord,
    /// The words with it, 1000 characters at most.
    #[serde(default)]
    note: Option<String>,
    /// A word of your own for this press: the same one twice counts once.
    #[serde(default)]
    press: Option<String>,
}

/// That something was taken.
#[derive(Serialize, ToSchema)]
pub(super) struct Taken {
    /// Its id.
    pub(super) id: String,
    /// When.
    pub(super) at: Timestamp,
}

/// Answers for an alert. It is durable when this returns; the alert changes in the next turn, at once.
#[utoipa::path(
    post, path = "/alerts/{id}/answers", params(("id" = String, Path, description = "The alert's id")), tag = "alerts",
    request_body = AnswerBody,
    responses(
        (status = 202, description = "It is kept", body = Taken),
        (status = 400, description = "The answer is not understood", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "You may not answer for it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none that you may see", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The danger is over", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn answer(
    State(web): State<Web>,
    guest: Guest,
    Path(id): Path<String>,
    body: Result<Json<AnswerBody>, JsonRejection>,
) -> Result<Response, Problem> {
    let body = body_of(body, "send {\"as\": \"told\", \"note\": \"…\"}; `as` is told, moving, refused or done")?;
    let asked = id.clone();
    let asker = guest.clone();
    let (is_live, may) = read(&web, move |state, web| {
        let alert = state.alerts.get(&AlertId::new(&asked));
        let alert = alert.filter(|alert| asker.sees(&web.portfolio.get(), alert.subject.dealer.as_ref()));
        alert.map(|alert| (alert.is_live(), asker.answers(&web.portfolio.get(), alert.subject.dealer.as_ref())))
    })
    .await?
    .ok_or_else(|| Problem::missing("alert", &id))?;
    if !may {
        let hint = "its account manager or an operator may";
        return Err(Problem::forbidden("you may not answer for this alert", hint));
    }
    if !is_live {
        let hint = "nothing is left to do; `seawall outcome` enters what came of it";
        return Err(Problem::new(StatusCode::CONFLICT, "over", "the danger is over", hint));
    }
    let kind = match body.kind {
        AnswerWord::Told => AnswerKind::Told,
        AnswerWord::Moving => AnswerKind::Moving,
        AnswerWord::Refused => AnswerKind::Refused,
        AnswerWord::Done => AnswerKind::Done,
    };
    let now = web.clock.now();
    let Pressed { note, press } = Pressed::of(body.note, body.press, now);
    let answer = Answer {
        id: press_id(&[&guest.name, guest.person.as_ref().map_or("", |id| id.as_str()), &id, kind.as_str(), &press]),
        alert: AlertId::new(&id),
        person: guest.person.clone(),
        kind,
        note,
        at: now,
        outcome: None,
    };
    tracing::info!(user = %guest.name, alert = %id, kind = kind.as_str(), "answered on the page");
    keep(&web, answer.id.clone(), answer.into()).await
}

/// What comes with the press of a button, whatever the button.
pub(super) struct Pressed {
    /// The words with it, on one line; `None` when there are none.
    pub(super) note: Option<String>,
    /// What tells this press from others.
    pub(super) press: String,
}

impl Pressed {
    /// Without a word of one's own every press is another.
    pub(super) fn of(note: Option<String>, press: Option<String>, now: Timestamp) -> Self {
        let note = note.map(|note| noted(&note)).filter(|note| !note.is_empty());
        Self { note, press: press.unwrap_or_else(|| now.to_string()) }
    }
}

/// The id of one press of one button by one person.
pub(super) fn press_id(parts: &[&str]) -> AnswerId {
    AnswerId::new(DocumentHash::of(parts.join("\n").as_bytes()).digits())
}

/// Puts what was said into the inbox, durable, and has a turn made.
pub(super) async fn keep(web: &Web, id: AnswerId, said: crate::domain::Said) -> Result<Response, Problem> {
    let (store, at) = (web.store.clone(), said.at());
    match tokio::task::spawn_blocking(move || inbox::put_said(&*store, &said)).await {
        Ok(Ok(_)) => {
            (web.wake)();
            Ok((StatusCode::ACCEPTED, Json(Taken { id: id.to_string(), at })).into_response())
        }
        Ok(Err(error)) => Err(Problem::store(&error)),
        Err(_) => Err(Problem::busy()),
    }
}

/// The body, or what is wrong with it.
pub(super) fn body_of<T>(body: Result<Json<T>, JsonRejection>, hint: &str) -> Result<T, Problem> {
    body.map(|Json(body)| body).map_err(|rejection| {
        let status = match rejection.status() {
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            status => status,
        };
        Problem::new(status, "bad-body", rejection.body_text(), hint)
    })
}
