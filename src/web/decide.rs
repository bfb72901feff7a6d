//! The page behind a proposal's button: what is proposed, who has signed, and the two answers.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use rust_decimal::Decimal;

use super::Web;
use super::answer::{Refusal, local, noted, page, render};
use crate::domain::{
    AnswerId, Decision, DocumentHash, Language, Matter, Money, Person, Proposal, ProposalClaim, Timestamp, Vote,
    WayKind, What,
};
use crate::store::{inbox, records};

const TEMPLATE: &str = include_str!("decide.html");
/// What the names of an order's quantities begin with in the form.
const QUANTITY: &str = "q:";

/// Shows the page; changes nothing.
pub(super) async fn show(web: &Web, token: &str, said: Option<&str>) -> Response {
    let now = web.clock.now();
    match opened(web, token, now).await {
        Ok((claim, proposal)) => {
            let said = said.and_then(Vote::parse);
            page(StatusCode::OK, rendered(web, &claim, &proposal, said, now))
        }
        Err(refusal) => refusal.page(web),
    }
}

/// Takes a decision into the inbox, durable, and goes back to showing.
pub(super) async fn take(web: &Web, token: &str, form: &BTreeMap<String, String>) -> Response {
    let now = web.clock.now();
    let (claim, proposal) = match opened(web, token, now).await {
        Ok(opened) => opened,
        Err(refusal) => return refusal.page(web),
    };
    if !may_decide(&claim, &proposal, now) {
        // The page, as it now is, says why there is nothing to decide for this person.
        return Redirect::to(&format!("/a/{token}")).into_response();
    }
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let (verdict, revision) = (Vote::parse(field("as")), field("revision").parse::<u32>());
    let (Some(verdict), Ok(revision), Some(quantities)) = (verdict, revision, quantities(form, &proposal)) else {
        return Refusal::NoAnswer.page(web);
    };
    let note = noted(field("note"));
    let id = DocumentHash::of(format!("{token}\n{}\n{}", field("press"), verdict.as_str()).as_bytes());
    let decision = Decision {
        id: AnswerId::new(id.digits()),
        proposal: claim.proposal,
        revision,
        person: Some(claim.person),
        verdict,
        quantities,
        note: (!note.is_empty()).then_some(note),
        at: now,
    };
    let store = web.store.clone();
    match tokio::task::spawn_blocking(move || inbox::put_said(&*store, &decision.into())).await {
        Ok(Ok(_)) => {
            (web.wake)();
            Redirect::to(&format!("/a/{token}?said={}", verdict.as_str())).into_response()
        }
        Ok(Err(error)) => Refusal::store(&error).page(web),
        Err(_) => Refusal::Store.page(web),
    }
}

async fn opened(web: &Web, token: &str, now: Timestamp) -> Result<(ProposalClaim, Proposal), Refusal> {
    let claim: ProposalClaim = web.link_key.verify(token, now).map_err(Refusal::Link)?;
    let (store, id) = (web.store.clone(), claim.proposal.clone());
    match tokio::task::spawn_blocking(move || records::proposal(&*store, &id)).await {
        Ok(Ok(Some(proposal))) => Ok((claim, proposal)),
        Ok(Ok(None)) => Err(Refusal::NoAlert),
        Ok(Err(error)) => Err(Refusal::store(&error)),
        Err(_) => Err(Refusal::Store),
    }
}

/// True when the next signature is this person's and there is time.
fn may_decide(claim: &ProposalClaim, proposal: &Proposal, now: Timestamp) -> bool {
    let is_theirs = proposal.step().is_some_and(|step| step.people.contains(&claim.person));
    is_theirs && proposal.case.act_by.is_none_or(|act_by| now <= act_by)
}

/// The quantities that differ from the proposed ones; `None` when one is no number of 0 or more, or of other goods.
fn quantities(form: &BTreeMap<String, String>, proposal: &Proposal) -> Option<BTreeMap<String, Decimal>> {
    let Matter::Order(order) = &proposal.case.matter else { return Some(BTreeMap::new()) };
    let mut changed = BTreeMap::new();
    for (name, text) in form {
        let Some(sku) = name.strip_prefix(QUANTITY) else { continue };
        let quantity = Money::parse_amount(text).ok()?;
        let line = order.lines.iter().find(|line| line.sku == sku)?;
        if line.quantity != quantity {
            changed.insert(sku.to_owned(), quantity);
        }
    }
    Some(changed)
}

fn rendered(web: &Web, claim: &ProposalClaim, proposal: &Proposal, said: Option<Vote>, now: Timestamp) -> String {
    let portfolio = web.portfolio.get();
    let person = portfolio.people.get(&claim.person);
    let language = person.map_or(Language::English, |person| person.language);
    let dealer = proposal.dealer.as_ref().and_then(|id| portfolio.dealers.get(id));
    let press = DocumentHash::of(format!("{now}\n{}\n{}", claim.proposal, claim.person).as_bytes());
    let act_by = proposal.case.act_by;
    let facts = context! {
        lang => language.tag(),
        t => web.words.of(language),
        kind => proposal.case.matter.kind(),
        subject => subject(proposal),
        dealer => dealer.map(|dealer| dealer.name.clone()),
        state => proposal.state.as_str(),
        is_open => proposal.is_open(),
        may_decide => may_decide(claim, proposal, now),
        act_by => act_by.map(|at| local(at, person)),
        is_past => act_by.is_some_and(|at| at < now),
        person => person.map(|person| person.name.clone()),
        said => said.map(Vote::as_str),
        words => words(web, proposal, person),
        ways => ways(proposal, person),
        lines => season(proposal),
        goods => goods(proposal),
        revision => proposal.revision,
        press => press.digits(),
    };
    render(TEMPLATE, &facts)
}

fn subject(proposal: &Proposal) -> String {
    match &proposal.case.matter {
        Matter::Switch(switch) => switch.shipment.to_string(),
        Matter::Season(season) => {
            format!("{} → {}", season.planned.switch.lane, season.planned.switch.alternate)
        }
        Matter::Order(order) => order.lane.to_string(),
    }
}

/// Who has signed this revision, or said no.
fn words(web: &Web, proposal: &Proposal, reader: Option<&Person>) -> Vec<Value> {
    let begun =
        proposal.trail.iter().rposition(|entry| matches!(entry.what, What::Proposed { .. })).unwrap_or_default();
    let said = proposal.trail.iter().skip(begun).filter_map(|entry| {
        let (verdict, note) = match &entry.what {
            What::Signed { note, .. } => (Vote::Approve, note),
            What::Declined { note } => (Vote::Decline, note),
            _ => return None,
        };
        let by =
            entry.by.as_ref().map(|id| web.portfolio.get().people.get(id).map_or(id.to_string(), |by| by.name.clone()));
        Some(context! { verdict => verdict.as_str(), by, at => local(entry.at, reader), note => note.clone() })
    });
    said.collect()
}

fn ways(proposal: &Proposal, reader: Option<&Person>) -> Vec<Value> {
    let Matter::Switch(switch) = &proposal.case.matter else { return Vec::new() };
    let mut ways: Vec<_> = switch.ways.iter().collect();
    if !ways.iter().any(|way| way.kind == WayKind::Keep) {
        ways.push(&switch.planned);
    }
    let shown = ways.into_iter().map(|way| {
        let kind = match way.kind {
            WayKind::Keep => "keep",
            WayKind::Wait => "wait",
            WayKind::Early => "early",
            WayKind::Switch => "switch",
        };
        context! {
            kind, lane => way.lane.as_str(), mode => way.mode.as_str(),
            arrives => way.arrives.map(|at| local(at, reader)),
            late => way.p_late.map(|p| format!("{:.0} %", p * 100.0)),
            cost => way.added_cost.map(|cost| cost.to_string()),
        }
    });
    shown.collect()
}

/// A standing switch in numbers: the key of each label, and the value.
fn season(proposal: &Proposal) -> Vec<Value> {
    let Some(season) = proposal.season() else { return Vec::new() };
    let one = &season.planned.switch;
    let money = |amount: Decimal| one.money(amount).to_string();
    let closed = season.planned.closed_days_there.map_or(String::new(), |there| format!(" → {there:.1}"));
    let rows = [
        ("season_days", format!("{} – {}", season.from_day, season.to_day)),
        ("season_cost", money(one.extra_cost)),
        ("season_box", format!("{} × {}", money(one.extra_per_box), one.boxes.normalize())),
        ("season_even", money(one.break_even_per_box)),
        ("season_kept", money(one.sales_kept)),
        ("season_empty", format!("{:.1}", one.empty_days_saved)),
        ("season_late", format!("{:.2}", one.days_late_saved)),
        ("season_closed", format!("{:.1}{closed}", season.planned.closed_days)),
    ];
    rows.into_iter().map(|(key, value)| context! { key, value }).collect()
}

fn goods(proposal: &Proposal) -> Vec<Value> {
    let Matter::Order(order) = &proposal.case.matter else { return Vec::new() };
    let line = |line: &crate::domain::GoodsLine| {
        context! {
            sku => line.sku.as_str(), cover => format!("{:.1} d", line.cover_days),
            quantity => line.quantity.normalize().to_string(),
        }
    };
    order.lines.iter().map(line).collect()
}
