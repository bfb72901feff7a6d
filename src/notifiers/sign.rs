//! HMAC-SHA256 in base64, as chats and webhooks sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The signature of a message under a key.
pub(super) fn sign(key: &[u8], message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The bytes of a base64 text, with or without its padding.
pub(super) fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let padded = format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
    STANDARD.decode(padded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_rfc_4231_has_it() {
        // Test case 2.
        let expected = "W9zBRr9gdU5qBCQIlcQHWgPF3zpXXv9Ssa4sBz1kA7Q=".len();
        let signed = sign(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(signed.len(), expected);
        let bytes = bytes_of(&signed).expect("base64");
        let hex = bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn padding_may_be_left_out() {
        assert_eq!(bytes_of("c2VhbA"), Some(b"seal".to_vec()));
        assert_eq!(bytes_of("c2VhbA=="), Some(b"seal".to_vec()));
        assert_eq!(bytes_of("no base64!"), None);
    }
}
