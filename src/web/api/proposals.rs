//! Proposals: what waits for somebody's signature, and the word on it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::alerts::{Pressed, Taken, body_of, keep, press_id};
use super::problem::Problem;
use super::row::Amount;
use super::{JSON, read, sent_read};
use crate::domain::{Decision, Matter, Money, Portfolio, Proposal, ProposalId, Role, Timestamp, Vote};
use crate::web::Web;
use crate::web::who::Guest;

/// One signature that is needed.
#[derive(Serialize, ToSchema)]
pub(super) struct StepRow {
    /// In which capacity: logistics, management or dealer.
    #[schema(value_type = String)]
    role: Role,
    /// Who may give it, by name.
    names: Vec<String>,
    /// Whether it was given.
    signed: bool,
}

/// A proposal.
#[derive(Serialize, ToSchema)]
pub(super) struct ProposalRow {
    /// Its id.
    id: String,
    /// The event that it is made for.
    event: String,
    /// switch (other transport for a shipment), season (a standing switch) or order (an order ahead).
    kind: String,
    /// The shipment or lane.
    subject: String,
    /// Whose goods they are.
    dealer: Option<String>,
    /// The dealer's name.
    dealer_name: Option<String>,
    /// proposed, approved, declined, expired or withdrawn.
    state: String,
    /// Counted up when it is proposed anew; a decision names the one that was seen.
    revision: u32,
    /// The last instant at which yes still helps.
    act_by: Option<Timestamp>,
    /// What yes costs more than leaving things as planned.
    cost: Option<Amount>,
    /// The signatures, in order.
    steps: Vec<StepRow>,
    /// What is proposed, with its ways or goods.
    #[schema(value_type = Object)]
    matter: Value,
    /// What happened, oldest first.
    #[schema(value_type = Vec<Object>)]
    trail: Value,
    /// Whether the next signature is yours.
    may_decide: bool,
}

/// The proposals.
#[derive(Serialize, ToSchema)]
pub(super) struct Proposals {
    /// Those that are open first, each by its act-by time.
    proposals: Vec<ProposalRow>,
}

/// Proposals: the open ones first, the nearest act-by first.
#[utoipa::path(
    get, path = "/proposals", tag = "proposals",
    responses(
        (status = 200, description = "The proposals", body = Proposals),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(web): State<Web>, guest: Guest, headers: HeaderMap) -> Result<Response, Problem> {
    sent_read(&web, &headers, JSON, move |state, web| {
        let portfolio = web.portfolio.get();
        let seen = state.proposals.values().filter(|one| guest.sees(&portfolio, one.dealer.as_ref()));
        let mut seen: Vec<&Proposal> = seen.collect();
        seen.sort_by_key(|one| (!one.is_open(), one.case.act_by.is_none(), one.case.act_by, one.id.clone()));
        Proposals { proposals: seen.into_iter().map(|one| row(one, &portfolio, &guest)).collect() }
    })
    .await
}

fn row(proposal: &Proposal, portfolio: &Portfolio, guest: &Guest) -> ProposalRow {
    let name = |id| portfolio.people.get(id).map_or_else(|| id.to_string(), |person| person.name.clone());
    let steps = proposal.case.steps.iter().enumerate().map(|(index, step)| StepRow {
        role: step.role,
        names: step.people.iter().map(name).collect(),
        signed: index < proposal.signed,
    });
    let dealer = proposal.dealer.as_ref().and_then(|id| portfolio.dealers.get(id));
    ProposalRow {
        id: proposal.id.to_string(),
        event: proposal.event.to_string(),
        kind: proposal.case.matter.kind().to_owned(),
        subject: subject(&proposal.case.matter),
        dealer: proposal.dealer.as_ref().map(ToString::to_string),
        dealer_name: dealer.map(|dealer| dealer.name.clone()),
        state: proposal.state.as_str().to_owned(),
        revision: proposal.revision,
        act_by: proposal.case.act_by,
        cost: proposal.case.matter.cost().map(Amount::from),
        steps: steps.collect(),
        matter: serde_json::to_value(&proposal.case.matter).unwrap_or_default(),
        trail: trail(proposal, portfolio),
        may_decide: guest.decides(proposal),
    }
}

/// What happened, with names and without the whole case at each line.
fn trail(proposal: &Proposal, portfolio: &Portfolio) -> Value {
    let mut trail = serde_json::to_value(&proposal.trail).unwrap_or_default();
    for (line, entry) in trail.as_array_mut().into_iter().flatten().zip(&proposal.trail) {
        if let Some(line) = line.as_object_mut() {
            line.remove("case");
            let by = entry.by.as_ref().and_then(|id| portfolio.people.get(id));
            line.insert("by_name".to_owned(), by.map(|person| person.name.clone()).into());
        }
    }
    trail
}

fn subject(matter: &Matter) -> String {
    match matter {
        Matter::Switch(switch) => switch.shipment.to_string(),
        Matter::Season(season) => season.planned.switch.lane.to_string(),
        Matter::Order(order) => order.lane.to_string(),
    }
}

/// Yes or no.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum VoteWord {
    /// Yes.
    Approve,
    /// No.
    Decline,
}

/// A word on a proposal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionBody {
    /// Yes or no.
    #[serde(rename = "as")]
    verdict: VoteWord,
    /// The revision that you saw.
    #[serde(deserialize_with = "whole")]
    revision: u32,
    /// Other quantities by SKU, for an order: decimal numbers of 0 or more.
    #[serde(default)]
    quantities: BTreeMap<String, String>,
    /// The words with it, 1000 characters at most.
    #[serde(default)]
    note: Option<String>,
    /// A word of your own for this press: the same one twice counts once.
    #[serde(default)]
    press: Option<String>,
}

/// A whole number however JSON writes it: `2` and `2.0` are the same number (RFC 8259).
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let as_written = number.as_u64().map(|number| number.to_string());
    let text = as_written.or_else(|| number.as_f64().map(|number| number.to_string())).unwrap_or_default();
    text.parse().map_err(|error| D::Error::custom(format!("{number} is no revision: {error}")))
}

/// Decides on a proposal, when the next signature is yours. Durable when this returns.
#[utoipa::path(
    post, path = "/proposals/{id}/decisions", params(("id" = String, Path, description = "The proposal's id")),
    tag = "proposals", request_body = DecisionBody,
    responses(
        (status = 202, description = "It is kept", body = Taken),
        (status = 400, description = "The decision is not understood", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The next signature is not yours", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none that you may see", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It has changed since you saw it, or its time is over", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn decide(
    State(web): State<Web>,
    guest: Guest,
    Path(id): Path<String>,
    body: Result<Json<DecisionBody>, JsonRejection>,
) -> Result<Response, Problem> {
    let body = body_of(body, "send {\"as\": \"approve\", \"revision\": 1}; `as` is approve or decline")?;
    let (asked, asker) = (id.clone(), guest.clone());
    let proposal = read(&web, move |state, web| {
        let proposal = state.proposals.get(&ProposalId::new(&asked));
        proposal.filter(|one| asker.sees(&web.portfolio.get(), one.dealer.as_ref()) || asker.decides(one)).cloned()
    })
    .await?
    .ok_or_else(|| Problem::missing("proposal", &id))?;
    let now = web.clock.now();
    let is_late = proposal.case.act_by.is_some_and(|act_by| act_by < now);
    if !proposal.is_open() || proposal.revision != body.revision || is_late {
        let detail = format!("it is {} in revision {}", proposal.state.as_str(), proposal.revision);
        return Err(Problem::new(StatusCode::CONFLICT, "changed", detail, "read it again and decide anew"));
    }
    if !guest.decides(&proposal) {
        return Err(Problem::forbidden("the next signature is not yours", "`steps` names who signs next"));
    }
    let verdict = match body.verdict {
        VoteWord::Approve => Vote::Approve,
        VoteWord::Decline => Vote::Decline,
    };
    let quantities = quantities(&body.quantities, &proposal)?;
    let Pressed { note, press } = Pressed::of(body.note, body.press, now);
    let person = guest.person.as_ref().map_or("", |id| id.as_str());
    let decision = Decision {
        id: press_id(&[&guest.name, person, &id, verdict.as_str(), &press]),
        proposal: proposal.id,
        revision: proposal.revision,
        person: guest.person.clone(),
        verdict,
        quantities,
        note,
        at: now,
    };
    tracing::info!(user = %guest.name, proposal = %id, verdict = verdict.as_str(), "decided on the page");
    keep(&web, decision.id.clone(), decision.into()).await
}

fn quantities(asked: &BTreeMap<String, String>, proposal: &Proposal) -> Result<BTreeMap<String, Decimal>, Problem> {
    const HINT: &str = "name SKUs of the order and give decimal numbers of 0 or more";
    let lines = match &proposal.case.matter {
        Matter::Order(order) => order.lines.as_slice(),
        _ => &[],
    };
    let one = |(sku, text): (&String, &String)| {
        let quantity = Money::parse_amount(text).ok();
        match quantity.filter(|_| lines.iter().any(|line| line.sku == *sku)) {
            Some(quantity) => Ok((sku.clone(), quantity)),
            None => Err(Problem::bad("a quantity is not of this order, or is no number", HINT)),
        }
    };
    asked.iter().map(one).collect()
}
