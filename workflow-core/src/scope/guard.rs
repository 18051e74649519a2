//! The guard: a run's only writer, from the start of an execution to its outcome.
#![expect(
    clippy::inline_always,
    reason = "what is generic over a step or a workflow is compiled with the user's own module"
)]

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
use crate::showing::{Showing, Value};
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
    #[inline(always)]
    pub fn drive<F: Future>(&self, body: F) -> impl Future<Output = Driven<F::Output>> {
        Driving {
            execution: self.execution(),
            body: Some(Box::pin(body)),
        }
    }

    /// The body returned a value.
    ///
    /// `W` is the workflow itself: by its own bounds the value can be recorded.
    #[inline(always)]
    pub fn completed<W: Workflow>(
        &self,
        output: <W::Output as Output>::Value,
    ) -> Closed<'run, W::Output> {
        let outcome = outcome_of(&output, self.execution().showing());
        // Dropped here: nothing of the user's runs between the outcome and its flush.
        drop(output);
        Closed::new(outcome)
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

/// The outcome of a body that returned this value.
fn outcome_of<T: OutputValue>(output: &T, showing: &Showing) -> Outcome {
    let encoded = encode_output(output);
    let shown = showing.value(|| output.encode());
    match encoded {
        Ok(bytes) => Outcome::Completed(Value { bytes, shown }),
        Err(failure) => Outcome::Failed(failure),
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
struct Driving<'a, F> {
    execution: &'a Execution,
    /// Gone once it was dropped.
    body: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Driving<'_, F> {
    type Output = Driven<F::Output>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        poll_body(this.execution, &mut this.body, cx)
    }
}

/// A body without its type, so that what drives it is compiled once for each type of output and
/// not once for each workflow.
trait Body<O> {
    /// Polls it; pending for ever, where it was dropped.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<O>;

    /// Drops it.
    fn drop_now(&mut self);
}

impl<F: Future> Body<F::Output> for Option<Pin<Box<F>>> {
    #[inline(always)]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self {
            Some(body) => body.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }

    #[inline(always)]
    fn drop_now(&mut self) {
        drop(self.take());
    }
}

fn poll_body<O>(
    execution: &Execution,
    body: &mut dyn Body<O>,
    cx: &mut Context<'_>,
) -> Poll<Driven<O>> {
    if let Some(interrupted) = interrupted(execution, body) {
        return Poll::Ready(Driven::Interrupted(interrupted));
    }
    let polled = match caught(|| body.poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(returned(execution, output)),
        Err(panic) => Poll::Ready(Driven::Panicked(Panicked { panic })),
    };
    // An operation may have found a divergence in this very poll; it comes before whatever
    // the body made of it.
    match interrupted(execution, body) {
        Some(interrupted) => Poll::Ready(Driven::Interrupted(interrupted)),
        None => polled,
    }
}

/// Drops the body, if something asks for that. Destructors that panic change nothing.
fn interrupted<O>(execution: &Execution, body: &mut dyn Body<O>) -> Option<Interrupted> {
    let why = execution.state().take_interrupt()?;
    execution.state().begin_dropping();
    if let Err(panic) = caught(|| body.drop_now()) {
        let message = execution.showing().text(panic.message());
        tracing::warn!(
            target: "workflow_core",
            message,
            "a destructor panicked while a workflow's body was dropped"
        );
    }
    Some(Interrupted { why })
}

/// A body that returned while the log goes on has diverged.
fn returned<O>(execution: &Execution, output: O) -> Driven<O> {
    match execution.state().returned() {
        None => Driven::Returned(output),
        Some(divergence) => Driven::Interrupted(Interrupted {
            why: Interrupt::Blocked(Box::new(divergence)),
        }),
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
