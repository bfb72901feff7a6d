//! `seawall decide`: approve or decline a proposal.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rust_decimal::Decimal;

use super::ack::{answer_id, deliver, is_known, noted};
use super::proposals::stored;
use super::{Outcome, run, say};
use crate::daemon::SystemClock;
use crate::domain::{Clock as _, Decision, Money, PersonId, ProposalId, Vote};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The proposal's id, as `seawall proposals` lists it
    proposal: String,
    /// What to decide
    #[arg(long = "as", value_name = "WORD", value_parser = ["approve", "decline"])]
    verdict: String,
    /// Another quantity for an article of an order; may be repeated
    #[arg(long, value_name = "SKU=N")]
    quantity: Vec<String>,
    /// Words to keep with it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Who decides, an id of people.csv; without it, an operator for whoever's turn it is
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    if let Some(person) = &args.person
        && !is_known(&config, person)
    {
        return Ok(Outcome::Unusable);
    }
    let Some(quantities) = quantities(&args.quantity) else { return Ok(Outcome::Unusable) };
    let known = stored(&config)?.into_iter().find(|proposal| proposal.id.as_str() == args.proposal);
    let now = SystemClock.now();
    let decision = Decision {
        id: answer_id(now, &args.proposal, &args.verdict),
        proposal: ProposalId::new(args.proposal.clone()),
        revision: known.map_or(1, |proposal| proposal.revision),
        person: args.person.clone().map(PersonId::new),
        verdict: Vote::parse(&args.verdict).unwrap_or(Vote::Decline),
        quantities,
        note: noted(args.note.as_deref()),
        at: now,
    };
    deliver(&config, &decision.into(), &format!("{}: {}", args.proposal, args.verdict))
}

fn quantities(texts: &[String]) -> Option<BTreeMap<String, Decimal>> {
    let mut quantities = BTreeMap::new();
    for text in texts {
        let read = text.rsplit_once('=').map(|(sku, number)| (sku.to_owned(), Money::parse_amount(number)));
        if let Some((sku, Ok(number))) = read {
            quantities.insert(sku, number);
        } else {
            say(&format!("error: `{text}` is no quantity\nhint: write it like FAN-40=250"));
            return None;
        }
    }
    Some(quantities)
}
