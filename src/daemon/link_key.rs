//! The key that signs links: made at the first start, and another put in its place when somebody asks.
//!
//! ```text
//! link.key                    the key that signs
//! link.key.20261231T120000Z   one that signed before; believed until the instant of its name
//! ```

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::{DaemonError, LINK_LIFE};
use crate::domain::{LinkKey, Timestamp};

/// As many bytes as HMAC-SHA256 gives (RFC 2104, section 3: shorter ones weaken it).
const KEY_BYTES: usize = 32;
/// How the instant in a name is written.
const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// The key of a file, made for its owner's eyes alone when there is none, with those before it that are still believed.
pub(super) fn link_key(path: &Path, now: Timestamp) -> Result<LinkKey, DaemonError> {
    let fault = fault(path);
    let newest = match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => made(path),
        found => found,
    };
    let older = earlier(path).map_err(&fault)?;
    let believed = older.into_iter().filter(|(_, until)| *until > now);
    believed.map(|(file, until)| Ok((read(&file)?, until))).try_fold(
        LinkKey::new(newest.map_err(&fault)?),
        |key, older: io::Result<_>| {
            let (older, until) = older.map_err(&fault)?;
            Ok(key.believing(older, until))
        },
    )
}

/// Makes another key. The one that signed until now is believed for as long as its links are good, or when `is_leaked` no
/// longer at all: then no link in a mail that was sent before works. Gives the instant until which it is believed.
///
/// A running daemon takes it up at SIGHUP.
///
/// # Errors
/// When there is no key yet, or a file cannot be read or written.
pub fn new_link_key(path: &Path, now: Timestamp, is_leaked: bool) -> Result<Option<Timestamp>, DaemonError> {
    let fault = fault(path);
    read(path).map_err(&fault)?;
    let until = now.checked_add(LINK_LIFE).unwrap_or(Timestamp::MAX);
    for (file, until) in earlier(path).map_err(&fault)? {
        if is_leaked || until <= now {
            fs::remove_file(&file).map_err(&fault)?;
        }
    }
    if !is_leaked {
        let kept = dated(path, until);
        // A copy first: were the key moved away and we died, the next start would make a key that believes nothing.
        fs::hard_link(path, &kept).map_err(&fault)?;
    }
    made(path).map_err(&fault)?;
    Ok((!is_leaked).then_some(until))
}

fn fault(path: &Path) -> impl Fn(io::Error) -> DaemonError {
    move |source| DaemonError::LinkKey { path: path.to_owned(), source }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs::read(path)?;
    if bytes.len() < KEY_BYTES {
        return Err(io::Error::other(format!("{} is shorter than {KEY_BYTES} bytes", path.display())));
    }
    Ok(bytes)
}

/// Writes a new key, whole or not at all: half a key, left by a crash, would keep every later start from happening.
fn made(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; KEY_BYTES];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let partial = path.with_extension("part");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&partial, path)?;
    Ok(bytes)
}

/// The files of earlier keys beside the newest, each with the instant until which it is believed, in order of it.
pub(super) fn earlier(path: &Path) -> io::Result<Vec<(PathBuf, Timestamp)>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder(path))? {
        let file = entry?.path();
        let own = file.file_name().unwrap_or_default().to_string_lossy();
        if let Some(until) = own.strip_prefix(&name).and_then(believed_until) {
            found.push((file, until));
        }
    }
    found.sort_unstable_by_key(|(_, until)| *until);
    Ok(found)
}

/// What follows the newest key's name in that of an earlier one says until when it is believed.
pub(super) fn believed_until(rest: &str) -> Option<Timestamp> {
    let until = jiff::civil::DateTime::strptime(STAMP, rest.strip_prefix('.')?).ok()?;
    Some(until.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

fn dated(path: &Path, until: Timestamp) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}.{}", until.strftime(STAMP)))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AlertId, LinkClaim, LinkError, PersonId};

    #[test]
    fn links_of_the_key_before_are_good_until_they_end_and_those_of_a_leaked_one_are_not() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("link.key");
        let at = |day: i64| Timestamp::from_second(day * 86_400).expect("in range");
        let claim = |day: i64| LinkClaim {
            alert: AlertId::new("a1"),
            person: PersonId::new("li"),
            expires_s: at(day + 30).as_second(),
        };
        let key = |day: i64| link_key(&path, at(day)).expect("a key");
        assert!(new_link_key(&path, at(0), false).is_err(), "nothing to renew");
        let first = key(0).sign(&claim(0));
        assert_eq!(key(0).verify(&first, at(0)), Ok(claim(0)));
        assert_eq!(new_link_key(&path, at(10), false).expect("made"), Some(at(40)));
        let second = key(10).sign(&claim(10));
        assert_ne!(first.rsplit('.').next(), key(10).sign(&claim(0)).rsplit('.').next());
        assert_eq!(new_link_key(&path, at(20), false).expect("made"), Some(at(50)));
        for (token, day) in [(&first, 0), (&second, 10)] {
            assert_eq!(key(29).verify(token, at(29)), Ok(claim(day)));
        }
        assert_eq!(key(41).verify::<LinkClaim>(&first, at(41)), Err(LinkError::Forged), "its key is forgotten");
        assert_eq!(new_link_key(&path, at(30), true).expect("made"), None);
        assert_eq!(key(30).verify::<LinkClaim>(&second, at(30)), Err(LinkError::Forged));
        let names: Vec<_> =
            fs::read_dir(dir.path()).expect("listed").map(|file| file.expect("one").file_name()).collect();
        assert_eq!(names, ["link.key"]);
        fs::write(&path, "short").expect("written");
        assert!(link_key(&path, at(30)).expect_err("refused").to_string().contains("shorter than 32 bytes"));
    }
}
