//! The feeds that Seawall knows: `feeds/catalogue.toml`, built in.
//!
//! In: an id. Out: the feed with that id, its braces filled. Never: asks whether the address still stands.

use std::sync::LazyLock;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::words::nearest;

/// One feed of the catalogue, or many that differ in one word of id and address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueFeed {
    /// Its id; `meteoalarm-{country}` stands for many.
    pub id: String,
    /// The agency; empty when the feed relays any.
    pub agency: String,
    /// What it covers, in a few words.
    pub area: String,
    /// Its address; `{year}` is filled by the clock.
    pub url: String,
    /// The addresses that are asked when it fails, in order.
    #[serde(default)]
    pub mirrors: Vec<String>,
    /// The format's id; `None` when what it gives is recognised by its content.
    #[serde(default)]
    pub format: Option<String>,
    /// How often it is asked.
    #[serde(deserialize_with = "in_words")]
    pub cadence: Duration,
    /// How often it is asked while a storm is near.
    #[serde(deserialize_with = "in_words")]
    pub near_cadence: Duration,
    /// How long it may give no good answer.
    #[serde(deserialize_with = "in_words")]
    pub silence_after: Duration,
    /// How often the agency issues while it has a storm.
    #[serde(default, deserialize_with = "maybe_in_words")]
    pub issues_every: Option<Duration>,
    /// The most bytes of one answer, where the usual is too little.
    #[serde(default)]
    pub max_bytes: Option<u64>,
    /// Whether plain http will do: the agency offers nothing else, or nothing that always works.
    #[serde(default)]
    pub allow_http: bool,
    /// The `Referer` that the server wants.
    #[serde(default)]
    pub referer: Option<String>,
    /// Whether it is asked for the portfolio's own places.
    #[serde(default)]
    pub points: bool,
    /// On which terms its words may be used.
    pub licence: String,
    /// Whom to name.
    pub attribution: String,
    /// What else to know before it is turned on.
    pub notes: String,
    /// What may stand for the braces in the id; empty when anything may.
    #[serde(default)]
    pub places: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    feed: Vec<CatalogueFeed>,
}

static CATALOGUE: LazyLock<Vec<CatalogueFeed>> = LazyLock::new(|| {
    let text = include_str!("../../feeds/catalogue.toml");
    let file: File = toml::from_str(text).expect("the catalogue is built in and a test reads it");
    file.feed
});

/// Every feed, in the order of the file.
#[must_use]
pub fn catalogue() -> &'static [CatalogueFeed] {
    &CATALOGUE
}

/// The feed of this id, its braces filled: `meteoalarm-germany` is that of `meteoalarm-{country}`.
///
/// ```
/// use seawall::config::catalogue_feed;
/// assert!(catalogue_feed("meteoalarm-germany").unwrap().url.ends_with("-germany"));
/// assert!(catalogue_feed("meteoalarm-atlantis").is_none());
/// ```
#[must_use]
pub fn catalogue_feed(id: &str) -> Option<CatalogueFeed> {
    catalogue().iter().find(|feed| feed.id == id && feed.braces().is_none()).cloned().or_else(|| {
        // Of two patterns that fit, `ucar-{storm}` and `ucar-best-{storm}`, the longer says more.
        let fits = catalogue().iter().filter_map(|feed| Some((feed, feed.place_in(id)?)));
        fits.max_by_key(|(feed, _)| feed.id.len()).map(|(feed, place)| feed.at(place))
    })
}

/// The id that was meant by one that is in no catalogue.
#[must_use]
pub fn near_feed(id: &str) -> Option<String> {
    let of_feed = |feed: &CatalogueFeed| match feed.braces() {
        Some((before, name, after)) if !feed.places.is_empty() => feed
            .places
            .iter()
            .map(|place| format!("{before}{place}{after}"))
            .chain([format!("{before}{{{name}}}")])
            .collect(),
        _ => vec![feed.id.clone()],
    };
    let ids: Vec<String> = catalogue().iter().flat_map(of_feed).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    nearest(id, &ids).map(str::to_owned)
}

impl CatalogueFeed {
    /// True when it stands for many feeds.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.braces().is_some()
    }

    /// True for the id of this feed, or of one that it stands for.
    #[must_use]
    pub fn stands_for(&self, id: &str) -> bool {
        catalogue_feed(id).is_some_and(|feed| feed.area == self.area)
    }

    /// What stands before, in and after the braces of the id.
    fn braces(&self) -> Option<(&str, &str, &str)> {
        let (before, rest) = self.id.split_once('{')?;
        let (name, after) = rest.split_once('}')?;
        Some((before, name, after))
    }

    /// What stands in an id where this one has its braces, when it may stand there.
    fn place_in<'i>(&self, id: &'i str) -> Option<&'i str> {
        let (before, _, after) = self.braces()?;
        let place = id.strip_prefix(before)?.strip_suffix(after)?;
        let is_word = place.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let is_known = self.places.is_empty() || self.places.iter().any(|known| known == place);
        (!place.is_empty() && is_word && is_known).then_some(place)
    }

    fn at(&self, place: &str) -> Self {
        let Some((_, name, _)) = self.braces() else { return self.clone() };
        let braced = format!("{{{name}}}");
        let fill = |text: &str| text.replace(&braced, place);
        Self {
            id: fill(&self.id),
            url: fill(&self.url),
            mirrors: self.mirrors.iter().map(|url| fill(url)).collect(),
            places: Vec::new(),
            ..self.clone()
        }
    }
}

fn in_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let span: jiff::SignedDuration = text.parse().map_err(serde::de::Error::custom)?;
    Duration::try_from(span).map_err(serde::de::Error::custom)
}

fn maybe_in_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    in_words(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_feed_is_whole() {
        let mut ids = BTreeSet::new();
        for feed in catalogue() {
            assert!(ids.insert(&feed.id), "{} is there twice", feed.id);
            assert!(feed.near_cadence <= feed.cadence && feed.cadence * 3 <= feed.silence_after, "{}", feed.id);
            assert!(feed.near_cadence >= Duration::from_mins(1), "{} is asked too often", feed.id);
            assert!(!feed.area.is_empty() && !feed.licence.is_empty() && !feed.attribution.is_empty(), "{}", feed.id);
            for url in std::iter::once(&feed.url).chain(&feed.mirrors) {
                assert!(url.starts_with("https://") || (feed.allow_http && url.starts_with("http://")), "{url}");
                let filled = feed.braces().is_none_or(|(_, name, _)| url.contains(&format!("{{{name}}}")));
                assert!(filled, "{url} does not say which");
            }
        }
    }

    #[test]
    fn a_pattern_is_filled_and_the_longer_one_counts() {
        let url = |id: &str| catalogue_feed(id).map(|feed| feed.url);
        assert_eq!(
            url("ucar-wp16").as_deref(),
            Some("https://hurricanes.ral.ucar.edu/repository/data/adecks_open/{year}/awp16{year}.dat")
        );
        assert!(url("ucar-best-wp16").is_some_and(|url| url.contains("bdecks_open")));
        assert!(url("nhc-ep").is_some_and(|url| url.ends_with("index-ep.xml")));
        for unknown in ["", "nhc-", "nhc-xx", "meteoalarm-{country}", "wmo-../x", "jtcw"] {
            assert_eq!(url(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_was_meant() {
        for (typed, meant) in [("jtcw", Some("jtwc")), ("meteoalarm-germny", Some("meteoalarm-germany")), ("xyz", None)]
        {
            assert_eq!(near_feed(typed).as_deref(), meant, "{typed}");
        }
    }
}
