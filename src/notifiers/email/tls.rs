//! TLS to the mail server: the system's certificates, and those of a file of the operator's own.

use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;

use super::super::NotifierError;

/// What a connection is put under TLS with.
#[derive(Clone)]
pub(super) struct Secured {
    pub(super) connector: TlsConnector,
    pub(super) name: ServerName<'static>,
}

/// TLS that believes a server of that name.
pub(super) fn secured(host: &str, extra_ca_file: Option<&Path>) -> Result<Secured, NotifierError> {
    let fault = |detail: String| NotifierError::Tls { host: host.to_owned(), detail };
    let name = ServerName::try_from(host.to_owned()).map_err(|error| fault(error.to_string()))?;
    let extra = extra_ca_file.map(certificates).transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra, provider.clone()).map_err(|error| fault(error.to_string()))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Secured { connector: TlsConnector::from(Arc::new(config)), name })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, NotifierError> {
    let pem = std::fs::read(path).map_err(|source| NotifierError::ExtraCa { path: path.to_owned(), source })?;
    let content = |detail: String| NotifierError::ExtraCaContent { path: path.to_owned(), detail };
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let read = read.map_err(|error| content(error.to_string()))?;
    if read.is_empty() {
        return Err(content("there is none in it".to_owned()));
    }
    Ok(read)
}
