//! The only HTTP client of the house: one conditional GET at a time, within a time and a size.
//!
//! In: an address, the validators of the last answer, the instant. Out: the document, "not modified", or
//! an error whose kind says what to do next. How long to wait is worked out in [`pace`], where a link may
//! lead in [`links`]; both are pure. Nothing here waits between tries: the daemon does.

mod breaker;
mod error;
mod links;
mod pace;

use std::sync::Once;
use std::time::Duration;

use reqwest::header::{
    AGE, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, REFERER,
};
use reqwest::{Client, Response, StatusCode, redirect};
use url::Url;

pub use breaker::{Breaker, askable};
pub use error::FetchError;
pub use links::{LINKS_MAX, LinkRefused, Links, follow, resolve_link};
pub use pace::{Pace, backoff, next_poll, parse_retry_after};

use crate::domain::{Span, Timestamp};

/// Who we are and how patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchSettings {
    /// An address or page by which an agency can reach the operator; part of the user agent.
    pub contact: String,
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How long a server may say nothing within an answer.
    pub read_timeout: Duration,
}

impl FetchSettings {
    /// The usual patience: 10 s to connect, 20 s of silence.
    pub fn new(contact: impl Into<String>) -> Self {
        Self {
            contact: contact.into(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(20),
        }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    /// The address, http or https.
    pub url: String,
    /// The `ETag` of the last answer.
    pub etag: Option<String>,
    /// The `Last-Modified` of the last answer.
    pub last_modified: Option<String>,
    /// The page that the server wants us to come from.
    pub referer: Option<String>,
    /// How long the whole answer may take.
    pub timeout: Duration,
    /// The most bytes of the answer, unpacked.
    pub max_bytes: u64,
    /// The instant; a `Retry-After` that names a date is counted from it.
    pub now: Timestamp,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The document is the one of the last answer.
    NotModified {
        /// The server's clock, when it told it.
        clock: Option<Timestamp>,
    },
    /// A document.
    Document {
        /// Its bytes, unpacked; never empty.
        body: Vec<u8>,
        /// The charset that the transport named.
        charset: Option<String>,
        /// To be sent with the next question.
        etag: Option<String>,
        /// To be sent with the next question.
        last_modified: Option<String>,
        /// The server's clock, when it told it.
        clock: Option<Timestamp>,
        /// Where it came from after redirects; its links are relative to it.
        final_url: String,
    },
}

/// The client. Cheap to share by reference; it keeps connections open.
#[derive(Debug, Clone)]
pub struct Fetcher {
    /// Through the proxy of the environment, if there is one.
    outside: Client,
    /// For this machine's own addresses, which no proxy can reach.
    inside: Client,
}

impl Fetcher {
    /// A client with one polite user agent.
    ///
    /// # Errors
    /// When the contact cannot stand in a header or TLS cannot be set up.
    pub fn new(settings: &FetchSettings) -> Result<Self, FetchError> {
        install_tls();
        let client = |builder: reqwest::ClientBuilder| {
            builder
                .user_agent(format!("{AGENT} (+{})", settings.contact))
                .connect_timeout(settings.connect_timeout)
                .read_timeout(settings.read_timeout)
                .redirect(redirect::Policy::custom(redirected))
                .referer(false)
                .build()
                .map_err(|error| FetchError::Setup { what: error::in_words(&error) })
        };
        Ok(Self { outside: client(Client::builder())?, inside: client(Client::builder().no_proxy())? })
    }

    /// Asks once. Nothing is retried here.
    ///
    /// # Errors
    /// Every way in which no document came; see [`FetchError::is_transient`] for whether to ask again.
    pub async fn get(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        let url = links::parse_address(&request.url)
            .map_err(|what| FetchError::Address { url: error::redacted(&request.url), what })?;
        let client = if links::is_loopback(&url) { &self.inside } else { &self.outside };
        let at = error::redacted_url(&url);
        let validators = validators(request);
        let is_conditional = !validators.is_empty();
        let mut question = client.get(url).timeout(request.timeout).headers(validators);
        if let Some(page) = request.referer.as_deref().and_then(|page| HeaderValue::from_str(page).ok()) {
            question = question.header(REFERER, page);
        }
        let answer = question.send().await;
        let response = answer.map_err(|error| FetchError::from_transport(at.clone(), error))?;
        match response.status() {
            StatusCode::NOT_MODIFIED if is_conditional => Ok(Fetched::NotModified { clock: clock(&response) }),
            StatusCode::OK => document(response, request.max_bytes, at).await,
            status => Err(FetchError::from_status(at, status, retry_after(&response, request.now))),
        }
    }
}

const AGENT: &str = concat!("Seawall/", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
const REDIRECTS_MAX: usize = 5;
/// Validators and charsets longer than this are no use to anybody.
const HEADER_MAX: usize = 1_024;

/// Sets ring up as the process's TLS provider; without one a client panics when it is built.
fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that another part of the process has set one up already, which serves as well.
        rustls::crypto::ring::default_provider().install_default().ok();
    });
}

fn redirected(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let refusal = match attempt.previous() {
        previous if previous.len() > REDIRECTS_MAX => Some(LinkRefused::TooMany),
        previous => previous.last().and_then(|from| links::check_step(from, attempt.url()).err()),
    };
    match refusal {
        Some(refusal) => attempt.error(refusal),
        None => attempt.follow(),
    }
}

/// What the last answer gave, if it can stand in a header, back to the server as it came: no clock of ours has a part.
fn validators(request: &FetchRequest) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [(IF_NONE_MATCH, &request.etag), (IF_MODIFIED_SINCE, &request.last_modified)] {
        if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// What the server's clock shows: when it made the answer, and how long caches have had it since (RFC 9110, 6.6.1;
/// RFC 9111, 5.1).
fn clock(response: &Response) -> Option<Timestamp> {
    let date = parse_http_date(&text_of(response, &DATE)?)?;
    let age_s = text_of(response, &AGE).and_then(|age| age.trim().parse().ok()).unwrap_or(0);
    date.checked_add(Span::from_secs(age_s)).ok()
}

/// The instant of an HTTP date, as `Date` and `Last-Modified` have it.
#[must_use]
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    let value = response.headers().get(reqwest::header::RETRY_AFTER)?.to_str().ok()?;
    parse_retry_after(value, now)
}

/// Reads the body piece by piece, because its announced length may be a lie or that of the packed bytes.
async fn document(mut response: Response, max_bytes: u64, at: String) -> Result<Fetched, FetchError> {
    if response.content_length().is_some_and(|length| length > max_bytes) {
        return Err(FetchError::TooLarge { url: at, cap: max_bytes });
    }
    let cap = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if chunk.len() > cap - body.len() => {
                return Err(FetchError::TooLarge { url: at, cap: max_bytes });
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(FetchError::from_transport(at, error)),
        }
    }
    if body.is_empty() {
        return Err(FetchError::Body { url: at, what: "the answer is empty".to_owned() });
    }
    Ok(Fetched::Document {
        body,
        charset: text_of(&response, &CONTENT_TYPE).and_then(|kind| charset(&kind)),
        etag: text_of(&response, &ETAG),
        last_modified: text_of(&response, &LAST_MODIFIED),
        clock: clock(&response),
        final_url: without_fragment(response.url()),
    })
}

fn text_of(response: &Response, name: &reqwest::header::HeaderName) -> Option<String> {
    let text = response.headers().get(name)?.to_str().ok()?;
    (!text.is_empty() && text.len() <= HEADER_MAX).then(|| text.to_owned())
}

/// The charset of a content type: `text/xml; charset="GB2312"` gives `gb2312`.
fn charset(content_type: &str) -> Option<String> {
    let value = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    })?;
    let value = value.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let is_label = !value.is_empty() && value.chars().all(|c| c.is_ascii_graphic());
    is_label.then_some(value)
}

fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests;
