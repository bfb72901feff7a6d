//! `[oidc]`: who else may say who somebody is.

use std::path::Path;
use std::time::Duration;

use url::{Host, Url};

use super::section::Section;
use super::{OidcConfig, UserClaim, is_loopback};
use crate::domain::Secret;

/// The most characters of the button's words.
const NAME_CHARS: usize = 64;
/// The longest that one answer may take: a person waits for it, and the whole login has twelve seconds.
const TIMEOUT_MAX: Duration = Duration::from_secs(10);

pub(super) fn read(section: &mut Section<'_>, folder: &Path) -> Option<OidcConfig> {
    let issuer = issuer(section);
    let client_id = section.needed_text("client_id", "the id that the provider has given this daemon");
    let client_secret = secret(section, folder);
    let claim = claim(section);
    let scopes = scopes(section);
    let name = name(section);
    let timeout = section.duration("timeout", Duration::from_millis(10)..=TIMEOUT_MAX);
    let extra_ca_file = section.text("extra_ca_file").map(|file| folder.join(file));
    if let Some(error) = extra_ca_file.as_ref().and_then(|path| std::fs::File::open(path).err()) {
        section.fatal("extra_ca_file", format!("it cannot be read: {error}"), "check its path and permissions");
    }
    let (issuer, host) = issuer?;
    Some(OidcConfig {
        issuer,
        client_id: client_id?,
        client_secret,
        claim,
        scopes,
        name: name.unwrap_or(host),
        timeout: timeout.unwrap_or(Duration::from_secs(5)),
        extra_ca_file,
    })
}

/// The issuer as it stands, for it is compared letter by letter, and its host.
/// An https address with no query or fragment: OpenID Connect Discovery 1.0, section 3.
fn issuer(section: &mut Section<'_>) -> Option<(String, String)> {
    const HINT: &str =
        "write the address below which the provider has /.well-known/openid-configuration: https://login.example.com";
    let text = section.needed_text("issuer", HINT)?;
    let url = Url::parse(&text).ok().filter(Url::has_host);
    let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else {
        section.fatal("issuer", format!("`{text}` is no https address"), HINT);
        return None;
    };
    let host = match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => ip.to_string(),
    };
    if url.scheme() == "http" && !is_loopback(&host) {
        section.fatal("issuer", "over plain http anybody on the way could log in as anybody", "write https://…");
        return None;
    }
    let is_bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !is_bare || url.password().is_some() {
        section.fatal("issuer", "an issuer has no query, fragment, user or password", HINT);
        return None;
    }
    Some((text, host))
}

fn secret(section: &mut Section<'_>, folder: &Path) -> Option<Secret> {
    let file = section.text("client_secret_file")?;
    match std::fs::read_to_string(folder.join(&file)) {
        Ok(text) if text.trim().is_empty() => {
            let hint = "put the client's secret into it, or take the key out for a client without one";
            section.fatal("client_secret_file", format!("{file} is empty"), hint);
            None
        }
        Ok(text) => Some(Secret::new(text.trim_end_matches(['\r', '\n']))),
        Err(error) => {
            let what = format!("{file} cannot be read: {error}");
            section.fatal("client_secret_file", what, "check its path and permissions");
            None
        }
    }
}

fn claim(section: &mut Section<'_>) -> UserClaim {
    let Some(text) = section.text("claim") else { return UserClaim::default() };
    UserClaim::ALL.into_iter().find(|claim| claim.as_str() == text).unwrap_or_else(|| {
        let hint = "write \"email\", \"preferred_username\" or \"sub\"";
        section.fatal("claim", format!("no user can be named by the claim `{text}`"), hint);
        UserClaim::default()
    })
}

/// Scopes by the letters that RFC 6749, appendix A.4, allows. `openid` is always asked for, whether it is named or not.
fn scopes(section: &mut Section<'_>) -> Vec<String> {
    let usual = || ["openid", "email", "profile"].map(str::to_owned).to_vec();
    let mut scopes = section.texts("scopes").unwrap_or_else(usual);
    let is_letter = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
    for scope in &scopes {
        if scope.is_empty() || !scope.chars().all(is_letter) {
            section.fatal("scopes", format!("`{scope}` is no scope"), "write [\"openid\", \"email\", \"profile\"]");
        }
    }
    scopes.retain(|scope| scope != "openid");
    scopes
}

fn name(section: &mut Section<'_>) -> Option<String> {
    let name = section.text("name")?;
    if name.chars().count() > NAME_CHARS {
        section.fatal("name", format!("it has more than {NAME_CHARS} characters"), "write the provider's name");
    }
    Some(name)
}
