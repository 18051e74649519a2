//! How an execution ends: why a body is dropped, what it came to, and the row that says so.

use workflow_tracker::Timestamp;
use workflow_tracker::events::{
    ErrorInfo, WorkflowBlocked, WorkflowCancelled, WorkflowCompleted, WorkflowFailed,
};

use super::{RunState, millis};
use crate::codec;
use crate::error::Failure;
use crate::journal::Divergence;
use crate::showing::{Value, Whole};

/// Why a body is dropped before it returned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Interrupt {
    /// Somebody cancelled the run.
    Cancelled { reason: Option<String> },
    /// The code no longer fits the log.
    Blocked(Box<Divergence>),
    /// Something in the body cannot be recorded.
    Failed(Box<Failure>),
    /// Somebody else took the run.
    Fenced,
    /// The engine stops.
    Released,
    /// The run waits too long to keep its future.
    Parked,
}

/// What an execution came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The body returned a value.
    Completed(Value),
    /// The body returned an error or panicked.
    Failed(Box<Failure>),
    /// The body was dropped.
    Interrupted(Interrupt),
}

/// How a run ended, as whoever waits for it is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Conclusion {
    /// With a value, encoded.
    Completed(Vec<u8>),
    /// With an error.
    Failed(ErrorInfo),
    /// By a cancel.
    Cancelled { reason: Option<String> },
    /// Not at all, until somebody acts.
    Blocked { reason: String },
}

/// How an execution ends, once its outcome is among the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The run completed.
    Completed,
    /// The run failed.
    Failed,
    /// The run was cancelled.
    Cancelled,
    /// The run is blocked.
    Blocked,
    /// The run can be claimed by another engine.
    Released,
    /// The run waits in the store; there is nothing to commit.
    Parked,
    /// Somebody else has the run; nothing may be committed.
    Fenced,
}

impl RunState {
    /// Asks for the body to be dropped at its next poll; the first reason stays.
    pub(crate) fn interrupt(&mut self, why: Interrupt) {
        if self.end.is_none() {
            self.interrupt.get_or_insert(why);
        }
    }

    /// Takes the reason for which the body is to be dropped.
    pub(crate) fn take_interrupt(&mut self) -> Option<Interrupt> {
        self.interrupt.take()
    }

    pub(crate) const fn is_interrupted(&self) -> bool {
        self.interrupt.is_some()
    }

    /// Lets attempts that run go on, and begins no new one.
    pub(crate) const fn drain(&mut self) {
        self.draining = true;
    }

    pub(crate) const fn is_draining(&self) -> bool {
        self.draining
    }

    /// The divergence of a body that returned while results are left.
    pub(crate) fn returned(&self) -> Option<Divergence> {
        if !self.journal.has_results_left() {
            return None;
        }
        let next = self.journal.next()?;
        Some(Divergence::returned_early(next, self.site_of(&next.id)))
    }

    /// Closes the execution: the outcome is its last row.
    pub(crate) fn close(&mut self, now: Timestamp, outcome: Outcome) {
        let end = match outcome {
            Outcome::Completed(output) => {
                self.conclusion = Some(Conclusion::Completed(output.bytes.clone()));
                self.push_completed(now, output);
                End::Completed
            }
            Outcome::Failed(failure) => self.close_failed(now, &failure),
            Outcome::Interrupted(interrupt) => self.close_interrupted(now, interrupt),
        };
        self.turns.seal();
        self.end = Some(end);
    }

    /// Replaces an outcome that was refused because a cancel came first; the rows before it stay.
    pub(crate) fn close_as_cancelled(&mut self, now: Timestamp, reason: Option<String>) {
        self.turns.drop_outcome();
        let end = self.close_interrupted(now, Interrupt::Cancelled { reason });
        self.turns.seal();
        self.end = Some(end);
    }

    fn close_failed(&mut self, now: Timestamp, failure: &Failure) -> End {
        self.conclusion = Some(Conclusion::Failed(failure.info()));
        let (error, whole) = self.showing.failure(failure);
        let payload = match whole {
            Whole::Shown => None,
            // Where it is too large for the journal too, what is shown has to do.
            Whole::Kept(whole) => codec::encode(&whole).ok(),
        };
        let failed = WorkflowFailed {
            error,
            completed_steps: self.completed_steps(),
        };
        self.turns.push(now, failed, payload);
        End::Failed
    }

    /// The names of the completed steps, as events carry them.
    fn completed_steps(&self) -> Vec<String> {
        let names = self.completed_steps.iter();
        names.map(ToString::to_string).collect()
    }

    fn push_completed(&mut self, now: Timestamp, output: Value) {
        let duration = now.since(self.started_at);
        let completed = WorkflowCompleted {
            completed_steps: self.completed_steps(),
            duration_ms: millis(duration),
            output: output.shown,
        };
        self.turns.push(now, completed, Some(output.bytes));
    }

    fn close_interrupted(&mut self, now: Timestamp, interrupt: Interrupt) -> End {
        match interrupt {
            Interrupt::Cancelled { reason } => {
                let reason = reason.map(|reason| self.showing.text(&reason));
                self.conclusion = Some(Conclusion::Cancelled {
                    reason: reason.clone(),
                });
                let cancelled = WorkflowCancelled {
                    completed_steps: self.completed_steps(),
                    reason,
                };
                self.turns.push(now, cancelled, None);
                End::Cancelled
            }
            Interrupt::Blocked(divergence) => {
                let reason = self.showing.text(&divergence.reason(&self.cause));
                self.conclusion = Some(Conclusion::Blocked {
                    reason: reason.clone(),
                });
                let blocked = WorkflowBlocked {
                    reason,
                    recorded: divergence.recorded,
                    attempted: divergence.attempted,
                };
                self.turns.push(now, blocked, None);
                End::Blocked
            }
            Interrupt::Failed(failure) => self.close_failed(now, &failure),
            Interrupt::Fenced => End::Fenced,
            Interrupt::Released => End::Released,
            Interrupt::Parked => End::Parked,
        }
    }

    pub(crate) const fn end(&self) -> Option<End> {
        self.end
    }

    /// What whoever waits for the run is told, if this execution ended or blocked it.
    pub(crate) const fn take_conclusion(&mut self) -> Option<Conclusion> {
        self.conclusion.take()
    }

    /// The outcome and all before it are durable (or may not be written any more).
    pub(crate) const fn set_flushed(&mut self, end: End) {
        self.end = Some(end);
        self.flushed = true;
    }

    pub(crate) const fn is_flushed(&self) -> bool {
        self.flushed
    }
}
