//! The guard: a run's only writer, from the start of an execution to its outcome.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use workflow_tracker::events::ErrorKind;

use super::panics::{Panic, caught};
use super::token::Brand;
use super::{Execution, Finished, Output, OutputValue, RunToken, Scope, Workflow};
use crate::error::Failure;
use crate::run::{Interrupt, Outcome};
use crate::showing::Value;
use crate::spec::Spec;

/// The run's only writer: open from the start of an execution to its outcome.
///
/// It is opened with the execution's only token. Its [`Scope`] is what operations borrow, so no
/// operation outlives it; [`flush`](Self::flush) takes it, so no step follows the outcome. A
/// guard that is dropped without an outcome gives the run back: another engine goes on with it.
#[derive(Debug)]
pub struct TrackerGuard<'run> {
    scope: Scope<'run>,
    flushed: bool,
}

/// What the body came to.
#[derive(Debug)]
#[must_use = "every outcome of the body must reach the guard"]
pub enum Driven<O> {
    /// It returned.
    Returned(O),
    /// It panicked.
    Panicked(Panicked),
    /// It was dropped: the run waits, was cancelled, is blocked, or belongs to somebody else now.
    Interrupted(Interrupted),
}

/// A panic of the body.
#[derive(Debug)]
pub struct Panicked {
    panic: Panic,
}

/// Why the body was dropped before it returned.
#[derive(Debug)]
pub struct Interrupted {
    why: Interrupt,
}

/// The outcome of the execution `'run`, which is to be flushed.
#[derive(Debug)]
#[must_use = "an outcome counts once the guard has flushed it"]
pub struct Closed<'run, O> {
    outcome: Outcome,
    _brand: Brand<'run>,
    _output: PhantomData<fn() -> O>,
}

impl<'run> TrackerGuard<'run> {
    /// Opens the scope of an execution and spends its token.
    pub fn open(token: RunToken<'run>, spec: &'static Spec) -> Self {
        tracing::trace!(target: "workflow_core", workflow = spec.name, "scope opened");
        Self {
            scope: Scope::new(token.spend()),
            flushed: false,
        }
    }

    /// What operations borrow.
    pub const fn scope(&self) -> &Scope<'run> {
        &self.scope
    }

    /// A resource of the engine.
    ///
    /// # Panics
    ///
    /// Where the engine has none of this type: the builder refuses workflows whose `SPEC` lists
    /// a resource that is missing, so that is a `SPEC` that does not list it.
    pub fn resource<T: ?Sized + Send + Sync + 'static>(&self) -> &T {
        self.execution().resources().get()
    }

    /// Runs the body until it returns, panics, or has to be dropped.
    ///
    /// Waiting, cancellation and the rest never travel through the body's own error channel, so
    /// no `?` or `match` of the user can swallow them.
    pub async fn drive<F: Future>(&self, body: F) -> Driven<F::Output> {
        Body {
            execution: self.execution(),
            future: Some(Box::pin(body)),
        }
        .await
    }

    /// The body returned a value.
    ///
    /// `W` is the workflow itself: by its own bounds the value can be recorded.
    pub fn completed<W: Workflow>(
        &self,
        output: <W::Output as Output>::Value,
    ) -> Closed<'run, W::Output> {
        let encoded = encode_output(&output);
        let shown = self.execution().showing().value(|| output.encode());
        // Dropped here: nothing of the user's runs between the outcome and its flush.
        drop(output);
        Closed::new(match encoded {
            Ok(bytes) => Outcome::Completed(Value { bytes, shown }),
            Err(failure) => Outcome::Failed(failure),
        })
    }

    /// The body returned an error.
    pub fn failed<O>(&self, failure: Failure) -> Closed<'run, O> {
        Closed::new(Outcome::Failed(Box::new(failure)))
    }

    /// The body panicked.
    pub fn panicked<O>(&self, panicked: Panicked) -> Closed<'run, O> {
        let failure = panicked.panic.into_failure();
        Closed::new(Outcome::Failed(Box::new(failure)))
    }

    /// The body was dropped.
    pub fn interrupted<O>(&self, interrupted: Interrupted) -> Closed<'run, O> {
        Closed::new(Outcome::Interrupted(interrupted.why))
    }

    /// Closes the scope: when this returns, the outcome and all before it are durable, and the
    /// relay has been told.
    pub async fn flush<O>(mut self, closed: Closed<'run, O>) -> Finished<'run, O> {
        let execution = Arc::clone(self.execution());
        let now = execution.now();
        execution.state().close(now, closed.outcome);
        Flushed(&execution).await;
        self.flushed = true;
        Finished {
            _brand: PhantomData,
            _output: PhantomData,
        }
    }

    const fn execution(&self) -> &Arc<Execution> {
        self.scope.execution()
    }
}

impl Drop for TrackerGuard<'_> {
    fn drop(&mut self) {
        if !self.flushed {
            self.execution().vanished();
        }
    }
}

impl<O> Closed<'_, O> {
    const fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            _brand: PhantomData,
            _output: PhantomData,
        }
    }
}

/// The output's bytes; encoding runs the user's code, which may panic.
fn encode_output<T: OutputValue>(output: &T) -> Result<Vec<u8>, Box<Failure>> {
    let encoded =
        caught(|| output.encode()).unwrap_or_else(|panic| Err(panic.message().to_owned()));
    encoded.map_err(|why| {
        let type_name = std::any::type_name::<T>();
        let message = format!("the output, a `{type_name}`, cannot be recorded: {why}");
        Box::new(Failure::new(ErrorKind::Encoding, message))
    })
}

/// The body under way.
struct Body<'a, F: Future> {
    execution: &'a Execution,
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Body<'_, F> {
    /// Drops the body, if something asks for that. Destructors that panic change nothing.
    fn interrupted(&mut self) -> Option<Driven<F::Output>> {
        let why = self.execution.state().take_interrupt()?;
        self.execution.state().begin_dropping();
        let future = self.future.take();
        if let Err(panic) = caught(|| drop(future)) {
            let message = self.execution.showing().text(panic.message());
            tracing::warn!(
                target: "workflow_core",
                message,
                "a destructor panicked while a workflow's body was dropped"
            );
        }
        Some(Driven::Interrupted(Interrupted { why }))
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Driven<F::Output>> {
        let Some(future) = &mut self.future else {
            return Poll::Pending;
        };
        match caught(|| future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(self.returned(output)),
            Err(panic) => Poll::Ready(Driven::Panicked(Panicked { panic })),
        }
    }

    /// A body that returned while the log goes on has diverged.
    fn returned(&self, output: F::Output) -> Driven<F::Output> {
        match self.execution.state().returned() {
            None => Driven::Returned(output),
            Some(divergence) => Driven::Interrupted(Interrupted {
                why: Interrupt::Blocked(Box::new(divergence)),
            }),
        }
    }
}

impl<F: Future> Future for Body<'_, F> {
    type Output = Driven<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(interrupted) = self.interrupted() {
            return Poll::Ready(interrupted);
        }
        let polled = self.poll_body(cx);
        // An operation may have found a divergence in this very poll; it comes before whatever
        // the body made of it.
        match self.interrupted() {
            Some(interrupted) => Poll::Ready(interrupted),
            None => polled,
        }
    }
}

/// Ends when the driver has made the outcome durable; the driver polls for it.
struct Flushed<'a>(&'a Execution);

impl Future for Flushed<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        if self.0.state().is_flushed() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.panic.message())
    }
}
