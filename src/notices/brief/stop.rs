//! One dealer told in full: what threatens, what waits for a signature, what the sites lack, what was last answered.

use minijinja::context;

use super::super::clean::{self, NOTE_MAX};
use super::super::season::gaps;
use super::super::standing;
use super::super::view::{Block, Fact};
use super::Letter;
use crate::domain::{Alert, AlertId, DealerId, Matter, PersonId, Proposal, Reason, SiteId, Stop, Transition};

/// How many alerts, proposals or switches of one dealer are named.
const LINES_MAX: usize = 5;

impl Letter<'_> {
    /// The dealer in full; `None` when there is nothing to say.
    pub(super) fn block(&self, stop: &Stop) -> Option<Block> {
        let says = self.says;
        let dealer = &stop.dealer;
        let mut facts: Vec<Fact> = Vec::new();
        let mut add = |key: &str, lines: Vec<String>| {
            let label = says.word(key);
            facts.extend(lines.into_iter().map(|value| Fact { label: label.clone(), value }));
        };
        add("visit.alerts", self.alerts(dealer));
        add("visit.sign", self.to_sign(dealer));
        add("visit.season", self.switches(dealer));
        add("visit.answer", self.last_answer(dealer).into_iter().collect());
        facts.extend(gaps(self.news.findings.get(dealer).map_or(&[], Vec::as_slice), says));
        let row = self.row(stop);
        (!facts.is_empty()).then(|| Block {
            title: row.title,
            level: row.level,
            level_word: row.level_word,
            facts,
            ..Block::default()
        })
    }

    /// Live alerts at the dealer's sites, worst first.
    fn alerts(&self, dealer: &DealerId) -> Vec<String> {
        let of_dealer = |alert: &&Alert| alert.is_live() && alert.subject.dealer.as_ref() == Some(dealer);
        let mut alerts: Vec<&Alert> = self.desk.state.alerts.values().filter(of_dealer).collect();
        alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.level), alert.advice.act_by, alert.id.clone()));
        let says = self.says;
        let line = |alert: &&Alert| {
            let by = alert.advice.act_by.filter(|at| *at > self.desk.now).map(|at| self.begin_by(at));
            let level = says.word(&format!("level.{}", alert.level.as_str()));
            let state = self.state(alert, alert.history.iter().rev().find(|change| change.state == alert.state));
            says.say("visit.alert", &context! { place => self.place(&alert.id), level, by, state })
        };
        alerts.iter().take(LINES_MAX).map(line).collect()
    }

    /// What waits for somebody's signature about the dealer's goods.
    fn to_sign(&self, dealer: &DealerId) -> Vec<String> {
        let open = |proposal: &&Proposal| proposal.is_open() && proposal.dealer.as_ref() == Some(dealer);
        let says = self.says;
        let line = |proposal: &Proposal| {
            let matter = &proposal.case.matter;
            let what = match matter {
                Matter::Switch(switch) => clean::name(switch.shipment.as_str()),
                Matter::Season(season) => self.lane(&season.planned.switch.lane),
                Matter::Order(_) => self.dealer(dealer),
            };
            let what = says.say(&format!("proposal.subject-{}", matter.kind()), &context! { what });
            let people = proposal.step().map(|step| step.people.iter().map(|id| self.name(id)).collect::<Vec<_>>());
            let when = proposal.case.act_by.map(|at| says.short(at, &self.zone));
            says.say("visit.waits", &context! { what, who => says.list(&people.unwrap_or_default(), 2), when })
        };
        self.desk.state.proposals.values().filter(open).take(LINES_MAX).map(line).collect()
    }

    /// The season's switches of lanes that the dealer's goods come by, until they are over.
    fn switches(&self, dealer: &DealerId) -> Vec<String> {
        let today = self.local(self.desk.now);
        let of_dealer = |proposal: &&Proposal| {
            let Some(season) = proposal.season() else { return false };
            let mut shipments = self.desk.portfolio.shipments.values();
            season.to_day >= today
                && shipments.any(|one| one.dealer == *dealer && one.lane == season.planned.switch.lane)
        };
        let says = self.says;
        let line = |proposal: &Proposal| {
            let switch = &proposal.season()?.planned.switch;
            let (from, to) = (standing::first_day(switch, says), standing::final_day(switch, says));
            let when = says.say("season.when", &context! { from, to, mode => standing::mode(&switch.mode, says) });
            let state = says.word(&format!("visit.season-{}", proposal.state.as_str()));
            Some(says.say("visit.switch", &context! { lane => self.lane(&switch.lane), when, state }))
        };
        self.desk.state.proposals.values().filter(of_dealer).filter_map(line).take(LINES_MAX).collect()
    }

    /// What was last answered about any of the dealer's sites.
    fn last_answer(&self, dealer: &DealerId) -> Option<String> {
        let alerts = self.desk.state.alerts.values();
        let answers = alerts.filter(|alert| alert.subject.dealer.as_ref() == Some(dealer)).flat_map(|alert| {
            let answers = alert.history.iter().filter(|change| matches!(change.reason, Reason::Answered { .. }));
            answers.map(move |change| (change.at, alert, change))
        });
        let (_, alert, change) = answers.max_by_key(|(at, alert, _)| (*at, alert.id.clone()))?;
        Some(format!("{}: {}", self.place(&alert.id), self.state(alert, Some(change))))
    }

    fn state(&self, alert: &Alert, change: Option<&Transition>) -> String {
        let state = change.map_or(alert.state, |change| change.state);
        let word = serde_json::to_value(state).ok();
        let word = word.as_ref().and_then(|word| word.as_str()).unwrap_or("open");
        let answered = change.filter(|change| matches!(change.reason, Reason::Answered { .. }));
        let facts = context! {
            who => answered.and_then(|change| change.by.as_ref()).map(|id| self.name(id)),
            at => answered.map(|change| self.says.short(change.at, &self.zone)),
            note => answered.and_then(|change| change.note.as_ref()).map(|note| clean::clean(note, NOTE_MAX)),
            is_lane => false,
        };
        self.says.say(&format!("state.{word}"), &facts)
    }

    /// The site of an alert: `Seawall warehouse (TZ-01)`.
    pub(super) fn place(&self, alert: &AlertId) -> String {
        let Some(alert) = self.desk.state.alerts.get(alert) else { return String::new() };
        let id = clean::name(&alert.subject.id);
        let site = self.desk.portfolio.sites.get(&SiteId::new(&alert.subject.id));
        match site.map(|site| clean::name(&site.name)) {
            Some(name) if !name.is_empty() && name != id => self.says.say("place.site", &context! { name, id }),
            _ => id,
        }
    }

    fn lane(&self, id: &crate::domain::LaneId) -> String {
        standing::lane_name(id, self.desk.portfolio, self.says)
    }

    fn name(&self, id: &PersonId) -> String {
        let known = self.desk.portfolio.people.get(id).map(|person| clean::name(&person.name));
        known.filter(|name| !name.is_empty()).unwrap_or_else(|| clean::name(id.as_str()))
    }
}
