//! Signed links and health.
//!
//! In: HTTP requests. Out: pages; an answer in the store's inbox. Never: changes an alert itself.
//!
//! `GET /a/<token>` shows, `POST` answers: mail scanners open every link, so a GET changes nothing.

mod answer;
mod decide;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::domain::{Clock, LinkKey, Portfolio};
use crate::store::Store;

pub use words::PageWords;

/// The largest form taken: an answer and the dealer's words.
const FORM_BYTES: usize = 16 << 10;
/// How long a request may take, its body included.
const REQUEST_TIME: Duration = Duration::from_secs(15);
const STYLE: &str = include_str!("style.css");

/// What the pages stand on.
#[derive(Clone)]
pub struct Web {
    /// Where alerts are read and answers put.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Names of sites and people.
    pub portfolio: Arc<Portfolio>,
    /// What signed the links.
    pub link_key: LinkKey,
    /// The words of the pages.
    pub words: PageWords,
    /// Called when the inbox has something.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Whether everything has begun.
    pub ready: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// Serves until the task is dropped.
pub async fn serve(listener: tokio::net::TcpListener, web: Web) {
    if let Err(error) = axum::serve(listener, router(web)).await {
        tracing::error!(%error, "the page is no longer served");
    }
}

fn router(web: Web) -> Router {
    Router::new()
        .route("/a/{token}", get(answer::show).post(answer::take))
        .route("/style.css", get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) }))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(middleware::from_fn(in_time))
        .layer(middleware::map_response(guarded))
        .with_state(web)
}

/// A request whose body trickles in, or that waits for a stuck store, is given up. How long its head may take is for
/// the proxy in front to bound.
async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIME, next.run(request)).await {
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
    response.headers_mut().extend(GUARDS);
    response
}

async fn readyz(State(web): State<Web>) -> Response {
    if (web.ready)() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "starting\n").into_response()
    }
}

/// The look of the pages.
#[must_use]
pub fn style() -> &'static str {
    STYLE
}

/// Serves pages that are finished already, for looking at: `/` and one for each name.
pub async fn serve_files(listener: tokio::net::TcpListener, files: Arc<BTreeMap<String, (String, String)>>) {
    let show = move |uri: axum::http::Uri| {
        let found = files.get(uri.path()).cloned();
        async move {
            match found {
                Some((kind, body)) => (shown_headers(&kind), body).into_response(),
                None => StatusCode::NOT_FOUND.into_response(),
            }
        }
    };
    if let Err(error) = axum::serve(listener, Router::new().fallback(get(show))).await {
        tracing::error!(%error, "the page is no longer served");
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
