//! The glue of one attempt: the bounds on a step's body, each asked for in one small call.
#![expect(
    clippy::inline_always,
    reason = "what is generic over a step or a workflow is compiled with the user's own module"
)]

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::describe::Describer;
use crate::scope::{Attempt, Failed};

/// An attempt under way.
pub(super) type Running<'a, T> = Pin<Box<dyn Future<Output = Attempt<T>> + Send + 'a>>;

/// The body of a step: a future, or what becomes one.
#[diagnostic::on_unimplemented(
    message = "the body of a step is a future, and `{Self}` is none",
    label = "not a future",
    note = "call an `async fn` here, or write `async {{ .. }}`; without `.await`: the step awaits \
            it, once per attempt"
)]
pub trait IntoBody<F, O> {
    /// The future.
    fn into_body(self) -> F;
}

#[diagnostic::do_not_recommend]
impl<B: IntoFuture> IntoBody<B::IntoFuture, B::Output> for B {
    #[inline(always)]
    fn into_body(self) -> B::IntoFuture {
        self.into_future()
    }
}

/// What a step's body gives: a `Result`.
///
/// A trait of its own: a generic `Result<T, E>` parameter makes the compiler suggest to wrap the
/// body in `Ok` inside the macro. The types are parameters and not associated, because each
/// projection of a type that is no `Result` would be one more error.
#[diagnostic::on_unimplemented(
    message = "the body of a step gives a `Result`, not `{Self}`",
    label = "the body of this step gives `{Self}`",
    note = "a step that fails is tried again or ends in a `StepError`, so its body says whether \
            it failed; where nothing can: `async {{ Ok::<_, std::convert::Infallible>(..) }}`"
)]
pub trait BodyResult<T, E> {
    /// The result.
    fn into_result(self) -> Result<T, E>;
}

#[diagnostic::do_not_recommend]
impl<T, E> BodyResult<T, E> for Result<T, E> {
    fn into_result(self) -> Self {
        self
    }
}

/// A body that was checked.
#[expect(missing_debug_implementations, reason = "only an expansion has one")]
pub struct Checked<F, T, E> {
    /// The body.
    pub future: F,
    /// How it is polled.
    pub poll: PollBody<F, T, E>,
}

/// How a body is polled for its result.
pub(super) type PollBody<F, T, E> = fn(Pin<&mut F>, &mut Context<'_>) -> Poll<Result<T, E>>;

#[inline(always)]
fn poll_body<F, O, T, E>(future: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<Result<T, E>>
where
    F: Future<Output = O>,
    O: BodyResult<T, E>,
{
    match future.poll(cx) {
        Poll::Ready(result) => Poll::Ready(result.into_result()),
        Poll::Pending => Poll::Pending,
    }
}

/// Where bodies are checked.
#[derive(Debug)]
pub struct Body;

impl Body {
    /// Checks that a body is a future of a `Result`.
    #[inline(always)]
    pub fn step<B, F, O, T, E>(self, body: B) -> Checked<F, T, E>
    where
        B: IntoBody<F, O>,
        F: Future<Output = O>,
        O: BodyResult<T, E>,
    {
        Checked {
            future: body.into_body(),
            poll: poll_body,
        }
    }
}

/// Runs a body that was checked.
#[inline(always)]
pub const fn perform<F, T, E>(
    future: Pin<&mut F>,
    poll: PollBody<F, T, E>,
) -> Performed<'_, F, T, E> {
    Performed { future, poll }
}

/// A body under way. It is a future whatever `F` is, so that a body that is none is not reported
/// at its `.await` as well.
pub struct Performed<'a, F, T, E> {
    future: Pin<&'a mut F>,
    poll: PollBody<F, T, E>,
}

impl<F, T, E> Future for Performed<'_, F, T, E> {
    type Output = Result<T, E>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        let poll = self.poll;
        poll(self.future.as_mut(), cx)
    }
}

/// One attempt, boxed: here a future that is not `Send` is reported, at the step.
#[inline(always)]
pub fn attempt<'a, T>(future: impl Future<Output = Attempt<T>> + Send + 'a) -> Running<'a, T> {
    Box::pin(future)
}

/// The only attempt of a step that takes what it uses and is never tried again.
pub fn once<'a, T: 'a>(
    future: impl Future<Output = Attempt<T>> + Send + 'a,
) -> impl FnMut() -> Running<'a, T> + Send + 'a {
    let mut only = Some(attempt(future));
    move || {
        only.take()
            .expect("a step without a retry policy makes one attempt in an execution")
    }
}

/// What `retry_if` says of a live error.
pub fn decide<T, E>(result: &Result<T, E>, retry_if: impl FnOnce(&E) -> bool) -> bool {
    result.as_ref().err().is_none_or(retry_if)
}

/// What an attempt came to.
pub fn ended<T, E>(result: Result<T, E>, retry: bool, describer: &Describer<E>) -> Attempt<T> {
    match result {
        Ok(value) => Attempt::completed(value),
        Err(error) => Attempt::failed(Failed {
            failure: describer.describe(error),
            retry,
        }),
    }
}
