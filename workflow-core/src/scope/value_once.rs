//! A value that differs from call to call, as a future that takes it once.

use std::any::type_name;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use workflow_tracker::events::ErrorKind;

use super::StepValue;
use super::operation::Named;
use crate::error::Failure;
use crate::journal::Divergence;
use crate::run::{Interrupt, ValuePoll};

/// Takes a value.
pub(crate) type Take<'a, T> = dyn FnOnce() -> T + Send + 'a;

/// A value of a workflow that is taken once and recorded.
#[must_use = "a value is not taken until it is awaited"]
pub struct Value<'a, T> {
    take: Option<Box<Take<'a, T>>>,
    encode: fn(&T) -> Result<Vec<u8>, String>,
    decode: fn(&[u8]) -> Result<T, String>,
    named: Named<'a>,
}

impl<T> fmt::Debug for Value<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value")
            .field("no", &self.named.no)
            .finish_non_exhaustive()
    }
}

impl<'a, T> Value<'a, T> {
    pub(super) fn new(named: Named<'a>, take: Box<Take<'a, T>>) -> Self
    where
        T: StepValue,
    {
        Self {
            take: Some(take),
            encode: T::encode,
            decode: T::decode,
            named,
        }
    }

    /// Takes the value and records it, decoded from its bytes as every replay will have it.
    fn take(&mut self) -> Poll<T> {
        let Named { execution, no } = self.named;
        let Some(take) = self.take.take() else {
            return Poll::Pending;
        };
        let value = take();
        let recorded = (self.encode)(&value).and_then(|bytes| {
            let value = (self.decode)(&bytes)?;
            Ok((bytes, value))
        });
        match recorded {
            Ok((bytes, value)) => {
                let now = execution.now();
                execution.state().record_value(no, bytes, now);
                Poll::Ready(value)
            }
            Err(why) => {
                let failure = self.unrecordable(&why);
                let why = Interrupt::Failed(Box::new(failure));
                execution.state().interrupt(why);
                Poll::Pending
            }
        }
    }

    fn unrecordable(&self, why: &str) -> Failure {
        let Named { execution, no } = self.named;
        let message = format!(
            "value `{}`, a `{}`, cannot be recorded: {why}",
            execution.state().identity(no),
            type_name::<T>()
        );
        Failure::new(ErrorKind::Encoding, message)
    }

    /// The recorded value; code that reads it as another type no longer fits the log.
    fn replayed(&self, bytes: &[u8]) -> Poll<T> {
        match (self.decode)(bytes) {
            Ok(value) => Poll::Ready(value),
            Err(why) => {
                let Named { execution, no } = self.named;
                let mut state = execution.state();
                let id = state.identity(no);
                let divergence = Divergence::value(&id, type_name::<T>(), &why);
                state.interrupt(Interrupt::Blocked(Box::new(divergence)));
                Poll::Pending
            }
        }
    }
}

impl<T> Future for Value<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        let Named { execution, no } = this.named;
        let polled = execution.state().poll_value(no, cx.waker());
        match polled {
            ValuePoll::Pending => Poll::Pending,
            ValuePoll::Recorded(bytes) => this.replayed(&bytes),
            ValuePoll::Take => this.take(),
        }
    }
}
