//! The two things that a lane waits for: a read from the log, and a request's answer.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::account::TrackerState;
use super::batch::Batch;
use super::caught::caught;
use super::state::RelayState;
use crate::answer::Answer;
use crate::transport::{Reply, Transport};
use crate::{CursorMove, EventLog, LogError, LoggedEvent, ReadLane};

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
    /// The log could not be read, or did not hold what it should.
    NotRead(LogError),
    /// The request had this answer, or had none.
    Answered(Verdict),
    /// The log, the encoder or the transport panicked.
    Panicked,
}

/// What a request came to.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) answer: Answer,
    /// What was found, for people.
    pub(crate) found: String,
}

impl Bench {
    /// Reads and encodes the next events of a lane.
    pub(crate) async fn read(self, lane: u8) -> Finished {
        let work = async {
            match self.load(lane).await {
                Ok(()) => Outcome::Loaded,
                Err(error) => Outcome::NotRead(error),
            }
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

    async fn load(&self, lane: u8) -> Result<(), LogError> {
        let config = &*self.tracker.config;
        let pace = config.pace();
        let after = self.tracker.acknowledged(lane);
        let read = ReadLane {
            events_max: pace.batch_events_max,
            bytes_max: pace.batch_bytes_max,
            payloads: config.encoder().wants_payloads(),
            ..ReadLane::new(lane, after)
        };
        let mut events = self.log.read(read).await?;
        for event in &mut events {
            event.show(config.capture());
        }
        check_order(lane, after, &events)?;
        let batch = Batch::cut(config, &events).ok_or_else(|| {
            let head = self.relay.head(lane);
            LogError::new(format!(
                "reading lane {lane} after position {after} gave nothing, but it goes up to {head}"
            ))
        })?;
        self.tracker.load(lane, batch);
        Ok(())
    }

    async fn post(&self, lane: u8, batch: &Batch, transport: &dyn Transport) -> Verdict {
        if batch.is_repeat() {
            self.tracker.counters.retries.increment();
        }
        match transport.send(&batch.request).await {
            Err(fault) => self.verdict(Answer::of_fault(&fault), fault.to_string()),
            Ok(Reply { head, rest }) => {
                let answer = Answer::of_reply(&head, SystemTime::now());
                let verdict =
                    self.verdict(answer, format!("the endpoint answered {}", head.status));
                if answer == Answer::Acknowledged {
                    self.acknowledged(lane, batch);
                }
                rest.await;
                verdict
            }
        }
    }

    fn verdict(&self, answer: Answer, found: String) -> Verdict {
        self.tracker.counters.answered(answer);
        Verdict { answer, found }
    }

    /// The status line decides: whatever the rest of the answer does, these events are delivered.
    fn acknowledged(&self, lane: u8, batch: &Batch) {
        self.tracker.acknowledge(lane, batch);
        self.log.advance(CursorMove {
            tracker: Arc::clone(&self.tracker.name),
            lane,
            pos: batch.last,
        });
        self.relay.progress.notify_waiters();
    }
}

/// Refuses what would be sent again and again, because the cursor could never pass it.
fn check_order(lane: u8, after: u64, events: &[LoggedEvent]) -> Result<(), LogError> {
    let mut last = after;
    for event in events {
        if event.pos <= last || event.lane != lane {
            return Err(LogError::new(format!(
                "reading lane {lane} after position {after} gave position {} of lane {} after \
                 position {last}; positions must rise",
                event.pos, event.lane
            )));
        }
        last = event.pos;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{EventType, Form, Timestamp};

    #[test]
    fn positions_that_do_not_rise_are_refused() {
        let event = |pos| LoggedEvent {
            lane: 3,
            pos,
            event_id: Uuid::nil(),
            run_id: Uuid::nil(),
            seq: 1,
            event_type: EventType::WorkflowStarted,
            occurred_at: Timestamp::default(),
            recorded_at: Timestamp::default(),
            workflow_name: String::new(),
            user_id: None,
            fingerprint: None,
            fields: "{}".to_owned(),
            audience: crate::Audience::All,
            payload: None,
            form: Form::Whole,
        };
        let accepted = |lane, after, positions: &[u64]| {
            let events: Vec<_> = positions.iter().copied().map(event).collect();
            check_order(lane, after, &events).is_ok()
        };
        assert!(accepted(3, 5, &[6, 7, 10]));
        assert!(!accepted(3, 5, &[5, 6]));
        assert!(!accepted(3, 5, &[6, 6]));
        assert!(!accepted(2, 5, &[6]));
    }
}
