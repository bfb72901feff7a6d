//! The mail about a proposal: what to decide, by when, what it costs against what, every way side by side, and the link.

use std::cell::RefCell;

use minijinja::{Value, context};

use super::clean;
use super::compose::{About, Composed, Desk, posted};
use super::error::NoticeError;
use super::scene::port;
use super::speaker::Speaker;
use super::view::{Mail, Row, Todo};
use super::when::Zone;
use crate::domain::{
    EventId, LaneId, Level, Matter, Order, Person, PersonId, Proposal, ProposalClaim, ProposalState, Role,
    SeasonSwitch, Switch, Way, WayKind, What,
};

/// The most ways or goods that one mail shows.
const ROWS_MAX: usize = 8;

/// What is to be told of a proposal.
#[derive(Debug, Clone, Copy)]
pub struct ProposalNews<'a> {
    /// The proposal.
    pub proposal: &'a Proposal,
    /// `ask`, `remind` or `outcome`.
    pub errand: &'a str,
}

/// Writes the mail about a proposal to one person, as a reply within the thread about it when there is one.
///
/// # Errors
/// When the person is not in the portfolio.
pub fn compose_proposal(news: &ProposalNews<'_>, person: &PersonId, desk: &Desk<'_>) -> Result<Composed, NoticeError> {
    let known = desk.portfolio.people.get(person);
    let person = known.ok_or_else(|| NoticeError::NoSuchPerson { person: person.clone() })?;
    let faults = RefCell::new(Vec::new());
    let says = Speaker::new(desk.texts, desk.lang_override.unwrap_or(person.language), &faults);
    let event = EventId::new(format!("proposal-{}", news.proposal.id));
    let thread = desk.state.threads.get(&(person.id.clone(), event.clone()));
    let letter = Letter { news, desk, person, says: &says, zone: Zone::first_of(&[&person.time_zone]) };
    let subject = thread.map_or_else(|| letter.subject(), |thread| thread.subject.clone());
    let mail = letter.mail(&subject);
    let about = About { event, level: Level::Warn, why: format!("proposal-{}", news.errand) };
    let (notice, thread) = posted(&mail, about, person, desk, &says);
    Ok(Composed { notice, thread, faults: faults.into_inner() })
}

/// One mail on its way.
struct Letter<'a> {
    news: &'a ProposalNews<'a>,
    desk: &'a Desk<'a>,
    person: &'a Person,
    says: &'a Speaker<'a>,
    zone: Zone,
}

impl Letter<'_> {
    fn proposal(&self) -> &Proposal {
        self.news.proposal
    }

    fn is_open(&self) -> bool {
        self.news.errand != "outcome"
    }

    fn subject(&self) -> String {
        let key = format!("proposal.subject-{}", self.proposal().case.matter.kind());
        clean::clean(&self.says.say(&key, &context! { what => self.what() }), 150)
    }

    fn mail(&self, subject: &str) -> Mail {
        let (says, state) = (self.says, self.proposal().state);
        let opening = if self.is_open() { self.question() } else { self.outcome() };
        let tag = match self.news.errand {
            "outcome" => format!("proposal.tag-{}", state.as_str()),
            errand => format!("proposal.tag-{errand}"),
        };
        Mail {
            lang: says.language().tag().to_owned(),
            subject: subject.to_owned(),
            preheader: opening.first().cloned().unwrap_or_default(),
            level: if self.is_open() { "warn" } else { "over" },
            tag: says.word(&tag),
            fonts: says.name("form.fonts").unwrap_or("sans-serif").to_owned(),
            opening,
            todo: self.is_open().then(|| self.todo()),
            calm: None,
            money: if self.is_open() { self.money() } else { Vec::new() },
            answer: says.word("proposal.decide"),
            answers: says.word("proposal.decide-hint"),
            picture: None,
            rows_title: says.word(&format!("proposal.rows-{}", self.proposal().case.matter.kind())),
            rows_chance: says.word("proposal.late"),
            rows: self.rows(),
            more: None,
            months: None,
            blocks: Vec::new(),
            forwards: Vec::new(),
            sure: self.signatures(),
            why: vec![says.word(self.why())],
        }
    }

    /// What it is about, in a few words: the shipment, the lane, or the dealer.
    fn what(&self) -> String {
        match &self.proposal().case.matter {
            Matter::Switch(switch) => clean::name(switch.shipment.as_str()),
            Matter::Season(season) => self.lane(&season.lane),
            Matter::Order(_) => self.dealer(),
        }
    }

    fn dealer(&self) -> String {
        let id = self.proposal().dealer.as_ref();
        let known = id.and_then(|id| self.desk.portfolio.dealers.get(id)).map(|dealer| clean::name(&dealer.name));
        known.or_else(|| id.map(|id| clean::name(id.as_str()))).unwrap_or_default()
    }

    fn lane(&self, id: &LaneId) -> String {
        let name = clean::name(id.as_str());
        let Some(lane) = self.desk.portfolio.lanes.get(id) else { return name };
        let (origin, destination) = (port(self.says, &lane.origin), port(self.says, &lane.destination));
        self.says.say("place.lane", &context! { origin, destination, id => name })
    }

    fn mode(&self, mode: &str) -> String {
        let known = self.says.name(&format!("mode.{}", mode.to_lowercase()));
        known.map_or_else(|| clean::name(mode), str::to_owned)
    }

    fn short(&self, at: Option<jiff::Timestamp>) -> String {
        at.map(|at| self.says.short(at, &self.zone)).unwrap_or_default()
    }

    /// A way in words: `by rail (Shanghai → Xiamen, RAIL-SHA-XMN)`.
    fn way(&self, way: &Way) -> String {
        let key = match way.kind {
            WayKind::Keep => "proposal.way-keep",
            WayKind::Wait => "proposal.way-wait",
            WayKind::Early => "proposal.way-early",
            WayKind::Switch => "proposal.way-switch",
        };
        let facts = context! {
            lane => self.lane(&way.lane), mode => self.mode(&way.mode), leaves => self.short(way.leaves),
        };
        self.says.say(key, &facts)
    }

    fn question(&self) -> Vec<String> {
        let says = self.says;
        let mut lines = Vec::new();
        if self.proposal().revision > 1 && self.news.errand == "ask" {
            lines.push(says.word("proposal.anew"));
        }
        match &self.proposal().case.matter {
            Matter::Switch(switch) => {
                lines.insert(0, says.say("proposal.trouble", &self.trouble(switch)));
                if let Some(best) = switch.ways.first() {
                    let arrives = self.short(best.arrives);
                    lines.push(says.say("proposal.instead", &context! { way => self.way(best), arrives }));
                }
            }
            Matter::Season(season) => lines.insert(0, says.say("proposal.season", &self.season(season))),
            Matter::Order(order) => {
                let facts = context! {
                    dealer => self.dealer(), lane => self.lane(&order.lane),
                    days => format!("{:.0}", order.outage_days.ceil()), is_own => self.person.role == Role::Dealer,
                };
                lines.insert(0, says.say("proposal.short", &facts));
            }
        }
        lines
    }

    fn trouble(&self, switch: &Switch) -> Value {
        let planned = &switch.planned;
        context! {
            shipment => clean::name(switch.shipment.as_str()), dealer => self.dealer(),
            late => planned.p_late.map(|p| self.says.percent(p)),
            danger => planned.p_danger.map(|p| self.says.percent(p)),
            arrives => self.short(planned.arrives), required => self.short(switch.required_by),
            lane => self.lane(&planned.lane), value => switch.value.map(|value| self.says.money(value)),
        }
    }

    fn season(&self, season: &SeasonSwitch) -> Value {
        context! {
            lane => self.lane(&season.lane), to => self.lane(&season.to), from_day => season.from_day.as_str(),
            to_day => season.to_day.as_str(), days => format!("{:.1}", season.days_lost),
            cost => season.added_cost.map(|cost| self.says.money(cost)),
            saves => season.saves.map(|saves| self.says.estimate(saves)),
        }
    }

    fn todo(&self) -> Todo {
        let (says, now) = (self.says, self.desk.now);
        let what = match &self.proposal().case.matter {
            Matter::Switch(switch) => {
                let way = switch.ways.first().map(|way| self.way(way)).unwrap_or_default();
                says.say("proposal.todo-switch", &context! { way })
            }
            Matter::Season(season) => says.say("proposal.todo-season", &self.season(season)),
            Matter::Order(order) => {
                let value = order.value().map(|value| says.money(value));
                says.say("proposal.todo-order", &context! { n => order.lines.len(), value })
            }
        };
        let act_by = self.proposal().case.act_by;
        let by = act_by.map(|at| says.say("proposal.by", &context! { when => says.full(at, &self.zone) }));
        let left = act_by.map(|at| says.left(at, now)).unwrap_or_default();
        let mut place = vec![self.what(), self.dealer()];
        place.dedup();
        place.retain(|part| !part.is_empty());
        let line = [Some(what.clone()), by.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        Todo {
            line,
            what,
            place: place.join(" · "),
            threat: None,
            late: None,
            by: by.unwrap_or_else(|| says.word("proposal.by-soon")),
            left,
            yours: None,
            link: self.link(),
        }
    }

    /// What yes costs, and what no does.
    fn money(&self) -> Vec<String> {
        let says = self.says;
        let facts = |best: &Way, planned: &Way| {
            context! {
                cost => best.added_cost.map(|cost| says.money(cost)),
                is_free => best.added_cost.is_some_and(|cost| cost.amount.is_zero()),
                lost => planned.stock_out.filter(|lost| !lost.amount.is_zero()).map(|lost| says.estimate(lost)),
                then => best.stock_out.filter(|lost| !lost.amount.is_zero()).map(|lost| says.estimate(lost)),
            }
        };
        match &self.proposal().case.matter {
            Matter::Switch(switch) => {
                let best = switch.ways.first();
                best.map(|best| says.say("proposal.money", &facts(best, &switch.planned))).into_iter().collect()
            }
            Matter::Season(season) => vec![says.say("proposal.money-season", &self.season(season))],
            Matter::Order(_) => vec![says.word("proposal.money-order")],
        }
    }

    fn rows(&self) -> Vec<Row> {
        match &self.proposal().case.matter {
            Matter::Switch(switch) => {
                let best = switch.ways.first().map(|way| (way.kind, way.lane.clone()));
                let mut ways: Vec<&Way> = switch.ways.iter().collect();
                if !ways.iter().any(|way| way.kind == WayKind::Keep) {
                    ways.push(&switch.planned);
                }
                let row = |way: &&Way| self.way_row(way, best.as_ref() == Some(&(way.kind, way.lane.clone())));
                ways.iter().take(ROWS_MAX).map(row).collect()
            }
            Matter::Season(_) => Vec::new(),
            Matter::Order(order) => order.lines.iter().take(ROWS_MAX).map(|line| self.goods_row(order, line)).collect(),
        }
    }

    fn way_row(&self, way: &Way, is_best: bool) -> Row {
        let says = self.says;
        let facts = context! {
            arrives => self.short(way.arrives), latest => self.short(way.arrives_late),
            danger => way.p_danger.map(|p| says.percent(p)),
            cost => way.added_cost.map(|cost| says.money(cost)),
            is_free => way.added_cost.is_some_and(|cost| cost.amount.is_zero()),
            lost => way.stock_out.filter(|lost| !lost.amount.is_zero()).map(|lost| says.estimate(lost)),
        };
        let word = match (is_best, way.kind) {
            (true, _) => "proposal.is-best",
            (false, WayKind::Keep) => "proposal.is-planned",
            (false, _) => "proposal.is-other",
        };
        Row {
            title: self.way(way),
            level: if is_best { "act" } else { "watch" },
            level_word: says.word(word),
            chance: way.p_late.map(|p| says.percent(p)).unwrap_or_default(),
            by: says.say("proposal.way-row", &facts),
            link: None,
        }
    }

    fn goods_row(&self, order: &Order, line: &crate::domain::GoodsLine) -> Row {
        let one = Order { lines: vec![line.clone()], ..order.clone() };
        let facts = context! {
            n => line.quantity.normalize().to_string(), days => format!("{:.1}", line.cover_days),
            value => one.value().map(|value| self.says.money(value)),
        };
        Row {
            title: clean::name(&line.sku),
            level: "warn",
            level_word: self.says.say("proposal.goods", &facts),
            chance: String::new(),
            by: self.says.say("proposal.goods-row", &facts),
            link: None,
        }
    }

    /// Who has signed, and whose turn it is.
    fn signatures(&self) -> Vec<String> {
        let says = self.says;
        let mut lines = Vec::new();
        let begun = self.proposal().trail.iter().rposition(|entry| matches!(entry.what, What::Proposed { .. }));
        for entry in self.proposal().trail.iter().skip(begun.unwrap_or_default()) {
            let (key, note) = match &entry.what {
                What::Signed { note, .. } => ("proposal.signed", note),
                What::Declined { note } => ("proposal.declined-by", note),
                _ => continue,
            };
            let facts = context! {
                who => self.name(entry.by.as_ref()), at => self.short(Some(entry.at)),
                note => note.as_ref().map(|note| clean::clean(note, clean::NOTE_MAX)),
            };
            lines.push(says.say(key, &facts));
        }
        let next = self.proposal().case.steps.get(self.proposal().signed + 1);
        if let (true, Some(next)) = (self.proposal().is_open(), next) {
            let people: Vec<String> = next.people.iter().map(|person| self.name(Some(person))).collect();
            lines.push(says.say("proposal.next", &context! { who => says.list(&people, 3) }));
        }
        lines
    }

    fn name(&self, person: Option<&PersonId>) -> String {
        let Some(id) = person else { return self.says.word("answer.someone") };
        let known = self.desk.portfolio.people.get(id).map(|person| clean::name(&person.name));
        known.filter(|name| !name.is_empty()).unwrap_or_else(|| clean::name(id.as_str()))
    }

    fn outcome(&self) -> Vec<String> {
        let says = self.says;
        let (way, arrives) = match &self.proposal().case.matter {
            Matter::Switch(switch) => {
                let best = switch.ways.first();
                (best.map(|way| self.way(way)), self.short(best.and_then(|way| way.arrives)))
            }
            Matter::Season(season) => (Some(self.lane(&season.to)), season.from_day.clone()),
            Matter::Order(_) => (None, String::new()),
        };
        let facts = context! {
            what => self.what(), dealer => self.dealer(), way, arrives,
            kind => self.proposal().case.matter.kind(),
        };
        let key = match self.proposal().state {
            ProposalState::Approved => "proposal.approved",
            ProposalState::Declined => "proposal.declined",
            ProposalState::Expired => "proposal.expired",
            ProposalState::Withdrawn | ProposalState::Proposed => "proposal.withdrawn",
        };
        vec![says.say(key, &facts)]
    }

    fn why(&self) -> &'static str {
        match self.person.role {
            Role::AccountManager => "why.account-manager",
            Role::RegionalManager => "why.regional-manager",
            Role::Logistics => "why.logistics",
            Role::Management => "why.management",
            Role::Operator => "why.operator",
            Role::Dealer => "proposal.why-dealer",
        }
    }

    /// Where this person decides; `None` when there is no page.
    fn link(&self) -> Option<String> {
        let base = super::scene::web_address(self.desk.base_url?)?;
        let life = self.desk.now.checked_add(self.desk.link_life).unwrap_or(jiff::Timestamp::MAX);
        // Good until the proposal ends, and long enough after it to read what came of it.
        let claim = ProposalClaim {
            proposal: self.proposal().id.clone(),
            person: self.person.id.clone(),
            expires_s: life.as_second(),
        };
        Some(format!("{base}/a/{}", self.desk.link_key.sign(&claim)))
    }
}
