//! Which finished runs a purge may remove, and how far one has come.

use std::time::Duration;

use workflow_tracker::Timestamp;

use super::{RunNo, RunStatus};

/// The ways in which runs end, in the order in which a purge goes through them.
pub(super) const ENDED: [RunStatus; 3] = [
    RunStatus::Completed,
    RunStatus::Failed,
    RunStatus::Cancelled,
];

/// Removes finished runs with their logs, a part of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purge {
    /// The instant of the purge.
    pub now: Timestamp,
    /// How long runs are kept after they ended and their last event was delivered.
    pub keep: Duration,
    /// Where the part before ended; the beginning for the first part.
    pub after: PurgePlace,
    /// Look at so many finished runs at most.
    pub runs_max: usize,
    /// Delete so many rows of logs at most.
    pub rows_max: usize,
}

impl Purge {
    /// The first part of a purge: at most 64 runs and 500 rows, so that whoever commits at the
    /// same time does not notice.
    pub const fn new(now: Timestamp, keep: Duration) -> Self {
        Self {
            now,
            keep,
            after: PurgePlace::START,
            runs_max: 64,
            rows_max: 500,
        }
    }

    /// The next part.
    #[must_use]
    pub const fn after(mut self, after: PurgePlace) -> Self {
        self.after = after;
        self
    }

    /// Runs that ended up to here are old enough.
    pub(super) fn cutoff(&self) -> Timestamp {
        let keep = u64::try_from(self.keep.as_millis()).unwrap_or(u64::MAX);
        Timestamp::from_millis(self.now.as_millis().saturating_sub(keep))
    }
}

/// How far a purge has come: behind this run, in the store's own order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PurgePlace {
    /// The place of its status in [`ENDED`].
    pub(super) round: usize,
    pub(super) finished_at: Timestamp,
    pub(super) run: RunNo,
}

impl PurgePlace {
    /// Before all runs.
    pub const START: Self = Self::round(0);

    /// Before all runs that ended in one way.
    pub(super) const fn round(round: usize) -> Self {
        Self {
            round,
            finished_at: Timestamp::from_millis(0),
            run: RunNo(i64::MIN),
        }
    }
}

/// What one part of a purge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurgedPart {
    /// Runs that are gone, and their ids free.
    pub runs: u64,
    /// Rows of logs that were deleted, of these runs or of those before.
    pub rows: u64,
    /// Runs that are old enough and had to stay: something of them is not delivered yet, was not
    /// delivered long enough ago, or is a dead letter; or their parent still runs.
    pub held_back: u64,
    /// Where the next part goes on; `None` where there is nothing left to do.
    pub next: Option<PurgePlace>,
}

/// Up to where a lane counts as delivered long enough ago, by every tracker; `None` where there
/// is no tracker.
pub(super) type Delivered = Option<u64>;

/// What decides whether a run goes that ended long enough ago.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaver {
    /// The position of its last row.
    pub(super) last_pos: u64,
    pub(super) has_letters: bool,
    /// The run that started it is not over.
    pub(super) parent_is_open: bool,
}

impl Leaver {
    pub(super) fn may_go(&self, delivered: Delivered) -> bool {
        let is_needed = self.has_letters || self.parent_is_open;
        !is_needed && delivered.is_none_or(|delivered| self.last_pos <= delivered)
    }
}
