//! The token of an execution, and the proof that it was spent: the two ends of the one scope.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Execution;

/// Makes a type invariant in `'run`, so that two executions can never be mistaken for each other.
pub(crate) type Brand<'run> = PhantomData<fn(&'run ()) -> &'run ()>;

/// The right to open the scope of one execution. Only the engine makes one, one per execution;
/// it cannot be cloned, and opening a [`TrackerGuard`](super::TrackerGuard) spends it.
#[derive(Debug)]
pub struct RunToken<'run> {
    pub(crate) execution: Arc<Execution>,
    pub(crate) brand: Brand<'run>,
}

impl RunToken<'_> {
    pub(crate) fn new(execution: Arc<Execution>) -> Self {
        Self {
            execution,
            brand: PhantomData,
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
