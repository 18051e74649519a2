//! The glue of one attempt: the bounds on a step's body, each asked for in one small call.

use std::future::{Future, IntoFuture, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::scope::Attempt;

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

/// A body that was checked. It is a future whatever `F` is, so that a body that is none is not
/// reported at its `.await` as well.
pub struct Checked<F, T, E> {
    future: F,
    poll: PollBody<F, T, E>,
}

/// How a body is polled for its result.
type PollBody<F, T, E> = fn(Pin<&mut F>, &mut Context<'_>) -> Poll<Result<T, E>>;

/// Where bodies are checked.
#[derive(Debug)]
pub struct Body;

impl Body {
    /// Checks that a body is a future of a `Result`.
    pub fn step<B, F, O, T, E>(self, body: B) -> Checked<F, T, E>
    where
        B: IntoBody<F, O>,
        F: Future<Output = O>,
        O: BodyResult<T, E>,
    {
        Checked {
            future: body.into_body(),
            poll: |future, cx| future.poll(cx).map(O::into_result),
        }
    }
}

/// Runs a body that was checked.
pub async fn perform<F, T, E>(body: Checked<F, T, E>) -> Result<T, E> {
    let Checked { future, poll } = body;
    let mut future = pin!(future);
    poll_fn(|cx| poll(future.as_mut(), cx)).await
}

/// One attempt, boxed: here a future that is not `Send` is reported, at the step.
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
pub fn decide<E>(error: &E, retry_if: impl FnOnce(&E) -> bool) -> bool {
    retry_if(error)
}
