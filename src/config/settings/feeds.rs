//! `[[feed]]`: what is polled, how often, and how long it may be silent. An id of the catalogue stands for all that
//! the catalogue says of it; a key that is given outranks that.

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;

use super::super::catalogue::{CatalogueFeed, catalogue_feed, near_feed};
use super::section::Section;
use super::{DAY, FeedConfig, YEAR, is_loopback};
use crate::domain::FeedId;

/// The least time between two questions to an agency that is no loopback mirror; below it many block a client.
const POLITE: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_millis(10);
const CADENCE: Duration = Duration::from_mins(10);
const NEAR_CADENCE: Duration = Duration::from_mins(3);
const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_BYTES: u64 = 8 << 20;
/// Addresses beside the first; more are no help, only more questions.
const MIRRORS_MAX: usize = 4;

/// The feeds, in order; each mistake is noted. A file without feeds is a mistake: nothing would be heard.
pub(super) fn read(root: &mut Section<'_>) -> Vec<FeedConfig> {
    let sections = root.tables("feed");
    if sections.is_empty() {
        let hint = "add [[feed]] with an id of `seawall feeds list`, or with id and url";
        root.fatal_here("there is no [[feed]]: no warning would be heard", hint);
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

/// A feed of the catalogue as it is when nothing outranks it.
#[must_use]
pub fn feed_by_id(id: &str) -> Option<FeedConfig> {
    let shipped = catalogue_feed(id)?;
    Some(FeedConfig {
        id: FeedId::new(id),
        agency: shipped.agency.clone(),
        cadence: shipped.cadence,
        near_cadence: shipped.near_cadence,
        timeout: TIMEOUT,
        max_bytes: shipped.max_bytes.unwrap_or(MAX_BYTES),
        silence_after: shipped.silence_after,
        issues_every: shipped.issues_every,
        points: shipped.points,
        follow: true,
        url: shipped.url,
        mirrors: shipped.mirrors,
        referer: shipped.referer,
        format: shipped.format,
    })
}

fn feed(section: &mut Section<'_>) -> Option<FeedConfig> {
    let id = id(section);
    let shipped = id.as_ref().and_then(|id| catalogue_feed(id.as_str()));
    let shipped = shipped.as_ref();
    let places = addresses(section, id.as_ref(), shipped);
    let format = section.text("format").or_else(|| shipped.and_then(|feed| feed.format.clone()));
    let agency = section.text("agency").or_else(|| shipped.map(|feed| feed.agency.clone())).unwrap_or_default();
    let referer = section.text("referer").or_else(|| shipped.and_then(|feed| feed.referer.clone()));
    let times = times(section, shipped);
    let timeout = section.duration("timeout", SHORTEST..=Duration::from_mins(10)).unwrap_or(TIMEOUT);
    let max_bytes = section.integer("max_bytes", 1_024..=(1 << 30)).or(shipped.and_then(|feed| feed.max_bytes));
    let points = section.flag("points").unwrap_or(shipped.is_some_and(|feed| feed.points));
    let follow = section.flag("follow").unwrap_or(true);
    let places = places?;
    let is_here = places.iter().all(|place| place.is_here);
    check_times(section, is_here, &times);
    let mut urls = places.into_iter().map(|place| place.address);
    Some(FeedConfig {
        id: id?,
        url: urls.next()?,
        mirrors: urls.collect(),
        referer,
        format,
        agency: agency.to_lowercase(),
        cadence: times.cadence,
        near_cadence: times.near_cadence,
        timeout,
        max_bytes: max_bytes.unwrap_or(MAX_BYTES),
        silence_after: times.silence_after.unwrap_or(times.cadence * 3),
        issues_every: times.issues_every,
        points,
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

/// An address, as it is kept, and whether it leads to this machine alone.
struct Address {
    address: String,
    is_here: bool,
}

/// The address and those beside it. Who gives an address of their own wants that one asked, not the agency's others.
fn addresses(section: &mut Section<'_>, id: Option<&FeedId>, shipped: Option<&CatalogueFeed>) -> Option<Vec<Address>> {
    const HINT: &str = "write the whole address: https://…";
    let allow_http = section.flag("allow_http");
    let mirrors = section.texts("mirrors");
    let is_own = section.has("url");
    let url = match (is_own, shipped, id) {
        (false, Some(shipped), _) => shipped.url.clone(),
        (false, None, Some(id)) => {
            let what = format!("`url` is missing in this [[feed]], and the catalogue has no feed `{id}`");
            let near = near_feed(id.as_str()).map(|near| format!("did you mean `{near}`? "));
            let hint =
                format!("{}`seawall feeds list` names them all; any other needs a url", near.unwrap_or_default());
            section.fatal("id", what, &hint);
            return None;
        }
        _ => section.needed_text("url", HINT)?,
    };
    let shipped = shipped.filter(|_| !is_own);
    let may_be_plain = allow_http.unwrap_or(shipped.is_some_and(|feed| feed.allow_http));
    let beside = mirrors.or_else(|| shipped.map(|feed| feed.mirrors.clone())).unwrap_or_default();
    if beside.len() > MIRRORS_MAX {
        section.fatal("mirrors", format!("more than {MIRRORS_MAX} addresses are no help"), "keep the best of them");
    }
    let mut all = vec![address(section, "url", &url, may_be_plain)?];
    for mirror in &beside {
        all.push(address(section, "mirrors", mirror, may_be_plain)?);
    }
    Some(all)
}

fn address(section: &Section<'_>, key: &'static str, text: &str, may_be_plain: bool) -> Option<Address> {
    const HINT: &str = "write the whole address: https://…";
    let url = match Url::parse(&text.replace(YEAR, "2004")) {
        Ok(url) => url,
        Err(error) => {
            section.fatal(key, format!("this is no address: {error}"), HINT);
            return None;
        }
    };
    let is_here = url.host_str().is_some_and(is_loopback);
    match url.scheme() {
        "https" => {}
        "http" if is_here || may_be_plain => {}
        "http" => {
            let what = "over http anyone on the way could change a warning";
            section.fatal(key, what, "use https, or add allow_http = true if the agency offers nothing else");
        }
        other => section.fatal(key, format!("`{other}:` cannot be fetched"), HINT),
    }
    if !url.username().is_empty() || url.password().is_some() {
        section.fatal(key, "a name or password in an address ends up in logs", "take it out of the address");
    }
    let address = if text.contains(YEAR) { text.to_owned() } else { url.into() };
    Some(Address { address, is_here })
}

struct Times {
    cadence: Duration,
    near_cadence: Duration,
    silence_after: Option<Duration>,
    issues_every: Option<Duration>,
}

fn times(section: &mut Section<'_>, shipped: Option<&CatalogueFeed>) -> Times {
    let own_cadence = section.duration("cadence", SHORTEST..=DAY);
    let cadence = own_cadence.or(shipped.map(|feed| feed.cadence)).unwrap_or(CADENCE);
    let near = shipped.map_or(NEAR_CADENCE, |feed| feed.near_cadence).min(cadence);
    // Another cadence makes another silence: that of the catalogue goes with its own.
    let silence = shipped.filter(|_| own_cadence.is_none()).map(|feed| feed.silence_after);
    let issues_every = section.duration("issues_every", SHORTEST..=30 * DAY);
    Times {
        cadence,
        near_cadence: section.duration("near_cadence", SHORTEST..=DAY).unwrap_or(near),
        silence_after: section.duration("silence_after", SHORTEST..=30 * DAY).or(silence),
        issues_every: issues_every.or(shipped.and_then(|feed| feed.issues_every)),
    }
}

fn check_times(section: &Section<'_>, is_here: bool, times: &Times) {
    if times.cadence.min(times.near_cadence) < POLITE && !is_here {
        section.minor("cadence", "asking more often than every 30 s gets clients blocked", "try 10m, and 3m when near");
    }
    if times.near_cadence > times.cadence {
        section.minor("near_cadence", "near a storm it is asked less often than at other times", "make it shorter");
    }
    if times.silence_after.is_some_and(|silence| silence < times.cadence) {
        section.minor(
            "silence_after",
            "it is silent, by this, between any two questions",
            "make it 3 times the cadence",
        );
    }
}
