//! Events of durable workflows, and the relay that delivers every one of them.
//!
//! This crate knows what an event is ([`Event`], [`LoggedEvent`]), how it looks on the wire
//! ([`encode`]), how a log is read for delivery ([`EventLog`]), and how to move events to a
//! destination so that none is lost ([`Relay`]). It knows HTTP; it knows no engine, no workflow
//! and no database.

mod event;
mod log;
mod time;

pub use event::{Event, EventType, UnknownEventType, events};
pub use log::{
    Account, BoxFuture, CursorMove, EventLog, LANES, LanePosition, LogError, LoggedEvent,
    OpenCursor, ReadLane, StartAt,
};
pub use time::{ParseTimestampError, Timestamp};
