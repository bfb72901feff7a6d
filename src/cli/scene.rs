//! The moment of the demo that the map shows: its time stands still there, and nobody can change it.

use std::sync::{Arc, RwLock};

use crate::daemon::{ledger_of, page_words};
use crate::domain::{AlertState, Changes, Clock, Current, Level, LinkKey, Portfolio, State, Timestamp};
use crate::notices::Pages;
use crate::store::{MemoryStore, StoreError, records};
use crate::web::{Door, Meters, News, Web};

/// Watches a replay for the last instant at which the most alerts of the highest level wait for an answer that still
/// helps.
#[derive(Default)]
pub(super) struct Scene {
    most: usize,
    kept: Option<(Timestamp, State)>,
}

/// A clock that stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl Scene {
    /// Looks at the state after a turn.
    pub(super) fn watch(&mut self, now: Timestamp, state: &State) {
        let in_time = |at: Option<Timestamp>| at.is_some_and(|at| at > now);
        let waiting = |alert: &&crate::domain::Alert| {
            alert.level == Level::Act && alert.state == AlertState::Open && in_time(alert.advice.act_by)
        };
        let count = state.alerts.values().filter(waiting).count();
        if count > 0 && count >= self.most {
            self.most = count;
            self.kept = Some((now, state.clone()));
        }
    }

    /// The page at that moment; `None` when no alert ever waited.
    pub(super) fn web(self, portfolio: Portfolio, pages: &Pages) -> Result<Option<Web>, StoreError> {
        let Some((now, state)) = self.kept else { return Ok(None) };
        let store = MemoryStore::new();
        // What the ledger is made from.
        let alerts = state.alerts.values().cloned().collect();
        records::commit(&store, &Changes { alerts, ..Changes::default() }, now)?;
        let portfolio = Current::new(Arc::new(portfolio));
        Ok(Some(Web {
            store: Arc::new(store),
            clock: Arc::new(Still(now)),
            ledger: ledger_of(&portfolio),
            portfolio,
            files: None,
            link_key: LinkKey::new(b"a demonstration's links open nothing".to_vec()),
            words: page_words(pages, "answer"),
            page_words: page_words(pages, "page"),
            state: Arc::new(RwLock::new(state)),
            news: News::default(),
            meters: Meters::default(),
            feeds: Arc::new([]),
            door: Door::shown(),
            proxies: Arc::new([]),
            map: None,
            wake: Arc::new(|| {}),
            ready: Arc::new(|| true),
        }))
    }
}
