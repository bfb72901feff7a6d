//! The rules, playbooks and texts that the house stands on: those built in, a folder laid over them.

use std::path::Path;

use crate::advice::Playbooks;
use crate::config::{ConfigError, FileFault, read_rules_dir};
use crate::engine::Models;
use crate::notices::{Pages, Texts};
use crate::rules::{PLAYBOOKS, RuleFiles, Rulebook};
use crate::storm::ensemble::Physics;

/// Rules, playbooks and texts, checked.
#[derive(Debug)]
pub struct Books {
    /// The files that they were read from.
    pub files: RuleFiles,
    /// Which exposures matter.
    pub rules: Rulebook,
    /// What can be done.
    pub playbooks: Playbooks,
    /// The words of mails.
    pub texts: Texts,
    /// The words of pages.
    pub pages: Pages,
}

impl Books {
    /// The files built in, with those of the folder laid over.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn files(dir: Option<&Path>) -> Result<RuleFiles, ConfigError> {
        let shipped = RuleFiles::shipped();
        Ok(match dir {
            None => shipped,
            Some(dir) => shipped.overlaid_by(RuleFiles(read_rules_dir(dir)?)),
        })
    }

    /// Checks the files.
    ///
    /// # Errors
    /// Every mistake of every file.
    pub fn checked(files: &RuleFiles) -> Result<Self, Vec<FileFault>> {
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
                Ok(Self { files: files.clone(), rules, playbooks, texts, pages })
            }
            _ => Err(faults),
        }
    }

    /// The published statistics in them.
    #[must_use]
    pub fn models(&self) -> Models<'_> {
        Models { errors: self.rules.track_errors(), damage: self.rules.damage(), physics: &Physics::DOCUMENTED }
    }
}

/// A file of the rules as a person finds it.
#[must_use]
pub fn place(dir: Option<&Path>, path: &str) -> String {
    dir.map_or_else(|| format!("rules/{path}"), |dir| dir.join(path).display().to_string())
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
