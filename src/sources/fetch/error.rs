//! Why no document came, sorted by what a caller does about it, in words that hold no secret.

use std::error::Error as StdError;
use std::time::Duration;

use reqwest::StatusCode;
use url::Url;

/// Why no document came. `url` is the address without its query, which may hold a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The client could not be made.
    #[error("the HTTP client cannot be set up: {what}\nhint: check `contact` in the configuration")]
    Setup {
        /// What the library says.
        what: String,
    },
    /// The address is none that can be fetched.
    #[error("{url}: {what}")]
    Address {
        /// Where.
        url: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// There is no such document (404 or 410).
    #[error("{url}: there is no such document\nhint: the agency may have moved it; check the feed's `url`")]
    NotFound {
        /// Where.
        url: String,
    },
    /// The server refused or failed.
    #[error("{url}: the server answered {status}")]
    Status {
        /// Where.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server asks us to wait.
    #[error("{url}: the server answered {status} and asks us to wait {} s", after.as_secs())]
    RetryAfter {
        /// Where.
        url: String,
        /// The HTTP status, 429 or 503.
        status: u16,
        /// How long.
        after: Duration,
    },
    /// The document is larger than the feed's `max_bytes`.
    #[error("{url}: the document is larger than {cap} bytes\nhint: raise the feed's `max_bytes` if it should be")]
    TooLarge {
        /// Where.
        url: String,
        /// The most that would have been taken.
        cap: u64,
    },
    /// The answer took too long.
    #[error("{url}: no whole answer in time")]
    Timeout {
        /// Where.
        url: String,
    },
    /// No connection stands.
    #[error("{url}: no connection: {what}")]
    Connect {
        /// Where.
        url: String,
        /// What the system says.
        what: String,
    },
    /// The server's certificate or TLS cannot be trusted.
    #[error("{url}: TLS failed: {what}\nhint: check this machine's clock and its ca-certificates")]
    Tls {
        /// Where.
        url: String,
        /// What the library says.
        what: String,
    },
    /// It leads on to where we do not go.
    #[error("{url}: a redirect was refused: {what}")]
    Redirect {
        /// Where.
        url: String,
        /// Why.
        what: String,
    },
    /// The answer broke off, was empty, or was no HTTP.
    #[error("{url}: the answer is broken: {what}")]
    Body {
        /// Where.
        url: String,
        /// What the library says.
        what: String,
    },
}

impl FetchError {
    /// True when asking again soon may help; false when a person must look at the configuration or the feed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Connect { .. } | Self::Body { .. } | Self::RetryAfter { .. } => true,
            Self::Status { status, .. } => *status >= 500 || matches!(*status, 408 | 425 | 429),
            Self::Setup { .. }
            | Self::Address { .. }
            | Self::NotFound { .. }
            | Self::TooLarge { .. }
            | Self::Tls { .. }
            | Self::Redirect { .. } => false,
        }
    }

    /// How long the server asks us to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RetryAfter { after, .. } => Some(*after),
            _ => None,
        }
    }

    /// What happened in a word or two, for a table: `404`, `time-out`.
    #[must_use]
    pub fn short(&self) -> String {
        match self {
            Self::NotFound { .. } => "404".to_owned(),
            Self::Status { status, .. } | Self::RetryAfter { status, .. } => status.to_string(),
            Self::Timeout { .. } => "time-out".to_owned(),
            Self::Connect { .. } => "no connection".to_owned(),
            Self::Tls { .. } => "TLS".to_owned(),
            Self::Redirect { .. } => "redirect".to_owned(),
            Self::TooLarge { .. } => "too large".to_owned(),
            Self::Body { .. } => "broken off".to_owned(),
            Self::Address { .. } | Self::Setup { .. } => "not asked".to_owned(),
        }
    }

    pub(super) fn from_status(url: String, status: StatusCode, retry_after: Option<Duration>) -> Self {
        match (status.as_u16(), retry_after) {
            (404 | 410, _) => Self::NotFound { url },
            (status @ (429 | 503), Some(after)) => Self::RetryAfter { url, status, after },
            (status, _) => Self::Status { url, status },
        }
    }

    pub(super) fn from_transport(url: String, error: reqwest::Error) -> Self {
        // The library's words would name the whole address, query and all.
        let error = error.without_url();
        let what = in_words(&error);
        if error.is_timeout() {
            Self::Timeout { url }
        } else if error.is_redirect() {
            Self::Redirect { url, what }
        } else if is_tls(&error) {
            Self::Tls { url, what }
        } else if error.is_connect() {
            Self::Connect { url, what }
        } else {
            Self::Body { url, what }
        }
    }
}

/// The innermost cause that says something, in one line.
pub(super) fn in_words(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = inner.to_string();
        cause = inner.source();
    }
    words.lines().next().unwrap_or_default().to_owned()
}

/// The address without what may be secret: name, password, query, fragment.
pub(super) fn redacted_url(url: &Url) -> String {
    let mut url = url.clone();
    let had_query = url.query().is_some();
    url.set_query(None);
    url.set_fragment(None);
    // Both fail only for addresses that cannot have a name, which have none to hide.
    url.set_password(None).ok();
    url.set_username("").ok();
    if had_query { format!("{url}?…") } else { url.into() }
}

/// As [`redacted_url`], of what may be no address at all.
pub(super) fn redacted(text: &str) -> String {
    Url::parse(text).map_or_else(|_| "the address".to_owned(), |url| redacted_url(&url))
}

fn is_tls(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if holds_tls(inner) {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// An I/O error hides what it wraps from `source`, and may wrap another.
fn holds_tls(error: &(dyn StdError + 'static)) -> bool {
    error.is::<rustls::Error>()
        || error.downcast_ref().and_then(std::io::Error::get_ref).is_some_and(|wrapped| holds_tls(wrapped))
}
