//! What a lane waits for: a read from the log, a request's answer, an event to be put aside.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::account::TrackerState;
use super::batch::Batch;
use super::caught::caught;
use super::reading::Reading;
use super::state::RelayState;
use crate::answer::Answer;
use crate::sift::Sent;
use crate::squeeze::Pressed;
use crate::transport::{Fault, Reply, Transport};
use crate::{CursorMove, EventLog, LogError, Quarantine};

/// What the jobs of one tracker work with.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) relay: Arc<RelayState>,
    pub(crate) tracker: Arc<TrackerState>,
}

/// How a job ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) lane: u8,
    pub(crate) began: Instant,
    pub(crate) outcome: Outcome,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    /// A batch is in hand.
    Loaded,
    /// What was to be read is passed without being delivered.
    Passed(Passed),
    /// The event has nothing to lose but everything.
    NothingToTruncate,
    /// The lane holds no event of another run.
    NoOtherRun,
    /// The log could not be used, or did not hold what it should.
    LogFailed(LogError),
    /// The request had this answer, or had none.
    Answered(Verdict),
    /// The log, the encoder or the transport panicked.
    Panicked,
}

/// How events are passed without being delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// One was put aside.
    PutAside,
    /// So many were too old.
    Expired(u64),
}

/// What a request came to.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) answer: Answer,
    pub(crate) sent: Sent,
    pub(crate) pressed: Pressed,
    pub(crate) found: Found,
}

/// What was found, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) status: Option<u16>,
    pub(crate) words: String,
}

impl Verdict {
    /// No answer came.
    pub(crate) fn of_fault(fault: &Fault, batch: &Batch) -> Self {
        let found = Found {
            status: None,
            words: fault.to_string(),
        };
        Self::new(Answer::of_fault(fault), batch, found)
    }

    fn of_status(answer: Answer, status: u16, batch: &Batch) -> Self {
        let found = Found {
            status: Some(status),
            words: format!("the endpoint answered {status}"),
        };
        Self::new(answer, batch, found)
    }

    const fn new(answer: Answer, batch: &Batch, found: Found) -> Self {
        Self {
            answer,
            sent: batch.sent,
            pressed: batch.pressed,
            found,
        }
    }
}

impl Bench {
    /// Reads and encodes the next events of a lane.
    pub(crate) async fn read(self, lane: u8, reading: Reading) -> Finished {
        let loaded = async { self.load(lane, reading).await };
        finish(lane, async {
            loaded.await.unwrap_or_else(Outcome::LogFailed)
        })
        .await
    }

    /// Puts the next event of a lane aside.
    pub(crate) async fn put_aside(self, lane: u8, pos: u64, refusal: Found) -> Finished {
        let work = async {
            let event = Quarantine {
                tracker: Arc::clone(&self.tracker.name),
                lane,
                pos,
                status: refusal.status,
                reason: refusal.words,
                at: self.tracker.now(),
            };
            if let Err(error) = self.log.quarantine(event).await {
                return Outcome::LogFailed(error);
            }
            self.tracker.put_aside(lane, pos);
            self.relay.progress.notify_waiters();
            Outcome::Passed(Passed::PutAside)
        };
        finish(lane, work).await
    }

    /// Sends the batch of a lane.
    pub(crate) async fn send(
        self,
        lane: u8,
        batch: Arc<Batch>,
        transport: Arc<dyn Transport>,
    ) -> Finished {
        let work = async { Outcome::Answered(self.post(lane, &batch, &*transport).await) };
        finish(lane, work).await
    }

    async fn post(&self, lane: u8, batch: &Batch, transport: &dyn Transport) -> Verdict {
        if batch.is_repeat() {
            self.tracker.counters.retries.increment();
        }
        match transport.send(&batch.request).await {
            Err(fault) => self.counted(Verdict::of_fault(&fault, batch)),
            Ok(Reply { head, rest }) => {
                let answer = Answer::of_reply(&head, SystemTime::now());
                let verdict = self.counted(Verdict::of_status(answer, head.status, batch));
                if answer == Answer::Acknowledged && batch.sent.delivers() {
                    self.acknowledged(lane, batch);
                }
                rest.await;
                verdict
            }
        }
    }

    fn counted(&self, verdict: Verdict) -> Verdict {
        self.tracker.counters.answered(verdict.answer);
        verdict
    }

    /// The status line decides: whatever the rest of the answer does, these events are delivered.
    fn acknowledged(&self, lane: u8, batch: &Batch) {
        self.tracker.acknowledge(lane, batch);
        self.log.advance(CursorMove {
            tracker: Arc::clone(&self.tracker.name),
            lane,
            pos: batch.sent.last,
        });
        self.relay.progress.notify_waiters();
    }
}

async fn finish(lane: u8, work: impl Future<Output = Outcome>) -> Finished {
    let began = Instant::now();
    let outcome = caught(work).await.unwrap_or(Outcome::Panicked);
    Finished {
        lane,
        began,
        outcome,
    }
}
