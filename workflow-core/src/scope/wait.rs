//! A wait for a signal, as a future.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::StepValue;
use super::operation::Named;
use super::outside::{Decode, result_of};
use crate::error::StepError;
use crate::journal::Outcome;
use crate::run::{Received, WaitPoll};

/// A wait of a workflow for a signal that carries a `T`.
#[must_use = "a wait does nothing until it is awaited"]
pub struct Wait<'a, T> {
    encode: fn(&T) -> Result<Vec<u8>, String>,
    decode: Decode<T>,
    named: Named<'a>,
}

impl<T> fmt::Debug for Wait<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("no", &self.named.no)
            .finish_non_exhaustive()
    }
}

impl<'a, T> Wait<'a, T> {
    pub(super) fn new(named: Named<'a>) -> Self
    where
        T: StepValue,
    {
        Self {
            encode: T::encode,
            decode: T::decode,
            named,
        }
    }

    /// Records a signal, whatever it carries, and reads its value from what is recorded.
    fn take(&self, received: Received) -> Result<T, StepError> {
        let Named { execution, no } = self.named;
        let payload = received.payload.clone();
        let result = self.result(Outcome::Value(payload));
        let shown = execution.showing().value(|| match &result {
            Ok(value) => (self.encode)(value),
            // Which parts are sensitive, only the type knows.
            Err(error) => Err(error.message().to_owned()),
        });
        let now = execution.now();
        execution.state().receive(no, received, shown, now);
        result
    }

    fn result(&self, outcome: Outcome) -> Result<T, StepError> {
        result_of(&self.named, outcome, self.decode, "the value of the signal")
    }
}

impl<T> Future for Wait<'_, T> {
    type Output = Result<T, StepError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Named { execution, no } = self.named;
        let now = execution.now();
        let polled = execution.state().poll_wait(no, cx.waker(), now);
        match polled {
            WaitPoll::Pending => Poll::Pending,
            WaitPoll::Recorded(outcome) => Poll::Ready(self.result(outcome)),
            WaitPoll::Take(received) => Poll::Ready(self.take(received)),
        }
    }
}
