//! The rules of reading, as every backend applies them: which runs are wanted, how much is read.

use std::sync::Arc;

use workflow_tracker::{LogError, LoggedEvent, ReadLane, Timestamp};

use super::{Due, RunRecord, RunStatus, Served};

/// How many requests one call returns at most.
pub(super) const REQUESTS_MAX: usize = 1_000;

/// What is due of one workflow.
pub(super) struct DueOf {
    /// In order; one more than is wanted where there are more.
    pub(super) runs: Vec<RunRecord>,
    /// When the next run of it is due.
    pub(super) next_at: Option<Timestamp>,
}

impl Due {
    /// The answer from what is due of each workflow.
    pub(super) fn of<'a>(
        parts: impl IntoIterator<Item = (&'a Served, DueOf)>,
        runs_max: usize,
    ) -> Self {
        let mut due = Self::default();
        for (served, mut part) in parts {
            due.more |= part.runs.len() > served.runs_max;
            part.runs.truncate(served.runs_max);
            due.runs.append(&mut part.runs);
            due.next_at = [due.next_at, part.next_at].into_iter().flatten().min();
        }
        due.runs.sort_by_key(due_order);
        due.more |= due.runs.len() > runs_max;
        due.runs.truncate(runs_max);
        due
    }
}

/// Running ones first, those that nobody owns before those of earlier leases; then by the instant
/// at which they were due.
fn due_order(record: &RunRecord) -> impl Ord + use<> {
    let waits = record.status != RunStatus::Running;
    (waits, record.owner, record.wake_at, record.run)
}

/// What is left of the limits of a read.
pub(super) struct Budget {
    events: usize,
    bytes: Option<usize>,
}

impl Budget {
    pub(super) const fn of(read: ReadLane) -> Self {
        Self {
            events: read.events_max,
            bytes: Some(read.bytes_max),
        }
    }

    pub(super) const fn is_left(&self) -> bool {
        self.events > 0 && self.bytes.is_some()
    }

    /// Takes the event off: the one that exceeds the bytes is still read, so that every read
    /// makes progress.
    pub(super) fn spend(&mut self, event: &LoggedEvent) {
        let payload = event.payload.as_ref().map_or(0, Vec::len);
        self.events -= 1;
        self.bytes = self
            .bytes
            .and_then(|left| left.checked_sub(event.fields.len() + payload));
    }
}

/// A fingerprint as events show it.
pub(super) fn fingerprint(fingerprint: u64) -> Arc<str> {
    format!("{fingerprint:016x}").into()
}

/// Workflow, user's id and fingerprint, as events show them.
pub(super) type OfRun = (Arc<str>, Option<Arc<str>>, Option<Arc<str>>);

/// What an event shares with the others of its run in one read.
pub(super) fn of_run(event: &LoggedEvent) -> OfRun {
    let name = Arc::clone(&event.workflow_name);
    (name, event.user_id.clone(), event.fingerprint.clone())
}

/// The error of a question about a tracker that has no cursor.
pub(super) fn never_opened(tracker: &str, store: &str) -> LogError {
    LogError::new(format!(
        "cannot tell where tracker `{tracker}` stands: it was never opened in {store}; open its \
         cursor first"
    ))
}
