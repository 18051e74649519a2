//! How a run is held: created by the next commit, free to be claimed, or ours.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::{Claim, CrashCount, NewRun, RunNo, Target};

/// How the next commit names its run.
#[derive(Clone, Debug)]
pub(in crate::engine) enum Hold {
    /// The run is created by it.
    New(Box<NewRun>),
    /// Nobody owns the run: it is claimed by it.
    Free(Free),
    /// The run is ours.
    Ours(Claim),
}

/// A run that nobody owns, as it was seen.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Free {
    pub(in crate::engine) run: RunNo,
    pub(in crate::engine) execution: u64,
    pub(in crate::engine) epoch: u64,
    pub(in crate::engine) fingerprint: u64,
    pub(in crate::engine) crashes: Option<CrashCount>,
}

impl From<Free> for Target {
    fn from(free: Free) -> Self {
        Self::Take {
            run: free.run,
            execution: free.execution,
            epoch: free.epoch,
            fingerprint: free.fingerprint,
            crashes: free.crashes,
        }
    }
}

/// The claim under which a run is driven now, for whoever has to give it back.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct ClaimCell(Arc<Mutex<Option<Claim>>>);

impl ClaimCell {
    pub(in crate::engine) fn get(&self) -> Option<Claim> {
        *self.lock()
    }

    pub(super) fn set(&self, claim: Option<Claim>) {
        *self.lock() = claim;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Claim>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
