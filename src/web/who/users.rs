//! The users: `users.toml` in the data folder, for its owner's eyes alone. Passwords lie there as argon2id hashes, tokens
//! as SHA-256; who comes in by the provider alone has no password.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::guest::{Guest, Known};
use super::{Scope, UserRole};
use crate::domain::{DocumentHash, PersonId, Timestamp};

/// What a token begins with, so that people and scanners know one when they see it.
const TOKEN_PREFIX: &str = "seawall_";
/// The shortest password that is taken, in characters.
pub(super) const PASSWORD_CHARS_MIN: usize = 12;
/// A longer password is no password; hashing it would cost.
pub(super) const PASSWORD_BYTES_MAX: usize = 1024;

/// Why users could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    /// The file cannot be read or written.
    #[error("{}: {source}\nhint: it must be readable and writable for whoever runs seawall", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no list of users.
    #[error("{}: {detail}\nhint: mend it, or move it away and add the users again with `seawall user add`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        detail: String,
    },
    /// There is a user of that name.
    #[error("there is a user `{0}` already\nhint: `seawall user remove {0}` first, or choose another name")]
    Taken(String),
    /// There is none.
    #[error("there is no user `{0}`\nhint: `seawall user list` names them")]
    Unknown(String),
    /// The name is no name.
    #[error("`{0}` is no name for a user\nhint: letters, digits, `.`, `-`, `_`, `@`, `+`, `|` and `:`, 64 at most")]
    BadName(String),
    /// The password is too short or too long.
    #[error(
        "a password has {PASSWORD_CHARS_MIN} characters or more, and {PASSWORD_BYTES_MAX} bytes at most\nhint: a few words make a good one"
    )]
    BadPassword,
    /// It could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    /// An account manager who is nobody sees nothing.
    #[error("an account manager needs a person\nhint: add --person with an id of people.csv")]
    NoPerson,
}

/// The file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserFile {
    #[serde(default, rename = "user")]
    users: Vec<User>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    name: String,
    role: UserRole,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<PersonId>,
    /// The hash; `None` for those who come in by the provider alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(default, rename = "token", skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    sha256: String,
    scope: Scope,
    made: Timestamp,
}

/// Name, role, person, number of tokens of a user, and whether they have a password.
pub type ListedUser = (String, UserRole, Option<PersonId>, usize, bool);

/// A hash of the same making that is nobody's.
static NOBODYS: LazyLock<Option<String>> = LazyLock::new(|| hash("nobody's", &[0; 32]).ok());

type Seen = (Option<SystemTime>, Arc<UserFile>);

/// The users of a daemon. What is changed in the file holds from the next request on.
#[derive(Debug)]
pub struct Users {
    path: PathBuf,
    seen: Mutex<Seen>,
}

impl Users {
    /// The users of a data folder; none when it has no file of them.
    ///
    /// # Errors
    /// When there is a file that cannot be read.
    pub fn of(data_dir: &Path) -> Result<Self, UsersError> {
        let users = Self { path: data_dir.join("users.toml"), seen: Mutex::default() };
        users.file()?;
        Ok(users)
    }

    /// True when there is nobody who could log in. A file that cannot be read is not nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.file().is_ok_and(|file| file.users.is_empty())
    }

    /// Name, role, person, number of tokens of each, and whether they have a password.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn list(&self) -> Result<Vec<ListedUser>, UsersError> {
        let file = self.file()?;
        Ok(file
            .users
            .iter()
            .map(|user| (user.name.clone(), user.role, user.person.clone(), user.tokens.len(), user.password.is_some()))
            .collect())
    }

    /// Adds a user with a password.
    ///
    /// # Errors
    /// When the name is taken or none, the password too short, or the file cannot be written.
    pub fn add(&self, name: &str, role: UserRole, person: Option<PersonId>, password: &str) -> Result<(), UsersError> {
        check(name, role, person.as_ref())?;
        if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
            return Err(UsersError::BadPassword);
        }
        let salt = random().map_err(|source| UsersError::File { path: "/dev/urandom".into(), source })?;
        let hash = hash(password, &salt).map_err(UsersError::Hash)?;
        self.admit(User { name: name.to_owned(), role, person, password: Some(hash), tokens: Vec::new() })
    }

    /// Adds a user who has no password, and comes in by the provider alone.
    ///
    /// # Errors
    /// When the name is taken or none, or the file cannot be written.
    pub fn add_by_provider(&self, name: &str, role: UserRole, person: Option<PersonId>) -> Result<(), UsersError> {
        check(name, role, person.as_ref())?;
        self.admit(User { name: name.to_owned(), role, person, password: None, tokens: Vec::new() })
    }

    fn admit(&self, user: User) -> Result<(), UsersError> {
        let mut file = self.file()?.as_ref().clone();
        if file.users.iter().any(|known| known.name == user.name) {
            return Err(UsersError::Taken(user.name));
        }
        file.users.push(user);
        self.write(&file)
    }

    /// Removes a user, with all tokens.
    ///
    /// # Errors
    /// When there is none of the name, or the file cannot be written.
    pub fn remove(&self, name: &str) -> Result<(), UsersError> {
        let mut file = self.file()?.as_ref().clone();
        let before = file.users.len();
        file.users.retain(|user| user.name != name);
        if file.users.len() == before {
            return Err(UsersError::Unknown(name.to_owned()));
        }
        self.write(&file)
    }

    /// Makes a token for a user: this is the only time that it can be read.
    ///
    /// # Errors
    /// When there is no such user, or the file cannot be written.
    pub fn token(&self, name: &str, scope: Scope, made: Timestamp) -> Result<String, UsersError> {
        let mut file = self.file()?.as_ref().clone();
        let user = file.users.iter_mut().find(|user| user.name == name);
        let user = user.ok_or_else(|| UsersError::Unknown(name.to_owned()))?;
        let random = random().map_err(|source| UsersError::File { path: "/dev/urandom".into(), source })?;
        let token = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        user.tokens.push(Token { sha256: digest(&token), scope, made });
        self.write(&file)?;
        Ok(token)
    }

    /// Whose token this is.
    pub(super) fn of_token(&self, token: &str) -> Option<Guest> {
        let (file, digest) = (self.known()?, digest(token));
        let mut of_all = file.users.iter().flat_map(|user| user.tokens.iter().map(move |token| (user, token)));
        // Digests are compared, not tokens: how long that takes tells nothing of a token.
        let (user, token) = of_all.find(|(_, token)| token.sha256 == digest)?;
        Some(user.guest(token.scope, Known::Token))
    }

    /// The guest that a user is, while the user is known.
    pub(super) fn of_name(&self, name: &str, known: Known) -> Option<Guest> {
        let file = self.known()?;
        file.users.iter().find(|user| user.name == name).map(|user| user.guest(Scope::Admin, known))
    }

    /// Whether there is a user of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.known().is_some_and(|file| file.users.iter().any(|user| user.name == name))
    }

    /// Whether the password is the user's. Takes as long for a user who does not exist, and for one without a password.
    pub(super) fn is_password(&self, name: &str, password: &str) -> bool {
        let Some(file) = self.known() else { return false };
        let own = file.users.iter().find(|user| user.name == name).and_then(|user| user.password.as_deref());
        let Some(hash) = own.or(NOBODYS.as_deref()).and_then(|hash| PasswordHash::new(hash).ok()) else { return false };
        let is_right = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
        is_right && own.is_some()
    }

    fn known(&self) -> Option<Arc<UserFile>> {
        self.file().map_err(|error| tracing::error!(%error, "the users cannot be read; nobody is let in")).ok()
    }

    /// The file as it now is.
    fn file(&self) -> Result<Arc<UserFile>, UsersError> {
        let fault = |source| UsersError::File { path: self.path.clone(), source };
        let changed = match fs::metadata(&self.path) {
            Ok(metadata) => metadata.modified().ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Arc::default()),
            Err(error) => return Err(fault(error)),
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0.is_none() || seen.0 != changed {
            let text = fs::read_to_string(&self.path).map_err(fault)?;
            let unreadable = |error: toml::de::Error| UsersError::Unreadable {
                path: self.path.clone(),
                detail: error.message().to_owned(),
            };
            *seen = (changed, Arc::new(toml::from_str(&text).map_err(unreadable)?));
        }
        Ok(seen.1.clone())
    }

    /// Whole or not at all, and for the owner's eyes.
    fn write(&self, file: &UserFile) -> Result<(), UsersError> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let fault = |source| UsersError::File { path: self.path.clone(), source };
        let text = toml::to_string(file).map_err(|error| fault(io::Error::other(error.to_string())))?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(fault)?;
        let partial = self.path.with_extension("part");
        let mut options = fs::OpenOptions::new();
        let mut out = options.write(true).create(true).truncate(true).mode(0o600).open(&partial).map_err(fault)?;
        out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(fault)?;
        fs::rename(&partial, &self.path).map_err(fault)?;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen::default();
        Ok(())
    }
}

impl User {
    fn guest(&self, scope: Scope, known: Known) -> Guest {
        Guest { name: self.name.clone(), role: self.role, scope, person: self.person.clone(), known }
    }
}

fn check(name: &str, role: UserRole, person: Option<&PersonId>) -> Result<(), UsersError> {
    let is_name = |c: char| c.is_alphanumeric() || ".-_@+|:".contains(c);
    if name.is_empty() || name.chars().count() > 64 || !name.chars().all(is_name) {
        return Err(UsersError::BadName(name.to_owned()));
    }
    if role == UserRole::AccountManager && person.is_none() {
        return Err(UsersError::NoPerson);
    }
    Ok(())
}

fn hash(password: &str, salt: &[u8; 32]) -> Result<String, String> {
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), salt.get(..16).unwrap_or(salt));
    hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

/// What is kept of a secret that must be recognised but not read.
pub(super) fn digest(secret: &str) -> String {
    DocumentHash::of(secret.as_bytes()).digits().to_owned()
}

/// 32 bytes that nobody can guess.
pub(super) fn random() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
