//! The keeper: one thread that owns the state, makes every turn and commits it before anyone goes on.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::DaemonError;
use super::books::Books;
use super::jump::{Reading, jump};
use super::orders::OrderDesk;
use crate::domain::{
    AnswerId, ApprovalLimits, Clock, Current, Delivery, DocumentHash, FeedId, FeedState, FeedWatch, HazardKind, Line,
    Notice, Portfolio, Renewal, State, Timestamp,
};
use crate::engine::{Places, RestingPlaces};
use crate::store::{Store, StoreError, inbox, outbox, records, retention};
use crate::turn::{Input, Letterhead, World, turn};
use crate::web::{Meters, News};

/// Conditions and templates are evaluated on this thread; their parsers recurse.
const STACK_BYTES: usize = 16 << 20;

/// What a turn came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    /// Notices queued.
    pub(super) notices: usize,
    /// A storm is near the portfolio.
    pub(super) storm_near: bool,
}

/// What is left after forgetting.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Records forgotten.
    pub(super) forgotten: usize,
    /// Documents that a record still points to.
    pub(super) documents: BTreeSet<DocumentHash>,
}

type Reply<T> = oneshot::Sender<Result<T, DaemonError>>;

enum Message {
    Turn(Vec<Input>, Reply<Outcome>),
    Settle(Box<Notice>, Delivery, Option<Timestamp>, Reply<()>),
    Forget(Timestamp, Reply<Kept>),
    FeedStates(FeedId, oneshot::Sender<Vec<FeedState>>),
    Renew(Box<Renewed>, Reply<Outcome>),
    Stop,
}

/// What the world is to be from the next turn on.
pub(super) struct Renewed {
    /// Who brought it; `None` when the files on the machine were read anew.
    pub(super) by: Option<String>,
    pub(super) portfolio: Arc<Portfolio>,
    /// `None` leaves the rules as they are.
    pub(super) books: Option<Books>,
    /// Look at everything again, whether it differs or not.
    pub(super) is_all: bool,
}

/// Why turns are no longer made over the same portfolio.
enum Pause {
    Stop,
    Renew(Box<Renewed>, Reply<Outcome>),
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

    /// Puts another portfolio, or other rules, in the place of those that are, and matches what is new in them with what is
    /// in force; durable when it returns. On an error everything is as it was.
    pub(super) async fn renew(&self, renewed: Renewed) -> Result<Outcome, DaemonError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Message::Renew(Box::new(renewed), reply), answer).await?
    }

    /// What is remembered of a feed's addresses.
    pub(super) async fn feed_states(&self, feed: &FeedId) -> Result<Vec<FeedState>, DaemonError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Message::FeedStates(feed.clone(), reply), answer).await
    }

    /// Forgets what was finished before an instant.
    pub(super) async fn forget(&self, before: Timestamp) -> Result<Kept, DaemonError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Message::Forget(before, reply), answer).await?
    }

    /// Comes back when the keeper has ended, whatever the reason.
    pub(super) async fn ended(&self) {
        self.sender.closed().await;
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
    /// Where the page and the post read the portfolio; the keeper alone puts another in its place.
    pub(super) portfolio: Current<Portfolio>,
    pub(super) books: Books,
    pub(super) letterhead: Letterhead,
    pub(super) limits: ApprovalLimits,
    pub(super) order_desk: OrderDesk,
    /// Where the page reads the state; the keeper alone writes it.
    pub(super) state: Arc<RwLock<State>>,
    /// Where the page hears what a turn changed.
    pub(super) news: News,
    /// Where turns, documents and deliveries are counted.
    pub(super) meters: Meters,
}

/// What the keeper holds in memory.
struct Memory {
    watches: Vec<FeedWatch>,
    /// What the clocks showed at the last turn.
    clocks: Reading,
    /// Answers that make a turn panic; left in the inbox for a version that can hear them.
    unheard: BTreeSet<AnswerId>,
}

impl Keeper {
    /// Loads the state and starts the thread. The thread ends with an error when the store refuses to go on.
    pub(super) fn start(
        self,
        watches: Vec<FeedWatch>,
    ) -> Result<(KeeperHandle, JoinHandle<Result<(), DaemonError>>), DaemonError> {
        self.reload()?;
        let memory = Memory { watches, clocks: self.clocks(), unheard: BTreeSet::new() };
        let (sender, receiver) = mpsc::channel(64);
        let builder = std::thread::Builder::new().name("keeper".to_owned()).stack_size(STACK_BYTES);
        let thread = builder.spawn(move || self.keep(receiver, memory)).map_err(DaemonError::Thread)?;
        Ok((KeeperHandle { sender, draining: Arc::new(AtomicBool::new(false)) }, thread))
    }

    fn keep(mut self, mut receiver: mpsc::Receiver<Message>, mut memory: Memory) -> Result<(), DaemonError> {
        let mut portfolio = self.portfolio.get();
        let mut resting = Places::new(&portfolio).rest();
        loop {
            let places = resting.wake(&portfolio);
            let (renewed, reply) = match self.keep_with(&mut receiver, &mut memory, &places)? {
                Pause::Renew(renewed, reply) => (renewed, reply),
                Pause::Stop => return Ok(()),
            };
            let next = renewed.portfolio.clone();
            let (outcome, is_taken) = self.renew(&mut memory, places, *renewed);
            // What was refused leaves the old portfolio, whose index is made anew.
            (portfolio, resting) = match is_taken {
                Some(resting) => (next, resting),
                None => (portfolio.clone(), Places::new(&portfolio).rest()),
            };
            self.give(reply, outcome)?;
        }
    }

    /// One turn over another portfolio, and other rules. With it the page and the post get that portfolio; without it, the
    /// rules are those from before.
    fn renew(
        &mut self,
        memory: &mut Memory,
        places: Places<'_>,
        renewed: Renewed,
    ) -> (Result<Outcome, DaemonError>, Option<RestingPlaces>) {
        let Renewed { by, portfolio, books, is_all } = renewed;
        let before = self.portfolio.get();
        let diff = portfolio.diff_from(&before);
        // Other rules may say something else of what nothing else has changed about.
        let changed = portfolio.changed_since(&before).filter(|_| books.is_none() && !is_all).map(Box::new);
        let old_books = books.map(|books| std::mem::replace(&mut self.books, books));
        let places = places.updated(&portfolio);
        self.portfolio.put(portfolio.clone());
        let renewal = Input::Renewed(Box::new(Renewal { by, diff, changed }));
        let outcome = self.try_turn(memory, &places, vec![renewal]);
        let outcome = outcome.and_then(|made| made.ok_or(DaemonError::Panicked));
        if outcome.is_err() {
            self.portfolio.put(before);
            if let Some(old) = old_books {
                self.books = old;
            }
            return (outcome, None);
        }
        (outcome, Some(places.rest()))
    }

    fn keep_with(
        &self,
        receiver: &mut mpsc::Receiver<Message>,
        memory: &mut Memory,
        places: &Places<'_>,
    ) -> Result<Pause, DaemonError> {
        while let Some(message) = receiver.blocking_recv() {
            match message {
                Message::Turn(inputs, reply) => {
                    let outcome = self.turn(memory, places, inputs);
                    self.give(reply, outcome)?;
                }
                Message::Settle(notice, delivery, next_try, reply) => {
                    self.meters.delivery(&delivery);
                    let settled = outbox::settle(&*self.store, &notice, &delivery, self.clock.now(), next_try);
                    self.give(reply, settled.map_err(DaemonError::from))?;
                }
                Message::Forget(before, reply) => {
                    let kept = self.forget(memory, before);
                    self.give(reply, kept.map_err(DaemonError::from))?;
                }
                Message::FeedStates(feed, reply) => {
                    let of_feed: Vec<FeedState> =
                        self.state().feeds.values().filter(|known| known.feed == feed).cloned().collect();
                    if reply.send(of_feed).is_err() {
                        tracing::debug!("nobody waits for the keeper's answer any more");
                    }
                }
                Message::Renew(renewed, reply) => return Ok(Pause::Renew(renewed, reply)),
                Message::Stop => break,
            }
        }
        Ok(Pause::Stop)
    }

    /// After an error of the store it is not known what was written: what it holds is what holds. A store that does
    /// not even say that has failed for good, and the daemon must end, to be started again.
    fn give<T>(&self, reply: Reply<T>, value: Result<T, DaemonError>) -> Result<(), DaemonError> {
        let has_failed = matches!(value, Err(DaemonError::Store(_)));
        if reply.send(value).is_err() {
            tracing::debug!("nobody waits for the keeper's answer any more");
        }
        if has_failed {
            self.reload()?;
        }
        Ok(())
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what the store holds for the state.
    fn reload(&self) -> Result<(), StoreError> {
        let held = records::load_state(&*self.store)?;
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = held;
        Ok(())
    }

    fn turn(&self, memory: &mut Memory, places: &Places<'_>, mut inputs: Vec<Input>) -> Result<Outcome, DaemonError> {
        let answers = inbox::inbox(&*self.store)?.into_iter().filter(|said| !memory.unheard.contains(said.id()));
        inputs.extend(answers.map(Input::from));
        let clocks = self.clocks();
        if let Some(jump) = jump(memory.clocks, clocks) {
            tracing::warn!(expected = %jump.expected, shown = %jump.shown, "the clock has jumped");
            // What was not asked while the clock jumped is no silence of a feed.
            memory.watches.iter_mut().for_each(|watch| watch.since = clocks.wall);
            inputs.insert(0, Input::Jump(jump));
        }
        let outcome = self.heard(memory, places, inputs)?;
        memory.clocks = clocks;
        Ok(outcome)
    }

    fn clocks(&self) -> Reading {
        Reading { wall: self.clock.now(), steady: self.clock.steady() }
    }

    fn heard(&self, memory: &mut Memory, places: &Places<'_>, inputs: Vec<Input>) -> Result<Outcome, DaemonError> {
        match self.try_turn(memory, places, inputs.clone())? {
            Some(outcome) => Ok(outcome),
            None => self.one_by_one(memory, places, inputs),
        }
    }

    /// What panicked together is tried singly, so that one document or answer holds nothing else up. How feeds are
    /// is left out: an address counts as read only when all that it said was heard.
    fn one_by_one(&self, memory: &mut Memory, places: &Places<'_>, inputs: Vec<Input>) -> Result<Outcome, DaemonError> {
        let has_documents = inputs.iter().any(|input| matches!(input, Input::Bulletin(..)));
        let mut outcome = Outcome::default();
        let mut is_lost = inputs.is_empty();
        for input in inputs.into_iter().filter(|input| !has_documents || !matches!(input, Input::Feed(_))) {
            let named = named(&input);
            let answer = if let Input::Said(said) = &input { Some(said.id().clone()) } else { None };
            if let Some(done) = self.try_turn(memory, places, vec![input])? {
                outcome = Outcome { notices: outcome.notices + done.notices, storm_near: done.storm_near };
                continue;
            }
            tracing::error!(input = %named, "this makes a turn panic and is left out; please report it");
            is_lost |= answer.is_none();
            memory.unheard.extend(answer);
        }
        if is_lost || has_documents { Err(DaemonError::Panicked) } else { Ok(outcome) }
    }

    /// One turn, committed. `None` when it panicked; the state was only read, and nothing is half done.
    fn try_turn(
        &self,
        memory: &mut Memory,
        places: &Places<'_>,
        inputs: Vec<Input>,
    ) -> Result<Option<Outcome>, DaemonError> {
        let now = self.clock.now();
        let portfolio = self.portfolio.get();
        let Books { rules, playbooks, texts, .. } = &self.books;
        let world = World {
            portfolio: &portfolio,
            places,
            rules,
            playbooks,
            texts,
            models: self.books.models(),
            letterhead: &self.letterhead,
            limits: &self.limits,
            watches: &memory.watches,
        };
        let heard: Vec<(FeedId, usize)> = inputs.iter().filter_map(faults_of).collect();
        let begun = std::time::Instant::now();
        let turned = {
            let state = self.state();
            catch_unwind(AssertUnwindSafe(|| turn(&world, &state, inputs, now)))
        };
        let Ok(turned) = turned else { return Ok(None) };
        for fault in &turned.faults {
            tracing::error!(%fault, "a rule or text has a fault");
        }
        let mut changes = turned.changes;
        changes.notices.extend(self.order_desk.signed(&changes.proposals, now));
        records::commit(&*self.store, &changes, now)?;
        self.state.write().unwrap_or_else(PoisonError::into_inner).apply(&changes);
        self.meters.turn(begun.elapsed().as_secs_f64());
        for (feed, faults) in &heard {
            self.meters.bulletin(feed, *faults);
        }
        self.news.tell(&changes, now);
        changes.timeline.iter().filter(|line| line.what == "feed").for_each(say);
        let notices = changes.notices.len() + changes.letters.len();
        Ok(Some(Outcome { notices, storm_near: is_storm_near(&self.state()) }))
    }

    fn forget(&self, memory: &Memory, before: Timestamp) -> Result<Kept, StoreError> {
        let watches = &memory.watches;
        let is_own = |feed: &FeedState| watches.iter().any(|w| w.feed == feed.feed && w.url == feed.url);
        let forgotten =
            retention::forget(&*self.store, before)? + retention::forget_strays(&*self.store, before, is_own)?;
        self.reload()?;
        let state = self.state();
        let mut documents = state.seen.clone();
        documents.extend(state.feeds.values().filter_map(|feed| feed.document.clone()));
        documents.extend(state.hazards.values().map(|hazard| hazard.bulletin.clone()));
        Ok(Kept { forgotten, documents })
    }
}

/// Which feed a document came by, and how many faults it had.
fn faults_of(input: &Input) -> Option<(FeedId, usize)> {
    match input {
        Input::Bulletin(bulletin, parsed) => Some((bulletin.feed.clone(), parsed.faults.len())),
        _ => None,
    }
}

/// What an input is, for the log: never what it says.
fn named(input: &Input) -> String {
    match input {
        Input::Bulletin(bulletin, _) => format!("document {} of {}", bulletin.hash, bulletin.feed),
        Input::Said(said) => format!("answer {}", said.id()),
        Input::Feed(feed) => format!("feed {}", feed.feed),
        Input::Jump(_) => "a jump of the clock".to_owned(),
        Input::Renewed(_) => "another portfolio".to_owned(),
    }
}

fn is_storm_near(state: &State) -> bool {
    state.alerts.values().any(|alert| alert.is_live() && alert.exposure.kind == HazardKind::TropicalCyclone)
}

/// What the watch over the feeds found goes into the log too, for whoever reads no journal.
fn say(line: &Line) {
    let word = |name: &str| line.fields.get(name).map(ToString::to_string).unwrap_or_default();
    let (feed, state) = (&line.id, word("trouble"));
    match (state.as_str(), word("over") == "true") {
        ("", _) => {}
        (_, true) => tracing::info!(%feed, %state, "what was amiss with the feed is over"),
        (_, false) => {
            let since = word("since");
            tracing::error!(%feed, %state, %since, "the feed is in trouble: in a storm silence is not safety");
        }
    }
}

#[cfg(test)]
mod tests;
