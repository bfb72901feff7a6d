//! A folder of rules and texts, as file names and their contents. What they say is the rules room's matter.

use std::collections::BTreeMap;
use std::path::Path;

use super::ConfigError;

/// Folders within folders beyond this are taken for a loop of links.
const DEPTH_MAX: usize = 8;
/// No rule or template is near this long, in bytes.
const FILE_MAX: u64 = 1 << 20;
const KINDS: [&str; 4] = ["toml", "txt", "html", "j2"];

/// Reads every `*.toml`, `*.txt`, `*.html` and `*.j2` below a folder. Names are relative, with `/` between
/// folders; files and folders that begin with a dot are left alone.
///
/// # Errors
/// When a file or folder cannot be read, is not UTF-8, is longer than 1 MiB, or lies deeper than 8 folders.
pub fn read_rules_dir(dir: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut files = BTreeMap::new();
    read_folder(dir, "", 0, &mut files)?;
    Ok(files)
}

fn read_folder(
    dir: &Path,
    prefix: &str,
    depth: usize,
    files: &mut BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    if depth > DEPTH_MAX {
        return Err(unfit(dir, "folders lie too deep within each other; is it a loop of links?"));
    }
    let unreadable = |source| ConfigError::Unreadable { path: dir.to_owned(), source };
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Some(name) = path.file_name().and_then(std::ffi::OsStr::to_str) else { continue };
        if name.starts_with('.') {
            continue;
        }
        let relative = format!("{prefix}{name}");
        let metadata =
            std::fs::metadata(&path).map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
        if metadata.is_dir() {
            read_folder(&path, &format!("{relative}/"), depth + 1, files)?;
        } else if is_ours(&path) {
            files.insert(relative, read_text(&path, metadata.len())?);
        }
    }
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    path.extension().and_then(std::ffi::OsStr::to_str).is_some_and(|kind| KINDS.contains(&kind))
}

fn read_text(path: &Path, bytes: u64) -> Result<String, ConfigError> {
    if bytes > FILE_MAX {
        return Err(unfit(path, "the file is longer than 1 MiB"));
    }
    let bytes = std::fs::read(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(_) => Err(unfit(path, "the file is not UTF-8 text")),
    }
}

fn unfit(path: &Path, what: &'static str) -> ConfigError {
    ConfigError::Unfit { path: path.to_owned(), what }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rules_and_texts_and_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(dir.path().join("texts/en")).expect("folders");
        for (name, text) in
            [("wind.toml", "a = 1"), ("texts/en/mail.html.j2", "\u{feff}<p>"), (".hidden.toml", ""), ("notes.md", "")]
        {
            std::fs::write(dir.path().join(name), text).expect("written");
        }
        let files = read_rules_dir(dir.path()).expect("readable");
        let expected = [("texts/en/mail.html.j2", "<p>"), ("wind.toml", "a = 1")];
        assert_eq!(files, expected.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    }

    #[test]
    fn names_what_it_cannot_read() {
        let dir = tempfile::tempdir().expect("a folder");
        assert!(matches!(read_rules_dir(&dir.path().join("none")), Err(ConfigError::Unreadable { .. })));
        std::fs::write(dir.path().join("wind.toml"), b"\xff\xfe").expect("written");
        let error = read_rules_dir(dir.path()).expect_err("not UTF-8").to_string();
        assert!(error.ends_with("wind.toml: the file is not UTF-8 text"), "{error}");
    }
}
