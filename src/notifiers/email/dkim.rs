//! DKIM signatures (RFC 6376), `rsa-sha256` and `ed25519-sha256` (RFC 8463), both relaxed, by ring.
//!
//! The same mail and key give the same signature: its time is the mail's own.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};

use super::super::NotifierError;
use crate::domain::Timestamp;

/// The headers that are signed where they are there. The first few are named once more than they are there, so that none
/// can be added (RFC 6376 8.15).
const SIGNED: &[&str] = &[
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];
const GUARDED: usize = 6;
/// The longest line of the signature.
const LINE_BYTES: usize = 76;

/// How mails are signed, as the configuration has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimSettings {
    /// The domain that signs.
    pub domain: String,
    /// Where its public key stands: `<selector>._domainkey.<domain>`.
    pub selector: String,
    /// A PEM file with an RSA (2048 to 4096 bits) or Ed25519 key.
    pub key_file: std::path::PathBuf,
}

/// Signs mails.
pub(super) struct DkimSigner {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

impl DkimSigner {
    /// Reads the key.
    pub(super) fn new(settings: &DkimSettings) -> Result<Self, NotifierError> {
        let DkimSettings { domain, selector, key_file } = settings;
        Ok(Self { domain: domain.clone(), selector: selector.clone(), key: key(key_file)? })
    }

    /// The mail with its signature in front.
    pub(super) fn signed(&self, mail: &[u8], at: Timestamp) -> Result<Vec<u8>, NotifierError> {
        let (head, body) = parted(mail);
        let fields = fields(head);
        let names = names(&fields);
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let body_hash = STANDARD.encode(Sha256::digest(relaxed_body(body)));
        let Self { domain, selector, .. } = self;
        let tags = format!(
            "v=1; a={algorithm}; c=relaxed/relaxed; d={domain}; s={selector}; t={}; h={}; bh={body_hash}; b=",
            at.as_second().max(0),
            names.join(":")
        );
        let mut data = chosen(&fields, &names);
        data.push_str("dkim-signature:");
        data.push_str(&tags);
        let signature = STANDARD.encode(self.signature(data.as_bytes())?);
        let mut signed = folded(&tags, &signature).into_bytes();
        signed.extend(mail);
        Ok(signed)
    }

    fn signature(&self, data: &[u8]) -> Result<Vec<u8>, NotifierError> {
        match &self.key {
            // RFC 8463 3: the key signs the hash.
            Key::Ed25519(key) => Ok(key.sign(&Sha256::digest(data)).as_ref().to_vec()),
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                let signed = key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature);
                signed.map(|()| signature).map_err(|error| NotifierError::Message { detail: format!("DKIM: {error}") })
            }
        }
    }
}

fn key(path: &Path) -> Result<Key, NotifierError> {
    let fault = |detail: String| NotifierError::DkimKey { path: path.to_owned(), detail };
    let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let rejected = |error: ring::error::KeyRejected| fault(error.to_string());
    match PrivateKeyDer::from_pem_slice(&pem).map_err(|error| fault(error.to_string()))? {
        PrivateKeyDer::Pkcs1(der) => {
            RsaKeyPair::from_der(der.secret_pkcs1_der()).map(|key| Key::Rsa(Box::new(key))).map_err(rejected)
        }
        PrivateKeyDer::Pkcs8(der) => {
            let der = der.secret_pkcs8_der();
            if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
                return Ok(Key::Ed25519(key));
            }
            RsaKeyPair::from_pkcs8(der).map(|key| Key::Rsa(Box::new(key))).map_err(rejected)
        }
        _ => Err(fault("it is neither RSA nor Ed25519".to_owned())),
    }
}

/// Head and body.
fn parted(mail: &[u8]) -> (&str, &[u8]) {
    let end = mail.windows(4).position(|four| four == b"\r\n\r\n").map_or(mail.len(), |end| end + 2);
    let (head, body) = mail.split_at_checked(end).unwrap_or_default();
    (std::str::from_utf8(head).unwrap_or_default(), body.strip_prefix(b"\r\n").unwrap_or(body))
}

/// Name and relaxed value of each header, in order.
fn fields(head: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n").filter(|line| !line.is_empty()) {
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => value.push_str(line),
            (false, _, Some((name, value))) => fields.push((name.trim_end().to_owned(), value.to_owned())),
            _ => {}
        }
    }
    for (_, value) in &mut fields {
        *value = value.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    }
    fields
}

/// The names for `h=`, each as often as it is there, the guarded ones once more.
fn names(fields: &[(String, String)]) -> Vec<String> {
    let mut names = Vec::new();
    for (index, name) in SIGNED.iter().enumerate() {
        let there = fields.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name)).count();
        names.extend(std::iter::repeat_n(name.to_ascii_lowercase(), there + usize::from(index < GUARDED)));
    }
    names
}

/// The headers as they are signed: for each name the last that was not yet taken; nothing for one that is not there.
fn chosen(fields: &[(String, String)], names: &[String]) -> String {
    let mut data = String::new();
    for (index, name) in names.iter().enumerate() {
        let taken = names.iter().take(index).filter(|before| *before == name).count();
        let mut of_name = fields.iter().rev().filter(|(field, _)| field.eq_ignore_ascii_case(name));
        if let Some((_, value)) = of_name.nth(taken) {
            data.extend([name.as_str(), ":", value.as_str(), "\r\n"]);
        }
    }
    data
}

/// RFC 6376 3.4.4: runs of blanks are one, none at line ends, no empty lines at the end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut relaxed: Vec<u8> = Vec::with_capacity(body.len());
    // Line ends that are only written when something follows.
    let mut ends = 0;
    let mut lines = body.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut words = line.split(|byte| matches!(byte, b' ' | b'\t'));
        let mut written: Vec<u8> = words.next().unwrap_or_default().to_vec();
        for word in words.filter(|word| !word.is_empty()) {
            written.push(b' ');
            written.extend(word);
        }
        if !written.is_empty() {
            relaxed.extend(b"\r\n".repeat(ends));
            ends = 0;
            relaxed.extend(written);
        }
        if lines.peek().is_some() {
            ends += 1;
        }
    }
    if !relaxed.is_empty() {
        relaxed.extend(b"\r\n");
    }
    relaxed
}

/// The header in lines. Verifiers read it relaxed, so that folding at blanks changes nothing; within `b=` blanks do not
/// count.
fn folded(tags: &str, signature: &str) -> String {
    let mut header = "DKIM-Signature:".to_owned();
    let mut length = header.len();
    for word in tags.split(' ') {
        if length + 1 + word.len() > LINE_BYTES {
            header.push_str("\r\n");
            length = 0;
        }
        header.push(' ');
        header.push_str(word);
        length += 1 + word.len();
    }
    for (index, c) in signature.chars().enumerate() {
        if index % (LINE_BYTES - 2) == 0 {
            header.push_str("\r\n ");
        }
        header.push(c);
    }
    header + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_as_the_rfc_has_them() {
        for (body, expected) in [
            (" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"),
            ("", ""),
            ("\r\n\r\n", ""),
            ("a", "a\r\n"),
            ("a\r\n\r\n b\r\n", "a\r\n\r\n b\r\n"),
            (" \r\n \r\nx", "\r\n\r\nx\r\n"),
        ] {
            assert_eq!(String::from_utf8(relaxed_body(body.as_bytes())).expect("text"), expected, "{body:?}");
        }
    }

    #[test]
    fn headers_as_the_rfc_has_them() {
        let (head, body) = parted(b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\n");
        let fields = fields(head);
        assert_eq!(fields, [("A".to_owned(), "X".to_owned()), ("B".to_owned(), "Y Z".to_owned())]);
        assert_eq!(body, b" C \r\n");
    }

    #[test]
    fn of_several_headers_the_last_is_signed_first_and_none_can_be_added() {
        let fields = fields("From: a\r\nReferences: 1\r\nreferences: 2\r\n");
        let names = names(&fields);
        assert_eq!(names.iter().filter(|name| *name == "from").count(), 2);
        assert!(chosen(&fields, &names).ends_with("references:2\r\nreferences:1\r\n"));
        assert!(chosen(&fields, &names).starts_with("from:a\r\n"));
    }

    #[test]
    fn a_file_that_is_no_key_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let key_file = dir.path().join("dkim.pem");
        let settings = DkimSettings { domain: "example.com".to_owned(), selector: "s".to_owned(), key_file };
        let fault = || DkimSigner::new(&settings).err().expect("refused").to_string();
        assert!(fault().contains("dkim.pem"), "{}", fault());
        std::fs::write(&settings.key_file, "no key").expect("written");
        assert!(fault().contains("dkim.pem"), "{}", fault());
    }
}
