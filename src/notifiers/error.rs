//! Why a notifier cannot be set up, or a notice not be written as a mail.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::domain::PersonId;

/// What is wrong with the settings or the notice. No variant carries an address or a password.
#[derive(Debug, Error)]
pub enum NotifierError {
    /// Our own address cannot be read.
    #[error("`{field}` is no mail address: {detail}\nhint: write it as `Seawall <alerts@example.com>`")]
    Sender {
        /// `from` or `reply_to`.
        field: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The person's address cannot be read.
    #[error("the address of person `{person}` is no mail address: {detail}\nhint: mend it in people.csv")]
    Recipient {
        /// Whose.
        person: PersonId,
        /// What is wrong with it.
        detail: String,
    },
    /// The file of extra certificates cannot be read.
    #[error("cannot read the certificates in {}: {source}\nhint: check `extra_ca_file`", path.display())]
    ExtraCa {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file of extra certificates holds none.
    #[error("{} holds no certificate that can be read: {detail}\nhint: it must be PEM, with `-----BEGIN CERTIFICATE-----`", path.display())]
    ExtraCaContent {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS for {host}: {detail}\nhint: install the system's root certificates (ca-certificates)")]
    Tls {
        /// The mail server.
        host: String,
        /// What is wrong.
        detail: String,
    },
    /// A user without password, or the other way round.
    #[error("the mail server's user and password must be given both or not at all\nhint: `{missing}` is missing")]
    HalfALogin {
        /// `user` or `password`.
        missing: &'static str,
    },
    /// The password would go over the network in clear.
    #[error(
        "without TLS the password for {host} would be sent in clear\nhint: set `tls` to `implicit` (port 465) or `starttls` (port 587)"
    )]
    PasswordInClear {
        /// The mail server.
        host: String,
    },
    /// The key that signs mails cannot be used.
    #[error("the DKIM key in {} cannot be used: {detail}\nhint: it must be PEM, RSA of 2048 to 4096 bits or Ed25519: openssl genpkey -algorithm ed25519", path.display())]
    DkimKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The HTTP client cannot be made.
    #[error("cannot set up HTTP: {detail}\nhint: install the system's root certificates (ca-certificates)")]
    Http {
        /// What is wrong.
        detail: String,
    },
    /// A channel of no kind that we know.
    #[error("channel `{id}` is of kind `{kind}`, which there is not\nhint: docs/channels.md names the kinds")]
    NoSuchKind {
        /// The channel.
        id: String,
        /// What it says it is.
        kind: String,
    },
    /// The notice cannot be written as a mail.
    #[error("the notice cannot be written as a mail: {detail}\nhint: this is a fault of seawall, please report it")]
    Message {
        /// What is wrong.
        detail: String,
    },
}
