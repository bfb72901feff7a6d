//! Whether trying again is of any use.
//!
//! The rule: **never** only when the server, having let us in and taken our sender, says for good that this
//! recipient or this mail will not do. All else is **later**: no connection, TLS, a login or sender refused, a
//! full mailbox, a policy against us, any 4xx. A password that ran out must not turn every alert of a storm into
//! a dead letter, and trying again disturbs nobody, since nobody has got anything.

use super::session::{Failure, Stage};
use crate::domain::Delivery;

/// The longest fault in characters.
const FAULT_CHARS_MAX: usize = 300;

/// What a failure means for the notice.
pub(super) fn of(failure: &Failure) -> Delivery {
    let fault = fault(failure);
    if is_final(failure) { Delivery::Never(fault) } else { Delivery::Later(fault) }
}

fn is_final(failure: &Failure) -> bool {
    match (failure.stage, failure.code) {
        (Stage::Unsupported, _) => true,
        (Stage::Recipient | Stage::Mail, Some(code @ 500..=599)) => !is_about_us(code, &failure.words),
        _ => false,
    }
}

/// True when a 5xx reply speaks of us, the server or the moment, not of the recipient or the mail.
///
/// Codes after RFC 5321 4.2.2 and RFC 4954 section 6, enhanced ones after RFC 3463 section 3 and the IANA registry:
/// x.2.2 is a full mailbox, x.3 the server (x.3.4: the mail is too big), x.4 the network, x.5 the protocol, x.7
/// policy, such as a relay denied. Exim denies relaying with a bare 550, so its word decides there: a guess.
fn is_about_us(code: u16, words: &str) -> bool {
    if matches!(code, 500 | 502..=504 | 521 | 530 | 534 | 535 | 538) {
        return true;
    }
    match enhanced(words) {
        Some((2, 2)) => true,
        Some((3, 4)) => false,
        Some((subject, _)) => matches!(subject, 3 | 4 | 5 | 7),
        None => words.to_ascii_lowercase().contains("relay"),
    }
}

/// Subject and detail of an enhanced status code such as `5.1.1`, when the words begin with one.
fn enhanced(words: &str) -> Option<(u16, u16)> {
    let mut numbers = words.split_whitespace().next()?.split('.').map(str::parse);
    match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(5)), Some(Ok(subject)), Some(Ok(detail)), None) => Some((subject, detail)),
        _ => None,
    }
}

/// What happened, in one line, without any address.
fn fault(failure: &Failure) -> String {
    let what = match (failure.stage, failure.code) {
        (Stage::Connect, _) => "the mail server cannot be reached",
        (Stage::Login, _) => "the mail server refused our login; check user and password",
        (Stage::Sender, _) => "the mail server refused our sender address",
        (Stage::Recipient, Some(_)) => "the mail server refused the recipient",
        (Stage::Mail, Some(_)) => "the mail server refused the mail",
        (Stage::Recipient | Stage::Mail, None) => {
            "the connection broke; the server may have the mail, the next try bears the same Message-ID"
        }
        (Stage::Unsupported, _) => "the mail server cannot take an address with letters beyond ASCII",
    };
    let code = failure.code.map(|code| format!("{code} ")).unwrap_or_default();
    let words = without_addresses(&failure.words);
    let text = if words.is_empty() { what.to_owned() } else { format!("{what}: {code}{words}") };
    text.chars().take(FAULT_CHARS_MAX).collect()
}

/// A server's words in one line, each word that may be an address replaced.
fn without_addresses(words: &str) -> String {
    let safe = words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    safe.map(|word| if word.contains('@') { "<address>" } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stage: Stage, code: impl Into<Option<u16>>, words: &str, is_never: bool) {
        let delivery = of(&Failure { stage, code: code.into(), words: words.to_owned() });
        assert_eq!(matches!(delivery, Delivery::Never(_)), is_never, "{stage:?} {words}: {delivery:?}");
    }

    #[test]
    fn never_is_said_of_recipients_and_mails_alone() {
        check(Stage::Recipient, 550, "5.1.1 <li@example.com>: Recipient address rejected: User unknown", true);
        check(Stage::Recipient, 550, "no such user here", true);
        check(Stage::Recipient, 553, "mailbox name not allowed", true);
        check(Stage::Recipient, 550, "5.2.1 mailbox disabled", true);
        check(Stage::Mail, 552, "5.3.4 message too big", true);
        check(Stage::Mail, 554, "5.6.0 malformed", true);
        check(Stage::Unsupported, None, "", true);
    }

    #[test]
    fn what_is_our_fault_or_the_moments_is_tried_again() {
        check(Stage::Connect, None, "Connection refused", false);
        check(Stage::Connect, 554, "5.7.1 no SMTP service here", false);
        check(Stage::Login, 535, "5.7.8 authentication failed", false);
        check(Stage::Sender, 550, "5.1.8 sender rejected", false);
        check(Stage::Recipient, 450, "4.2.0 greylisted", false);
        check(Stage::Recipient, 550, "5.7.1 policy", false);
        check(Stage::Recipient, 554, "5.7.1 <li@example.com>: Relay access denied", false);
        check(Stage::Recipient, 550, "relay not permitted", false);
        check(Stage::Recipient, 530, "5.7.0 authentication required", false);
        check(Stage::Recipient, 552, "5.2.2 mailbox full", false);
        check(Stage::Mail, 554, "5.3.0 disk full", false);
        check(Stage::Mail, None, "incomplete response", false);
    }

    #[test]
    fn a_fault_is_one_short_line_without_addresses() {
        let words = format!("5.1.1 <Li.Wei@example.com>\r\nX: y {}", "x".repeat(5000));
        let Delivery::Never(fault) = of(&Failure { stage: Stage::Recipient, code: Some(550), words }) else {
            panic!("never");
        };
        assert!(fault.starts_with("the mail server refused the recipient: 550 5.1.1 <address> X: y xxx"), "{fault}");
        assert!(fault.chars().count() <= FAULT_CHARS_MAX && !fault.contains(['\r', '\n', '@']), "{fault}");
    }
}
