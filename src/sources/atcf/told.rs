//! One track of a deck or data file becomes a hazard.

use std::borrow::Cow;

use super::technique;
use crate::domain::{Averaging, Bulletin, Fix, Footprint, Hazard, HazardText, Timestamp};
use crate::sources::formats::cyclone::Cyclone;
use crate::sources::formats::storm_key::{event_key, status};

/// One track of one storm, ready to become a hazard.
pub(super) struct Told<'a> {
    pub(super) basin: &'a str,
    pub(super) number: &'a str,
    /// The first date-time group known of the storm: it settles the season.
    pub(super) first: Timestamp,
    pub(super) technique: Cow<'a, str>,
    pub(super) issued: Timestamp,
    pub(super) name: Option<String>,
    pub(super) fixes: Vec<Fix>,
    pub(super) texts: Vec<HazardText>,
    pub(super) footprint: Footprint,
    /// The agency's last word on the storm.
    pub(super) is_last: bool,
}

impl Told<'_> {
    pub(super) fn into_hazard(self, bulletin: &Bulletin) -> Hazard {
        let basin = self.basin.to_ascii_uppercase();
        let (agency, standing) = technique::of(&self.technique, &basin);
        let key = event_key(&basin, self.number, self.first);
        let cyclone = Cyclone {
            issued: Some(self.issued),
            name: self.name,
            fixes: self.fixes,
            texts: self.texts,
            footprint: self.footprint,
            status: status(self.number),
            is_last: self.is_last,
            ..Cyclone::new("atcf", agency, key, &self.technique, standing, Averaging::OneMinute)
        };
        cyclone.into_hazard(bulletin)
    }
}
