//! Files and environment become a configuration.
//!
//! In: a TOML file, a portfolio folder, the environment. Out: a configuration and portfolio, or every reason why not.
//! Never: decides anything.

mod catalogue;
mod error;
mod portfolio;
mod rules_dir;
mod settings;
mod table;
mod words;

pub use catalogue::{CatalogueFeed, catalogue, catalogue_feed, near_feed};
pub use error::ConfigError;
pub use portfolio::{
    ARRIVED, FILES, FileFault, PortfolioFiles, is_fit_to_run, portfolio_bytes, portfolio_files, portfolio_stamp,
    read_portfolio, read_portfolio_files,
};
pub use rules_dir::read_rules_dir;
pub use settings::{
    ChannelConfig, Config, DkimConfig, Environment, FeedConfig, HeartbeatConfig, MapConfig, Network, OidcConfig,
    SmtpConfig, SmtpTls, UserClaim, feed_by_id, read_config,
};
