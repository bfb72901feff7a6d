//! Pictures that were drawn lately: one turn tells many people of the same places, and the next one tells them again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::raster;
use super::{Drawn, PictureError, StormMap, map};
use crate::domain::DocumentHash;

/// How many pictures are remembered: some 2 MB.
const REMEMBERED: usize = 48;

/// Drawings by their hash, the oldest first.
type Shelf = VecDeque<(DocumentHash, Vec<u8>)>;

/// Draws maps, and remembers the newest by their drawing: a map is drawn once for a storm and a group of places, whoever
/// it is for. Clones remember together. What it gives depends on the map alone, never on what it remembers.
#[derive(Debug, Clone, Default)]
pub struct Album {
    pen: Pen,
    drawn: Arc<Mutex<Shelf>>,
}

/// What becomes of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Pen {
    /// All of it.
    #[default]
    Full,
    /// One empty pixel.
    Blank,
}

impl Album {
    /// Leaves the paper blank: for whoever plays thousands of days and looks at none of the pictures, which take more time
    /// than all the rest.
    #[must_use]
    pub fn blank() -> Self {
        Self { pen: Pen::Blank, ..Self::default() }
    }

    /// Draws a map.
    ///
    /// # Errors
    /// When there is nothing to show, or the renderer refuses. A mail goes without its picture then.
    pub fn draw(&self, map: &StormMap<'_>) -> Result<Drawn, PictureError> {
        let (png, height) = match self.pen {
            Pen::Full => {
                let (svg, height) = map::svg(map)?;
                (self.png(&svg)?, height)
            }
            Pen::Blank => (raster::blank()?, map::WIDTH),
        };
        Ok(Drawn { png, width: map::WIDTH, height })
    }

    fn png(&self, svg: &str) -> Result<Vec<u8>, PictureError> {
        let hash = DocumentHash::of(svg.as_bytes());
        if let Some(png) = self.remembered(&hash) {
            return Ok(png);
        }
        // Others may look while this one is drawn.
        let png = raster::png(svg)?;
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.len() >= REMEMBERED {
            drawn.pop_front();
        }
        drawn.push_back((hash, png.clone()));
        Ok(png)
    }

    fn remembered(&self, hash: &DocumentHash) -> Option<Vec<u8>> {
        let drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        drawn.iter().find(|(known, _)| known == hash).map(|(_, png)| png.clone())
    }

    /// How many pictures it remembers.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
