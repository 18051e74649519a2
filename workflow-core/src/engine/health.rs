//! Whether the store works, as seen by those who use it and try again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::store::{RunNo, StoreError};

/// Whether the engine's store works.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The store's last failure, while something is being repeated because of it. Running steps
    /// go on, and where commits fail no new one starts.
    pub store: Option<StoreError>,
    /// Whether this engine executes runs; otherwise it waits for another engine to stop.
    pub executes: bool,
    /// How many runs execute now: those of this process that do not wait.
    pub runs_executing: usize,
    /// How many runs this process holds in memory now.
    pub runs_in_memory: usize,
    /// How many of these are replays that wait for something that is no operation.
    pub runs_stalled: usize,
    /// The trackers that wait for somebody to act, each with the reason; nothing of theirs is
    /// lost meanwhile.
    pub trackers_blocked: Vec<(String, String)>,
}

/// What holds a run up, as far as this engine knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunHealth {
    /// Why the run's last commit failed, while it is being repeated.
    pub store: Option<StoreError>,
    /// The run is being replayed and waits for something that is no operation; it is blocked
    /// when that lasts for a minute.
    pub stalled: bool,
}

/// What can fail and is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Concern {
    /// Getting the right to execute.
    Lease,
    /// Looking for runs that are due, and for what other processes ask.
    Look,
    /// Purging finished runs.
    Purge,
    /// Driving a run.
    Run(RunNo),
}

/// The failures that last.
#[derive(Debug, Default)]
pub(super) struct StoreHealth {
    /// So that a success costs no lock while all is well.
    fails: AtomicBool,
    failing: Mutex<Option<Failing>>,
}

#[derive(Debug)]
struct Failing {
    concerns: HashMap<Concern, StoreError>,
    latest: StoreError,
    since: Instant,
}

impl StoreHealth {
    /// Something failed and will be repeated.
    pub(super) fn failed(&self, concern: Concern, error: &StoreError) {
        let mut failing = self.lock();
        let failing = failing.get_or_insert_with(|| {
            tracing::warn!(
                target: "workflow_core",
                %error,
                "the store fails; what failed is repeated until it works"
            );
            Failing {
                concerns: HashMap::new(),
                latest: error.clone(),
                since: Instant::now(),
            }
        });
        failing.latest = error.clone();
        failing.concerns.insert(concern, error.clone());
        self.fails.store(true, Ordering::Release);
    }

    /// It succeeded, or nobody tries it any more.
    pub(super) fn recovered(&self, concern: Concern) {
        if !self.fails.load(Ordering::Acquire) {
            return;
        }
        let mut held = self.lock();
        let Some(failing) = &mut *held else { return };
        failing.concerns.remove(&concern);
        if failing.concerns.is_empty() {
            tracing::info!(
                target: "workflow_core",
                after_ms = u64::try_from(failing.since.elapsed().as_millis()).unwrap_or(u64::MAX),
                "the store works again"
            );
            *held = None;
            self.fails.store(false, Ordering::Release);
        }
    }

    pub(super) fn error(&self) -> Option<StoreError> {
        self.lock().as_ref().map(|failing| failing.latest.clone())
    }

    pub(super) fn error_of(&self, run: RunNo) -> Option<StoreError> {
        let held = self.lock();
        held.as_ref()?.concerns.get(&Concern::Run(run)).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Failing>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreErrorKind;

    #[test]
    fn one_success_does_not_hide_what_still_fails() {
        let health = StoreHealth::default();
        let full = StoreError::new(StoreErrorKind::Full, "it is full".to_owned());
        let (one, other) = (RunNo(1), RunNo(2));
        health.failed(Concern::Run(one), &full);
        health.failed(Concern::Run(other), &full);
        health.recovered(Concern::Look);
        health.recovered(Concern::Run(one));
        assert_eq!(
            (health.error_of(one), health.error()),
            (None, Some(full.clone()))
        );
        assert_eq!(health.error_of(other), Some(full));
        health.recovered(Concern::Run(other));
        assert_eq!(health.error(), None);
    }
}
