//! The bulletins of the demo, and what a seed makes of them on their way.

use std::path::Path;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use seawall::domain::{Bulletin, FeedId, Parsed, Span, Timestamp};
use seawall::sources;

use crate::dice::Dice;

/// One bulletin as it was published, read once for all seeds.
pub(crate) struct Document {
    pub(crate) at: Timestamp,
    body: Vec<u8>,
    parsed: Parsed,
}

/// One arrival at the daemon.
#[derive(Clone)]
pub(crate) struct Arrival {
    pub(crate) at: Timestamp,
    pub(crate) bulletin: Bulletin,
    pub(crate) parsed: Parsed,
}

/// The documents of a folder, oldest first.
pub(crate) fn documents(folder: &Path) -> Vec<Document> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).expect("the archive").map(|entry| entry.expect("a file")).collect();
    names.sort_by_key(std::fs::DirEntry::file_name);
    let document = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().expect("UTF-8");
        let at = DateTime::strptime("%Y%m%dT%H%M%SZ", name.split('_').next()?).ok()?;
        let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let body = std::fs::read(entry.path()).expect("a bulletin");
        let parsed = read(&bulletin(at, body.clone()));
        Some(Document { at, body, parsed })
    };
    names.into_iter().filter_map(document).collect()
}

/// The arrivals of a seed, in order of time. Every second bulletin comes whole within half an hour, so that one in
/// twelve hours does; what becomes of the others is left to chance.
pub(crate) fn arrivals(documents: &[Document], dice: &mut Dice) -> Vec<Arrival> {
    let mut arrivals = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        if index % 2 == 0 {
            arrivals.push(whole(document, dice.between(0, 30)));
        } else if dice.percent(75) {
            arrivals.push(whole(document, dice.between(0, 20 * 60)));
        }
        if dice.percent(30) {
            arrivals.push(torn(document, dice));
        }
        if dice.percent(20) {
            arrivals.push(whole(document, dice.between(0, 30 * 60)));
        }
        if dice.percent(10) {
            arrivals.push(in_other_bytes(document, dice.between(0, 30 * 60)));
        }
    }
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

fn whole(document: &Document, late_min: i64) -> Arrival {
    let at = document.at + Span::from_mins(late_min);
    Arrival { at, bulletin: bulletin(at, document.body.clone()), parsed: document.parsed.clone() }
}

/// The first part alone, as from a connection that broke; soon after or before the whole.
fn torn(document: &Document, dice: &mut Dice) -> Arrival {
    let length = i64::try_from(document.body.len()).expect("a small file");
    // Near the end lies the newest forecast, where a cut hurts.
    let cut = if dice.percent(70) { dice.between(length - 1500, length) } else { dice.between(0, length) };
    let body = document.body.get(..usize::try_from(cut).expect("not negative")).unwrap_or_default().to_vec();
    arrival(document.at + Span::from_mins(dice.between(-5, 120)), body)
}

fn in_other_bytes(document: &Document, late_min: i64) -> Arrival {
    let body = [document.body.as_slice(), b"\n"].concat();
    arrival(document.at + Span::from_mins(late_min), body)
}

fn arrival(at: Timestamp, body: Vec<u8>) -> Arrival {
    let bulletin = bulletin(at, body);
    let parsed = read(&bulletin);
    Arrival { at, bulletin, parsed }
}

fn bulletin(at: Timestamp, body: Vec<u8>) -> Bulletin {
    Bulletin::new(FeedId::new("jtwc"), "jtwc", "https://example.com/awp162004.dat", at, body)
}

fn read(bulletin: &Bulletin) -> Parsed {
    sources::parse(Some("atcf"), bulletin).unwrap_or_default()
}
