//! The token of an execution, and the proof that it was spent: the two ends of the one scope.
#![expect(
    clippy::inline_always,
    reason = "what is generic over a step or a workflow is compiled with the user's own module"
)]

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Execution;

/// Makes a type invariant in `'run`, so that two executions can never be mistaken for each other.
pub(crate) type Brand<'run> = PhantomData<fn(&'run ()) -> &'run ()>;

/// The right to open the scope of one execution. Only the engine makes one, one per execution;
/// it cannot be cloned, and opening a [`TrackerGuard`](super::TrackerGuard) spends it. One that is
/// dropped unspent gives the run back, as an open guard would.
#[derive(Debug)]
pub struct RunToken<'run> {
    /// Gone once it is spent.
    execution: Option<Arc<Execution>>,
    pub(crate) brand: Brand<'run>,
}

impl RunToken<'_> {
    pub(crate) fn new(execution: Arc<Execution>) -> Self {
        Self {
            execution: Some(execution),
            brand: PhantomData,
        }
    }

    pub(super) fn spend(mut self) -> Arc<Execution> {
        self.execution
            .take()
            .expect("spending a token consumes it, so it was not spent before")
    }
}

impl Drop for RunToken<'_> {
    fn drop(&mut self) {
        if let Some(execution) = &self.execution {
            execution.vanished();
        }
    }
}

/// The proof that the scope of this `'run` was opened, closed with an outcome, and flushed.
///
/// Only [`TrackerGuard::flush`](super::TrackerGuard::flush) makes one.
#[derive(Debug)]
#[must_use = "a workflow's `run` returns it"]
pub struct Finished<'run, O> {
    pub(crate) _brand: Brand<'run>,
    pub(crate) _output: PhantomData<fn() -> O>,
}

/// One execution of a workflow with the output `O`, as a future.
#[must_use = "an execution does nothing until it is polled"]
pub struct Run<'run, O> {
    future: Pin<Box<dyn Future<Output = Finished<'run, O>> + Send + 'run>>,
}

impl<'run, O> Run<'run, O> {
    /// The execution that this future is: it must end with the flushed guard's proof.
    #[inline(always)]
    pub fn new(future: impl Future<Output = Finished<'run, O>> + Send + 'run) -> Self {
        Self {
            future: Box::pin(future),
        }
    }
}

impl<'run, O> Future for Run<'run, O> {
    type Output = Finished<'run, O>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.future.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use workflow_tracker::Timestamp;

    use super::*;
    use crate::id::{Chance, RunId};
    use crate::journal::Past;
    use crate::resources::Resources;
    use crate::run::RunState;
    use crate::time::SystemClock;

    /// An execution whose run is given back by adding one to the number.
    fn execution() -> (Arc<Execution>, Arc<AtomicU32>) {
        let times = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&times);
        let release = move || {
            count.fetch_add(1, Ordering::Relaxed);
        };
        let now = Timestamp::default();
        let run_id = RunId::from(uuid::Uuid::nil());
        let state = RunState::resume(run_id, Chance::seeded(1), now, Past::unread(1, 1));
        let resources = Arc::new(Resources::default());
        let execution = Execution::new(state, Arc::new(SystemClock), resources, Box::new(release));
        (Arc::new(execution), times)
    }

    #[test]
    fn an_execution_that_is_dropped_before_it_begins_gives_the_run_back() {
        let (execution, times) = execution();
        drop(RunToken::new(execution));
        assert_eq!(times.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_spent_token_gives_nothing_back() {
        let (execution, times) = execution();
        drop(RunToken::new(execution).spend());
        assert_eq!(times.load(Ordering::Relaxed), 0);
    }
}
