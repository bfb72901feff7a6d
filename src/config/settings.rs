//! The configuration file: `seawall.toml`.
//!
//! Every mistake in it is reported at once, with line, column and mend. Relative paths are taken from the
//! folder of the file. `SEAWALL_DATA_DIR` and `SEAWALL_SMTP_PASSWORD` outrank what the file says.

mod channels;
mod feeds;
mod heartbeat;
mod map;
mod oidc;
mod proxies;
mod section;
mod smtp;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use section::{Document, Section};

pub use feeds::feed_by_id;
pub use proxies::Network;

use super::words::check_email;
use super::{ConfigError, FileFault};
use crate::domain::{ApprovalLimits, Currency, FeedId, Money, Secret, Timestamp};

/// Everything that `seawall run` must know before it starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where the store and its files lie.
    pub data_dir: PathBuf,
    /// The portfolio folder.
    pub portfolio: PathBuf,
    /// A folder whose rules and texts come before the shipped ones.
    pub rules: Option<PathBuf>,
    /// An address or page by which agencies can reach the operator; part of the user agent.
    pub contact: String,
    /// What links in mails begin with, without a slash at the end.
    pub base_url: String,
    /// Where the web room listens.
    pub listen: SocketAddr,
    /// Whose word on where a request came from is believed.
    pub behind_proxy: Vec<Network>,
    /// A base map of one's own for the page.
    pub map: Option<MapConfig>,
    /// Who else says who somebody is.
    pub oidc: Option<OidcConfig>,
    /// The file that holds the key for signed links.
    pub link_key: PathBuf,
    /// How long documents, cleared alerts and the journal are kept.
    pub retention: Duration,
    /// How often the house takes a turn when nothing else wakes it.
    pub tick: Duration,
    /// Up to which cost logistics may decide alone.
    pub limits: ApprovalLimits,
    /// How mail leaves.
    pub smtp: SmtpConfig,
    /// Further ways to reach people, in the order of the file.
    pub channels: Vec<ChannelConfig>,
    /// Who hears from us as long as we live.
    pub heartbeat: Option<HeartbeatConfig>,
    /// The feeds, in the order of the file.
    pub feeds: Vec<FeedConfig>,
}

/// How the connection to the mail server is made safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// TLS from the first byte, port 465.
    Implicit,
    /// STARTTLS, refused when the server does not offer it, port 587.
    StartTls,
    /// No TLS, port 25.
    None,
}

/// How mail leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct SmtpConfig {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made safe.
    pub tls: SmtpTls,
    /// The name to log in with.
    pub user: Option<String>,
    /// The password to log in with.
    pub password: Option<Secret>,
    /// The sender: `Seawall <seawall@example.com>` or the address alone.
    pub from: String,
    /// How long one delivery may take.
    pub timeout: Duration,
    /// A PEM file of certificates to trust besides the system's.
    pub extra_ca_file: Option<PathBuf>,
    /// The most connections at a time.
    pub max_sessions: usize,
    /// The most mails in any minute; `None` for as many as the server takes.
    pub per_minute: Option<usize>,
    /// How mails are signed.
    pub dkim: Option<DkimConfig>,
}

/// How mails are signed (RFC 6376).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimConfig {
    /// The domain that signs: `d=`.
    pub domain: String,
    /// Where its public key stands: `<selector>._domainkey.<domain>`.
    pub selector: String,
    /// A PEM file with an RSA or Ed25519 key.
    pub key_file: PathBuf,
}

/// A further way to reach people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelConfig {
    /// Its id, `[a-z0-9-]`, as people's `channels` name it.
    pub id: String,
    /// Its kind: `webhook`, `slack`, `teams`, `wecom`, `dingtalk` or `feishu`.
    pub kind: String,
    /// Where messages go.
    pub url: Secret,
    /// What signs, the newest first.
    pub secrets: Vec<Secret>,
    /// Plain text instead of the service's form.
    pub is_plain: bool,
    /// Whether it is told of orders that dealers have signed.
    pub orders: bool,
    /// How long one message may take.
    pub timeout: Duration,
}

/// A base map from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapConfig {
    /// True for a MapLibre style, false for pictures by `{z}`, `{x}` and `{y}`.
    pub is_style: bool,
    /// Its address.
    pub address: String,
    /// The one origin that the page may ask for it.
    pub origin: String,
    /// Whom to name on the map, as text.
    pub attribution: String,
}

/// An OpenID provider by which users may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcConfig {
    /// Its issuer, letter by letter as it calls itself.
    pub issuer: String,
    /// Our id at the provider.
    pub client_id: String,
    /// Our secret there; `None` for a client without one, which PKCE alone guards.
    pub client_secret: Option<Secret>,
    /// Which claim names the user.
    pub claim: UserClaim,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// What the page calls the provider.
    pub name: String,
    /// How long one of its answers may take.
    pub timeout: Duration,
    /// A PEM file of certificates to trust besides the system's.
    pub extra_ca_file: Option<PathBuf>,
}

/// The claim that names a user (OpenID Connect Core 1.0, section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserClaim {
    /// The address, if the provider says that it has verified it.
    #[default]
    Email,
    /// What the user is called there.
    PreferredUsername,
    /// The provider's own id of the user, which never becomes somebody else's.
    Sub,
}

impl UserClaim {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Email, Self::PreferredUsername, Self::Sub];

    /// `email`, `preferred_username` or `sub`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PreferredUsername => "preferred_username",
            Self::Sub => "sub",
        }
    }
}

/// An address that is asked for as long as polling and turns are alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatConfig {
    /// The address.
    pub url: Secret,
    /// How often.
    pub every: Duration,
}

/// One feed to poll.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedConfig {
    /// Its id, `[a-z0-9-]`.
    pub id: FeedId,
    /// Its address; `{year}` in it becomes the year of the clock.
    pub url: String,
    /// The addresses that are asked when the first fails, in order.
    pub mirrors: Vec<String>,
    /// The `Referer` that the server wants.
    pub referer: Option<String>,
    /// The format's id; `None` has it recognised.
    pub format: Option<String>,
    /// The agency, such as `jtwc`; empty when unknown.
    pub agency: String,
    /// How often it is asked.
    pub cadence: Duration,
    /// How often it is asked while a storm is near.
    pub near_cadence: Duration,
    /// How long one answer may take.
    pub timeout: Duration,
    /// The most bytes of one answer, unpacked.
    pub max_bytes: u64,
    /// How long it may give no good answer before the operator is told.
    pub silence_after: Duration,
    /// How often the agency issues while it has a storm; `None` when that is not known.
    pub issues_every: Option<Duration>,
    /// Whether it is asked for the portfolio's own places, a question each.
    pub points: bool,
    /// Whether the documents that it points on to are fetched too.
    pub follow: bool,
}

impl FeedConfig {
    /// Its addresses at an instant, the first one first.
    #[must_use]
    pub fn addresses(&self, now: Timestamp) -> Vec<String> {
        let year = now.strftime("%Y").to_string();
        std::iter::once(&self.url).chain(&self.mirrors).map(|url| url.replace(YEAR, &year)).collect()
    }
}

/// What an address may hold in place of the year.
const YEAR: &str = "{year}";

/// Looks up an environment variable; an argument, so that tests need not change the process's own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads the configuration file. The second value names what is odd but can be run with.
///
/// # Errors
/// When the file cannot be read, or with every mistake in it.
pub fn read_config(path: &Path, environment: Environment<'_>) -> Result<(Config, Vec<FileFault>), ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = path.display().to_string();
    let document = Document::new(&text);
    let config = document.read(|root| read_root(root, folder, environment));
    let faults: Vec<FileFault> = document.into_faults().into_iter().map(|fault| (name.clone(), fault)).collect();
    match config {
        Some(config) if super::is_fit_to_run(&faults) => Ok((config, faults)),
        _ => Err(ConfigError::Invalid { faults }),
    }
}

const DAY: Duration = Duration::from_hours(24);

fn read_root(root: &mut Section<'_>, folder: &Path, environment: Environment<'_>) -> Option<Config> {
    let path_of = |text: String| folder.join(text);
    let data_dir = root.text("data_dir").map(path_of);
    let data_dir = environment("SEAWALL_DATA_DIR").map(PathBuf::from).or(data_dir);
    if data_dir.is_none() && !root.has("data_dir") {
        root.fatal_here("`data_dir` is missing", "name the folder for the store, or set SEAWALL_DATA_DIR");
    }
    let portfolio = root.needed_text("portfolio", "name the folder with dealers.csv, sites.csv and people.csv");
    let rules = root.text("rules").map(path_of);
    let contact = contact(root);
    let listen = listen(root);
    let base_url = base_url(root, listen);
    let behind_proxy = proxies::read(root);
    let map = root.table("map").and_then(|mut section| map::read(&mut section));
    let oidc = root.table("oidc").and_then(|mut section| oidc::read(&mut section, folder));
    let link_key = root.text("link_key_file").map(path_of);
    let retention_days = root.integer("retention_days", 1..=36_500).unwrap_or(90);
    let tick = root.duration("tick", Duration::from_millis(10)..=DAY).unwrap_or(Duration::from_secs(30));
    if !root.has("smtp") {
        root.fatal_here("the table [smtp] is missing: no alert could leave", "add [smtp] with host and from");
    }
    let limits = root.table("approvals").map(|mut section| limits(&mut section)).unwrap_or_default();
    let smtp = root.table("smtp").and_then(|mut section| smtp::read(&mut section, folder, environment));
    let channels = channels::read(root, folder);
    let heartbeat = root.table("heartbeat").and_then(|mut section| heartbeat::read(&mut section));
    let feeds = feeds::read(root);
    let data_dir = data_dir?;
    Some(Config {
        link_key: link_key.unwrap_or_else(|| data_dir.join("link.key")),
        data_dir,
        portfolio: path_of(portfolio?),
        rules,
        contact: contact?,
        base_url: base_url?,
        listen,
        behind_proxy,
        map,
        oidc,
        retention: DAY * u32::try_from(retention_days).unwrap_or(90),
        tick,
        limits,
        smtp: smtp?,
        channels,
        heartbeat,
        feeds,
    })
}

/// `[approvals]`: `management_above = ["5000 CNY", "700 USD"]`.
fn limits(section: &mut Section<'_>) -> ApprovalLimits {
    let mut limits = ApprovalLimits::default();
    for text in section.texts("management_above").unwrap_or_default() {
        let (amount, currency) = text.split_once(' ').unwrap_or((text.as_str(), ""));
        match (Money::parse_amount(amount), Currency::parse(currency.trim())) {
            (Ok(amount), Ok(currency)) => drop(limits.0.insert(currency, amount)),
            _ => section.fatal(
                "management_above",
                format!("`{text}` is no amount with a currency"),
                "write it like \"5000 CNY\"",
            ),
        }
    }
    limits
}

fn contact(root: &mut Section<'_>) -> Option<String> {
    const HINT: &str = "give an address or page by which an agency can reach you: ops@example.com";
    let contact = root.needed_text("contact", HINT)?;
    let is_page = contact.starts_with("https://") || contact.starts_with("http://");
    // It becomes part of a header, so nothing but plain ASCII may be in it.
    let is_plain = contact.chars().all(|c| c.is_ascii_graphic() && !"()<>".contains(c));
    if !is_plain || (!is_page && check_email(&contact).is_err()) {
        root.fatal("contact", "it is neither an e-mail address nor the address of a page", HINT);
        return None;
    }
    Some(contact)
}

fn listen(root: &mut Section<'_>) -> SocketAddr {
    let usual = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8484);
    let Some(text) = root.text("listen") else { return usual };
    text.parse().unwrap_or_else(|_| {
        root.fatal("listen", format!("`{text}` is no address and port"), "write it like 127.0.0.1:8484");
        usual
    })
}

fn base_url(root: &mut Section<'_>, listen: SocketAddr) -> Option<String> {
    const HINT: &str = "give the address under which people reach this daemon: https://seawall.example.com";
    let Some(text) = root.text("base_url") else {
        root.minor_here(
            format!("`base_url` is missing: links in mails lead to http://{listen}, this machine only"),
            HINT,
        );
        return Some(format!("http://{listen}"));
    };
    match url::Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() => {
            Some(url.as_str().trim_end_matches('/').to_owned())
        }
        _ => {
            root.fatal("base_url", format!("`{text}` is no http or https address"), HINT);
            None
        }
    }
}

/// True for `localhost` and addresses that lead to this machine alone.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests;
