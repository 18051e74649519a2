//! What a `#[workflow]` function is to the engine.

use super::value::{Inputs, OutputValue};
use super::{Run, RunToken};
use crate::spec::{HasSpec, Spec};

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
pub trait Call: HasSpec + Send {
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
    note = "add `#[workflow]` to the `async fn`; a `#[workflow(part)]` is no workflow of its own: \
            one calls it with `part!`"
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
into_call!(I1, one, (one: I1));
into_call!((I1, I2), (one, two), (one: I1, two: I2));
into_call!((I1, I2, I3), (one, two, three), (one: I1, two: I2, three: I3));
into_call!((I1, I2, I3, I4), (one, two, three, four), (one: I1, two: I2, three: I3, four: I4));
into_call!((I1, I2, I3, I4, I5), (one, two, three, four, five), (one: I1, two: I2, three: I3, four: I4, five: I5));
into_call!((I1, I2, I3, I4, I5, I6), (one, two, three, four, five, six), (one: I1, two: I2, three: I3, four: I4, five: I5, six: I6));
into_call!((I1, I2, I3, I4, I5, I6, I7), (one, two, three, four, five, six, seven), (one: I1, two: I2, three: I3, four: I4, five: I5, six: I6, seven: I7));
into_call!((I1, I2, I3, I4, I5, I6, I7, I8), (one, two, three, four, five, six, seven, eight), (one: I1, two: I2, three: I3, four: I4, five: I5, six: I6, seven: I7, eight: I8));
into_call!((I1, I2, I3, I4, I5, I6, I7, I8, I9), (one, two, three, four, five, six, seven, eight, nine), (one: I1, two: I2, three: I3, four: I4, five: I5, six: I6, seven: I7, eight: I8, nine: I9));
into_call!((I1, I2, I3, I4, I5, I6, I7, I8, I9, I10), (one, two, three, four, five, six, seven, eight, nine, ten), (one: I1, two: I2, three: I3, four: I4, five: I5, six: I6, seven: I7, eight: I8, nine: I9, ten: I10));
into_call!((I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11), (one, two, three, four, five, six, seven, eight, nine, ten, eleven), (one: I1, two: I2, three: I3, four: I4, five: I5, six: I6, seven: I7, eight: I8, nine: I9, ten: I10, eleven: I11));
into_call!((I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I12), (one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve), (one: I1, two: I2, three: I3, four: I4, five: I5, six: I6, seven: I7, eight: I8, nine: I9, ten: I10, eleven: I11, twelve: I12));
