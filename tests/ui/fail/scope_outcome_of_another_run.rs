use workflow_core::__private::{Finished, Run, RunToken, Spec, TrackerGuard};
use workflow_core::{Result, Workflow};

struct Cheat;

/// Flushes the scope of one run with the outcome of another.
async fn swap<'a, 'b>(
    one: TrackerGuard<'a>,
    other: TrackerGuard<'b>,
) -> Finished<'a, Result<u64>> {
    let closed = other.completed::<Cheat>(3);
    one.flush(closed).await
}

impl Workflow for Cheat {
    type Input = ();
    type Output = Result<u64>;
    const SPEC: &'static Spec = &Spec::__new("cheat", None, &[], &[], &[], "", 0, false);

    fn run<'run>(token: RunToken<'run>, (): ()) -> Run<'run, Self::Output> {
        Run::new(async move {
            let guard = TrackerGuard::open(token, Self::SPEC);
            let closed = guard.completed::<Self>(3);
            guard.flush(closed).await
        })
    }
}

fn main() {}
