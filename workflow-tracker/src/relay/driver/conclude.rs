//! What a driver concludes from the end of a read or a request.

use std::time::{Duration, Instant, SystemTime};

use super::Driver;
use crate::answer::{Answer, BlockedReason};
use crate::chronicle::Line;
use crate::lane::Trouble;
use crate::outage::Standing;
use crate::relay::job::{Finished, Outcome, Verdict};
use crate::stats::Blocked;

impl Driver {
    pub(super) fn conclude(&mut self, finished: Finished) {
        let Finished {
            lane,
            began,
            outcome,
        } = finished;
        match outcome {
            Outcome::Loaded => {
                self.lanes[usize::from(lane)].loaded(began);
                // It goes on in the place that its read has left, before others read as well.
                self.turn = lane;
            }
            Outcome::NotRead(error) => {
                self.bench.tracker.counters.log_errors.increment();
                let found = error.to_string();
                self.write(Line::LogError { found: &found });
                self.retry(lane, Duration::ZERO);
            }
            Outcome::Answered(verdict) => self.answered(lane, verdict),
            Outcome::Panicked => self.panicked(lane),
        }
    }

    fn answered(&mut self, lane: u8, verdict: Verdict) {
        let Verdict { answer, found } = verdict;
        match answer {
            Answer::Acknowledged => self.acknowledged(lane),
            Answer::Retry { retry_after } => {
                self.allow(lane);
                self.hold_for(retry_after);
                self.retry(lane, retry_after.unwrap_or_default());
                self.failed(lane, &found);
            }
            Answer::Blocked(reason) => self.refused(lane, reason, found),
        }
    }

    fn acknowledged(&mut self, lane: u8) {
        self.lanes[usize::from(lane)].acknowledged();
        self.allow(lane);
        if self.outage.ends_streak() {
            self.hasten(Duration::ZERO);
        }
        let recovery = self.outage.succeeded(self.standing(lane), Instant::now());
        if let Some(recovery) = recovery {
            self.write(Line::Recovered {
                late: recovery.late,
                lasted: recovery.lasted,
            });
        }
    }

    /// A request failed in a way that may pass.
    fn failed(&mut self, lane: u8, found: &str) {
        if self.outage.failed(self.standing(lane), Instant::now()) {
            let pending = self.pending();
            self.write(Line::Failing { found, pending });
        }
    }

    fn refused(&mut self, lane: u8, reason: BlockedReason, found: String) {
        self.outage.failed(self.standing(lane), Instant::now());
        if !self.bench.tracker.is_blocked() {
            self.write(Line::Blocked {
                found: &found,
                way_out: reason.way_out(),
                pending: self.pending(),
            });
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
    fn allow(&mut self, lane: u8) {
        self.blocked.remove(lane);
        if self.blocked.is_empty() {
            self.bench.tracker.unblock();
        }
    }

    /// The destination wants to be left alone for a while, whatever the lane.
    fn hold_for(&mut self, asked: Option<Duration>) {
        let until = asked.map(|asked| Instant::now() + asked);
        self.hold = self.hold.max(until);
    }

    fn retry(&mut self, lane: u8, at_least: Duration) {
        let state = &mut self.lanes[usize::from(lane)];
        let failures = state.failures_with(Trouble::Passing);
        let wait = self.pace.retries.jittered(failures, &mut self.rng);
        state.failed(Trouble::Passing, Instant::now(), wait.max(at_least));
    }

    fn panicked(&mut self, lane: u8) {
        let tracker = &self.bench.tracker;
        tracker.counters.restarts.increment();
        self.write(Line::Panic {
            found: "reading, encoding or sending panicked",
        });
        let was_sending = self.lanes[usize::from(lane)].is_loaded();
        if was_sending && self.bench.tracker.batch(lane).is_none() {
            // It came after the acknowledgement, which counts; nobody else tells who waits.
            self.acknowledged(lane);
            self.bench.relay.progress.notify_waiters();
        } else {
            self.retry(lane, Duration::ZERO);
        }
    }

    fn standing(&self, lane: u8) -> Standing {
        Standing {
            lane,
            acknowledged: self.bench.tracker.acknowledged(lane),
            head: self.bench.relay.head(lane),
        }
    }

    fn pending(&self) -> u64 {
        let heads = self.bench.relay.heads();
        self.bench.tracker.account(&heads).pending
    }

    fn write(&self, line: Line<'_>) {
        self.bench.tracker.chronicle.write(line, Instant::now());
    }
}
