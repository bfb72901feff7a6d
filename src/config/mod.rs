//! Files and environment become a configuration.
//!
//! In: a TOML file, a portfolio folder, the environment. Out: a configuration and portfolio, or every reason why not.
//! Never: decides anything.

mod error;
mod portfolio;
mod table;
mod words;

pub use error::ConfigError;
pub use portfolio::{FileFault, is_fit_to_run, read_portfolio};
