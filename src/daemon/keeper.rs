//! The keeper: one thread that owns the state, makes every turn and commits it before anyone goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::DaemonError;
use crate::advice::Playbooks;
use crate::config::FeedConfig;
use crate::domain::{Clock, Delivery, FeedId, HazardKind, Notice, Portfolio, Span, State, Timestamp};
use crate::engine::Models;
use crate::notices::Texts;
use crate::rules::Rulebook;
use crate::store::{Store, StoreError, inbox, outbox, records};
use crate::turn::{Input, Letterhead, World, turn};

/// Conditions and templates are evaluated on this thread; their parsers recurse.
const STACK_BYTES: usize = 16 << 20;

/// A feed whose silence is said in mails.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    pub(super) feed: FeedId,
    pub(super) url: String,
    pub(super) agency: String,
    pub(super) silence_after: Span,
}

impl Watch {
    pub(super) fn of(feed: &FeedConfig) -> Self {
        Self {
            feed: feed.id.clone(),
            url: feed.url.clone(),
            agency: if feed.agency.is_empty() { feed.id.to_string() } else { feed.agency.clone() },
            silence_after: Span::try_from(feed.silence_after).unwrap_or(Span::MAX),
        }
    }
}

/// What a turn came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    /// Notices queued.
    pub(super) notices: usize,
    /// A storm is near the portfolio.
    pub(super) storm_near: bool,
}

enum Message {
    Turn(Vec<Input>, oneshot::Sender<Result<Outcome, DaemonError>>),
    Settle(Box<Notice>, Delivery, Option<Timestamp>, oneshot::Sender<Result<(), DaemonError>>),
    FeedStates(FeedId, oneshot::Sender<Vec<crate::domain::FeedState>>),
    Stop,
}

/// The way to the keeper.
#[derive(Clone)]
pub(super) struct KeeperHandle {
    sender: mpsc::Sender<Message>,
    draining: Arc<AtomicBool>,
}

impl KeeperHandle {
    /// Makes a turn with these inputs and the inbox's answers; durable when it returns.
    pub(super) async fn turn(&self, inputs: Vec<Input>) -> Result<Outcome, DaemonError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Message::Turn(inputs, reply), answer).await?
    }

    /// Writes down what came of a delivery.
    pub(super) async fn settle(
        &self,
        notice: Notice,
        delivery: Delivery,
        next_try: Option<Timestamp>,
    ) -> Result<(), DaemonError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Message::Settle(Box::new(notice), delivery, next_try, reply), answer).await?
    }

    /// What is remembered of a feed's addresses.
    pub(super) async fn feed_states(&self, feed: &FeedId) -> Result<Vec<crate::domain::FeedState>, DaemonError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Message::FeedStates(feed.clone(), reply), answer).await
    }

    /// Nothing new is begun from now on.
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// True once [`Self::drain`] was called.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Ends the keeper after what it has been given.
    pub(super) async fn stop(&self) {
        if self.sender.send(Message::Stop).await.is_err() {
            tracing::debug!("the keeper had ended already");
        }
    }

    async fn ask<T>(&self, message: Message, answer: oneshot::Receiver<T>) -> Result<T, DaemonError> {
        self.sender.send(message).await.or(Err(DaemonError::KeeperGone))?;
        answer.await.or(Err(DaemonError::KeeperGone))
    }
}

/// What the keeper stands on.
pub(super) struct Keeper {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) portfolio: Arc<Portfolio>,
    pub(super) rules: Rulebook,
    pub(super) playbooks: Playbooks,
    pub(super) texts: Texts,
    pub(super) letterhead: Letterhead,
}

impl Keeper {
    /// Loads the state and starts the thread.
    pub(super) fn start(self, watches: Vec<Watch>) -> Result<(KeeperHandle, JoinHandle<()>), DaemonError> {
        let state = records::load_state(&*self.store)?;
        let (sender, receiver) = mpsc::channel(64);
        let builder = std::thread::Builder::new().name("keeper".to_owned()).stack_size(STACK_BYTES);
        let thread = builder.spawn(move || self.keep(receiver, state, &watches)).map_err(DaemonError::Thread)?;
        Ok((KeeperHandle { sender, draining: Arc::new(AtomicBool::new(false)) }, thread))
    }

    fn keep(self, mut receiver: mpsc::Receiver<Message>, mut state: State, watches: &[Watch]) {
        while let Some(message) = receiver.blocking_recv() {
            match message {
                Message::Turn(inputs, reply) => {
                    let outcome = self.turn(&mut state, inputs, watches);
                    give(reply, outcome.map_err(DaemonError::from));
                }
                Message::Settle(notice, delivery, next_try, reply) => {
                    let settled = outbox::settle(&*self.store, &notice, &delivery, self.clock.now(), next_try);
                    give(reply, settled.map_err(DaemonError::from));
                }
                Message::FeedStates(feed, reply) => {
                    let of_feed = state.feeds.values().filter(|known| known.feed == feed);
                    give(reply, of_feed.cloned().collect());
                }
                Message::Stop => break,
            }
        }
    }

    fn turn(&self, state: &mut State, mut inputs: Vec<Input>, watches: &[Watch]) -> Result<Outcome, StoreError> {
        inputs.extend(inbox::inbox(&*self.store)?.into_iter().map(Input::Answer));
        let now = self.clock.now();
        let models = Models { errors: self.rules.track_errors(), damage: self.rules.damage() };
        let silence = silent(state, watches, now);
        let world = World {
            portfolio: &self.portfolio,
            rules: &self.rules,
            playbooks: &self.playbooks,
            texts: &self.texts,
            models,
            letterhead: &self.letterhead,
            silence: &silence,
        };
        let Ok(turned) = catch_unwind(AssertUnwindSafe(|| turn(&world, state, inputs, now))) else {
            // The state was only read; nothing is half done. The inputs are asked for again.
            tracing::error!("a turn panicked and was dropped; please report the lines above");
            return Ok(Outcome::default());
        };
        for fault in &turned.faults {
            tracing::error!(%fault, "a rule or text has a fault");
        }
        let changes = turned.changes;
        if let Err(error) = records::commit(&*self.store, &changes, now) {
            // Whether it was written is not known: what the store holds is what holds.
            *state = records::load_state(&*self.store)?;
            return Err(error);
        }
        state.apply(&changes);
        Ok(Outcome { notices: changes.notices.len(), storm_near: is_storm_near(state) })
    }
}

fn give<T>(reply: oneshot::Sender<T>, value: T) {
    if reply.send(value).is_err() {
        tracing::debug!("nobody waits for the keeper's answer any more");
    }
}

fn is_storm_near(state: &State) -> bool {
    state.alerts.values().any(|alert| alert.is_live() && alert.exposure.kind == HazardKind::TropicalCyclone)
}

/// Feeds past their own cadence, and since when there is no news from them.
fn silent(state: &State, watches: &[Watch], now: Timestamp) -> Vec<(String, Timestamp)> {
    let quiet = watches.iter().filter_map(|watch| {
        let known = state.feeds.get(&(watch.feed.clone(), watch.url.clone()))?;
        let since = known.ok_at?;
        (now.duration_since(since) > watch.silence_after).then(|| (watch.agency.clone(), since))
    });
    quiet.collect()
}
