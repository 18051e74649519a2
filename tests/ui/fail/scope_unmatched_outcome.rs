use workflow_core::__private::{Driven, Run, RunToken, Spec, TrackerGuard};
use workflow_core::{Result, Workflow};

struct Cheat;

impl Workflow for Cheat {
    type Input = ();
    type Output = Result<u64>;
    const SPEC: &'static Spec = &Spec::__new("cheat", None, &[], &[], &[], "", 0, false);

    fn run<'run>(token: RunToken<'run>, (): ()) -> Run<'run, Self::Output> {
        Run::new(async move {
            let guard = TrackerGuard::open(token, Self::SPEC);
            let closed = match guard.drive(async { Ok::<u64, workflow_core::Error>(3) }).await {
                Driven::Returned(Ok(output)) => guard.completed::<Self>(output),
                Driven::Panicked(panic) => guard.panicked(panic),
                Driven::Interrupted(why) => guard.interrupted(why),
            };
            guard.flush(closed).await
        })
    }
}

fn main() {}
