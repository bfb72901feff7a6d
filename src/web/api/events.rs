//! Events: the storms and warnings as people speak of them.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use super::{JSON, sent_read};
use crate::domain::{Event, Level, Timestamp};
use crate::web::Web;
use crate::web::who::Guest;

/// A storm or warning.
#[derive(Serialize, ToSchema)]
pub(super) struct EventRow {
    /// Its id.
    id: String,
    /// What kind of threat: tropical-cyclone, wind, surge …
    #[schema(value_type = String)]
    kind: crate::domain::HazardKind,
    /// Its name in capitals, or the warning's own words.
    name: Option<String>,
    /// Its names in every spelling that agencies write.
    names: BTreeSet<String>,
    /// The agencies whose hazards are in force.
    agencies: BTreeSet<String>,
    /// The hazards that speak of it and are in force.
    hazards: Vec<String>,
    /// When we first heard of it.
    first_heard: Timestamp,
    /// When we last heard of it.
    last_heard: Timestamp,
    /// The newest bulletin's issue time.
    issued: Option<Timestamp>,
    /// When it was cancelled or ended, if it was.
    over: Option<Timestamp>,
    /// The event that this one turned out to be.
    merged_into: Option<String>,
    /// Live alerts that you may see, by level.
    alerts: Counts,
}

/// How many, by level.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct Counts {
    watch: usize,
    warn: usize,
    act: usize,
}

/// The events.
#[derive(Serialize, ToSchema)]
pub(super) struct Events {
    /// Each, in order of id.
    events: Vec<EventRow>,
}

/// Storms and warnings that were heard of, in order of id.
#[utoipa::path(
    get, path = "/events", tag = "hazards",
    responses(
        (status = 200, description = "The events", body = Events),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(web): State<Web>, guest: Guest, headers: HeaderMap) -> Result<Response, Problem> {
    sent_read(&web, &headers, JSON, move |state, web| {
        let events = state.events.values().map(|event| row(event, state, web, &guest)).collect();
        Events { events }
    })
    .await
}

fn row(event: &Event, state: &crate::domain::State, web: &Web, guest: &Guest) -> EventRow {
    let portfolio = web.portfolio.get();
    let mut alerts = Counts::default();
    for alert in state.alerts.values().filter(|alert| alert.is_live() && alert.event == event.id) {
        if guest.sees(&portfolio, alert.subject.dealer.as_ref()) {
            match alert.level {
                Level::Watch => alerts.watch += 1,
                Level::Warn => alerts.warn += 1,
                Level::Act => alerts.act += 1,
            }
        }
    }
    let hazards = || event.hazards.iter().filter_map(|id| state.hazards.get(id));
    EventRow {
        id: event.id.to_string(),
        kind: event.kind,
        name: event.name.clone(),
        names: event.names.clone(),
        agencies: hazards().map(|hazard| hazard.agency().to_owned()).collect(),
        hazards: hazards().map(|hazard| hazard.id.to_string()).collect(),
        first_heard: event.first_heard,
        last_heard: event.last_heard,
        issued: event.issued,
        over: event.over,
        merged_into: event.merged_into.as_ref().map(ToString::to_string),
        alerts,
    }
}
