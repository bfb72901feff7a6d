//! The rules, playbooks and texts that several commands stand on: those built in, a folder laid over them.

use std::path::Path;

use super::say;
use crate::advice::Playbooks;
use crate::config::{FileFault, read_rules_dir};
use crate::engine::Models;
use crate::notices::{Pages, Texts};
use crate::rules::{PLAYBOOKS, RuleFiles, Rulebook};
use crate::storm::ensemble::Physics;

/// Rules, playbooks and texts, checked.
pub(super) struct Books {
    pub(super) rules: Rulebook,
    pub(super) playbooks: Playbooks,
    pub(super) texts: Texts,
    pub(super) pages: Pages,
}

impl Books {
    /// Reads them; `None` when there was a mistake, each said on standard error.
    pub(super) fn read(dir: Option<&Path>) -> anyhow::Result<Option<Self>> {
        let files = files(dir)?;
        match checked(&files) {
            Ok(books) => Ok(Some(books)),
            Err(faults) => {
                for (path, fault) in faults {
                    say(&fault.in_file(&place(dir, &path)));
                }
                Ok(None)
            }
        }
    }

    pub(super) fn models(&self) -> Models<'_> {
        Models { errors: self.rules.track_errors(), damage: self.rules.damage(), physics: &Physics::DOCUMENTED }
    }
}

/// The files built in, with those of the folder laid over.
pub(super) fn files(dir: Option<&Path>) -> anyhow::Result<RuleFiles> {
    let shipped = RuleFiles::shipped();
    Ok(match dir {
        None => shipped,
        Some(dir) => shipped.overlaid_by(RuleFiles(read_rules_dir(dir)?)),
    })
}

/// Every mistake of every file, or the books.
pub(super) fn checked(files: &RuleFiles) -> Result<Books, Vec<FileFault>> {
    let mut faults = Vec::new();
    let rules = kept(Rulebook::check(files), &mut faults);
    let playbooks = kept(Playbooks::check(files), &mut faults);
    let texts = kept(texts(files), &mut faults);
    let pages = kept(Pages::parse(&files.texts()).map_err(in_texts), &mut faults);
    if let (Some(rules), Some(playbooks)) = (&rules, &playbooks) {
        faults.extend(playbooks.mismatches(rules));
    }
    match (rules, playbooks, texts, pages) {
        (Some(rules), Some(playbooks), Some(texts), Some(pages)) if faults.is_empty() => {
            Ok(Books { rules, playbooks, texts, pages })
        }
        _ => Err(faults),
    }
}

fn kept<T>(result: Result<T, Vec<FileFault>>, faults: &mut Vec<FileFault>) -> Option<T> {
    result.map_err(|found| faults.extend(found)).ok()
}

fn texts(files: &RuleFiles) -> Result<Texts, Vec<FileFault>> {
    let shipped = RuleFiles::shipped();
    let texts = Texts::parse(&shipped.texts()).map_err(in_texts)?;
    if *files == shipped { Ok(texts) } else { texts.with_overrides(&files.texts()).map_err(in_texts) }
}

fn in_texts(faults: Vec<FileFault>) -> Vec<FileFault> {
    faults
        .into_iter()
        .map(|(path, fault)| (if path.starts_with(PLAYBOOKS) { path } else { format!("texts/{path}") }, fault))
        .collect()
}

/// A file of the rules as a person finds it.
pub(super) fn place(dir: Option<&Path>, path: &str) -> String {
    dir.map_or_else(|| format!("rules/{path}"), |dir| dir.join(path).display().to_string())
}
