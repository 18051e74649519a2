use workflow_core::__private::{Run, RunToken, Spec, TrackerGuard};
use workflow_core::{Result, Workflow};

struct Cheat;

impl Workflow for Cheat {
    type Input = ();
    type Output = Result<u64>;
    const SPEC: &'static Spec = &Spec::__new("cheat", None, &[], &[], &[], "", 0, false);

    fn run<'run>(token: RunToken<'run>, (): ()) -> Run<'run, Self::Output> {
        drop(token);
        Run::new(async move {
            let guard = TrackerGuard::open(RunToken {}, Self::SPEC);
            let closed = guard.completed::<Self>(3);
            guard.flush(closed).await
        })
    }
}

fn main() {}
