//! How a durable sleep moves.

use std::task::Waker;
use std::time::{Duration, SystemTime};

use workflow_tracker::Timestamp;
use workflow_tracker::events::{SleepCompleted, SleepStarted};

use super::operation::{Kind, Stage};
use super::{OperationNo, RunState, millis};

/// When a sleep ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// This long after it is asked for.
    After(Duration),
    /// At this instant.
    At(Timestamp),
}

impl From<Duration> for Wake {
    fn from(duration: Duration) -> Self {
        Self::After(duration)
    }
}

impl From<SystemTime> for Wake {
    fn from(instant: SystemTime) -> Self {
        Self::At(instant.into())
    }
}

impl From<Timestamp> for Wake {
    fn from(instant: Timestamp) -> Self {
        Self::At(instant)
    }
}

/// What a sleep's future does after asking the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SleepPoll {
    /// Nothing, until it is woken.
    Pending,
    /// The sleep is over.
    Over,
}

impl RunState {
    /// A poll of a sleep's future.
    pub(crate) fn poll_sleep(
        &mut self,
        no: OperationNo,
        waker: &Waker,
        now: Timestamp,
    ) -> SleepPoll {
        self.ask(no, waker);
        match self.operation(no).stage() {
            Stage::Held => self.poll_held_sleep(no, now),
            Stage::Waiting { until } => self.wait_until(no, until, now),
            Stage::Named
            | Stage::Asked { .. }
            | Stage::Ready
            | Stage::Running { .. }
            | Stage::Awaiting { .. }
            | Stage::Done => SleepPoll::Pending,
        }
    }

    fn poll_held_sleep(&mut self, no: OperationNo, now: Timestamp) -> SleepPoll {
        if self.replay(no).is_some() {
            return SleepPoll::Over;
        }
        if !self.may_begin() {
            return SleepPoll::Pending;
        }
        let id = self.identity(no);
        let begun = self.journal.history(&id).and_then(|history| history.sleep);
        let until = match begun {
            Some((asked, until)) => {
                *self.asked_ms(no) = asked;
                until
            }
            None => self.ask_sleep(no, now),
        };
        self.wait_until(no, until, now)
    }

    /// Asks for the sleep; its end is fixed now.
    fn ask_sleep(&mut self, no: OperationNo, now: Timestamp) -> Timestamp {
        let operation = self.operation_mut(no);
        let name = operation.site.name.to_owned();
        let identity = operation.id.identity();
        let Kind::Sleep { wake, asked_ms } = &mut operation.kind else {
            unreachable!("a sleep's future holds the number of a sleep");
        };
        let (duration, until) = match *wake {
            Wake::After(duration) => (duration, now.plus(duration)),
            Wake::At(instant) => (instant.since(now), instant),
        };
        *asked_ms = millis(duration);
        let started = SleepStarted {
            name,
            duration_ms: *asked_ms,
            resume_at: until,
            identity,
        };
        self.turns.ask(now, started, no);
        until
    }

    fn wait_until(&mut self, no: OperationNo, until: Timestamp, now: Timestamp) -> SleepPoll {
        if until > now {
            self.set_stage(no, Stage::Waiting { until });
            return SleepPoll::Pending;
        }
        let duration_ms = *self.asked_ms(no);
        self.set_stage(no, Stage::Done);
        let operation = self.operation(no);
        let completed = SleepCompleted {
            name: operation.site.name.to_owned(),
            duration_ms,
            identity: operation.id.identity(),
        };
        self.push(now, completed, None);
        SleepPoll::Over
    }

    fn asked_ms(&mut self, no: OperationNo) -> &mut u64 {
        match &mut self.operation_mut(no).kind {
            Kind::Sleep { asked_ms, .. } => asked_ms,
            Kind::Step(_) | Kind::Value | Kind::Wait(_) | Kind::Child(_) => {
                unreachable!("a sleep's future holds the number of a sleep")
            }
        }
    }
}
