//! What is known of an exposed subject.

use crate::domain::{Dealer, Lane, Shelter, Shipment, Site, SubjectKind, Timestamp};

/// The portfolio's records of one subject. A site has `site` and mostly `dealer`, a lane has `lane` and `shipments`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SubjectView<'a> {
    /// The site, when the subject is one.
    pub site: Option<&'a Site>,
    /// Whose site it is.
    pub dealer: Option<&'a Dealer>,
    /// The lane, when the subject is one.
    pub lane: Option<&'a Lane>,
    /// The lane's shipments that have not arrived; which of them meet the danger is counted here.
    pub shipments: &'a [&'a Shipment],
    /// The last start of moving the site's stock in its working time; nothing where that is not known.
    pub latest_start: Option<Timestamp>,
    /// Where goods of the site can go.
    pub shelter: Option<&'a Shelter>,
}

impl SubjectView<'_> {
    /// What kind of subject this is; a view of nothing counts as a site without records.
    #[must_use]
    pub fn kind(&self) -> SubjectKind {
        if self.lane.is_some() { SubjectKind::Lane } else { SubjectKind::Site }
    }
}
