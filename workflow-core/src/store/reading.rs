//! The rules of reading, as every backend applies them: which runs are wanted, how much is read.

use std::collections::HashSet;

use workflow_tracker::{LogError, LoggedEvent, ReadLane, Timestamp};

use super::{Claimable, Due, RunNo, RunRecord};

/// How many requests one call returns at most.
pub(super) const REQUESTS_MAX: usize = 1_000;

/// Which runs an engine asks for.
pub(super) struct Wanted<'a> {
    workflows: &'a [(String, Option<u32>)],
    except: HashSet<RunNo>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(claimable: &'a Claimable) -> Self {
        Self {
            workflows: &claimable.workflows,
            except: claimable.except.iter().copied().collect(),
        }
    }

    /// Whether the engine serves this run and does not know it yet.
    pub(super) fn wants(&self, run: RunNo, workflow: &str, version: Option<u32>) -> bool {
        let serves = |(name, at): &(String, Option<u32>)| name == workflow && *at == version;
        self.workflows.iter().any(serves) && !self.except.contains(&run)
    }
}

impl Due {
    /// The answer from up to `runs_max` + 1 runs that are due, in order.
    pub(super) fn of(
        mut runs: Vec<RunRecord>,
        runs_max: usize,
        next_at: Option<Timestamp>,
    ) -> Self {
        let more = runs.len() > runs_max;
        runs.truncate(runs_max);
        Self {
            runs,
            more,
            next_at,
        }
    }
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
pub(super) fn fingerprint(fingerprint: u64) -> String {
    format!("{fingerprint:016x}")
}

/// The error of a question about a tracker that has no cursor.
pub(super) fn never_opened(tracker: &str, store: &str) -> LogError {
    LogError::new(format!(
        "cannot tell where tracker `{tracker}` stands: it was never opened in {store}; open its \
         cursor first"
    ))
}
