//! What the touched events mean now, and what time alone has changed.

use std::collections::BTreeMap;

use super::House;
use crate::advice::{self, Matter};
use crate::alerts::{self, Ladder, Situation};
use crate::domain::{
    Advice, Alert, AlertId, Dealer, EventId, Exposure, Hazard, LaneId, Level, Reason, RuleId, Shelter, Shipment,
    SiteId, Subject, SubjectKind, Timestamp,
};
use crate::engine::{self, Places};
use crate::rules::{Judgement, Rule, SubjectView};

/// A rule's word on one subject.
pub(super) struct Verdict {
    rule: RuleId,
    level: Level,
    exposure: Exposure,
    advice: Advice,
}

impl House<'_> {
    /// Judges each touched event anew, and every other live alert as it stands with the time that has passed. Only touched
    /// events are matched with the portfolio: a bulletin of one storm asks nothing of the others.
    pub(super) fn judge(&mut self) {
        let touched: Vec<EventId> = self.touched.iter().cloned().collect();
        for event in &touched {
            self.judge_event(event);
        }
        let others: Vec<Alert> = self
            .state
            .alerts
            .values()
            .filter(|alert| alert.is_live() && !self.touched.contains(&alert.event))
            .cloned()
            .collect();
        for alert in others {
            self.judge_in_time(&alert);
        }
    }

    fn judge_event(&mut self, event_id: &EventId) {
        let Some(event) = self.state.events.get(event_id).cloned() else { return };
        let verdicts = self.verdicts(event_id, self.world.places);
        let hazards: Vec<&Hazard> = event.hazards.iter().filter_map(|id| self.state.hazards.get(id)).collect();
        let leading = engine::leading(&hazards).and_then(|hazard| hazard.issued);
        let known: Vec<AlertId> =
            self.state.alerts.values().filter(|alert| alert.event == *event_id).map(|alert| alert.id.clone()).collect();
        for id in known.into_iter().filter(|id| !verdicts.contains_key(id)) {
            let situation = match event.over {
                Some(_) if self.cancelled.contains(event_id) => Situation::Over(Reason::Cancelled),
                Some(_) => Situation::Over(Reason::Expired),
                // One agency's bulletins are counted: four agencies' within the hour are no four bulletins in a row.
                None => Situation::Unmatched { issued: leading.or(event.issued) },
            };
            self.step(&id, &situation);
        }
        for (id, verdict) in &verdicts {
            self.step_or_open(id, verdict);
        }
    }

    /// What the rules say of an event on each of these places that it reaches.
    pub(super) fn verdicts(&mut self, event_id: &EventId, places: &Places<'_>) -> BTreeMap<AlertId, Verdict> {
        let mut verdicts: BTreeMap<AlertId, Verdict> = BTreeMap::new();
        let Some(event) = self.state.events.get(event_id) else { return verdicts };
        let hazards: Vec<&Hazard> = event.hazards.iter().filter_map(|id| self.state.hazards.get(id)).collect();
        let engine::Assessed { exposures, storm } =
            engine::assess(event_id, &hazards, places, &self.world.models, self.now);
        self.ahead.extend(storm.map(|storm| (event_id.clone(), storm)));
        let there = by_site(&exposures);
        for exposure in &exposures {
            self.judge_exposure(exposure, &there, &mut verdicts);
        }
        verdicts
    }

    fn judge_exposure(
        &mut self,
        exposure: &Exposure,
        there: &BTreeMap<SiteId, &Exposure>,
        verdicts: &mut BTreeMap<AlertId, Verdict>,
    ) {
        let mut levels = self.levels(exposure);
        levels.extend(self.lingering(exposure, &levels));
        let shelter = if levels.is_empty() { None } else { self.shelter(exposure, there) };
        for (rule, level) in levels {
            let id = alerts::alert_id(&rule.id, &exposure.event, &exposure.subject);
            // Two bulletins of one event on one subject: the higher level counts, then the newer.
            let is_less = |known: &Verdict| (known.level, known.exposure.issued) >= (level, exposure.issued);
            if verdicts.get(&id).is_some_and(is_less) {
                continue;
            }
            let advice = self.advise(&rule, exposure, shelter.as_ref());
            verdicts.insert(id, Verdict { rule: rule.id.clone(), level, exposure: exposure.clone(), advice });
        }
    }

    /// Rules with an open alert here that no level matches any more while a gale is still possible: the alert
    /// stays as a watch. An all-clear four days ahead that is taken back a day later costs more trust than it saves.
    fn lingering(&self, exposure: &Exposure, matched: &[(Rule, Level)]) -> Vec<(Rule, Level)> {
        let is_open = |rule: &Rule| {
            let id = alerts::alert_id(&rule.id, &exposure.event, &exposure.subject);
            self.state.alerts.get(&id).is_some_and(Alert::is_live)
        };
        let rules = self.world.rules.rules().filter(|rule| {
            exposure.probability.is_some()
                && exposure.p_34kt() >= rule.linger_p_34kt
                && matched.iter().all(|(known, _)| known.id != rule.id)
                && is_open(rule)
        });
        rules.map(|rule| (rule.clone(), Level::Watch)).collect()
    }

    /// An alert whose event has no news: the same exposure, later. When the newest bulletin no longer matched,
    /// the exposure is not the newest word, and time alone says nothing.
    fn judge_in_time(&mut self, alert: &Alert) {
        if alert.counted > alert.exposure.issued || self.is_gone(&alert.subject) {
            return;
        }
        let exposure = engine::aged(&alert.exposure, self.now);
        let Some((rule, level)) = self.level_by(&alert.rule, &exposure) else { return };
        let advice = self.advise(&rule, &exposure, alert.advice.shelter.as_ref());
        self.step(&alert.id, &Situation::Matched { level, exposure: &exposure, advice: &advice });
    }

    fn levels(&mut self, exposure: &Exposure) -> Vec<(Rule, Level)> {
        let rules = self.world.rules;
        self.matched(exposure, |view, now| rules.judge(exposure, view, now))
    }

    /// True for what is no longer in the portfolio: nothing can be advised about it, and the next bulletin will not match it.
    fn is_gone(&self, subject: &Subject) -> bool {
        let portfolio = self.world.portfolio;
        match subject.kind {
            SubjectKind::Site => !portfolio.sites.contains_key(&SiteId::new(subject.id.clone())),
            SubjectKind::Lane => !portfolio.lanes.contains_key(&LaneId::new(subject.id.clone())),
        }
    }

    /// The level by one rule alone: with time the others have no say in its alert.
    fn level_by(&mut self, rule: &RuleId, exposure: &Exposure) -> Option<(Rule, Level)> {
        let rules = self.world.rules;
        self.matched(exposure, |view, now| rules.judge_by(rule, exposure, view, now).into_iter().collect()).pop()
    }

    fn matched(
        &mut self,
        exposure: &Exposure,
        judge: impl FnOnce(&SubjectView<'_>, Timestamp) -> Vec<Judgement>,
    ) -> Vec<(Rule, Level)> {
        let (rules, holidays) = (self.world.rules, self.world.playbooks.holidays());
        let judgements = with_view(self, &exposure.subject, |view| {
            let zone = view.dealer.map_or("UTC", |dealer| dealer.time_zone.as_str());
            let latest_start = view.site.and_then(|site| advice::latest_start(exposure, site, zone, holidays));
            judge(&SubjectView { latest_start, ..*view }, self.now)
        });
        let mut levels = Vec::new();
        for judgement in judgements {
            self.faults.extend(judgement.faults);
            if let (Some(level), Some(rule)) = (judgement.level, rules.rule(&judgement.rule)) {
                levels.push((rule.clone(), level));
            }
        }
        levels
    }

    fn advise(&mut self, rule: &Rule, exposure: &Exposure, shelter: Option<&Shelter>) -> Advice {
        let playbooks = self.world.playbooks;
        let Some(playbook) = playbooks.get(&rule.playbook) else { return Advice::default() };
        let (holidays, now) = (playbooks.holidays(), self.now);
        let advised = with_view(self, &exposure.subject, |view| {
            let view = SubjectView { shelter, ..*view };
            advice::advise(&Matter { exposure, view: &view, holidays, now }, playbook)
        });
        self.faults.extend(advised.faults);
        advised.advice
    }

    /// Where goods of the exposed site can go, as the whole event stands.
    fn shelter(&self, exposure: &Exposure, there: &BTreeMap<SiteId, &Exposure>) -> Option<Shelter> {
        let portfolio = self.world.portfolio;
        let id = (exposure.subject.kind == SubjectKind::Site).then(|| SiteId::new(exposure.subject.id.clone()))?;
        advice::shelter(portfolio.sites.get(&id)?, portfolio, |id| there.get(id).copied())
    }

    pub(super) fn step_or_open(&mut self, id: &AlertId, verdict: &Verdict) {
        let Verdict { rule, level, exposure, advice } = verdict;
        if self.state.alerts.contains_key(id) {
            self.step(id, &Situation::Matched { level: *level, exposure, advice });
            return;
        }
        let alert = alerts::open(rule, *level, exposure, advice, self.now);
        self.note_alert(&alert, &Reason::FirstMatch);
        self.put_alert(alert);
    }

    fn step(&mut self, id: &AlertId, situation: &Situation<'_>) {
        let Some(alert) = self.state.alerts.get(id) else { return };
        let step = alerts::step(alert, situation, &self.ladder(alert), self.now);
        if step.changed {
            if step.why != Reason::AlreadyTold {
                self.note_alert(&step.alert, &step.why);
            }
            self.put_alert(step.alert);
        }
    }

    /// The ladder of an alert's rule. A rule that is gone from the folder still has its alerts cleared.
    pub(super) fn ladder(&self, alert: &Alert) -> Ladder {
        self.world.rules.rule(&alert.rule).map_or_else(Ladder::of_a_rule_gone, Ladder::of)
    }
}

/// The exposures of sites; of several to one site the most likely.
fn by_site(exposures: &[Exposure]) -> BTreeMap<SiteId, &Exposure> {
    let mut sites: BTreeMap<SiteId, &Exposure> = BTreeMap::new();
    for exposure in exposures.iter().filter(|exposure| exposure.subject.kind == SubjectKind::Site) {
        let known = sites.entry(SiteId::new(exposure.subject.id.clone())).or_insert(exposure);
        if exposure.p_34kt() > known.p_34kt() {
            *known = exposure;
        }
    }
    sites
}

/// What a rule may look at besides the exposure.
fn with_view<T>(house: &House<'_>, subject: &Subject, look: impl FnOnce(&SubjectView<'_>) -> T) -> T {
    let portfolio = house.world.portfolio;
    let site = (subject.kind == SubjectKind::Site).then(|| SiteId::new(subject.id.clone()));
    let lane = (subject.kind == SubjectKind::Lane).then(|| LaneId::new(subject.id.clone()));
    let dealer: Option<&Dealer> = subject.dealer.as_ref().and_then(|id| portfolio.dealers.get(id));
    let shipments: Vec<&Shipment> =
        portfolio.shipments.values().filter(|shipment| Some(&shipment.lane) == lane.as_ref()).collect();
    look(&SubjectView {
        site: site.and_then(|id| portfolio.sites.get(&id)),
        dealer,
        lane: lane.and_then(|id| portfolio.lanes.get(&id)),
        shipments: &shipments,
        latest_start: None,
        shelter: None,
    })
}
