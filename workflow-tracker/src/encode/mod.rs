//! How events become the body of a request: the contract of an encoder.

mod cloud_events;
mod native;
mod writer;

use std::fmt;

use crate::LoggedEvent;

pub use cloud_events::CloudEvents;
pub use native::Native;

/// Where events come from, as a tracker's configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The environment, such as `production`.
    pub env: String,
    /// The service that runs the workflows.
    pub service_key: String,
}

impl Origin {
    /// The origin with this environment and this service key.
    pub fn new(env: impl Into<String>, service_key: impl Into<String>) -> Self {
        Self {
            env: env.into(),
            service_key: service_key.into(),
        }
    }
}

impl Default for Origin {
    /// The environment `development` and the service `workflow`.
    fn default() -> Self {
        Self::new("development", "workflow")
    }
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encoded {
    /// The value of the header `Content-Type`.
    pub content_type: &'static str,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Encoded {
    /// A body and its content type.
    pub const fn new(content_type: &'static str, body: Vec<u8>) -> Self {
        Self { content_type, body }
    }
}

/// Turns events into the body of one request.
///
/// An encoder is a pure function: the same events from the same origin always give the same
/// bytes. It cannot fail, because an event that cannot be encoded could never be delivered.
///
/// An event whose [`form`](LoggedEvent::form) is not [`Form::Whole`](crate::Form::Whole) has lost
/// its payload before it comes here: [`fields`](LoggedEvent::fields) are already those that are
/// to be sent, a tombstone's being `{"reason":"…"}` and nothing else. All that the encoder adds is
/// the mark `"truncated":true` or `"tombstone":true` in the event's envelope, so that receivers
/// can tell.
///
/// ```
/// use workflow_tracker::{Encoded, Encoder, LoggedEvent, Origin};
///
/// /// One event id a line.
/// #[derive(Debug)]
/// struct Ids;
///
/// impl Encoder for Ids {
///     fn encode(&self, _origin: &Origin, events: &[LoggedEvent]) -> Encoded {
///         let ids: String = events.iter().map(|event| format!("{}\n", event.event_id)).collect();
///         Encoded::new("text/plain", ids.into_bytes())
///     }
/// }
///
/// assert_eq!(Ids.encode(&Origin::default(), &[]).body, b"");
/// ```
pub trait Encoder: fmt::Debug + Send + Sync + 'static {
    /// The body that carries these events, in this order.
    fn encode(&self, origin: &Origin, events: &[LoggedEvent]) -> Encoded;

    /// Whether [`LoggedEvent::payload`] is to be read for this encoder.
    fn wants_payloads(&self) -> bool {
        false
    }
}
