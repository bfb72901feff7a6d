//! Files and environment become a configuration.
//!
//! In: a TOML file, a portfolio folder, the environment. Out: a configuration and portfolio, or every reason why not.
//! Never: decides anything.
