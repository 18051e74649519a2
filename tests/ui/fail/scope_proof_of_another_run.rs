use workflow_core::__private::{Finished, Run, RunToken, Spec, TrackerGuard};
use workflow_core::{Result, Workflow};

struct Cheat;

/// Flushes the scope of one run and shows its proof for another.
async fn swap<'a, 'b>(token: RunToken<'a>) -> Finished<'b, Result<u64>> {
    let guard = TrackerGuard::open(token, Cheat::SPEC);
    let closed = guard.completed::<Cheat>(3);
    guard.flush(closed).await
}

impl Workflow for Cheat {
    type Input = ();
    type Output = Result<u64>;
    const SPEC: &'static Spec = &Spec::__new("cheat", None, &[], &[], &[], "", 0, false);

    fn run<'run>(token: RunToken<'run>, (): ()) -> Run<'run, Self::Output> {
        Run::new(async move {
            let finished = swap(token).await;
            finished
        })
    }
}

fn main() {}
