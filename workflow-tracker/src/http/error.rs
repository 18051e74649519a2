//! Why a tracker's configuration is refused, in words that say how to mend it.

use std::fmt;

/// A tracker's configuration is refused. The message holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrackerError {
    /// The url cannot be read.
    Url {
        /// Why not.
        reason: String,
    },
    /// The url is neither `https` nor `http`.
    Scheme {
        /// What it is instead.
        scheme: String,
    },
    /// The url is plain `http` to another machine.
    PlainHttp {
        /// That machine.
        host: String,
    },
    /// The name of a header holds what no name can.
    HeaderName {
        /// The name.
        name: String,
    },
    /// The value of a header holds what no value can.
    HeaderValue {
        /// The header's name.
        name: String,
    },
    /// What is to be trusted is no certificate.
    Authority {
        /// Why not.
        reason: String,
    },
    /// The header is one that the tracker sets itself.
    HeaderTaken {
        /// The header's name.
        name: String,
    },
}

impl fmt::Display for TrackerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { reason } => write!(
                f,
                "the tracker's url cannot be read: {reason}; \
                 write it like https://events.example.com/ingest"
            ),
            Self::Scheme { scheme } => write!(
                f,
                "the tracker's url begins with `{scheme}:`, but events are delivered by https; \
                 write it like https://events.example.com/ingest"
            ),
            Self::PlainHttp { host } => write!(
                f,
                "the tracker's url is plain http to `{host}`, where others on the way could read \
                 and change the events; use https, or `HttpTracker::allow_http(url)` if the way \
                 is safe"
            ),
            Self::HeaderName { name } => write!(
                f,
                "`{name}` is no name of a header; use letters, digits and hyphens"
            ),
            Self::HeaderValue { name } => write!(
                f,
                "the value of the header `{name}` holds a line break or another character that \
                 no header can; remove it"
            ),
            Self::Authority { reason } => write!(
                f,
                "the certificate of the authority to trust cannot be read: {reason}; give it in \
                 PEM, beginning with `-----BEGIN CERTIFICATE-----`"
            ),
            Self::HeaderTaken { name } => write!(
                f,
                "the header `{name}` is set by the tracker itself; choose another name"
            ),
        }
    }
}

impl std::error::Error for TrackerError {}
