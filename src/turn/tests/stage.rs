//! The world of these tests, with the shipped rules, and a stage that keeps the state from turn to turn.

use std::sync::OnceLock;

use super::super::{Input, Letterhead, Turned, World, turn};
use crate::advice::Playbooks;
use crate::domain::*;
use crate::engine::{Models, Places};
use crate::notices::Texts;
use crate::pictures::Album;
use crate::rules::{RuleFiles, Rulebook};
use crate::storm::ensemble::Physics;

/// The dealer 40 m from the sea.
pub(super) const TAIZHOU: (f64, f64) = (28.66, 121.45);
/// Another of the same manager, 90 km south.
pub(super) const WENZHOU: (f64, f64) = (27.93, 120.81);
/// Another manager's, 1,700 km away.
pub(super) const HAIPHONG: (f64, f64) = (20.85, 106.68);

/// So many hours after eleven in the morning in Shanghai.
pub(super) fn h(hours: i64) -> Timestamp {
    let start: Timestamp = "2004-08-08T03:00:00Z".parse().expect("a time");
    start + Span::from_hours(hours)
}

pub(super) fn place((lat, lon): (f64, f64)) -> Position {
    Position::lat_lon(lat, lon).expect("a position")
}

struct Books {
    rules: Rulebook,
    playbooks: Playbooks,
    texts: Texts,
    album: Album,
}

fn books() -> &'static Books {
    static BOOKS: OnceLock<Books> = OnceLock::new();
    BOOKS.get_or_init(|| {
        let files = RuleFiles::shipped();
        Books {
            rules: Rulebook::check(&files).expect("the shipped rules read"),
            playbooks: Playbooks::check(&files).expect("the shipped playbooks read"),
            texts: Texts::parse(&files.texts()).expect("the shipped texts read"),
            album: Album::default(),
        }
    })
}

/// The shipped rules without one of them.
pub(super) fn rules_without(rule: &str) -> Rulebook {
    let mut files = RuleFiles::shipped();
    files.0.retain(|path, _| !path.starts_with(&format!("{rule}.")));
    // A rule may not hide under one that is gone.
    for text in files.0.values_mut() {
        *text = text.replace(&format!("rules = [\"{rule}\"]"), "rules = [\"storm-on-lane\"]");
    }
    Rulebook::check(&files).expect("the rules read")
}

/// A portfolio, the state so far, and all that was said.
pub(super) struct Stage {
    pub(super) portfolio: Portfolio,
    pub(super) rules: Option<Rulebook>,
    pub(super) state: State,
    pub(super) mails: Vec<Notice>,
    pub(super) lines: Vec<Line>,
    pub(super) documents: u32,
    pub(super) watches: Vec<FeedWatch>,
    /// What the index knows of the portfolio; all of it when there is none.
    pub(super) indexed: Option<Portfolio>,
}

impl Stage {
    pub(super) fn new() -> Self {
        let (portfolio, state) = (portfolio(), State::default());
        Self {
            portfolio,
            rules: None,
            state,
            mails: Vec::new(),
            lines: Vec::new(),
            documents: 0,
            watches: Vec::new(),
            indexed: None,
        }
    }

    /// A turn with these inputs, looked at from every side; its mails.
    pub(super) fn turn(&mut self, now: Timestamp, inputs: Vec<Input>) -> Vec<Notice> {
        let turned = self.turned(now, inputs.clone());
        let again = self.turned(now, inputs).changes;
        assert_eq!(turned.changes, again, "the same inputs give the same changes");
        assert_eq!(turned.faults, []);
        self.state.apply(&turned.changes);
        self.lines.extend(turned.changes.timeline);
        self.mails.extend(turned.changes.notices.clone());
        turned.changes.notices
    }

    pub(super) fn turned(&self, now: Timestamp, inputs: Vec<Input>) -> Turned {
        let books = books();
        let letterhead = Letterhead {
            sender_domain: "example.com".to_owned(),
            sender: None,
            base_url: None,
            link_key: LinkKey::new(vec![7; 32]),
            link_life: Span::from_hours(24),
            language: Some(Language::English),
            album: books.album.clone(),
        };
        let places = Places::new(self.indexed.as_ref().unwrap_or(&self.portfolio));
        let world = World {
            portfolio: &self.portfolio,
            places: &places,
            rules: self.rules.as_ref().unwrap_or(&books.rules),
            playbooks: &books.playbooks,
            texts: &books.texts,
            models: Models {
                errors: books.rules.track_errors(),
                damage: books.rules.damage(),
                physics: &Physics::DOCUMENTED,
            },
            letterhead: &letterhead,
            limits: &ApprovalLimits::NONE,
            watches: &self.watches,
        };
        turn(&world, &self.state, inputs, now)
    }

    /// A document that nobody has seen, with these hazards in it.
    pub(super) fn hear(&mut self, now: Timestamp, hazards: Vec<Hazard>) -> Vec<Notice> {
        self.documents += 1;
        let input = document(now, &format!("document {}", self.documents), hazards);
        self.turn(now, vec![input])
    }

    pub(super) fn tick(&mut self, now: Timestamp) -> Vec<Notice> {
        self.turn(now, Vec::new())
    }

    /// Ticks each hour of a span of hours, both ends included; the mails.
    pub(super) fn ticks(&mut self, hours: std::ops::RangeInclusive<i64>) -> Vec<Notice> {
        hours.flat_map(|hour| self.tick(h(hour))).collect()
    }

    pub(super) fn answer(&mut self, now: Timestamp, alert: &AlertId, person: &str, kind: AnswerKind) -> Vec<Notice> {
        let id = AnswerId::new(format!("{now} {alert} {person}"));
        let person = Some(PersonId::new(person));
        let answer = Answer { id, alert: alert.clone(), person, kind, note: None, at: now, outcome: None };
        self.turn(now, vec![Input::from(answer)])
    }

    /// The alert of a subject; there is one.
    pub(super) fn alert(&self, subject: &str) -> &Alert {
        let mut of_subject = self.state.alerts.values().filter(|alert| alert.subject.id == subject);
        let alert = of_subject.next().unwrap_or_else(|| panic!("no alert for {subject}"));
        assert!(of_subject.next().is_none(), "one alert for {subject}");
        alert
    }

    pub(super) fn live(&self) -> usize {
        self.state.alerts.values().filter(|alert| alert.is_live()).count()
    }
}

pub(super) fn document(now: Timestamp, body: &str, mut hazards: Vec<Hazard>) -> Input {
    let feed = FeedId::new("feed");
    let bulletin = Bulletin::new(feed, "", "https://example.com/", now, body.as_bytes().to_vec());
    for hazard in &mut hazards {
        hazard.bulletin = bulletin.hash.clone();
    }
    Input::Bulletin(Box::new(bulletin), Parsed { hazards, ..Parsed::default() })
}

/// `li first-match,level-rose`: to whom, and why.
pub(super) fn whys(mails: &[Notice]) -> Vec<String> {
    mails.iter().map(|mail| format!("{} {}", mail.person, mail.why.join(","))).collect()
}

pub(super) fn cny(amount: i64) -> Money {
    Money::new(amount.into(), Currency::parse("CNY").expect("a code"))
}

fn portfolio() -> Portfolio {
    let mut portfolio = Portfolio::default();
    for (id, role, reports_to, zone) in [
        ("li", Role::AccountManager, Some("chen"), "Asia/Shanghai"),
        ("wang", Role::AccountManager, Some("chen"), "Asia/Shanghai"),
        ("chen", Role::RegionalManager, None, "Asia/Shanghai"),
        ("sun", Role::Logistics, Some("chen"), "Asia/Shanghai"),
        ("desk", Role::Operator, None, "UTC"),
    ] {
        let (id, reports_to) = (PersonId::new(id), reports_to.map(PersonId::new));
        let (name, email) = (id.to_string(), format!("{id}@example.com"));
        let (language, time_zone) = (Language::English, zone.to_owned());
        let person = Person {
            id: id.clone(),
            name,
            email,
            role,
            reports_to,
            language,
            time_zone,
            quiet: None,
            visit: None,
            digest: None,
            channels: Vec::new(),
            deputy: None,
            away: Vec::new(),
            dealer: None,
        };
        portfolio.people.insert(id, person);
    }
    for (id, manager) in [("D-MA", "li"), ("D-HP", "wang")] {
        let (id, name, tier) = (DealerId::new(id), id.to_owned(), "A".to_owned());
        let (manager, time_zone) = (PersonId::new(manager), "Asia/Shanghai".to_owned());
        let dealer = Dealer { id: id.clone(), name, tier, manager, language: Language::English, time_zone };
        portfolio.dealers.insert(id, dealer);
    }
    for (id, dealer, at) in [("TZ", "D-MA", TAIZHOU), ("WZ", "D-MA", WENZHOU), ("HP", "D-HP", HAIPHONG)] {
        let site = site(id, dealer, at);
        portfolio.sites.insert(site.id.clone(), site);
    }
    portfolio
}

pub(super) fn site(id: &str, dealer: &str, at: (f64, f64)) -> Site {
    Site {
        id: SiteId::new(id),
        dealer: DealerId::new(dealer),
        name: id.into(),
        kind: SiteKind::Warehouse,
        position: place(at),
        coast_m: Some(40.0),
        elevation_m: Some(3.0),
        stock: Some(cny(600_000)),
        insured: Insured::Uninsurable,
        handling_h: Some(14.0),
        handling_cost: Some(cny(10_000)),
        shelter_site: None,
        dates: None,
        codes: Codes::default(),
        work: None,
        floors: None,
        room: None,
    }
}

/// A sea lane with one planned shipment, past Taizhou.
pub(super) fn add_lane(portfolio: &mut Portfolio) {
    let lane = Lane {
        id: LaneId::new("L"),
        mode: "sea".to_owned(),
        origin: "Shanghai".to_owned(),
        destination: "Xiamen".to_owned(),
        transit_h: Some(60.0),
        cost: Some(cny(2_600)),
        alternates: Vec::new(),
        course: vec![place((30.9, 122.4)), place((28.6, 122.4)), place((24.4, 118.6))],
    };
    let shipment = Shipment {
        id: ShipmentId::new("S"),
        lane: lane.id.clone(),
        dealer: DealerId::new("D-MA"),
        etd: Some(h(24)),
        eta: Some(h(84)),
        value: Some(cny(90_000)),
        required_by: None,
        status: "planned".to_owned(),
    };
    portfolio.lanes.insert(lane.id.clone(), lane);
    portfolio.shipments.insert(shipment.id.clone(), shipment);
}

/// A typhoon's forecast, issued at that hour, that comes from the south-east to a place after so many hours and
/// goes on as it came.
pub(super) fn storm(event: &str, issued: i64, to: (f64, f64), after_h: i32) -> Hazard {
    let fix = |tau_h: i32| {
        let left = f64::from(after_h - tau_h) / 12.0;
        Fix {
            time: h(issued) + Span::from_hours(i64::from(tau_h)),
            tau_h,
            position: place((to.0 - 1.2 * left, to.1 + 1.0 * left)),
            vmax_kt: Some(90.0),
            pmin_hpa: Some(955.0),
            rmw_km: Some(40.0),
            gust_kt: None,
            circle_km: None,
            is_extratropical: false,
            radii: vec![WindRadii { kt: 34, ne_km: 220.0, se_km: 200.0, sw_km: 160.0, nw_km: 180.0 }],
        }
    };
    let fixes: Vec<Fix> = (0..=8).map(|step| fix(step * 12)).collect();
    let track = Track {
        agency: "jtwc".to_owned(),
        technique: "JTWC".to_owned(),
        standing: Technique::Official,
        averaging: Averaging::OneMinute,
        fixes,
    };
    let mut hazard = bare(&format!("jtwc:{event}"), event, HazardKind::TropicalCyclone, issued);
    hazard.expires = track.fixes.last().map(|fix| fix.time);
    hazard.name = Some(event.to_uppercase());
    hazard.track = Some(track);
    hazard
}

/// A flood warning of CAP round a place, sent at that hour and in force for two days; `references` are
/// identifiers of the same sender.
pub(super) fn warning(identifier: &str, sent: i64, at: (f64, f64), references: &[&str]) -> Hazard {
    let first = references.first().copied().unwrap_or(identifier);
    let mut hazard = bare(&format!("cap:weather@example.com,{first}"), first, HazardKind::Flood, sent);
    hazard.msg = if references.is_empty() { MsgType::Alert } else { MsgType::Update };
    hazard.onset = Some(h(sent));
    hazard.expires = Some(h(sent + 48));
    hazard.severity = Severity::Severe;
    hazard.footprint = square(at);
    // The time in a reference is often wrong: here it always is.
    let references = references.iter().map(|named| format!("weather@example.com,{named},1999-12-31T00:00:00+00:00"));
    hazard.cap = Some(CapFacts {
        identifier: identifier.to_owned(),
        sender: "weather@example.com".to_owned(),
        references: references.collect(),
        ..CapFacts::default()
    });
    hazard
}

pub(super) fn cancel(identifier: &str, sent: i64, references: &[&str]) -> Hazard {
    let nothing = Footprint::default();
    let msg = MsgType::Cancel;
    Hazard { msg, footprint: nothing, expires: None, ..warning(identifier, sent, TAIZHOU, references) }
}

/// The same in another sender's name.
pub(super) fn sent_by(sender: &str, mut hazard: Hazard) -> Hazard {
    if let Some(cap) = &mut hazard.cap {
        sender.clone_into(&mut cap.sender);
    }
    hazard
}

/// The second, third, .. warning of one message.
pub(super) fn sibling(hazard: &Hazard, number: u32, at: (f64, f64)) -> Hazard {
    let id = HazardId::new(format!("{}#{number}", hazard.id));
    Hazard { id, footprint: square(at), ..hazard.clone() }
}

fn square((lat, lon): (f64, f64)) -> Footprint {
    let corners = [(-0.2, -0.2), (-0.2, 0.2), (0.2, 0.2), (0.2, -0.2), (-0.2, -0.2)];
    let ring = corners.map(|(north, east)| place((lat + north, lon + east))).to_vec();
    Footprint { polygons: vec![vec![ring]], circles: Vec::new() }
}

fn bare(id: &str, event: &str, kind: HazardKind, issued: i64) -> Hazard {
    Hazard {
        issued: Some(h(issued)),
        severity: Severity::Extreme,
        urgency: Urgency::Expected,
        certainty: Certainty::Likely,
        ..Hazard::new(HazardId::new(id), "test", "test", &DocumentHash::of(b"replaced"), event, kind)
    }
}
