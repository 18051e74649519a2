//! What the absence of an answer means, found in the chain of an error's sources.

use std::error::Error;
use std::io;
use std::time::Duration;

use crate::transport::{Fault, FaultKind};

/// No connection was made.
pub(super) fn unreachable(error: &io::Error) -> Fault {
    of(FaultKind::Unreachable, error)
}

/// A connection was made, and no agreement on how to secure it.
pub(super) fn insecure(error: &io::Error) -> Fault {
    let kind = find_tls(error).map_or(FaultKind::Unreachable, kind_of_tls);
    of(kind, error)
}

/// The connection, or what came over it, was not what HTTP is.
pub(super) fn broken(error: &hyper::Error) -> Fault {
    // With TLS 1.3 the endpoint may refuse the handshake only after the client's last message.
    let kind = find_tls(error).map_or(FaultKind::Broken, kind_of_tls);
    of(kind, error)
}

/// No connection was made in time.
pub(super) fn not_connected_within(limit: Duration) -> Fault {
    let seconds = limit.as_secs_f32();
    let message = format!("the endpoint cannot be reached: no connection within {seconds} s");
    Fault::new(FaultKind::Timeout, message)
}

/// No answer came in time.
pub(super) fn not_answered_within(limit: Duration) -> Fault {
    let seconds = limit.as_secs_f32();
    let message = format!("the endpoint did not answer within {seconds} s");
    Fault::new(FaultKind::Timeout, message)
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

/// A fault in words: what was tried, and the innermost reason, since the outer ones repeat that a
/// request failed.
fn of(kind: FaultKind, error: &(dyn Error + 'static)) -> Fault {
    let innermost = chain(error).last();
    let reason = innermost.map_or_else(String::new, ToString::to_string);
    let message = match kind {
        FaultKind::Unreachable => format!("the endpoint cannot be reached: {reason}"),
        FaultKind::Timeout => format!("the endpoint did not answer in time: {reason}"),
        FaultKind::Tls => format!("no secure connection to the endpoint: {reason}"),
        FaultKind::Broken => format!("the connection broke before an answer: {reason}"),
        FaultKind::Configuration | FaultKind::Credentials => {
            format!("the request cannot be made: {reason}")
        }
    };
    Fault::new(kind, message)
}

fn find_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
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
