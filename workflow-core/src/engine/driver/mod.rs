//! Drives one run: polls its body, turns what it produced into commits, and takes their replies.
//!
//! A state machine without a runtime: it is given the time and a waker, and yields what to do.
//! The engine runs it on tokio; a simulation can run it in a loop.

mod commits;
mod hold;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use tracing::Span;
use workflow_tracker::Timestamp;

pub(super) use hold::{ClaimCell, Free, Hold};

use super::waker::BodyWaker;
use crate::journal::AfterPoll;
use crate::run::{Conclusion, End, Interrupt, RunState, Waits};
use crate::scope::{Execution, replaying};
use crate::store::{Claim, Request, RunCommit, RunRecord};
use commits::InFlight;

/// An execution as a future that ends when its outcome was flushed.
pub(super) type BoxRun = Pin<Box<dyn Future<Output = ()> + Send>>;

/// After so many polls in a row the runtime gets its turn.
const POLLS_MAX: usize = 128;

/// What whoever drives has to do.
#[derive(Debug)]
pub(super) enum Todo {
    /// Hand this to the store, and its reply to [`Driver::replied`].
    Commit(RunCommit),
    /// Poll again when woken, or at this instant.
    Wait(Option<Timestamp>),
    /// As `Wait`, but a replay waits for something that the engine does not know.
    Stalled,
    /// Nothing any more.
    Finished(Finish),
}

/// How a driver ended.
#[derive(Debug)]
pub(super) enum Finish {
    /// The execution was flushed.
    Flushed {
        end: End,
        conclusion: Option<Conclusion>,
        /// When a parked run is due.
        wake_at: Option<Timestamp>,
    },
    /// The run exists already; nothing of this one was stored.
    Exists(Box<RunRecord>),
}

/// Drives one execution of a run.
pub(super) struct Driver {
    run: BoxRun,
    execution: Arc<Execution>,
    body: Arc<BodyWaker>,
    waker: Waker,
    hold: Hold,
    claim: ClaimCell,
    /// The code's structure.
    fingerprint: u64,
    /// That of the run's row: of the code that recorded the log so far.
    recorded_by: u64,
    in_flight: Option<InFlight>,
    /// The wakers of operations that go on.
    ready: Vec<Waker>,
    /// The claim has to be durable before the body is polled.
    claim_first: bool,
    /// What the run waits for, where it has announced that and no commit has said so.
    waits: Option<Waits>,
    /// Waits from this length on are parked.
    park_from: Duration,
    /// Whether the run is kept while it waits for what others send.
    patient: bool,
    /// When the run is due, where it was parked.
    parked_until: Option<Timestamp>,
    exists: Option<Box<RunRecord>>,
    /// How often the body was polled.
    polls: u64,
    /// Whether the first poll repeats one of an earlier execution.
    resumed: bool,
    /// What happens in the body happens inside it.
    span: Span,
}

impl Driver {
    pub(super) fn new(
        run: BoxRun,
        execution: Arc<Execution>,
        hold: Hold,
        claim: ClaimCell,
        park_from: Duration,
    ) -> Self {
        let body = Arc::new(BodyWaker::default());
        body.set();
        let fingerprint = match &hold {
            Hold::New(run) => run.fingerprint,
            Hold::Free(free) => free.fingerprint,
            Hold::Ours(_) => 0,
        };
        Self {
            run,
            execution,
            waker: Waker::from(Arc::clone(&body)),
            body,
            hold,
            claim,
            fingerprint,
            recorded_by: fingerprint,
            in_flight: None,
            ready: Vec::new(),
            claim_first: false,
            waits: None,
            park_from,
            patient: false,
            parked_until: None,
            exists: None,
            polls: 0,
            resumed: false,
            span: Span::none(),
        }
    }

    /// Polls the body inside this span.
    pub(super) fn in_span(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// The run is driven by code with this structure, which may differ from what recorded its log.
    pub(super) const fn by_code(mut self, fingerprint: u64) -> Self {
        self.fingerprint = fingerprint;
        self
    }

    /// Commits what the state holds already (that the run goes on) before it polls the body.
    pub(super) fn claim_first(mut self) -> Self {
        self.execution.state().turns().seal_into_last();
        self.claim_first = true;
        self.resumed = true;
        self
    }

    /// Whether the run was created or claimed.
    pub(super) const fn is_new(&self) -> bool {
        matches!(self.hold, Hold::New(_))
    }

    /// Whether the run waits in the store and belongs to nobody, although its future is kept.
    pub(super) const fn is_free(&self) -> bool {
        matches!(self.hold, Hold::Free(_))
    }

    /// Whether the run is kept while it waits, and something makes it go on: it is to execute
    /// again.
    pub(super) fn wants_to_move(&self, now: Timestamp) -> bool {
        if !self.is_free() || self.in_flight.is_some() {
            return false;
        }
        let state = self.execution.state();
        let is_due = state.next_instant().is_some_and(|at| at <= now) || state.has_come();
        state.end().is_none() && !state.is_interrupted() && (self.is_woken() || is_due)
    }

    /// Whether the run is kept while it waits, and nothing makes it go on.
    pub(super) fn rests(&self) -> bool {
        let is_idle = self.is_free() && self.in_flight.is_none() && !self.is_woken();
        is_idle && self.execution.state().turns().is_empty()
    }

    fn is_woken(&self) -> bool {
        self.body.is_set() || !self.ready.is_empty()
    }

    /// Drops the body of a run that waits: whoever claims it next goes on with it.
    pub(super) fn park(&mut self, now: Timestamp) {
        let mut state = self.execution.state();
        let next = state.next_instant().filter(|_| !state.has_come());
        self.parked_until = Some(next.unwrap_or(now));
        state.interrupt(Interrupt::Parked);
        drop(state);
        self.body.set();
    }

    /// Whether no recorded result is left.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn is_live(&self) -> bool {
        self.execution.state().is_live()
    }

    /// How often the body was polled.
    pub(super) const fn polls(&self) -> u64 {
        self.polls
    }

    /// The run's claim while it is ours.
    pub(super) fn claim(&self) -> Option<Claim> {
        self.claim.get()
    }

    /// What the run waits for when it is not polled.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn at_rest(&self) -> super::quiet::Rest {
        let state = self.execution.state();
        super::quiet::Rest {
            executes: state.is_running() || !state.is_live(),
            next: state.next_instant(),
        }
    }

    /// Asks for the body to be dropped.
    pub(super) fn interrupt(&self, why: Interrupt) {
        self.execution.state().interrupt(why);
        self.body.set();
    }

    /// Lets attempts that run end, begins no new one, and then gives the run back.
    pub(super) fn drain(&self) {
        self.execution.state().drain();
    }

    /// Polls the body for as long as it moves, and says what to do next.
    pub(super) fn poll(&mut self, task: &Waker, now: Timestamp) -> Todo {
        self.body.enter(task);
        self.wake();
        let todo = self.drive(task, now);
        // Where the claim has to be durable first, its commit wakes the task.
        if self.body.leave() && !self.claim_first {
            task.wake_by_ref();
        }
        todo
    }

    fn drive(&mut self, task: &Waker, now: Timestamp) -> Todo {
        for _ in 0..POLLS_MAX {
            if let Some(record) = self.exists.take() {
                return Todo::Finished(Finish::Exists(record));
            }
            self.wake_due(now);
            if self.claim_first || !self.body.take() {
                match self.rest(now) {
                    Some(todo) => return todo,
                    None => continue,
                }
            }
            if self.poll_body(now) {
                return Todo::Finished(self.finish());
            }
        }
        task.wake_by_ref();
        self.next_commit(now).map_or(Todo::Wait(None), Todo::Commit)
    }

    /// Polls the body once; true when the execution is over.
    fn poll_body(&mut self, now: Timestamp) -> bool {
        self.polls += 1;
        let is_live = self.execution.state().is_live();
        let replaying = !is_live || (self.resumed && self.polls == 1);
        let mut cx = Context::from_waker(&self.waker);
        let inside = self.span.enter();
        let run = self.run.as_mut();
        if replaying::during(replaying, || run.poll(&mut cx).is_ready()) {
            return true;
        }
        drop(inside);
        let after = self.execution.state().after_poll(now, &mut self.ready);
        self.wake();
        if self.execution.state().is_interrupted() {
            self.body.set();
        }
        match after {
            AfterPoll::NextTurn | AfterPoll::WentLive => self.body.set(),
            AfterPoll::Live | AfterPoll::NotTaken => {}
        }
        false
    }

    fn wake_due(&mut self, now: Timestamp) {
        self.execution.state().due(now, &mut self.ready);
        self.wake();
    }

    /// Wakes what is ready, while nobody holds the state: a waker may be of the user's making.
    fn wake(&mut self) {
        for waker in self.ready.drain(..) {
            waker.wake();
        }
    }

    /// The body does not move: what to do, or `None` where it can be polled on.
    fn rest(&mut self, now: Timestamp) -> Option<Todo> {
        if !self.claim_first
            && let Some(waits) = self.execution.state().settle(now)
        {
            self.waits = Some(waits);
        }
        if let Some(commit) = self.next_commit(now) {
            return Some(Todo::Commit(commit));
        }
        if self.in_flight.is_some() {
            return Some(self.wait());
        }
        if self.end_without_commit() || self.leave(now) {
            return None;
        }
        if self.is_stuck() {
            return self.stuck();
        }
        Some(self.wait())
    }

    fn wait(&self) -> Todo {
        Todo::Wait(self.execution.state().next_instant())
    }

    /// Ends an execution whose outcome needs no commit; true where it did.
    fn end_without_commit(&self) -> bool {
        let mut state = self.execution.state();
        let Some(end @ (End::Parked | End::Fenced | End::Released)) = state.end() else {
            return false;
        };
        state.set_flushed(end);
        self.body.set();
        true
    }

    /// Asks for the body to be dropped where the run has better leave memory; true where it has.
    fn leave(&mut self, now: Timestamp) -> bool {
        let mut state = self.execution.state();
        if state.end().is_some() || state.is_interrupted() {
            return false;
        }
        let next = state.next_instant();
        let why = if state.is_draining() && !state.is_running() {
            Interrupt::Released
        } else if self.is_free() && state.knows_inbox() && self.waits_long(&state, next, now) {
            self.parked_until = next;
            Interrupt::Parked
        } else {
            return false;
        };
        state.interrupt(why);
        self.body.set();
        true
    }

    /// Whether the run is better claimed again than kept. How long it takes until something
    /// comes, nobody knows: a run that waits for that is kept for as long as its driver is patient.
    fn waits_long(&self, state: &RunState, until: Option<Timestamp>, now: Timestamp) -> bool {
        if state.is_awaiting() && self.patient {
            return false;
        }
        match until {
            Some(until) => until.since(now) >= self.park_from,
            None => state.paused().is_some() && state.is_awaiting(),
        }
    }

    /// Whether the run is kept while it waits for what others send, from now on.
    pub(super) const fn set_patient(&mut self, patient: bool) {
        self.patient = patient;
    }

    /// Whether it is patience that keeps a run that rests.
    pub(super) fn is_kept_for_others(&self) -> bool {
        self.patient && self.execution.state().is_awaiting()
    }

    /// Something may have come into the run's inbox.
    pub(super) fn expect_more(&self) {
        self.execution.state().expect_more();
    }

    /// Whether the inbox has to be read, by whoever drives.
    pub(super) fn wants_look(&self) -> bool {
        !self.is_new() && self.execution.state().wants_look()
    }

    /// The inbox is being read.
    pub(super) fn begin_look(&self, now: Timestamp) {
        self.execution.state().begin_look(now);
    }

    /// The inbox was read, or could not be.
    pub(super) fn looked(&self, inbox: Option<Vec<Request>>) {
        let mut state = self.execution.state();
        match inbox {
            Some(inbox) => state.looked(inbox),
            None => state.look_failed(),
        }
    }

    /// Whether a replay came to a result that nobody takes.
    fn is_stuck(&self) -> bool {
        let state = self.execution.state();
        !state.is_live() && state.end().is_none()
    }

    /// A replay that only operations can move is stuck for good; a foreign future may yet move
    /// it.
    fn stuck(&self) -> Option<Todo> {
        // One clone is the driver's own `body`, one its `waker`.
        let foreign = {
            let state = self.execution.state();
            Arc::strong_count(&self.body) - 2 - state.holders_of(&self.waker)
        };
        if foreign > 0 {
            return Some(Todo::Stalled);
        }
        self.block_stuck();
        None
    }

    /// Blocks a run whose replay is stuck.
    pub(super) fn block_stuck(&self) {
        let mut state = self.execution.state();
        if let Some(divergence) = state.not_taken() {
            state.interrupt(Interrupt::Blocked(Box::new(divergence)));
        }
        drop(state);
        self.body.set();
    }

    fn finish(&self) -> Finish {
        let mut state = self.execution.state();
        let end = state.end().unwrap_or(End::Fenced);
        let conclusion = state.take_conclusion();
        Finish::Flushed {
            end,
            // An outcome that was fenced off is not the run's.
            conclusion: conclusion.filter(|_| end != End::Fenced),
            wake_at: self.parked_until,
        }
    }
}
