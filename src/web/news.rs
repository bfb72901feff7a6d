//! What a turn changed, told to whoever has the page open: ids alone, so that each asks again for what it may see.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;

use crate::domain::{Changes, DealerId, Timestamp};

/// How many changes a slow listener may be behind before it is told to read everything again.
const BEHIND_MAX: usize = 256;

/// What one turn changed.
#[expect(clippy::struct_excessive_bools, reason = "each says of one kind of thing that it is to be asked for again")]
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Change {
    /// Counted up from the start of the program.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Alerts that are new or have changed.
    pub alerts: Vec<String>,
    /// Proposals that are new or have changed.
    pub proposals: Vec<String>,
    /// Events that are new or have changed.
    pub events: Vec<String>,
    /// True when a hazard came or went.
    pub hazards: bool,
    /// True when a feed answered, or failed to.
    pub feeds: bool,
    /// True when a silence came, or ended.
    pub silences: bool,
    /// True when the portfolio has become another.
    pub portfolio: bool,
    /// Whose each alert and proposal is, in the order of the two lists; a lane's is nobody's.
    #[serde(skip)]
    pub(super) dealers: (Vec<Option<DealerId>>, Vec<Option<DealerId>>),
}

impl Change {
    /// What of it concerns alerts and proposals of dealers that may be seen; `None` when nothing is left.
    pub(super) fn seen(&self, sees: impl Fn(Option<&DealerId>) -> bool) -> Option<Self> {
        let kept = |ids: &[String], dealers: &[Option<DealerId>]| {
            let pairs = ids.iter().zip(dealers).filter(|(_, dealer)| sees(dealer.as_ref()));
            pairs.map(|(id, _)| id.clone()).collect::<Vec<_>>()
        };
        let seen = Self {
            alerts: kept(&self.alerts, &self.dealers.0),
            proposals: kept(&self.proposals, &self.dealers.1),
            ..self.clone()
        };
        let is_nothing = seen.alerts.is_empty() && seen.proposals.is_empty() && seen.events.is_empty();
        let has_more = seen.hazards || seen.feeds || seen.silences || seen.portfolio;
        (!is_nothing || has_more).then_some(seen)
    }
}

/// Where changes are told. Clones tell and hear the same.
#[derive(Debug, Clone)]
pub struct News {
    sender: broadcast::Sender<Arc<Change>>,
    number: Arc<AtomicU64>,
}

impl Default for News {
    fn default() -> Self {
        Self { sender: broadcast::channel(BEHIND_MAX).0, number: Arc::default() }
    }
}

impl News {
    /// Tells what a turn changed. Nobody has to listen.
    pub fn tell(&self, changes: &Changes, at: Timestamp) {
        let change = Change {
            number: self.number.fetch_add(1, Ordering::Relaxed).saturating_add(1),
            at,
            alerts: changes.alerts.iter().map(|alert| alert.id.to_string()).collect(),
            proposals: changes.proposals.iter().map(|proposal| proposal.id.to_string()).collect(),
            events: changes.events.iter().map(|event| event.id.to_string()).collect(),
            hazards: !changes.hazards.is_empty() || !changes.hazards_gone.is_empty(),
            feeds: !changes.feeds.is_empty(),
            silences: !changes.silences.is_empty(),
            portfolio: changes.timeline.iter().any(|line| line.what == "portfolio"),
            dealers: (
                changes.alerts.iter().map(|alert| alert.subject.dealer.clone()).collect(),
                changes.proposals.iter().map(|proposal| proposal.dealer.clone()).collect(),
            ),
        };
        if self.sender.send(Arc::new(change)).is_err() {
            tracing::trace!("nobody has the page open");
        }
    }

    /// What is told from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<Arc<Change>> {
        self.sender.subscribe()
    }
}
