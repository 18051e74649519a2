//! Whether the store works, as seen by those who commit.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::store::StoreError;

/// Whether the engine's store works.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The store's last failure, while commits are being repeated because of it. Running steps go
    /// on, and no new one starts.
    pub store: Option<StoreError>,
    /// Whether this engine executes runs; otherwise it waits for another engine to stop.
    pub executes: bool,
    /// How many runs execute now: those of this process that do not wait.
    pub runs_executing: usize,
    /// How many runs this process holds in memory now.
    pub runs_in_memory: usize,
}

/// The failure that lasts, if one does.
#[derive(Debug, Default)]
pub(super) struct StoreHealth(Mutex<Option<Failing>>);

#[derive(Debug)]
struct Failing {
    error: StoreError,
    since: Instant,
}

impl StoreHealth {
    /// A commit failed and will be repeated.
    pub(super) fn failed(&self, error: &StoreError) {
        let mut failing = self.lock();
        if let Some(failing) = &mut *failing {
            failing.error = error.clone();
            return;
        }
        tracing::warn!(
            target: "workflow_core",
            %error,
            "the store fails; commits are repeated until it works"
        );
        *failing = Some(Failing {
            error: error.clone(),
            since: Instant::now(),
        });
    }

    /// A commit succeeded.
    pub(super) fn recovered(&self) {
        if let Some(failing) = self.lock().take() {
            tracing::info!(
                target: "workflow_core",
                after_ms = u64::try_from(failing.since.elapsed().as_millis()).unwrap_or(u64::MAX),
                "the store works again"
            );
        }
    }

    pub(super) fn error(&self) -> Option<StoreError> {
        self.lock().as_ref().map(|failing| failing.error.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Failing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
