use workflow_core::__private::{Finished, Run, RunToken, Spec};
use workflow_core::{Result, Workflow};

struct Cheat;

impl Workflow for Cheat {
    type Input = ();
    type Output = Result<u64>;
    const SPEC: &'static Spec = &Spec::__new("cheat", None, &[], &[], &[], "", 0, false);

    fn run<'run>(token: RunToken<'run>, (): ()) -> Run<'run, Self::Output> {
        drop(token);
        Run::new(async move { Finished {} })
    }
}

fn main() {}
