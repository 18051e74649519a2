//! One execution as its guard, its operations and its driver share it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use workflow_tracker::Timestamp;

use crate::resources::Resources;
use crate::run::RunState;
use crate::showing::Showing;
use crate::time::Clock;

/// What to do when the guard vanishes before the execution was flushed.
pub(crate) type OnVanish = Box<dyn Fn() + Send + Sync>;

/// The state of one execution, behind a lock that is held for moments and never across user code.
pub(crate) struct Execution {
    state: Mutex<RunState>,
    clock: Arc<dyn Clock>,
    resources: Arc<Resources>,
    showing: Showing,
    on_vanish: OnVanish,
}

impl Execution {
    pub(crate) fn new(
        state: RunState,
        clock: Arc<dyn Clock>,
        resources: Arc<Resources>,
        on_vanish: OnVanish,
    ) -> Self {
        Self {
            showing: state.showing().clone(),
            state: Mutex::new(state),
            clock,
            resources,
            on_vanish,
        }
    }

    /// The state. User code never runs under this lock, so a panic cannot have left it half-way.
    pub(crate) fn state(&self) -> MutexGuard<'_, RunState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Workflow time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What the run's events show.
    pub(crate) const fn showing(&self) -> &Showing {
        &self.showing
    }

    pub(crate) fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The guard is gone and nothing was flushed.
    pub(crate) fn vanished(&self) {
        (self.on_vanish)();
    }
}

impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execution").finish_non_exhaustive()
    }
}
