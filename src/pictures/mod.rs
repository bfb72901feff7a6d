//! A storm and the places in its way as a picture.
//!
//! In: a track, places, and every word that stands in the picture. Out: the bytes of a PNG, the same for the same words and
//! numbers. Never: chooses a word, reads a clock or a file; the coast and the letters are built in.

mod album;
mod coast;
mod frame;
mod labels;
mod letters;
mod map;
mod raster;
mod svg;
mod swath;

use crate::domain::{Position, Timestamp, Track};

pub use album::Album;
pub use letters::can_write;

/// A map of one storm.
#[derive(Debug, Clone, PartialEq)]
pub struct StormMap<'a> {
    /// The line above the map.
    pub title: String,
    /// The lines under it, two at most: whose forecast, whose clock, whose coast.
    pub source: String,
    /// The track whose winds are drawn.
    pub track: &'a Track,
    /// The instant from which on the track is a forecast.
    pub analysis: Timestamp,
    /// What other agencies forecast, with their names.
    pub others: Vec<(String, &'a Track)>,
    /// The instants to mark along the track, and what to write there; instants between fixes are on the curve.
    pub times: Vec<(Timestamp, String)>,
    /// The places, most urgent first.
    pub sites: Vec<MapSite>,
    /// Lanes with their names.
    pub lanes: Vec<(String, &'a [Position])>,
    /// What the shades mean.
    pub winds: Winds,
    /// What the marks mean; only the marks that are there.
    pub marks: Vec<(Mark, String)>,
}

/// A place on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapSite {
    /// Where.
    pub position: Position,
    /// Its id: written where its name has no room or no letters.
    pub id: String,
    /// Id and name as they are written.
    pub name: String,
    /// How urgent it is.
    pub mark: Mark,
}

/// The urgency of a place: a colour and a shape, for some people tell no colours apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A triangle.
    Act,
    /// A diamond.
    Warn,
    /// A disc.
    Watch,
    /// A ring: done, under way or over.
    Over,
}

/// The words of the shades, weakest wind first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Winds {
    /// Before the three.
    pub title: String,
    /// 34 kt and more.
    pub gale: String,
    /// 50 kt and more.
    pub storm: String,
    /// 64 kt and more.
    pub typhoon: String,
}

/// A picture that is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// A PNG, 1.75 times as large as it is to be shown.
    pub png: Vec<u8>,
    /// The width that it is to be shown at, in pixels.
    pub width: u32,
    /// The height.
    pub height: u32,
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// No place and no fix to draw round, or all of them round a pole.
    #[error("there is nothing to draw a map around")]
    Nothing,
    /// The drawing could not be rendered.
    #[error("the picture could not be rendered: {detail}")]
    Render {
        /// By the renderer's words.
        detail: String,
    },
}

#[cfg(test)]
mod tests;
