//! All that one mail speaks of, looked up once.

use minijinja::context;

use super::clean;
use super::compose::Desk;
use super::speaker::Speaker;
use super::when::Zone;
use crate::domain::{
    Alert, AlertId, AlertState, Dealer, Hazard, Lane, LaneId, LinkClaim, Person, PersonId, Reason, Shipment, Site,
    SiteId, SubjectKind, Timestamp,
};

/// One alert, and why it is spoken of; no reason when it only still stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spoken<'a> {
    /// The alert.
    pub(super) alert: &'a Alert,
    /// Why now.
    pub(super) reason: Option<&'a Reason>,
}

/// Whom the mail is for, what it is about, and in which language.
pub(super) struct Scene<'a> {
    /// Everything that is known.
    pub(super) desk: &'a Desk<'a>,
    /// The words.
    pub(super) says: Speaker<'a>,
    /// The reader.
    pub(super) person: &'a Person,
    /// The reader's clock.
    pub(super) zone: Zone,
    /// The storm's name in the reader's language.
    pub(super) storm: String,
    /// What changed, most urgent first, then what still stands.
    pub(super) lines: Vec<Spoken<'a>>,
}

impl Spoken<'_> {
    /// True when there is still something to fear.
    pub(super) fn is_live(&self) -> bool {
        self.alert.is_live() && !matches!(self.reason, Some(Reason::Cancelled | Reason::Expired | Reason::DangerOver))
    }

    /// True when somebody must still begin something.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.alert.state, AlertState::Open | AlertState::Acknowledged | AlertState::Refused)
    }

    /// True when the reader is asked to go there.
    pub(super) fn is_visit(&self) -> bool {
        self.alert.state == AlertState::Refused
            || matches!(self.reason, Some(Reason::Climbed { .. } | Reason::DealerRefused))
    }
}

impl<'a> Scene<'a> {
    /// The instant of the mail.
    pub(super) fn now(&self) -> Timestamp {
        self.desk.now
    }

    /// The lines with something to fear: worst first, then the earliest deadline.
    pub(super) fn live(&self) -> Vec<Spoken<'a>> {
        let mut live: Vec<_> = self.lines.iter().copied().filter(Spoken::is_live).collect();
        live.sort_by_key(|line| {
            let act_by = line.alert.advice.act_by.unwrap_or(Timestamp::MAX);
            (std::cmp::Reverse(line.alert.level), act_by, line.alert.id.clone())
        });
        live
    }

    /// The site that an alert is about.
    pub(super) fn site(&self, alert: &Alert) -> Option<&'a Site> {
        let is_site = alert.subject.kind == SubjectKind::Site;
        is_site.then(|| self.desk.portfolio.sites.get(&SiteId::new(&alert.subject.id))).flatten()
    }

    /// The lane that an alert is about.
    pub(super) fn lane(&self, alert: &Alert) -> Option<&'a Lane> {
        let is_lane = alert.subject.kind == SubjectKind::Lane;
        is_lane.then(|| self.desk.portfolio.lanes.get(&LaneId::new(&alert.subject.id))).flatten()
    }

    /// The dealer whose site an alert is about.
    pub(super) fn dealer(&self, alert: &Alert) -> Option<&'a Dealer> {
        let id = alert.subject.dealer.as_ref().or_else(|| self.site(alert).map(|site| &site.dealer))?;
        self.desk.portfolio.dealers.get(id)
    }

    /// The shipments on a lane that have not arrived, soonest first.
    pub(super) fn shipments(&self, lane: &Lane) -> Vec<&'a Shipment> {
        let on_it = |shipment: &&Shipment| shipment.lane == lane.id && shipment.status != "arrived";
        let mut shipments: Vec<_> = self.desk.portfolio.shipments.values().filter(on_it).collect();
        shipments
            .sort_by_key(|shipment| (shipment.etd.or(shipment.eta).unwrap_or(Timestamp::MAX), shipment.id.clone()));
        shipments
    }

    /// The newest hazard that an alert rests on.
    pub(super) fn hazard(&self, alert: &Alert) -> Option<&'a Hazard> {
        self.desk.state.hazards.get(&alert.exposure.hazard)
    }

    /// `Taizhou Seawall Store (TZ-01)`, `Ningbo → Qingdao (L-7)`.
    pub(super) fn place(&self, says: &Speaker<'_>, alert: &Alert) -> String {
        let id = clean::name(&alert.subject.id);
        if let Some(lane) = self.lane(alert) {
            let (origin, destination) = (port(says, &lane.origin), port(says, &lane.destination));
            return says.say("place.lane", &context! { origin, destination, id });
        }
        match self.site(alert).map(|site| clean::name(&site.name)) {
            Some(name) if !name.is_empty() && name != id => says.say("place.site", &context! { name, id }),
            _ => id,
        }
    }

    /// The dealer's name; empty for a lane.
    pub(super) fn dealer_name(&self, alert: &Alert) -> String {
        self.dealer(alert).map_or_else(String::new, |dealer| name_or(&dealer.name, dealer.id.as_str()))
    }

    /// A person's name, or the id of somebody who is gone.
    pub(super) fn person_name(&self, id: &PersonId) -> String {
        let name = self.desk.portfolio.people.get(id).map_or("", |person| &person.name);
        name_or(name, id.as_str())
    }

    /// True while a gale blows there, so that nobody may be sent.
    pub(super) fn blows(&self, alert: &Alert) -> bool {
        super::facts::blows(&alert.exposure, self.now())
    }

    /// The clock of the place: the dealer's, else the reader's.
    pub(super) fn zone_of(&self, alert: &Alert) -> Zone {
        let dealer = self.dealer(alert).map_or("", |dealer| &dealer.time_zone);
        Zone::first_of(&[dealer, &self.person.time_zone])
    }

    /// Where this person answers for this alert; `None` when there is no page to answer on.
    pub(super) fn link(&self, alert: &Alert) -> Option<String> {
        answer_link(self.desk, self.person, &alert.id)
    }
}

/// Where a person answers for an alert; `None` when there is no page to answer on.
pub(super) fn answer_link(desk: &Desk<'_>, person: &Person, alert: &AlertId) -> Option<String> {
    let base = web_address(desk.base_url?)?;
    let expires = desk.now.checked_add(desk.link_life).unwrap_or(Timestamp::MAX);
    let claim = LinkClaim { alert: alert.clone(), person: person.id.clone(), expires_s: expires.as_second() };
    Some(format!("{base}/a/{}", desk.link_key.sign(&claim)))
}

/// An address that links may begin with: anything but the web would be a trap in a mail.
pub(super) fn web_address(base: &str) -> Option<&str> {
    let base = base.trim_end_matches('/');
    let is_web = base.starts_with("https://") || base.starts_with("http://");
    (is_web && !base.contains(char::is_whitespace)).then_some(base)
}

/// A port by its name, where its UN/LOCODE is known.
pub(super) fn port(says: &Speaker<'_>, port: &str) -> String {
    let port = clean::name(port);
    says.name(&format!("port.{}", port.to_uppercase())).map_or(port, str::to_owned)
}

fn name_or(name: &str, id: &str) -> String {
    let name = clean::name(name);
    if name.is_empty() { clean::name(id) } else { name }
}
