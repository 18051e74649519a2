//! Events of durable workflows, and the relay that delivers every one of them.
//!
//! This crate knows what an event is ([`Event`], [`LoggedEvent`]), how it looks on the wire
//! ([`Encoder`]), how a log is read for delivery ([`EventLog`]), and how to move events to a
//! destination so that none is lost ([`Relay`]). It knows HTTP; it knows no engine, no workflow
//! and no database.

mod answer;
mod backoff;
mod capture;
mod chronicle;
mod dead_letter;
mod encode;
mod event;
mod form;
#[cfg(feature = "http")]
mod gzip;
#[cfg(feature = "http")]
mod http;
mod lane;
mod log;
mod outage;
mod relay;
mod sift;
mod squeeze;
mod stats;
mod time;
mod tracker;
mod transport;

pub use answer::BlockedReason;
pub use capture::{Audience, Capture, Captured, Redaction};
pub use dead_letter::{DeadLetter, Expire, LetterEnd, LetterId, LetterQuery, Quarantine};
pub use encode::{CloudEvents, Encoded, Encoder, Native, Origin};
pub use event::{Event, EventType, UnknownEventType, events};
pub use form::Form;
#[cfg(feature = "http")]
pub use http::{Credentials, HttpTracker, TrackerError};
pub use log::{
    Account, BoxFuture, CursorMove, EventLog, LANES, LanePosition, LogError, LoggedEvent,
    OpenCursor, ReadLane, StartAt,
};
pub use relay::{Relay, RelayOptions, Replayed, StartError, Urgency};
pub use stats::{Blocked, DeliveryReport, RequestCounts, TrackerReport, TrackerStats};
pub use time::{ParseTimestampError, Timestamp};
pub use tracker::{Compression, Pace, Tracker};
pub use transport::{Fault, FaultKind, Reply, ReplyHead, Request, Transport};
