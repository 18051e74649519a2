//! Secure connections: rustls on ring, and the roots that this machine trusts.

use std::fmt;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::Verifier;

use super::TrackerError;
use crate::transport::{Fault, FaultKind};

/// The authorities that a tracker trusts beside those of this machine.
#[derive(Clone, Default)]
pub(super) struct Trust(Vec<CertificateDer<'static>>);

impl Trust {
    /// Adds the certificates of a text in PEM; at least one.
    pub(super) fn add(&mut self, pem: &str) -> Result<(), TrackerError> {
        let refused = |reason: String| TrackerError::Authority { reason };
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let found = found.map_err(|error| refused(error.to_string()))?;
        if found.is_empty() {
            return Err(refused("there is none in the text".to_owned()));
        }
        for certificate in &found {
            let checked = RootCertStore::empty().add(certificate.clone());
            checked.map_err(|error| refused(error.to_string()))?;
        }
        self.0.extend(found);
        Ok(())
    }

    /// Checks certificates by these authorities and by the roots that this machine trusts.
    ///
    /// The provider is given by value: a process has one default provider at most, and that
    /// choice belongs to the program, not to a library in it.
    pub(super) fn on_this_machine(&self) -> Result<ClientConfig, Fault> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new_with_extra_roots(self.0.iter().cloned(), provider);
        let verifier = verifier.map_err(|error| {
            let message = format!("the roots that this machine trusts cannot be loaded: {error}");
            Fault::new(FaultKind::Tls, message)
        })?;
        let builder = builder().dangerous();
        let builder = builder.with_custom_certificate_verifier(Arc::new(verifier));
        Ok(without_client_certificate(builder))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} more", self.0.len())
    }
}

/// Trusts nobody: for urls that need no secure connection, where loading roots would only cost.
pub(super) fn trusting_nobody() -> ClientConfig {
    without_client_certificate(builder().with_root_certificates(RootCertStore::empty()))
}

fn builder() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the protocol versions that rustls does")
}

fn without_client_certificate(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
) -> ClientConfig {
    builder.with_no_client_auth()
}
