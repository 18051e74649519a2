//! The tracker that speaks HTTP: its configuration, and what of it is refused.

mod credentials;
mod error;
mod fault;
mod headers;
#[cfg(test)]
mod tests;
mod tls;
mod transport;
mod url;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName};

use crate::transport::{Fault, Transport};
use crate::{Capture, Compression, Encoder, Native, Origin, Pace, StartAt, Tracker};

use credentials::Source;
use tls::Trust;
use transport::{HttpTransport, Setup, Timeouts};
use url::{Clear, Endpoint};

pub use credentials::Credentials;
pub use error::TrackerError;

/// Delivers events with `POST` requests to a url.
///
/// ```
/// use workflow_tracker::HttpTracker;
///
/// # fn main() -> Result<(), workflow_tracker::TrackerError> {
/// let tracker = HttpTracker::new("https://events.example.com/ingest")?
///     .env("production")
///     .service_key("shop")
///     .bearer("s3cret")?;
/// assert!(!format!("{tracker:?}").contains("s3cret"));
/// # Ok(())
/// # }
/// ```
///
/// Redirects are not followed, proxies from the environment and cookies are not used. The values
/// of headers, and the url's query and user part, appear in no log line, no error and no `Debug`
/// output.
#[derive(Clone)]
pub struct HttpTracker {
    name: String,
    start_at: StartAt,
    endpoint: Endpoint,
    headers: HeaderMap,
    credentials: Option<Source>,
    trust: Trust,
    origin: Origin,
    encoder: Arc<dyn Encoder>,
    capture: Capture,
    pace: Pace,
    compression: Compression,
    age_max: Option<Duration>,
    timeouts: Timeouts,
}

impl HttpTracker {
    /// A tracker for this url, which must be `https`, or `http` to this machine itself.
    ///
    /// Its name is `default`; it begins at the end of the log, gives up a request after 15 s and
    /// a connection after 5 s.
    pub fn new(url: &str) -> Result<Self, TrackerError> {
        Self::with(url, Clear::ThisMachine)
    }

    /// A tracker for this url, which may be plain `http` to any host: whoever is on the way can
    /// read and change the events, and read the headers.
    ///
    /// ```
    /// use workflow_tracker::HttpTracker;
    ///
    /// assert!(HttpTracker::new("http://collector.internal/ingest").is_err());
    /// assert!(HttpTracker::allow_http("http://collector.internal/ingest").is_ok());
    /// ```
    pub fn allow_http(url: &str) -> Result<Self, TrackerError> {
        Self::with(url, Clear::Anywhere)
    }

    fn with(url: &str, clear: Clear) -> Result<Self, TrackerError> {
        Ok(Self {
            name: "default".to_owned(),
            start_at: StartAt::End,
            endpoint: Endpoint::parse(url, clear)?,
            headers: HeaderMap::new(),
            credentials: None,
            trust: Trust::default(),
            origin: Origin::default(),
            encoder: Arc::new(Native),
            capture: Capture::default(),
            pace: Pace::default(),
            compression: Compression::Gzip,
            age_max: None,
            timeouts: Timeouts::default(),
        })
    }

    /// The tracker's name, which owns its cursor: it should outlive the url.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The environment that the events name, such as `production`; `development` where it is not
    /// given.
    #[must_use]
    pub fn env(mut self, env: impl Into<String>) -> Self {
        self.origin.env = env.into();
        self
    }

    /// The service that the events name; `workflow` where it is not given.
    #[must_use]
    pub fn service_key(mut self, service_key: impl Into<String>) -> Self {
        self.origin.service_key = service_key.into();
        self
    }

    /// Sends this header with every request, in place of an earlier one of the same name.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, TrackerError> {
        let (name, value) = headers::checked(name, value)?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Sends `Authorization: Bearer …` with every request.
    pub fn bearer(self, token: &str) -> Result<Self, TrackerError> {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Asks for the header `Authorization` when it is needed, and again when the endpoint refuses
    /// it, so that credentials can change while delivery goes on.
    #[must_use]
    pub fn credentials(mut self, credentials: impl Credentials) -> Self {
        self.credentials = Some(Source::new(credentials));
        self
    }

    /// Trusts this authority too, beside those that the machine trusts: a certificate in PEM, such
    /// as that of a company's own authority.
    pub fn trust_authority(mut self, pem: &str) -> Result<Self, TrackerError> {
        self.trust.add(pem)?;
        Ok(self)
    }

    /// Begins at the oldest event that the log holds, if the log does not know the name yet.
    #[must_use]
    pub const fn from_beginning(mut self) -> Self {
        self.start_at = StartAt::Beginning;
        self
    }

    /// How events become the body of a request: [`Native`] where it is not given;
    /// [`CloudEvents`](crate::CloudEvents), or an encoder of your own.
    #[must_use]
    pub fn encoder(mut self, encoder: impl Encoder) -> Self {
        self.encoder = Arc::new(encoder);
        self
    }

    /// Which values the events show: none but those of workflows that ask for it, where it is not
    /// given.
    #[must_use]
    pub const fn capture(mut self, capture: Capture) -> Self {
        self.capture = capture;
        self
    }

    /// How many requests are in flight at most, each for other runs; 4 where it is not given.
    #[must_use]
    pub fn lanes_at_once(mut self, lanes: usize) -> Self {
        self.pace = self.pace.lanes_at_once(lanes);
        self
    }

    /// How much is sent at once, and how often.
    #[must_use]
    pub const fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// How requests are compressed; with gzip where it is not given.
    #[must_use]
    pub const fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Drops events that are older than this when they could be delivered, and counts them as
    /// expired. Without it nothing is ever dropped, however long the endpoint is down.
    #[must_use]
    pub const fn expire_after(mut self, age_max: Duration) -> Self {
        self.age_max = Some(age_max);
        self
    }

    /// How long a request may take, up to the head of its answer; 15 s where it is not given.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.request = timeout;
        self
    }

    /// How long making a connection may take; 5 s where it is not given.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.connect = timeout;
        self
    }
}

impl Tracker for HttpTracker {
    fn name(&self) -> &str {
        &self.name
    }

    fn start_at(&self) -> StartAt {
        self.start_at
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn encoder(&self) -> &dyn Encoder {
        &*self.encoder
    }

    fn capture(&self) -> Capture {
        self.capture
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn compression(&self) -> Compression {
        self.compression
    }

    fn age_max(&self) -> Option<Duration> {
        self.age_max
    }

    fn connect(&self) -> Result<Box<dyn Transport>, Fault> {
        let tls = if self.endpoint.is_secure() {
            self.trust.on_this_machine()?
        } else {
            tls::trusting_nobody()
        };
        Ok(Box::new(HttpTransport::new(Setup {
            url: self.endpoint.url().clone(),
            headers: self.headers.clone(),
            credentials: self.credentials.clone(),
            timeouts: self.timeouts,
            tls,
        })))
    }
}

impl fmt::Debug for HttpTracker {
    /// The url without its secret parts, and the names of the headers without their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("HttpTracker")
            .field("name", &self.name)
            .field("url", &self.endpoint)
            .field("headers", &headers)
            .field("credentials", &self.credentials)
            .field("authorities", &self.trust)
            .field("origin", &self.origin)
            .field("encoder", &self.encoder)
            .field("capture", &self.capture)
            .field("start_at", &self.start_at)
            .field("pace", &self.pace)
            .field("compression", &self.compression)
            .field("age_max", &self.age_max)
            .field("timeouts", &self.timeouts)
            .finish()
    }
}
