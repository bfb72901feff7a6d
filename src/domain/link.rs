//! Signed links: what a mail's button may do, for whom, about which alert, until when.
//!
//! A token is `v1.<payload>.<mac>`, both parts base64 (URL-safe, no padding): the payload is JSON, the
//! mac HMAC-SHA256 over `v1.<payload>`. There is no algorithm field to attack.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{AlertId, PersonId, Timestamp};

/// The secret that signs links.
#[derive(Clone)]
pub struct LinkKey(Vec<u8>);

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
        Self(bytes)
    }

    /// The token of a claim.
    #[must_use]
    pub fn sign(&self, claim: &LinkClaim) -> String {
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claim).unwrap_or_default());
        let signed = format!("v1.{payload}");
        let mac = URL_SAFE_NO_PAD.encode(self.mac(&signed).finalize().into_bytes());
        format!("{signed}.{mac}")
    }

    /// The claim of a token.
    ///
    /// # Errors
    /// When the token was changed in any byte, signed by another key, or its time is over.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<LinkClaim, LinkError> {
        let (signed, mac) = token.rsplit_once('.').ok_or(LinkError::Forged)?;
        let mac = URL_SAFE_NO_PAD.decode(mac).or(Err(LinkError::Forged))?;
        self.mac(signed).verify_slice(&mac).or(Err(LinkError::Forged))?;
        let payload = signed.strip_prefix("v1.").ok_or(LinkError::Forged)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).or(Err(LinkError::Forged))?;
        let claim: LinkClaim = serde_json::from_slice(&payload).or(Err(LinkError::Forged))?;
        if now.as_second() > claim.expires_s {
            return Err(LinkError::Expired);
        }
        Ok(claim)
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(text.as_bytes());
        mac
    }
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
        assert_eq!(key.verify(&token, at(1001)), Err(LinkError::Expired));
        assert_eq!(LinkKey::new(vec![8; 32]).verify(&token, at(0)), Err(LinkError::Forged));
        for index in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ascii");
            assert_eq!(key.verify(&changed, at(0)), Err(LinkError::Forged), "byte {index}");
        }
        assert_eq!(key.verify("", at(0)), Err(LinkError::Forged));
    }
}
