//! How a run moves: turns, operations and outcomes, without I/O, clock or chance of its own.

mod draft;
mod operation;
mod pause;
mod sleeping;
mod stepping;
mod valuing;

use std::collections::HashMap;
use std::sync::Arc;
use std::task::Waker;

use workflow_tracker::events::{
    ErrorInfo, PauseReason, ResumeCause, WorkflowBlocked, WorkflowCancelled, WorkflowCompleted,
    WorkflowFailed, WorkflowResumed, WorkflowStarted,
};
use workflow_tracker::{Event, Timestamp};

pub(crate) use draft::Turns;
pub use operation::Site;
pub(crate) use operation::{OperationNo, Stage};
pub(crate) use pause::cause;
pub(crate) use sleeping::SleepPoll;
pub use sleeping::Wake;
pub use stepping::StepOptions;
pub(crate) use stepping::{AfterAttempt, AttemptEnd, StepPoll};
pub(crate) use valuing::ValuePoll;

use crate::error::Failure;
use crate::id::{Chance, RunId};
use crate::journal::{AfterPoll, Divergence, Journal, OperationId, Past};
use operation::{Counter, Operation};

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
    /// The body returned a value, encoded.
    Completed(Vec<u8>),
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

/// One execution of a run: what is alive in its body, and what it has produced.
#[derive(Debug)]
pub(crate) struct RunState {
    run_id: RunId,
    journal: Journal,
    turns: Turns,
    operations: Vec<Option<Operation>>,
    /// The places in `operations` that are free.
    free: Vec<usize>,
    counters: HashMap<OperationId, Counter>,
    completed_steps: Vec<String>,
    started_at: Timestamp,
    paused: Option<PauseReason>,
    interrupt: Option<Interrupt>,
    end: Option<End>,
    conclusion: Option<Conclusion>,
    flushed: bool,
    /// No new attempt begins: the engine is shutting down.
    draining: bool,
}

impl RunState {
    /// The first execution of a run: its log begins with `workflow.started`, which carries the
    /// input unless `workflow.queued` did.
    pub(crate) fn begin(run_id: RunId, chance: Chance, now: Timestamp, first: First) -> Self {
        let (seq, payload) = match first {
            First::Created { input } => (0, Some(input)),
            First::Queued { last_seq } => (last_seq, None),
        };
        let mut state = Self::new(run_id, Journal::empty(), Turns::new(chance, seq, 0), now);
        state.turns.push(now, WorkflowStarted {}, payload);
        state
    }

    /// A later execution, which goes on where the log ends.
    pub(crate) fn resume(run_id: RunId, chance: Chance, now: Timestamp, past: Past) -> Self {
        let turns = Turns::new(chance, past.last_seq, past.last_turn);
        let started_at = past.started_at.unwrap_or(now);
        let mut state = Self::new(run_id, past.journal, turns, started_at);
        state.completed_steps = past.completed_steps;
        state.paused = past.paused;
        state
    }

    fn new(run_id: RunId, journal: Journal, turns: Turns, started_at: Timestamp) -> Self {
        Self {
            run_id,
            journal,
            turns,
            operations: Vec::new(),
            free: Vec::new(),
            counters: HashMap::new(),
            completed_steps: Vec::new(),
            started_at,
            paused: None,
            interrupt: None,
            end: None,
            conclusion: None,
            flushed: false,
            draining: false,
        }
    }

    pub(crate) const fn run_id(&self) -> RunId {
        self.run_id
    }

    /// Writes that the run goes on, outside of any turn of the body.
    pub(crate) fn resumed(&mut self, now: Timestamp, cause: ResumeCause) {
        self.paused = None;
        self.turns.push(now, WorkflowResumed { cause }, None);
    }

    pub(crate) const fn turns(&mut self) -> &mut Turns {
        &mut self.turns
    }

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
                self.conclusion = Some(Conclusion::Completed(output.clone()));
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
        let error = failure.info();
        self.conclusion = Some(Conclusion::Failed(error.clone()));
        let completed_steps = self.completed_steps.clone();
        let failed = WorkflowFailed {
            error,
            completed_steps,
        };
        self.turns.push(now, failed, None);
        End::Failed
    }

    fn push_completed(&mut self, now: Timestamp, output: Vec<u8>) {
        let duration = now.since(self.started_at);
        let completed = WorkflowCompleted {
            completed_steps: self.completed_steps.clone(),
            duration_ms: millis(duration),
        };
        self.turns.push(now, completed, Some(output));
    }

    fn close_interrupted(&mut self, now: Timestamp, interrupt: Interrupt) -> End {
        match interrupt {
            Interrupt::Cancelled { reason } => {
                self.conclusion = Some(Conclusion::Cancelled {
                    reason: reason.clone(),
                });
                let completed_steps = self.completed_steps.clone();
                let cancelled = WorkflowCancelled {
                    completed_steps,
                    reason,
                };
                self.turns.push(now, cancelled, None);
                End::Cancelled
            }
            Interrupt::Blocked(divergence) => {
                self.conclusion = Some(Conclusion::Blocked {
                    reason: divergence.reason.clone(),
                });
                let blocked = WorkflowBlocked {
                    reason: divergence.reason,
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

    /// Ends a poll of the body: what it produced becomes a turn. Says what follows in a replay,
    /// with the wakers of the operations that may go on.
    pub(crate) fn after_poll(&mut self, now: Timestamp) -> (AfterPoll, Vec<Waker>) {
        self.resume_if_moved(now);
        self.turns.seal();
        let after = self.journal.after_poll();
        let wakers = match after {
            AfterPoll::Live | AfterPoll::NotTaken => Vec::new(),
            AfterPoll::WentLive => self.wakers(|operation| operation.stage == Stage::Held),
            AfterPoll::NextTurn => self.released_waker(),
        };
        (after, wakers)
    }

    /// The commit of all turns up to this one is durable: the operations it asked for may begin.
    pub(crate) fn committed(&mut self, turn: u64) -> Vec<Waker> {
        let mut wakers = Vec::new();
        for operation in self.operations.iter_mut().flatten() {
            if let Stage::Asked { turn: asked } = operation.stage
                && asked <= turn
            {
                operation.stage = Stage::Ready;
                wakers.extend(operation.waker.clone());
            }
        }
        wakers
    }

    /// What replay says when the next result was not taken and nothing can take it any more.
    pub(crate) fn not_taken(&self) -> Option<Divergence> {
        let next = self.journal.next()?;
        let asked: Vec<_> = self
            .alive()
            .filter(|operation| operation.stage == Stage::Held)
            .map(Operation::describe)
            .collect();
        Some(Divergence::not_asked(next, self.site_of(&next.id), &asked))
    }

    pub(crate) const fn is_live(&self) -> bool {
        self.journal.is_live()
    }

    /// How many operations hold a waker that wakes the same task as `waker`.
    pub(crate) fn holders_of(&self, waker: &Waker) -> usize {
        self.alive()
            .filter_map(|operation| operation.waker.as_ref())
            .filter(|held| held.will_wake(waker))
            .count()
    }

    fn released_waker(&self) -> Vec<Waker> {
        let Some(released) = self.journal.released() else {
            return Vec::new();
        };
        self.wakers(|operation| *operation.id == *released)
    }

    fn wakers(&self, which: impl Fn(&Operation) -> bool) -> Vec<Waker> {
        self.alive()
            .filter(|operation| which(operation))
            .filter_map(|operation| operation.waker.clone())
            .collect()
    }

    fn alive(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().flatten()
    }

    fn site_of(&self, id: &OperationId) -> Option<&str> {
        self.journal.history(id)?.site.as_deref()
    }

    /// Writes an event of the poll under way.
    fn push(&mut self, now: Timestamp, event: impl Into<Event>, payload: Option<Vec<u8>>) {
        self.turns.push(now, event, payload);
    }
}

/// How the first execution of a run begins.
pub(crate) enum First {
    /// With the creation of the run.
    Created {
        /// The encoded input.
        input: Vec<u8>,
    },
    /// After `workflow.queued`, which holds the input.
    Queued {
        /// The last row's `seq`.
        last_seq: u64,
    },
}

/// Whole milliseconds.
fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// An operation's identity, shared with the future that stands for it.
type SharedId = Arc<OperationId>;
