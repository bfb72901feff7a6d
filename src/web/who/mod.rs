//! Who asks, what they may see, and what they may say.
//!
//! A guest is known by a session (a cookie, after a login), by a token, or not at all: then the daemon has no users yet
//! and listens to this machine alone, or the page is a demonstration that nobody can change. A session begins with a
//! password, or with the word of an OpenID provider.

mod door;
mod guest;
mod login;
mod oidc;
mod sessions;
mod users;

pub use door::Door;
pub use guest::{Scope, UserRole};
pub use oidc::{HAS_OIDC, Messenger, Oidc};
pub use users::{ListedUser, Users, UsersError};

pub(super) use guest::{Guest, Operator};
pub(super) use login::{leave, show, take};
pub(super) use oidc::{back, start};
