//! How a recorded value moves: taken once, and read from the log ever after.

use std::task::Waker;

use workflow_tracker::Timestamp;
use workflow_tracker::events::ValueRecorded;

use super::operation::Stage;
use super::{OperationNo, RunState};

/// What a value's future does after asking the run.
#[derive(Debug)]
pub(crate) enum ValuePoll {
    /// Nothing, until it is woken.
    Pending,
    /// Hand the recorded value to the body.
    Recorded(Vec<u8>),
    /// Take the value, and record it.
    Take,
}

impl RunState {
    /// A poll of a value's future.
    pub(crate) fn poll_value(&mut self, no: OperationNo, waker: &Waker) -> ValuePoll {
        self.ask(no, waker);
        if self.operation(no).stage() != Stage::Held {
            return ValuePoll::Pending;
        }
        match self.replay(no) {
            Some(outcome) => outcome
                .into_value()
                .map_or(ValuePoll::Pending, ValuePoll::Recorded),
            None if self.may_begin() => ValuePoll::Take,
            None => ValuePoll::Pending,
        }
    }

    /// Records a value that was taken.
    pub(crate) fn record_value(&mut self, no: OperationNo, value: Vec<u8>, now: Timestamp) {
        self.set_stage(no, Stage::Done);
        let operation = self.operation(no);
        let recorded = ValueRecorded {
            name: operation.site.name.to_owned(),
            identity: operation.id.identity(),
        };
        self.push(now, recorded, Some(value));
    }
}
