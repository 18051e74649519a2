//! A run as a test sees it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use workflow_tracker::EventType;

use super::Story;
use super::engine::Shared;
use super::process::{Process, Stuck};
use crate::engine::RunHandle;
use crate::error::{Cancelled, RunError};
use crate::id::RunId;
use crate::store::RunStatus;

/// How long a test waits for a run that moves without coming to what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run whose workflow returns a `T`, in a [`TestEngine`](super::TestEngine).
///
/// It goes on being the run's handle after the engine was restarted or killed.
pub struct TestRun<T> {
    shared: Arc<Shared>,
    id: RunId,
    _value: PhantomData<fn() -> T>,
}

impl<T> TestRun<T> {
    pub(super) const fn new(shared: Arc<Shared>, id: RunId) -> Self {
        Self {
            shared,
            id,
            _value: PhantomData,
        }
    }

    /// The run's id, the same in every execution of the test.
    pub const fn id(&self) -> RunId {
        self.id
    }

    /// The handle of the run with the engine that lives now.
    pub async fn handle(&self) -> RunHandle<T> {
        handle(&self.shared.process().await, self.id).await
    }

    /// Where the run stands.
    ///
    /// # Panics
    ///
    /// Where the run cannot be read, which a memory always can.
    pub async fn status(&self) -> RunStatus {
        let status = self.handle().await.status().await;
        status.expect("a store in memory works")
    }

    /// What has happened in the run so far.
    ///
    /// # Panics
    ///
    /// Where the run cannot be read, which a memory always can.
    pub async fn story(&self) -> Story {
        let events = self.handle().await.events().await;
        let events = events.expect("a store in memory works");
        Story::new(events, self.shared.began().await)
    }

    /// Waits until the run waits for a time (or for something else from outside), while time
    /// stands still.
    ///
    /// # Panics
    ///
    /// Where it ends or is blocked instead.
    #[track_caller]
    pub fn until_waiting(&self) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let since = Instant::now();
            loop {
                let process = self.shared.process().await;
                let commits = process.fuse.commits();
                process.settle().await;
                let status = self.status().await;
                if status == RunStatus::Waiting {
                    return;
                }
                if status.is_terminal() || status == RunStatus::Blocked {
                    let story = self.story().await;
                    panic!("{caller}: the run is {status} and does not wait\n{story}");
                }
                if since.elapsed() > PATIENCE {
                    let story = self.story().await;
                    panic!("{caller}: the run does not come to wait; it is {status}\n{story}");
                }
                // A step executes: what it comes to is a commit.
                let moves = process.fuse.until_commits_after(commits);
                let _ = tokio::time::timeout(Duration::from_millis(20), moves).await;
            }
        }
    }

    /// Waits until an event of this type has happened in the run; time passes as it has to.
    ///
    /// # Panics
    ///
    /// Where nothing happens any more and there is none.
    #[track_caller]
    pub fn until(&self, event_type: EventType) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let process = self.shared.process().await;
            let there = async {
                loop {
                    let commits = process.fuse.commits();
                    if self.story().await.count(event_type) > 0 {
                        return;
                    }
                    process.fuse.until_commits_after(commits).await;
                }
            };
            if let Err(stuck) = process.while_time_passes(there).await {
                let story = self.story().await;
                panic!("{caller}: the run comes to no {event_type}; {stuck}\n{story}");
            }
        }
    }

    /// Cancels the run, and lets happen what that makes happen.
    ///
    /// # Panics
    ///
    /// Where the run cannot be written, which a memory always can.
    pub async fn cancel(&self, reason: impl Into<Option<String>>) -> Cancelled {
        let process = self.shared.process().await;
        let cancelled = process.engine.cancel(self.id, reason).await;
        process.settle().await;
        cancelled.expect("a store in memory works")
    }

    /// Sends a signal to the run, which takes it with `wait!`, now or when it comes to that; lets
    /// happen what that makes happen.
    ///
    /// # Panics
    ///
    /// Where the run has ended, or the value cannot be encoded. [`RunHandle::signal`] returns
    /// that as an error.
    #[track_caller]
    pub fn signal(
        &self,
        name: impl Into<String>,
        value: impl Serialize,
    ) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let process = self.shared.process().await;
            if let Err(error) = process.engine.signal(self.id, name, value).await {
                panic!("{caller}: {error}");
            }
            process.settle().await;
        }
    }

    /// Writes the run down, for [`verify_replay`](super::verify_replay).
    ///
    /// # Panics
    ///
    /// Where the run cannot be read, which a memory always can.
    pub async fn export(&self) -> String {
        let engine = self.shared.process().await.engine;
        let exported = engine.export(self.id).await;
        exported.expect("a store in memory works")
    }
}

impl<T: DeserializeOwned> TestRun<T> {
    /// What the run comes to. Time passes as it has to: whenever nothing else moves, the clock
    /// jumps to the next instant at which something is due.
    ///
    /// # Panics
    ///
    /// Where the run waits for something that only the test can do.
    #[track_caller]
    pub fn result(&self) -> impl Future<Output = Result<T, RunError>> {
        let caller = std::panic::Location::caller();
        async move {
            let process = self.shared.process().await;
            match result_of(&process, self.id).await {
                Ok(result) => result,
                Err(stuck) => {
                    let story = self.story().await;
                    panic!("{caller}: the run does not end; {stuck}\n{story}");
                }
            }
        }
    }
}

/// What a run comes to while time passes.
pub(super) async fn result_of<T: DeserializeOwned>(
    process: &Process,
    run: RunId,
) -> Result<Result<T, RunError>, Stuck> {
    let handle = handle(process, run).await;
    process.while_time_passes(handle.result()).await
}

pub(super) async fn handle<T>(process: &Process, run: RunId) -> RunHandle<T> {
    let handle = process.engine.handle(run).await;
    handle.expect("the run was started in this memory")
}

impl<T> Clone for TestRun<T> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.shared), self.id)
    }
}

impl<T> fmt::Debug for TestRun<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestRun")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
