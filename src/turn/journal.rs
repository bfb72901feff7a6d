//! What goes into the journal, and from there into `timeline.ndjson`.

use serde_json::json;

use super::House;
use crate::domain::{
    AdvisedAction, Alert, AlertState, Answer, Bulletin, Differing, Draft, Event, FeedState, FeedTrouble, FeedWatch,
    Hazard, Hush, Line, Notice, Outcome, Parsed, PersonId, PortfolioDiff, Reason, Renewal, Verdict,
};
use crate::engine;

/// Codes that one line of the journal names; a national warning has thousands.
const CODES_SHOWN: usize = 20;

/// One action of the advice.
fn advised(action: &AdvisedAction) -> serde_json::Value {
    let weighed = action.act_or_wait.as_ref();
    json!({
        "action": action.action, "act_by": action.act_by, "cost": action.cost, "loss_avoided": action.loss_avoided,
        "feasibility": action.feasibility, "break_even": action.break_even_p, "last_call": action.last_call,
        "expected_loss": weighed.map(|weighed| weighed.expected_loss), "verdict": weighed.map(|weighed| weighed.verdict),
        "why": weighed.map(|weighed| weighed.why),
        "wait_until": weighed.filter(|weighed| weighed.verdict == Verdict::Wait).and_then(|weighed| weighed.next_bulletin_at),
        "too_late_after": weighed.and_then(|weighed| weighed.too_late_after),
    })
}

impl House<'_> {
    pub(super) fn line(&self, what: &str, id: &str) -> Line {
        Line::new(self.now, what, id)
    }

    pub(super) fn note_bulletin(&mut self, bulletin: &Bulletin, parsed: &Parsed) {
        let faults: Vec<String> = parsed.faults.iter().take(20).map(ToString::to_string).collect();
        let line = self
            .line("bulletin", bulletin.hash.as_str())
            .with("feed", &bulletin.feed)
            .with("hazards", parsed.hazards.len())
            .with("faults", faults);
        self.timeline.push(line);
    }

    /// A portfolio in the place of another, and how many of each kind came, changed and went.
    pub(super) fn note_renewal(&mut self, renewal: &Renewal) {
        let PortfolioDiff { dealers, sites, lanes, shipments, stock, people, areas } = &renewal.diff;
        let counts = |of: &Differing| json!({ "added": of.added.len(), "changed": of.changed.len(), "removed": of.removed.len() });
        let mut line = self.line("portfolio", "portfolio").with("by", &renewal.by).with("areas", areas);
        let kinds = [("dealers", dealers), ("sites", sites), ("lanes", lanes), ("shipments", shipments)];
        for (name, of) in kinds.into_iter().chain([("stock", stock), ("people", people)]) {
            if of.count() > 0 {
                line = line.with(name, counts(of));
            }
        }
        self.timeline.push(line);
    }

    pub(super) fn note_event(&mut self, event: &Event, state: &str) {
        let line = self
            .line("event", event.id.as_str())
            .with("state", state)
            .with("kind", event.kind)
            .with("name", &event.name)
            .with("over", event.over);
        self.timeline.push(line);
    }

    /// An event turned out to be another's storm.
    pub(super) fn note_merged(&mut self, gone: &Event, into: &Event) {
        let line = self.line("event", gone.id.as_str()).with("state", "merged").with("into", &into.id);
        self.timeline.push(line);
    }

    /// Another agency speaks of a known event.
    pub(super) fn note_told_by(&mut self, event: &Event, hazard: &Hazard) {
        let line = self
            .line("event", event.id.as_str())
            .with("state", "told-by")
            .with("agency", hazard.agency())
            .with("as", &hazard.event)
            .with("name", &hazard.name);
        self.timeline.push(line);
    }

    /// A warning whose area nobody can place warns nobody: that is said, not passed over.
    pub(super) fn note_unplaced(&mut self, event: &Event, hazard: &Hazard) {
        let codes = engine::unplaced(hazard, self.world.portfolio);
        if !codes.is_empty() {
            let shown: Vec<&String> = codes.iter().take(CODES_SHOWN).collect();
            let line = self
                .line("event", event.id.as_str())
                .with("state", "unplaced")
                .with("codes", shown)
                .with("count", codes.len());
            self.timeline.push(line);
        }
    }

    pub(super) fn note_alert(&mut self, alert: &Alert, why: &Reason) {
        let advice: Vec<_> = alert.advice.actions.iter().map(advised).collect();
        let what = if alert.state == AlertState::Cleared { "all-clear" } else { "alert" };
        let line = self
            .line(what, alert.id.as_str())
            .with("rule", &alert.rule)
            .with("event", &alert.event)
            .with("subject", &alert.subject)
            .with("level", alert.level)
            .with("state", alert.state)
            .with("act_by", alert.advice.act_by)
            .with("advice", advice)
            .with("shelter", &alert.advice.shelter)
            .with("arrival_34kt", alert.exposure.gale())
            .with("probability", alert.exposure.probability)
            .with("loss", &alert.exposure.loss)
            .with("agencies", &alert.exposure.agencies)
            .with("reason", why);
        self.timeline.push(line);
    }

    pub(super) fn note_answer(&mut self, answer: &Answer, alert: Option<&Alert>) {
        let line = self
            .line("ack", answer.alert.as_str())
            .with("by", &answer.person)
            .with("as", answer.kind)
            .with("note", &answer.note)
            .with("known", alert.is_some())
            .with("live", alert.is_some_and(Alert::is_live));
        self.timeline.push(line);
    }

    /// A silence as it is from now on, or why it is not.
    pub(super) fn note_hush(&mut self, hush: &Hush, refused: Option<&str>) {
        let silence = &hush.silence;
        let line = self
            .line("silence", silence.id.as_str())
            .with("covers", &silence.covers)
            .with("even_act", silence.even_act)
            .with("by", &silence.author)
            .with("note", &silence.reason)
            .with("from", silence.from)
            .with("until", silence.until)
            .with("refused", refused);
        self.timeline.push(line);
    }

    pub(super) fn note_outcome(&mut self, outcome: &Outcome) {
        let line = self
            .line("outcome", outcome.alert.as_str())
            .with("by", &outcome.by)
            .with("found", &outcome.found)
            .with("note", &outcome.note);
        self.timeline.push(line);
    }

    pub(super) fn note_escalation(&mut self, alert: &Alert, to: &PersonId, why: &Reason) {
        let line = self.line("escalation", alert.id.as_str()).with("to", to).with("reason", why);
        self.timeline.push(line);
    }

    /// The head of the line that tells of a message; what follows says why it was sent.
    pub(super) fn noticed(&self, notice: &Notice) -> Line {
        self.line("notice", notice.id.as_str())
            .with("to", &notice.to)
            .with("person", &notice.person)
            .with("channel", &notice.channel)
            .with("subject", &notice.subject)
            .with("message_id", &notice.message_id)
            .with("alerts", &notice.alerts)
            .with("level", notice.level)
    }

    pub(super) fn note_notice(&mut self, notice: &Notice, draft: &Draft) {
        let line = self.noticed(notice).with("changed", &draft.changed);
        self.timeline.push(line);
    }

    pub(super) fn note_feed_turn(&mut self, feed: &FeedState) {
        let line = self.line("feed", feed.feed.as_str()).with("state", feed.word()).with("fault", &feed.fault);
        self.timeline.push(line);
    }

    /// What is wrong with a feed, or that it is over.
    pub(super) fn note_trouble(&mut self, watch: &FeedWatch, trouble: &FeedTrouble, is_over: bool) {
        let line = self
            .line("feed", watch.feed.as_str())
            .with("agency", &watch.agency)
            .with("trouble", trouble.kind)
            .with("since", trouble.since)
            .with("over", is_over);
        self.timeline.push(line);
    }

    /// A mail to an operator.
    pub(super) fn note_feed_notice(&mut self, notice: &Notice) {
        let line = self.noticed(notice).with("why", &notice.why);
        self.timeline.push(line);
    }
}
