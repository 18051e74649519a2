//! What a `#[workflow]` function is to the engine.

use super::value::{Inputs, OutputValue};
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
    type Input: Inputs;
    /// What the function returns.
    type Output: Output<Value: OutputValue>;
    /// The manifest.
    const SPEC: &'static Spec;

    /// One execution.
    #[expect(
        clippy::elidable_lifetime_names,
        reason = "the brand is the point of the signature, so it has a name"
    )]
    fn run<'run>(token: RunToken<'run>, input: Self::Input) -> Run<'run, Self::Output>;
}

/// What a workflow may return: a `Result`.
///
/// It asks nothing of the value, so that a value that cannot be recorded is reported once, at
/// [`Workflow::Output`], and not wherever the output is named.
#[diagnostic::on_unimplemented(
    message = "a workflow returns a `Result`, not `{Self}`",
    label = "not a `Result`",
    note = "steps fail, and `?` must be able to hand that on: return `Result<{Self}, E>`, or \
            `workflow_core::Result<{Self}>`"
)]
pub trait Output {
    /// The value that is recorded when the workflow completes.
    type Value;
    /// The error.
    type Error;
}

impl<T, E> Output for Result<T, E> {
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
    type Output;
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
    type Value;
    /// The call.
    type Call: Call<Output: Output<Value = Self::Value>>;

    /// The call with these inputs.
    fn into_call(self, input: Self::In) -> Self::Call;
}

/// Implements [`IntoCall`] for functions of one number of inputs.
macro_rules! into_call {
    ($in:ty, $pattern:pat, ($($arg:ident: $ty:ident),*)) => {
        impl<F, C, $($ty),*> IntoCall<fn($($ty),*)> for F
        where
            F: FnOnce($($ty),*) -> C,
            C: Call<Output: Output>,
        {
            type In = $in;
            type Value = <C::Output as Output>::Value;
            type Call = C;

            fn into_call(self, $pattern: Self::In) -> C {
                self($($arg),*)
            }
        }
    };
}

into_call!((), (), ());
into_call!(I1, in1, (in1: I1));
into_call!((I1, I2), (in1, in2), (in1: I1, in2: I2));
into_call!((I1, I2, I3), (in1, in2, in3), (in1: I1, in2: I2, in3: I3));
into_call!((I1, I2, I3, I4), (in1, in2, in3, in4), (in1: I1, in2: I2, in3: I3, in4: I4));
into_call!((I1, I2, I3, I4, I5), (in1, in2, in3, in4, in5), (in1: I1, in2: I2, in3: I3, in4: I4, in5: I5));
into_call!((I1, I2, I3, I4, I5, I6), (in1, in2, in3, in4, in5, in6), (in1: I1, in2: I2, in3: I3, in4: I4, in5: I5, in6: I6));
into_call!((I1, I2, I3, I4, I5, I6, I7), (in1, in2, in3, in4, in5, in6, in7), (in1: I1, in2: I2, in3: I3, in4: I4, in5: I5, in6: I6, in7: I7));
into_call!((I1, I2, I3, I4, I5, I6, I7, I8), (in1, in2, in3, in4, in5, in6, in7, in8), (in1: I1, in2: I2, in3: I3, in4: I4, in5: I5, in6: I6, in7: I7, in8: I8));
into_call!((I1, I2, I3, I4, I5, I6, I7, I8, I9), (in1, in2, in3, in4, in5, in6, in7, in8, in9), (in1: I1, in2: I2, in3: I3, in4: I4, in5: I5, in6: I6, in7: I7, in8: I8, in9: I9));
into_call!((I1, I2, I3, I4, I5, I6, I7, I8, I9, I10), (in1, in2, in3, in4, in5, in6, in7, in8, in9, in10), (in1: I1, in2: I2, in3: I3, in4: I4, in5: I5, in6: I6, in7: I7, in8: I8, in9: I9, in10: I10));
into_call!((I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11), (in1, in2, in3, in4, in5, in6, in7, in8, in9, in10, in11), (in1: I1, in2: I2, in3: I3, in4: I4, in5: I5, in6: I6, in7: I7, in8: I8, in9: I9, in10: I10, in11: I11));
into_call!((I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I12), (in1, in2, in3, in4, in5, in6, in7, in8, in9, in10, in11, in12), (in1: I1, in2: I2, in3: I3, in4: I4, in5: I5, in6: I6, in7: I7, in8: I8, in9: I9, in10: I10, in11: I11, in12: I12));
