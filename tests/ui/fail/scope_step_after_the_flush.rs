use workflow_core::__private::{Run, RunToken, Spec, TrackerGuard};
use workflow_core::{Result, Workflow};

struct Cheat;

impl Workflow for Cheat {
    type Input = ();
    type Output = Result<u64>;
    const SPEC: &'static Spec = &Spec::__new("cheat", None, &[], &[], &[], "", 0, false);

    fn run<'run>(token: RunToken<'run>, (): ()) -> Run<'run, Self::Output> {
        Run::new(async move {
            let guard = TrackerGuard::open(token, Self::SPEC);
            let closed = guard.completed::<Self>(3);
            let scope = guard.scope();
            let finished = guard.flush(closed).await;
            workflow_core::__private::sleep!(scope, sleep "late", { after_text("1s"), }).await;
            finished
        })
    }
}

fn main() {}
