//! Dead letters: events that a destination refused for good, put aside so that others go on.

use std::sync::Arc;

use crate::{Account, Capture, LoggedEvent, Timestamp};

/// Which dead letter: an event of the log, as one tracker failed to deliver it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LetterId {
    /// The tracker's name.
    pub tracker: String,
    /// The event's lane.
    pub lane: u8,
    /// The event's place in its lane.
    pub pos: u64,
}

/// An event that a destination refused for good. It is kept until it is delivered after all or
/// discarded, or its run is purged.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The tracker that could not deliver it.
    pub tracker: String,
    /// The event, without the values that it may show to its receiver and without its payload.
    pub event: LoggedEvent,
    /// When it was put aside.
    pub at: Timestamp,
    /// The status of the refusal, where there was one.
    pub status: Option<u16>,
    /// Why, such as `the endpoint answered 400`.
    pub reason: String,
}

impl DeadLetter {
    /// A dead letter for this event.
    pub fn new(mut event: LoggedEvent, put_aside: Quarantine) -> Self {
        event.show(Capture::default());
        Self {
            tracker: put_aside.tracker.to_string(),
            event,
            at: put_aside.at,
            status: put_aside.status,
            reason: put_aside.reason,
        }
    }

    /// What names it.
    pub fn id(&self) -> LetterId {
        LetterId {
            tracker: self.tracker.clone(),
            lane: self.event.lane,
            pos: self.event.pos,
        }
    }
}

/// Puts the next event of a lane aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// The tracker's name.
    pub tracker: Arc<str>,
    /// The lane.
    pub lane: u8,
    /// The event's position. Everything before it is delivered or passed otherwise.
    pub pos: u64,
    /// The status of the refusal, where there was one.
    pub status: Option<u16>,
    /// Why. It is shown to people: it must hold no secret and nothing of the event.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Drops the next events of a lane, because they are older than their tracker wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expire {
    /// The tracker's name.
    pub tracker: Arc<str>,
    /// The lane.
    pub lane: u8,
    /// The position of the last of them. Everything before the first is delivered or passed
    /// otherwise.
    pub pos: u64,
    /// How many they are.
    pub events: u64,
}

/// How a dead letter is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LetterEnd {
    /// It was delivered after all, and counts so from now on.
    Delivered,
    /// Nobody wants it any more. It still counts as quarantined: it was never delivered.
    Discarded,
}

/// Which dead letters to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterQuery {
    /// Only those of this tracker.
    pub tracker: Option<String>,
    /// Only those after this one (for the next page).
    pub after: Option<LetterId>,
    /// At most so many.
    pub letters_max: usize,
}

impl Default for LetterQuery {
    /// The first 100, of all trackers.
    fn default() -> Self {
        Self {
            tracker: None,
            after: None,
            letters_max: 100,
        }
    }
}

impl Account {
    /// What is left of an account when its tracker is forgotten: what was pending is dropped, and
    /// counts as expired.
    #[must_use]
    pub const fn forgotten(self) -> Self {
        Self {
            pending: 0,
            expired: self.expired + self.pending,
            ..self
        }
    }
}
