//! One connection to the endpoint, which carries one request after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::dial::dial;
use super::fault::{broken, insecure, unreachable};
use super::target::Target;
use crate::transport::Fault;

pub(super) type Request = http::Request<Full<Bytes>>;
pub(super) type Response = http::Response<Incoming>;

/// How much of an answer's body is read, and for how long, to be able to use the connection again.
const BODY_BYTES_MAX: usize = 64 * 1024;
const BODY_TIME_MAX: Duration = Duration::from_millis(500);

/// A connection that is open.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// When it carried its last request.
    used: Option<Instant>,
}

impl Connection {
    /// Opens a connection.
    pub(super) async fn open(target: &Target, tls: &Arc<ClientConfig>) -> Result<Self, Fault> {
        let dialed = dial(&target.host, target.port).await;
        let stream = dialed.map_err(|error| unreachable(&error))?;
        let Some(name) = &target.secure else {
            return Self::over(stream).await;
        };
        let secured = TlsConnector::from(Arc::clone(tls)).connect(name.clone(), stream);
        let stream = secured.await.map_err(|error| insecure(&error))?;
        Self::over(stream).await
    }

    async fn over(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Self, Fault> {
        let opened = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = opened.map_err(|error| broken(&error))?;
        // It ends with the sender, or when the endpoint closes it; requests tell how.
        tokio::spawn(connection);
        Ok(Self { sender, used: None })
    }

    /// Whether it has carried a request before.
    pub(super) const fn was_used(&self) -> bool {
        self.used.is_some()
    }

    /// How long ago that was.
    pub(super) fn idle_for(&self) -> Duration {
        self.used.map_or(Duration::ZERO, |used| used.elapsed())
    }

    /// Whether it can carry another request, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        self.sender.is_ready()
    }

    /// Sends a request, and waits for the head of its answer.
    pub(super) async fn post(&mut self, request: Request) -> Result<Response, Fault> {
        let answered = self.sender.send_request(request).await;
        answered.map_err(|error| broken(&error))
    }

    /// Takes the rest of an answer, and gives the connection back where it can be used again.
    /// Otherwise it is given up.
    pub(super) async fn rest(mut self, answer: Incoming) -> Option<Self> {
        let done = async {
            // An endpoint may answer before it has read the whole request.
            read_to_end(answer).await && self.sender.ready().await.is_ok()
        };
        let is_open = timeout(BODY_TIME_MAX, done).await.unwrap_or(false);
        self.used = Some(Instant::now());
        is_open.then_some(self)
    }
}

/// Reads a body within bounds, and says whether it came to its end.
async fn read_to_end(mut body: Incoming) -> bool {
    let mut left = BODY_BYTES_MAX;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return false;
        };
        match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(rest) => left = rest,
            None => return false,
        }
    }
    true
}
