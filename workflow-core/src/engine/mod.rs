//! The engine: claims runs and drives them. The only place that awaits the store.

#[cfg(any(test, feature = "testing"))]
mod awaited;
mod builder;
mod cancel;
mod claim;
mod closing;
mod core;
mod drive;
mod driver;
mod export;
mod handle;
mod health;
mod history;
mod mailbox;
mod manifests;
mod many;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod quiet;
mod reach;
mod registry;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod replay;
mod resume;
mod retention;
mod scheduler;
mod shutdown;
mod signal;
#[cfg(test)]
mod simulation;
mod slots;
mod start;
mod stranded;
mod trackers;
mod waker;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod whole;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use workflow_tracker::{DeliveryReport, TrackerStats};

pub use builder::{EngineBuilder, EngineError};
pub use handle::RunHandle;
pub use health::{Health, RunHealth};
pub use history::RunEvent;
pub use retention::{Purged, Retention};
pub use shutdown::Shutdown;
pub use signal::SignalError;
pub use start::{IfExists, Start};
pub use trackers::KnownTracker;

use self::core::Core;
use crate::error::{Cancelled, RunError};
use crate::id::RunId;
use crate::scope::{Call, IntoCall, Workflow};
use crate::store::{Census, RunKey, RunQuery, RunRecord, RunStatus, StoreError};

/// Claims runs and drives them.
///
/// A handle that can be cloned; when the last clone is dropped the engine stops at once, and its
/// runs go on with the next engine on the store. [`shutdown`](Self::shutdown) stops it with care.
#[derive(Clone)]
pub struct Engine {
    alive: Arc<Alive>,
}

/// Ends the engine when its last handle is dropped.
struct Alive {
    core: Arc<Core>,
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.core.detach();
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("store", &self.core().store.describe())
            .field("executes", &self.core().epoch().is_some())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Puts an engine together.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    fn new(core: Arc<Core>) -> Self {
        Self {
            alive: Arc::new(Alive { core }),
        }
    }

    fn core(&self) -> &Arc<Core> {
        &self.alive.core
    }

    /// Starts a run of `workflow` under an id, or gives the run that has this id and input
    /// already.
    ///
    /// When it is awaited and returns, the run is durable: it will end, whatever happens to this
    /// process. If the store refuses, nothing happened, and the same call can be made again.
    pub fn start<F, M>(&self, workflow: F, id: impl Into<String>, input: F::In) -> Start<F::Value>
    where
        F: IntoCall<M>,
    {
        Start::new(self.core(), workflow, Some(id.into()), input)
    }

    /// Starts a new run, with no id but its own.
    pub fn start_new<F, M>(&self, workflow: F, input: F::In) -> Start<F::Value>
    where
        F: IntoCall<M>,
    {
        Start::new(self.core(), workflow, None, input)
    }

    /// The run of `workflow` with this id.
    pub async fn run<F, M>(&self, workflow: F, id: &str) -> Result<RunHandle<F::Value>, RunError>
    where
        F: IntoCall<M>,
    {
        drop(workflow);
        let spec = <<F::Call as Call>::Workflow as Workflow>::SPEC;
        let key = RunKey::UserId {
            workflow: spec.name.to_owned(),
            id: id.to_owned(),
        };
        let record = self.find(key, || format!("`{id}` of workflow `{}`", spec.name));
        let record = record.await?;
        Ok(RunHandle::new(self.core(), record.run, record.run_id))
    }

    /// Where a run stands. Looking changes nothing.
    pub async fn status(&self, run: RunId) -> Result<RunStatus, RunError> {
        let record = self.find(RunKey::Id(run), || run.to_string()).await?;
        Ok(record.status)
    }

    /// What has happened in a run so far, in order of `seq`.
    pub async fn events(&self, run: RunId) -> Result<Vec<RunEvent>, RunError> {
        let record = self.find(RunKey::Id(run), || run.to_string()).await?;
        self.core().events(record.run).await
    }

    /// Writes a run down, as JSON lines: what it was, and its log with all payloads.
    ///
    /// The text is what `testing::verify_replay` (feature `testing`) replays against
    /// other code. **It holds every input and result of the run**: treat it as you treat those.
    pub async fn export(&self, run: RunId) -> Result<String, RunError> {
        let record = self.find(RunKey::Id(run), || run.to_string()).await?;
        let rows = self.core().rows(record.run).await;
        export::write(&record, &rows.map_err(RunError::Store)?).map_err(RunError::Store)
    }

    /// The handle of a run by its id.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) async fn handle<T>(&self, run: RunId) -> Result<RunHandle<T>, RunError> {
        let record = self.find(RunKey::Id(run), || run.to_string()).await?;
        Ok(RunHandle::new(self.core(), record.run, record.run_id))
    }

    async fn find(&self, key: RunKey, what: impl Fn() -> String) -> Result<RunRecord, RunError> {
        let record = self.core().store.run(key).await.map_err(RunError::Store)?;
        record.ok_or_else(|| RunError::Unknown { run: what() })
    }

    /// Runs, newest first.
    pub async fn runs(&self, query: RunQuery) -> Result<Vec<RunRecord>, StoreError> {
        self.core().store.runs(query).await
    }

    /// How many runs the store holds: those that have not ended by status and workflow, the others
    /// by how they ended. It is counted now; a million runs take a fraction of a second.
    pub async fn census(&self) -> Result<Census, StoreError> {
        self.core().store.census().await
    }

    /// Runs that have not ended and that this engine does not serve, since their workflow (or its
    /// version) was not given to the builder: newest first, at most 1,000.
    ///
    /// They wait until an engine serves them again, or until they are cancelled.
    pub async fn stranded(&self) -> Result<Vec<RunRecord>, StoreError> {
        self.core().stranded().await
    }

    /// Cancels a run that has not ended, whatever it does now.
    ///
    /// [`Cancelled::Accepted`] means that the request is durable and that the run will never
    /// complete. A step that executes is dropped. Cancelling twice changes nothing.
    pub async fn cancel(
        &self,
        run: RunId,
        reason: impl Into<Option<String>>,
    ) -> Result<Cancelled, StoreError> {
        match self.core().store.run(RunKey::Id(run)).await? {
            Some(record) => self.core().cancel(&record, reason.into()).await,
            None => Ok(Cancelled::Unknown),
        }
    }

    /// Lets a blocked run go on, after its code was put right. True where it was blocked.
    ///
    /// When it returns, that is durable: this engine goes on with the run, or the one that
    /// executes, or the next one that serves its workflow.
    pub async fn release(&self, run: RunId) -> Result<bool, StoreError> {
        let core = self.core();
        let Some(record) = core.store.run(RunKey::Id(run)).await? else {
            return Ok(false);
        };
        let now = core.clock.now();
        let released = core.store.unblock(record.run, now).await?;
        core.look_at(now);
        Ok(released)
    }

    /// Purges finished runs that are older than this, now, whatever the builder was told. The
    /// engine that executes does it by itself every now and then, as its
    /// [`Retention`] says.
    pub async fn purge(&self, retention: Retention) -> Result<Purged, StoreError> {
        self.core().purge(retention).await
    }

    /// Whether the store works, and whether this engine executes.
    pub fn health(&self) -> Health {
        Health {
            store: self.core().health.error(),
            executes: self.core().epoch().is_some(),
            runs_executing: self.core().slots.taken(),
            runs_in_memory: self.core().in_memory(),
            runs_stalled: self.core().stalled(),
            trackers_blocked: self.core().trackers_blocked(),
        }
    }

    /// What a tracker has delivered; `None` where this engine does not deliver to that name.
    pub fn tracker_stats(&self, tracker: &str) -> Option<TrackerStats> {
        self.core().relay()?.stats(tracker)
    }

    /// Waits until every event so far is acknowledged by every tracker, at most `within`.
    /// Nothing is lost when that passes: the report says what is outstanding.
    ///
    /// `None` where this engine delivers nothing.
    pub async fn flush(&self, within: Duration) -> Option<DeliveryReport> {
        let relay = self.core().relay()?;
        Some(relay.flush(within).await)
    }

    /// Stops the engine: no run is started or claimed any more, steps that execute may end, runs
    /// are given back, and events are delivered; all that at most `within`.
    ///
    /// Nothing is lost when that passes. The report says what is left for the next engine.
    pub async fn shutdown(self, within: Duration) -> Shutdown {
        self.core().shutdown(within).await
    }
}
