//! How a log is read for delivery: lanes, positions and cursors.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use uuid::Uuid;

use crate::capture::{VALUES, without_members};
use crate::{
    Audience, Capture, DeadLetter, EventType, Expire, Form, LetterEnd, LetterId, LetterQuery,
    Quarantine, Timestamp,
};

/// A boxed future, as the object-safe contracts return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How many lanes a log has. Fixed for ever: a run's lane is a byte of its id modulo this.
pub const LANES: u8 = 16;

/// One row of the log as delivery sees it: the envelope, and the event's own fields.
#[derive(Clone, PartialEq)]
pub struct LoggedEvent {
    /// The row's lane, fixed at the run's creation.
    pub lane: u8,
    /// The row's place in its lane: contiguous from 1, in the order of commits.
    pub pos: u64,
    /// The event's id, the same on every delivery.
    pub event_id: Uuid,
    /// The run.
    pub run_id: Uuid,
    /// The row's place in its run: contiguous from 1.
    pub seq: u64,
    /// The event's type.
    pub event_type: EventType,
    /// When it occurred.
    pub occurred_at: Timestamp,
    /// When it was committed.
    pub recorded_at: Timestamp,
    /// The workflow's name. This and the next two are shared by the events of a run that are read
    /// together.
    pub workflow_name: Arc<str>,
    /// The id that the user gave the run, where one was given.
    pub user_id: Option<Arc<str>>,
    /// The fingerprint of the workflow that wrote the event.
    pub fingerprint: Option<Arc<str>>,
    /// The event's own fields: a JSON object, as [`Event::to_fields`](crate::Event::to_fields) wrote it.
    pub fields: String,
    /// To whom the values among them are shown.
    pub audience: Audience,
    /// What replay needs and the wire does not show by default; only where it was asked for.
    pub payload: Option<Vec<u8>>,
    /// How much of it is to be sent; whole, as a log gives it.
    pub form: Form,
}

impl LoggedEvent {
    /// Leaves values out that are not for a tracker that captures so.
    pub(crate) fn show(&mut self, capture: Capture) {
        if !self.audience.includes(capture) {
            self.fields = without_members(&self.fields, &VALUES);
            self.audience = Audience::All;
        }
    }
}

impl fmt::Debug for LoggedEvent {
    /// Without the payload, which may hold what is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedEvent")
            .field("lane", &self.lane)
            .field("pos", &self.pos)
            .field("event_id", &self.event_id)
            .field("run_id", &self.run_id)
            .field("seq", &self.seq)
            .field("event_type", &self.event_type)
            .field("occurred_at", &self.occurred_at)
            .field("recorded_at", &self.recorded_at)
            .field("workflow_name", &self.workflow_name)
            .field("user_id", &self.user_id)
            .field("fingerprint", &self.fingerprint)
            .field("fields", &self.fields)
            .field("audience", &self.audience)
            .field("payload_bytes", &self.payload.as_ref().map(Vec::len))
            .field("form", &self.form)
            .finish()
    }
}

/// Where a tracker that the log has not seen before begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartAt {
    /// After the last event that is in the log now.
    #[default]
    End,
    /// At the oldest event that the log still holds.
    Beginning,
}

/// Opens the cursor of a tracker.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenCursor {
    /// The tracker's name, which owns the cursor.
    pub tracker: String,
    /// Where it begins, if the log does not know the name.
    pub start_at: StartAt,
}

impl OpenCursor {
    /// The cursor of the tracker with this name.
    pub fn new(tracker: impl Into<String>, start_at: StartAt) -> Self {
        Self {
            tracker: tracker.into(),
            start_at,
        }
    }
}

/// One lane as one tracker sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanePosition {
    /// The lane.
    pub lane: u8,
    /// The position of the lane's last event; 0 where it has none.
    pub head: u64,
    /// The position up to which the tracker is done.
    pub cursor: u64,
}

/// Reads the next events of a lane.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ReadLane {
    /// The lane.
    pub lane: u8,
    /// Only events after this position.
    pub after: u64,
    /// At most so many events.
    pub events_max: usize,
    /// Stop after the event with which the fields (and payloads) exceed so many bytes.
    pub bytes_max: usize,
    /// Whether to read payloads too.
    pub payloads: bool,
}

impl ReadLane {
    /// Reads `lane` after position `after`: at most 100 events or 512 KiB, without payloads.
    pub const fn new(lane: u8, after: u64) -> Self {
        Self {
            lane,
            after,
            events_max: 100,
            bytes_max: 512 * 1024,
            payloads: false,
        }
    }
}

/// A tracker is done with a lane up to a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorMove {
    /// The tracker's name.
    pub tracker: Arc<str>,
    /// The lane.
    pub lane: u8,
    /// Everything up to here is delivered (or quarantined).
    pub pos: u64,
}

/// What became of the events that a tracker was given. `accepted` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Events in the log since the tracker's beginning.
    pub accepted: u64,
    /// Events that the destination acknowledged.
    pub delivered: u64,
    /// Events that are still to be delivered.
    pub pending: u64,
    /// Events put aside as dead letters, and not delivered since.
    pub quarantined: u64,
    /// Events dropped by an age limit that the user set, or with a tracker that was forgotten.
    pub expired: u64,
}

impl Account {
    /// The account that follows from four counts; pending is what is left.
    pub const fn new(accepted: u64, passed: u64, quarantined: u64, expired: u64) -> Self {
        Self {
            accepted,
            delivered: passed.saturating_sub(quarantined + expired),
            pending: accepted.saturating_sub(passed),
            quarantined,
            expired,
        }
    }
}

/// The log could not be read or a cursor not be moved. Nothing is lost: it can be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogError {
    message: String,
}

impl LogError {
    /// An error with a message that says what was tried, on what, and what was found.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LogError {}

/// A log that can be delivered.
///
/// Events lie in [`LANES`] lanes; within a lane, positions are contiguous from 1 in the order of
/// commits, and all events of a run lie in one lane, in order of `seq`. A tracker has one cursor
/// per lane. What lies after a cursor is pending; that is the only record of what is to be done.
///
/// The futures are polled on the relay's thread and must not block it: its deadlines run there.
pub trait EventLog: Send + Sync + 'static {
    /// The positions of a tracker's cursors, one for each lane, in order of lanes.
    ///
    /// A name that the log does not know is registered first, durably, to begin where
    /// `start_at` says. A name that it knows goes on where it was.
    fn open_cursor(&self, open: OpenCursor) -> BoxFuture<'_, Result<Vec<LanePosition>, LogError>>;

    /// The heads and cursors of a tracker that was opened, one for each lane, as they are
    /// durable now.
    fn positions(&self, tracker: &str) -> BoxFuture<'_, Result<Vec<LanePosition>, LogError>>;

    /// The next events of a lane, in order of positions, without a gap except where a purge made
    /// one. Empty where there are none.
    fn read(&self, read: ReadLane) -> BoxFuture<'_, Result<Vec<LoggedEvent>, LogError>>;

    /// How many positions directly after this one hold no event any more, since a purge took them;
    /// 0 for a log that purges nothing.
    fn gone(&self, lane: u8, after: u64) -> BoxFuture<'_, Result<u64, LogError>> {
        let _ = (lane, after);
        Box::pin(std::future::ready(Ok(0)))
    }

    /// Moves a cursor forward, soon: with somebody's commit, or alone, after 250 ms at the latest.
    ///
    /// Returns at once. A process that dies before then sends again what lay between. A move
    /// backwards is ignored.
    fn advance(&self, cursor: CursorMove);

    /// Makes every move given to [`advance`](Self::advance) durable before it returns.
    fn settle(&self) -> BoxFuture<'_, Result<(), LogError>>;

    /// What became of the events of a tracker, by what is durable now.
    fn account(&self, tracker: &str) -> BoxFuture<'_, Result<Account, LogError>>;

    /// Puts an event aside: the cursor passes it in the commit that writes its dead letter.
    ///
    /// Where the cursor has passed it already, nothing happens, so it can be repeated.
    fn quarantine(&self, event: Quarantine) -> BoxFuture<'_, Result<(), LogError>>;

    /// Drops events: the cursor passes them in the commit that counts them as expired.
    ///
    /// Where the cursor has passed them already, nothing happens, so it can be repeated.
    fn expire(&self, events: Expire) -> BoxFuture<'_, Result<(), LogError>>;

    /// Dead letters, by tracker, lane and position.
    fn dead_letters(&self, query: LetterQuery) -> BoxFuture<'_, Result<Vec<DeadLetter>, LogError>>;

    /// One dead letter.
    fn dead_letter(&self, letter: LetterId) -> BoxFuture<'_, Result<Option<DeadLetter>, LogError>>;

    /// Removes a dead letter, and counts its event as delivered where it was. Says whether there
    /// was such a letter.
    fn close_letter(
        &self,
        letter: LetterId,
        end: LetterEnd,
    ) -> BoxFuture<'_, Result<bool, LogError>>;

    /// The names of all trackers that were ever opened and not forgotten, in order.
    fn trackers(&self) -> BoxFuture<'_, Result<Vec<String>, LogError>>;

    /// Forgets a tracker: its cursors and its dead letters. What was pending is dropped for it,
    /// and holds nothing back any more.
    ///
    /// Gives its last account, in which that counts as expired; nothing where the log does not
    /// know the name.
    fn forget(&self, tracker: &str) -> BoxFuture<'_, Result<Option<Account>, LogError>>;
}
