//! The plan as a mail to each person who looks after lanes.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::super::books::Books;
use super::super::{replay, say};
use crate::domain::{Language, Portfolio, Role, SeasonPlan, State, Timestamp};
use crate::notices::{Desk, compose_season};
use crate::notifiers::email::{self, Sender};

/// Writes `season-<person>.eml` for each.
pub(super) fn write(
    dir: &Path,
    plan: &SeasonPlan,
    portfolio: &Portfolio,
    books: &Books,
    language: Option<Language>,
    now: Timestamp,
) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let letterhead = replay::nobody_s(language);
    let state = State::default();
    let desk = Desk {
        portfolio,
        state: &state,
        texts: &books.texts,
        sender_domain: &letterhead.sender_domain,
        sender: None,
        base_url: None,
        link_key: &letterhead.link_key,
        link_life: letterhead.link_life,
        lang_override: language,
        album: &letterhead.album,
        now,
        silence: &[],
    };
    let sender = Sender::parse(replay::FROM, None)?;
    let mut people = portfolio.people_with(Role::Logistics).peekable();
    if people.peek().is_none() {
        say("warning: nobody has the role `logistics`, so no mail is written\nhint: name one in people.csv");
    }
    for person in people {
        let composed = compose_season(plan, &person.id, &desk)?;
        composed.faults.iter().for_each(|fault| say(&fault.in_file("rules/texts")));
        let path = dir.join(format!("season-{}.eml", replay::file_name(person.id.as_str())));
        let message = email::eml(&composed.notice, &sender)?;
        fs::write(&path, message).with_context(|| format!("cannot write {}", path.display()))?;
        say(&format!("wrote {}", path.display()));
    }
    Ok(())
}
