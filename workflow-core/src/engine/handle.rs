//! A run as its user sees it: the handle, and how to wait for the result.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::Notify;
use workflow_tracker::{DeliveryReport, Event};

use super::core::Core;
use super::health::RunHealth;
use super::history::{RunEvent, event_of};
use crate::codec;
use crate::error::RunError;
use crate::id::RunId;
use crate::run::Conclusion;
use crate::store::{Row, RunKey, RunNo, RunRecord, RunStatus, StoreError};

/// How often an engine that does not execute looks whether a run has ended elsewhere.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Where those who wait for a run find how it ended.
#[derive(Debug, Default)]
pub(super) struct RunCell {
    conclusion: Mutex<Option<Conclusion>>,
    changed: Notify,
}

impl RunCell {
    /// Makes those who wait look again.
    pub(super) fn poke(&self) {
        self.changed.notify_waiters();
    }

    /// Tells those who wait. That a run is blocked is not kept: it can be released.
    pub(super) fn set(&self, conclusion: Conclusion) {
        if !matches!(conclusion, Conclusion::Blocked { .. }) {
            let mut held = self
                .conclusion
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *held = Some(conclusion);
        }
        self.changed.notify_waiters();
    }

    fn get(&self) -> Option<Conclusion> {
        let held = self
            .conclusion
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }
}

/// A run whose workflow returns a `T`. It can be cloned, and dropped without consequences.
pub struct RunHandle<T> {
    core: Arc<Core>,
    run: RunNo,
    run_id: RunId,
    cell: Arc<RunCell>,
    _value: PhantomData<fn() -> T>,
}

impl<T> Clone for RunHandle<T> {
    fn clone(&self) -> Self {
        Self {
            core: Arc::clone(&self.core),
            run: self.run,
            run_id: self.run_id,
            cell: Arc::clone(&self.cell),
            _value: PhantomData,
        }
    }
}

impl<T> fmt::Debug for RunHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunHandle")
            .field("run_id", &self.run_id)
            .finish_non_exhaustive()
    }
}

impl<T> RunHandle<T> {
    pub(super) fn new(core: &Arc<Core>, run: RunNo, run_id: RunId) -> Self {
        Self {
            core: Arc::clone(core),
            run,
            run_id,
            cell: core.cell(run),
            _value: PhantomData,
        }
    }

    pub(super) fn place(&self) -> (Arc<Core>, RunNo, RunId) {
        (Arc::clone(&self.core), self.run, self.run_id)
    }

    /// The run's id.
    pub const fn id(&self) -> RunId {
        self.run_id
    }

    /// Where the run stands now. Looking changes nothing.
    pub async fn status(&self) -> Result<RunStatus, RunError> {
        Ok(self.record().await?.status)
    }

    /// What holds the run up in this engine, if something does.
    pub fn health(&self) -> RunHealth {
        let mailbox = self.core.mailbox(self.run);
        RunHealth {
            store: self.core.health.error_of(self.run),
            stalled: mailbox.is_some_and(|mailbox| mailbox.is_stalled()),
        }
    }

    /// What has happened in the run so far, in order of `seq`.
    pub async fn events(&self) -> Result<Vec<RunEvent>, RunError> {
        self.core.events(self.run).await
    }

    /// Waits until every event that the run has written so far is acknowledged by every tracker,
    /// at most `within`. Nothing is lost when that passes: the report says what is outstanding.
    ///
    /// `None` where the engine delivers nothing: it has no tracker, or another engine executes.
    pub async fn delivered(&self, within: Duration) -> Result<Option<DeliveryReport>, RunError> {
        let Some(relay) = self.core.relay() else {
            return Ok(None);
        };
        let delivered = self.core.run_delivered(&relay, self.run, within).await?;
        delivered.map(Some).ok_or_else(|| self.unknown())
    }

    async fn record(&self) -> Result<RunRecord, RunError> {
        let record = self.core.store.run(RunKey::No(self.run)).await;
        let record = record.map_err(RunError::Store)?;
        record.ok_or_else(|| self.unknown())
    }

    fn unknown(&self) -> RunError {
        RunError::Unknown {
            run: self.run_id.to_string(),
        }
    }

    /// Waits until the run has ended or is blocked.
    async fn conclusion(&self) -> Result<Conclusion, RunError> {
        loop {
            let changed = self.cell.changed.notified();
            let stopped = self.core.changed.notified();
            tokio::pin!(changed, stopped);
            changed.as_mut().enable();
            stopped.as_mut().enable();
            if let Some(conclusion) = self.cell.get() {
                return Ok(conclusion);
            }
            if self.core.mailbox(self.run).is_none()
                && let Some(conclusion) = self.stored().await?
            {
                return Ok(conclusion);
            }
            if self.core.is_stopped() && self.core.mailbox(self.run).is_none() {
                return Err(RunError::Detached);
            }
            let look = async {
                match self.core.epoch() {
                    Some(_) => std::future::pending().await,
                    None => self.core.ticker.pause(LOOK_EVERY).await,
                }
            };
            tokio::select! {
                () = changed => {}
                () = stopped => {}
                () = look => {}
            }
        }
    }

    /// How the run ended, by what the store says.
    async fn stored(&self) -> Result<Option<Conclusion>, RunError> {
        let record = self.record().await?;
        if !record.status.is_terminal() && record.status != RunStatus::Blocked {
            return Ok(None);
        }
        let row = self.core.store.last_row(self.run).await;
        let row = row.map_err(RunError::Store)?;
        let conclusion = row.map(concluded).transpose().map_err(RunError::Store)?;
        Ok(conclusion.flatten())
    }
}

impl<T: DeserializeOwned> RunHandle<T> {
    /// Waits for the run to end, and gives what it came to.
    ///
    /// The result can be asked for as often as one likes, and by any process.
    ///
    /// # Errors
    ///
    /// The run failed, was cancelled or is blocked; this engine stopped before the run ended; or
    /// the store could not be read.
    pub async fn result(&self) -> Result<T, RunError> {
        match self.conclusion().await? {
            Conclusion::Completed(output) => {
                codec::decode(&output).map_err(|why| RunError::Output { why })
            }
            Conclusion::Failed(error) => Err(RunError::Failed(Box::new(error))),
            Conclusion::Cancelled { reason } => Err(RunError::Cancelled { reason }),
            Conclusion::Blocked { reason } => Err(RunError::Blocked { reason }),
        }
    }
}

/// How a run ended, by the last row of its log.
fn concluded(row: Row) -> Result<Option<Conclusion>, StoreError> {
    Ok(match event_of(&row)? {
        Event::WorkflowCompleted(_) => row.payload.map(Conclusion::Completed),
        Event::WorkflowFailed(failed) => {
            // Beside an event that does not show all of the error, the journal keeps it.
            let whole = row.payload.as_deref().map(codec::decode);
            let error = whole.and_then(Result::ok).unwrap_or(failed.error);
            Some(Conclusion::Failed(error))
        }
        Event::WorkflowCancelled(cancelled) => Some(Conclusion::Cancelled {
            reason: cancelled.reason,
        }),
        Event::WorkflowBlocked(blocked) => Some(Conclusion::Blocked {
            reason: blocked.reason,
        }),
        _ => None,
    })
}
