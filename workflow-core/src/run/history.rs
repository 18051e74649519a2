//! How long a run's history may become: a replay reads all of it.

use workflow_tracker::events::ErrorKind;

use super::{Interrupt, RunState};
use crate::error::Failure;

/// From so many events on there is a warning.
const EVENTS_WARN: u64 = 10_000;
/// A run with so many events is ended.
pub(super) const EVENTS_MAX: u64 = 100_000;

impl RunState {
    /// Looks at the length of the history at the end of a poll.
    pub(super) fn check_history(&mut self) {
        let (before, length) = self.turns.growth();
        if before < EVENTS_WARN && length >= EVENTS_WARN {
            tracing::warn!(
                target: "workflow_core",
                run = %self.run_id,
                events = length,
                "the history of a run becomes long, and every restart reads all of it; at \
                 {EVENTS_MAX} events the run is ended: split the work into several runs"
            );
        }
        if length >= EVENTS_MAX {
            let message = format!(
                "the run's history reached {EVENTS_MAX} events, and every restart reads all of \
                 it; split the work into several runs, such as one for each batch"
            );
            let failure = Failure::new(ErrorKind::Error, message);
            self.interrupt(Interrupt::Failed(Box::new(failure)));
        }
    }
}
