//! What a `#[workflow]` function is to the engine.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Run, RunToken};
use crate::spec::Spec;

/// A durable function; implemented by `#[workflow]`.
///
/// `run` is given the only token of an execution and must return what flushing the guard that
/// spent this very token gives. There is no other way to make a [`Finished`](super::Finished)
/// of this `'run`, so every execution opens exactly one scope and closes it once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a workflow",
    note = "add `#[workflow]` to the `async fn`"
)]
pub trait Workflow: Send + Sync + 'static {
    /// The inputs, as a tuple.
    type Input: Serialize + DeserializeOwned + Send + 'static;
    /// What the function returns.
    type Output: Output;
    /// The manifest.
    const SPEC: &'static Spec;

    /// One execution.
    fn run<'run>(token: RunToken<'run>, input: Self::Input) -> Run<'run, Self::Output>;
}

/// What a workflow may return: a `Result` whose value can be recorded.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the output of a workflow",
    note = "a workflow returns `Result<T, E>`, where `T` implements `Serialize` and `Deserialize`"
)]
pub trait Output: Send + 'static {
    /// The value that is recorded when the workflow completes.
    type Value: Serialize + DeserializeOwned + Send + 'static;
    /// The error.
    type Error;
}

impl<T, E> Output for Result<T, E>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    E: Send + 'static,
{
    type Value = T;
    type Error = E;
}

/// A call of a workflow with its inputs; not run yet, and useless but to an engine.
#[must_use = "calling a workflow does not run it; give it to `engine.start`"]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a call of a workflow",
    label = "not a workflow",
    note = "add `#[workflow]` to the `async fn`"
)]
pub trait Call: Send {
    /// What the workflow returns.
    type Output: Output;
    /// The workflow.
    type Workflow: Workflow<Output = Self::Output>;

    /// The inputs of the call.
    fn into_input(self) -> <Self::Workflow as Workflow>::Input;
}

/// A function that makes a [`Call`]: what `#[workflow]` leaves in the place of the `async fn`.
///
/// `M` tells the numbers of inputs apart and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a workflow",
    label = "not a workflow",
    note = "add `#[workflow]` to the `async fn`"
)]
pub trait IntoCall<M>: Sized {
    /// The inputs: `()`, the only input, or a tuple.
    type In;
    /// The value of the workflow.
    type Value: Serialize + DeserializeOwned + Send + 'static;
    /// The call.
    type Call: Call<Output: Output<Value = Self::Value>>;

    /// The call with these inputs.
    fn into_call(self, input: Self::In) -> Self::Call;
}

/// Implements [`IntoCall`] for functions of one number of inputs.
macro_rules! into_call {
    ($marker:ty, $in:ty, |$input:pat_param| ($($arg:ident: $ty:ident),*)) => {
        impl<F, C, $($ty),*> IntoCall<$marker> for F
        where
            F: FnOnce($($ty),*) -> C,
            C: Call,
        {
            type In = $in;
            type Value = <C::Output as Output>::Value;
            type Call = C;

            fn into_call(self, $input: Self::In) -> C {
                self($($arg),*)
            }
        }
    };
}

into_call!(fn(), (), |()| ());
into_call!(fn(A), A, |a| (a: A));
into_call!(fn(A, B), (A, B), |(a, b)| (a: A, b: B));
into_call!(fn(A, B, C1), (A, B, C1), |(a, b, c)| (a: A, b: B, c: C1));
into_call!(fn(A, B, C1, D), (A, B, C1, D), |(a, b, c, d)| (a: A, b: B, c: C1, d: D));
into_call!(fn(A, B, C1, D, E), (A, B, C1, D, E), |(a, b, c, d, e)| (a: A, b: B, c: C1, d: D, e: E));
into_call!(fn(A, B, C1, D, E, G), (A, B, C1, D, E, G), |(a, b, c, d, e, g)| (a: A, b: B, c: C1, d: D, e: E, g: G));
into_call!(fn(A, B, C1, D, E, G, H), (A, B, C1, D, E, G, H), |(a, b, c, d, e, g, h)| (a: A, b: B, c: C1, d: D, e: E, g: G, h: H));
into_call!(fn(A, B, C1, D, E, G, H, I), (A, B, C1, D, E, G, H, I), |(a, b, c, d, e, g, h, i)| (a: A, b: B, c: C1, d: D, e: E, g: G, h: H, i: I));
into_call!(fn(A, B, C1, D, E, G, H, I, J), (A, B, C1, D, E, G, H, I, J), |(a, b, c, d, e, g, h, i, j)| (a: A, b: B, c: C1, d: D, e: E, g: G, h: H, i: I, j: J));
into_call!(fn(A, B, C1, D, E, G, H, I, J, K), (A, B, C1, D, E, G, H, I, J, K), |(a, b, c, d, e, g, h, i, j, k)| (a: A, b: B, c: C1, d: D, e: E, g: G, h: H, i: I, j: J, k: K));
into_call!(fn(A, B, C1, D, E, G, H, I, J, K, L), (A, B, C1, D, E, G, H, I, J, K, L), |(a, b, c, d, e, g, h, i, j, k, l)| (a: A, b: B, c: C1, d: D, e: E, g: G, h: H, i: I, j: J, k: K, l: L));
into_call!(fn(A, B, C1, D, E, G, H, I, J, K, L, M), (A, B, C1, D, E, G, H, I, J, K, L, M), |(a, b, c, d, e, g, h, i, j, k, l, m)| (a: A, b: B, c: C1, d: D, e: E, g: G, h: H, i: I, j: J, k: K, l: L, m: M));
