//! Where requests go, and what is the same in all of them: made once, of a url.

use http::header::{ACCEPT, AUTHORIZATION, HOST, HeaderMap, HeaderValue, USER_AGENT};
use http::uri::Uri;
use rustls::pki_types::ServerName;
use url::{Position, Url};

use super::basic;
use crate::transport::{Fault, FaultKind};

const AGENT: &str = concat!("workflow-tracker/", env!("CARGO_PKG_VERSION"));

/// Where requests go.
pub(super) struct Target {
    /// The host, as names are looked up and addresses are parsed.
    pub(super) host: String,
    pub(super) port: u16,
    /// The name that the endpoint's certificate must prove; nothing where requests go in clear.
    pub(super) secure: Option<ServerName<'static>>,
    /// Path and query.
    pub(super) uri: Uri,
    /// What every request has.
    pub(super) headers: HeaderMap,
}

impl Target {
    /// The target that a url names; `own` are the user's headers, which count more than the
    /// url's user and password.
    pub(super) fn of(url: &Url, own: &HeaderMap) -> Result<Self, Fault> {
        let shown = url.host_str().unwrap_or_default();
        let host = shown.trim_start_matches('[').trim_end_matches(']');
        let secure = match url.scheme() {
            "https" => Some(server_name(host)?),
            _ => None,
        };
        let path = &url[Position::BeforePath..Position::AfterQuery];
        let authority = match url.port() {
            Some(port) => format!("{shown}:{port}"),
            None => shown.to_owned(),
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(HOST, HeaderValue::try_from(authority).map_err(refused)?);
        if let Some(basic) = basic::authorization(url) {
            headers.insert(AUTHORIZATION, basic);
        }
        for (name, value) in own {
            headers.insert(name, value.clone());
        }
        Ok(Self {
            host: host.to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            secure,
            uri: Uri::try_from(path).map_err(refused)?,
            headers,
        })
    }
}

fn server_name(host: &str) -> Result<ServerName<'static>, Fault> {
    ServerName::try_from(host.to_owned()).map_err(refused)
}

/// The reasons hold nothing of the url.
fn refused(reason: impl std::error::Error) -> Fault {
    let message = format!("the request cannot be made: {reason}");
    Fault::new(FaultKind::Configuration, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        let url = Url::parse(url).expect("a url");
        Target::of(&url, &HeaderMap::new()).expect("a target")
    }

    #[test]
    fn a_url_says_where_to_connect_and_what_to_ask_for() {
        let of = |url| {
            let target = target(url);
            let host = target.headers[HOST].to_str().expect("text").to_owned();
            let uri = target.uri.to_string();
            (target.host, target.port, target.secure.is_some(), host, uri)
        };
        let expected = |host: &str, port, secure, header: &str, uri: &str| {
            let (host, header, uri) = (host.to_owned(), header.to_owned(), uri.to_owned());
            (host, port, secure, header, uri)
        };
        assert_eq!(
            of("https://events.example.com/in?a=b%20c#d"),
            expected(
                "events.example.com",
                443,
                true,
                "events.example.com",
                "/in?a=b%20c"
            )
        );
        assert_eq!(
            of("http://localhost:8080"),
            expected("localhost", 8080, false, "localhost:8080", "/")
        );
        assert_eq!(
            of("https://u:p@[::1]:443/ü?x"),
            expected("::1", 443, true, "[::1]", "/%C3%BC?x")
        );
    }

    #[test]
    fn a_header_of_the_users_counts_more_than_the_url() {
        let url = Url::parse("https://user:pass@example.com/").expect("a url");
        let own = HeaderValue::from_static("Bearer t0ken");
        let own = HeaderMap::from_iter([(AUTHORIZATION, own)]);
        let of = |own| Target::of(&url, &own).expect("a target").headers;
        assert_eq!(of(HeaderMap::new())[AUTHORIZATION], "Basic dXNlcjpwYXNz");
        assert_eq!(of(own)[AUTHORIZATION], "Bearer t0ken");
    }
}
