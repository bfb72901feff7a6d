//! A feed's document becomes hazards.
//!
//! In: bulletins. Out: hazards, links to follow, faults.
//! Never: sees a portfolio, a rule or an alert; only `fetch` does I/O.
//!
//! A source is one kind of document. [`parse`] finds the right one, opens archives, and is what the command line and
//! the daemon share.

use formats::fault_log::FaultLog;
use formats::{gzip, zip};

use crate::domain::{Bulletin, Fault, Parsed, Place};

pub mod atcf;
pub mod cap;
pub mod cxml;
pub mod feed;
/// The only HTTP client of the house.
pub mod fetch;
pub(crate) mod formats;
pub mod gdacs;
pub mod hko;
pub mod hko_warning;
pub mod nhc;
pub mod nhc_pws;
pub mod nhc_storms;
pub mod nhc_tcm;
pub mod hurdat2;
pub mod ibtracs;

/// A kind of document. `parse` is pure: the same bytes give the same hazards in live, replay and tests.
/// Readers that several sources share (XML, text decoding) lie in `sources/formats/`.
pub trait Source: Sync {
    /// The format's id, as `parse --as` and a feed's `format` name it; also its folder of samples.
    fn id(&self) -> &'static str;
    /// True when the first bytes of a document look like this kind. Cheap; never wrong about its own kind.
    fn recognises(&self, body: &[u8]) -> bool;
    /// What the document says. Nothing panics, loops, or guesses a missing number.
    fn parse(&self, bulletin: &Bulletin) -> Parsed;
}

/// Every source. The order settles which one a document is when two recognise it: the more particular stands first.
#[rustfmt::skip]
pub const ALL: &[&dyn Source] = &[
    &hko::Hko,
    &hko_warning::HkoWarning,
    &gdacs::Gdacs,
    &nhc_storms::NhcStorms,
    &nhc_tcm::NhcTcm,
    &nhc_pws::NhcPws,
    &nhc::Nhc,
    &cxml::Cxml,
    &hurdat2::Hurdat2,
    &ibtracs::Ibtracs,
    &cap::Cap,
    &feed::Feed,
    &atcf::Atcf,
];

/// A format that no source has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{format}`; known are {known}")]
pub struct UnknownFormat {
    /// The name that was given.
    pub format: String,
    /// The names that there are.
    pub known: String,
}

/// The source of this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static dyn Source> {
    ALL.iter().copied().find(|source| source.id() == id)
}

/// The first source that recognises these bytes.
#[must_use]
pub fn recognise(body: &[u8]) -> Option<&'static dyn Source> {
    ALL.iter().copied().find(|source| source.recognises(body))
}

/// What a bulletin says, read as `format` or, without one, as what it looks like. A ZIP archive is read file by file,
/// a gzip file unpacked; the hazards of its files bear the archive's hash, for that is the document that is kept.
///
/// # Errors
/// When no source has that format. A document that cannot be read is a fatal fault instead.
///
/// ```
/// use seawall::domain::{Bulletin, FeedId, Timestamp};
/// let line = b"WP, 16, 2004081206,   , BEST,   0, 273N, 1226E,  90,  954, TY";
/// let bulletin = Bulletin::new(FeedId::new("files"), "", "bwp162004.txt", Timestamp::UNIX_EPOCH, line.to_vec());
/// let parsed = seawall::sources::parse(None, &bulletin).unwrap();
/// assert_eq!(parsed.hazards[0].event, "wp162004");
/// assert!(seawall::sources::parse(Some("morse"), &bulletin).is_err());
/// ```
pub fn parse(format: Option<&str>, bulletin: &Bulletin) -> Result<Parsed, UnknownFormat> {
    let source = match format {
        Some(id) => Some(by_id(id).ok_or_else(|| unknown(id))?),
        None => None,
    };
    if zip::is_zip(&bulletin.body) {
        return Ok(parse_archive(source, bulletin));
    }
    if gzip::is_gzip(&bulletin.body) {
        return Ok(parse_packed(source, bulletin));
    }
    let source = source.or_else(|| recognise(&bulletin.body));
    Ok(source.map_or_else(unrecognised, |source| source.parse(bulletin)))
}

fn unknown(format: &str) -> UnknownFormat {
    let known: Vec<_> = ALL.iter().map(|source| source.id()).collect();
    UnknownFormat { format: format.to_owned(), known: known.join(", ") }
}

fn unrecognised() -> Parsed {
    let fault = Fault::fatal(Place::default(), "the document is of no known format");
    let fault = fault.hint("name its format, as in `seawall parse --as cap FILE`");
    Parsed { faults: vec![fault], ..Parsed::default() }
}

/// The files of an archive, one after the other. A file of another kind (notes, a manual) is told and passed over.
fn parse_archive(source: Option<&'static dyn Source>, bulletin: &Bulletin) -> Parsed {
    let mut log = FaultLog::default();
    let mut whole = Parsed::default();
    let mut read = 0;
    for entry in zip::read(&bulletin.body, &mut log) {
        let recognised = match source {
            Some(source) => Some(source).filter(|source| source.recognises(&entry.body)),
            None => recognise(&entry.body),
        };
        let Some(source) = recognised else {
            let what = format!("`{}` in the archive is of no known format and is passed over", entry.name);
            log.push(Fault::minor(Place::default(), what));
            continue;
        };
        read += 1;
        let url = format!("{}#{}", bulletin.url, entry.name);
        let parsed = source.parse(&packed_in(bulletin, url, entry.body));
        whole.hazards.extend(parsed.hazards);
        whole.links.extend(parsed.links);
        whole.active = whole.active.or(parsed.active);
        for fault in parsed.faults {
            log.push(Fault { what: format!("`{}` in the archive: {}", entry.name, fault.what), ..fault });
        }
    }
    if read == 0 && !log.has_fatal() {
        log.push(Fault::fatal(Place::default(), "the archive holds no file of a known format"));
    }
    whole.faults = log.into_faults();
    whole
}

/// What an archive holds, as a bulletin of its own that bears the archive's hash.
fn packed_in(archive: &Bulletin, url: String, body: Vec<u8>) -> Bulletin {
    Bulletin {
        hash: archive.hash.clone(),
        feed: archive.feed.clone(),
        agency: archive.agency.clone(),
        url,
        fetched: archive.fetched,
        charset: None,
        body,
    }
}

/// The one file of a gzip file.
fn parse_packed(source: Option<&'static dyn Source>, bulletin: &Bulletin) -> Parsed {
    match gzip::unpack(&bulletin.body) {
        Ok(body) => {
            let source = source.or_else(|| recognise(&body));
            source.map_or_else(unrecognised, |source| source.parse(&packed_in(bulletin, bulletin.url.clone(), body)))
        }
        Err(what) => {
            let fault = Fault::fatal(Place::default(), what);
            Parsed { faults: vec![fault.hint("fetch it again")], ..Parsed::default() }
        }
    }
}

#[cfg(test)]
mod tests;
