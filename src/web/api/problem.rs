//! What went wrong with a request, as a program and a person can read it: RFC 9457, with a hint how to mend it.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::FileFault;
use crate::store::StoreError;

/// An error as `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::web) struct Problem {
    /// What kind of problem: `urn:seawall:problem:` and a word.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong in this request.
    detail: String,
    /// How to mend it.
    hint: String,
    /// What is wrong in files that were sent, one by one.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<FaultRow>)]
    faults: Box<[FaultRow]>,
}

/// What is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FaultRow {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// The field.
    pub field: Option<String>,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub hint: Option<String>,
    /// Whether it hides that somebody is not told.
    pub fatal: bool,
}

impl FaultRow {
    pub(in crate::web) fn of((file, fault): &FileFault) -> Self {
        Self {
            file: file.clone(),
            line: fault.place.line,
            column: fault.place.column,
            field: fault.place.field.clone(),
            what: fault.what.clone(),
            hint: fault.hint.clone(),
            fatal: fault.is_fatal,
        }
    }
}

impl Problem {
    pub(in crate::web) fn new(status: StatusCode, word: &str, detail: impl Into<String>, hint: &str) -> Self {
        let title = status.canonical_reason().unwrap_or("error").to_owned();
        let kind = format!("urn:seawall:problem:{word}");
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            hint: hint.to_owned(),
            faults: Box::default(),
        }
    }

    /// The same with what is wrong in files.
    pub(in crate::web) fn with(self, faults: Vec<FaultRow>) -> Self {
        Self { faults: faults.into(), ..self }
    }

    /// A parameter or body that cannot be read.
    pub(in crate::web) fn bad(detail: impl Into<String>, hint: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail, hint)
    }

    /// Something that is not there, or that this guest may not see: which of the two is not said.
    pub(in crate::web) fn missing(what: &str, id: &str) -> Self {
        let id: String = id.chars().take(100).collect();
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            format!("there is no {what} `{id}` that you may see"),
            "list them to see which there are",
        )
    }

    pub(in crate::web) fn forbidden(detail: impl Into<String>, hint: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail, hint)
    }

    pub(in crate::web) fn unknown_guest() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "log-in",
            "who you are is not known",
            "log in at /login, or send `Authorization: Bearer` with a token of `seawall user token`",
        )
    }

    /// True when a login would help.
    pub(in crate::web) fn is_unknown_guest(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED.as_u16()
    }

    pub(in crate::web) fn store(error: &StoreError) -> Self {
        tracing::error!(%error, "the store refused a request of the page");
        Self::busy()
    }

    pub(in crate::web) fn busy() -> Self {
        let detail = "the store did not answer; nothing was changed";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "store", detail, "try again in a minute")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}
