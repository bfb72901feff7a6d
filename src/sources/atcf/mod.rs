//! The Automated Tropical Cyclone Forecasting System's files: a-decks (forecasts and guidance), b-decks (best tracks),
//! e-decks (probabilities), f-decks (fixes) and JTWC's `.tcw` data files.
//!
//! In: lines of comma-separated fields (the format of NRL's "ATCF database: a-deck and b-deck"), or a `.tcw` file.
//! Out: a hazard for each forecast (technique and date-time group), each best track, the fixes of each storm (f-decks,
//! one track `FIX`) and each track of circles (e-decks, `TR` lines); other chances of e-decks are counted, not read.
//! Never: a made-up number. What the decks write as 0, -99 or -999 for "not known" is not known.

mod deck;
mod other_decks;
mod row;
mod tcw;
mod technique;
mod told;

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::text;
use crate::domain::{Bulletin, Parsed};

/// ATCF decks and `.tcw` files. The format is `atcf`.
#[derive(Debug)]
pub struct Atcf;

/// How much of a document is looked at to recognise it.
const HEAD_BYTES: usize = 4_096;

impl Source for Atcf {
    fn id(&self) -> &'static str {
        "atcf"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let head = body.get(..HEAD_BYTES).unwrap_or(body);
        let head = String::from_utf8_lossy(head);
        tcw::is_tcw(&head) || head.lines().find(|line| !line.trim().is_empty()).is_some_and(row::looks_like_one)
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = if tcw::is_tcw(&text) {
            tcw::read(&text, bulletin, &mut log)
        } else {
            deck::read(&text, bulletin, &mut log)
        };
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

#[cfg(test)]
mod tests;
