//! The daemon is killed with `kill -9` ten times in mid-flight, and nobody is told less, more or something else
//! than by a daemon that was left in peace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use seawall::domain::Line;
use seawall::store::{SledStore, outbox, records};

use crate::harness::{
    Answer, Daemon, FeedLine, Feeds, Mail, Place, Sink, SinkOptions, Stage, TAIZHOU, WENZHOU, Weather, python,
    wait_until,
};

const DECK: &str = "/deck.dat";
const INDEX: &str = "/index.atom";

/// One change of the world, told by one document, so that each is a turn of its own.
type Step = fn(&Weather, &Feeds);

/// Warnings of their own come at once; what follows in a storm's own thread keeps its pace, and may bring nothing.
const STEPS: [Step; 7] = [
    |weather, feeds| feeds.put(DECK, Answer::Document(weather.a_deck(1))),
    |weather, feeds| warn(weather, feeds, 1, TAIZHOU, "Severe"),
    |weather, feeds| warn(weather, feeds, 2, WENZHOU, "Extreme"),
    |weather, feeds| warn(weather, feeds, 3, TAIZHOU, "Extreme"),
    |weather, feeds| warn(weather, feeds, 4, WENZHOU, "Severe"),
    |weather, feeds| warn(weather, feeds, 5, TAIZHOU, "Severe"),
    |weather, feeds| feeds.put(DECK, Answer::Document(weather.a_deck(2))),
];

/// A warning, and the index that points to all so far.
fn warn(weather: &Weather, feeds: &Feeds, number: u32, place: Place, severity: &str) {
    feeds.put(&format!("/cap/{number}.xml"), Answer::Document(weather.warning(number, place, severity)));
    let links: Vec<String> = (1..=number).map(|number| format!("/cap/{number}.xml")).collect();
    feeds.put(INDEX, Answer::Document(weather.index(&links.iter().map(String::as_str).collect::<Vec<_>>())));
}

/// When the daemon is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// This long after its process began, ready or not.
    Starting(Duration),
    /// After so many more questions to feeds.
    Asked(usize),
    /// A mail is at the server, which has not kept it.
    MailNotYetKept,
    /// A mail is kept, and the server's word on it is still to come.
    MailKept,
    /// So many more mails are kept.
    Mails(usize),
}

/// The kills before each step is complete; ten, at moments that the seed chooses.
fn plan(seed: u64) -> [Vec<Moment>; 7] {
    let mut state = seed;
    let mut dice = |sides: u64| {
        // SplitMix64 (Steele, Lea and Flood 2014): a few lines, and the same on every machine.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    };
    let count = |n: u64| usize::try_from(n).expect("a small number");
    [
        vec![Moment::Starting(Duration::from_millis(dice(80))), Moment::MailNotYetKept, Moment::MailKept],
        vec![Moment::Asked(count(1 + dice(5)))],
        vec![Moment::MailKept, Moment::Starting(Duration::from_millis(dice(200)))],
        vec![Moment::Asked(count(dice(4)))],
        vec![Moment::Mails(1)],
        vec![Moment::MailNotYetKept],
        vec![Moment::Asked(count(1 + dice(3)))],
    ]
}

/// What somebody was told: person, subject, level, reasons.
type Told = (String, String, String, Vec<String>);

#[test]
fn nobody_is_told_less_or_twice() {
    let Some(python) = python() else { return };
    let seed = std::env::var("SEAWALL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_040_812);
    eprintln!("SEAWALL_SEED={seed}");
    let weather = Weather::today();
    let (mails_by_step, expected) = left_in_peace(&python, &weather);
    let told: usize = mails_by_step.iter().sum();
    assert!(told >= 6, "the story is too thin to prove anything: {mails_by_step:?}");
    let (mails, journal) = killed(&python, &weather, &mails_by_step, seed);
    let copies = mails.len() - message_ids(&journal).len();
    eprintln!("{told} mails, by step {mails_by_step:?}; {copies} of them taken twice, under the same Message-ID");
    assert_eq!(told_in(&journal), expected, "what people were told, with and without kills");
    check_mails(&mails, &journal);
}

/// The same story without a kill: how many mails each step brings, and what they tell.
fn left_in_peace(python: &Path, weather: &Weather) -> (Vec<usize>, Vec<Told>) {
    let story = Story::new("kill-nine-peace", python);
    let daemon = Daemon::start(&story.config);
    let mut counts = Vec::new();
    let mut before = 0;
    for step in STEPS {
        step(weather, &story.feeds);
        story.settle();
        let now = story.distinct();
        counts.push(now - before);
        before = now;
    }
    daemon.stop();
    let (mails, journal) = story.end();
    check_mails(&mails, &journal);
    assert_eq!(mails.len(), message_ids(&journal).len(), "in peace each mail is handed over once");
    (counts, told_in(&journal))
}

fn killed(python: &Path, weather: &Weather, mails_by_step: &[usize], seed: u64) -> (Vec<Mail>, Vec<Line>) {
    let mut story = Story::new("kill-nine", python);
    let mut running: Option<Daemon> = None;
    let (mut expected, mut kills) = (0, 0);
    for ((step, moments), mails) in STEPS.iter().zip(plan(seed)).zip(mails_by_step) {
        expected += mails;
        let mut untold = Some(step);
        for moment in moments {
            let moment = if *mails == 0 { Moment::Asked(3) } else { moment };
            story.arm(moment);
            if let Some(step) = untold.take() {
                step(weather, &story.feeds);
            }
            story.kill_at(moment, running.take());
            kills += 1;
        }
        let daemon = running.insert(Daemon::start(&story.config));
        wait_until("the mails of this step", || story.distinct() >= expected);
        story.settle();
        assert_eq!(story.distinct(), expected, "mails after this step; the daemon said {:?}", daemon.said("WARN"));
    }
    assert_eq!(kills, 10);
    running.expect("it runs after the last step").stop();
    story.end()
}

/// Feeds, mail server and configuration of one run.
struct Story {
    stage: Stage,
    feeds: Feeds,
    sink: Sink,
    config: PathBuf,
    /// Questions to feeds and mails kept when the last kill was prepared.
    before: (usize, usize, usize),
}

impl Story {
    fn new(name: &str, python: &Path) -> Self {
        let (stage, feeds) = (Stage::new(name), Feeds::start());
        let sink = Sink::start(python, &stage, SinkOptions::default());
        feeds.put(DECK, Answer::Document(b"\n".to_vec()));
        feeds.put(INDEX, Answer::Document(b"<feed xmlns=\"http://www.w3.org/2005/Atom\"/>".to_vec()));
        // How long a killed daemon is down differs from run to run, and so would the mails to the operator.
        let more = "silence_after = \"1h\"";
        let lines = [
            FeedLine { id: "deck", path: DECK, format: Some("atcf"), more },
            FeedLine { id: "index", path: INDEX, format: Some("feed"), more },
        ];
        let config = stage.config("seawall.toml", "data", &feeds, &lines, &sink);
        Self { stage, feeds, sink, config, before: (0, 0, 0) }
    }

    /// Prepares a kill, before the world changes.
    fn arm(&mut self, moment: Moment) {
        match moment {
            Moment::MailNotYetKept => self.sink.order("hold-before"),
            Moment::MailKept => self.sink.order("hold-after"),
            Moment::Starting(_) | Moment::Asked(_) | Moment::Mails(_) => {}
        }
        self.before = (self.feeds.asked(), self.sink.offered(), self.sink.kept());
    }

    /// Kills the daemon that runs, or one that is started for it, at this moment.
    fn kill_at(&mut self, moment: Moment, running: Option<Daemon>) {
        let daemon = running.unwrap_or_else(|| Daemon::spawn(&self.config));
        let (asked, offered, kept) = self.before;
        match moment {
            Moment::Starting(after) => std::thread::park_timeout(after),
            Moment::Asked(n) => wait_until("questions", || self.feeds.asked() >= asked + n),
            Moment::MailNotYetKept => wait_until("a mail to be held", || self.sink.offered() > offered),
            Moment::MailKept => wait_until("a mail to be kept", || self.sink.kept() > kept),
            Moment::Mails(n) => wait_until("mails", || self.sink.kept() >= kept + n),
        }
        daemon.kill_nine();
        self.sink.order("release");
    }

    /// How many different mails have been taken.
    fn distinct(&self) -> usize {
        self.sink.mails().iter().map(|mail| &mail.message_id).collect::<BTreeSet<_>>().len()
    }

    /// Waits until both feeds have been asked ten more times and no mail has come meanwhile.
    fn settle(&self) {
        let asked = || [DECK, INDEX].map(|path| self.feeds.asked_for(path));
        loop {
            let (before, offered) = (asked(), self.sink.offered());
            wait_until("ten more rounds", || asked().iter().zip(before).all(|(now, before)| *now >= before + 10));
            if self.sink.offered() == offered {
                return;
            }
        }
    }

    /// What was taken, and what the store says of it, now that the daemon is down.
    fn end(&self) -> (Vec<Mail>, Vec<Line>) {
        let store = SledStore::open(&self.stage.path("data/store")).expect("the store can be opened again");
        assert_eq!(outbox::outbox(&store).expect("the outbox can be read"), [], "nothing waits");
        assert_eq!(outbox::dead_letters(&store).expect("dead letters can be read").len(), 0, "nothing was given up");
        (self.sink.mails(), records::journal(&store).expect("the journal can be read"))
    }
}

/// What the journal says that people were told, in an order that does not hang on time.
fn told_in(journal: &[Line]) -> Vec<Told> {
    let text =
        |line: &Line, field: &str| line.fields.get(field).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let reasons = |line: &Line| {
        let changed = line.fields.get("changed").and_then(|changed| changed.as_array()).cloned().unwrap_or_default();
        let at = |line: &serde_json::Value, pointer| line.pointer(pointer).map(ToString::to_string).unwrap_or_default();
        changed.iter().map(|line| format!("{}: {}", at(line, "/alert"), at(line, "/reason/why"))).collect()
    };
    let mut told: Vec<Told> = notices(journal)
        .map(|line| (text(line, "person"), text(line, "subject"), text(line, "level"), reasons(line)))
        .collect();
    told.sort();
    told
}

fn notices(journal: &[Line]) -> impl Iterator<Item = &Line> {
    journal.iter().filter(|line| line.what == "notice")
}

fn message_ids(journal: &[Line]) -> BTreeSet<String> {
    let ids = notices(journal).filter_map(|line| line.fields.get("message_id")?.as_str());
    ids.map(|id| id.trim_matches(['<', '>']).to_owned()).collect()
}

/// Every notice of the journal was taken, nothing else was, and a mail that was taken twice is the same mail.
fn check_mails(mails: &[Mail], journal: &[Line]) {
    let mut by_id: BTreeMap<&str, Vec<&Mail>> = BTreeMap::new();
    for mail in mails {
        by_id.entry(&mail.message_id).or_default().push(mail);
    }
    let taken: BTreeSet<String> = by_id.keys().map(|id| (*id).to_owned()).collect();
    assert_eq!(taken, message_ids(journal), "Message-IDs taken, and those of the journal's notices");
    for (id, copies) in by_id {
        let bytes: BTreeSet<&[u8]> = copies.iter().map(|mail| mail.bytes.as_slice()).collect();
        assert_eq!(bytes.len(), 1, "{id} was sent with different words");
        for answered in copies.iter().filter_map(|mail| mail.in_reply_to.as_ref()) {
            assert!(taken.contains(answered), "{id} answers a mail that nobody has: {answered}");
        }
    }
}
