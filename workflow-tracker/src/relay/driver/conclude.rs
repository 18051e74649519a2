//! What a driver concludes from the end of a read or a request.

use std::time::{Duration, Instant};

use super::Driver;
use crate::answer::Answer;
use crate::chronicle::Line;
use crate::lane::Trouble;
use crate::outage::Standing;
use crate::relay::job::{Finished, Outcome, Passed, Verdict};

impl Driver {
    pub(super) fn conclude(&mut self, finished: Finished) {
        let Finished {
            lane,
            began,
            outcome,
        } = finished;
        match outcome {
            Outcome::Loaded => self.lane(lane).loaded(began),
            Outcome::Passed(passed) => self.passed(lane, passed),
            Outcome::NothingToTruncate => {
                self.sift(lane).nothing_to_truncate();
                self.lane(lane).reload();
            }
            Outcome::NoOtherRun => self.no_other_run(lane),
            Outcome::LogFailed(error) => {
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
        match verdict.answer {
            Answer::Acknowledged => self.accepted(lane, &verdict),
            Answer::Retry { retry_after } => {
                self.allow(lane);
                self.hold_for(retry_after);
                self.retry(lane, retry_after.unwrap_or_default());
                self.failed(lane, &verdict.found.words);
            }
            Answer::Refused(refusal) => self.refused(lane, refusal, verdict),
            Answer::Unsupported => self.unsupported(lane, verdict),
            Answer::Blocked(reason) => {
                self.doubt(lane);
                self.blocked(lane, reason, verdict.found.words);
            }
        }
    }

    fn accepted(&mut self, lane: u8, verdict: &Verdict) {
        self.sift(lane).accepted(verdict.sent);
        self.squeeze.accepted(verdict.pressed);
        if verdict.sent.delivers() {
            self.delivered(lane);
            self.witness(lane);
        } else {
            self.bench.tracker.unload(lane);
            self.lane(lane).reload();
        }
    }

    /// The lane's batch is out, and its cursor moved.
    fn delivered(&mut self, lane: u8) {
        self.lane(lane).acknowledged();
        self.allow(lane);
        if self.outage.ends_streak() {
            self.hasten(Duration::ZERO);
        }
        self.caught_up(lane);
    }

    /// The lane's next events were passed without being delivered.
    fn passed(&mut self, lane: u8, passed: Passed) {
        match passed {
            Passed::PutAside => {
                let found = std::mem::take(&mut self.refusals[usize::from(lane)]).words;
                let quarantined = self.bench.tracker.quarantined();
                self.write(Line::PutAside {
                    found: &found,
                    quarantined,
                });
                self.allow(lane);
            }
            Passed::Expired(events) => {
                self.write(Line::Expired { events });
            }
        }
        self.sift(lane).passed();
        self.lane(lane).reload();
        self.caught_up(lane);
    }

    /// Tells when this was the end of an outage.
    fn caught_up(&mut self, lane: u8) {
        let recovery = self.outage.succeeded(self.standing(lane), Instant::now());
        if let Some(recovery) = recovery.filter(|recovery| recovery.announced) {
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
            if self.write(Line::Failing { found, pending }) {
                self.outage.announce();
            }
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
            self.sift(lane).passed();
            self.delivered(lane);
            self.bench.relay.progress.notify_waiters();
        } else {
            self.retry(lane, Duration::ZERO);
        }
    }

    pub(super) fn standing(&self, lane: u8) -> Standing {
        Standing {
            lane,
            acknowledged: self.bench.tracker.acknowledged(lane),
            head: self.bench.relay.head(lane),
        }
    }

    pub(super) fn pending(&self) -> u64 {
        let heads = self.bench.relay.heads();
        self.bench.tracker.account(&heads).pending
    }

    /// Says whether the line was written, or another one of its kind just before.
    pub(super) fn write(&self, line: Line<'_>) -> bool {
        self.bench.tracker.chronicle.write(line, Instant::now())
    }
}
