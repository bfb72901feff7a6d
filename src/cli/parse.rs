//! `seawall parse`: each hazard found as one JSON line.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{Outcome, say};
use crate::domain::{Bulletin, FeedId, Hazard, Timestamp};
use crate::sources;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The format; without it each document is recognised by its content
    #[arg(long = "as", value_name = "FORMAT")]
    format: Option<String>,
    /// Documents; `-` is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if let Some(format) = args.format.as_deref().filter(|format| sources::by_id(format).is_none()) {
        let known: Vec<&str> = sources::ALL.iter().map(|source| source.id()).collect();
        say(&format!("error: there is no format `{format}`\nhint: one of {}", known.join(", ")));
        return Ok(Outcome::Unusable);
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut outcome = Outcome::Done;
    for path in &args.files {
        if !parse_one(args.format.as_deref(), path, &mut out)? {
            outcome = Outcome::Findings;
        }
    }
    out.flush()?;
    Ok(outcome)
}

/// False when the document, or something in it, could not be read.
fn parse_one(format: Option<&str>, path: &Path, out: &mut impl io::Write) -> anyhow::Result<bool> {
    let name = path.display().to_string();
    let bulletin = match read(path) {
        Ok(bulletin) => bulletin,
        Err(error) => {
            say(&format!("error: {name}: cannot be read: {error}{}", hint(&error)));
            return Ok(false);
        }
    };
    let parsed = match sources::parse(format, &bulletin) {
        Ok(parsed) => parsed,
        Err(error) => {
            say(&format!("error: {name}: {error}"));
            return Ok(false);
        }
    };
    for hazard in &parsed.hazards {
        serde_json::to_writer(&mut *out, hazard)?;
        out.write_all(b"\n")?;
    }
    for fault in &parsed.faults {
        say(&fault.in_file(&name));
    }
    Ok(!parsed.faults.iter().any(|fault| fault.is_fatal))
}

/// How to mend a file that cannot be opened, on its own line.
pub(super) fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::IsADirectory => "\nhint: this is a folder; name the files in it: FOLDER/*",
        io::ErrorKind::NotFound => "\nhint: check the path; `-` reads standard input",
        io::ErrorKind::PermissionDenied => "\nhint: give yourself the right to read it",
        _ => "",
    }
}

/// A document of a file or standard input, as if it had just come by no feed. The time of fetching is not
/// known and nothing may hang on it.
pub(super) fn read(path: &Path) -> io::Result<Bulletin> {
    let mut body = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().read_to_end(&mut body)?;
    } else {
        body = std::fs::read(path)?;
    }
    Ok(Bulletin::new(FeedId::new("file"), "", &path.display().to_string(), Timestamp::UNIX_EPOCH, body))
}

/// The hazards of some documents, and whether all of them read well.
pub(super) fn hazards(files: &[PathBuf]) -> (Vec<Hazard>, bool) {
    let (mut hazards, mut is_clean) = (Vec::new(), true);
    for path in files {
        let name = path.display().to_string();
        let read = read(path).map_err(|error| format!("cannot be read: {error}{}", hint(&error)));
        let parsed = read.and_then(|bulletin| sources::parse(None, &bulletin).map_err(|error| error.to_string()));
        match parsed {
            Ok(parsed) => {
                for fault in &parsed.faults {
                    say(&fault.in_file(&name));
                    is_clean &= !fault.is_fatal;
                }
                hazards.extend(parsed.hazards);
            }
            Err(error) => {
                say(&format!("error: {name}: {error}"));
                is_clean = false;
            }
        }
    }
    (hazards, is_clean)
}
