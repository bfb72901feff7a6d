//! In the place of `provider.rs` in a build without the feature `oidc`: there is no provider, and nothing can make one.

use super::{Entry, Messenger, Refusal};
use crate::config::OidcConfig;
use crate::domain::Timestamp;

/// No login by a provider ever begins.
#[derive(Debug)]
pub(super) enum Login {}

/// None.
#[derive(Debug)]
pub(super) enum Provider {}

impl Provider {
    pub(super) fn new(_config: &OidcConfig, _redirect: &str, _send: Messenger) -> Option<Self> {
        None
    }

    #[expect(clippy::unused_async, reason = "as the provider that is")]
    pub(super) async fn begin(&self, _now: Timestamp) -> Result<Entry, Refusal> {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "as the provider that is")]
    pub(super) async fn user(
        &self,
        login: &Login,
        _code: &str,
        _from: Option<&str>,
        _now: Timestamp,
    ) -> Result<Option<String>, Refusal> {
        match *login {}
    }
}
