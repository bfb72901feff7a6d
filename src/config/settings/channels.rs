//! `[[channel]]`: further ways to reach people.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::super::words::nearest;
use super::section::Section;
use super::{ChannelConfig, is_loopback};
use crate::domain::{CHANNEL_KINDS, ChannelKind, ChannelSecrets, Secret};

/// The longest id.
const ID_BYTES_MAX: usize = 60;
/// The id of mail, which needs no channel.
const EMAIL: &str = "email";
const TIMEOUT: Duration = Duration::from_secs(30);

/// The channels, in order; each mistake is noted.
pub(super) fn read(root: &mut Section<'_>, folder: &Path) -> Vec<ChannelConfig> {
    let mut ids = BTreeSet::new();
    let mut channels = Vec::new();
    for mut section in root.tables("channel") {
        let Some(channel) = channel(&mut section, folder) else { continue };
        if !ids.insert(channel.id.clone()) {
            section.fatal(
                "id",
                format!("another channel is `{}` too", channel.id),
                "give every channel an id of its own",
            );
        }
        channels.push(channel);
    }
    channels
}

fn channel(section: &mut Section<'_>, folder: &Path) -> Option<ChannelConfig> {
    let id = id(section);
    let kind = kind(section);
    let url = address(section, folder);
    let secrets = secrets(section, folder, kind);
    let is_plain = is_plain(section, kind);
    let orders = section.flag("orders").unwrap_or(false);
    if orders && kind.is_some_and(|kind| kind.name != "webhook") {
        section.fatal(
            "orders",
            "only a webhook takes signed orders",
            "take it out, or make it a channel of kind \"webhook\"",
        );
    }
    let timeout = section.duration("timeout", Duration::from_millis(10)..=Duration::from_mins(5)).unwrap_or(TIMEOUT);
    Some(ChannelConfig { id: id?, kind: kind?.name.to_owned(), url: url?, secrets, is_plain, orders, timeout })
}

fn id(section: &mut Section<'_>) -> Option<String> {
    const HINT: &str = "use small letters, digits and hyphens: ops-room";
    let id = section.needed_text("id", HINT)?;
    let is_good = id.len() <= ID_BYTES_MAX
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && id != EMAIL;
    if !is_good {
        let what =
            if id == EMAIL { "`email` is mail itself".to_owned() } else { format!("`{id}` cannot be a channel's id") };
        section.fatal("id", what, HINT);
        return None;
    }
    Some(id)
}

fn kind(section: &mut Section<'_>) -> Option<&'static ChannelKind> {
    let names: Vec<&str> = CHANNEL_KINDS.iter().map(|kind| kind.name).collect();
    let hint = format!("write one of {}", names.join(", "));
    let name = section.needed_text("kind", &hint)?;
    let kind = CHANNEL_KINDS.iter().find(|kind| kind.name == name);
    if kind.is_none() {
        let near = nearest(&name, &names).map(|near| format!("did you mean `{near}`?"));
        section.fatal("kind", format!("there is no kind `{name}`"), &near.unwrap_or(hint));
    }
    kind
}

/// `url`, or the first line of `url_file`, so that the key in it stays out of the configuration.
fn address(section: &mut Section<'_>, folder: &Path) -> Option<Secret> {
    const HINT: &str = "write the whole address that the service gave you: https://…";
    let inline = section.text("url");
    let from_file = file(section, "url_file", folder);
    let (key, text) = match (inline, from_file) {
        (Some(_), Some(_)) => {
            section.fatal("url_file", "both url and url_file are given", "keep one of them");
            return None;
        }
        (Some(text), None) => ("url", text),
        (None, Some(text)) => ("url_file", text),
        (None, None) => {
            if !section.has("url") && !section.has("url_file") {
                section.fatal_here(
                    "`url` is missing in this [[channel]]",
                    "give url, or url_file with a file that holds it",
                );
            }
            return None;
        }
    };
    let url = match Url::parse(&text) {
        Ok(url) if url.has_host() => url,
        _ => {
            // Never with the text itself: it may bear a key.
            section.fatal(key, "this is no address", HINT);
            return None;
        }
    };
    let is_here = url.host_str().is_some_and(is_loopback);
    let may_be_plain = section.flag("allow_http").unwrap_or(false);
    match url.scheme() {
        "https" => {}
        "http" if is_here || may_be_plain => {}
        "http" => section.fatal(
            key,
            "over http anyone on the way could read the warning and its key",
            "use https, or add allow_http = true for a server of your own network",
        ),
        _ => section.fatal(key, "only http and https can be posted to", HINT),
    }
    if !url.username().is_empty() || url.password().is_some() {
        section.fatal(key, "a name or password in an address is no use here", "take it out of the address");
    }
    Some(Secret::new(text))
}

/// `secret` or `secrets`, or the lines of `secret_file`.
fn secrets(section: &mut Section<'_>, folder: &Path, kind: Option<&ChannelKind>) -> Vec<Secret> {
    let one = section.raw_text("secret");
    let several = section.texts("secrets");
    let from_file = file(section, "secret_file", folder);
    let given =
        [one.is_some(), several.is_some(), from_file.is_some()].into_iter().filter(|is_given| *is_given).count();
    if given > 1 {
        section.fatal_here("secret, secrets and secret_file are one thing", "keep one of them");
    }
    let lines =
        from_file.map(|text| text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect());
    let secrets: Vec<String> = one.map(|one| vec![one]).or(several).or(lines).unwrap_or_default();
    check_secrets(section, &secrets, kind);
    secrets.into_iter().map(Secret::new).collect()
}

fn check_secrets(section: &mut Section<'_>, secrets: &[String], kind: Option<&ChannelKind>) {
    let Some(kind) = kind else { return };
    let name = kind.name;
    match (kind.secrets, secrets.len()) {
        (ChannelSecrets::None, 1..) => {
            section.fatal_here(format!("a channel of kind {name} signs nothing"), "take the secret out; its url is its key");
        }
        (ChannelSecrets::One, 2..) => {
            section.fatal_here(format!("a channel of kind {name} signs with one secret"), "keep the newest");
        }
        (ChannelSecrets::Several, 0) => section.fatal_here(
            "a webhook without a secret: nobody could tell our messages from forged ones",
            "make one: printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\" > hook.secret; and secret_file = \"hook.secret\"",
        ),
        (ChannelSecrets::Several, _) if !secrets.iter().all(|secret| is_webhook_secret(secret)) => section.fatal_here(
            "a webhook's secret is `whsec_` and 24 to 64 bytes in base64",
            "make one: printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\"",
        ),
        _ => {}
    }
}

/// After Standard Webhooks.
fn is_webhook_secret(secret: &str) -> bool {
    let bytes = secret.strip_prefix("whsec_").map(|text| STANDARD.decode(text));
    matches!(bytes, Some(Ok(bytes)) if (24..=64).contains(&bytes.len()))
}

fn is_plain(section: &mut Section<'_>, kind: Option<&ChannelKind>) -> bool {
    let Some(is_plain) = section.flag("plain") else { return false };
    if let Some(kind) = kind.filter(|kind| is_plain && !kind.has_plain) {
        section.fatal("plain", format!("a channel of kind {} has no plain form", kind.name), "take it out");
    }
    is_plain
}

/// What a file holds, trimmed, when a key names one.
fn file(section: &mut Section<'_>, key: &'static str, folder: &Path) -> Option<String> {
    let name = section.text(key)?;
    match std::fs::read_to_string(folder.join(&name)) {
        Ok(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Ok(_) => {
            section.fatal(key, format!("{name} is empty"), "put the address or secret into it");
            None
        }
        Err(error) => {
            section.fatal(key, format!("{name} cannot be read: {error}"), "check its path and permissions");
            None
        }
    }
}
