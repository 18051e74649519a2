//! The url that requests go to: which are taken, and what of it may be shown.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use reqwest::Url;

use super::TrackerError;

/// To whom events may go in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clear {
    ThisMachine,
    Anywhere,
}

/// A url that was checked.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Endpoint(Url);

impl Endpoint {
    pub(super) fn parse(url: &str, clear: Clear) -> Result<Self, TrackerError> {
        let url = Url::parse(url).map_err(|error| TrackerError::Url {
            reason: error.to_string(),
        })?;
        let host = url.host_str().unwrap_or_default();
        match url.scheme() {
            "https" => {}
            "http" if clear == Clear::Anywhere || is_loopback(host) => {}
            "http" => {
                let host = host.to_owned();
                return Err(TrackerError::PlainHttp { host });
            }
            other => {
                let scheme = other.to_owned();
                return Err(TrackerError::Scheme { scheme });
            }
        }
        Ok(Self(url))
    }

    /// The whole url, secret parts included.
    pub(super) const fn url(&self) -> &Url {
        &self.0
    }

    pub(super) fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl fmt::Debug for Endpoint {
    /// Without user, password, query and fragment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host) = (self.0.scheme(), self.0.host_str().unwrap_or_default());
        write!(f, "\"{scheme}://{host}")?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        write!(f, "{}\"", self.0.path())
    }
}

/// Whether a host, as a url writes it, is this machine itself.
fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback(),
        Ok(IpAddr::V6(address)) => is_loopback_v6(address),
        Err(_) => false,
    }
}

fn is_loopback_v6(address: Ipv6Addr) -> bool {
    let mapped = address.to_ipv4_mapped();
    address.is_loopback() || mapped.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> Option<String> {
        let refused = Endpoint::parse(url, Clear::ThisMachine).err();
        refused.map(|error| error.to_string())
    }

    #[test]
    fn https_anywhere_and_http_to_this_machine_are_taken() {
        for url in [
            "https://events.example.com/ingest?token=abc",
            "http://localhost:8080",
            "http://api.localhost/",
            "http://LOCALHOST./",
            "http://127.0.0.1:9/x",
            "http://127.1.2.3",
            "http://0x7f.1/",
            "http://[::1]:80/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert_eq!(refusal(url), None, "{url}");
        }
    }

    #[test]
    fn what_is_refused_is_refused_with_reason_and_way_out() {
        for url in [
            "http://events.example.com/",
            "http://10.0.0.1/",
            "http://localhost.example.com/",
            "http://notlocalhost/",
            "http://[::2]/",
            "http://127.0.0.1@evil.example/",
        ] {
            let message = refusal(url).unwrap_or_default();
            assert!(message.contains("plain http"), "{url}: {message}");
            assert!(message.contains("allow_http"), "{url}: {message}");
        }
        for url in [
            "",
            "events.example.com",
            "/ingest",
            "https://",
            "http://[::1",
        ] {
            let message = refusal(url).unwrap_or_default();
            assert!(message.contains("cannot be read"), "{url}: {message}");
        }
        for url in ["ftp://example.com/", "file:///etc/passwd", "localhost:8080"] {
            let message = refusal(url).unwrap_or_default();
            assert!(message.contains("by https"), "{url}: {message}");
        }
    }

    #[test]
    fn refusals_hold_no_secret() {
        for url in [
            "http://user:s3cret@example.com/?token=s3cret",
            "https://user:s3cret@:99999/",
            "s3cret",
        ] {
            let message = refusal(url).unwrap_or_default();
            assert!(
                !message.is_empty() && !message.contains("s3cret"),
                "{message}"
            );
        }
    }
}
