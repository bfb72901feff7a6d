//! `[[feed]]`: what is polled, how often, and how long it may be silent.

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;

use super::section::Section;
use super::{DAY, FeedConfig, is_loopback};
use crate::domain::FeedId;

/// The least time between two questions to an agency that is no loopback mirror; below it many block a client.
const POLITE: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_millis(10);
const CADENCE: Duration = Duration::from_mins(10);
const NEAR_CADENCE: Duration = Duration::from_mins(3);
const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_BYTES: u64 = 8 << 20;

/// The feeds, in order; each mistake is noted. A file without feeds is a mistake: nothing would be heard.
pub(super) fn read(root: &mut Section<'_>) -> Vec<FeedConfig> {
    let sections = root.tables("feed");
    if sections.is_empty() {
        root.fatal_here("there is no [[feed]]: no warning would be heard", "add [[feed]] with id and url");
    }
    let mut ids = BTreeSet::new();
    let mut feeds = Vec::new();
    for mut section in sections {
        let feed = feed(&mut section);
        if let Some(feed) = feed {
            if !ids.insert(feed.id.clone()) {
                section.fatal("id", format!("another feed is `{}` too", feed.id), "give every feed an id of its own");
            }
            feeds.push(feed);
        }
    }
    feeds
}

fn feed(section: &mut Section<'_>) -> Option<FeedConfig> {
    let id = id(section);
    let url = address(section);
    let format = section.text("format");
    let agency = section.text("agency").unwrap_or_default().to_lowercase();
    let cadence = section.duration("cadence", SHORTEST..=DAY).unwrap_or(CADENCE);
    let near_cadence = section.duration("near_cadence", SHORTEST..=DAY).unwrap_or_else(|| NEAR_CADENCE.min(cadence));
    let timeout = section.duration("timeout", SHORTEST..=Duration::from_mins(10)).unwrap_or(TIMEOUT);
    let max_bytes = section.integer("max_bytes", 1_024..=(1 << 30)).unwrap_or(MAX_BYTES);
    let silence_after = section.duration("silence_after", SHORTEST..=30 * DAY);
    let follow = section.flag("follow").unwrap_or_else(|| format.as_deref() == Some("feed"));
    check_times(section, url.as_ref(), cadence, near_cadence, silence_after);
    Some(FeedConfig {
        id: id?,
        url: url?.into(),
        format,
        agency,
        cadence,
        near_cadence,
        timeout,
        max_bytes,
        silence_after: silence_after.unwrap_or(cadence * 3),
        follow,
    })
}

fn id(section: &mut Section<'_>) -> Option<FeedId> {
    const HINT: &str = "use small letters, digits and hyphens: jtwc-wp";
    let id = section.needed_text("id", HINT)?;
    // File names of archives are split at `_`, and ids stand in paths and metrics.
    if id.len() > 60 || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        section.fatal("id", format!("`{id}` cannot be a feed's id"), HINT);
        return None;
    }
    Some(FeedId::new(id))
}

fn address(section: &mut Section<'_>) -> Option<Url> {
    const HINT: &str = "write the whole address: https://…";
    let may_be_plain = section.flag("allow_http").unwrap_or(false);
    let text = section.needed_text("url", HINT)?;
    let url = match Url::parse(&text) {
        Ok(url) => url,
        Err(error) => {
            section.fatal("url", format!("this is no address: {error}"), HINT);
            return None;
        }
    };
    let is_here = url.host_str().is_some_and(is_loopback);
    match url.scheme() {
        "https" => {}
        "http" if is_here || may_be_plain => {}
        "http" => {
            let what = "over http anyone on the way could change a warning";
            section.fatal("url", what, "use https, or add allow_http = true if the agency offers nothing else");
        }
        other => section.fatal("url", format!("`{other}:` cannot be fetched"), HINT),
    }
    if !url.username().is_empty() || url.password().is_some() {
        section.fatal("url", "a name or password in an address ends up in logs", "take it out of the address");
    }
    Some(url)
}

fn check_times(
    section: &Section<'_>,
    url: Option<&Url>,
    cadence: Duration,
    near_cadence: Duration,
    silence_after: Option<Duration>,
) {
    let is_here = url.and_then(Url::host_str).is_some_and(is_loopback);
    if cadence.min(near_cadence) < POLITE && !is_here {
        section.minor("cadence", "asking more often than every 30 s gets clients blocked", "try 10m, and 3m when near");
    }
    if near_cadence > cadence {
        section.minor("near_cadence", "near a storm it is asked less often than at other times", "make it shorter");
    }
    if silence_after.is_some_and(|silence| silence < cadence) {
        section.minor(
            "silence_after",
            "it is silent, by this, between any two questions",
            "make it 3 times the cadence",
        );
    }
}
