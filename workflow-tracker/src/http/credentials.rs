//! Credentials that change: asked for when there are none, and again when they are refused.

use std::fmt;
use std::sync::Arc;

use reqwest::header::HeaderValue;
use tokio::sync::Mutex;

use crate::BoxFuture;
use crate::transport::{Fault, FaultKind};

/// Gives the value of the header `Authorization`, such as `Bearer …`.
///
/// It is asked before the first request, and again when the endpoint refuses the last value (401,
/// 403, 407). A new value is tried at once; the same value, or an error, blocks the tracker until
/// a later probe asks again. It runs on the relay's thread, within the time of a request.
///
/// Functions that return a future of `Result<String, String>` are credentials. The text of an
/// error goes to the program's log: it must hold no secret.
///
/// ```
/// use workflow_tracker::HttpTracker;
///
/// # fn main() -> Result<(), workflow_tracker::TrackerError> {
/// let tracker = HttpTracker::new("https://events.example.com/ingest")?
///     .credentials(async || match std::fs::read_to_string("/run/secrets/token") {
///         Ok(token) => Ok(format!("Bearer {}", token.trim())),
///         Err(error) => Err(format!("reading the token failed: {error}")),
///     });
/// # let _ = tracker;
/// # Ok(())
/// # }
/// ```
pub trait Credentials: Send + Sync + 'static {
    /// The value that is valid now.
    fn authorization(&self) -> BoxFuture<'_, Result<String, String>>;
}

impl<F, A> Credentials for F
where
    F: Fn() -> A + Send + Sync + 'static,
    A: Future<Output = Result<String, String>> + Send + 'static,
{
    fn authorization(&self) -> BoxFuture<'_, Result<String, String>> {
        Box::pin(self())
    }
}

/// Where credentials come from, as a tracker's configuration holds it.
#[derive(Clone)]
pub(super) struct Source(Arc<dyn Credentials>);

impl Source {
    pub(super) fn new(credentials: impl Credentials) -> Self {
        Self(Arc::new(credentials))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// The value that was given last, shared by all lanes.
pub(super) struct Wallet {
    source: Source,
    value: Mutex<Option<HeaderValue>>,
}

impl Wallet {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            value: Mutex::new(None),
        }
    }

    /// The value for the next request.
    pub(super) async fn value(&self) -> Result<HeaderValue, Fault> {
        let mut held = self.value.lock().await;
        match &*held {
            Some(value) => Ok(value.clone()),
            None => Ok(held.insert(self.ask().await?).clone()),
        }
    }

    /// The value to use in place of one that was refused. Lanes that were refused together ask
    /// once.
    pub(super) async fn instead_of(&self, refused: &HeaderValue) -> Result<HeaderValue, Fault> {
        let mut held = self.value.lock().await;
        match &*held {
            Some(value) if value != refused => Ok(value.clone()),
            _ => Ok(held.insert(self.ask().await?).clone()),
        }
    }

    async fn ask(&self) -> Result<HeaderValue, Fault> {
        let fault = |found: &str| {
            let message = format!("the credential source failed: {found}");
            Fault::new(FaultKind::Credentials, message)
        };
        let value = self.source.0.authorization().await;
        let value = value.map_err(|error| fault(&error))?;
        let value = HeaderValue::try_from(value);
        let mut value = value.map_err(|_| fault("it gave what no header can hold"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}
