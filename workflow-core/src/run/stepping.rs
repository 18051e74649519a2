//! How a step moves: asked, run, completed, failed, tried again.

use std::task::Waker;
use std::time::Duration;

use workflow_tracker::Timestamp;
use workflow_tracker::events::{
    ErrorKind, RetryExhausted, RetryScheduled, StepCompleted, StepFailed, StepStarted,
    TimeoutExceeded, TimeoutSet,
};

use super::operation::{Kind, Progress, Stage};
use super::{OperationNo, RunState, millis};
use crate::codec;
use crate::error::{Failure, StepError};
use crate::journal::Outcome;
use crate::retry::Retry;
use crate::showing::{Value, Whole};

/// The options of a step.
#[derive(Clone, Debug, Default)]
pub struct StepOptions {
    /// When a failed attempt is tried again; `None`: never.
    pub retry: Option<Retry>,
    /// How long each attempt may take.
    pub timeout: Option<Duration>,
}

/// What a step's future does after asking the run.
#[derive(Debug)]
pub(crate) enum StepPoll {
    /// Nothing, until it is woken.
    Pending,
    /// Hand the recorded result to the body.
    Recorded(Outcome),
    /// Begin an attempt, which is dropped at the deadline.
    Begin { deadline: Option<Timestamp> },
    /// Poll the attempt that runs, which is dropped at the deadline.
    Go { deadline: Option<Timestamp> },
}

/// How an attempt ended.
#[derive(Debug)]
pub(crate) enum AttemptEnd {
    /// With a value.
    Completed(Value),
    /// With a failure, after which `retry` allows another attempt or not.
    Failed { failure: Box<Failure>, retry: bool },
    /// At its deadline.
    TimedOut,
}

/// What follows the end of an attempt.
#[derive(Debug)]
pub(crate) enum AfterAttempt {
    /// The value is recorded.
    Completed,
    /// The step failed for good, with this [`StepError`], encoded.
    Failed(Vec<u8>),
    /// The next attempt has its instant.
    Scheduled,
}

impl RunState {
    /// A poll of a step's future.
    pub(crate) fn poll_step(&mut self, no: OperationNo, waker: &Waker, now: Timestamp) -> StepPoll {
        self.ask(no, waker);
        match self.operation(no).stage() {
            Stage::Held => self.poll_held_step(no, now),
            Stage::Ready if self.draining => StepPoll::Pending,
            Stage::Ready => self.begin_attempt(no, now),
            Stage::Running { deadline } => StepPoll::Go { deadline },
            Stage::Waiting { until } => {
                if until <= now {
                    self.ask_attempt(no, now);
                }
                StepPoll::Pending
            }
            Stage::Named | Stage::Asked { .. } | Stage::Awaiting { .. } | Stage::Done => {
                StepPoll::Pending
            }
        }
    }

    fn poll_held_step(&mut self, no: OperationNo, now: Timestamp) -> StepPoll {
        if let Some(outcome) = self.replay(no) {
            return StepPoll::Recorded(outcome);
        }
        if !self.may_begin() {
            return StepPoll::Pending;
        }
        let history = self.journal.history(&self.identity(no)).cloned();
        let retry_at = history.as_ref().and_then(|history| history.retry_at);
        if let Some(history) = history {
            let progress = self.progress(no);
            progress.attempt = history.attempt;
            progress.failures = history.failures;
            progress.first_at = history.first_at;
        }
        match retry_at {
            Some(until) if until > now => {
                self.set_stage(no, Stage::Waiting { until });
            }
            _ => self.ask_attempt(no, now),
        }
        StepPoll::Pending
    }

    /// Asks for the next attempt: it begins when the commit of this turn is durable.
    fn ask_attempt(&mut self, no: OperationNo, now: Timestamp) {
        let turn = self.turns.next();
        let progress = self.progress(no);
        progress.attempt += 1;
        progress.first_at.get_or_insert(now);
        let attempt = progress.attempt;
        let timeout = progress.options.timeout;
        self.set_stage(no, Stage::Asked { turn });
        let operation = self.operation(no);
        let site = operation.site;
        let identity = operation.id.identity();
        let started = StepStarted {
            step_name: site.name.to_owned(),
            attempt,
            site: site.place(),
            identity: identity.clone(),
        };
        self.turns.ask(now, started, no);
        if let Some(timeout) = timeout {
            let set = TimeoutSet {
                step_name: site.name.to_owned(),
                attempt,
                deadline: now.plus(timeout),
                timeout_ms: millis(timeout),
                identity,
            };
            self.turns.ask(now, set, no);
        }
    }

    fn begin_attempt(&mut self, no: OperationNo, now: Timestamp) -> StepPoll {
        let progress = self.progress(no);
        progress.began_at = now;
        let deadline = progress.options.timeout.map(|timeout| now.plus(timeout));
        self.set_stage(no, Stage::Running { deadline });
        StepPoll::Begin { deadline }
    }

    /// An attempt ended: records what it came to.
    pub(crate) fn end_attempt(
        &mut self,
        no: OperationNo,
        end: AttemptEnd,
        now: Timestamp,
    ) -> AfterAttempt {
        match end {
            AttemptEnd::Completed(value) => self.complete_step(no, value, now),
            AttemptEnd::Failed { failure, retry } => self.fail_attempt(no, &failure, retry, now),
            AttemptEnd::TimedOut => {
                let failure = self.time_out(no, now);
                self.fail_attempt(no, &failure, true, now)
            }
        }
    }

    fn complete_step(&mut self, no: OperationNo, value: Value, now: Timestamp) -> AfterAttempt {
        self.set_stage(no, Stage::Done);
        let operation = self.operation(no);
        let name = operation.site.name;
        let identity = operation.id.identity();
        let progress = self.progress(no);
        let completed = StepCompleted {
            step_name: name.to_owned(),
            attempt: progress.attempt,
            duration_ms: millis(now.since(progress.began_at)),
            cached: false,
            total_ms: millis(now.since(progress.first_at.unwrap_or(now))),
            output: value.shown,
            identity,
        };
        self.completed_steps.push(name.into());
        self.push(now, completed, Some(value.bytes));
        AfterAttempt::Completed
    }

    /// Writes `timeout.exceeded`.
    fn time_out(&mut self, no: OperationNo, now: Timestamp) -> Failure {
        let operation = self.operation(no);
        let step_name = operation.site.name.to_owned();
        let identity = operation.id.identity();
        let progress = self.progress(no);
        let timeout = progress.options.timeout.unwrap_or_default();
        let exceeded = TimeoutExceeded {
            step_name: step_name.clone(),
            attempt: progress.attempt,
            timeout_ms: millis(timeout),
            identity,
        };
        self.push(now, exceeded, None);
        let message = format!(
            "attempt of step `{step_name}` took longer than {}",
            humantime::format_duration(timeout)
        );
        Failure::new(ErrorKind::Timeout, message)
    }

    fn fail_attempt(
        &mut self,
        no: OperationNo,
        failure: &Failure,
        retry: bool,
        now: Timestamp,
    ) -> AfterAttempt {
        let fraction = self.turns.chance().fraction();
        let progress = self.progress(no);
        progress.failures.push(failure.message.clone());
        let attempt = progress.attempt;
        let failures = u32::try_from(progress.failures.len()).unwrap_or(u32::MAX);
        let elapsed = now.since(progress.first_at.unwrap_or(now));
        let delay = progress
            .options
            .retry
            .as_ref()
            .filter(|_| retry)
            .and_then(|policy| policy.next(failures, elapsed, fraction));
        let exhausted = retry && failures > 1;
        match delay {
            Some(delay) => {
                self.push_failed(no, failure, true, None, now);
                self.schedule(no, attempt, delay, now);
                AfterAttempt::Scheduled
            }
            None => self.fail_step(no, failure, exhausted, now),
        }
    }

    fn schedule(&mut self, no: OperationNo, attempt: u32, delay: Duration, now: Timestamp) {
        let until = now.plus(delay);
        self.set_stage(no, Stage::Waiting { until });
        let operation = self.operation(no);
        let scheduled = RetryScheduled {
            step_name: operation.site.name.to_owned(),
            attempt,
            next_attempt_at: until,
            delay_ms: millis(delay),
            identity: operation.id.identity(),
        };
        self.push(now, scheduled, None);
    }

    /// The step failed for good.
    fn fail_step(
        &mut self,
        no: OperationNo,
        failure: &Failure,
        exhausted: bool,
        now: Timestamp,
    ) -> AfterAttempt {
        let name = self.operation(no).site.name;
        let progress = self.progress(no);
        let failures = std::mem::take(&mut progress.failures);
        let attempts = u32::try_from(failures.len()).unwrap_or(u32::MAX);
        let error = StepError::new(name, progress.attempt, failures, failure.clone());
        let error = encoded(&error);
        self.push_failed(no, failure, false, Some(error.clone()), now);
        if exhausted {
            let exhausted = RetryExhausted {
                step_name: name.to_owned(),
                attempts,
                identity: self.operation(no).id.identity(),
            };
            self.push(now, exhausted, None);
        }
        self.set_stage(no, Stage::Done);
        AfterAttempt::Failed(error)
    }

    fn push_failed(
        &mut self,
        no: OperationNo,
        failure: &Failure,
        will_retry: bool,
        payload: Option<Vec<u8>>,
        now: Timestamp,
    ) {
        let attempt = self.progress(no).attempt;
        let operation = self.operation(no);
        let (error, whole) = self.showing.failure(failure);
        // The message of an attempt that is tried again is all that replay needs of it.
        let payload = payload.or_else(|| match whole {
            Whole::Shown => None,
            Whole::Kept(whole) => codec::encode(&whole.message).ok(),
        });
        let failed = StepFailed {
            step_name: operation.site.name.to_owned(),
            attempt,
            error,
            will_retry,
            identity: operation.id.identity(),
        };
        self.push(now, failed, payload);
    }

    /// The number of a step's last attempt.
    pub(crate) fn attempt(&self, no: OperationNo) -> u32 {
        match &self.operation(no).kind {
            Kind::Step(progress) => progress.attempt,
            Kind::Sleep { .. } | Kind::Value | Kind::Wait(_) | Kind::Child(_) => 0,
        }
    }

    fn progress(&mut self, no: OperationNo) -> &mut Progress {
        match &mut self.operation_mut(no).kind {
            Kind::Step(progress) => progress,
            Kind::Sleep { .. } | Kind::Value | Kind::Wait(_) | Kind::Child(_) => {
                unreachable!("a step's future holds the number of a step")
            }
        }
    }

    /// A taken result releases the next one: wakes the operation that waits for it.
    pub(super) fn wake_released(&self) {
        if let Some(waker) = self.released_waker() {
            waker.wake();
        }
    }
}

/// A step error as it is recorded; one that is too large is cut.
pub(super) fn encoded(error: &StepError) -> Vec<u8> {
    codec::encode(error)
        .or_else(|_| codec::encode(&error.cut()))
        .expect("a step error is made of strings and numbers, and its data is JSON already")
}
