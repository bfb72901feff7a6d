//! A portfolio folder becomes a [`Portfolio`] and everything that is wrong with its files.
//!
//! A bad row is named and skipped and the rest goes on. A fault is fatal where going on would hide that
//! somebody is not told: a dealer whose manager cannot be reached, a site of no dealer, a file without
//! its columns. `assess` may still run on such a portfolio; the daemon must not take it in place of a good one.

mod geocodes;
mod lanes;
mod people;
mod places;
mod references;
mod trade;
mod work;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::ConfigError;
use super::table::{Columns, Read, Row, read_rows};
use crate::domain::{Dealer, Fault, Lane, Person, Place, Portfolio, Shipment, Site, StockLine};

/// A fault with the name of the file that it is in.
pub type FileFault = (String, Fault);

/// The rows of all files, before it is checked that they refer to each other.
#[derive(Default)]
struct Rows {
    dealers: Vec<(u32, Dealer)>,
    sites: Vec<(u32, Site)>,
    people: Vec<(u32, Person)>,
    /// A lane's number is its place among the features, from 1.
    lanes: Vec<(u32, Lane)>,
    shipments: Vec<(u32, Shipment)>,
    stock: Vec<(u32, StockLine)>,
}

/// Reads the files of a portfolio folder: dealers, sites and people must be there, the others may be.
///
/// The second value names every fault with its file, in the order of files and lines.
///
/// # Errors
/// When the folder, or one of the three files that must be there, cannot be read.
pub fn read_portfolio(dir: &Path) -> Result<(Portfolio, Vec<FileFault>), ConfigError> {
    let dir = standing(dir);
    read(&|file| in_folder(&dir, file))
}

/// The files of a portfolio as texts by name, as they are sent from one machine to another.
pub type PortfolioFiles = BTreeMap<String, String>;

/// Reads a portfolio that was sent: as [`read_portfolio`] reads the same files in a folder. A name that is no file of a
/// portfolio is a fault.
#[must_use]
pub fn read_portfolio_files(files: &PortfolioFiles) -> (Option<Portfolio>, Vec<FileFault>) {
    let unknown = files.keys().filter(|name| !FILES.contains(&name.as_str())).map(|name| {
        let hint = format!("a portfolio's files are {}", FILES.join(", "));
        (name.chars().take(100).collect(), Fault::fatal(Place::default(), "it is no file of a portfolio").hint(hint))
    });
    let mut faults: Vec<FileFault> = unknown.collect();
    let sent = |file: &str| {
        let text = files.get(file).ok_or(ErrorKind::NotFound);
        let bytes = text.map(|text| text.clone().into_bytes());
        bytes.map_err(|kind| ConfigError::Unreadable { path: file.into(), source: kind.into() })
    };
    match read(&sent) {
        Ok((portfolio, found)) => {
            faults.extend(found);
            (Some(portfolio), faults)
        }
        Err(ConfigError::Unreadable { path, .. } | ConfigError::Unfit { path, .. }) => {
            let missing = Fault::fatal(Place::default(), "the file is missing").hint("send all files of the portfolio");
            faults.push((path.display().to_string(), missing));
            (None, faults)
        }
        Err(ConfigError::Invalid { faults: found }) => {
            faults.extend(found);
            (None, faults)
        }
    }
}

/// The files of a portfolio folder as they lie there, for sending them; bytes that are no text are replaced.
///
/// # Errors
/// When one of them cannot be read.
pub fn portfolio_files(dir: &Path) -> Result<PortfolioFiles, ConfigError> {
    let files = portfolio_bytes(dir)?.into_iter();
    Ok(files.map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned())).collect())
}

/// The files of a portfolio folder by name, byte for byte, all of the same portfolio: while another takes its place they are
/// read again.
///
/// # Errors
/// When one of them cannot be read, or they never stay the same.
pub fn portfolio_bytes(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>, ConfigError> {
    const TRIES: usize = 10;
    let mut files = bytes_of_all(dir)?;
    for _ in 0..TRIES {
        let again = bytes_of_all(dir)?;
        if again == files {
            return Ok(files);
        }
        files = again;
    }
    Err(ConfigError::Unfit { path: dir.to_owned(), what: "its files change while they are read" })
}

fn bytes_of_all(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>, ConfigError> {
    let dir = standing(dir);
    let mut files = BTreeMap::new();
    for file in FILES {
        if let Some(bytes) = bytes(&|file| in_folder(&dir, file), file, Presence::Optional)? {
            files.insert(file.to_owned(), bytes);
        }
    }
    Ok(files)
}

/// What tells whether the files of a portfolio folder are others than they were, without reading them: their lengths and times
/// of change.
#[must_use]
pub fn portfolio_stamp(dir: &Path) -> String {
    let dir = standing(dir);
    let stamp = |name: &&str| {
        let facts = std::fs::metadata(dir.join(name)).ok()?;
        let changed = facts.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Some(format!("{name} {} {}", facts.len(), changed.as_nanos()))
    };
    FILES.iter().filter_map(stamp).collect::<Vec<String>>().join("; ")
}

/// Where a portfolio that was sent lies within the folder until each of its files is in its place.
pub const ARRIVED: &str = ".arrived";

/// Where the portfolio of a folder stands: one that has arrived whole counts from then on, though its files may not all be
/// in their places.
fn standing(dir: &Path) -> PathBuf {
    let arrived = dir.join(ARRIVED);
    if arrived.is_dir() { arrived } else { dir.to_owned() }
}

/// Gives a file's bytes; an error when there is none.
type BytesOf<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, ConfigError>;

fn in_folder(dir: &Path, file: &str) -> Result<Vec<u8>, ConfigError> {
    let path = dir.join(file);
    std::fs::read(&path).map_err(|source| ConfigError::Unreadable { path, source })
}

fn read(bytes_of: BytesOf<'_>) -> Result<(Portfolio, Vec<FileFault>), ConfigError> {
    let mut faults = Vec::new();
    let mut rows = Rows {
        people: table(bytes_of, "people.csv", &people::COLUMNS, Presence::Needed, people::read, &mut faults)?,
        dealers: table(bytes_of, "dealers.csv", &places::DEALERS, Presence::Needed, places::read_dealer, &mut faults)?,
        sites: table(bytes_of, "sites.csv", &places::SITES, Presence::Needed, places::read_site, &mut faults)?,
        shipments: table(
            bytes_of,
            "shipments.csv",
            &trade::SHIPMENTS,
            Presence::Optional,
            trade::read_shipment,
            &mut faults,
        )?,
        stock: table(bytes_of, "stock.csv", &trade::STOCK, Presence::Optional, trade::read_stock, &mut faults)?,
        lanes: Vec::new(),
    };
    if let Some(bytes) = bytes(bytes_of, LANES, Presence::Optional)? {
        rows.lanes = keep(LANES, lanes::read(&bytes), &mut faults);
    }
    let mut portfolio = references::resolve(rows, &mut faults);
    let mut coded =
        table(bytes_of, CIRCLES, &geocodes::COLUMNS, Presence::Optional, geocodes::read_circle, &mut faults)?;
    if let Some(bytes) = bytes(bytes_of, SHAPES, Presence::Optional)? {
        coded.extend(keep(SHAPES, geocodes::read(&bytes), &mut faults));
    }
    for (_, geocodes::Coded { system, code, shape }) in coded {
        portfolio.geocodes.add(&system, &code, shape);
    }
    faults.sort_by_key(|(file, fault)| (order_of(file), fault.place.line));
    Ok((portfolio, faults))
}

/// True when nothing in the faults hides that somebody is not told: the daemon may run on this portfolio.
#[must_use]
pub fn is_fit_to_run(faults: &[FileFault]) -> bool {
    !faults.iter().any(|(_, fault)| fault.is_fatal)
}

const LANES: &str = "lanes.geojson";
const SHAPES: &str = "geocodes.geojson";
const CIRCLES: &str = "geocodes.csv";
/// The names of a portfolio's files.
pub const FILES: [&str; 8] =
    ["people.csv", "dealers.csv", "sites.csv", LANES, "shipments.csv", "stock.csv", CIRCLES, SHAPES];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Needed,
    Optional,
}

fn order_of(file: &str) -> usize {
    FILES.iter().position(|name| *name == file).unwrap_or(FILES.len())
}

fn table<T: Send>(
    bytes_of: BytesOf<'_>,
    file: &str,
    columns: &Columns,
    presence: Presence,
    read: impl Fn(&mut Row<'_>) -> Option<T> + Sync,
    faults: &mut Vec<FileFault>,
) -> Result<Vec<(u32, T)>, ConfigError> {
    let Some(bytes) = bytes(bytes_of, file, presence)? else { return Ok(Vec::new()) };
    let mut found = read_rows(&bytes, columns, read);
    if presence == Presence::Needed && found.rows.is_empty() && found.faults.is_empty() {
        found.faults.push(Fault::fatal(Place::line(1), "the file has no rows").hint("add one below the header"));
    }
    Ok(keep(file, found, faults))
}

/// A file's bytes; `None` when it need not be there and is not.
fn bytes(bytes_of: BytesOf<'_>, file: &str, presence: Presence) -> Result<Option<Vec<u8>>, ConfigError> {
    match bytes_of(file) {
        Err(ConfigError::Unreadable { source, .. })
            if presence == Presence::Optional && source.kind() == ErrorKind::NotFound =>
        {
            Ok(None)
        }
        found => found.map(Some),
    }
}

fn keep<T>(file: &str, found: Read<T>, faults: &mut Vec<FileFault>) -> Vec<(u32, T)> {
    faults.extend(found.faults.into_iter().map(|fault| (file.to_owned(), fault)));
    found.rows
}

#[cfg(test)]
mod tests;
