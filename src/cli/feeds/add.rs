//! `seawall feeds add`: the lines of a feed, added to the configuration when the whole of it can be run with then.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;

use super::{short, unknown};
use crate::cli::{Outcome, say};
use crate::config::{CatalogueFeed, ConfigError, catalogue_feed, read_config};

pub(super) fn add(id: &str, config: &Path) -> anyhow::Result<Outcome> {
    let Some(feed) = catalogue_feed(id) else {
        unknown(id);
        return Ok(Outcome::Unusable);
    };
    let text = match fs::read_to_string(config) {
        Ok(text) => text,
        Err(error) => {
            let hint = "copy examples/seawall.toml and name it with --config";
            say(&format!("error: {}: cannot be read: {error}\nhint: {hint}", config.display()));
            return Ok(Outcome::Unusable);
        }
    };
    if ids(&text).iter().any(|known| known == id) {
        say(&format!("error: {}: feed `{id}` is on already\nhint: change its keys there", config.display()));
        return Ok(Outcome::Unusable);
    }
    let gap = if text.is_empty() || text.ends_with("\n\n") {
        ""
    } else if text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    let whole = format!("{text}{gap}{}", block(&feed));
    if !put(config, &whole)? {
        return Ok(Outcome::Unusable);
    }
    writeln!(io::stdout(), "{id} is on in {}; it is asked from the daemon's next start on", config.display())?;
    if !feed.notes.is_empty() {
        say(&format!("note: {}", feed.notes));
    }
    Ok(Outcome::Done)
}

/// The ids of the feeds that a configuration has; none when it cannot be read, which is said when the whole is checked.
fn ids(text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap_or_default();
    let feeds = table.get("feed").and_then(toml::Value::as_array);
    let ids = feeds.into_iter().flatten().filter_map(|feed| feed.get("id")?.as_str());
    ids.map(str::to_owned).collect()
}

/// The lines to add: the id says it all; what can be changed stands beside it.
fn block(feed: &CatalogueFeed) -> String {
    let CatalogueFeed { id, area, licence, attribution, notes, url, .. } = feed;
    let (cadence, near) = (short(feed.cadence), short(feed.near_cadence));
    let silence = short(feed.silence_after);
    let notes = if notes.is_empty() { String::new() } else { format!("# {notes}.\n") };
    format!(
        "# {area}.\n# Source: {attribution}. Licence: {licence}.\n{notes}[[feed]]\nid = \"{id}\"\n# url = \"{url}\"\n\
         # cadence = \"{cadence}\"\n# near_cadence = \"{near}\"\n# silence_after = \"{silence}\"\n"
    )
}

/// Writes the configuration when it can be run with; otherwise every mistake is said, and the file is as it was.
fn put(config: &Path, text: &str) -> anyhow::Result<bool> {
    // Where a link leads, so that the link stays; beside it, so that relative paths in it mean the same.
    let path = fs::canonicalize(config).with_context(|| format!("cannot find {}", config.display()))?;
    let draft = path.with_extension(format!("toml.{}.part", std::process::id()));
    let written = write(&draft, text, &path);
    let checked = written.map(|()| read_config(&draft, &|name| std::env::var(name).ok()));
    let kept = match checked {
        Ok(Ok(_)) => fs::rename(&draft, &path).map(|()| true),
        Ok(Err(error)) => {
            refuse(config, &draft, &error);
            Ok(false)
        }
        Err(error) => Err(error),
    };
    if !matches!(kept, Ok(true)) {
        // It may never have come to be.
        fs::remove_file(&draft).ok();
    }
    kept.with_context(|| format!("cannot write {}", path.display()))
}

/// With the rights of the file that it will take the place of: it may hold a password.
fn write(draft: &Path, text: &str, like: &Path) -> io::Result<()> {
    let mut file = fs::File::create_new(draft)?;
    file.set_permissions(fs::metadata(like)?.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn refuse(config: &Path, draft: &Path, error: &ConfigError) {
    let words = error.to_string().replace(&draft.display().to_string(), &config.display().to_string());
    say(&words);
    say("error: nothing was added\nhint: mend the errors above first");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_of_the_catalogue_is_read() {
        for feed in crate::config::catalogue() {
            let is_read = feed.format.as_deref().is_none_or(|format| crate::sources::by_id(format).is_some());
            assert!(is_read, "{}: {:?}", feed.id, feed.format);
        }
    }

    #[test]
    fn the_lines_of_every_feed_turn_it_on() {
        for id in ["jtwc", "nhc-ep", "ucar-wp16", "meteoalarm-germany", "wmo-ph-pagasa-en", "zjwater", "open-meteo"] {
            let block = block(&catalogue_feed(id).expect("a feed"));
            assert_eq!(ids(&block), [id], "{block}");
        }
    }

    #[test]
    fn a_configuration_is_changed_whole_or_not_at_all() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("seawall.toml");
        let good = "data_dir = \"data\"\nportfolio = \"p\"\ncontact = \"ops@example.com\"\n[smtp]\nhost = \"localhost\"\n\
                    tls = \"none\"\nfrom = \"s@example.com\"";
        for (text, id, expected) in [
            (good.to_owned(), "jtwc", Outcome::Done),
            (format!("{good}\n[[feed]]\nid = \"jtwc\"\n"), "hko", Outcome::Done),
            (format!("{good}\n[[feed]]\nid = \"jtwc\"\n"), "jtwc", Outcome::Unusable),
            (format!("{good}\n[[feed]]\nid = \"jtwc\"\ncadense = 1\n"), "hko", Outcome::Unusable),
            (good.to_owned(), "jtcw", Outcome::Unusable),
        ] {
            fs::write(&path, &text).expect("written");
            assert_eq!(add(id, &path).expect("no accident"), expected, "{text} {id}");
            let after = fs::read_to_string(&path).expect("read");
            assert!(after.starts_with(&text), "what was there stays");
            assert_eq!(ids(&after).contains(&id.to_owned()), expected == Outcome::Done || text.contains(id), "{after}");
            assert_eq!(fs::read_dir(dir.path()).expect("read").count(), 1, "no draft is left");
        }
    }
}
