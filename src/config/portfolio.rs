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

use std::path::Path;

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
    let mut faults = Vec::new();
    let mut rows = Rows {
        people: table(dir, "people.csv", &people::COLUMNS, Presence::Needed, people::read, &mut faults)?,
        dealers: table(dir, "dealers.csv", &places::DEALERS, Presence::Needed, places::read_dealer, &mut faults)?,
        sites: table(dir, "sites.csv", &places::SITES, Presence::Needed, places::read_site, &mut faults)?,
        shipments: table(
            dir,
            "shipments.csv",
            &trade::SHIPMENTS,
            Presence::Optional,
            trade::read_shipment,
            &mut faults,
        )?,
        stock: table(dir, "stock.csv", &trade::STOCK, Presence::Optional, trade::read_stock, &mut faults)?,
        lanes: Vec::new(),
    };
    if let Some(bytes) = bytes_of(dir, LANES, Presence::Optional)? {
        rows.lanes = keep(LANES, lanes::read(&bytes), &mut faults);
    }
    let mut portfolio = references::resolve(rows, &mut faults);
    let mut coded = table(dir, CIRCLES, &geocodes::COLUMNS, Presence::Optional, geocodes::read_circle, &mut faults)?;
    if let Some(bytes) = bytes_of(dir, SHAPES, Presence::Optional)? {
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
const FILES: [&str; 8] =
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
    dir: &Path,
    file: &str,
    columns: &Columns,
    presence: Presence,
    read: impl Fn(&mut Row<'_>) -> Option<T> + Sync,
    faults: &mut Vec<FileFault>,
) -> Result<Vec<(u32, T)>, ConfigError> {
    let Some(bytes) = bytes_of(dir, file, presence)? else { return Ok(Vec::new()) };
    let mut found = read_rows(&bytes, columns, read);
    if presence == Presence::Needed && found.rows.is_empty() && found.faults.is_empty() {
        found.faults.push(Fault::fatal(Place::line(1), "the file has no rows").hint("add one below the header"));
    }
    Ok(keep(file, found, faults))
}

fn bytes_of(dir: &Path, file: &str, presence: Presence) -> Result<Option<Vec<u8>>, ConfigError> {
    let path = dir.join(file);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) if presence == Presence::Optional && source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Unreadable { path, source }),
    }
}

fn keep<T>(file: &str, found: Read<T>, faults: &mut Vec<FileFault>) -> Vec<(u32, T)> {
    faults.extend(found.faults.into_iter().map(|fault| (file.to_owned(), fault)));
    found.rows
}

#[cfg(test)]
mod tests;
