//! A text that no log shows.

use std::fmt;

/// A password, key or address that bears one. Its `Debug` shows nothing of it, and it has no `Display`.
///
/// ```
/// assert_eq!(format!("{:?}", seawall::domain::Secret::new("sesame")), "Secret(..)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text as the secret, unchanged.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one who logs in or signs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
