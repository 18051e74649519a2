//! How a request reaches a destination: what the relay needs from a connection.

use std::fmt;

use bytes::Bytes;

use crate::BoxFuture;

/// One request: the same bytes each time it is sent within a process.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The value of the header `Content-Type`.
    pub content_type: &'static str,
    /// The value of the header `Content-Encoding`, where the body is compressed.
    pub content_encoding: Option<&'static str>,
    /// The body; cloning it copies nothing.
    pub body: Bytes,
    /// A digest of the ids of the events, by which an endpoint can tell that it saw them all.
    pub idempotency_key: String,
    /// How many events the body holds.
    pub events: usize,
}

impl Request {
    pub(crate) const fn new(
        content_type: &'static str,
        body: Bytes,
        idempotency_key: String,
        events: usize,
    ) -> Self {
        Self {
            content_type,
            content_encoding: None,
            body,
            idempotency_key,
            events,
        }
    }
}

impl fmt::Debug for Request {
    /// Without the body: events may hold what is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("content_type", &self.content_type)
            .field("content_encoding", &self.content_encoding)
            .field("bytes", &self.body.len())
            .field("idempotency_key", &self.idempotency_key)
            .field("events", &self.events)
            .finish()
    }
}

/// What decides about an answer: known as soon as its status line and headers are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyHead {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`, as it came.
    pub retry_after: Option<String>,
    /// The header `Date`, as it came.
    pub date: Option<String>,
}

/// An answer whose head is there, and whose body may still be coming.
pub struct Reply {
    /// The head.
    pub head: ReplyHead,
    /// Takes the rest of the answer, within bounds of time and size. Dropping it instead gives
    /// up the connection.
    pub rest: BoxFuture<'static, ()>,
}

impl Reply {
    /// An answer with this head, and this way to take the rest of it.
    pub fn new(head: ReplyHead, rest: BoxFuture<'static, ()>) -> Self {
        Self { head, rest }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// No connection: refused, no route, no such host.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The connection ended early, or what came was no HTTP.
    Broken,
    /// The endpoint's certificate cannot be trusted, or no secure connection be agreed on.
    Tls,
    /// The source of credentials gave none.
    Credentials,
    /// The request could not even be made.
    Configuration,
}

/// No answer came. Whether the endpoint took the request is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub kind: FaultKind,
    message: String,
}

impl Fault {
    /// A fault, and what was found. The message goes to logs: it must hold no secret and no url.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// Carries requests to one destination.
///
/// It is made and used on the relay's own thread, inside the relay's own runtime.
pub trait Transport: Send + Sync + 'static {
    /// Sends a request once, and returns when the head of the answer is there. It must end by
    /// itself, with a [`FaultKind::Timeout`] where nothing comes.
    fn send<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Reply, Fault>>;
}
