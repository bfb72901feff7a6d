//! Briefs before the managers' weekly visits, and changes of them under a storm.

use std::collections::BTreeMap;

use super::House;
use crate::domain::{Brief, Dealer, DealerDanger, DealerId, Notice, Person, PersonId, SiteFinding};
use crate::notices::{self, BriefNews};
use crate::visits::{self, Question};
use crate::{alerts, season};

impl House<'_> {
    /// Writes the briefs that are owed now. Whose brief is not due and whose dealers are in no danger cost nothing.
    pub(super) fn brief(&mut self) {
        let portfolio = self.world.portfolio;
        let mut managers = portfolio.people.values().filter(|person| person.visit.is_some()).peekable();
        if managers.peek().is_none() {
            return;
        }
        let dangers = visits::dangers(self.state.alerts.values());
        let threatened = |person: &Person| {
            dangers.keys().any(|id| portfolio.dealers.get(id).is_some_and(|dealer| dealer.manager == person.id))
        };
        let concerned: Vec<&Person> = managers
            .filter(|person| visits::is_due(person, self.told_of_visit(person), self.now) || threatened(person))
            .collect();
        if concerned.is_empty() {
            return;
        }
        let mut own: BTreeMap<&PersonId, Vec<&Dealer>> = BTreeMap::new();
        for dealer in portfolio.dealers.values() {
            own.entry(&dealer.manager).or_default().push(dealer);
        }
        let nobodys = Vec::new();
        let briefs: Vec<Brief> = concerned
            .into_iter()
            .filter_map(|person| self.decided(person, own.get(&person.id).unwrap_or(&nobodys), &dangers))
            .collect();
        let findings = if briefs.is_empty() { BTreeMap::new() } else { self.findings() };
        for brief in briefs {
            self.write_brief(&brief, &findings);
        }
    }

    fn told_of_visit(&self, person: &Person) -> Option<&crate::domain::VisitTold> {
        let (_, week) = visits::visit_of(person, self.now)?;
        self.state.visits.get(&(person.id.clone(), week))
    }

    fn decided(
        &self,
        person: &Person,
        dealers: &[&Dealer],
        dangers: &BTreeMap<DealerId, DealerDanger>,
    ) -> Option<Brief> {
        let question = Question {
            person,
            dealers,
            dangers,
            told: self.told_of_visit(person),
            quiet_until: alerts::quiet_until(person, self.now),
            now: self.now,
        };
        visits::decide(&question).brief
    }

    /// What the sites lack before the season, by dealer.
    fn findings(&self) -> BTreeMap<DealerId, Vec<SiteFinding>> {
        let mut findings: BTreeMap<DealerId, Vec<SiteFinding>> = BTreeMap::new();
        for finding in season::site_findings(self.world.portfolio, self.world.models.damage) {
            findings.entry(finding.dealer.clone()).or_default().push(finding);
        }
        findings
    }

    fn write_brief(&mut self, brief: &Brief, findings: &BTreeMap<DealerId, Vec<SiteFinding>>) {
        let composed = notices::compose_brief(&BriefNews { brief, findings }, &self.desk());
        // Told or not, nobody is tried again for ever.
        let told = brief.told.clone();
        self.state.visits.insert((told.person.clone(), told.week), told.clone());
        self.visits.push(told);
        match composed {
            Ok(composed) => {
                self.note_brief(&composed.notice, brief);
                self.post(composed);
            }
            Err(fault) => self.note_unwritten(&fault),
        }
    }

    fn note_brief(&mut self, notice: &Notice, brief: &Brief) {
        let line = self
            .noticed(notice)
            .with("visit", brief.told.day)
            .with("sequence", brief.told.sequence)
            .with("go_on", brief.told.go_on)
            .with("order", brief.stops.iter().map(|stop| &stop.dealer).collect::<Vec<_>>())
            .with("reason", &brief.why);
        self.timeline.push(line);
    }
}
