//! How a run moves: turns, operations and outcomes, without I/O, clock or chance of its own.

mod arrivals;
mod draft;
mod ending;
mod history;
mod operation;
mod parenting;
mod part;
mod pause;
mod signalling;
mod sleeping;
mod stepping;
mod table;
mod valuing;

use std::borrow::Cow;
use std::collections::HashMap;
use std::task::Waker;

use workflow_tracker::events::{PauseReason, ResumeCause, WorkflowResumed, WorkflowStarted};
use workflow_tracker::{Captured, Event, Timestamp};

pub(crate) use draft::{Taken, Turns};
pub(crate) use ending::{Conclusion, End, Interrupt, Outcome};
pub use operation::Site;
pub(crate) use operation::{Name, Stage};
pub(crate) use parenting::{Birth, ChildPoll};
pub(crate) use pause::{Waits, cause};
pub use signalling::WaitOptions;
pub(crate) use signalling::{Received, WaitPoll};
pub(crate) use sleeping::SleepPoll;
pub use sleeping::Wake;
pub use stepping::StepOptions;
pub(crate) use stepping::{AfterAttempt, AttemptEnd, StepPoll};
pub(crate) use valuing::ValuePoll;

use crate::id::{Chance, RunId};
pub(crate) use crate::journal::OperationNo;
use crate::journal::{AfterPoll, Cause, Divergence, Journal, OperationId, Past};
use crate::showing::{Showing, Value};
use arrivals::Arrivals;
use operation::Counter;
use parenting::Family;
use table::{Operation, Operations};

/// One execution of a run: what is alive in its body, and what it has produced.
#[derive(Debug)]
pub(crate) struct RunState {
    run_id: RunId,
    journal: Journal,
    turns: Turns,
    operations: Operations,
    counters: HashMap<OperationId, Counter>,
    completed_steps: Vec<Cow<'static, str>>,
    started_at: Timestamp,
    paused: Option<PauseReason>,
    interrupt: Option<Interrupt>,
    end: Option<End>,
    conclusion: Option<Conclusion>,
    flushed: bool,
    /// No new attempt begins: the engine is shutting down.
    draining: bool,
    /// What the events show.
    showing: Showing,
    /// What came into the inbox.
    arrivals: Arrivals,
    /// How many operations were asked for.
    asks: u64,
    family: Family,
    /// What is known of the code that recorded the log.
    cause: Cause,
}

impl RunState {
    /// The first execution of a run: its log begins with `workflow.started`, which carries the
    /// input unless `workflow.queued` did.
    pub(crate) fn begin(run_id: RunId, chance: Chance, now: Timestamp, first: First) -> Self {
        let (seq, payload, input, showing) = match first {
            First::Created { input, showing } => (0, Some(input.bytes), input.shown, showing),
            First::Queued {
                last_seq,
                input,
                showing,
            } => (last_seq, None, input, showing),
        };
        let turns = Turns::new(chance, seq, 0);
        let mut state = Self::new(run_id, Journal::empty(), turns, now).shown(showing);
        if seq > 0 {
            // Whatever was sent while the run was queued is there already.
            state.arrivals.expect_more();
        }
        state.turns.push(now, WorkflowStarted { input }, payload);
        state
    }

    /// A later execution, which goes on where the log ends.
    pub(crate) fn resume(run_id: RunId, chance: Chance, now: Timestamp, past: Past) -> Self {
        let turns = Turns::new(chance, past.last_seq, past.last_turn);
        let started_at = past.started_at.unwrap_or(now);
        let mut state = Self::new(run_id, past.journal, turns, started_at);
        state.completed_steps = past.completed_steps;
        state.paused = past.paused;
        state.family = Family::of(past.has_children);
        state.arrivals.expect_more();
        state
    }

    /// The same, knowing what changed since its log was recorded.
    pub(crate) fn after(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    fn new(run_id: RunId, journal: Journal, turns: Turns, started_at: Timestamp) -> Self {
        Self {
            run_id,
            journal,
            turns,
            operations: Operations::default(),
            counters: HashMap::new(),
            completed_steps: Vec::new(),
            started_at,
            paused: None,
            interrupt: None,
            end: None,
            conclusion: None,
            flushed: false,
            draining: false,
            showing: Showing::default(),
            arrivals: Arrivals::default(),
            asks: 0,
            family: Family::default(),
            cause: Cause::default(),
        }
    }

    /// The same, whose events show this.
    pub(crate) fn shown(mut self, showing: Showing) -> Self {
        self.turns.set_audience(showing.audience());
        self.showing = showing;
        self
    }

    pub(crate) const fn showing(&self) -> &Showing {
        &self.showing
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

    /// Ends a poll of the body: what it produced becomes a turn. Says what follows in a replay,
    /// and adds the wakers of the operations that may go on.
    pub(crate) fn after_poll(&mut self, now: Timestamp, ready: &mut Vec<Waker>) -> AfterPoll {
        self.resume_if_moved(now);
        self.check_history();
        self.turns.seal();
        let after = self.journal.after_poll();
        match after {
            AfterPoll::Live | AfterPoll::NotTaken => {}
            AfterPoll::WentLive => ready.extend(self.held_wakers()),
            AfterPoll::NextTurn => ready.extend(self.released_waker()),
        }
        after
    }

    /// The commit of all turns up to this one is durable: the operations it asked for may begin.
    pub(crate) fn committed(&mut self, turn: u64, ready: &mut Vec<Waker>) {
        while let Some(no) = self.operations.make_ready(turn) {
            ready.extend(self.operation(no).waker().cloned());
        }
    }

    /// What replay says when the next result was not taken and nothing can take it any more.
    pub(crate) fn not_taken(&self) -> Option<Divergence> {
        let next = self.journal.next()?;
        let asked: Vec<_> = self
            .alive()
            .filter(|operation| operation.stage() == Stage::Held)
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
            .filter_map(Operation::waker)
            .filter(|held| held.will_wake(waker))
            .count()
    }

    fn released_waker(&self) -> Option<Waker> {
        let (no, id) = self.journal.asker()?;
        // Its place may be another one's by now.
        let asker = self.operations.get(no);
        let asker = asker.filter(|operation| operation.id == *id);
        asker?.waker().cloned()
    }

    fn held_wakers(&self) -> impl Iterator<Item = Waker> {
        let held = self
            .alive()
            .filter(|operation| operation.stage() == Stage::Held);
        held.filter_map(|operation| operation.waker().cloned())
    }

    fn alive(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter()
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
        /// The input.
        input: Value,
        /// What its events show.
        showing: Showing,
    },
    /// After `workflow.queued`, which holds the input.
    Queued {
        /// The last row's `seq`.
        last_seq: u64,
        /// The input as events show it.
        input: Option<Captured>,
        /// What its events show.
        showing: Showing,
    },
}

/// Whole milliseconds.
fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
