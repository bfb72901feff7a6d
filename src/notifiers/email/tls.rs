//! TLS to the mail server: the system's certificates, and those of a file of the operator's own.

use std::path::Path;
use std::sync::Arc;

use lettre::transport::smtp::client::{Certificate, TlsParameters};
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;

use super::super::NotifierError;
use super::Tls;

/// How a connection is kept secret, with what is needed for it.
#[derive(Clone)]
pub(super) enum Shield {
    /// It is not.
    None,
    /// lettre puts it under TLS when the server has agreed.
    StartTls(TlsParameters),
    /// TLS from the first byte.
    Implicit {
        /// What begins it.
        connector: TlsConnector,
        /// Whom it believes.
        name: ServerName<'static>,
    },
}

/// What keeps connections to a host secret.
pub(super) fn shield(tls: Tls, host: &str, extra_ca_file: Option<&Path>) -> Result<Shield, NotifierError> {
    match tls {
        Tls::None => Ok(Shield::None),
        Tls::StartTls => starttls(host, extra_ca_file),
        Tls::Implicit => implicit(host, extra_ca_file),
    }
}

fn starttls(host: &str, extra_ca_file: Option<&Path>) -> Result<Shield, NotifierError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(path) = extra_ca_file {
        // One by one: lettre takes a file without any certificate for an empty list.
        for certificate in certificates(path)? {
            let read = Certificate::from_der(certificate.to_vec());
            let bad = |error: lettre::transport::smtp::Error| content(path, error.to_string());
            builder = builder.add_root_certificate(read.map_err(bad)?);
        }
    }
    builder.build().map(Shield::StartTls).map_err(|error| fault(host, error.to_string()))
}

fn implicit(host: &str, extra_ca_file: Option<&Path>) -> Result<Shield, NotifierError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| fault(host, error.to_string()))?;
    let extra = extra_ca_file.map(certificates).transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        Verifier::new_with_extra_roots(extra, provider.clone()).map_err(|error| fault(host, error.to_string()))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(host, error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Shield::Implicit { connector: TlsConnector::from(Arc::new(config)), name })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, NotifierError> {
    let pem = std::fs::read(path).map_err(|source| NotifierError::ExtraCa { path: path.to_owned(), source })?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let read = read.map_err(|error| content(path, error.to_string()))?;
    if read.is_empty() {
        return Err(content(path, "there is none in it".to_owned()));
    }
    Ok(read)
}

fn fault(host: &str, detail: String) -> NotifierError {
    NotifierError::Tls { host: host.to_owned(), detail }
}

fn content(path: &Path, detail: String) -> NotifierError {
    NotifierError::ExtraCaContent { path: path.to_owned(), detail }
}
