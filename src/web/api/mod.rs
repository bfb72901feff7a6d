//! The API under `/api/v1`: what the page reads, for programs too, and what people say.
//!
//! In: requests of known guests. Out: JSON and GeoJSON from the state as the last turn left it; answers and decisions in
//! the store's inbox. Its OpenAPI document is made from this code.

mod alerts;
mod events;
mod exposures;
mod hazards;
mod house;
mod portfolio;
mod problem;
mod proposals;
mod row;
mod shapes;
mod silences;
mod stream;

use axum::Router;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Web, sent};
use crate::domain::State;

pub use portfolio::{DiffRow, DiffRows, Imported, judge};
pub use problem::FaultRow;
pub(super) use problem::Problem;

/// Where the API lies.
const PREFIX: &str = "/api/v1";
/// Where a whole portfolio is put.
pub(super) const IMPORT: &str = "/api/v1/portfolio/files";
const JSON: &str = "application/json";
const GEOJSON: &str = "application/geo+json";
/// The most rows of one answer.
const LIMIT_MAX: usize = 1000;
const LIMIT_USUAL: usize = 200;
/// The most features of one answer.
const FEATURES_MAX: usize = 20_000;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Seawall",
        description = "Official storm warnings against dealer sites and shipping lanes. Times are RFC 3339 UTC, longitudes \
                       −180..180; `null` means unknown. Errors are application/problem+json with a hint how to mend them. \
                       A bearer token of `seawall user token` or the cookie of a login says who asks.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    components(schemas(Problem)),
    modifiers(&Security),
)]
struct Document;

/// Says in the document how a guest is known.
struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{
            ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let cookie = ApiKeyValue::new("__Host-seawall");
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        let none = Vec::<String>::new();
        document.security =
            Some(vec![SecurityRequirement::new("token", none.clone()), SecurityRequirement::new("session", none)]);
    }
}

/// The routes, and the document that describes them.
pub(super) fn routes() -> (Router<Web>, utoipa::openapi::OpenApi) {
    let api = OpenApiRouter::new()
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::one))
        .routes(routes!(alerts::answer))
        .routes(routes!(events::list))
        .routes(routes!(hazards::list))
        .routes(routes!(exposures::list))
        .routes(routes!(proposals::list))
        .routes(routes!(proposals::decide))
        .routes(routes!(silences::list))
        .routes(routes!(silences::add))
        .routes(routes!(silences::end))
        .routes(routes!(house::feeds))
        .routes(routes!(house::ledger))
        .routes(routes!(house::portfolio))
        .routes(routes!(house::session))
        .routes(routes!(stream::stream))
        .merge(portfolio::routes());
    let (router, document) = OpenApiRouter::with_openapi(Document::openapi()).nest(PREFIX, api).split_for_parts();
    let shown = document.clone();
    let describe = move |headers: HeaderMap| async move { sent::json(&headers, JSON, &shown) };
    let router = router.route("/api/v1/openapi.json", get(describe)).route("/api/{*rest}", axum::routing::any(nowhere));
    (router, document)
}

async fn nowhere(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-path",
        format!("there is nothing at {path}"),
        "GET /api/v1/openapi.json says what there is",
    )
}

/// Which alerts, events or places are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only of this dealer.
    dealer: Option<String>,
    /// Only of dealers of this account manager.
    manager: Option<String>,
    /// Only of this level: watch, warn or act.
    #[param(inline)]
    level: Option<crate::web::api::row::LevelWord>,
    /// Only in this state: open, acknowledged, acting, refused, done or cleared. Left out: all but cleared.
    #[param(inline)]
    state: Option<crate::web::api::row::StateWord>,
    /// Only of this event.
    event: Option<String>,
    /// At most so many, 1 to 1000; left out: 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// Where the page before ended: its `next`.
    cursor: Option<String>,
}

/// What a query asks for, or what is wrong with it.
fn asked<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let hint = "GET /api/v1/openapi.json names the parameters";
    query.map(|Query(query)| query).map_err(|rejection| Problem::bad(rejection.body_text(), hint))
}

/// Reads the state on a thread that may block, and gives what is made of it.
pub(super) async fn read<T: Send + 'static>(
    web: &Web,
    make: impl FnOnce(&State, &Web) -> T + Send + 'static,
) -> Result<T, Problem> {
    let web = web.clone();
    let made = tokio::task::spawn_blocking(move || {
        let state = web.state.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        make(&state, &web)
    });
    made.await.map_err(|error| {
        tracing::error!(%error, "an answer of the page could not be made");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "this is a fault of ours", "please report it")
    })
}

/// Reads the state and sends what is made of it.
async fn sent_read<T: serde::Serialize + Send + 'static>(
    web: &Web,
    headers: &HeaderMap,
    media_type: &'static str,
    make: impl FnOnce(&State, &Web) -> T + Send + 'static,
) -> Result<Response, Problem> {
    let value = read(web, make).await?;
    Ok(sent::json(headers, media_type, &value))
}
