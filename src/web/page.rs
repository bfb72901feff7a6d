//! The map page and what it is made of, all from within the program: no other host is ever asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use minijinja::context;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::answer::render;
use super::api::Problem;
use super::who::Guest;
use super::{Web, sent};
use crate::domain::Language;

/// Our own files, and under `vendor/` those of others; `web/vendor.mjs` puts them there.
#[derive(RustEmbed)]
#[folder = "src/web/page/"]
struct Files;

/// What the page may load: from here alone, and no script or style within the page. MapLibre's worker is a file of ours;
/// its style sheet has pictures as `data:`, and it makes pictures as `blob:`. A base map of one's own adds its origin, for
/// pictures and data.
fn policy(web: &Web) -> HeaderValue {
    let origin = web.map.as_ref().map(|map| format!(" {}", map.origin)).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{origin}; \
         connect-src 'self'{origin}; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    lang: Option<String>,
}

/// The page itself; those who must log in first are led there.
pub(super) async fn index(
    State(web): State<Web>,
    guest: Result<Guest, Problem>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let language = language_of(asked.lang.as_deref(), &headers);
    let words = web.page_words.of(language);
    if let Err(problem) = guest {
        let needs_login = problem.is_unknown_guest();
        return if needs_login { Redirect::to("/login").into_response() } else { problem.into_response() };
    }
    let other = if language == Language::English { Language::Chinese } else { Language::English };
    let Some(template) = Files::get("index.html") else { return StatusCode::NOT_FOUND.into_response() };
    let html = render(
        &String::from_utf8_lossy(&template.data),
        &context! {
            lang => language.tag(), other => other.tag(), t => words, shown => web.door.is_shown(),
            has_mails => web.door.is_shown(), other_words => web.page_words.of(other),
            map => web.map.as_ref().map(|map| context! {
                kind => if map.is_style { "style" } else { "tiles" }, address => map.address.clone(), by => map.attribution.clone(),
            }),
        },
    );
    let mut response = Html(html).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy(&web));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
    response
}

/// The words of the page, for its scripts.
pub(super) async fn words(State(web): State<Web>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let language = language_of(asked.lang.as_deref(), &headers);
    sent::json(&headers, "application/json", &web.page_words.of(language))
}

/// A file of the page.
pub(super) async fn file(State(web): State<Web>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = Files::get(&path).filter(|_| path != "index.html") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let hash = file.metadata.sha256_hash();
    let tag = hash.iter().take(16).fold(String::from("\""), |text, byte| format!("{text}{byte:02x}")) + "\"";
    if sent::is_had(&headers, &tag) {
        return sent::marked(StatusCode::NOT_MODIFIED.into_response(), &tag);
    }
    let packed = if sent::unpacks(&headers) { packed(hash, &file.data) } else { None };
    let mut response = match &packed {
        Some(packed) => packed.to_vec().into_response(),
        None => file.data.into_owned().into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(&path)));
    // A worker has a policy of its own.
    headers.insert(header::CONTENT_SECURITY_POLICY, policy(&web));
    if packed.is_some() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    sent::marked(response, &tag)
}

/// Packed once, and kept: there are few files, and they do not change.
fn packed(hash: [u8; 32], body: &[u8]) -> Option<Arc<[u8]>> {
    static PACKED: Mutex<BTreeMap<[u8; 32], Arc<[u8]>>> = Mutex::new(BTreeMap::new());
    if let Some(known) = PACKED.lock().unwrap_or_else(PoisonError::into_inner).get(&hash) {
        return Some(known.clone());
    }
    let packed: Arc<[u8]> = sent::packed(body)?.into();
    PACKED.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, packed.clone());
    Some(packed)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "mjs" | "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "geojson" => "application/geo+json",
        _ => "text/plain; charset=utf-8",
    }
}

/// The language that is asked for: in the address, else by the browser, else English.
pub(super) fn language_of(asked: Option<&str>, headers: &HeaderMap) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut wanted: Vec<(f32, &str)> = accepted
        .split(',')
        .filter_map(|one| {
            let mut parts = one.split(';');
            let tag = parts.next()?.trim();
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok())?;
            Some((weight, tag))
        })
        .collect();
    wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
    asked
        .and_then(Language::from_tag)
        .or_else(|| wanted.into_iter().find_map(|(_, tag)| Language::from_tag(tag)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_outranks_the_browser_and_the_browsers_order_counts() {
        let check = |asked: Option<&str>, accepted: &str, expected: Language| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(accepted).expect("a header"));
            assert_eq!(language_of(asked, &headers), expected, "{asked:?} {accepted}");
        };
        check(None, "", Language::English);
        check(None, "zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese);
        check(None, "fr, en;q=0.5, zh;q=0.7", Language::Chinese);
        check(Some("en"), "zh-CN", Language::English);
        check(Some("xx"), "zh-CN", Language::Chinese);
    }

    #[test]
    fn nothing_that_the_page_is_made_of_points_to_another_host() {
        for path in Files::iter().filter(|path| !path.starts_with("vendor/")) {
            let file = Files::get(&path).expect("it is listed");
            let text = String::from_utf8_lossy(&file.data).replace("http://www.w3.org/", "");
            assert!(!text.contains("http://") && !text.contains("https://"), "{path}");
            assert!(!text.contains("innerHTML") && !text.contains("insertAdjacentHTML"), "{path} puts text in as HTML");
        }
    }
}
