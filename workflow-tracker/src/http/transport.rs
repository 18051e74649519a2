//! Carries requests over HTTP, on connections that it keeps.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue,
    RETRY_AFTER,
};
use http_body_util::Full;
use rustls::ClientConfig;
use tokio::time::timeout;
use url::Url;

use super::connection::{self, Connection, Response};
use super::credentials::{Source, Wallet};
use super::fault::{not_answered_within, not_connected_within};
use super::headers::{EVENT_COUNT, IDEMPOTENCY_KEY};
use super::pool::Pool;
use super::target::Target;
use crate::BoxFuture;
use crate::transport::{Fault, FaultKind, Reply, ReplyHead, Request, Transport};

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timeouts {
    pub(super) request: Duration,
    pub(super) connect: Duration,
    /// How long a connection waits for its next request before it is closed.
    pub(super) idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(15),
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(30),
        }
    }
}

/// What a transport is made of.
pub(super) struct Setup<'a> {
    pub(super) url: &'a Url,
    pub(super) headers: &'a HeaderMap,
    pub(super) credentials: Option<Source>,
    pub(super) timeouts: Timeouts,
    pub(super) tls: ClientConfig,
}

/// Requests to one url. It has as many connections as there are requests at once, each of which
/// knows whether it was used before: what goes wrong on one that was says little about the
/// endpoint.
pub(super) struct HttpTransport {
    target: Target,
    wallet: Option<Wallet>,
    timeouts: Timeouts,
    tls: Arc<ClientConfig>,
    pool: Pool,
}

impl HttpTransport {
    pub(super) fn new(setup: Setup<'_>) -> Result<Self, Fault> {
        Ok(Self {
            target: Target::of(setup.url, setup.headers)?,
            wallet: setup.credentials.map(Wallet::new),
            timeouts: setup.timeouts,
            tls: Arc::new(setup.tls),
            pool: Pool::new(setup.timeouts.idle),
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
        let mut connection = match self.pool.take() {
            Some(connection) => connection,
            None => self.fresh().await?,
        };
        match connection.post(self.http(request, authorization)).await {
            // The endpoint closed the connection while the request was on its way: that says
            // nothing about the endpoint.
            Err(fault) if connection.was_used() && fault.kind == FaultKind::Broken => {
                let mut connection = self.fresh().await?;
                let response = connection.post(self.http(request, authorization)).await?;
                Ok(self.reply(connection, response))
            }
            response => Ok(self.reply(connection, response?)),
        }
    }

    /// A connection that was not used yet.
    async fn fresh(&self) -> Result<Connection, Fault> {
        let limit = self.timeouts.connect;
        let opened = timeout(limit, Connection::open(&self.target, &self.tls)).await;
        opened.unwrap_or_else(|_| Err(not_connected_within(limit)))
    }

    fn http(&self, request: &Request, authorization: Option<&HeaderValue>) -> connection::Request {
        let mut http = http::Request::new(Full::<Bytes>::new(request.body.clone()));
        *http.method_mut() = Method::POST;
        *http.uri_mut() = self.target.uri.clone();
        let mut headers = self.target.headers.clone();
        let mut put = |name, value| headers.insert(name, value);
        put(CONTENT_TYPE, HeaderValue::from_static(request.content_type));
        put(IDEMPOTENCY_KEY, ascii(&request.idempotency_key));
        put(EVENT_COUNT, HeaderValue::from(request.events));
        if let Some(encoding) = request.content_encoding {
            put(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if let Some(authorization) = authorization {
            put(AUTHORIZATION, authorization.clone());
        }
        *http.headers_mut() = headers;
        http
    }

    fn reply(&self, connection: Connection, response: Response) -> Reply {
        let text = |name: HeaderName| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let head = ReplyHead {
            status: response.status().as_u16(),
            retry_after: text(RETRY_AFTER),
            date: text(DATE),
        };
        let pool = self.pool.clone();
        let rest = async move {
            if let Some(connection) = connection.rest(response.into_body()).await {
                pool.keep(connection);
            }
        };
        Reply::new(head, Box::pin(rest))
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Reply, Fault>> {
        let limit = self.timeouts.request;
        Box::pin(async move {
            let sent = timeout(limit, self.send_once(request)).await;
            sent.unwrap_or_else(|_| Err(not_answered_within(limit)))
        })
    }
}

fn ascii(text: &str) -> HeaderValue {
    HeaderValue::try_from(text).expect("hexadecimal digits")
}
