//! The house itself: feeds, the season's ledger, the portfolio, and who asks.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::{JSON, asked, sent_read};
use crate::domain::{Dealer, FeedState, Lane, Portfolio, Site, State as Known, Timestamp};
use crate::store::records;
use crate::web::who::{Guest, Scope, UserRole};
use crate::web::{Web, sent};

/// A feed.
#[derive(Serialize, ToSchema)]
pub(super) struct FeedRow {
    /// Its id.
    feed: String,
    /// The agency.
    agency: String,
    /// When it last answered well.
    ok_at: Option<Timestamp>,
    /// The newest issue time that came from it.
    issued: Option<Timestamp>,
    /// Failures in a row.
    failures: u32,
    /// The newest failure, or what is odd about its answers.
    fault: Option<String>,
    /// silent, stale, unnamed or odd, by the newest turn.
    trouble: Option<String>,
    /// Since when.
    trouble_since: Option<Timestamp>,
}

/// The feeds.
#[derive(Serialize, ToSchema)]
pub(super) struct Feeds {
    /// In the order of the configuration.
    feeds: Vec<FeedRow>,
}

/// How the feeds are.
#[utoipa::path(
    get, path = "/feeds", tag = "house",
    responses(
        (status = 200, description = "The feeds", body = Feeds),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn feeds(State(web): State<Web>, _guest: Guest, headers: HeaderMap) -> Result<Response, Problem> {
    sent_read(&web, &headers, JSON, |state, web| Feeds { feeds: feed_rows(state, web) }).await
}

fn feed_rows(state: &Known, web: &Web) -> Vec<FeedRow> {
    let rows = web.feeds.iter().map(|feed| {
        let known = state.feeds.get(&(feed.id.clone(), feed.url.clone()));
        let own = state.feeds.values().filter(|known: &&FeedState| known.feed == feed.id);
        let trouble = known.and_then(|known| known.vigil.trouble);
        FeedRow {
            feed: feed.id.to_string(),
            agency: feed.agency.clone(),
            ok_at: known.and_then(|known| known.ok_at),
            issued: own.filter_map(|known| known.issued).max(),
            failures: known.map_or(0, |known| known.failures),
            fault: known.and_then(|known| known.fault.clone()),
            trouble: trouble.map(|trouble| trouble.kind.as_str().to_owned()),
            trouble_since: trouble.map(|trouble| trouble.since),
        }
    });
    rows.collect()
}

/// The seasons that a ledger can be of.
const SEASONS: std::ops::RangeInclusive<i16> = 1900..=9999;

/// Which season is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Season {
    /// The calendar year; left out: this one.
    #[param(minimum = 1900, maximum = 9999)]
    season: Option<i16>,
}

/// A season's ledger: what was warned, answered, done, spent and saved. As `seawall ledger --format json`.
#[utoipa::path(
    get, path = "/ledger", params(Season), tag = "house",
    responses(
        (status = 200, description = "The ledger of what you may see", body = Object),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 400, description = "A parameter is not understood", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store did not answer", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ledger(
    State(web): State<Web>,
    guest: Guest,
    headers: HeaderMap,
    season: Result<Query<Season>, QueryRejection>,
) -> Result<Response, Problem> {
    let Season { season } = asked(season)?;
    let season = season.unwrap_or_else(|| web.clock.now().to_zoned(jiff::tz::TimeZone::UTC).year());
    if !SEASONS.contains(&season) {
        return Err(Problem::bad(
            format!("season {season} is not within 1900 to 9999"),
            "leave it out for this year's",
        ));
    }
    let reader = web.clone();
    let made = tokio::task::spawn_blocking(move || {
        let portfolio = reader.portfolio.get();
        let (mut alerts, outcomes) = records::for_ledger(&*reader.store)?;
        alerts.retain(|alert| guest.sees(&portfolio, alert.subject.dealer.as_ref()));
        Ok((reader.ledger)(&alerts, &outcomes, season))
    });
    match made.await {
        Ok(Ok(ledger)) => Ok(sent::json(&headers, JSON, &ledger)),
        Ok(Err(error)) => Err(Problem::store(&error)),
        Err(_) => Err(Problem::busy()),
    }
}

/// A dealer.
#[derive(Serialize, ToSchema)]
pub(super) struct DealerRow {
    id: String,
    name: String,
    tier: String,
    manager: String,
    manager_name: Option<String>,
    time_zone: String,
}

/// A site.
#[derive(Serialize, ToSchema)]
pub(super) struct SiteRow {
    id: String,
    dealer: String,
    name: String,
    #[schema(value_type = String)]
    kind: crate::domain::SiteKind,
    lat: f64,
    lon: f64,
    coast_m: Option<f64>,
    elevation_m: Option<f64>,
    stock_value: Option<super::row::Amount>,
    handling_h: Option<f64>,
    handling_cost: Option<super::row::Amount>,
    shelter_site: Option<String>,
}

/// A lane.
#[derive(Serialize, ToSchema)]
pub(super) struct LaneRow {
    id: String,
    mode: String,
    origin: String,
    destination: String,
    transit_h: Option<f64>,
    cost: Option<super::row::Amount>,
    alternates: Vec<String>,
}

/// What is watched over.
#[derive(Serialize, ToSchema)]
pub(super) struct PortfolioRows {
    dealers: Vec<DealerRow>,
    sites: Vec<SiteRow>,
    lanes: Vec<LaneRow>,
}

/// The portfolio: dealers, sites and lanes that you may see, without addresses of people.
#[utoipa::path(
    get, path = "/portfolio", tag = "house",
    responses(
        (status = 200, description = "The portfolio", body = PortfolioRows),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn portfolio(State(web): State<Web>, guest: Guest, headers: HeaderMap) -> Result<Response, Problem> {
    sent_read(&web, &headers, JSON, move |_, web| {
        let all = &*web.portfolio.get();
        let dealers = all.dealers.values().filter(|dealer| guest.sees(all, Some(&dealer.id)));
        let sites = all.sites.values().filter(|site| guest.sees(all, Some(&site.dealer)));
        PortfolioRows {
            dealers: dealers.map(|dealer| dealer_row(dealer, all)).collect(),
            sites: sites.map(site_row).collect(),
            lanes: all.lanes.values().map(lane_row).collect(),
        }
    })
    .await
}

fn dealer_row(dealer: &Dealer, portfolio: &Portfolio) -> DealerRow {
    DealerRow {
        id: dealer.id.to_string(),
        name: dealer.name.clone(),
        tier: dealer.tier.clone(),
        manager: dealer.manager.to_string(),
        manager_name: portfolio.people.get(&dealer.manager).map(|person| person.name.clone()),
        time_zone: dealer.time_zone.clone(),
    }
}

fn site_row(site: &Site) -> SiteRow {
    SiteRow {
        id: site.id.to_string(),
        dealer: site.dealer.to_string(),
        name: site.name.to_string(),
        kind: site.kind.clone(),
        lat: site.position.lat(),
        lon: site.position.lon(),
        coast_m: site.coast_m,
        elevation_m: site.elevation_m,
        stock_value: site.stock.map(Into::into),
        handling_h: site.handling_h,
        handling_cost: site.handling_cost.map(Into::into),
        shelter_site: site.shelter_site.as_ref().map(ToString::to_string),
    }
}

fn lane_row(lane: &Lane) -> LaneRow {
    LaneRow {
        id: lane.id.to_string(),
        mode: lane.mode.clone(),
        origin: lane.origin.clone(),
        destination: lane.destination.clone(),
        transit_h: lane.transit_h,
        cost: lane.cost.map(Into::into),
        alternates: lane.alternates.iter().map(ToString::to_string).collect(),
    }
}

/// Who asks, and what they may do.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    /// The user's name; empty when nobody has to log in.
    name: String,
    /// The role.
    role: UserRole,
    /// How far the token goes; a login goes all the way.
    scope: Scope,
    /// Who of people.csv they are.
    person: Option<String>,
    /// What a POST must bear in the header `x-csrf-token`; `null` when it need not.
    csrf: Option<String>,
    /// What time it is.
    now: Timestamp,
    /// True for a demonstration: its time stands still, and nothing can be said.
    shown: bool,
}

/// Who asks: name, role, the word for the header `x-csrf-token`, and what time it is.
#[utoipa::path(
    get, path = "/session", tag = "house",
    responses(
        (status = 200, description = "Who asks", body = Session),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn session(State(web): State<Web>, guest: Guest) -> axum::Json<Value> {
    let csrf = guest.csrf().map(str::to_owned);
    let session = Session {
        name: guest.name,
        role: guest.role,
        scope: guest.scope,
        person: guest.person.map(|id| id.to_string()),
        csrf,
        now: web.clock.now(),
        shown: web.door.is_shown(),
    };
    axum::Json(serde_json::to_value(session).unwrap_or_default())
}
