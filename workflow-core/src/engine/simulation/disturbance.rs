//! What others do to a simulated run: doubled starts, cancels, clocks that jump, and processes
//! that were taken for dead.

use std::task::Waker;

use workflow_tracker::Timestamp;

use super::world::{World, now_or_never};
use crate::engine::driver::{Driver, Finish, Todo};
use crate::run::{End, Interrupt};
use crate::store::{
    CommitResult, NewRequest, Refused, RequestKind, RequestReply, RunCommit, RunNo, Store as _,
};

/// So often a process that was stalled is polled at most.
const POLLS_MAX: usize = 100;
const REASON: &str = "enough";

impl World {
    /// Moves the clock by up to two minutes, or back by up to a minute.
    pub(super) fn jump(&self) {
        let now = self.now().as_millis();
        let to = match self.below(3) {
            0 => now.saturating_sub(self.below(60_000)),
            _ => now + self.below(120_000),
        };
        self.set_clock(Timestamp::from_millis(to));
    }

    /// Somebody starts the run a second time: there is one, and nothing of the second is stored.
    pub(super) fn start_again(&self) {
        if self.record().is_none() {
            return;
        }
        let mut second = self.create();
        let Todo::Commit(commit) = second.poll(Waker::noop(), self.now()) else {
            return self.violated("a second start commits nothing");
        };
        let reply = self.raw_commit(commit);
        if !matches!(reply, Err(Refused::Exists(_))) {
            self.violated(&format!("a second start was answered {reply:?}"));
        }
        second.replied(reply, self.now());
        let end = second.poll(Waker::noop(), self.now());
        if !matches!(end, Todo::Finished(Finish::Exists(_))) {
            self.violated(&format!("a second start ends as {end:?}"));
        }
    }

    /// Somebody cancels the run, twice; whoever drives it may be told now or later.
    pub(super) fn cancel(&self, driver: &Driver) {
        if self.cancelled.get() || self.record().is_none() {
            return;
        }
        for _ in 0..2 {
            let reason = Some(REASON.to_owned());
            let request = NewRequest {
                run: RunNo(1),
                kind: RequestKind::Cancel { reason },
                at: self.now(),
            };
            match now_or_never(self.store.request(request)) {
                Ok(RequestReply::Accepted) => self.cancelled.set(true),
                Ok(RequestReply::Ended(_)) => {}
                reply => self.violated(&format!("a cancel was answered {reply:?}")),
            }
        }
        if self.flip() {
            self.tell_of_cancel(driver);
        }
    }

    /// Tells whoever drives the run that it is cancelled, once; true where there was something
    /// to tell.
    pub(super) fn tell_of_cancel(&self, driver: &Driver) -> bool {
        if !self.cancelled.get() || self.told.replace(true) {
            return false;
        }
        let reason = Some(REASON.to_owned());
        driver.interrupt(Interrupt::Cancelled { reason });
        true
    }

    /// A process is taken for dead.
    pub(super) fn stalled(&self, driver: Driver) {
        *self.stalled.borrow_mut() = Some(driver);
    }

    /// The process that was taken for dead goes on, and finds that the run is not its own.
    pub(super) fn wake_stalled(&self) {
        let Some(mut driver) = self.stalled.borrow_mut().take() else {
            return;
        };
        let now = self.now();
        let mut again = driver.commit_again(now);
        for _ in 0..POLLS_MAX {
            let commit = match again.take() {
                Some(commit) => commit,
                None => match driver.poll(Waker::noop(), now) {
                    Todo::Commit(commit) => commit,
                    Todo::Wait(_)
                    | Todo::Stalled
                    | Todo::Finished(
                        Finish::Exists(_)
                        | Finish::Flushed {
                            end: End::Fenced, ..
                        },
                    ) => return,
                    Todo::Finished(finish) => {
                        return self.violated(&format!("a stalled process ends as {finish:?}"));
                    }
                },
            };
            let reply = self.raw_commit(commit);
            if !matches!(reply, Err(Refused::Fenced | Refused::Exists(_))) {
                self.violated(&format!("an outdated claim was answered {reply:?}"));
            }
            driver.replied(reply, now);
        }
        self.violated("a process whose claim is outdated goes on");
    }

    /// Hands a commit to the store.
    pub(super) fn raw_commit(&self, commit: RunCommit) -> CommitResult {
        let mut results = now_or_never(self.store.commit(vec![commit])).expect("memory works");
        results.pop().expect("one commit has one result")
    }
}
