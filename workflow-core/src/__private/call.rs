//! A workflow's function, called: what the engine takes the inputs from.

use std::marker::PhantomData;

use crate::scope::{Call, Output, OutputValue, Run, RunToken, Workflow};
use crate::spec::{HasSpec, Spec};

/// A call of the workflow `W`.
#[derive(Debug)]
#[must_use = "calling a workflow does not run it; give it to `engine.start`"]
pub struct Called<W: Workflow> {
    input: W::Input,
}

/// The call of a workflow with these inputs.
pub fn call<W: Workflow>(input: W::Input) -> Called<W> {
    Called { input }
}

impl<W: Workflow> HasSpec for Called<W> {
    const SPEC: &'static Spec = W::SPEC;
}

impl<W: Workflow> Call for Called<W> {
    type Output = W::Output;
    type Workflow = W;

    fn into_input(self) -> W::Input {
        self.input
    }
}

/// The call of a function that the macro refused: it has the right type, so that its callers are
/// not reported as well. The crate does not compile, so nothing ever runs it.
#[derive(Debug)]
pub struct Refused<O>(PhantomData<fn() -> O>);

/// See [`Refused`].
pub fn refused<O>() -> Refused<O>
where
    O: Output<Value: OutputValue> + 'static,
{
    Refused(PhantomData)
}

impl<O> HasSpec for Refused<O>
where
    O: Output<Value: OutputValue> + 'static,
{
    const SPEC: &'static Spec = <Self as Workflow>::SPEC;
}

impl<O> Call for Refused<O>
where
    O: Output<Value: OutputValue> + 'static,
{
    type Output = O;
    type Workflow = Self;

    fn into_input(self) {}
}

impl<O> Workflow for Refused<O>
where
    O: Output<Value: OutputValue> + 'static,
{
    type Input = ();
    type Output = O;
    const SPEC: &'static Spec = &Spec::__new("", None, &[], &[], &[], file!(), line!(), false);

    fn run(_token: RunToken<'_>, (): ()) -> Run<'_, O> {
        unreachable!("a function that the macro refused does not compile")
    }
}
