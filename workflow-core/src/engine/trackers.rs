//! What people do with trackers: look at them, replay or discard what they put aside, forget them.

use std::time::Duration;

use workflow_tracker::{
    Account, DeadLetter, DeliveryReport, LetterEnd, LetterId, LetterQuery, LogError, Relay,
    Replayed,
};

use super::Engine;
use super::core::Core;
use crate::error::RunError;
use crate::store::{Extent, ReadExtent, RunNo};

/// A tracker that the store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownTracker {
    /// Its name.
    pub name: String,
    /// Whether it is *detached*: this engine does not configure it. Its events are kept, and the
    /// runs that they belong to are not purged, until an engine configures it again or
    /// [`Engine::forget_tracker`] is called.
    pub detached: bool,
    /// What became of its events, by what is durable now.
    pub account: Account,
}

impl Engine {
    /// Every tracker that the store knows, by name.
    pub async fn trackers(&self) -> Result<Vec<KnownTracker>, LogError> {
        self.core().known_trackers().await
    }

    /// Events that destinations refused for good, by tracker and position; a page at a time.
    pub async fn dead_letters(&self, query: LetterQuery) -> Result<Vec<DeadLetter>, LogError> {
        self.core().store.dead_letters(query).await
    }

    /// Sends a dead letter once more, and says what became of it. It is delivered out of its
    /// run's order: receivers tell by its `seq`.
    ///
    /// An error where the store fails, where the tracker is not configured, or where this engine
    /// does not execute.
    pub async fn replay_dead_letter(&self, letter: LetterId) -> Result<Replayed, LogError> {
        let Some(relay) = self.core().relay() else {
            return Err(LogError::new(
                "cannot replay a dead letter: this engine delivers nothing; ask the one that \
                 executes, with the tracker configured",
            ));
        };
        relay.replay(letter).await
    }

    /// Removes a dead letter that nobody wants. Its event still counts as quarantined: it was
    /// never delivered. `false` where there is no such letter.
    pub async fn discard_dead_letter(&self, letter: LetterId) -> Result<bool, LogError> {
        let end = LetterEnd::Discarded;
        self.core().store.close_letter(letter, end).await
    }

    /// Forgets a tracker that no engine configures any more: its cursors and its dead letters.
    /// What was pending for it is dropped, and holds nothing back any more.
    ///
    /// Gives its last account, in which that counts as expired; `None` where the store does not
    /// know the name. A tracker that this engine configures is not forgotten, but an error.
    pub async fn forget_tracker(&self, name: &str) -> Result<Option<Account>, LogError> {
        if self.core().configures(name) {
            return Err(LogError::new(format!(
                "tracker `{name}` is not forgotten: this engine delivers to it; start an engine \
                 without it first"
            )));
        }
        self.core().store.forget(name).await
    }

    /// Goes on with a tracker whose destination said that it is gone (410), or that waits for
    /// somebody for another reason: it is asked again at once. `false` where this engine delivers
    /// to none of that name.
    pub fn resume_tracker(&self, name: &str) -> bool {
        let relay = self.core().relay();
        relay.is_some_and(|relay| relay.resume(name))
    }
}

impl Core {
    fn configures(&self, name: &str) -> bool {
        self.trackers.iter().any(|tracker| tracker.name() == name)
    }

    pub(super) async fn known_trackers(&self) -> Result<Vec<KnownTracker>, LogError> {
        let mut known = Vec::new();
        for name in self.store.trackers().await? {
            known.push(KnownTracker {
                detached: !self.configures(&name),
                account: self.store.account(&name).await?,
                name,
            });
        }
        Ok(known)
    }

    /// Says which trackers hold purging back although nobody delivers to them.
    pub(super) async fn report_detached(&self) {
        // Where the store fails, whoever needs it says so.
        let known = self.known_trackers().await.unwrap_or_default();
        for tracker in known.iter().filter(|tracker| tracker.detached) {
            tracing::warn!(
                target: "workflow_tracker",
                tracker = tracker.name,
                pending = tracker.account.pending,
                "the tracker is detached: no engine configures it any more; its events are kept \
                 and hold purging back until it is configured again or forgotten"
            );
        }
    }

    /// Waits until what a run has written so far is delivered, and counts what is not.
    pub(super) async fn run_delivered(
        &self,
        relay: &Relay,
        run: RunNo,
        within: Duration,
    ) -> Result<Option<DeliveryReport>, RunError> {
        let Some(extent) = self.extent(run, None).await? else {
            return Ok(None);
        };
        let mut report = relay.delivered(extent.lane, extent.last_pos, within).await;
        for tracker in &mut report.trackers {
            // So far it counts whatever lies in the lane, up to the run's last event.
            if tracker.outstanding > 0
                && let Some(passed) = relay.passed(&tracker.tracker, extent.lane)
            {
                let left = self.extent(run, Some(passed)).await?;
                let left = left.map_or(0, |left| left.rows_after);
                tracker.outstanding = left.min(tracker.outstanding);
            }
        }
        Ok(Some(report))
    }

    async fn extent(&self, run: RunNo, after: Option<u64>) -> Result<Option<Extent>, RunError> {
        let read = ReadExtent { run, after };
        self.store.extent(read).await.map_err(RunError::Store)
    }
}
