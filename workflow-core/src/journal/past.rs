//! What a run's log says, as its next execution needs it.

use std::borrow::Cow;
use std::fmt;

use workflow_tracker::Timestamp;
use workflow_tracker::events::PauseReason;

use super::Journal;
use super::reading::Reader;
use crate::store::Row;

/// A log that cannot be read as a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CorruptLog(pub(super) String);

impl fmt::Display for CorruptLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a log says about a run.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) journal: Journal,
    /// The recorded input.
    pub(crate) input: Vec<u8>,
    /// The last row's `seq`.
    pub(crate) last_seq: u64,
    /// The last row's turn.
    pub(crate) last_turn: u64,
    /// When the first execution began, if it has.
    pub(crate) started_at: Option<Timestamp>,
    /// The names of the completed steps, in order of completion.
    pub(crate) completed_steps: Vec<Cow<'static, str>>,
    /// Why the run is paused, if it is.
    pub(crate) paused: Option<PauseReason>,
    /// Whether it was blocked, and has not gone on since.
    pub(crate) blocked: bool,
    /// The `seq` of the last recorded result; 0 where there is none.
    pub(crate) last_result_seq: u64,
    /// Whether it may have started children.
    pub(crate) has_children: bool,
}

impl Past {
    /// Reads the rows of a run, which are in order of `seq` from 1.
    pub(crate) fn read(rows: Vec<Row>) -> Result<Self, CorruptLog> {
        let mut reader = Reader::of(rows.len());
        for row in rows {
            reader.row(row)?;
        }
        reader.finish()
    }

    /// The past of a run whose log was not read: only where it ends.
    pub(crate) fn unread(last_seq: u64, last_turn: u64) -> Self {
        Self {
            journal: Journal::empty(),
            input: Vec::new(),
            last_seq,
            last_turn,
            started_at: None,
            completed_steps: Vec::new(),
            paused: None,
            blocked: false,
            last_result_seq: 0,
            has_children: true,
        }
    }
}
