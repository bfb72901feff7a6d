//! The plan's switches on their way to those who must sign them.

use std::io;
use std::path::Path;

use super::super::ack::{answer_id, deliver_to};
use super::super::books;
use super::super::{Outcome, run, say};
use crate::config::read_portfolio;
use crate::domain::{PlanWord, SeasonPlan, Timestamp};
use crate::turn::season_case;

/// Puts the plan into the store's inbox, while the daemon runs or not, and says what will be proposed.
pub(super) fn put(config: &Path, plan: &SeasonPlan, now: Timestamp) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(config) else { return Ok(Outcome::Unusable) };
    let Ok((portfolio, _)) = read_portfolio(&config.portfolio) else {
        say("error: the daemon's portfolio cannot be read\nhint: `seawall portfolio check` names what is wrong");
        return Ok(Outcome::Unusable);
    };
    let Some(books) = books::read(config.rules.as_deref())? else { return Ok(Outcome::Unusable) };
    let word = PlanWord {
        id: answer_id(now, "season", "plan"),
        lanes: plan.lanes.iter().map(|lane| lane.lane.clone()).collect(),
        switches: plan.planned(),
        at: now,
    };
    for planned in &word.switches {
        let id = &planned.switch.id;
        match season_case(planned, books.rules.transport(), &portfolio, now) {
            _ if !portfolio.lanes.contains_key(&planned.switch.lane) => {
                say(&format!(
                    "warning: {id}: the daemon's portfolio has no lane {}; not proposed",
                    planned.switch.lane
                ));
            }
            Some((switch, act_by)) => say(&format!(
                "{}: from {} to {}, to be signed by {act_by}, unless it has been decided",
                switch.proposal_id(),
                switch.from_day,
                switch.to_day
            )),
            None => say(&format!("warning: {id}: no calendar has its days; not proposed")),
        }
    }
    let count = word.switches.len();
    let what = format!("the season's plan with {count} {}", if count == 1 { "switch" } else { "switches" });
    // What the command prints is the plan: this is talk.
    deliver_to(&mut io::stderr(), &config, &word.into(), &what)
}
