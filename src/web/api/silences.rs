//! Silences: what need not be told for a while, by whose word and why; a new one, and the end of one.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::alerts::{Taken, body_of, keep, press_id};
use super::problem::Problem;
use super::{JSON, read, sent_read};
use crate::domain::{
    Covered, DealerId, EventId, Hush, PersonId, Portfolio, RuleId, SILENCE_MAX, Silence, SilenceId, Span, Timestamp,
};
use crate::web::Web;
use crate::web::answer::noted;
use crate::web::who::Guest;

/// A silence.
#[derive(Serialize, ToSchema)]
pub(super) struct SilenceRow {
    /// Its id.
    id: String,
    /// Of this event alone.
    event: Option<String>,
    /// Of this site or lane alone.
    subject: Option<String>,
    /// Of this dealer's sites alone.
    dealer: Option<String>,
    /// By this rule alone.
    rule: Option<String>,
    /// To this person alone.
    person: Option<String>,
    /// Whether it holds level act too.
    even_act: bool,
    /// Whose word it is; `null` for an operator's.
    author: Option<String>,
    /// Their name.
    author_name: Option<String>,
    /// Why.
    reason: String,
    /// Its first instant.
    from: Timestamp,
    /// Its end.
    until: Timestamp,
    /// Whether you may end it.
    may_end: bool,
}

/// The silences.
#[derive(Serialize, ToSchema)]
pub(super) struct Silences {
    /// Those that are on, the one that ends first first.
    silences: Vec<SilenceRow>,
    /// Whether you may add one: `any`, `own` (for your own dealers) or `none`.
    may_add: String,
}

/// Silences that are on or to come.
#[utoipa::path(
    get, path = "/silences", tag = "alerts",
    responses(
        (status = 200, description = "The silences", body = Silences),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(web): State<Web>, guest: Guest, headers: HeaderMap) -> Result<Response, Problem> {
    sent_read(&web, &headers, JSON, move |state, web| {
        let (portfolio, now) = (web.portfolio.get(), web.clock.now());
        let seen = state.silences.values().filter(|one| one.until > now);
        let seen = seen.filter(|one| guest.sees(&portfolio, one.covers.dealer.as_ref()));
        let mut seen: Vec<&Silence> = seen.collect();
        seen.sort_by_key(|one| (one.until, &one.id));
        let may_add = guest.hushes().to_owned();
        Silences { silences: seen.into_iter().map(|one| row(one, &portfolio, &guest)).collect(), may_add }
    })
    .await
}

fn row(silence: &Silence, portfolio: &Portfolio, guest: &Guest) -> SilenceRow {
    let Covered { event, subject, dealer, rule, person } = silence.covers.clone();
    let author = silence.author.as_ref().and_then(|id| portfolio.people.get(id));
    SilenceRow {
        id: silence.id.to_string(),
        may_end: guest.may_hush(portfolio, dealer.as_ref()),
        event: event.map(|id| id.to_string()),
        subject,
        dealer: dealer.map(|id| id.to_string()),
        rule: rule.map(|id| id.to_string()),
        person: person.map(|id| id.to_string()),
        even_act: silence.even_act,
        author: silence.author.as_ref().map(ToString::to_string),
        author_name: author.map(|person| person.name.clone()),
        reason: silence.reason.clone(),
        from: silence.from,
        until: silence.until,
    }
}

/// A new silence. What is given must all agree for a mail to be held; level act breaks it unless `even_act`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SilenceBody {
    /// Mails about this event.
    #[serde(default)]
    event: Option<String>,
    /// About this site or lane.
    #[serde(default)]
    subject: Option<String>,
    /// About this dealer's sites.
    #[serde(default)]
    dealer: Option<String>,
    /// By this rule.
    #[serde(default)]
    rule: Option<String>,
    /// To this person.
    #[serde(default)]
    person: Option<String>,
    /// Hold level act too.
    #[serde(default)]
    even_act: bool,
    /// How many hours from now, 0.01 to 720.
    #[schema(minimum = 0.01, maximum = 720)]
    hours: f64,
    /// Why, 1000 characters at most; whoever wonders why no mail comes will read it.
    #[schema(min_length = 1)]
    reason: String,
}

/// Holds back mails for a while. Nothing is lost: what is owed then is told when it ends. An operator may for everything, an
/// account manager for the own dealers. Durable when this returns.
#[utoipa::path(
    post, path = "/silences", tag = "alerts", request_body = SilenceBody,
    responses(
        (status = 202, description = "It is kept", body = Taken),
        (status = 400, description = "The silence is not understood", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "You may not silence that", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A silence like that is not kept", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    State(web): State<Web>,
    guest: Guest,
    body: Result<Json<SilenceBody>, JsonRejection>,
) -> Result<Response, Problem> {
    let body = body_of(body, "send {\"event\": \"wp162026\", \"hours\": 12, \"reason\": \"…\"}")?;
    let now = web.clock.now();
    let covers = Covered {
        event: body.event.map(EventId::new),
        subject: body.subject,
        dealer: body.dealer.map(DealerId::new),
        rule: body.rule.map(RuleId::new),
        person: body.person.map(PersonId::new),
    };
    if !guest.may_hush(&web.portfolio.get(), covers.dealer.as_ref()) {
        let hint = "an operator may silence everything, an account manager what names one of the own dealers";
        return Err(Problem::forbidden("you may not silence that", hint));
    }
    let reason = noted(&body.reason);
    let until = Span::try_from_secs_f64(body.hours * 3600.0).ok().filter(|length| *length > Span::ZERO);
    let until = until.filter(|length| *length <= SILENCE_MAX).and_then(|length| now.checked_add(length).ok());
    let until = until.ok_or_else(|| unkept("`hours` is 0.01 to 720", "renew it when it ends"))?;
    let id = press_id(&["silence", &guest.name, &reason, &now.to_string()]);
    let silence = Silence {
        // Short enough to type.
        id: SilenceId::new(id.as_str().chars().take(8).collect::<String>()),
        covers,
        even_act: body.even_act,
        author: guest.person.clone(),
        reason,
        from: now,
        until,
    };
    if let Err(refused) = silence.check() {
        let text = refused.to_string();
        let (detail, hint) = text.split_once("\nhint: ").unwrap_or((&text, "say what it covers, how long, and why"));
        return Err(unkept(detail, hint));
    }
    tracing::info!(user = %guest.name, silence = %silence.id, %until, "silenced on the page");
    keep(&web, id.clone(), Hush { id, silence, at: now }.into()).await
}

/// Ends a silence now: what it held is told, if it is still true. Durable when this returns.
#[utoipa::path(
    delete, path = "/silences/{id}", params(("id" = String, Path, description = "The silence's id")), tag = "alerts",
    responses(
        (status = 202, description = "It is kept", body = Taken),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "You may not end it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none that is on and that you may see", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn end(State(web): State<Web>, guest: Guest, Path(id): Path<String>) -> Result<Response, Problem> {
    let (asked, asker, now) = (id.clone(), guest.clone(), web.clock.now());
    let known = read(&web, move |state, web| {
        let known = state.silences.get(&SilenceId::new(&asked)).filter(|one| one.until > now);
        known.filter(|one| asker.sees(&web.portfolio.get(), one.covers.dealer.as_ref())).cloned()
    })
    .await?
    .ok_or_else(|| Problem::missing("silence", &id))?;
    if !guest.may_hush(&web.portfolio.get(), known.covers.dealer.as_ref()) {
        return Err(Problem::forbidden("you may not end it", "an operator may"));
    }
    let word = press_id(&["silence", &guest.name, &id, "end", &now.to_string()]);
    let silence = Silence { until: now.max(known.from), ..known };
    tracing::info!(user = %guest.name, silence = %id, "a silence was ended on the page");
    keep(&web, word.clone(), Hush { id: word, silence, at: now }.into()).await
}

fn unkept(detail: &str, hint: &str) -> Problem {
    Problem::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, "silence", detail, hint)
}
