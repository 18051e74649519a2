//! A run of another workflow, as a future of its parent.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use workflow_tracker::Captured;
use workflow_tracker::events::ErrorKind;

use super::operation::Named;
use super::outside::{Decode, result_of};
use super::{Call, Inputs as _, Output, OutputValue, Workflow};
use crate::error::{Failure, StepError};
use crate::journal::Outcome;
use crate::run::{Birth, ChildPoll};
use crate::showing::Showing;
use crate::spec::Spec;

/// A child run, whose workflow returns a `T`.
#[must_use = "a child is not started until it is awaited"]
pub struct Child<'a, T> {
    spec: &'static Spec,
    /// Gone once the child was started, or read from the log.
    input: Option<Box<Encode<'a>>>,
    decode: Decode<T>,
    named: Named<'a>,
}

/// An input as it is recorded and as events show it, or why it cannot be recorded.
type Input = Result<(Vec<u8>, Option<Captured>), String>;

/// Encodes the input of a call.
type Encode<'a> = dyn FnOnce(&Showing) -> Input + Send + 'a;

/// The workflow of a call.
pub(super) const fn spec_of<C: Call>(_call: &C) -> &'static Spec {
    <C::Workflow as Workflow>::SPEC
}

impl<T> fmt::Debug for Child<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("workflow", &self.spec.name)
            .field("no", &self.named.no)
            .finish_non_exhaustive()
    }
}

impl<'a, T> Child<'a, T> {
    pub(super) fn new<C>(named: Named<'a>, call: C) -> Self
    where
        C: Call<Output: Output<Value = T>> + 'a,
        T: OutputValue,
    {
        let input = |showing: &Showing| {
            let input = call.into_input();
            let bytes = input.encode()?;
            Ok((bytes, showing.value(|| input.encode())))
        };
        Self {
            spec: <C::Workflow as Workflow>::SPEC,
            input: Some(Box::new(input)),
            decode: T::decode,
            named,
        }
    }

    /// Starts the child; gives the result, where that is not possible.
    fn bear(&mut self) -> Poll<Result<T, StepError>> {
        let Named { execution, no } = self.named;
        let Some(input) = self.input.take() else {
            return Poll::Pending;
        };
        let showing = execution.showing().of_another(self.spec);
        let input = input(&showing);
        let now = execution.now();
        match input {
            Ok((input, shown)) => {
                let birth = Birth {
                    spec: self.spec,
                    input,
                    shown,
                    showing,
                };
                execution.state().bear(no, birth, now);
                Poll::Pending
            }
            Err(why) => {
                let workflow = self.spec.name;
                let message = format!("the input of `{workflow}` cannot be recorded: {why}");
                let failure = Failure::new(ErrorKind::Encoding, message);
                let outcome = execution.state().not_born(no, &failure, now);
                Poll::Ready(self.result(outcome))
            }
        }
    }

    fn result(&self, outcome: Outcome) -> Result<T, StepError> {
        result_of(&self.named, outcome, self.decode, "the output of the child")
    }
}

impl<T> Future for Child<'_, T> {
    type Output = Result<T, StepError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Named { execution, no } = this.named;
        let now = execution.now();
        let polled = execution.state().poll_child(no, cx.waker(), now);
        match polled {
            ChildPoll::Pending => Poll::Pending,
            ChildPoll::Recorded(outcome) => Poll::Ready(this.result(outcome)),
            ChildPoll::Bear => this.bear(),
        }
    }
}
