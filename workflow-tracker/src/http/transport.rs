//! Carries requests over HTTP, on connections that it keeps.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue,
    RETRY_AFTER,
};
use reqwest::{Client, Response, Url, redirect, retry};
use rustls::ClientConfig;
use tokio::time::timeout;

use super::credentials::{Source, Wallet};
use super::fault::fault_of;
use super::headers::{EVENT_COUNT, IDEMPOTENCY_KEY};
use crate::BoxFuture;
use crate::transport::{Fault, FaultKind, Reply, ReplyHead, Request, Transport};

const USER_AGENT: &str = concat!("workflow-tracker/", env!("CARGO_PKG_VERSION"));

/// How much of an answer's body is read, and for how long, to be able to use the connection again.
const BODY_BYTES_MAX: usize = 64 * 1024;
const BODY_TIME_MAX: Duration = Duration::from_millis(500);

/// A connection that was idle for longer is not used again: many servers close it about then.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timeouts {
    pub(super) request: Duration,
    pub(super) connect: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(15),
            connect: Duration::from_secs(5),
        }
    }
}

/// What a transport is made of.
pub(super) struct Setup {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) credentials: Option<Source>,
    pub(super) timeouts: Timeouts,
    pub(super) tls: ClientConfig,
}

/// Requests to one url.
pub(super) struct HttpTransport {
    url: Url,
    headers: HeaderMap,
    wallet: Option<Wallet>,
    timeouts: Timeouts,
    tls: ClientConfig,
    idle: Arc<Mutex<Vec<Connection>>>,
}

/// A client that is given one request at a time, so that it has one connection at most.
///
/// A client for all requests would not say whether a connection was used before, and could
/// repeat a request on another connection that is as stale as the first.
struct Connection {
    client: Client,
    /// What all requests have in common, made once: url, credentials of the url, own headers.
    blank: reqwest::Request,
    /// Whether the last answer left the connection open.
    used: bool,
}

impl HttpTransport {
    pub(super) fn new(setup: Setup) -> Self {
        Self {
            url: setup.url,
            headers: setup.headers,
            wallet: setup.credentials.map(Wallet::new),
            timeouts: setup.timeouts,
            tls: setup.tls,
            idle: Arc::default(),
        }
    }

    /// A connection that was not used yet.
    fn fresh(&self) -> Result<Connection, Fault> {
        let client = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .user_agent(USER_AGENT)
            .connect_timeout(self.timeouts.connect)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(IDLE_MAX)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            .build()
            .map_err(fault_of)?;
        let blank = client.post(self.url.clone()).headers(self.headers.clone());
        Ok(Connection {
            blank: blank.build().map_err(fault_of)?,
            client,
            used: false,
        })
    }

    async fn send_once(&self, request: &Request) -> Result<Reply, Fault> {
        let Some(wallet) = &self.wallet else {
            return self.exchange(request, None).await;
        };
        let value = wallet.value().await?;
        let reply = self.exchange(request, Some(&value)).await?;
        if !matches!(reply.head.status, 401 | 403 | 407) {
            return Ok(reply);
        }
        match wallet.instead_of(&value).await {
            Ok(other) if other != value => {
                reply.rest.await;
                self.exchange(request, Some(&other)).await
            }
            // The answer says more than that there is nothing better.
            Ok(_) | Err(_) => Ok(reply),
        }
    }

    async fn exchange(
        &self,
        request: &Request,
        authorization: Option<&HeaderValue>,
    ) -> Result<Reply, Fault> {
        let kept = lock(&self.idle).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => self.fresh()?,
        };
        match self.post(&connection, request, authorization).await {
            // The endpoint closed the connection while the request was on its way: that says
            // nothing about the endpoint.
            Err(fault) if connection.used && fault.kind == FaultKind::Broken => {
                let connection = self.fresh()?;
                let response = self.post(&connection, request, authorization).await?;
                Ok(self.reply(connection, response))
            }
            response => Ok(self.reply(connection, response?)),
        }
    }

    async fn post(
        &self,
        connection: &Connection,
        request: &Request,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response, Fault> {
        let blank = connection.blank.try_clone();
        let mut http = blank.expect("what has no body can be cloned");
        *http.body_mut() = Some(request.body.clone().into());
        let mut put = |name, value| http.headers_mut().insert(name, value);
        put(CONTENT_TYPE, HeaderValue::from_static(request.content_type));
        put(IDEMPOTENCY_KEY, ascii(&request.idempotency_key));
        put(EVENT_COUNT, HeaderValue::from(request.events));
        if let Some(encoding) = request.content_encoding {
            put(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if let Some(authorization) = authorization {
            put(AUTHORIZATION, authorization.clone());
        }
        let answered = connection.client.execute(http).await;
        answered.map_err(fault_of)
    }

    fn reply(&self, mut connection: Connection, response: Response) -> Reply {
        let text = |name: HeaderName| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let head = ReplyHead {
            status: response.status().as_u16(),
            retry_after: text(RETRY_AFTER),
            date: text(DATE),
        };
        let idle = Arc::clone(&self.idle);
        let rest = async move {
            connection.used = read_to_end(response).await;
            lock(&idle).push(connection);
        };
        Reply::new(head, Box::pin(rest))
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            let sent = timeout(self.timeouts.request, self.send_once(request)).await;
            sent.unwrap_or_else(|_| {
                let seconds = self.timeouts.request.as_secs_f32();
                let message = format!("the endpoint did not answer within {seconds} s");
                Err(Fault::new(FaultKind::Timeout, message))
            })
        })
    }
}

fn ascii(text: &str) -> HeaderValue {
    HeaderValue::try_from(text).expect("hexadecimal digits")
}

/// Reads an answer's body within bounds, and says whether it came to its end. Otherwise the
/// connection is given up with it.
async fn read_to_end(mut response: Response) -> bool {
    let whole = async {
        let mut left = BODY_BYTES_MAX;
        while let Ok(chunk) = response.chunk().await {
            let Some(chunk) = chunk else {
                return true;
            };
            match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
        false
    };
    timeout(BODY_TIME_MAX, whole).await.unwrap_or(false)
}

/// The idle connections. Nothing panics while they are held.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
