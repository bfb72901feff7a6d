//! The house that is played: the daemon's turn, store and post, with a seed in place of the world.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use seawall::advice::Playbooks;
use seawall::config::read_portfolio;
use seawall::domain::{
    AlertId, Answer, AnswerId, AnswerKind, ApprovalLimits, ClockJump, Covered, Delivery, DigestWish, Fate, Hush,
    LetterWord, LinkKey, Notice, PersonId, Portfolio, Silence, SilenceId, Span, State, Timestamp,
};
use seawall::engine::{Models, Places};
use seawall::notices::Texts;
use seawall::pictures::Album;
use seawall::rules::{RuleFiles, Rulebook};
use seawall::store::{inbox, outbox, records};
use seawall::storm::ensemble::Physics;
use seawall::turn::{Input, Letterhead, World, turn};

use crate::archive::{self, Arrival, Document};
use crate::dice::Dice;
use crate::faulty::FaultyStore;
use crate::judge;

/// Management signs whatever costs anything.
static LIMITS: ApprovalLimits = ApprovalLimits::NONE;

/// Sites that are watched; the whole sample would take minutes.
const SITES: [&str; 5] = ["TZ-01", "TZ-02", "WZ-01", "KE-01", "HZ-01"];
const LANE: &str = "SEA-SHA-XMN";
/// Possible storms: what is proved here does not hang on the third digit of a chance.
const MEMBERS: usize = 200;
/// Hours that go on after the last bulletin.
const AFTER_H: i64 = 36;

/// What all seeds share.
pub(crate) struct Books {
    portfolio: Portfolio,
    rules: Rulebook,
    playbooks: Playbooks,
    texts: Texts,
    letterhead: Letterhead,
    documents: Vec<Document>,
    physics: Physics,
}

impl Books {
    /// A part of the sample: all of it would take minutes a thousand times over.
    pub(crate) fn read() -> Self {
        let mut books = Self::whole();
        books.portfolio.sites.retain(|id, _| SITES.contains(&id.as_str()));
        books.portfolio.lanes.retain(|id, _| id.as_str() == LANE);
        books.physics.members = MEMBERS;
        books
    }

    /// The whole sample.
    pub(crate) fn whole() -> Self {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/rananim-2004");
        let files = RuleFiles::shipped();
        let (portfolio, _) = read_portfolio(&sample.join("portfolio")).expect("the sample portfolio");
        Self {
            portfolio,
            rules: Rulebook::check(&files).expect("the shipped rules"),
            playbooks: Playbooks::check(&files).expect("the shipped playbooks"),
            texts: Texts::parse(&files.texts()).expect("the shipped texts"),
            letterhead: Letterhead {
                sender_domain: "example.com".to_owned(),
                sender: Some("seawall@example.com".to_owned()),
                base_url: Some("https://example.com".to_owned()),
                link_key: LinkKey::new(vec![7; 32]),
                link_life: Span::from_hours(24 * 30),
                language: None,
                album: Album::blank(),
            },
            documents: archive::documents(&sample.join("archive")),
            physics: Physics::DOCUMENTED,
        }
    }
}

/// Somebody away with a deputy, somebody with a daily digest, each in some seeds. The story's hero is always there.
fn wishes(sample: &Portfolio, dice: &mut Dice) -> Portfolio {
    let mut portfolio = sample.clone();
    let others: Vec<PersonId> = portfolio.people.keys().filter(|id| id.as_str() != "li-wei").cloned().collect();
    for id in others {
        let Some(person) = portfolio.people.get_mut(&id) else { continue };
        if dice.percent(20) {
            person.away = vec![("2004-08-09".parse().expect("a day"), "2004-08-11".parse().expect("a day"))];
            person.deputy = Some(PersonId::new("li-wei"));
        }
        if dice.percent(30) {
            person.digest =
                Some(DigestWish { at: "07:30".parse().expect("a time"), even_when_quiet: dice.percent(50) });
        }
    }
    portfolio
}

/// In some seeds somebody asks for a day's silence about one warehouse.
fn hush(arrivals: &VecDeque<Arrival>, dice: &mut Dice) -> Option<Hush> {
    let first = arrivals.front()?.at;
    let at = first + Span::from_hours(dice.between(0, 96));
    let silence = Silence {
        id: SilenceId::new("sim"),
        covers: Covered { subject: Some(judge::HUSHED.to_owned()), ..Covered::default() },
        even_act: false,
        author: None,
        reason: "known".to_owned(),
        from: at,
        until: at + Span::from_hours(24),
    };
    dice.percent(50).then(|| Hush { id: AnswerId::new("sim hush"), silence, at })
}

impl Books {
    pub(crate) fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }

    pub(crate) fn world<'w>(&'w self, places: &'w Places<'w>) -> World<'w> {
        self.world_of(&self.portfolio, places)
    }

    fn world_of<'w>(&'w self, portfolio: &'w Portfolio, places: &'w Places<'w>) -> World<'w> {
        let Self { rules, playbooks, texts, letterhead, physics, .. } = self;
        let models = Models { errors: rules.track_errors(), damage: rules.damage(), physics };
        World { portfolio, places, rules, playbooks, texts, models, letterhead, limits: &LIMITS, watches: &[] }
    }
}

/// What the receiving server has of one Message-ID.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) first_at: Timestamp,
    notice: Notice,
}

/// One seed at play.
pub(crate) struct House<'a> {
    books: &'a Books,
    /// The sample, with wishes that differ from seed to seed.
    portfolio: Portfolio,
    /// A silence that is still to be asked for.
    hush: Option<Hush>,
    dice: Dice,
    store: FaultyStore,
    state: State,
    arrivals: VecDeque<Arrival>,
    /// In a silent house nobody answers.
    is_silent: bool,
    answers: Vec<Answer>,
    taken: BTreeMap<String, Taken>,
    /// How wrong the clock is.
    off: Span,
}

impl<'a> House<'a> {
    pub(crate) fn new(seed: u64, books: &'a Books) -> Self {
        let mut dice = Dice::new(seed);
        let arrivals: VecDeque<Arrival> = archive::arrivals(&books.documents, &mut dice).into();
        let (store, is_silent) = (FaultyStore::new(dice.another()), dice.percent(30));
        let (state, answers, taken) = (State::default(), Vec::new(), BTreeMap::new());
        let portfolio = wishes(&books.portfolio, &mut dice);
        let hush = hush(&arrivals, &mut dice);
        let off = Span::ZERO;
        Self { books, portfolio, hush, dice, store, state, arrivals, is_silent, answers, taken, off }
    }

    /// Plays to the end; what went wrong first.
    pub(crate) fn play(mut self) -> Result<(), String> {
        let ends = [self.arrivals.front(), self.arrivals.back()];
        let [Some(first), Some(last)] = ends.map(|end| end.map(|arrival| arrival.at)) else {
            return Err("there are no bulletins".to_owned());
        };
        let portfolio = self.portfolio.clone();
        let places = Places::new(&portfolio);
        let mut hour = first;
        while hour < last + Span::from_hours(AFTER_H) {
            let expected = hour + self.off;
            if self.dice.percent(2) {
                self.off = if self.off.is_zero() { Span::from_mins(self.dice.between(-180, 181)) } else { Span::ZERO };
            }
            // It trembles too, by less than is said to anybody.
            let now = hour + self.off + Span::from_mins(self.dice.between(-10, 11));
            let jump = (hour + self.off != expected).then_some(ClockJump { expected, shown: now });
            self.step(&places, hour, now, jump)?;
            self.hand_over(now);
            hour += Span::from_hours(1);
        }
        self.store.mend();
        for _ in 0..48 {
            self.step(&places, hour, hour, None)?;
            self.hand_over_all(hour);
            hour += Span::from_hours(1);
        }
        let journal = records::journal(&self.store).map_err(|error| error.to_string())?;
        judge::judge(&journal, &self.taken)
    }

    /// One turn, as the keeper makes it. What was not committed is asked for again.
    fn step(
        &mut self,
        places: &Places<'_>,
        hour: Timestamp,
        now: Timestamp,
        jump: Option<ClockJump>,
    ) -> Result<(), String> {
        let mut due = Vec::new();
        while self.arrivals.front().is_some_and(|arrival| arrival.at <= hour) {
            due.extend(self.arrivals.pop_front());
        }
        self.press_buttons(now);
        self.revive(now);
        let inbox = inbox::inbox(&self.store).map_err(|error| error.to_string())?;
        let documents = due.iter().map(|a| Input::Bulletin(Box::new(a.bulletin.clone()), a.parsed.clone()));
        let inputs =
            jump.map(Input::Jump).into_iter().chain(documents).chain(inbox.into_iter().map(Input::from)).collect();
        let turned = turn(&self.books.world_of(&self.portfolio, places), &self.state, inputs, now);
        if let Some(fault) = turned.faults.first() {
            return Err(format!("at {now}: {fault}"));
        }
        let was_killed = self.dice.percent(3);
        if was_killed || records::commit(&self.store, &turned.changes, now).is_err() {
            self.state = self.stored()?;
            due.into_iter().rev().for_each(|arrival| self.arrivals.push_front(arrival));
            return Ok(());
        }
        self.state.apply(&turned.changes);
        if self.dice.percent(5) {
            let stored = self.stored()?;
            if stored != self.state {
                return Err(format!("at {now}: the store does not hold what was committed"));
            }
        }
        Ok(())
    }

    fn stored(&self) -> Result<State, String> {
        records::load_state(&self.store).map_err(|error| error.to_string())
    }

    /// People press the buttons of their mails, sometimes twice; what the store did not take is pressed again.
    fn press_buttons(&mut self, now: Timestamp) {
        if let Some(hush) = self.hush.take_if(|hush| hush.at <= now)
            && inbox::put_said(&self.store, &hush.clone().into()).is_err()
        {
            self.hush = Some(hush);
        }
        let (due, later) = std::mem::take(&mut self.answers).into_iter().partition(|answer| answer.at <= now);
        self.answers = later;
        let due: Vec<Answer> = due;
        for answer in due {
            let presses = if self.dice.percent(40) { 2 } else { 1 };
            let was_taken = (0..presses).any(|_| inbox::put_answer(&self.store, &answer).is_ok());
            if !was_taken || self.dice.percent(10) {
                // Nobody knows, or the same button once more an hour later.
                self.answers.push(Answer { at: answer.at, ..answer });
            }
        }
    }

    /// The operator has sent again what was given up, sooner or later.
    fn revive(&mut self, now: Timestamp) {
        for letter in outbox::dead_letters(&self.store).unwrap_or_default() {
            if self.dice.percent(30) {
                let word = LetterWord {
                    id: AnswerId::new(format!("{} {}", letter.notice.id, letter.at)),
                    letter: letter.notice.id,
                    person: letter.notice.person,
                    fate: Fate::Retry,
                    why: None,
                    by: None,
                    at: now,
                };
                // What the store did not take is said again within hours.
                drop(inbox::put_said(&self.store, &word.into()));
            }
        }
    }

    /// The post, and a server that refuses some; one person's mails go in order.
    fn hand_over(&mut self, now: Timestamp) {
        let mut waiting: BTreeSet<PersonId> = BTreeSet::new();
        for notice in outbox::outbox(&self.store).unwrap_or_default() {
            if waiting.contains(&notice.person) || notice.next_try.is_some_and(|at| at > now) {
                continue;
            }
            let fate = self.dice.between(0, 100);
            if fate < 78 || (80..85).contains(&fate) {
                self.take(&notice, now);
            }
            let (outcome, next_try) = match fate {
                0..70 => (Delivery::Taken, None),
                // The server has it, and the daemon stops before it is written down.
                70..78 => continue,
                // The server says that it never will, and is wrong.
                78..80 => (Delivery::Never("no such mailbox".to_owned()), None),
                // The server has it, and the answer is lost.
                _ => (Delivery::Later("try again".to_owned()), Some(now + Span::from_mins(self.dice.between(1, 120)))),
            };
            if matches!(outcome, Delivery::Later(_)) {
                waiting.insert(notice.person.clone());
            }
            if outbox::settle(&self.store, &notice, &outcome, now, next_try).is_err() {
                waiting.insert(notice.person.clone());
            }
        }
    }

    fn hand_over_all(&mut self, now: Timestamp) {
        for notice in outbox::outbox(&self.store).unwrap_or_default() {
            self.take(&notice, now);
            outbox::settle(&self.store, &notice, &Delivery::Taken, now, None).expect("the store is mended");
        }
    }

    fn take(&mut self, notice: &Notice, now: Timestamp) {
        let sent = Notice { attempts: 0, next_try: None, last_fault: None, ..notice.clone() };
        let taken = self.taken.entry(notice.message_id.clone());
        let taken = taken.or_insert_with(|| Taken { first_at: now, notice: sent.clone() });
        assert_eq!(taken.notice, sent, "one Message-ID, one mail");
        if !self.is_silent {
            for alert in &notice.alerts {
                self.plan_answer(&notice.person, alert, now);
            }
        }
    }

    fn plan_answer(&mut self, person: &PersonId, alert: &AlertId, now: Timestamp) {
        if !self.dice.percent(20) {
            return;
        }
        let at = now + Span::from_mins(self.dice.between(5, 600));
        let kind = match self.dice.between(0, 4) {
            0 => AnswerKind::Told,
            1 => AnswerKind::Moving,
            2 => AnswerKind::Refused,
            _ => AnswerKind::Done,
        };
        let id = AnswerId::new(format!("{person} {alert} {at}"));
        let (alert, person) = (alert.clone(), Some(person.clone()));
        self.answers.push(Answer { id, alert, person, kind, note: None, at, outcome: None });
    }
}
