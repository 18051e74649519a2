//! Secure connections: rustls on ring, and the roots that this machine trusts.

use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::transport::{Fault, FaultKind};

/// Checks certificates by the roots that this machine trusts.
///
/// The provider is given by value: a process has one default provider at most, and that choice
/// belongs to the program, not to a library in it.
pub(super) fn trusting_this_machine() -> Result<ClientConfig, Fault> {
    builder()
        .with_platform_verifier()
        .map(without_client_certificate)
        .map_err(|error| {
            let message = format!("the roots that this machine trusts cannot be loaded: {error}");
            Fault::new(FaultKind::Tls, message)
        })
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
