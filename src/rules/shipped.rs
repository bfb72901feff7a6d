//! The `rules/` folder as files: the one built into the program, or one that a user has laid over it.

use std::collections::{BTreeMap, BTreeSet};

use rust_embed::RustEmbed;
use toml::de::DeTable;

use super::rulebook::PLAYBOOKS;

#[derive(RustEmbed)]
#[folder = "rules/"]
struct Folder;

/// Files by path relative to `rules/`, with `/` between: `storm-at-warehouse.toml`, `playbooks/lane.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleFiles(pub BTreeMap<String, String>);

impl RuleFiles {
    /// The files built into the program. Bytes that are no UTF-8 become U+FFFD, and [`super::Rulebook::check`]
    /// says what does not read.
    #[must_use]
    pub fn shipped() -> Self {
        let text = |path: &str| Folder::get(path).map(|file| String::from_utf8_lossy(&file.data).into_owned());
        Self(Folder::iter().filter_map(|path| Some((path.to_string(), text(&path)?))).collect())
    }

    /// These files with others laid over: a path in both takes the other's text.
    #[must_use]
    pub fn overlaid_by(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The text of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// The playbooks there are: files that are one, and the names under which actions are offered. What does not read is
    /// passed over here and told of by whoever reads it for good.
    #[must_use]
    pub fn playbooks(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (id, _, text) in self.of_folder(PLAYBOOKS) {
            let (table, _) = DeTable::parse_recoverable(text);
            match table.get_ref().get("offer").and_then(|offers| offers.get_ref().as_array()) {
                Some(offers) => {
                    let lists = offers
                        .iter()
                        .filter_map(|offer| offer.get_ref().as_table()?.get("playbooks")?.get_ref().as_array());
                    names.extend(lists.flatten().filter_map(|name| name.get_ref().as_str().map(str::to_owned)));
                }
                None => _ = names.insert(id.to_owned()),
            }
        }
        names
    }

    /// What words are made from: the files below `texts/`, named from there, and the actions' own files.
    #[must_use]
    pub fn texts(&self) -> BTreeMap<String, String> {
        let is_action = |path: &str| path.starts_with(PLAYBOOKS) && !path.ends_with(".cases.toml");
        let named =
            |path: &str| path.strip_prefix("texts/").or_else(|| is_action(path).then_some(path)).map(str::to_owned);
        self.0.iter().filter_map(|(path, text)| Some((named(path)?, text.clone()))).collect()
    }

    /// The `<id>.toml` of a folder (`""` for the top), as (id, path, text); cases are left out.
    pub fn of_folder(&self, folder: &str) -> impl Iterator<Item = (&str, &str, &str)> {
        self.0.iter().filter_map(move |(path, text)| {
            let name = if folder.is_empty() { path } else { path.strip_prefix(folder)?.strip_prefix('/')? };
            let id = name.strip_suffix(".toml")?;
            // `storm.cases.toml` is no rule, and a dot has no place in an id.
            let is_own = !id.is_empty() && !id.contains(['/', '.']);
            is_own.then_some((id, path.as_str(), text.as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_names_its_own_files_only() {
        let files = RuleFiles::shipped();
        let ids = |folder| files.of_folder(folder).map(|(id, ..)| id.to_owned()).collect::<Vec<_>>();
        assert!(ids("playbooks").contains(&"move-stock".to_owned()));
        assert_eq!(files.playbooks().into_iter().collect::<Vec<_>>(), ["lane", "warehouse", "warning"]);
        assert_eq!(ids(""), ["damage", "official-warning-at-site", "storm-at-warehouse", "storm-on-lane", "transport"]);
        let mine = RuleFiles([("damage.toml".to_owned(), "mine".to_owned())].into());
        assert_eq!(files.overlaid_by(mine).get("damage.toml"), Some("mine"));
    }
}
