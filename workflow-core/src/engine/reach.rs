//! What a commit has done to other runs, and who is told.

use super::core::Core;
use super::health::Concern;
use crate::store::{Change, Request, RunCommit, RunNo};

/// How long to wait before the inbox is read again, where it could not be.
const FAILED_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// What a commit does to other runs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    /// It starts children.
    bears: bool,
    /// It cancels children.
    cancels: bool,
    /// It ends the run, which its parent may wait for.
    ends: bool,
}

impl Reach {
    pub(super) const fn of(commit: &RunCommit) -> Self {
        Self {
            bears: !commit.effects.children.is_empty(),
            cancels: commit.effects.cancels.is_some(),
            ends: matches!(commit.change, Some(Change::End { .. })),
        }
    }
}

impl Core {
    /// A commit of a run with this parent is durable.
    pub(super) fn reached(&self, reach: Reach, parent: Option<RunNo>) {
        if reach.bears {
            self.schedule.notify_one();
            if let Some(relay) = self.relay() {
                relay.refresh();
            }
        }
        if reach.cancels {
            self.requested();
        }
        if reach.ends
            && let Some(parent) = parent
        {
            self.came(parent);
        }
    }

    /// What is in the inbox of a run; `None` where the store failed, after a pause.
    pub(super) async fn read_inbox(&self, run: RunNo) -> Option<Vec<Request>> {
        match self.store.inbox(run).await {
            Ok(inbox) => {
                self.health.recovered(Concern::Run(run));
                Some(inbox)
            }
            Err(error) => {
                self.health.failed(Concern::Run(run), &error);
                self.ticker.pause(FAILED_PAUSE).await;
                None
            }
        }
    }
}
