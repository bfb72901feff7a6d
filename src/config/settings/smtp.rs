//! `[smtp]`: how mail leaves.

use std::path::Path;
use std::time::Duration;

use super::super::words::check_email;
use super::section::Section;
use super::{DkimConfig, Environment, SmtpConfig, SmtpTls, is_loopback};
use crate::domain::Secret;

/// Connections at a time, unless told otherwise: what a shared relay takes from one client without a word.
const SESSIONS: u64 = 4;

pub(super) fn read(section: &mut Section<'_>, folder: &Path, environment: Environment<'_>) -> Option<SmtpConfig> {
    let host = section.needed_text("host", "name the mail server");
    let tls = tls(section);
    check_plain(section, host.as_deref(), tls);
    let usual_port = match tls {
        SmtpTls::Implicit => 465,
        SmtpTls::StartTls => 587,
        SmtpTls::None => 25,
    };
    let port = section.integer("port", 1..=65_535).and_then(|port| u16::try_from(port).ok()).unwrap_or(usual_port);
    let user = section.text("user");
    let password = password(section, folder, environment);
    if user.is_some() != password.is_some() {
        section.fatal_here(
            "user and password go together, and one of them is missing",
            "give both or neither; the password may be in password_file or SEAWALL_SMTP_PASSWORD",
        );
    }
    let from = from(section);
    let timeout = section.duration("timeout", Duration::from_millis(10)..=Duration::from_mins(10));
    let extra_ca_file = section.text("extra_ca_file").map(|file| folder.join(file));
    if let Some(error) = extra_ca_file.as_ref().and_then(|path| std::fs::File::open(path).err()) {
        section.fatal("extra_ca_file", format!("it cannot be read: {error}"), "check its path and permissions");
    }
    let max_sessions = section.integer("max_sessions", 1..=100).unwrap_or(SESSIONS);
    let per_minute = section.integer("per_minute", 1..=1_000_000);
    let has_dkim = section.has("dkim");
    let dkim = section.table("dkim").and_then(|mut section| dkim(&mut section, folder));
    if has_dkim && dkim.is_none() {
        return None;
    }
    Some(SmtpConfig {
        host: host?,
        port,
        tls,
        user,
        password,
        from: from?,
        timeout: timeout.unwrap_or(Duration::from_mins(1)),
        extra_ca_file,
        max_sessions: usize::try_from(max_sessions).unwrap_or(1),
        per_minute: per_minute.and_then(|count| usize::try_from(count).ok()),
        dkim,
    })
}

/// `[smtp.dkim]`: how mails are signed. Whether the key is one is found out where it is used.
fn dkim(section: &mut Section<'_>, folder: &Path) -> Option<DkimConfig> {
    let domain = name_in_dns(section, "domain", "the domain of your `from` address: example.com");
    let selector = name_in_dns(section, "selector", "the name of the key in DNS: seawall");
    let key_file =
        section.needed_text("key_file", "name the PEM file with the private key").map(|file| folder.join(file));
    if let Some(error) = key_file.as_ref().and_then(|path| std::fs::File::open(path).err()) {
        section.fatal("key_file", format!("it cannot be read: {error}"), "check its path and permissions");
    }
    Some(DkimConfig { domain: domain?, selector: selector?, key_file: key_file? })
}

/// A name that can stand in DNS and in a header.
fn name_in_dns(section: &mut Section<'_>, key: &'static str, hint: &str) -> Option<String> {
    let name = section.needed_text(key, hint)?;
    let is_label = |label: &str| {
        let is_plain = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        (1..=63).contains(&label.len()) && is_plain && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.len() > 250 || !name.split('.').all(is_label) {
        section.fatal(key, format!("`{name}` can be no name in DNS"), hint);
        return None;
    }
    Some(name.to_ascii_lowercase())
}

fn tls(section: &mut Section<'_>) -> SmtpTls {
    match section.text("tls").as_deref() {
        None | Some("starttls") => SmtpTls::StartTls,
        Some("implicit") => SmtpTls::Implicit,
        Some("none") => SmtpTls::None,
        Some(other) => {
            let what = format!("there is no way `{other}` to make the connection safe");
            section.fatal("tls", what, "write \"implicit\", \"starttls\" or \"none\"");
            SmtpTls::StartTls
        }
    }
}

/// Mail without TLS stays on this machine, unless the operator says otherwise in so many words.
fn check_plain(section: &mut Section<'_>, host: Option<&str>, tls: SmtpTls) {
    let is_allowed = section.flag("allow_plain").unwrap_or(false);
    if tls == SmtpTls::None && !is_allowed && host.is_some_and(|host| !is_loopback(host)) {
        let what = "without TLS, passwords and addresses cross the network in the clear";
        section.fatal("tls", what, "write tls = \"starttls\", or allow_plain = true if you mean it");
    }
}

fn password(section: &mut Section<'_>, folder: &Path, environment: Environment<'_>) -> Option<Secret> {
    let inline = section.raw_text("password");
    let file = section.text("password_file");
    if inline.is_some() && file.is_some() {
        section.fatal("password_file", "both password and password_file are given", "keep one of them");
    }
    if let Some(password) = environment("SEAWALL_SMTP_PASSWORD") {
        return Some(Secret::new(password));
    }
    let Some(file) = file else { return inline.map(Secret::new) };
    match std::fs::read_to_string(folder.join(&file)) {
        Ok(text) => Some(Secret::new(text.trim_end_matches(['\r', '\n']))),
        Err(error) => {
            section.fatal("password_file", format!("{file} cannot be read: {error}"), "check its path and permissions");
            None
        }
    }
}

/// `Name <address>` or the address alone.
fn from(section: &mut Section<'_>) -> Option<String> {
    const HINT: &str = "write \"Seawall <seawall@example.com>\"";
    let text = section.needed_text("from", HINT)?;
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => &text,
    };
    if let Err(bad) = check_email(address) {
        section.fatal("from", bad.what, HINT);
        return None;
    }
    Some(text)
}
