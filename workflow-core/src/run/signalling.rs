//! How a wait for a signal moves: asked, received or expired.

use std::task::Waker;
use std::time::Duration;

use workflow_tracker::events::{ErrorKind, SignalAwaited, SignalExpired, SignalReceived};
use workflow_tracker::{Captured, Timestamp};

use super::operation::{Kind, Stage};
use super::stepping::encoded;
use super::{OperationNo, RunState};
use crate::error::{Failure, StepError};
use crate::journal::Outcome;
use crate::store::{Request, RequestKind};

/// The options of a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitOptions {
    /// The name under which the signal is sent.
    pub signal: String,
    /// How long to wait from when the wait is asked for; `None`: for ever.
    pub timeout: Option<Duration>,
}

/// What a wait's future does after asking the run.
#[derive(Debug)]
pub(crate) enum WaitPoll {
    /// Nothing, until it is woken.
    Pending,
    /// Hand the recorded result to the body.
    Recorded(Outcome),
    /// Record this signal, and hand its value to the body.
    Take(Received),
}

/// A signal that is to be recorded.
#[derive(Debug)]
pub(crate) struct Received {
    request: u64,
    /// The value, encoded.
    pub(crate) payload: Vec<u8>,
}

impl RunState {
    /// A poll of a wait's future.
    pub(crate) fn poll_wait(&mut self, no: OperationNo, waker: &Waker, now: Timestamp) -> WaitPoll {
        self.ask(no, waker);
        match self.operation(no).stage() {
            Stage::Held => self.poll_held_wait(no, now),
            Stage::Awaiting { until, .. } => self.poll_awaiting(no, until, now),
            Stage::Named
            | Stage::Asked { .. }
            | Stage::Ready
            | Stage::Running { .. }
            | Stage::Waiting { .. }
            | Stage::Done => WaitPoll::Pending,
        }
    }

    fn poll_held_wait(&mut self, no: OperationNo, now: Timestamp) -> WaitPoll {
        if let Some(outcome) = self.replay(no) {
            return WaitPoll::Recorded(outcome);
        }
        if !self.may_begin() {
            return WaitPoll::Pending;
        }
        let id = self.identity(no);
        let asked = self.journal.history(&id).and_then(|known| known.deadline);
        let until = match asked {
            Some(deadline) => deadline.instant(),
            None => self.ask_wait(no, now),
        };
        self.poll_awaiting(no, until, now)
    }

    /// Asks for the signal; when the wait gives up is fixed now.
    fn ask_wait(&mut self, no: OperationNo, now: Timestamp) -> Option<Timestamp> {
        let WaitOptions { signal, timeout } = self.wait_options(no).clone();
        let operation = self.operation(no);
        let name = operation.site.name.to_owned();
        let deadline = timeout.map(|timeout| now.plus(timeout));
        let awaited = SignalAwaited {
            signal: (signal != name).then_some(signal),
            name,
            deadline,
            identity: operation.id.identity(),
        };
        self.turns.ask(now, awaited, no);
        deadline
    }

    fn poll_awaiting(
        &mut self,
        no: OperationNo,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> WaitPoll {
        if let Some(request) = self.take_request(no, until) {
            return WaitPoll::Take(received(request));
        }
        let expired = until.filter(|until| *until <= now);
        if let Some(until) = expired {
            if self.arrivals.knows_until(until) {
                return WaitPoll::Recorded(self.expire(no, now));
            }
            // What was sent in time counts, even if nobody has looked since.
            self.arrivals.expect_more();
        }
        let looking = !self.arrivals.is_current();
        self.set_stage(no, Stage::Awaiting { until, looking });
        WaitPoll::Pending
    }

    /// Records a signal that was taken, with its value as events show it.
    pub(crate) fn receive(
        &mut self,
        no: OperationNo,
        received: Received,
        shown: Option<Captured>,
        now: Timestamp,
    ) {
        self.set_stage(no, Stage::Done);
        let operation = self.operation(no);
        let event = SignalReceived {
            name: operation.site.name.to_owned(),
            payload: shown,
            identity: operation.id.identity(),
        };
        let Received { request, payload } = received;
        self.turns.push_used(now, event, payload, request);
    }

    /// The deadline passed first.
    fn expire(&mut self, no: OperationNo, now: Timestamp) -> Outcome {
        let WaitOptions { signal, timeout } = self.wait_options(no).clone();
        self.set_stage(no, Stage::Done);
        let operation = self.operation(no);
        let name = operation.site.name;
        let expired = SignalExpired {
            name: name.to_owned(),
            identity: operation.id.identity(),
        };
        let within = timeout.map_or_else(String::new, |timeout| {
            format!(" within {}", humantime::format_duration(timeout))
        });
        let message = format!("the signal `{signal}` did not come{within}");
        let failure = Failure::new(ErrorKind::Timeout, message);
        let error = encoded(&StepError::new(name, 1, Vec::new(), failure));
        self.push(now, expired, Some(error.clone()));
        Outcome::Error(error)
    }

    fn wait_options(&self, no: OperationNo) -> &WaitOptions {
        match &self.operation(no).kind {
            Kind::Wait(options) => options,
            Kind::Step(_) | Kind::Sleep { .. } | Kind::Value | Kind::Child(_) => {
                unreachable!("a wait's future holds the number of a wait")
            }
        }
    }
}

fn received(request: Request) -> Received {
    match request.kind {
        RequestKind::Signal { payload, .. } => Received {
            request: request.id,
            payload,
        },
        RequestKind::Cancel { .. } | RequestKind::ChildEnded { .. } => {
            unreachable!("only a signal ends a wait for one")
        }
    }
}
