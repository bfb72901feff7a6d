//! The map page, the API, signed links, health.
//!
//! In: HTTP requests. Out: pages, JSON and GeoJSON from the state as the last turn left it; an answer in the store's
//! inbox. Never: changes an alert itself.
//!
//! `GET /a/<token>` shows, `POST` answers: mail scanners open every link, so a GET changes nothing.

mod answer;
mod api;
mod decide;
mod metrics;
mod news;
mod page;
mod proxy;
mod sent;
mod serve;
mod unsubscribe;
mod who;
mod words;

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::future::BoxFuture;

use crate::config::{ConfigError, FeedConfig, MapConfig, Network, PortfolioFiles};
use crate::domain::{self, Alert, Clock, Current, LinkKey, Outcome, Portfolio};
use crate::store::Store;

pub use api::{DiffRow, DiffRows, FaultRow, Imported, judge};
pub use metrics::Meters;
pub use news::{Change, News};
pub use who::{Door, HAS_OIDC, ListedUser, Messenger, Oidc, Scope, UserRole, Users, UsersError};
pub use words::PageWords;

/// The largest form or body taken: an answer and the dealer's words.
const FORM_BYTES: usize = 16 << 10;
/// How long a request may take, its body included.
const REQUEST_TIME: Duration = Duration::from_secs(15);
/// The same for a whole portfolio, which may be 32 MB over a slow line and is matched with every storm in force. Who may not
/// send one is refused before any of it is read. A guess: 32 MB at 2 Mbit/s take two minutes.
const IMPORT_TIME: Duration = Duration::from_mins(5);
const STYLE: &str = include_str!("style.css");

/// What makes a season's ledger of alerts and outcomes, as JSON.
pub type LedgerOf = Arc<dyn Fn(&[Alert], &[Outcome], i16) -> serde_json::Value + Send + Sync>;

/// Takes and gives the files of the portfolio.
pub trait PortfolioDesk: Send + Sync {
    /// The files as they are; blocks.
    ///
    /// # Errors
    /// When one cannot be read.
    fn files(&self) -> Result<PortfolioFiles, ConfigError>;

    /// Puts these files, which were read as this portfolio, in the place of those that are. Durable, and what is new matched
    /// with what is in force, when it comes back; on an error nothing has changed. It goes on when nobody waits.
    fn replace(
        &self,
        files: PortfolioFiles,
        portfolio: Portfolio,
        by: String,
    ) -> BoxFuture<'static, std::io::Result<()>>;
}

/// What the pages stand on.
#[derive(Clone)]
pub struct Web {
    /// Where alerts are read and answers put.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Names of sites and people.
    pub portfolio: Current<Portfolio>,
    /// Where the portfolio's files are taken and given; `None` where there are none.
    pub files: Option<Arc<dyn PortfolioDesk>>,
    /// What signed the links.
    pub link_key: LinkKey,
    /// The words of the pages behind links.
    pub words: PageWords,
    /// The words of the map page.
    pub page_words: PageWords,
    /// The state as the last turn left it.
    pub state: Arc<RwLock<domain::State>>,
    /// Where each turn tells what it changed.
    pub news: News,
    /// What is counted as it happens.
    pub meters: Meters,
    /// The configured feeds.
    pub feeds: Arc<[FeedConfig]>,
    /// What makes a season's ledger.
    pub ledger: LedgerOf,
    /// Who is let in.
    pub door: Door,
    /// Whose word on where a request came from is believed.
    pub proxies: Arc<[Network]>,
    /// A base map of one's own.
    pub map: Option<MapConfig>,
    /// Called when the inbox has something.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Whether everything has begun.
    pub ready: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// Finished pages by path, each with its media type.
pub type FinishedPages = BTreeMap<String, (String, String)>;

/// Serves until the task is dropped.
pub async fn serve(listener: tokio::net::TcpListener, web: Web) {
    serve::serve(listener, router(web)).await;
}

/// Serves the page, and beside it pages that are finished already, until the task is dropped.
pub async fn serve_with(listener: tokio::net::TcpListener, web: Web, files: Arc<FinishedPages>) {
    serve::serve(listener, router(web).fallback(get(move |uri: axum::http::Uri| async move { shown(&files, &uri) })))
        .await;
}

fn router(web: Web) -> Router {
    let (api, _) = api::routes();
    Router::new()
        .route("/", get(page::index))
        .route("/page/{*path}", get(page::file))
        .route("/words.json", get(page::words))
        .route("/login", get(who::show).post(who::take))
        .route("/login/oidc", get(who::start))
        .route("/login/oidc/back", get(who::back))
        .route("/logout", post(who::leave))
        .route("/a/{token}", get(answer::show).post(answer::take))
        .route("/u/{token}", get(unsubscribe::show).post(unsubscribe::take))
        .route("/style.css", get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) }))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics::show))
        .merge(api)
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(middleware::from_fn_with_state(web.clone(), proxy::believed))
        .layer(middleware::from_fn(in_time))
        .layer(middleware::map_response(guarded))
        .with_state(web)
}

/// A request whose body trickles in, or that waits for a stuck store, is given up.
async fn in_time(request: Request, next: Next) -> Response {
    let is_import = request.method() == Method::PUT && request.uri().path() == api::IMPORT;
    let time = if is_import { IMPORT_TIME } else { REQUEST_TIME };
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "this took too long; please try again\n").into_response(),
    }
}

/// Every answer, refusals too, keeps its address and its buttons to itself.
async fn guarded(mut response: Response) -> Response {
    const GUARDS: [(HeaderName, HeaderValue); 5] = [
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            ),
        ),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
    ];
    for (name, value) in GUARDS {
        // What has its own policy, or may be kept by the browser, has said so.
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

async fn readyz(State(web): State<Web>) -> Response {
    if (web.ready)() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "starting\n").into_response()
    }
}

/// A page that is finished already.
fn shown(files: &FinishedPages, uri: &axum::http::Uri) -> Response {
    match files.get(uri.path()).cloned() {
        Some((kind, body)) => (shown_headers(&kind), body).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn shown_headers(kind: &str) -> [(HeaderName, HeaderValue); 3] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_str(kind).unwrap_or(HeaderValue::from_static("text/plain"))),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'",
            ),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ]
}

#[cfg(test)]
mod tests;
