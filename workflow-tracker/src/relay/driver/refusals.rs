//! What a driver does where an endpoint refuses: asks for less, or waits until somebody acts.

use std::time::{Duration, Instant, SystemTime};

use super::Driver;
use crate::answer::BlockedReason;
use crate::chronicle::Line;
use crate::lane::Trouble;
use crate::relay::job::Verdict;
use crate::sift::{Portion, Refusal, Then};
use crate::stats::Blocked;
use crate::{Form, LANES};

impl Driver {
    /// The endpoint refused the content of a request.
    pub(super) fn refused(&mut self, lane: u8, refusal: Refusal, verdict: Verdict) {
        if self.squeeze.refused(verdict.pressed, refusal) {
            return self.ask_again(lane);
        }
        let is_the_event = match verdict.sent.portion {
            Portion::Next(_) | Portion::Alone(Form::Whole | Form::Truncated) => true,
            Portion::Alone(Form::Tombstone) | Portion::OtherRun => false,
        };
        if is_the_event {
            self.refusals[usize::from(lane)] = verdict.found.clone();
        }
        match self.sift(lane).refused(verdict.sent, refusal) {
            Then::GoOn => self.ask_again(lane),
            Then::Contract => self.contract(lane, verdict.found.words),
        }
    }

    /// The lane has nothing that would prove that its next event is at fault.
    pub(super) fn no_other_run(&mut self, lane: u8) {
        match self.sift(lane).no_other_run() {
            Then::GoOn => self.ask_again(lane),
            Then::Contract => {
                let found = self.refusals[usize::from(lane)].words.clone();
                self.contract(lane, found);
            }
        }
    }

    /// The endpoint does not take the encoding of a request.
    pub(super) fn unsupported(&mut self, lane: u8, verdict: Verdict) {
        if self.squeeze.unsupported(verdict.pressed) {
            self.ask_again(lane);
        } else {
            self.doubt(lane);
            self.blocked(lane, BlockedReason::Configuration, verdict.found.words);
        }
    }

    /// Gives up the batch in hand, and reads at once what is to be asked instead.
    fn ask_again(&mut self, lane: u8) {
        self.bench.tracker.unload(lane);
        self.lane(lane).reload();
    }

    /// The destination refuses for a reason that has nothing to do with the events.
    pub(super) fn doubt(&mut self, lane: u8) {
        if self.sift(lane).doubt() {
            self.ask_again(lane);
        }
    }

    fn contract(&mut self, lane: u8, found: String) {
        self.ask_again(lane);
        self.blocked(lane, BlockedReason::Contract, found);
    }

    /// An event was accepted in this lane: others may have waited for such a proof.
    pub(super) fn witness(&mut self, accepted: u8) {
        let now = Instant::now();
        for lane in (0..LANES).filter(|lane| *lane != accepted) {
            if self.sift(lane).witness() {
                self.lane(lane).hasten(now, Duration::ZERO);
            }
        }
    }

    /// Keeps everything, and probes slowly.
    pub(super) fn blocked(&mut self, lane: u8, reason: BlockedReason, found: String) {
        self.outage.failed(self.standing(lane), Instant::now());
        self.stopped |= reason == BlockedReason::Gone;
        if !self.block_told {
            self.block_told = self.write(Line::Blocked {
                found: &found,
                way_out: reason.way_out(),
                pending: self.pending(),
            });
            if self.block_told {
                self.outage.announce();
            }
        }
        self.blocked.insert(lane);
        self.bench.tracker.block(Blocked {
            reason,
            detail: found,
            since: SystemTime::now().into(),
        });
        let state = &mut self.lanes[usize::from(lane)];
        let wait = self
            .pace
            .probes
            .after(state.failures_with(Trouble::Blocking));
        state.failed(Trouble::Blocking, Instant::now(), wait);
    }

    /// The lane's last answer does not wait for somebody to act.
    pub(super) fn allow(&mut self, lane: u8) {
        self.blocked.remove(lane);
        if self.blocked.is_empty() {
            self.block_told = false;
            self.bench.tracker.unblock();
        }
    }

    /// Somebody says that the destination is back.
    pub(super) fn resume(&mut self) {
        self.stopped = false;
        self.hasten(Duration::ZERO);
    }
}
