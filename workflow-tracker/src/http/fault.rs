//! What the absence of an answer means, found in the chain of an error's sources.

use std::error::Error;
use std::io;

use crate::transport::{Fault, FaultKind};

/// The fault that an error of the HTTP client stands for.
pub(super) fn fault_of(error: reqwest::Error) -> Fault {
    // Its text would show the url with its query.
    let error = error.without_url();
    let kind = kind_of(&error);
    Fault::new(kind, describe(&error, kind))
}

fn kind_of(error: &reqwest::Error) -> FaultKind {
    if let Some(tls) = find_tls(error) {
        return kind_of_tls(tls);
    }
    if error.is_builder() {
        FaultKind::Configuration
    } else if error.is_timeout() {
        FaultKind::Timeout
    } else if error.is_connect() {
        FaultKind::Unreachable
    } else {
        FaultKind::Broken
    }
}

/// Garbage in place of a handshake is like garbage in place of HTTP. Everything else about TLS
/// stays as it is until somebody acts.
const fn kind_of_tls(error: &rustls::Error) -> FaultKind {
    match error {
        rustls::Error::InvalidMessage(_)
        | rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. }
        | rustls::Error::DecryptError
        | rustls::Error::PeerSentOversizedRecord => FaultKind::Broken,
        _ => FaultKind::Tls,
    }
}

/// What was tried, and the innermost reason: the outer ones repeat that a request failed.
fn describe(error: &reqwest::Error, kind: FaultKind) -> String {
    let innermost = chain(error).last();
    let reason = innermost.map_or_else(String::new, ToString::to_string);
    match kind {
        FaultKind::Unreachable => format!("the endpoint cannot be reached: {reason}"),
        FaultKind::Timeout => format!("the endpoint did not answer in time: {reason}"),
        FaultKind::Tls => format!("no secure connection to the endpoint: {reason}"),
        FaultKind::Broken => format!("the connection broke before an answer: {reason}"),
        FaultKind::Configuration | FaultKind::Credentials => {
            format!("the request cannot be made: {reason}")
        }
    }
}

fn find_tls(error: &reqwest::Error) -> Option<&rustls::Error> {
    chain(error).find_map(|source| source.downcast_ref())
}

/// An error and its sources, outermost first. An I/O error hides what it wraps from `source`, so
/// it is followed by what it wraps.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn Error + 'static)| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
