//! A step as a future: the attempt runs inside the poll of the body.
#![expect(
    clippy::inline_always,
    reason = "what is generic over a step or a workflow is compiled with the user's own module"
)]

use std::any::type_name;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tracing::Span;
use workflow_tracker::events::ErrorKind;

use super::idempotency::StepKey;
use super::operation::Named;
use super::panics::{Panic, caught};
use super::value::StepValue;
use crate::codec;
use crate::error::{Failure, StepError};
use crate::journal::Outcome;
use crate::run::{AfterAttempt, AttemptEnd, StepPoll};
use crate::showing::Value;

/// What one attempt came to: the value, or the described error.
#[derive(Debug)]
pub struct Attempt<T> {
    result: Result<T, Box<Failed>>,
}

/// A failed attempt.
#[derive(Debug)]
pub struct Failed {
    /// The error, described.
    pub failure: Failure,
    /// Whether another attempt is allowed.
    pub retry: bool,
}

impl<T> Attempt<T> {
    /// The attempt returned this value.
    pub const fn completed(value: T) -> Self {
        Self { result: Ok(value) }
    }

    /// The attempt returned an error.
    pub fn failed(failed: Failed) -> Self {
        Self {
            result: Err(Box::new(failed)),
        }
    }

    /// The attempt panicked.
    fn panicked(panic: Panic) -> Self {
        Self::failed(Failed {
            failure: panic.into_failure(),
            retry: true,
        })
    }

    #[cfg(test)]
    pub(crate) fn into_value(self) -> Option<T> {
        self.result.ok()
    }
}

/// How values of one type are recorded and read.
///
/// Only [`Scope::step`](super::Scope::step) asks for the bound, so a type that cannot be
/// recorded is reported there and not at the `.await` as well.
struct Recording<T> {
    encode: fn(&T) -> Result<Vec<u8>, String>,
    decode: fn(&[u8]) -> Result<T, String>,
}

impl<T: StepValue> Recording<T> {
    const fn new() -> Self {
        Self {
            encode: T::encode,
            decode: T::decode,
        }
    }
}

fn unencodable<T>(why: &str) -> Failure {
    let message = format!(
        "the value, a `{}`, cannot be recorded: {why}",
        type_name::<T>()
    );
    Failure::new(ErrorKind::Encoding, message)
}

fn undecodable<T>(why: &str) -> Failure {
    let message = format!(
        "the recorded value does not decode as `{}`: {why}",
        type_name::<T>()
    );
    Failure::new(ErrorKind::Encoding, message)
}

/// One attempt under way.
type Running<'a, T> = Pin<Box<dyn Future<Output = Attempt<T>> + Send + 'a>>;

/// Begins attempts.
///
/// A trait of its own: in the table of a `dyn FnMut` are two functions more, for each step.
pub(crate) trait Attempts<'a, T>: Send {
    fn begin(&mut self) -> Running<'a, T>;
}

impl<'a, T, F: FnMut() -> Running<'a, T> + Send> Attempts<'a, T> for F {
    #[inline(always)]
    fn begin(&mut self) -> Running<'a, T> {
        self()
    }
}

/// A step of a workflow.
#[must_use = "a step does nothing until it is awaited"]
pub struct Step<'a, T> {
    // Before `named`: an attempt's destructors run while the operation is still known.
    running: Option<Running<'a, T>>,
    /// The span of the attempt that runs.
    span: Span,
    attempts: Box<dyn Attempts<'a, T> + 'a>,
    recording: Recording<T>,
    named: Named<'a>,
}

impl<T> fmt::Debug for Step<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step")
            .field("no", &self.named.no)
            .finish_non_exhaustive()
    }
}

impl<'a, T> Step<'a, T> {
    pub(super) fn new(named: Named<'a>, attempts: Box<dyn Attempts<'a, T> + 'a>) -> Self
    where
        T: StepValue,
    {
        Self {
            running: None,
            span: Span::none(),
            attempts,
            recording: Recording::new(),
            named,
        }
    }

    /// The step as its idempotency key names it.
    fn key(&self) -> StepKey {
        let state = self.named.execution.state();
        StepKey {
            run: state.run_id(),
            id: state.identity(self.named.no),
        }
    }

    /// Calls the user's code for a new attempt, as far as it runs before its first await.
    fn begin(&mut self) -> Option<AttemptEnd> {
        let key = self.key();
        self.span = self.attempt_span(&key, false);
        let attempts = &mut self.attempts;
        let _inside = self.span.enter();
        match key.during(|| caught(|| attempts.begin())) {
            Ok(running) => {
                self.running = Some(running);
                None
            }
            Err(panic) => Some(panicked(panic)),
        }
    }

    /// Polls the attempt that runs. A panic of the user's code is a failure like any other.
    fn go(&mut self, cx: &mut Context<'_>) -> Poll<Attempt<T>> {
        let key = self.key();
        let _inside = self.span.clone().entered();
        let Some(running) = &mut self.running else {
            unreachable!("an attempt that goes on has begun");
        };
        let poll = || running.as_mut().poll(cx);
        let end = match key.during(|| caught(poll)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(attempt)) => attempt,
            Err(panic) => Attempt::panicked(panic),
        };
        Poll::Ready(match self.drop_running() {
            Ok(()) => end,
            Err(panic) => Attempt::panicked(panic),
        })
    }

    /// The span in which an attempt runs, or in which its result is read.
    fn attempt_span(&self, key: &StepKey, replay: bool) -> Span {
        let attempt = || self.named.execution.state().attempt(self.named.no);
        tracing::info_span!(
            target: "workflow_core",
            "step",
            run_id = %key.run,
            step = %key.id,
            attempt = attempt(),
            replay,
        )
    }

    /// Drops the attempt; destructors that panic are a failure of it.
    fn drop_running(&mut self) -> Result<(), Panic> {
        let running = self.running.take();
        caught(|| drop(running))
    }
}

fn panicked(panic: Panic) -> AttemptEnd {
    AttemptEnd::Failed {
        failure: Box::new(panic.into_failure()),
        retry: true,
    }
}

impl<T> Step<'_, T> {
    /// The end of an attempt, with the value decoded from the bytes that will be recorded, so
    /// that a type that loses something shows it now and not at the first replay.
    fn end_of(&self, attempt: Attempt<T>) -> (AttemptEnd, Option<T>) {
        let failed = match attempt.result {
            Ok(value) => match caught(|| self.recorded(&value)) {
                Ok(Ok((recorded, value))) => {
                    return (AttemptEnd::Completed(recorded), Some(value));
                }
                Ok(Err(failure)) => AttemptEnd::Failed {
                    failure,
                    retry: false,
                },
                Err(panic) => panicked(panic),
            },
            Err(failed) => AttemptEnd::Failed {
                failure: Box::new(failed.failure),
                retry: failed.retry,
            },
        };
        (failed, None)
    }

    /// The value as it is recorded, and the value that it decodes to.
    fn recorded(&self, value: &T) -> Result<(Value, T), Box<Failure>> {
        let encode = self.recording.encode;
        let bytes = encode(value).map_err(|why| Box::new(unencodable::<T>(&why)))?;
        let shown = self.named.execution.showing().value(|| encode(value));
        let value = (self.recording.decode)(&bytes);
        let value = value.map_err(|why| Box::new(undecodable::<T>(&why)))?;
        Ok((Value { bytes, shown }, value))
    }

    /// Records the end of an attempt; gives the result, if it is the step's.
    fn record(&self, end: AttemptEnd, value: Option<T>) -> Poll<Result<T, StepError>> {
        let Named { execution, no } = self.named;
        let now = execution.now();
        let after = execution.state().end_attempt(no, end, now);
        match after {
            AfterAttempt::Scheduled => Poll::Pending,
            AfterAttempt::Completed => Poll::Ready(Ok(
                value.expect("an attempt that completed was decoded before it was recorded")
            )),
            AfterAttempt::Failed(error) => Poll::Ready(self.replayed(Outcome::Error(error))),
        }
    }

    /// A recorded result as the body gets it.
    fn replayed(&self, outcome: Outcome) -> Result<T, StepError> {
        let failure = match outcome {
            Outcome::Value(bytes) => match (self.recording.decode)(&bytes) {
                Ok(value) => return Ok(value),
                Err(why) => undecodable::<T>(&why),
            },
            Outcome::Error(bytes) => match codec::decode(&bytes) {
                Ok(error) => return Err(error),
                Err(why) => undecodable::<StepError>(&why),
            },
            Outcome::Elapsed => undecodable::<T>("it is the end of a sleep"),
        };
        let name = self.key().id.to_string();
        Err(StepError::new(&name, 0, Vec::new(), failure))
    }
}

impl<T> Future for Step<'_, T> {
    type Output = Result<T, StepError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Named { execution, no } = this.named;
        let now = execution.now();
        let polled = execution.state().poll_step(no, cx.waker(), now);
        let deadline = match polled {
            StepPoll::Pending => return Poll::Pending,
            StepPoll::Recorded(outcome) => {
                this.attempt_span(&this.key(), true).in_scope(|| {
                    tracing::debug!(target: "workflow_core", "a recorded result is replayed");
                });
                return Poll::Ready(this.replayed(outcome));
            }
            StepPoll::Begin { deadline } => {
                if let Some(end) = this.begin() {
                    return this.record(end, None);
                }
                deadline
            }
            StepPoll::Go { deadline } => deadline,
        };
        if let Poll::Ready(attempt) = this.go(cx) {
            let (end, value) = this.end_of(attempt);
            return this.record(end, value);
        }
        if deadline.is_none_or(|deadline| execution.now() < deadline) {
            return Poll::Pending;
        }
        match this.drop_running() {
            Ok(()) => this.record(AttemptEnd::TimedOut, None),
            Err(panic) => this.record(panicked(panic), None),
        }
    }
}
