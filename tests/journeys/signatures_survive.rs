//! The daemon is killed with `kill -9` right after logistics has signed, and right after a dealer has: what was signed
//! stays signed, the next is asked, nobody is asked twice, and the audit trail alone gives the same state.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use seawall::domain::{
    Case, Changes, DealerId, Entry, EventId, GoodsLine, LaneId, Line, Matter, Order, PersonId, Proposal, ProposalId,
    ProposalState, Role, Step, Timestamp, What,
};
use seawall::store::{SledStore, records};

use crate::harness::{
    Answer, Daemon, FeedLine, Feeds, Mail, Sink, SinkOptions, Stage, get, post_form, python, seawall, wait_for,
    wait_until,
};

const PEOPLE: &str = "\
id,name,email,role,reports_to,language,time_zone,quiet,visit,dealer
li-wei,Li Wei,li.wei@example.com,account-manager,,en,Asia/Shanghai,,,
wang-fang,王芳,wang.fang@example.com,account-manager,,en,Asia/Shanghai,,,
sun,Sun Qiang,sun@example.com,logistics,,en,Asia/Shanghai,,,
zhao,Zhao Lei,zhao@example.com,management,,en,Asia/Shanghai,,,
gao,Gao Ming,gao@example.com,dealer,,en,Asia/Shanghai,,,D-WZ
";
const INDEX: &str = "/index.atom";
const ORDER: &str = "order-of-gao";

struct Story {
    stage: Stage,
    feeds: Feeds,
    sink: Sink,
    config: PathBuf,
}

impl Story {
    fn new(python: &Path) -> Self {
        let (stage, feeds) = (Stage::new("signatures"), Feeds::start());
        let sink = Sink::start(python, &stage, SinkOptions::default());
        feeds.put(INDEX, Answer::Document(b"<feed xmlns=\"http://www.w3.org/2005/Atom\"/>".to_vec()));
        let lines = [FeedLine { id: "index", path: INDEX, format: Some("feed"), more: "" }];
        let config = stage.config("seawall.toml", "data", &feeds, &lines, &sink);
        stage.write("portfolio/people.csv", PEOPLE);
        super::season::write_lanes(&stage);
        Self { stage, feeds, sink, config }
    }

    /// `seawall season --propose`; what it said.
    fn propose(&self) -> String {
        let tracks = super::season::write_tracks(&self.stage).map(|path| path.display().to_string());
        let portfolio = self.stage.path("portfolio").display().to_string();
        let config = self.config.display().to_string();
        let fixed = ["season", "--portfolio", &portfolio, "--all-years", "--propose", "--config", &config, "--tracks"];
        let said = seawall(&[&fixed[..], &[&tracks[0], &tracks[1]]].concat());
        let talk = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.status.code(), Some(0), "{talk}");
        talk
    }

    fn mail_to(&self, person: &str) -> Mail {
        let to = format!("{person}@example.com");
        let with_link = |mail: &Mail| mail.to == to && mail.text.contains("http://seawall.test/a/");
        wait_for(&format!("a mail to {person}"), || self.sink.mails().into_iter().find(with_link))
    }

    /// Opens the link of a mail and presses its button; kept when it returns.
    fn approve(address: &str, mail: &Mail, more: &[(&str, &str)]) {
        let (_, rest) = mail.text.split_once("http://seawall.test").expect("the mail has a link");
        let link: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
        assert!(link.starts_with("/a/p1."), "{link}");
        let page = get(address, &link).expect("a page").body;
        let hidden = |name: &str| {
            let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("the page has a form");
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        let (press, revision) = (hidden("press"), hidden("revision"));
        let form = [&[("as", "approve"), ("press", &*press), ("revision", &*revision)], more].concat();
        let reply = post_form(address, &link, &form).expect("an answer to the button");
        assert_eq!(reply.status, 303, "{reply:?}");
    }

    /// Waits until the feed has been asked ten more times: whoever was owed a mail has it.
    fn settle(&self) {
        let asked = self.feeds.asked();
        wait_until("ten more rounds", || self.feeds.asked() >= asked + 10);
    }

    fn store(&self) -> SledStore {
        SledStore::open(&self.stage.path("data/store")).expect("the store can be opened")
    }
}

#[test]
fn what_was_signed_survives_kill_nine() {
    let Some(python) = python() else { return };
    let story = Story::new(&python);
    let talk = story.propose();
    assert!(talk.contains("kept: the season's plan with 1 switch; the daemon hears it when it starts"), "{talk}");
    let order = Changes { proposals: vec![order()], ..Changes::default() };
    records::commit(&story.store(), &order, Timestamp::UNIX_EPOCH).expect("an order waits");

    let mut daemon = Daemon::start(&story.config);
    let (to_sun, to_gao) = (story.mail_to("sun"), story.mail_to("gao"));
    Story::approve(&daemon.address(), &to_sun, &[("note", "the+yard+has+room")]);
    daemon.kill_nine();

    let mut daemon = Daemon::start(&story.config);
    let to_zhao = story.mail_to("zhao");
    Story::approve(&daemon.address(), &to_gao, &[("q%3ALOCK", "250")]);
    daemon.kill_nine();

    let mut daemon = Daemon::start(&story.config);
    story.settle();
    Story::approve(&daemon.address(), &to_zhao, &[]);
    story.settle();
    // The same plan once more, by way of the daemon that has the store: nobody is asked about what is decided.
    let before = story.sink.mails().len();
    let talk = story.propose();
    assert!(talk.contains("the season's plan with 1 switch"), "{talk}");
    story.settle();
    assert_eq!(story.sink.mails().len(), before, "the same plan again");
    daemon.stop();
    ends_well(&story);
}

fn ends_well(story: &Story) {
    let store = story.store();
    let proposals = records::proposals(&store).expect("proposals");
    assert_eq!(proposals.len(), 2, "{proposals:?}");
    for proposal in &proposals {
        assert_eq!(proposal.state, ProposalState::Approved, "{proposal:?}");
        let Proposal { id, event, dealer, trail, .. } = proposal.clone();
        let replayed = Proposal::of(id, event, dealer, trail).expect("a trail");
        assert_eq!(Proposal { told: proposal.told.clone(), ..replayed }, *proposal, "the trail gives the same state");
        let by: Vec<&str> = proposal.trail.iter().filter_map(|entry| Some(entry.by.as_ref()?.as_str())).collect();
        let is_order = proposal.id.as_str() == ORDER;
        assert_eq!(by, if is_order { vec!["gao"] } else { vec!["sun", "zhao"] }, "each signature once");
        if let Matter::Order(order) = &proposal.case.matter {
            assert_eq!(order.lines.first().map(|line| line.quantity), Some(250.into()));
        }
    }
    let journal = records::journal(&store).expect("the journal");
    let text =
        |line: &Line, field: &str| line.fields.get(field).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let mut told: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for line in journal.iter().filter(|line| line.what == "notice") {
        ids.insert(text(line, "message_id").trim_matches(['<', '>']).to_owned());
        *told.entry((text(line, "person"), text(line, "proposal"), text(line, "errand"))).or_default() += 1;
    }
    assert!(told.values().all(|count| *count == 1), "nobody is told the same twice: {told:?}");
    let asked = |person: &str| told.keys().filter(|(who, _, errand)| who == person && errand == "ask").count();
    assert_eq!(["sun", "zhao", "gao"].map(asked), [1, 1, 1], "{told:?}");
    assert!(told.keys().any(|(who, _, errand)| who == "wang-fang" && errand == "outcome"), "{told:?}");
    let taken: BTreeSet<String> = story.sink.mails().into_iter().map(|mail| mail.message_id).collect();
    assert_eq!(taken, ids, "the mails taken, and those of the journal");
}

/// An order that waits for the dealer's word.
fn order() -> Proposal {
    let line = GoodsLine { sku: "LOCK".to_owned(), quantity: 300.into(), cover_days: 2.9, unit_value: None };
    let matter = Matter::Order(Order { lane: LaneId::new("SEA"), outage_days: 6.0, lines: vec![line] });
    let steps = vec![Step { role: Role::Dealer, people: vec![PersonId::new("gao")] }];
    let case = Case { matter, act_by: None, steps };
    let what = What::Proposed { case: Box::new(case), why: None };
    let trail = vec![Entry { at: Timestamp::UNIX_EPOCH, by: None, what }];
    let dealer = Some(DealerId::new("D-WZ"));
    Proposal::of(ProposalId::new(ORDER), EventId::new("wp162004"), dealer, trail).expect("a proposal")
}
