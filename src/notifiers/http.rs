//! The house's way out over HTTP for what people are told, and for asking who they are: one request, no redirect followed,
//! within a time and a size.
//!
//! Documents are fetched elsewhere (`sources::fetch`); nothing here waits between tries: the daemon does.

use std::error::Error as _;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Client, Method, StatusCode, redirect};
use url::{Host, Url};

use super::{NotifierError, install_crypto};
use crate::domain::{Delivery, Secret, Span, Timestamp};

/// The most bytes of an answer that are read; no service says more than a few hundred.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// The longest wait that a server may ask for. A typhoon warning does not wait for half a day because one said so.
const RETRY_AFTER_MAX: Span = Span::from_hours(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const AGENT: &str = concat!("Seawall/", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));

/// What is sent: a POST of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// Where to. It may bear a key.
    pub(super) url: Secret,
    /// Headers beside `content-type`.
    pub(super) headers: Vec<(&'static str, String)>,
    /// The body.
    pub(super) body: Vec<u8>,
}

/// What the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// When it may be asked again, if it said so.
    pub(super) again_at: Option<Timestamp>,
    /// The body, or its first megabyte.
    pub(super) body: Vec<u8>,
}

/// No whole answer came, in words that bear no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoAnswer(pub(super) String);

/// The client. It keeps connections open.
#[derive(Debug, Clone)]
pub struct Http {
    /// Through the proxy of the environment, if there is one.
    outside: Client,
    /// For this machine's own addresses, which no proxy can reach.
    inside: Client,
}

impl Http {
    /// A client that gives each request this much time, from connecting to the answer's end.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(timeout: Duration) -> Result<Self, NotifierError> {
        Self::trusting(timeout, None)
    }

    /// The same, which also trusts the certificates of a PEM file.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the file holds no certificates.
    pub fn trusting(timeout: Duration, extra_ca: Option<&Path>) -> Result<Self, NotifierError> {
        install_crypto();
        let extra = extra_ca.map(certificates).transpose()?.unwrap_or_default();
        let client = |builder: reqwest::ClientBuilder| {
            builder
                .tls_certs_merge(extra.clone())
                .user_agent(AGENT)
                .timeout(timeout)
                .connect_timeout(CONNECT_TIMEOUT)
                .redirect(redirect::Policy::none())
                .referer(false)
                .build()
                .map_err(|error| NotifierError::Http { detail: in_words(error) })
        };
        Ok(Self { outside: client(Client::builder())?, inside: client(Client::builder().no_proxy())? })
    }

    /// Sends one request.
    pub(super) async fn send(&self, request: Request, now: Timestamp) -> Result<Answer, NoAnswer> {
        let url = parsed(request.url.reveal())?;
        let mut sending = self.client(&url).request(Method::POST, url).body(request.body);
        sending = sending.header("content-type", "application/json; charset=utf-8");
        for (name, value) in request.headers {
            let value = HeaderValue::from_str(&value).map_err(|error| NoAnswer(format!("header {name}: {error}")))?;
            sending = sending.header(HeaderName::from_static(name), value);
        }
        answered(sending, now).await
    }

    /// Asks for an address and gives the status alone: a sign of life.
    ///
    /// # Errors
    /// When there is no answer, in words that do not bear the address.
    pub async fn ping(&self, url: &Secret, now: Timestamp) -> Result<u16, String> {
        let address = parsed(url.reveal()).map_err(|error| error.0)?;
        let answer = answered(self.client(&address).get(address), now).await;
        answer.map(|answer| answer.status).map_err(|error| error.0)
    }

    /// Sends a request of any kind and gives the whole answer.
    ///
    /// # Errors
    /// When there is no whole answer within the time and the size, in words that bear neither address nor body.
    pub async fn exchange(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, String> {
        let request = reqwest::Request::try_from(request).map_err(in_words)?;
        let mut response = self.client(request.url()).execute(request).await.map_err(in_words)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(in_words)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(format!("its answer is longer than {ANSWER_BYTES_MAX} bytes"));
            }
            body.extend(chunk);
        }
        let mut answer = http::Response::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }

    fn client(&self, url: &Url) -> &Client {
        if is_here(url) { &self.inside } else { &self.outside }
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, NotifierError> {
    let pem = std::fs::read(path).map_err(|source| NotifierError::ExtraCa { path: path.to_owned(), source })?;
    let none = |detail: String| NotifierError::ExtraCaContent { path: path.to_owned(), detail };
    let all = Certificate::from_pem_bundle(&pem).map_err(|error| none(in_words(error)))?;
    if all.is_empty() { Err(none("it is empty".to_owned())) } else { Ok(all) }
}

fn parsed(url: &str) -> Result<Url, NoAnswer> {
    Url::parse(url).map_err(|error| NoAnswer(format!("its url is no address: {error}")))
}

async fn answered(sending: reqwest::RequestBuilder, now: Timestamp) -> Result<Answer, NoAnswer> {
    let mut response = sending.send().await.map_err(|error| NoAnswer(in_words(error)))?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let again_at = retry_after.and_then(|value| again_at(value, now));
    let mut body = Vec::new();
    // Beyond the cap nothing is read: what the service says of the message stands at the beginning.
    while body.len() < ANSWER_BYTES_MAX {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend(chunk.iter().take(ANSWER_BYTES_MAX - body.len())),
            Ok(None) => break,
            Err(error) => return Err(NoAnswer(in_words(error))),
        }
    }
    Ok(Answer { status, again_at, body })
}

/// The instant of a `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3), at most an hour ahead.
fn again_at(value: &str, now: Timestamp) -> Option<Timestamp> {
    let value = value.trim();
    let at = match value.parse::<u32>() {
        Ok(seconds) => now.checked_add(Span::from_secs(i64::from(seconds))).ok()?,
        Err(_) => Timestamp::try_from(httpdate::parse_http_date(value).ok()?).ok()?,
    };
    let latest = now.checked_add(RETRY_AFTER_MAX).unwrap_or(now);
    Some(at.clamp(now, latest))
}

/// What a status means for the notice; `None` when it was taken as far as the status says.
pub(super) fn by_status(answer: &Answer) -> Option<Delivery> {
    let words = StatusCode::from_u16(answer.status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
    let said = said(&answer.body);
    let fault = format!("it answered {} {words}{said}", answer.status);
    Some(match answer.status {
        200..=299 => return None,
        300..=399 => Delivery::Later(format!("{fault}; redirects are not followed, mend its url")),
        408 | 425 | 429 | 500..=599 => match answer.again_at {
            Some(at) => Delivery::NotBefore(at, fault),
            None => Delivery::Later(fault),
        },
        _ => Delivery::Never(fault),
    })
}

/// The first words of an answer, if it is short text.
pub(super) fn said(body: &[u8]) -> String {
    const SHOWN: usize = 1_000;
    let text: String = String::from_utf8_lossy(body).chars().take(SHOWN).collect();
    let text = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let text = text.collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.starts_with('<') { String::new() } else { format!(": {text}") }
}

/// True when an address leads to this machine alone.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// The error and its causes, without the address: that may bear a key.
fn in_words(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "no whole answer in time".to_owned();
    }
    let mut words = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(why) = cause {
        words.push(why.to_string());
        cause = why.source();
    }
    words.dedup();
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn a_server_may_name_a_time_within_the_hour() {
        let now = at(784_111_777);
        for (value, expected) in [
            ("30", Some(30)),
            (" 0 ", Some(0)),
            ("86400", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:40:37 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(again_at(value, now), expected.map(|s| at(784_111_777 + s)), "{value}");
        }
    }

    #[test]
    fn what_a_status_means() {
        let of = |status, again_at| by_status(&Answer { status, again_at, body: b"invalid_payload\n".to_vec() });
        assert_eq!(of(200, None), None);
        assert_eq!(
            of(429, Some(at(9))),
            Some(Delivery::NotBefore(at(9), "it answered 429 Too Many Requests: invalid_payload".to_owned()))
        );
        for status in [301, 308, 408, 425, 429, 500, 502, 503, 504] {
            assert!(matches!(of(status, None), Some(Delivery::Later(_))), "{status}");
        }
        for status in [400, 401, 403, 404, 405, 410, 413, 422] {
            assert!(matches!(of(status, None), Some(Delivery::Never(_))), "{status}");
        }
    }
}
