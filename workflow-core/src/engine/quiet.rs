//! Whether an engine has anything to do, for tests that move time only while nothing else moves.

use workflow_tracker::Timestamp;

use super::Engine;
use super::core::Core;
use crate::store::{Claimable, StoreError};

/// What a run waits for that is not polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    /// The code of a step runs, or something that the engine does not know.
    pub(crate) executes: bool,
    /// The instant at which it goes on by itself, or a step's time is up.
    pub(crate) next: Option<Timestamp>,
}

/// Whether an engine has anything to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quiet {
    /// Something moves.
    Busy,
    /// All that may move is the users' code.
    Still(Rest),
}

impl Engine {
    /// Whether this engine has anything to do now.
    pub(crate) async fn quiet(&self) -> Result<Quiet, StoreError> {
        self.core().quiet().await
    }
}

impl Core {
    async fn quiet(&self) -> Result<Quiet, StoreError> {
        let now = self.clock.now();
        let Some(epoch) = self.epoch() else {
            return Ok(Quiet::Busy);
        };
        if self.has_requests() {
            return Ok(Quiet::Busy);
        }
        let mut all = Rest {
            executes: false,
            next: None,
        };
        for rest in self.rests() {
            match rest {
                Some(rest) if rest.next.is_none_or(|next| next > now) => all = all.and(rest),
                Some(_) | None => return Ok(Quiet::Busy),
            }
        }
        let room = self.slots.room(self.registry.keys());
        if room.workflows.is_empty() {
            return Ok(Quiet::Still(all));
        }
        let claimable = Claimable::new(epoch, now, room.workflows, self.free_runs());
        let due = self.store.claimable(claimable).await?;
        if !due.runs.is_empty() {
            return Ok(Quiet::Busy);
        }
        all.next = earlier(all.next, due.next_at);
        Ok(Quiet::Still(all))
    }
}

impl Rest {
    fn and(self, other: Self) -> Self {
        Self {
            executes: self.executes || other.executes,
            next: earlier(self.next, other.next),
        }
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}
