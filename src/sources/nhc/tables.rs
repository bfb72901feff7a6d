//! What looks back: reports on past storms, tables of them, statistics. They hold no warning, and a fault says so.

use crate::domain::{Fault, Place};
use crate::sources::formats::fault_log::FaultLog;

/// What R's own data files are called in faults.
pub(super) const R_DATA: &str = "a data file of the R language";

/// Beginnings of the comma-separated tables of past advisories, without their index column and quotes.
const CSV_HEADS: [&str; 2] = ["STATUS,NAME,ADV,DATE,KEY,", "KEY,ADV,DATE,LOCATION,WIND,"];

/// True for R's serialised data (R Internals, section 1.8: the magic of `save`).
pub(super) fn is_r_data(body: &[u8]) -> bool {
    [&b"RDX2\n"[..], b"RDX3\n", b"RDA2\n", b"RDA3\n"].iter().any(|magic| body.starts_with(magic))
}

/// Which table or report a text is, by its head in capitals.
pub(super) fn which(capitals: &str) -> Option<&'static str> {
    let first: String = capitals.lines().next().unwrap_or_default().chars().filter(|c| *c != '"').collect();
    let first = first.trim_start_matches([',', '\u{FEFF}']);
    if CSV_HEADS.iter().any(|head| first.starts_with(head)) {
        return Some("a table of past advisories");
    }
    if capitals.contains("TROPICAL CYCLONE REPORT") && capitals.contains("NATIONAL HURRICANE CENTER") {
        return Some("a report on a past storm");
    }
    (capitals.contains("FORECAST CONE") && capitals.contains("RADII (N MI)")).then_some("a table of the cone's radii")
}

/// Says that there is no warning in it.
pub(super) fn tell(which: &str, log: &mut FaultLog) {
    let what = format!("the document is {which}; there is no warning in it");
    log.push(Fault::minor(Place::default(), what));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_reports() {
        for text in [
            "STATUS,NAME,ADV,DATE,KEY,LAT\n",
            "\"\",\"KEY\",\"ADV\",\"DATE\",\"LOCATION\",\"WIND\",\"WIND12\"\n",
            "NATIONAL HURRICANE CENTER\nTROPICAL CYCLONE REPORT\n",
            "NHC FORECAST CONE CIRCLE RADII (N MI) FOR 2021",
        ] {
            assert!(which(text).is_some(), "{text}");
        }
        for text in ["", "KEY,VALUE\n", "TROPICAL CYCLONE REPORT OF ANOTHER AGENCY"] {
            assert_eq!(which(text), None, "{text}");
        }
        assert!(is_r_data(b"RDX3\nX\n") && !is_r_data(b"RDX"));
    }
}
