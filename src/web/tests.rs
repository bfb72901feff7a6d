//! The pages over a real socket, asked as browsers, scanners and bad people do.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

mod hostile;
mod oidc;
mod portfolio;
mod proxy;
mod stream;
mod unsubscribe;
mod who_may;

use crate::domain::{
    Advice, Alert, AlertId, AlertState, Changes, Covered, DealerId, EventId, Exposure, HazardId, HazardKind, Language,
    Level, LinkClaim, PersonId, RuleId, Severity, Silence, SilenceId, Subject, SubjectKind, Surge, Timestamp,
};
use crate::domain::{
    Case, Currency, Decision, Entry, GoodsLine, LaneId, Matter, Order, PlannedSwitch, Proposal, ProposalClaim,
    ProposalId, Role, Said, Step, SwitchProposal, Vote, What,
};
use crate::store::{MemoryStore, inbox, records};

/// When all of it happens, Unix time.
const NOW_S: i64 = 1_000_000;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        at(NOW_S)
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

fn alert(id: &str, subject: &str, state: AlertState) -> Alert {
    let subject = Subject { kind: SubjectKind::Site, id: subject.to_owned(), dealer: None };
    let exposure = Exposure {
        event: EventId::new("wp16"),
        hazard: HazardId::new("h"),
        kind: HazardKind::TropicalCyclone,
        subject: subject.clone(),
        at: at(NOW_S),
        issued: None,
        inside: false,
        onset: None,
        expires: None,
        severity: Severity::Unknown,
        closest_km: None,
        closest_at: None,
        peak_kt: None,
        peak_at: None,
        peak_dir_deg: None,
        arrival: None,
        probability: None,
        surge: Surge::default(),
        loss: None,
        basis: BTreeMap::new(),
        agencies: Vec::new(),
    };
    Alert {
        id: AlertId::new(id),
        rule: RuleId::new("r"),
        event: exposure.event.clone(),
        subject,
        level: Level::Act,
        state,
        opened_at: at(NOW_S),
        exposure,
        advice: Advice::default(),
        lower_in_a_row: 0,
        counted: None,
        told: BTreeMap::new(),
        history: Vec::new(),
        moved_to: None,
        weighed: None,
    }
}

/// A silence over a dealer's sites, for another hour.
fn silence(id: &str, dealer: &str) -> Silence {
    Silence {
        id: SilenceId::new(id),
        covers: Covered { dealer: Some(DealerId::new(dealer)), ..Covered::default() },
        even_act: false,
        author: None,
        reason: "they know".to_owned(),
        from: at(NOW_S - 1),
        until: at(NOW_S + 3_600),
    }
}

/// An order that `li` may sign.
fn order(id: &str, act_by: Option<Timestamp>) -> Proposal {
    let line = |sku: &str| GoodsLine { sku: sku.to_owned(), quantity: 300.into(), cover_days: 2.9, unit_value: None };
    let order = Order { lane: LaneId::new("SEA"), outage_days: 6.0, lines: vec![line("FAN-40"), line("<b>AC</b>")] };
    let steps = vec![Step { role: Role::Dealer, people: vec![PersonId::new("li")] }];
    let case = Case { matter: Matter::Order(order), act_by, steps };
    let entry = Entry { at: at(1), by: None, what: What::Proposed { case: Box::new(case), why: None } };
    Proposal::of(ProposalId::new(id), EventId::new("wp16"), None, vec![entry]).expect("a proposal")
}

/// A standing switch that `li` may sign.
fn season(id: &str) -> Proposal {
    let (lane, alternate) = (LaneId::new("SEA"), LaneId::new("<b>RAIL</b>"));
    let switch = SwitchProposal {
        id: SwitchProposal::id_of(&lane, 7, 9, &alternate),
        lane,
        alternate,
        mode: "rail".to_owned(),
        first_month: 7,
        last_month: 9,
        extra_per_box: 3_000.into(),
        boxes: 9.into(),
        extra_cost: 27_000.into(),
        sales_kept: 40_000.into(),
        net: 13_000.into(),
        break_even_per_box: 4_444.into(),
        currency: Currency::parse("CNY").expect("a code"),
        days_late_saved: 0.15,
        empty_days_saved: 1.5,
        slower_h: None,
    };
    let planned = PlannedSwitch { switch, closed_days: 6.25, closed_days_there: Some(0.5) };
    let matter = Matter::Season(planned.in_year(1970).expect("a year"));
    let steps = vec![Step { role: Role::Logistics, people: vec![PersonId::new("li")] }];
    let case = Case { matter, act_by: Some(at(NOW_S + 3_600)), steps };
    let entry = Entry { at: at(1), by: None, what: What::Proposed { case: Box::new(case), why: None } };
    Proposal::of(ProposalId::new(id), EventId::new("season-1970"), None, vec![entry]).expect("a proposal")
}

/// A page with three alerts, one of them over, one of a subject with a hostile name.
struct House {
    address: std::net::SocketAddr,
    store: Arc<MemoryStore>,
    woken: Arc<AtomicUsize>,
    key: LinkKey,
    news: News,
    /// Ends the server with the house.
    _server: tokio::task::JoinSet<()>,
}

impl House {
    async fn build(is_ready: bool) -> Self {
        Self::with(is_ready, Door::shown(), Portfolio::default(), Vec::new()).await
    }

    async fn with(is_ready: bool, door: Door, portfolio: Portfolio, more: Vec<Alert>) -> Self {
        Self::changed(is_ready, door, portfolio, more, |web| web).await
    }

    /// One without users, that takes and gives a portfolio's files.
    async fn with_files(portfolio: Portfolio, files: Arc<dyn PortfolioDesk>) -> Self {
        let change = |web| Web { files: Some(files), ..web };
        Self::changed(true, hostile::open_door(), portfolio, Vec::new(), change).await
    }

    /// One without users, behind proxies.
    async fn behind(proxies: Vec<Network>) -> Self {
        let change = |web| Web { proxies: proxies.into(), ..web };
        Self::changed(true, hostile::open_door(), Portfolio::default(), Vec::new(), change).await
    }

    /// A demonstration over a base map of one's own.
    async fn with_map(map: MapConfig) -> Self {
        let change = |web| Web { map: Some(map), ..web };
        Self::changed(true, Door::shown(), Portfolio::default(), Vec::new(), change).await
    }

    async fn changed(
        is_ready: bool,
        door: Door,
        portfolio: Portfolio,
        more: Vec<Alert>,
        change: impl FnOnce(Web) -> Web,
    ) -> Self {
        let store = Arc::new(MemoryStore::new());
        let mut alerts = vec![
            alert("live", "TZ-01", AlertState::Open),
            alert("over", "TZ-02", AlertState::Cleared),
            alert("hostile", "<script>alert(1)</script>\" onload=\"x", AlertState::Open),
        ];
        alerts.extend(more);
        let silences = vec![silence("own", "D-OWN"), silence("other", "D-OTHER")];
        let proposals =
            vec![order("order", None), order("late", Some(at(NOW_S - 1))), season("season:SEA:1970:0701-0930:R")];
        records::commit(&*store, &Changes { alerts, proposals, silences, ..Changes::default() }, at(NOW_S))
            .expect("commit");
        let texts = [
            (Language::English, include_str!("../../rules/texts/en/pages.toml")),
            (Language::Chinese, include_str!("../../rules/texts/zh-CN/pages.toml")),
        ];
        let words = |table: &str| {
            PageWords::new(texts.map(|(language, text)| {
                let mut tables: BTreeMap<String, BTreeMap<String, String>> =
                    toml::from_str(text).expect("the page's texts");
                (language, tables.remove(table).expect("its table"))
            }))
        };
        let woken = Arc::new(AtomicUsize::new(0));
        let (wakes, key, news) = (woken.clone(), LinkKey::new(vec![7; 32]), News::default());
        let web = Web {
            store: store.clone(),
            clock: Arc::new(Still),
            portfolio: Current::new(Arc::new(portfolio)),
            files: None,
            link_key: key.clone(),
            words: words("answer"),
            page_words: words("page"),
            state: Arc::new(RwLock::new(records::load_state(&*store).expect("state"))),
            news: news.clone(),
            meters: Meters::default(),
            feeds: Arc::new([]),
            ledger: Arc::new(|alerts, _, season| serde_json::json!({ "season": season, "entries": alerts.len() })),
            door,
            proxies: Arc::new([]),
            map: None,
            wake: Arc::new(move || {
                wakes.fetch_add(1, Ordering::Relaxed);
            }),
            ready: Arc::new(move || is_ready),
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let mut server = tokio::task::JoinSet::new();
        server.spawn(serve(listener, change(web)));
        Self { address, store, woken, key, news, _server: server }
    }

    fn link(&self, alert: &str, expires_s: i64) -> String {
        let claim = LinkClaim { alert: AlertId::new(alert), person: PersonId::new("li"), expires_s };
        format!("/a/{}", self.key.sign(&claim))
    }

    fn proposal_link(&self, proposal: &str, person: &str, expires_s: i64) -> String {
        let claim = ProposalClaim { proposal: ProposalId::new(proposal), person: PersonId::new(person), expires_s };
        format!("/a/{}", self.key.sign(&claim))
    }

    fn decisions(&self) -> Vec<Decision> {
        let decision = |said| if let Said::Decision(decision) = said { Some(decision) } else { None };
        inbox::inbox(&*self.store).expect("inbox").into_iter().filter_map(decision).collect()
    }

    /// What comes back, whatever it is; nothing when the connection is cut.
    async fn ask_raw(&self, question: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        let mut answer = Vec::new();
        if stream.write_all(question.as_bytes()).await.is_ok() {
            stream.read_to_end(&mut answer).await.unwrap_or_default();
        }
        String::from_utf8(answer).expect("UTF-8")
    }

    async fn ask(&self, question: &str) -> Reply {
        let answer = self.ask_raw(question).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Reply { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    async fn send(&self, method: &str, path: &str) -> Reply {
        self.ask(&format!("{method} {path} HTTP/1.1\r\nhost: seawall\r\nconnection: close\r\n\r\n")).await
    }

    async fn post(&self, path: &str, form: &str) -> Reply {
        let length = form.len();
        let kind = "application/x-www-form-urlencoded";
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nhost: seawall\r\nconnection: close\r\ncontent-type: {kind}\r\n\
             content-length: {length}\r\n\r\n{form}"
        ))
        .await
    }

    fn answers(&self) -> Vec<crate::domain::Answer> {
        let answer = |said| if let crate::domain::Said::Answer(answer) = said { Some(answer) } else { None };
        inbox::inbox(&*self.store).expect("inbox").into_iter().filter_map(answer).collect()
    }
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

#[tokio::test]
async fn showing_changes_nothing_and_a_press_is_kept_once() {
    let house = House::build(true).await;
    let link = house.link("live", NOW_S + 1);
    for method in ["GET", "HEAD", "GET"] {
        assert_eq!(house.send(method, &link).await.status, 200);
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(house.send(method, &link).await.status, 405);
    }
    assert_eq!((house.answers().len(), house.woken.load(Ordering::Relaxed)), (0, 0));
    for _ in 0..2 {
        let reply = house.post(&link, "as=moving&press=1&note=+%0Atwo+lorries%0D%0Acome%00+").await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        assert!(reply.head.contains(&format!("location: {}?said=moving", link.to_lowercase())), "{}", reply.head);
    }
    let answers = house.answers();
    let [answer] = answers.as_slice() else { panic!("one answer, not {}", answers.len()) };
    assert_eq!((answer.alert.as_str(), answer.note.as_deref()), ("live", Some("two lorries come")));
    assert_eq!(answer.person.as_ref().map(PersonId::as_str), Some("li"));
    // Another showing of the page is another press.
    house.post(&link, "as=moving&press=2").await;
    assert_eq!(house.answers().len(), 2);
    let page = house.send("GET", &format!("{link}?said=moving")).await;
    assert!(page.body.contains("Noted:"), "{}", page.body);
}

#[tokio::test]
async fn links_that_are_no_longer_or_never_were_good_are_refused_with_a_word() {
    let house = House::build(true).await;
    let good = house.link("live", NOW_S + 1);
    let mut changed = good.clone();
    changed
        .replace_range(good.len() - 5..good.len() - 4, if good.as_bytes()[good.len() - 5] == b'A' { "B" } else { "A" });
    for (link, status) in [(changed, 403), (house.link("live", NOW_S - 1), 410), (house.link("nobody", NOW_S + 1), 404)]
    {
        let shown = house.send("GET", &link).await;
        assert_eq!(shown.status, status, "{link}");
        assert!(shown.body.contains("lang=\"zh-CN\""), "said in both languages: {}", shown.body);
        assert_eq!(house.post(&link, "as=done&press=1").await.status, status, "{link}");
    }
    for (form, status) in [
        ("as=dancing&press=1".to_owned(), 400),
        ("as=done".to_owned(), 400),
        (format!("as=done&press=1&note={}", "x".repeat(17 << 10)), 413),
    ] {
        assert_eq!(house.post(&good, &form).await.status, status);
    }
    assert_eq!(house.answers().len(), 0);
}

#[tokio::test]
async fn what_is_over_takes_no_answer() {
    let house = House::build(true).await;
    let link = house.link("over", NOW_S + 1);
    let page = house.send("GET", &link).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<form"), "{}", page.body);
    assert_eq!(house.post(&link, "as=done&press=1").await.status, 303);
    assert_eq!(house.answers().len(), 0);
}

#[tokio::test]
async fn every_answer_guards_its_address_and_hostile_words_stay_words() {
    let house = House::build(true).await;
    let link = house.link("hostile", NOW_S + 1);
    for (method, path) in
        [("GET", link.as_str()), ("PUT", &link), ("GET", "/a/x"), ("GET", "/nothing"), ("GET", "/healthz")]
    {
        let reply = house.send(method, path).await;
        for guard in [
            "content-security-policy: default-src 'none'",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
        ] {
            assert!(reply.head.contains(guard), "{method} {path} lacks {guard}: {}", reply.head);
        }
    }
    let page = house.send("GET", &link).await;
    assert!(page.body.contains("&lt;script&gt;") && !page.body.contains("<script>"), "{}", page.body);
    assert!(!page.body.contains("\" onload=\""), "{}", page.body);
    let page = house.send("GET", &format!("{link}?said=%3Cscript%3E&said=done")).await;
    assert_eq!(page.status, 200, "an odd query is passed over");
}

#[tokio::test]
async fn health_is_told_and_slow_readers_hold_nobody_up() {
    let house = House::build(true).await;
    let mut slow = Vec::new();
    for _ in 0..10 {
        let mut stream = TcpStream::connect(house.address).await.expect("a connection");
        stream.write_all(b"POST /a/x HTTP/1.1\r\nhost: seawall\r\ncontent-length: 9\r\n").await.expect("sent");
        slow.push(stream);
    }
    assert_eq!(house.send("GET", "/healthz").await.status, 200);
    assert_eq!(house.send("GET", "/readyz").await.status, 200);
    let starting = House::build(false).await;
    assert_eq!(starting.send("GET", "/healthz").await.status, 200);
    assert_eq!(starting.send("GET", "/readyz").await.status, 503);
}

#[tokio::test]
async fn a_proposal_is_shown_by_get_and_decided_by_post_once() {
    let house = House::build(true).await;
    let link = house.proposal_link("order", "li", NOW_S + 60);
    let page = house.send("GET", &link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("&lt;b&gt;AC") && !page.body.contains("<b>AC"), "{}", page.body);
    assert!(house.decisions().is_empty(), "opening a page decides nothing");
    let form = "as=approve&revision=1&press=n1&note=yes&q%3AFAN-40=250&q%3A%3Cb%3EAC%3C%2Fb%3E=300";
    for _ in 0..2 {
        assert_eq!(house.post(&link, form).await.status, 303);
    }
    let decisions = house.decisions();
    assert_eq!(decisions.len(), 1, "the same press counts once: {decisions:?}");
    assert_eq!((decisions[0].verdict, decisions[0].note.as_deref()), (Vote::Approve, Some("yes")));
    assert_eq!(decisions[0].quantities, BTreeMap::from([("FAN-40".to_owned(), 250.into())]));
}

#[tokio::test]
async fn a_proposal_is_decided_by_nobody_else_never_late_and_not_with_nonsense() {
    let house = House::build(true).await;
    let form = "as=approve&revision=1&press=n1&q%3AFAN-40=250";
    // Another person's link shows what there is, and takes nothing.
    let other = house.proposal_link("order", "chen", NOW_S + 60);
    assert!(!house.send("GET", &other).await.body.contains("<form"));
    house.post(&other, form).await;
    // After the last instant that helps, after the link's own time, and of a proposal that is not there.
    house.post(&house.proposal_link("late", "li", NOW_S + 60), form).await;
    assert_eq!(house.post(&house.proposal_link("order", "li", NOW_S - 1), form).await.status, 410);
    assert_eq!(house.send("GET", &house.proposal_link("none", "li", NOW_S + 60)).await.status, 404);
    let link = house.proposal_link("order", "li", NOW_S + 60);
    for wrong in [
        "as=perhaps&revision=1&press=n1",
        "as=approve&press=n1",
        "as=approve&revision=1&press=n1&q%3AFAN-40=-5",
        "as=approve&revision=1&press=n1&q%3AOTHER=5",
    ] {
        assert_eq!(house.post(&link, wrong).await.status, 400, "{wrong}");
    }
    // A link for an alert is none for a proposal.
    let alerts = house.link("order", NOW_S + 60);
    assert_eq!(house.send("GET", &alerts).await.status, 404);
    let changed = link.replace("/a/p1.", "/a/v1.");
    assert_eq!(house.send("GET", &changed).await.status, 403);
    assert!(house.decisions().is_empty());
}

#[tokio::test]
async fn a_seasons_switch_is_shown_with_its_numbers_and_signed() {
    let house = House::build(true).await;
    let link = house.proposal_link("season:SEA:1970:0701-0930:R", "li", NOW_S + 60);
    let page = house.send("GET", &link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for words in ["1970-07-01 – 1970-09-30", "27,000 CNY", "3,000 CNY × 9", "4,444 CNY", "40,000 CNY", "6.2 → 0.5"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(page.body.contains("&lt;b&gt;RAIL") && !page.body.contains("<b>RAIL"), "{}", page.body);
    assert_eq!(house.post(&link, "as=decline&revision=1&press=n1&note=too+dear").await.status, 303);
    let decisions = house.decisions();
    assert_eq!((decisions[0].verdict, decisions[0].note.as_deref()), (Vote::Decline, Some("too dear")));
}

#[tokio::test]
async fn no_byte_of_a_proposals_link_can_be_changed() {
    let house = House::build(true).await;
    let link = house.proposal_link("order", "li", NOW_S + 60);
    let token = link.trim_start_matches("/a/");
    for at in (0..token.len()).step_by(5).chain([token.len() - 1]) {
        let mut bytes = token.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = format!("/a/{}", String::from_utf8(bytes).expect("ASCII"));
        let reply = house.post(&changed, "as=approve&revision=1&press=n1").await;
        assert_eq!(reply.status, 403, "byte {at} was changed, and the button worked");
    }
    assert!(house.decisions().is_empty());
}
