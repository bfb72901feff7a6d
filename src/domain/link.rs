//! Signed links: what a mail's button may do, for whom, about which alert, until when.
//!
//! A token is `<kind>.<payload>.<mac>`, both parts base64 (URL-safe, no padding): the payload is JSON, the
//! mac HMAC-SHA256 over `<kind>.<payload>`. There is no algorithm field to attack, and a token of one kind is none of
//! another: `v1` answers for an alert, `p1` decides on a proposal, `u1` unsubscribes from digests or briefs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{AlertId, PersonId, ProposalId, Timestamp};

/// The secret that signs links, and those that did before it.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkKey {
    newest: Vec<u8>,
    /// Each with the instant until which it is believed.
    older: Vec<(Vec<u8>, Timestamp)>,
}

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkKey(..)")
    }
}

/// What a link lets its holder do: answer for one alert as one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkClaim {
    /// The alert.
    #[serde(rename = "a")]
    pub alert: AlertId,
    /// The person.
    #[serde(rename = "p")]
    pub person: PersonId,
    /// The last second at which it is good, Unix time.
    #[serde(rename = "x")]
    pub expires_s: i64,
}

/// What a link lets its holder do: decide on one proposal as one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalClaim {
    /// The proposal.
    #[serde(rename = "q")]
    pub proposal: ProposalId,
    /// The person.
    #[serde(rename = "p")]
    pub person: PersonId,
    /// The last second at which it is good, Unix time.
    #[serde(rename = "x")]
    pub expires_s: i64,
}

/// Mails that a person can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnsubscribeFrom {
    /// Small changes of several storms at once, and that all is quiet.
    Digest,
}

/// What a link lets its holder do: stop one kind of mail to one person. Warnings are no such kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsubscribeClaim {
    /// The person.
    #[serde(rename = "p")]
    pub person: PersonId,
    /// The kind of mail.
    #[serde(rename = "k")]
    pub from: UnsubscribeFrom,
    /// The last second at which it is good, Unix time.
    #[serde(rename = "x")]
    pub expires_s: i64,
}

/// What a link may claim.
pub trait Claim: Serialize + DeserializeOwned {
    /// The kind of its tokens.
    const KIND: &'static str;

    /// The last second at which it is good, Unix time.
    fn expires_s(&self) -> i64;
}

impl Claim for LinkClaim {
    const KIND: &'static str = "v1";

    fn expires_s(&self) -> i64 {
        self.expires_s
    }
}

impl Claim for ProposalClaim {
    const KIND: &'static str = "p1";

    fn expires_s(&self) -> i64 {
        self.expires_s
    }
}

impl Claim for UnsubscribeClaim {
    const KIND: &'static str = "u1";

    fn expires_s(&self) -> i64 {
        self.expires_s
    }
}

/// Why a link is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Cut, changed, or signed with another key.
    #[error("this link is damaged or not one of ours")]
    Forged,
    /// Its time is over.
    #[error("this link has expired")]
    Expired,
}

impl LinkKey {
    /// A key from its bytes; 32 random ones are right.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { newest: bytes, older: Vec::new() }
    }

    /// The same, believing until an instant what another key has signed. Nothing that claims to be good for longer is
    /// believed: whoever has found an old key cannot make links that outlive it.
    #[must_use]
    pub fn believing(mut self, older: Vec<u8>, until: Timestamp) -> Self {
        self.older.push((older, until));
        self
    }

    /// The token of a claim.
    #[must_use]
    pub fn sign<C: Claim>(&self, claim: &C) -> String {
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claim).unwrap_or_default());
        let signed = format!("{}.{payload}", C::KIND);
        let mac = URL_SAFE_NO_PAD.encode(mac(&self.newest, &signed).finalize().into_bytes());
        format!("{signed}.{mac}")
    }

    /// The claim of a token.
    ///
    /// # Errors
    /// When the token was changed in any byte, signed by another key, or its time or that of its key is over.
    pub fn verify<C: Claim>(&self, token: &str, now: Timestamp) -> Result<C, LinkError> {
        let (signed, own) = token.rsplit_once('.').ok_or(LinkError::Forged)?;
        let own = URL_SAFE_NO_PAD.decode(own).or(Err(LinkError::Forged))?;
        let older = self.older.iter().map(|(key, until)| (key, *until));
        let mut all = std::iter::once((&self.newest, Timestamp::MAX)).chain(older);
        let signer = all.find(|(key, _)| mac(key, signed).verify_slice(&own).is_ok());
        let (_, believed_until) = signer.ok_or(LinkError::Forged)?;
        let payload = signed.strip_prefix(C::KIND).and_then(|rest| rest.strip_prefix('.')).ok_or(LinkError::Forged)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).or(Err(LinkError::Forged))?;
        let claim: C = serde_json::from_slice(&payload).or(Err(LinkError::Forged))?;
        if claim.expires_s() > believed_until.as_second() {
            return Err(LinkError::Forged);
        }
        if now.as_second() > claim.expires_s() {
            return Err(LinkError::Expired);
        }
        Ok(claim)
    }
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim() -> LinkClaim {
        LinkClaim { alert: AlertId::new("a1"), person: PersonId::new("li"), expires_s: 1000 }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn only_the_untouched_token_is_good() {
        let key = LinkKey::new(vec![7; 32]);
        let token = key.sign(&claim());
        assert_eq!(key.verify(&token, at(1000)), Ok(claim()));
        assert_eq!(key.verify::<LinkClaim>(&token, at(1001)), Err(LinkError::Expired));
        assert_eq!(LinkKey::new(vec![8; 32]).verify::<LinkClaim>(&token, at(0)), Err(LinkError::Forged));
        for index in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ascii");
            assert_eq!(key.verify::<LinkClaim>(&changed, at(0)), Err(LinkError::Forged), "byte {index}");
        }
        assert_eq!(key.verify::<ProposalClaim>(&token, at(0)), Err(LinkError::Forged));
        assert_eq!(key.verify::<LinkClaim>("", at(0)), Err(LinkError::Forged));
    }

    #[test]
    fn an_older_key_is_believed_for_a_while_and_signs_nothing_more() {
        let (old, new) = (LinkKey::new(vec![7; 32]), LinkKey::new(vec![8; 32]));
        let key = new.clone().believing(vec![6; 32], at(1100)).believing(vec![7; 32], at(1100));
        let (before, after) = (old.sign(&claim()), key.sign(&claim()));
        for token in [&before, &after] {
            assert_eq!(key.verify(token, at(1000)), Ok(claim()));
            assert_eq!(key.verify::<LinkClaim>(token, at(1001)), Err(LinkError::Expired));
        }
        assert_eq!(old.verify::<LinkClaim>(&after, at(0)), Err(LinkError::Forged));
        assert_eq!(new.verify::<LinkClaim>(&before, at(0)), Err(LinkError::Forged));
        let longer = LinkClaim { expires_s: 1101, ..claim() };
        assert_eq!(key.verify::<LinkClaim>(&old.sign(&longer), at(0)), Err(LinkError::Forged));
    }
}
