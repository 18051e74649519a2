//! What a driver commits, and what it makes of the store's answers.

use std::sync::Arc;

use workflow_tracker::Timestamp;

use super::Driver;
use super::hold::{Free, Hold};
use crate::run::{End, Interrupt, Taken};
use crate::store::{
    Change, Claim, Committed, Effects, EndStatus, NewRow, Refused, RunCommit, Target,
};

/// A commit that the store has not answered.
#[derive(Debug)]
pub(super) struct InFlight {
    target: Target,
    rows: Arc<Vec<NewRow>>,
    change: Option<Change>,
    effects: Effects,
    /// The last turn among the rows.
    turn: u64,
}

impl Driver {
    /// The next commit, if there is something to commit and the last one was answered.
    pub(super) fn next_commit(&mut self, now: Timestamp) -> Option<RunCommit> {
        if self.in_flight.is_some() {
            return None;
        }
        let mut state = self.execution.state();
        let change = match state.end() {
            Some(end) => end_change(end),
            None if state.paused().is_some() => self.waits.as_ref().map(|waits| Change::Wait {
                wake_at: waits.wake_at,
            }),
            None => {
                self.waits = None;
                None
            }
        };
        if matches!(state.end(), Some(End::Fenced | End::Parked)) {
            return None;
        }
        if state.turns().is_empty() && (change.is_none() || self.is_free()) {
            return None;
        }
        let Taken {
            rows,
            turn,
            mut effects,
        } = state.turns().take();
        effects.cancels = state.cancels();
        // Until the replay is over it is not known whether the log fits this code.
        let is_new_code = state.is_live() && self.recorded_by != self.fingerprint;
        effects.fingerprint = is_new_code.then_some(self.fingerprint);
        drop(state);
        effects.awaits = self.waits.take().unwrap_or_default().awaits;
        let target = match &self.hold {
            Hold::New(run) => Target::New(run.clone()),
            Hold::Free(free) => (*free).into(),
            Hold::Ours(claim) => Target::Claimed(*claim),
        };
        let in_flight = self.in_flight.insert(InFlight {
            target,
            rows,
            change,
            effects,
            turn,
        });
        Some(in_flight.commit(now))
    }

    /// The commit that the store has not answered, once more: the store failed.
    pub(in crate::engine) fn commit_again(&self, now: Timestamp) -> Option<RunCommit> {
        Some(self.in_flight.as_ref()?.commit(now))
    }

    /// Takes the store's answer to the commit.
    pub(in crate::engine) fn replied(&mut self, reply: Result<Committed, Refused>, now: Timestamp) {
        let Some(in_flight) = self.in_flight.take() else {
            return;
        };
        match reply {
            Ok(committed) => self.committed(&in_flight, committed),
            Err(Refused::Exists(record)) => self.exists = Some(record),
            Err(Refused::Fenced) => self.fenced(),
            // Whoever awaits the store repeats a commit that failed; it is no answer.
            Err(Refused::Failed(_)) => self.in_flight = Some(in_flight),
            Err(Refused::CancelRequested { reason }) => {
                let mut state = self.execution.state();
                state.turns().put_back(&in_flight.rows, in_flight.effects);
                state.close_as_cancelled(now, reason);
            }
        }
    }

    fn committed(&mut self, in_flight: &InFlight, committed: Committed) {
        self.hold_on(in_flight.change, committed.claim);
        self.recorded_by = in_flight.effects.fingerprint.unwrap_or(self.recorded_by);
        let mut state = self.execution.state();
        // They are woken when the driver is polled next, which is at once.
        state.committed(in_flight.turn, &mut self.ready);
        if let Some(end) = state.end()
            && in_flight.change == end_change(end)
        {
            state.set_flushed(end);
            self.body.set();
        }
        drop(state);
        if self.claim_first {
            self.claim_first = false;
            self.body.set();
        }
    }

    /// Who holds the run after a commit.
    fn hold_on(&mut self, change: Option<Change>, claim: Claim) {
        let ours = match change {
            None => true,
            Some(Change::Wait { .. } | Change::Block | Change::Release | Change::End { .. }) => {
                false
            }
        };
        self.claim.set(ours.then_some(claim));
        self.hold = if ours {
            Hold::Ours(claim)
        } else {
            Hold::Free(Free {
                run: claim.run,
                execution: claim.execution,
                epoch: claim.epoch,
                fingerprint: self.recorded_by,
                crashes: None,
            })
        };
    }

    fn fenced(&mut self) {
        self.claim.set(None);
        self.claim_first = false;
        let mut state = self.execution.state();
        state.turns().clear();
        if state.end().is_some() {
            state.set_flushed(End::Fenced);
        } else {
            state.interrupt(Interrupt::Fenced);
        }
        self.body.set();
    }
}

impl InFlight {
    fn commit(&self, now: Timestamp) -> RunCommit {
        RunCommit::new(self.target.clone(), Arc::clone(&self.rows), now)
            .with_change(self.change)
            .with_effects(self.effects.clone())
    }
}

/// The change with which an execution that ended so is committed, if one is needed.
const fn end_change(end: End) -> Option<Change> {
    let (status, unless_cancelled) = match end {
        End::Completed => (EndStatus::Completed, true),
        End::Failed => (EndStatus::Failed, true),
        End::Cancelled => (EndStatus::Cancelled, false),
        End::Blocked => return Some(Change::Block),
        End::Released => return Some(Change::Release),
        End::Parked | End::Fenced => return None,
    };
    Some(Change::End {
        status,
        unless_cancelled,
    })
}
