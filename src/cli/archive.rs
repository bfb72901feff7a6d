//! A recorded archive: a folder of documents named `<time of fetching>_<feed>_<name>`, and `answers.ndjson`.

use std::path::Path;

use anyhow::Context as _;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::daemon::{Archive, RecordedAnswer};
use crate::domain::{Bulletin, Fault, FeedId, Place, Timestamp};

/// The file of answers.
const ANSWERS: &str = "answers.ndjson";

/// Reads a folder; what is no document of an archive is named and left out.
pub(super) fn read(dir: &Path) -> anyhow::Result<(Archive, Vec<(String, Fault)>)> {
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("cannot read the archive {}", dir.display()))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let mut files = Vec::new();
    for name in names {
        let path = dir.join(&name);
        if path.is_file() {
            files.push((name, std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?));
        }
    }
    Ok(of_files(files))
}

/// The archive of files by name.
pub(super) fn of_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> (Archive, Vec<(String, Fault)>) {
    let mut archive = Archive::default();
    let mut faults = Vec::new();
    for (name, body) in files {
        if name == ANSWERS {
            archive.answers.extend(answers(&body, &mut faults));
            continue;
        }
        if let Some((fetched, feed)) = named(&name) {
            archive.bulletins.push(Bulletin::new(FeedId::new(feed), feed, &name, fetched, body));
        } else {
            let fault = Fault::minor(Place::default(), "the name does not say when it was fetched, and from where")
                .hint("name it like 20040810T032000Z_jtwc_awp162004.dat");
            faults.push((name, fault));
        }
    }
    (archive, faults)
}

fn named(name: &str) -> Option<(Timestamp, &str)> {
    let mut parts = name.splitn(3, '_');
    let (time, feed, _) = (parts.next()?, parts.next()?, parts.next()?);
    let fetched = DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (!feed.is_empty()).then_some((fetched, feed))
}

fn answers(body: &[u8], faults: &mut Vec<(String, Fault)>) -> Vec<RecordedAnswer> {
    let mut answers = Vec::new();
    for (number, line) in (1..).zip(String::from_utf8_lossy(body).lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(answer) => answers.push(answer),
            Err(error) => faults.push((ANSWERS.to_owned(), Fault::fatal(Place::line(number), error.to_string()))),
        }
    }
    answers
}
