//! A body on its way out: named by what it holds, so that it is not sent twice, and packed where the other end unpacks.

use std::io::Write as _;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use crate::domain::DocumentHash;

/// Below this packing gains nothing.
const PACKED_BYTES_MIN: usize = 1400;

/// A value as JSON of a media type; 304 when the other end has it already.
pub(super) fn json(asked: &HeaderMap, media_type: &'static str, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => bytes(asked, media_type, &body),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A body of a media type; 304 when the other end has it already.
pub(super) fn bytes(asked: &HeaderMap, media_type: &'static str, body: &[u8]) -> Response {
    let hash = DocumentHash::of(body);
    let tag = format!("\"{}\"", hash.digits().chars().take(32).collect::<String>());
    if is_had(asked, &tag) {
        return marked((StatusCode::NOT_MODIFIED, ()).into_response(), &tag);
    }
    let packed = (body.len() >= PACKED_BYTES_MIN && unpacks(asked)).then(|| packed(body)).flatten();
    let is_packed = packed.is_some();
    let body = packed.unwrap_or_else(|| body.to_vec());
    let mut response = ([(header::CONTENT_TYPE, media_type)], body).into_response();
    if is_packed {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    marked(response, &tag)
}

/// True when the other end says that it has the body of this tag.
pub(super) fn is_had(asked: &HeaderMap, tag: &str) -> bool {
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|list| list.split(',')).any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*")
}

/// True when the other end takes gzip.
pub(super) fn unpacks(asked: &HeaderMap) -> bool {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| one.split(';').next().is_some_and(|name| name.trim() == "gzip"))
}

/// Packed with gzip; `None` when that fails, and the body goes out as it is.
pub(super) fn packed(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(4));
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

/// Says what the body is called, and to ask before using it again.
pub(super) fn marked(mut response: Response, tag: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding, cookie, authorization, accept-language"));
    response
}
